"""Weeks run from Monday to Sunday (ISO 8601)."""

import datetime as dt

WEEK = dt.timedelta(weeks=1)


def monday_of(day: dt.date) -> dt.date:
    """Return the Monday of the week a day lies in."""
    return day - dt.timedelta(days=day.weekday())


def mondays(start_on: dt.date, end_on: dt.date) -> list[dt.date]:
    """Return the Mondays of every week that has a day from start_on to end_on, both included."""
    first, last = monday_of(start_on), monday_of(end_on)
    return [first + n * WEEK for n in range((last - first).days // 7 + 1)]


def week_number(day: dt.date) -> int:
    """Return the ISO number of the week a day lies in, 1 to 53."""
    return day.isocalendar().week
