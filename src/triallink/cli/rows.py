"""Rows as a terminal shows them, or as JSON."""

import json
from typing import Any

import click


def print_rows(rows: list[dict[str, Any]], *, as_json: bool = False) -> None:
    """Print one row a line, or all as one line of JSON."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))
