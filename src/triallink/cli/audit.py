"""`triallink audit`: the chain of what was done."""

import json
import sys

import click

from triallink.foundation.audit import verify as verify_chains


@click.group()
def command() -> None:
    """Check the audit trail."""


@command.command()
@click.option("--scope", help="One chain only, such as study:12 or organization:3.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def verify(scope: str | None, as_json: bool) -> None:
    """Recompute every hash; exit 1 if a chain is broken."""
    reports = list(verify_chains(scope))
    broken = [report for report in reports if report.broken_at is not None]
    if as_json:
        click.echo(json.dumps([report.__dict__ for report in reports]))
    else:
        for report in broken:
            click.echo(f"{report.scope}: broken at line {report.broken_at}: {report.reason}")
        lines = sum(report.length for report in reports)
        click.echo(f"{len(reports)} chains, {lines} lines, {len(broken)} broken")
    sys.exit(1 if broken else 0)
