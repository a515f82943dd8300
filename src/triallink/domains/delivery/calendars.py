"""The work calendars of countries as the planning engine takes them."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from triallink.engines.planning import WorkCalendars, work_calendars
from triallink.kernel.workdays import worked_days

HORIZON_YEARS = 25
HORIZON_DAYS = HORIZON_YEARS * 365


def calendars_from(day_0: dt.date, countries: Sequence[str]) -> WorkCalendars:
    """Return the work calendars of countries (EVERY_DAY: all days) from a day on, in their order."""
    offset = (day_0 - dt.date(day_0.year, 1, 1)).days
    return work_calendars(
        np.vstack([_from_year(country, day_0.year)[offset : offset + HORIZON_DAYS] for country in countries])
    )


@lru_cache(maxsize=128)
def _from_year(country: str, year: int) -> NDArray[np.bool_]:
    """Return which days are worked in a country from the first of January of a year on."""
    years = range(year, year + HORIZON_YEARS + 1)
    return np.frombuffer(b"".join(worked_days(country, one) for one in years), np.bool_)
