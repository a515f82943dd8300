"""`triallink delivery`: plans, monitoring visits, enrollment and timesheets of studies."""

import datetime as dt
import json
from typing import Any

import click

from triallink.cli.acting import acting_options
from triallink.domains.delivery import services
from triallink.domains.delivery.selectors import plan as plans
from triallink.domains.delivery.selectors import work
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """MY-PMCP: milestones, visits, enrollment, timesheets."""


@command.command()
@click.argument("study_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def milestones(study_id: int, as_json: bool, by: Actor) -> None:
    """List the milestones of a study's plan with what was agreed and what is forecast."""
    _print(
        [
            {
                "id": row.item.pk,
                "site": row.item.site.number if row.item.site else "",
                "name": bilingual(row.item.name),
                "agreed_on": str(row.item.baseline_finish_on or row.item.plan_finish_on or ""),
                "forecast_on": str(row.item.actual_finish_on or row.item.forecast_finish_on or ""),
                "tasks": f"{row.done}/{row.tasks}",
                "state": row.item.state,
            }
            for row in plans.milestones(study_id, to=by)
        ],
        as_json,
    )


@command.command()
@click.argument("study_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def visits(study_id: int, as_json: bool, by: Actor) -> None:
    """List the monitoring visits of a study."""
    _print(
        [
            {
                "id": row.pk,
                "site": row.site.number,
                "kind": row.kind,
                "number": row.number,
                "planned_on": str(row.planned_on),
                "state": row.state,
            }
            for row in work.visits(study_id, to=by)
        ],
        as_json,
    )


@command.command()
@click.argument("study_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def enrollment(study_id: int, as_json: bool, by: Actor) -> None:
    """Show the enrollment of a study's sites."""
    found = work.enrollment(study_id, to=by, today=system_clock.now().date())
    _print(
        [
            {
                "site": row.site.number,
                "planned": row.planned,
                "screened": row.screened,
                "failed": row.failed,
                "enrolled": row.enrolled,
                "completed": row.completed,
            }
            for row in found.sites
        ],
        as_json,
    )


@command.command()
@click.argument("study_id", type=int)
@click.argument("site_id", type=int)
@click.option("--on", type=DAY, required=True)
@click.option("--screened", type=int, required=True)
@click.option("--failed", type=int, required=True)
@click.option("--enrolled", type=int, required=True)
@click.option("--completed", type=int, default=0)
@acting_options
def count(
    study_id: int,
    site_id: int,
    on: dt.datetime,
    screened: int,
    failed: int,
    enrolled: int,
    completed: int,
    by: Actor,
) -> None:
    """Report what a site has reached by a day, as totals since its opening."""
    services.report_enrollment(
        study_id=study_id,
        site_id=site_id,
        on=on.date(),
        screened=screened,
        failed=failed,
        enrolled=enrolled,
        completed=completed,
        by=by,
    )
    click.echo("reported")


@command.command()
@click.option("--json", "as_json", is_flag=True)
@acting_options
def timesheets(as_json: bool, by: Actor) -> None:
    """List timesheets: the organization's for who approves them, else one's own."""
    _print(
        [
            {"id": row.pk, "person": str(row.person), "week_on": str(row.week_on), "state": row.state}
            for row in work.timesheets(to=by)[:500]
        ],
        as_json,
    )


@command.command()
@click.argument("timesheet_id", type=int)
@acting_options
def approve(timesheet_id: int, by: Actor) -> None:
    """Approve a colleague's week."""
    services.approve_timesheet(timesheet_id=timesheet_id, by=by)
    click.echo("approved")


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))
