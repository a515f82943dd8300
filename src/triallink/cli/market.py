"""`triallink market`: look into the directory and at prices."""

import json
from collections.abc import Mapping
from typing import Any

import click

from triallink.cli.acting import acting_options
from triallink.domains.marketplace.directory.schema import KINDS
from triallink.domains.marketplace.directory.searching import DirectorySearch
from triallink.domains.marketplace.selectors.directory import all_matches
from triallink.kernel.actor import Actor


@click.group()
def command() -> None:
    """Search suppliers, talent and sites."""


@command.command()
@click.argument("query", default="")
@click.option("--kind", type=click.Choice(KINDS), help="One part of the directory only.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Matches per part."
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@acting_options
def search(query: str, kind: str | None, limit: int, as_json: bool, by: Actor) -> None:
    """Find suppliers, professionals and sites by words in English or Chinese."""
    found = [
        row
        for part in ([kind] if kind else KINDS)
        for row in all_matches(DirectorySearch.of(part, {"q": [query]}), viewer=by, limit=limit)
    ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        click.echo(_line(row))
    if not found:
        click.echo("nothing found")


def _line(row: Mapping[str, Any]) -> str:
    name = " ".join(part for part in (row["name_en"], row["name_zh"]) if part) or row["code"]
    what = {"supplier": "type", "talent": "role", "site": "grade"}[row["kind"]]
    return f"{row['kind']:8}  {row['id']:>8}  {row[what]:10}  {row['city']:16}  {name}"
