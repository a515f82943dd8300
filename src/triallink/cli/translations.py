"""`triallink translations`: catalogues from the code and back."""

import sys
from pathlib import Path

import click
from django.conf import settings

from triallink.foundation import catalogues

PACKAGE = Path(settings.PACKAGE)


@click.group()
def command() -> None:
    """Work with the Chinese catalogues."""


@command.command()
def compile() -> None:
    """Compile every catalogue that is newer than its compiled form; says nothing if none is."""
    for path in catalogues.compile_newer(PACKAGE):
        click.echo(f"compiled {path.relative_to(PACKAGE)}")


@command.command()
def update() -> None:
    """Add what the code says and nobody has translated, with an empty translation, to its catalogue."""
    added = catalogues.add_missing(PACKAGE)
    for path, ids in added.items():
        click.echo(f"{path.relative_to(PACKAGE)}: {len(ids)} new")


@command.command()
@click.option("--area", default="", help="Only catalogues whose path contains this.")
def missing(area: str) -> None:
    """List what has no finished translation; exit 1 if there is any."""
    gaps = {path: ids for path, ids in catalogues.missing(PACKAGE).items() if area in str(path)}
    for path, ids in gaps.items():
        click.echo(str(path.relative_to(PACKAGE)))
        for one in ids:
            click.echo(f"    {one if isinstance(one, str) else ' | '.join(one)}")
    sys.exit(1 if gaps else 0)


@command.command()
def unused() -> None:
    """List what is translated but said nowhere in code or templates."""
    for path, ids in catalogues.unused(PACKAGE).items():
        click.echo(str(path.relative_to(PACKAGE)))
        for one in ids:
            click.echo(f"    {one if isinstance(one, str) else ' | '.join(one)}")
