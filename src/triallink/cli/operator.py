"""`triallink operator`: the first steps of a production install."""

import click
from django.db import transaction

from triallink.cli.person import AT_THE_SERVER, password_option
from triallink.domains.accounts import services
from triallink.domains.accounts.access import actor_for


@click.group()
def command() -> None:
    """Set up who operates this platform."""


@command.command()
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--organization", default="Trial.Link", show_default=True)
@click.option("--language", type=click.Choice(["en", "zh-hans"]), default="en")
@password_option
def create(email: str, name: str, organization: str, language: str, password: str) -> None:
    """Make the operator's first administrator; others are invited from the pages."""
    with transaction.atomic():
        person = services.create_person(
            email=email, name=name, password=password, language=language, by=AT_THE_SERVER
        )
        services.found_operator(name_en=organization, by=actor_for(person, source="cli"))
    click.echo(f"{person.pk}\t{person.email}")
