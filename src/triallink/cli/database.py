"""`triallink database`: tables and the secrets in them."""

import click
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from triallink.domains.accounts.services import seal_second_steps_again
from triallink.kernel.actor import SYSTEM


@click.group()
def command() -> None:
    """Create and change the tables."""


@command.command()
def migrate() -> None:
    """Bring the tables up to date; says nothing if they are."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=1)


@command.command("seal-again")
def seal_again() -> None:
    """Seal the secrets in the database with the newest vault key, so that the older ones may go."""
    click.echo(f"{seal_second_steps_again(by=SYSTEM)} secrets are sealed with the newest key")
