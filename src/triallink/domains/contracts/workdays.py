"""Working days of a country: public holidays are free, the make-up Saturdays and Sundays of China are worked."""

import datetime as dt
from functools import lru_cache

import holidays
from holidays.registry import COUNTRIES

WEEKEND = (5, 6)
_KNOWN = {codes[1] for codes in COUNTRIES.values()}


def is_working_day(day: dt.date, country: str) -> bool:
    """Return whether a day is worked in a country (ISO 3166 alpha-2); Monday to Friday where no calendar is known."""
    calendar = _calendar(country)
    return day.weekday() not in WEEKEND if calendar is None else bool(calendar.is_working_day(day))


def add_working_days(day: dt.date, days: int, country: str) -> dt.date:
    """Return the day on which `days` working days after `day` have passed; `day` itself is not counted.

    Raises ValueError if `days` is negative.
    """
    if days < 0:
        raise ValueError(f"days count forward only, not {days!r}")
    while days:
        day += dt.timedelta(days=1)
        days -= is_working_day(day, country)
    return day


@lru_cache(maxsize=64)
def _calendar(country: str) -> holidays.HolidayBase | None:
    return holidays.country_holidays(country) if country in _KNOWN else None
