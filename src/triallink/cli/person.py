"""`triallink person`: accounts made at the server, with an e-mail address known to be right."""

import click

from triallink.domains.accounts import services
from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.services.organizations import FOUNDER_ROLES
from triallink.kernel.actor import Actor

AT_THE_SERVER = Actor(person_id=None, label="Command line", source="cli")
password_option = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="TRIALLINK_NEW_PASSWORD"
)


@click.group()
def command() -> None:
    """Make accounts."""


@command.command()
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--language", type=click.Choice(["en", "zh-hans"]), default="en")
@click.option("--organization", default="", help="Name of an organization to found for the person.")
@click.option("--kind", type=click.Choice(sorted(FOUNDER_ROLES)), default="sponsor")
@password_option
def create(email: str, name: str, language: str, organization: str, kind: str, password: str) -> None:
    """Make an account, and found an organization for it if one is named."""
    person = services.create_person(
        email=email, name=name, password=password, language=language, by=AT_THE_SERVER
    )
    if organization:
        by = actor_for(person, source="cli")
        services.found_organization(kind=kind, name_en=organization, by=by)
    click.echo(f"{person.pk}\t{person.email}")
