"""A plan's rows as the planning engine's arrays, and the engine's dates back into the rows."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from triallink.domains.delivery.calendars import calendars_from
from triallink.domains.delivery.models import PlanItem, PlanLink, StudyPlan
from triallink.engines.planning import (
    LINK_KINDS,
    NO_DAY,
    Activities,
    Network,
    Progress,
    Schedule,
    WorkCalendars,
    critical_path,
    network,
    schedule,
)

Whole = NDArray[np.int32]


@dataclass(frozen=True)
class Rows:
    """A plan as arrays: item ids, the network, what items take, what has happened."""

    day_0: dt.date
    ids: list[int]
    durations: Whole
    net: Network
    activities: Activities
    calendars: WorkCalendars
    progress: Progress

    def on(self, instant: int) -> dt.date:
        """Return the date of a day."""
        return self.day_0 + dt.timedelta(days=int(instant))


def rows_of(plan: StudyPlan) -> Rows:
    """Read a plan: two queries, whatever its size."""
    found = list(
        PlanItem.objects.filter(plan=plan)
        .order_by("pk")
        .values_list(
            "pk", "duration_days", "calendar", "not_before_on", "actual_start_on", "actual_finish_on"
        )
    )
    # Day 0 may lie before the plan's beginning: work may have begun early.
    begun = [row[4] for row in found if row[4] is not None]
    day_0 = min([plan.begins_on, *begun])
    ids = [row[0] for row in found]
    place = {pk: number for number, pk in enumerate(ids)}
    links = list(
        PlanLink.objects.filter(plan=plan).values_list("predecessor_id", "successor_id", "kind", "lag_days")
    )
    countries = sorted({row[2] for row in found}) or ["ZZ"]
    begins = (plan.begins_on - day_0).days

    def day(value: dt.date | None, missing: int, shift: int = 0) -> int:
        return missing if value is None else (value - day_0).days + shift

    return Rows(
        day_0=day_0,
        ids=ids,
        durations=np.array([row[1] for row in found], np.int32),
        net=network(
            len(ids),
            [place[link[0]] for link in links],
            [place[link[1]] for link in links],
            [LINK_KINDS.index(link[2]) for link in links],
            [link[3] for link in links],
        ),
        activities=Activities(
            np.array([row[1] for row in found], np.int32),
            np.array([countries.index(row[2]) for row in found], np.int32),
            np.array([max(day(row[3], begins), begins) for row in found], np.int32),
        ),
        calendars=calendars_from(day_0, countries),
        progress=Progress.of(
            [day(row[4], NO_DAY) for row in found], [day(row[5], NO_DAY, 1) for row in found]
        ),
    )


def planned(rows: Rows) -> Schedule:
    """Return the plan as if nothing had happened."""
    return schedule(rows.net, rows.activities, rows.calendars)


def forecast(rows: Rows, status_on: dt.date) -> Schedule:
    """Return the forecast as of a day."""
    today = max((status_on - rows.day_0).days, 0)
    return schedule(rows.net, rows.activities, rows.calendars, progress=rows.progress, today=today)


def dates(rows: Rows, found: Schedule) -> tuple[list[dt.date], list[dt.date]]:
    """Return first and last day of every item; an item that takes no time stands on the last day before it."""
    last = np.where(found.finish > 0, found.finish - 1, 0)
    first = np.where(rows.durations == 0, last, found.start)
    return [rows.on(day) for day in first], [rows.on(day) for day in np.maximum(last, first)]


def keep_forecast(rows: Rows, found: Schedule) -> None:
    """Write the forecast's dates, floats and what is critical, in one statement, only where they changed."""
    start, finish = dates(rows, found)
    done = rows.progress.actual_finish != NO_DAY
    critical = found.is_critical & ~done
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_planitem AS item SET forecast_start_on = new.first, forecast_finish_on = new.last,
                   total_float_days = new.slack, is_critical = new.critical
            FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::int[], %s::bool[])
                 AS new(id, first, last, slack, critical)
            WHERE item.id = new.id AND (item.forecast_start_on, item.forecast_finish_on, item.total_float_days,
                  item.is_critical) IS DISTINCT FROM (new.first, new.last, new.slack, new.critical)
            """,
            [rows.ids, start, finish, found.total_float.tolist(), critical.tolist()],
        )


def keep_plan(rows: Rows, found: Schedule) -> None:
    """Write the plan's dates in one statement."""
    start, finish = dates(rows, found)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_planitem AS item SET plan_start_on = new.first, plan_finish_on = new.last
            FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS new(id, first, last) WHERE item.id = new.id
            """,
            [rows.ids, start, finish],
        )


def path_ids(rows: Rows, found: Schedule) -> list[int]:
    """Return the items of one critical path in order."""
    return [rows.ids[one] for one in critical_path(rows.net, found)]
