"""`triallink quality`: who is qualified, suspensions, what the passing of days asks, the process library."""

import json
from typing import Any

import click
from django.utils import timezone

from triallink.cli.acting import acting_options
from triallink.domains.quality import selectors
from triallink.domains.quality.jobs import do_the_morning
from triallink.domains.quality.services.library import sync_library
from triallink.domains.quality.services.suspensions import lift_suspension, suspend_supplier
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock


@click.group()
def command() -> None:
    """Quality: applications, qualifications, suspend, lift, due, library."""


@command.command()
@click.option("--state", default="", help="Only applications in this state.")
@click.option("--json", "as_json", is_flag=True)
@acting_options
def applications(state: str, as_json: bool, by: Actor) -> None:
    """List the applications one may see, newest first."""
    rows = selectors.applications(to=by).order_by("-pk")
    found = [
        {
            "id": row.pk,
            "reference": row.reference,
            "state": row.state,
            "questionnaire": row.questionnaire,
            "organization": row.organization.name_en,
        }
        for row in (rows.filter(state=state) if state else rows)
    ]
    _print(found, as_json)


@command.command()
@click.option("--json", "as_json", is_flag=True)
@acting_options
def qualifications(as_json: bool, by: Actor) -> None:
    """List the qualifications one may see, by the day of the next look."""
    found = [
        {
            "organization_id": row.organization_id,
            "organization": row.organization.name_en,
            "state": row.state,
            "requalify_on": str(row.requalify_on),
            "expires_on": str(row.expires_on),
        }
        for row in selectors.qualifications(to=by).order_by("requalify_on", "pk")
    ]
    _print(found, as_json)


@command.command()
@click.argument("organization_id", type=int)
@click.argument("reason")
@acting_options
def suspend(organization_id: int, reason: str, by: Actor) -> None:
    """Stop a supplier at once."""
    suspend_supplier(organization_id=organization_id, reason=reason, by=by)
    click.echo(f"organization {organization_id} suspended")


@command.command()
@click.argument("organization_id", type=int)
@click.argument("reason")
@acting_options
def lift(organization_id: int, reason: str, by: Actor) -> None:
    """Let a suspended supplier sell again."""
    lift_suspension(organization_id=organization_id, reason=reason, by=by)
    click.echo(f"the suspension of organization {organization_id} is lifted")


@command.command()
def due() -> None:
    """Do at once what the worker does every morning: what has run out, and reminders."""
    _print([do_the_morning(system_clock)], as_json=True)


@command.command()
@click.option(
    "--kind", type=click.Choice(["sop", "checklist", "milestone"]), help="Only templates of this kind."
)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def library(kind: str | None, as_json: bool, by: Actor) -> None:
    """List the process library as it is in force today; first add what the release brought."""
    sync_library()
    rows = selectors.templates(to=by, on=timezone.localdate()).order_by("kind", "code")
    found = [
        {
            "id": row.pk,
            "kind": row.kind,
            "code": row.code,
            "version": row.number,  # type: ignore[attr-defined]
            "cites": row.cites,  # type: ignore[attr-defined]
            "title": bilingual(row.title),  # type: ignore[attr-defined]
        }
        for row in (rows.filter(kind=kind) if kind else rows)
    ]
    _print(found, as_json)


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))
