"""A forecast that is kept and corrected: one site's actual moves only what waits for it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from triallink.engines.planning.calendars import WorkCalendars
from triallink.engines.planning.network import Network
from triallink.engines.planning.scheduling import (
    Activities,
    Progress,
    Schedule,
    Whole,
    checked,
    latest,
    run_forward,
    with_remaining,
)


@dataclass
class Forecaster:
    """Holds a plan's forecast as of a day and corrects it when work is reported.

    `forecast` is the present schedule; `changed` how many activities the last correction moved.
    Raises ValueError on construction as `schedule` does.
    """

    net: Network
    activities: Activities
    calendars: WorkCalendars
    progress: Progress
    today: int

    def __post_init__(self) -> None:
        checked(self.net, self.activities, self.calendars, self.progress, self.today)
        self.progress = with_remaining(self.activities, self.calendars, self.progress, self.today)
        self._start, self._finish = (np.full(self.net.count, -1, np.int32) for _ in range(2))
        self.changed = self._run(None)
        self.forecast = self._latest()

    def report(
        self,
        activities: ArrayLike,
        *,
        actual_start: ArrayLike | None = None,
        actual_finish: ArrayLike | None = None,
        duration: ArrayLike | None = None,
    ) -> Schedule:
        """Take what was reported of some activities and return the corrected forecast.

        activities  shape (k,), which ones.
        actual_start, actual_finish, duration  shape (k,), new values; None leaves them. Days as in Progress.
        Raises      ValueError as Progress and `schedule` do; nothing is changed then.
        """
        touched = np.atleast_1d(np.asarray(activities, dtype=np.int32))
        progress = Progress.of(
            _with(self.progress.actual_start, touched, actual_start),
            _with(self.progress.actual_finish, touched, actual_finish),
            _with(self.progress.remaining, touched, np.full(len(touched), -1)),
        )
        changed = replace(self.activities, duration=_with(self.activities.duration, touched, duration))
        checked(self.net, changed, self.calendars, progress, self.today)
        self.progress = with_remaining(changed, self.calendars, progress, self.today)
        self.activities = changed
        start, finish = self._start.copy(), self._finish.copy()
        self.changed = run_forward(
            self.net, changed, self.calendars, self.progress, self.today, start, finish, touched
        )
        self._start, self._finish = start, finish
        self.forecast = self._latest()
        return self.forecast

    def _run(self, touched: Whole | None) -> int:
        return run_forward(
            self.net,
            self.activities,
            self.calendars,
            self.progress,
            self.today,
            self._start,
            self._finish,
            touched,
        )

    def _latest(self) -> Schedule:
        return latest(self.net, self.activities, self.calendars, self._start, self._finish)


def _with(column: Whole, touched: Whole, values: ArrayLike | None) -> Whole:
    if values is None:
        return column
    new = column.copy()
    new[touched] = np.asarray(values, dtype=np.int32)
    return new
