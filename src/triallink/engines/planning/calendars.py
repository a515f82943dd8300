"""Work calendars as arrays: which days are worked, and the way from a day to a count of worked days and back.

A day is a whole number: days since a day 0 the caller chooses. An instant d is the beginning of day d, which is the
end of day d - 1; work done on Friday 4 ends at instant 5, and what follows it begins on the next worked day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Days = NDArray[np.int32]


NO_DAY = -1  # stands for a day that is not known or not reached


@dataclass(frozen=True)
class WorkCalendars:
    """Several calendars over the same days.

    worked_before  shape (n_calendars, n_days + 1): how many worked days lie before instant d.
    worked_day     shape (n_calendars, n_days): the day of the k-th worked day; n_days where there is none.
    """

    worked_before: Days
    worked_day: Days

    @property
    def count(self) -> int:
        """Return how many calendars there are."""
        return int(self.worked_before.shape[0])

    @property
    def n_days(self) -> int:
        """Return how many days the calendars cover."""
        return int(self.worked_day.shape[1])

    def between(self, calendar: int, first: int, last: int) -> int:
        """Return the worked days from instant `first` to instant `last`, negative if `last` is earlier.

        Raises ValueError if an instant lies outside the calendars.
        """
        for instant in (first, last):
            if not 0 <= instant <= self.n_days:
                raise ValueError(f"instant {instant!r} lies outside the calendars' days 0 to {self.n_days}")
        return int(self.worked_before[calendar, last] - self.worked_before[calendar, first])


def work_calendars(is_worked: ArrayLike) -> WorkCalendars:
    """Return calendars from which days are worked in each.

    is_worked  shape (n_calendars, n_days) or (n_days,), true where the day is worked.
    Raises     ValueError if the shape is another one, or a calendar has no worked day at all.
    """
    worked = np.atleast_2d(np.asarray(is_worked, dtype=bool))
    if worked.ndim != 2 or worked.size == 0:
        raise ValueError(f"calendars have the shape (n_calendars, n_days), not {worked.shape}")
    if not worked.any(axis=1).all():
        raise ValueError(f"calendar {int(np.argmin(worked.any(axis=1)))} has no worked day")
    calendars, days = worked.shape
    before = np.zeros((calendars, days + 1), dtype=np.int32)
    np.cumsum(worked, axis=1, out=before[:, 1:])
    day = np.full((calendars, days), days, dtype=np.int32)
    for calendar in range(calendars):
        found = np.flatnonzero(worked[calendar])
        day[calendar, : len(found)] = found
    return WorkCalendars(before, day)


def every_day(n_days: int) -> WorkCalendars:
    """Return one calendar in which every day is worked, for counts of elapsed days and for published instances.

    n_days  how many days, at least 1.
    Raises  ValueError if there is none.
    """
    if n_days < 1:
        raise ValueError(f"a calendar needs at least one day, got {n_days!r}")
    return work_calendars(np.ones(n_days, dtype=bool))
