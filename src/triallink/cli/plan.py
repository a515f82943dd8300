"""`triallink plan`: a study's plan and its tasks."""

import datetime as dt
from typing import Any

import click

from triallink.cli.acting import acting_options
from triallink.cli.rows import print_rows
from triallink.domains.delivery import services
from triallink.domains.delivery.access import item_for
from triallink.domains.delivery.models import PlanItem
from triallink.domains.delivery.models.plan import LINK_KINDS
from triallink.domains.delivery.selectors import plan as plans
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """Plans: generate, tasks, report, assign, tick, link, baseline, adopt."""


@command.command()
@click.argument("study_id", type=int)
@click.option("--template", default="", help="The one of the study's type by default.")
@click.option("--begins", type=DAY, help="The first day of work; today by default.")
@acting_options
def generate(study_id: int, template: str, begins: dt.datetime | None, by: Actor) -> None:
    """Lay out the plan of a study from its protocol and a template; prints how many milestones and tasks."""
    plan = services.generate_plan(
        study_id=study_id, template=template, begins_on=begins.date() if begins else None, by=by
    )
    click.echo(plan.items.count())


@command.command()
@click.argument("study_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def tasks(study_id: int, as_json: bool, by: Actor) -> None:
    """List the tasks of a plan with what was agreed, is forecast, and was done."""
    rows = plans.items(study_id, to=by).filter(kind="task")
    print_rows([_row(item) for item in rows], as_json=as_json)


@command.command()
@click.argument("item_id", type=int)
@click.option("--begun", type=DAY)
@click.option("--finished", type=DAY)
@click.option("--why", default="")
@acting_options
def report(
    item_id: int, begun: dt.datetime | None, finished: dt.datetime | None, why: str, by: Actor
) -> None:
    """Say when a task or milestone began and was finished; without a day it is taken back."""
    services.report_work(
        item_id=item_id,
        actual_start_on=begun.date() if begun else None,
        actual_finish_on=finished.date() if finished else None,
        why=why,
        by=by,
    )
    print_rows([_row(item_for(item_id, to=by))])


@command.command()
@click.argument("item_id", type=int)
@click.argument("person_id", type=int)
@acting_options
def assign(item_id: int, person_id: int, by: Actor) -> None:
    """Give a task to a person of the study."""
    item = item_for(item_id, to=by)
    services.change_item(
        item_id=item_id,
        duration_days=item.duration_days,
        hours=item.hours,
        not_before_on=item.not_before_on,
        assignee_id=person_id,
        by=by,
    )
    print_rows([_row(item_for(item_id, to=by))])


@command.command()
@click.argument("item_id", type=int)
@click.argument("number", type=int)
@click.option("--undo", is_flag=True, help="Take the tick away.")
@acting_options
def tick(item_id: int, number: int, undo: bool, by: Actor) -> None:
    """Tick a point of a task's checklist, counted from 0."""
    item = services.tick_checklist(item_id=item_id, number=number, is_done=not undo, by=by)
    done = sum("done_by" in line for line in item.checklist)
    click.echo(f"{done}/{len(item.checklist)}")


@command.command()
@click.argument("item_id", type=int)
@click.argument("predecessor_id", type=int)
@click.option("--kind", type=click.Choice(list(LINK_KINDS)), default="FS")
@click.option("--lag-days", type=int, default=0)
@acting_options
def link(item_id: int, predecessor_id: int, kind: str, lag_days: int, by: Actor) -> None:
    """Let an item wait for another; prints the dependency's id."""
    made = services.add_link(
        item_id=item_id, predecessor_id=predecessor_id, kind=kind, lag_days=lag_days, by=by
    )
    click.echo(made.pk)


@command.command()
@click.argument("link_id", type=int)
@acting_options
def unlink(link_id: int, by: Actor) -> None:
    """Let an item no longer wait for another."""
    services.remove_link(link_id=link_id, by=by)
    click.echo("removed")


@command.command()
@click.argument("study_id", type=int)
@click.option("--reason", default="", help="Needed from the second baseline on.")
@acting_options
def baseline(study_id: int, reason: str, by: Actor) -> None:
    """Freeze the plan's dates as the next baseline; prints its number."""
    click.echo(services.set_baseline(study_id=study_id, reason=reason, by=by).baseline_number)


@command.command()
@click.argument("study_id", type=int)
@click.option("--reason", required=True)
@acting_options
def adopt(study_id: int, reason: str, by: Actor) -> None:
    """Make the forecast the plan; the baseline stays."""
    services.adopt_forecast(study_id=study_id, reason=reason, by=by)
    click.echo("adopted")


def _row(item: PlanItem) -> dict[str, Any]:
    return {
        "id": item.pk,
        "key": item.key,
        "name": bilingual(item.name),
        "assignee": str(item.assignee or ""),
        "agreed_on": str(item.baseline_finish_on or item.plan_finish_on or ""),
        "forecast_on": str(item.forecast_finish_on or ""),
        "finished_on": str(item.actual_finish_on or ""),
        "state": item.state,
    }
