"""`triallink delivery`: plans, monitoring visits, enrollment and timesheets of studies."""

import datetime as dt
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from triallink.cli.acting import acting_options
from triallink.cli.rows import print_rows
from triallink.domains.delivery import services
from triallink.domains.delivery.models import VISIT_KINDS, VISIT_MODES
from triallink.domains.delivery.selectors import plan as plans
from triallink.domains.delivery.selectors import work
from triallink.domains.delivery.selectors.cockpit import health_of_studies
from triallink.domains.delivery.services.timesheets import HoursLine
from triallink.foundation.files import read_file
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """MY-PMCP: milestones, visits, enrollment, timesheets, cockpit."""


@command.command()
@click.argument("study_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def milestones(study_id: int, as_json: bool, by: Actor) -> None:
    """List the milestones of a study's plan with what was agreed and what is forecast."""
    print_rows(
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
        as_json=as_json,
    )


@command.command()
@click.argument("study_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def visits(study_id: int, as_json: bool, by: Actor) -> None:
    """List the monitoring visits of a study."""
    print_rows(
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
        as_json=as_json,
    )


@command.command()
@click.argument("study_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@acting_options
def enrollment(study_id: int, as_json: bool, by: Actor) -> None:
    """Show the enrollment of a study's sites."""
    found = work.enrollment(study_id, to=by, today=system_clock.now().date())
    print_rows(
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
        as_json=as_json,
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
    print_rows(
        [
            {"id": row.pk, "person": str(row.person), "week_on": str(row.week_on), "state": row.state}
            for row in work.timesheets(to=by)[:500]
        ],
        as_json=as_json,
    )


@command.command()
@click.argument("timesheet_id", type=int)
@acting_options
def approve(timesheet_id: int, by: Actor) -> None:
    """Approve a colleague's week."""
    services.approve_timesheet(timesheet_id=timesheet_id, by=by)
    click.echo("approved")


@command.command("return-week")
@click.argument("timesheet_id", type=int)
@click.option("--why", required=True)
@acting_options
def return_week(timesheet_id: int, why: str, by: Actor) -> None:
    """Return a colleague's week with a reason."""
    services.return_timesheet(timesheet_id=timesheet_id, why=why, by=by)
    click.echo("returned")


@command.command()
@click.argument("week_on", type=DAY)
@click.option(
    "--hours", "worked", type=(DAY, int, str), multiple=True, required=True, metavar="DAY STUDY HOURS",
    help="Hours on one day for one study; repeat it.",
)  # fmt: skip
@click.option("--line", type=int, help="Id of the contract line the hours are for.")
@click.option("--submit", "is_submitted", is_flag=True, help="Hand the week in for approval.")
@acting_options
def week(
    week_on: dt.datetime,
    worked: tuple[tuple[dt.datetime, int, str], ...],
    line: int | None,
    is_submitted: bool,
    by: Actor,
) -> None:
    """Write one's own week anew: these hours replace what was there."""
    lines = [HoursLine(on.date(), study_id, _hours(hours), line) for on, study_id, hours in worked]
    sheet = services.write_hours(week_on=week_on.date(), lines=lines, by=by)
    if is_submitted:
        sheet = services.submit_timesheet(timesheet_id=sheet.pk, by=by)
    click.echo(f"{sheet.pk}  {sheet.state}")


@command.command()
@click.argument("visit_id", type=int)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--submit", "is_submitted", is_flag=True, help="Hand the report in for review.")
@acting_options
def report(visit_id: int, file: Path, is_submitted: bool, by: Actor) -> None:
    """Keep a visit report read from a JSON file.

    {"summary": "...", "answers": {"code of a question": {"value": "yes", "comment": "..."}}}
    """
    answers, summary = _report_in(file)
    visit = services.save_report(visit_id=visit_id, answers=answers, summary=summary, by=by)
    if is_submitted:
        visit = services.submit_report(visit_id=visit_id, by=by)
    click.echo(visit.state)


@command.command("return-report")
@click.argument("visit_id", type=int)
@click.option("--why", required=True)
@acting_options
def return_report(visit_id: int, why: str, by: Actor) -> None:
    """Return a visit report to its author with the reasons."""
    click.echo(services.return_report(visit_id=visit_id, why=why, by=by).state)


@command.command()
@click.argument("visit_id", type=int)
@click.option("--secret", prompt=True, hide_input=True, help="Password or one-time code.")
@acting_options
def sign(visit_id: int, secret: str, by: Actor) -> None:
    """Sign a visit report somebody else has handed in."""
    visit = services.sign_report(visit_id=visit_id, secret=secret, by=by)
    click.echo(f"{visit.state}  {visit.content_hash}")


@command.command("schedule")
@click.argument("study_id", type=int)
@click.argument("site_id", type=int)
@click.argument("kind", type=click.Choice(list(VISIT_KINDS)))
@click.argument("planned_on", type=DAY)
@click.option("--mode", type=click.Choice(list(VISIT_MODES)), default="onsite")
@click.option("--monitor", "monitor_id", type=int, help="Id of the person who visits.")
@acting_options
def schedule_visit(
    study_id: int, site_id: int, kind: str, planned_on: dt.datetime, mode: str, monitor_id: int | None, by: Actor
) -> None:  # fmt: skip
    """Plan a monitoring visit; prints its id."""
    visit = services.schedule_visit(
        study_id=study_id,
        site_id=site_id,
        kind=kind,
        mode=mode,
        planned_on=planned_on.date(),
        monitor_id=monitor_id,
        by=by,
    )
    click.echo(visit.pk)


@command.command("schedule-by-rules")
@click.argument("study_id", type=int)
@click.option("--until", type=DAY, required=True)
@acting_options
def schedule_by_rules(study_id: int, until: dt.datetime, by: Actor) -> None:
    """Plan every visit the rules ask for up to a day; prints how many."""
    click.echo(len(services.schedule_by_rules(study_id=study_id, until=until.date(), by=by)))


@command.command()
@click.argument("visit_id", type=int)
@click.argument("began_on", type=DAY)
@click.argument("ended_on", type=DAY)
@click.option("--attendees", default="")
@acting_options
def conduct(visit_id: int, began_on: dt.datetime, ended_on: dt.datetime, attendees: str, by: Actor) -> None:
    """Say that a visit took place; prints by when its report is due."""
    visit = services.conduct_visit(
        visit_id=visit_id, began_on=began_on.date(), ended_on=ended_on.date(), attendees=attendees, by=by
    )
    click.echo(f"{visit.state}  {visit.report_due_on}")


@command.command()
@click.argument("visit_id", type=int)
@click.option("--why", required=True)
@acting_options
def cancel(visit_id: int, why: str, by: Actor) -> None:
    """Cancel a visit that has not taken place."""
    click.echo(services.cancel_visit(visit_id=visit_id, why=why, by=by).state)


@command.command()
@click.option("--json", "as_json", is_flag=True)
@acting_options
def cockpit(as_json: bool, by: Actor) -> None:
    """Show the health of all studies one sees."""
    print_rows(
        [
            {
                "study": health.study.code,
                "tone": health.tone,
                "late_days": health.late_days,
                "sites": f"{health.sites_open}/{health.sites}",
                "enrolled": f"{health.enrolled}/{health.planned_subjects}",
                "work_share": round(health.work_share, 3),
                "earned_minor": health.earned_minor,
                "contracted_minor": health.contracted_minor,
                "signals": health.signals.total,
            }
            for health in health_of_studies(to=by, today=system_clock.now().date())
        ],
        as_json=as_json,
    )


@command.command("status-report")
@click.argument("study_id", type=int)
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["en", "zh"]), default="en")
@acting_options
def status_report(study_id: int, target: Path, language: str, by: Actor) -> None:
    """Write a study's status report as the PDF TARGET."""
    made = services.make_status_report(study_id=study_id, language=language, by=by)
    target.write_bytes(read_file(made.file))
    click.echo(f"{made.on}  {made.file.sha256}")


def _hours(text: str) -> Decimal:
    try:
        hours = Decimal(text)
    except InvalidOperation as error:
        raise click.BadParameter(f"{text!r} is not a number of hours") from error
    if not hours.is_finite():
        raise click.BadParameter(f"{text!r} is not a number of hours")
    return hours


def _report_in(file: Path) -> tuple[dict[str, dict[str, str]], str]:
    """Return the answers and the summary of a report file."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        answers = {
            code: {"value": str(answer.get("value", "")), "comment": str(answer.get("comment", ""))}
            for code, answer in content["answers"].items()
        }
        return answers, str(content.get("summary", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.BadParameter(f"{file.name} is not a visit report: {error!r}") from error
