"""Dates of a whole plan: earliest and latest days, floats, and what is critical."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from triallink.engines.planning.calendars import NO_DAY, WorkCalendars
from triallink.engines.planning.network import Network

Whole = NDArray[np.int32]


@dataclass(frozen=True)
class Activities:
    """What each activity takes.

    duration    shape (n,), worked days of its calendar, 0 for a milestone.
    calendar    shape (n,), index of its calendar; the first by default.
    not_before  shape (n,), the first day it may begin; 0 by default.
    Raises      ValueError for a negative duration or columns of different length.
    """

    duration: Whole
    calendar: Whole = field(default_factory=lambda: np.zeros(0, np.int32))
    not_before: Whole = field(default_factory=lambda: np.zeros(0, np.int32))

    def __post_init__(self) -> None:
        count = len(self.duration)
        for name in ("duration", "calendar", "not_before"):
            column = np.ascontiguousarray(getattr(self, name), dtype=np.int32)
            if not len(column) and count:
                column = np.zeros(count, np.int32)
            if len(column) != count:
                raise ValueError(f"{name} has {len(column)} entries for {count} activities")
            object.__setattr__(self, name, column)
        if count and self.duration.min() < 0:
            raise ValueError(f"a duration is not negative, got {int(self.duration.min())!r}")


@dataclass(frozen=True)
class Progress:
    """What has really happened.

    actual_start   shape (n,), the day work began, NO_DAY if it has not.
    actual_finish  shape (n,), the instant work was finished (its last day + 1), NO_DAY if it is not.
    remaining      shape (n,), worked days still needed by work that has begun; NO_DAY: what its duration leaves
                   after the days worked since, at least one.
    """

    actual_start: Whole
    actual_finish: Whole
    remaining: Whole

    @classmethod
    def none(cls, count: int) -> "Progress":
        """Return the progress of a plan nobody has begun."""
        return cls(*(np.full(count, NO_DAY, np.int32) for _ in range(3)))

    @classmethod
    def of(
        cls, actual_start: ArrayLike, actual_finish: ArrayLike, remaining: ArrayLike | None = None
    ) -> "Progress":
        """Return progress from columns.

        Raises ValueError if the columns differ in length, or a finish has no start or stands before it.
        """
        start = np.ascontiguousarray(actual_start, dtype=np.int32)
        finish = np.ascontiguousarray(actual_finish, dtype=np.int32)
        left = np.full(len(start), NO_DAY, np.int32) if remaining is None else np.asarray(remaining, np.int32)
        if not len(start) == len(finish) == len(left):
            raise ValueError(f"columns of {len(start)}, {len(finish)} and {len(left)} entries")
        wrong = (finish != NO_DAY) & ((start == NO_DAY) | (finish < start))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ValueError(f"activity {at} was finished at {int(finish[at])} but begun on {int(start[at])}")
        return cls(start, finish, np.ascontiguousarray(left))


@dataclass(frozen=True)
class Schedule:
    """The dates of a plan; every array has the shape (n,).

    start, finish            earliest (or actual) first day, and the instant after the last day.
    late_start, late_finish  the same at the latest, so that `end` still holds.
    total_float, free_float  worked days of the activity's calendar; total is negative when `end` cannot be held.
    end                      the instant the whole plan is finished, or the deadline that was asked for.
    """

    start: Whole
    finish: Whole
    late_start: Whole
    late_finish: Whole
    total_float: Whole
    free_float: Whole
    end: int

    @property
    def is_critical(self) -> NDArray[np.bool_]:
        """Return which activities cannot be late without the whole being late."""
        return self.total_float <= 0

    @property
    def length(self) -> int:
        """Return the days from day 0 to the last finish."""
        return int(self.finish.max()) if len(self.finish) else 0


def schedule(
    net: Network,
    activities: Activities,
    calendars: WorkCalendars,
    *,
    progress: Progress | None = None,
    today: int = 0,
    deadline: int | None = None,
) -> Schedule:
    """Return the earliest and latest dates of every activity (critical path method on work calendars).

    progress   what has happened; nothing by default. With it this is the forecast as of `today`: finished work
               keeps its days, begun work needs what remains from `today` on, the rest begins no earlier.
    today      the day the plan is seen from.
    deadline   the instant to count the latest dates from; the last finish by default.
    Raises     ValueError if the sizes do not match, a calendar is not there, or the work runs past the calendars.
    Source     Kelley and Walker (1959); links and lags as Elmaghraby and Kamburowski (1992); checked against the
               published critical path of PSPLIB instances, tests/engines/planning/test_published_paths.py.
    """
    done = progress or Progress.none(net.count)
    checked(net, activities, calendars, done, today)
    done = with_remaining(activities, calendars, done, today)
    start, finish = (np.full(net.count, NO_DAY, np.int32) for _ in range(2))
    run_forward(net, activities, calendars, done, today, start, finish, None)
    return latest(net, activities, calendars, start, finish, deadline)


def checked(
    net: Network, activities: Activities, calendars: WorkCalendars, progress: Progress, today: int
) -> None:
    """Refuse input that does not fit together: ValueError says what."""
    count = net.count
    if len(activities.duration) != count or len(progress.actual_start) != count:
        raise ValueError(
            f"{count} activities in the network, {len(activities.duration)} with a duration, "
            f"{len(progress.actual_start)} with progress"
        )
    if count and not 0 <= activities.calendar.min() <= activities.calendar.max() < calendars.count:
        raise ValueError(f"there are {calendars.count} calendars, none {int(activities.calendar.max())!r}")
    days = calendars.n_days
    for name, column in (
        ("not_before", activities.not_before),
        ("actual_start", progress.actual_start),
        ("actual_finish", progress.actual_finish),
    ):
        if count and not (column.min() >= NO_DAY and column.max() < days):
            raise ValueError(f"{name} {int(column.max())!r} lies outside the calendars' {days} days")
    if not 0 <= today < days:
        raise ValueError(f"today {today!r} lies outside the calendars' {days} days")


def with_remaining(
    activities: Activities, calendars: WorkCalendars, progress: Progress, today: int
) -> Progress:
    """Return the progress with every unknown remainder of begun work worked out."""
    begun = (progress.actual_start != NO_DAY) & (progress.actual_finish == NO_DAY)
    unknown = np.flatnonzero(begun & (progress.remaining == NO_DAY))
    if not len(unknown):
        return progress
    calendar = activities.calendar[unknown]
    worked = (
        calendars.worked_before[calendar, np.maximum(today, progress.actual_start[unknown])]
        - calendars.worked_before[calendar, progress.actual_start[unknown]]
    )
    remaining = progress.remaining.copy()
    # Work not reported as finished is not finished: at least one day is left.
    remaining[unknown] = np.where(
        activities.duration[unknown] > 0, np.maximum(activities.duration[unknown] - worked, 1), 0
    )
    return replace(progress, remaining=remaining)


def run_forward(
    net: Network,
    activities: Activities,
    calendars: WorkCalendars,
    progress: Progress,
    today: int,
    start: Whole,
    finish: Whole,
    touched: NDArray[np.int32] | None,
) -> int:
    """Write the earliest dates in place, of all or of what `touched` reaches; return how many changed.

    Raises ValueError if the work runs past the calendars.
    """
    from triallink.engines.planning import passes  # compiled: see network()

    marked = passes.marks(net.count, touched is None)
    first = 0
    if touched is not None:
        marked[touched] = True
        first = int(net.place[touched].min())
    changed = passes.forward(
        net.order, first, marked, net.in_start, net.in_from, net.in_kind, net.in_lag, net.out_start, net.out_to,
        activities.duration, activities.calendar, activities.not_before, progress.actual_start,
        progress.actual_finish, progress.remaining, calendars.worked_before, calendars.worked_day, today,
        start, finish,
    )  # fmt: skip
    if changed < 0:
        raise ValueError(f"the work runs past the calendars' {calendars.n_days} days")
    return int(changed)


def latest(
    net: Network,
    activities: Activities,
    calendars: WorkCalendars,
    start: Whole,
    finish: Whole,
    deadline: int | None = None,
) -> Schedule:
    """Return the schedule whose earliest dates are known.

    Raises ValueError if the deadline lies outside the calendars.
    """
    from triallink.engines.planning import passes  # compiled: see network()

    end = deadline if deadline is not None else int(finish.max()) if net.count else 0
    if not 0 <= end <= calendars.n_days:
        raise ValueError(f"the deadline {end!r} lies outside the calendars' {calendars.n_days} days")
    late_start, late_finish = (np.full(net.count, NO_DAY, np.int32) for _ in range(2))
    total, free = (np.empty(net.count, np.int32) for _ in range(2))
    passes.backward(
        net.order, net.count - 1, passes.marks(net.count, True), net.in_start, net.in_from, net.out_start,
        net.out_to, net.out_kind, net.out_lag, activities.duration, activities.calendar,
        calendars.worked_before, calendars.worked_day, end, late_start, late_finish,
    )  # fmt: skip
    passes.slack(
        net.out_start, net.out_to, net.out_kind, net.out_lag, activities.duration, activities.calendar,
        calendars.worked_before, calendars.worked_day, start, finish, late_start, late_finish, end, total, free,
    )  # fmt: skip
    return Schedule(start, finish, late_start, late_finish, total, free, end)
