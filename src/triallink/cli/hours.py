"""`triallink hours`: the order book, bookings, calendar import, clearing."""

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path

import click

from triallink.cli.acting import acting_options
from triallink.domains.capacity.access import visible_bookings
from triallink.domains.capacity.models import ClearingRun
from triallink.domains.capacity.selectors.book import book_weeks, order_book
from triallink.domains.capacity.selectors.market_view import market_view
from triallink.domains.capacity.services.clearing import start_clearing
from triallink.domains.capacity.services.imports import import_calendar
from triallink.domains.capacity.services.lapsing import lapse_due
from triallink.domains.capacity.services.schedules import schedule_clearing
from triallink.foundation.jobs import run_job
from triallink.kernel.actor import Actor


@click.group()
def command() -> None:
    """Hours: order book, bookings, calendars, clearing."""


@command.command()
@click.option("--role", default="", help="Only this role, such as CRC.")
@click.option("--city", default="", help="Only this city, by its English name.")
@click.option("--json", "as_json", is_flag=True)
def book(role: str, city: str, as_json: bool) -> None:
    """Show the order book of the coming weeks."""
    weeks = book_weeks()
    rows: list[dict[str, object]] = [
        {
            "city": row.city,
            "role": row.role,
            "offered_hours": row.offered // 60,
            "needed_hours": row.needed // 60,
            "lowest_price_minor": row.best_minor,
        }
        for row in order_book(weeks=weeks, role=role, city=city)
    ]
    _print(rows, as_json)


@command.command()
@click.option("--json", "as_json", is_flag=True)
@acting_options
def bookings(as_json: bool, by: Actor) -> None:
    """List the bookings of one's organization, newest first."""
    rows = visible_bookings(to=by).order_by("-pk")[:200]
    found: list[dict[str, object]] = [
        {
            "reference": row.reference,
            "state": row.state,
            "role": row.role,
            "city": row.city,
            "start_on": row.start_on.isoformat(),
            "end_on": row.end_on.isoformat(),
            "price_minor": row.price_minor,
        }
        for row in rows
    ]
    _print(found, as_json)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--professional", type=int, help="Whose calendar an iCalendar file is.")
@acting_options
def import_file(file: Path, professional: int | None, by: Actor) -> None:
    """Read a calendar table (XLSX, CSV) or an iCalendar file."""
    count = import_calendar(
        content=file.read_bytes(), file_name=file.name, professional_id=professional, by=by
    )
    click.echo(f"{count} rows imported")


@command.command()
@click.option("--role", default="", help="Only this role.")
@click.option("--respond-hours", default=24, help="How long both sides have to answer.")
@acting_options
def clear(role: str, respond_hours: int, by: Actor) -> None:
    """Clear the open orders now and wait for the result."""
    run = start_clearing(role=role, respond_hours=respond_hours, by=by)
    assert run.job_id is not None
    run_job(run.job_id)
    run = ClearingRun.objects.get(pk=run.pk)
    click.echo(f"clearing {run.pk}: {run.state}, {run.proposals} proposals, gap {run.gap}")


@command.command()
@click.option("--role", default="", help="Only this role; every role otherwise.")
@click.option("--days", required=True, help="Days of the week, 1 is Monday: 1,3,5")
@click.option("--at", required=True, help="Time by the clock of mainland China: 02:30")
@click.option("--respond-hours", default=24, help="How long both sides have to answer.")
@click.option("--off", is_flag=True, help="Keep the schedule and stop obeying it.")
@acting_options
def schedule(role: str, days: str, at: str, respond_hours: int, off: bool, by: Actor) -> None:
    """Set when the worker clears by itself."""
    try:
        weekdays = [int(day) - 1 for day in days.split(",")]
        time = dt.time.fromisoformat(at)
    except ValueError:
        raise click.UsageError("write --days as 1,3,5 and --at as 02:30") from None
    row = schedule_clearing(
        role=role, weekdays=weekdays, at=time, respond_hours=respond_hours, is_active=not off, by=by
    )
    click.echo(f"schedule {row.pk}: {'on' if row.is_active else 'off'}, {row.at:%H:%M}")


@command.command()
@click.option("--role", default="", help="Only this role.")
@acting_options
def market(role: str, by: Actor) -> None:
    """Print the operator's view of the market as JSON."""
    click.echo(json.dumps(asdict(market_view(to=by, role=role)), default=str))


@command.command()
def lapse() -> None:
    """Let overdue holds and questions lapse, as the worker does every few seconds."""
    click.echo(f"{lapse_due()} lapsed")


def _print(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo("\t".join("" if value is None else str(value) for value in row.values()))
