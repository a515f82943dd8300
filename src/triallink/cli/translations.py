"""`triallink translations`: catalogues from the code and back."""

from pathlib import Path

import click
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings


@click.group()
def command() -> None:
    """Work with the Chinese catalogues."""


@command.command()
def compile() -> None:
    """Compile every catalogue that is newer than its compiled form; says nothing if none is."""
    for locale in settings.LOCALE_PATHS:
        for source in Path(locale).glob("*/LC_MESSAGES/*.po"):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            with source.open("rb") as stream:
                catalogue = read_po(stream, locale="zh_Hans")
            with target.open("wb") as stream:
                write_mo(stream, catalogue)
            click.echo(f"compiled {source.relative_to(settings.PACKAGE)}")
