"""Work calendars of countries as the planning engine takes them: weekends, public holidays, make-up workdays of China."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

import holidays
import numpy as np
from holidays.registry import COUNTRIES

from triallink.domains.delivery.models.plan import EVERY_DAY
from triallink.engines.planning import WorkCalendars, work_calendars

HORIZON_DAYS = 25 * 366
_KNOWN = {codes[1] for codes in COUNTRIES.values()}


def calendars_from(day_0: dt.date, countries: Sequence[str]) -> WorkCalendars:
    """Return the work calendars of countries (EVERY_DAY: all days) from a day on, in their order."""
    first = dt.date(day_0.year, 1, 1)
    offset = (day_0 - first).days
    return work_calendars(
        np.vstack([worked_days(country, day_0.year)[offset : offset + HORIZON_DAYS] for country in countries])
    )


@lru_cache(maxsize=128)
def worked_days(country: str, year: int) -> np.ndarray:
    """Return which days are worked in a country, from the first of January of a year; Monday to Friday if unknown."""
    first = dt.date(year, 1, 1)
    days = HORIZON_DAYS + 366
    if country == EVERY_DAY:
        return np.ones(days, bool)
    worked = (np.arange(days) + first.weekday()) % 7 < 5
    if country not in _KNOWN:
        return worked
    years = range(year, year + days // 365 + 2)
    known = holidays.country_holidays(country, years=years)
    # The weekend is not Saturday and Sunday everywhere.
    worked = ~np.isin((np.arange(days) + first.weekday()) % 7, list(known.weekend))
    for day in known:
        if 0 <= (day - first).days < days:
            worked[(day - first).days] = False
    for day in getattr(known, "weekend_workdays", ()):
        if 0 <= (day - first).days < days:
            worked[(day - first).days] = True
    worked.setflags(write=False)
    return worked


def is_worked(day: dt.date, country: str) -> bool:
    """Return whether a day is worked in a country."""
    return bool(worked_days(country, day.year)[(day - dt.date(day.year, 1, 1)).days])


def next_worked(day: dt.date, country: str) -> dt.date:
    """Return the day itself if it is worked, else the next that is."""
    while not is_worked(day, country):
        day += dt.timedelta(days=1)
    return day


def worked_later(day: dt.date, days: int, country: str) -> dt.date:
    """Return the day that many worked days later; the day itself is not counted."""
    while days > 0:
        day = next_worked(day + dt.timedelta(days=1), country)
        days -= 1
    return day
