"""`triallink database`: tables."""

import click
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@click.group()
def command() -> None:
    """Create and change the tables."""


@command.command()
def migrate() -> None:
    """Bring the tables up to date; says nothing if they are."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=1)
