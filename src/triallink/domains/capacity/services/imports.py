"""Import a calendar file, whole or not at all."""

import datetime as dt

from django.db import transaction

from triallink.domains.capacity.access import plannable, require_seller
from triallink.domains.capacity.errors import FileUnreadable, RowsRefused
from triallink.domains.capacity.events import CalendarImported
from triallink.domains.capacity.models import Leave
from triallink.domains.capacity.reading import CalendarRow, Finding, read_icalendar, read_table
from triallink.domains.capacity.services.calendars import (
    DayHours,
    post_commitment,
    record_leave,
    set_hours,
)
from triallink.domains.capacity.work_calendar import WorkCalendar
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound, Refusal


@transaction.atomic
def import_calendar(
    *,
    content: bytes,
    file_name: str,
    professional_id: int | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> int:
    """Read a calendar file into staff calendars and return how many rows it had.

    A table names people and days; an iCalendar file is one person's. Importing the same file again changes nothing.

    Refuses: NotAllowed, NotFound, FileUnreadable, RowsRefused.
    Emits: CalendarImported.
    """
    organization_id = require_seller(by)
    people = plannable(by=by)
    is_icalendar = file_name.lower().endswith((".ics", ".ical"))
    if is_icalendar:
        professional = people.filter(pk=professional_id).first() if professional_id else None
        if professional is None:
            raise NotFound
        rows = read_icalendar(content, professional)
    elif file_name.lower().endswith((".xlsx", ".xlsm", ".csv", ".txt")):
        rows = read_table(content, file_name, people)
    else:
        raise FileUnreadable(field="file")
    source = "icalendar" if is_icalendar else "import"
    findings: list[Finding] = []
    for row in rows:
        try:
            with transaction.atomic():
                _enter(row, source, by, clock)
        except Refusal as refusal:
            findings.append((row.row, refusal.field or "day", refusal.message, refusal.params))
    if findings:
        raise RowsRefused(findings=findings)
    record(
        CalendarImported(organization_id=organization_id, rows=len(rows)),
        by=by,
        about=("calendar", organization_id),
        change={"rows": [0, len(rows)], "file": [None, file_name[:120]]},
        clock=clock,
    )
    return len(rows)


def _enter(row: CalendarRow, source: str, by: Actor, clock: Clock) -> None:
    days = [row.start_on + dt.timedelta(days=n) for n in range((row.end_on - row.start_on).days + 1)]
    if row.kind == "hours":
        set_hours(hours=[DayHours(row.professional_id, day, row.minutes) for day in days], by=by, clock=clock)
    elif row.kind == "commitment":
        worked = WorkCalendar(row.start_on, row.end_on)
        taken = {day: row.minutes for day in days if len(days) == 1 or worked.is_worked(day)}
        post_commitment(
            professional_id=row.professional_id,
            days=taken,
            source_kind=source,
            source_reference=f"{row.start_on} {row.note}",
            title=row.note,
            by=by,
            clock=clock,
        )
    elif not _is_known(row, source):
        record_leave(
            professional_id=row.professional_id,
            start_on=row.start_on,
            end_on=row.end_on,
            kind=row.kind,
            note=row.note,
            source_kind=source,
            source_reference=f"{row.start_on} {row.note}",
            by=by,
            clock=clock,
        )


def _is_known(row: CalendarRow, source: str) -> bool:
    return Leave.objects.filter(
        professional_id=row.professional_id,
        start_on=row.start_on,
        end_on=row.end_on,
        kind=row.kind,
        source_kind=source,
        withdrawn_at=None,
    ).exists()
