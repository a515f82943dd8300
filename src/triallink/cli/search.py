"""`triallink search`: the full-text indexes."""

import time

import click

from triallink.foundation import search


@click.group()
def command() -> None:
    """Build the search indexes."""


@command.command()
@click.argument("names", nargs=-1)
def rebuild(names: tuple[str, ...]) -> None:
    """Build the named indexes anew, all of them by default."""
    unknown = sorted(set(names) - set(search.names()))
    if unknown:
        raise click.BadParameter(
            f"{unknown[0]!r}; there are: {', '.join(search.names())}", param_hint="NAMES"
        )
    for name in names or search.names():
        start = time.monotonic()
        count = search.rebuild(name)
        click.echo(f"{name}: {count} documents in {time.monotonic() - start:.1f} s")
