"""Working days of a country: public holidays are free, the make-up Saturdays and Sundays of China are worked."""

import datetime as dt
from functools import lru_cache

import holidays
from holidays.registry import COUNTRIES

# The calendar in which every day is worked: for what comes by the calendar's days, such as visits of subjects.
EVERY_DAY = "ZZ"
_KNOWN = {codes[1] for codes in COUNTRIES.values()}


def is_working_day(day: dt.date, country: str) -> bool:
    """Return whether a day is worked in a country (ISO 3166 alpha-2); Monday to Friday where no calendar is known."""
    return bool(worked_days(country, day.year)[day.timetuple().tm_yday - 1])


def next_working_day(day: dt.date, country: str) -> dt.date:
    """Return the day itself if it is worked, else the next that is."""
    while not is_working_day(day, country):
        day += dt.timedelta(days=1)
    return day


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


@lru_cache(maxsize=4096)
def worked_days(country: str, year: int) -> bytes:
    """Return one byte per day of a year: 1 if it is worked in the country, else 0."""
    first = dt.date(year, 1, 1)
    count = (dt.date(year + 1, 1, 1) - first).days
    if country == EVERY_DAY:
        return bytes([1]) * count
    weekend = {5, 6}
    if country not in _KNOWN:
        return bytes((first.weekday() + number) % 7 not in weekend for number in range(count))
    # The year after too: its New Year may be kept on the last day of this one. The weekend differs by country.
    calendar = holidays.country_holidays(country, years=(year, year + 1))
    worked = bytearray((first.weekday() + number) % 7 not in calendar.weekend for number in range(count))
    for days, is_worked in ((calendar, 0), (calendar.weekend_workdays, 1)):
        for day in days:
            if day.year == year:
                worked[(day - first).days] = is_worked
    return bytes(worked)
