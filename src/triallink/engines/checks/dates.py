"""Dates as the field collects them: complete, or with an unknown day or month, or with a time.

A date is read as (first day, last day, minute): the days it may mean, counted from 1970-01-01, and the minute of the
day or -1. Two dates are compared day by day unless both have a time; a comparison that the unknown part could turn
either way has no answer (None). JavaScript and the column form do the same arithmetic on the same three numbers.
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache

Interval = tuple[int, int, int]

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?)?)?\Z", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\Z", re.ASCII)
_EPOCH = date(1970, 1, 1).toordinal()
# A date moved again and again ends here (some 27,000 years from 1970), well before the calendars of columns do.
FARTHEST_DAY = 10_000_000


@lru_cache(maxsize=65_536)
def interval(text: str) -> Interval | None:
    """Return the days and the minute a date means; None if the text is not a date of the calendar.

    text     2024, 2024-05, 2024-05-17, 2024-05-17T08:30 or with seconds, which are not looked at.
    Returns  (first day, last day, minute of the day or -1), days from 1970-01-01.
    Source   ISO 8601-1:2019, calendar dates with reduced precision; CDISC SDTMIG 3.4, section 4.4.2.
    """
    found = _DATE.match(text)
    if not found or found[1] == "0000":
        return None
    year, month, day = (int(part) if part else 0 for part in found.group(1, 2, 3))
    if found[2] and not 1 <= month <= 12:
        return None
    if found[3] and not 1 <= day <= monthrange(year, month)[1]:
        return None
    minute = -1
    if found[4]:
        if int(found[4]) > 23 or int(found[5]) > 59:
            return None
        minute = int(found[4]) * 60 + int(found[5])
    first = date(year, month or 1, day or 1)
    last_month = month or 12
    last = date(year, last_month, day or monthrange(year, last_month)[1])
    return first.toordinal() - _EPOCH, last.toordinal() - _EPOCH, minute


@lru_cache(maxsize=4_096)
def minute_of_day(text: str) -> int | None:
    """Return the minute of the day a time such as 08:30 means; None if the text is no time."""
    found = _TIME.match(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return int(found[1]) * 60 + int(found[2])


def is_before(a: Interval | None, b: Interval | None) -> bool | None:
    """Say whether one date is before another; None if it cannot be known."""
    if a is None or b is None:
        return None
    if a[2] >= 0 and b[2] >= 0:
        return (a[0], a[2]) < (b[0], b[2])
    if a[1] < b[0]:
        return True
    return False if a[0] >= b[1] else None


def is_same(a: Interval | None, b: Interval | None) -> bool | None:
    """Say whether two dates are the same; None if it cannot be known."""
    if a is None or b is None:
        return None
    if a[2] >= 0 and b[2] >= 0:
        return a[0] == b[0] and a[2] == b[2]
    if a[1] < b[0] or b[1] < a[0]:
        return False
    return True if a[0] == a[1] == b[0] == b[1] else None


def days_between(a: Interval | None, b: Interval | None) -> float | None:
    """Return how many days after the second date the first one is; None unless both are complete."""
    if a is None or b is None or a[0] != a[1] or b[0] != b[1]:
        return None
    return float(a[0] - b[0])


def minutes_between(a: Interval | None, b: Interval | None) -> float | None:
    """Return how many minutes after the first date and time the second is; None unless both have a time."""
    if a is None or b is None or a[2] < 0 or b[2] < 0:
        return None
    return float((b[0] - a[0]) * 1440 + b[2] - a[2])


def moved(a: Interval | None, days: float | None) -> Interval | None:
    """Return a date moved by whole days (a fraction is cut off); None unless it is complete and arrives within reach."""
    if a is None or days is None or a[0] != a[1] or not -4_000_000 < days < 4_000_000:
        return None
    day = a[0] + int(days)
    return (day, day, a[2]) if abs(day) <= FARTHEST_DAY else None


def civil(day: int) -> tuple[int, int, int]:
    """Return year, month and day of the month of a day counted from 1970-01-01.

    Source   H. Hinnant, chrono-compatible low-level date algorithms, `civil_from_days`; any integer is allowed,
             so that the same arithmetic serves JavaScript and columns.
    """
    shifted = day + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    return year, month, day_of_year - (153 * month_from_march + 2) // 5 + 1


def years_between(birth: Interval | None, at: Interval | None) -> float | None:
    """Return the completed years from one date to another; None if an unknown day could change the number."""
    if birth is None or at is None:
        return None
    longest, shortest = _completed(birth[0], at[1]), _completed(birth[1], at[0])
    return float(longest) if longest == shortest else None


def _completed(start: int, end: int) -> int:
    from_year, from_month, from_day = civil(start)
    to_year, to_month, to_day = civil(end)
    return to_year - from_year - ((to_month, to_day) < (from_month, from_day))


def year_of(a: Interval | None) -> float | None:
    """Return the year of a date."""
    return None if a is None else float(civil(a[0])[0])


def month_of(a: Interval | None) -> float | None:
    """Return the month of a date, None if it is unknown."""
    if a is None:
        return None
    first, last = civil(a[0]), civil(a[1])
    return float(first[1]) if first[1] == last[1] else None
