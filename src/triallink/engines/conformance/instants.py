"""ISO 8601 dates, times and durations as the standards write them: partial, uncertain, with time zones.

Source: SDTMIG v3.4, section 4.4 (dates and times); ISO 8601-1.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

Component = Literal["year", "month", "day", "hour", "minute", "second", "microsecond"]
COMPONENTS: tuple[Component, ...] = ("year", "month", "day", "hour", "minute", "second", "microsecond")

_ONE = (
    r"(?:-?[0-9]{4}|-)(?:-(?:1[0-2]|0[1-9]|-)(?:-(?:3[01]|0[1-9]|[12][0-9]|-)"
    r"(?:T(?:2[0-3]|[01][0-9]|-)(?::(?:[0-5][0-9]|-)(?::(?:[0-5][0-9]|-))?(?:\.[0-9]+)?"
    r"(?:Z|[+-](?:2[0-3]|[01][0-9]):[0-5][0-9])?)?)?)?)?"
)
_DATE = re.compile(rf"{_ONE}(?:/{_ONE})?\Z")
_PARTS = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?"
    r"(Z|[+-]\d{2}:?\d{2})?)?)?)?\Z"
)
_DURATION = re.compile(
    r"(-?)P(?!$)(?:(\d+(?:[.,]\d*)?)W|(?:(\d+(?:[.,]\d*)?)Y)?,?(?:(\d+(?:[.,]\d*)?)M)?,?(?:(\d+(?:[.,]\d*)?)D)?,?"
    r"(?:T(?=\d)(?:(\d+(?:[.,]\d*)?)H)?,?(?:(\d+(?:[.,]\d*)?)M)?,?(?:(\d+(?:[.,]\d*)?)S)?)?)\Z"
)


def is_date(text: str) -> bool:
    """Say whether a text is a date, time or interval of ISO 8601 as SDTM writes it, complete or not.

    text     such as 2005-10, 2005---15, 2005-10-12T13:05 or two of them with a solidus between.
    Returns  False for a date that is not in the calendar, such as 2005-02-30.
    """
    if not _DATE.match(text):
        return False
    return all(_in_calendar(part) for part in text.split("/"))


def _in_calendar(text: str) -> bool:
    found = re.match(r"(\d{4})-(\d{2})-(\d{2})", text)
    if not found:
        return True
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def is_complete_date(text: str) -> bool:
    """Say whether a text is a date of year, month and day, with a time or without."""
    return bool(re.match(r"\d{4}-\d{2}-\d{2}", text)) and precision(text) is not None


def precision(text: str) -> Component | None:
    """Return the smallest component a date states; None if it is not a date of known components."""
    found = _PARTS.match(text)
    if not found or instant(text) is None:
        return None
    known = [part for part in found.groups()[:7] if part is not None]
    return COMPONENTS[len(known) - 1]


def instant(text: str) -> datetime | None:
    """Return the moment of a date, January, the first and midnight for what it does not state; None if it is none.

    text     time zone or none; none is taken for UTC.
    Returns  an aware datetime in UTC.
    """
    found = _PARTS.match(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (
        int(part) if part else default
        for part, default in zip(found.groups()[:6], (1, 1, 1, 0, 0, 0), strict=True)
    )
    micro = int((found[7] or "").ljust(6, "0")[:6])
    zone = found[8]
    offset = timedelta()
    if zone and zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        offset = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    try:
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=timezone(offset)).astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None


def is_duration(text: str, *, negative_allowed: bool) -> bool:
    """Say whether a text is a duration such as P1Y2M, PT1H30M or P2W; only the smallest part may be a fraction."""
    found = _DURATION.match(text)
    if not found or (found[1] and not negative_allowed):
        return False
    parts = [part for part in found.groups()[1:] if part is not None]
    return bool(parts) and not any(mark in part for part in parts[:-1] for mark in ".,")


def study_day(text: str, reference: str) -> int | None:
    """Return the study day of a date: the reference day is 1, the day before it -1; None if a date is incomplete.

    Source  SDTMIG v3.4, section 4.4.4.
    """
    if not (is_complete_date(text) and is_complete_date(reference)):
        return None
    days = (date.fromisoformat(text[:10]) - date.fromisoformat(reference[:10])).days
    return days + 1 if days >= 0 else days
