"""Days of professionals: opening them, and reading what is free, locked or not."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import connection

from triallink.domains.capacity.models import StaffDay
from triallink.domains.capacity.models.calendars import FULL_WEEK
from triallink.domains.capacity.work_calendar import WorkCalendar
from triallink.engines.hours import mondays, spread

HORIZON_WEEKS = 26
OPEN_DAYS = """
INSERT INTO capacity_staffday (professional_id, organization_id, day, workable_minutes, leave_count,
                               committed_minutes, held_minutes, booked_minutes)
SELECT p.id, p.organization_id, d.day,
       CASE WHEN d.place = 0 THEN 0 ELSE COALESCE(w.minutes[d.place], (%s::int[])[d.place]) END, 0, 0, 0, 0
  FROM quality_professional p
  LEFT JOIN capacity_workpattern w ON w.professional_id = p.id
 CROSS JOIN unnest(%s::date[], %s::int[]) AS d (day, place)
 WHERE p.id = ANY(%s)
 ORDER BY p.id, d.day
    ON CONFLICT (professional_id, day) DO NOTHING
"""


def horizon(today: dt.date) -> dt.date:
    """Return the last day calendars reach."""
    return mondays(today, today)[0] + dt.timedelta(weeks=HORIZON_WEEKS + 1, days=-1)


def open_days(professional_ids: Iterable[int], first: dt.date, last: dt.date) -> int:
    """Write the days that are not there yet, as pattern and public days have them; return how many."""
    ids = sorted(set(professional_ids))
    if not ids or last < first:
        return 0
    calendar = WorkCalendar(first, last)
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    with connection.cursor() as cursor:
        cursor.execute(OPEN_DAYS, [FULL_WEEK, days, [calendar.place_in_week(day) for day in days], ids])
        return cursor.rowcount


def free_days(
    professional_id: int, days: Sequence[dt.date] | tuple[dt.date, dt.date], *, is_locked: bool = False
) -> dict[dt.date, int]:
    """Return day -> free minutes of one professional between two days; `is_locked` keeps others from changing them."""
    rows = StaffDay.objects.filter(professional_id=professional_id, day__range=(days[0], days[-1])).order_by(
        "day"
    )
    if is_locked:
        rows = rows.select_for_update()
    return {row.day: row.free_minutes for row in rows}


def plan(
    free: dict[dt.date, int], start_on: dt.date, end_on: dt.date, hours_per_week: int, calendar: WorkCalendar
) -> dict[dt.date, int] | None:
    """Return day -> minutes of work of so many hours a week, or None if some week has not enough free."""
    planned: dict[dt.date, int] = {}
    for week_on in mondays(start_on, end_on):
        days = [week_on + dt.timedelta(days=n) for n in range(7)]
        days = [day for day in days if start_on <= day <= end_on]
        wanted = calendar.quota(hours_per_week, week_on, start_on, end_on)
        room = [free.get(day, 0) for day in days]
        if sum(room) < wanted:
            return None
        planned.update(
            {day: minutes for day, minutes in zip(days, spread(room, wanted), strict=True) if minutes}
        )
    return planned
