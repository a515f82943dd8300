"""Observations of time to event, checked: time, event or censored, late entry, group, stratum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Observations:
    """Subjects under observation.

    time   shape (n,), when observation ended.
    event  shape (n,), whether it ended with the event; otherwise it is censored.
    entry  shape (n,), when observation began; minus infinity for who was there from the start.
    """

    time: Array
    event: NDArray[np.bool_]
    entry: Array

    @property
    def n(self) -> int:
        """Number of subjects."""
        return len(self.time)

    @property
    def has_late_entry(self) -> bool:
        """Tell whether somebody came under observation later than others."""
        return bool(np.isfinite(self.entry).any())

    def of(self, chosen: NDArray[np.bool_]) -> "Observations":
        """Return the subjects chosen."""
        return Observations(self.time[chosen], self.event[chosen], self.entry[chosen])

    def at_risk(self, times: Array, amounts: Array | None = None) -> Array:
        """Return how much stands at risk just before each time: subjects, or the sum of their amounts.

        times    shape (k,).
        amounts  shape (n,) or (n, …), what to sum over the subjects at risk.
        Returns  shape (k,) or (k, …).
        """
        amounts = np.ones(self.n) if amounts is None else amounts
        still = _sum_from(self.time, amounts, times)
        if not self.has_late_entry:
            return still
        not_yet: Array = _sum_from(self.entry, amounts, times)
        result: Array = still - not_yet
        return result


def observations(time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None) -> Observations:
    """Return checked observations.

    time    shape (n,), finite.
    event   shape (n,), true or 1 for an event, false or 0 for censoring.
    entry   shape (n,), before `time`; None when everybody was observed from the start.
    Raises  ValueError for lengths that differ, values missing, events other than 0 and 1, entries not before the end.
    """
    times = np.asarray(time, dtype=np.float64)
    marks = np.asarray(event)
    if times.ndim != 1 or marks.shape != times.shape:
        raise ValueError(
            f"time and event must be two rows of one length, not {times.shape} and {marks.shape}"
        )
    if not len(times):
        raise ValueError("there is no subject")
    if not np.isfinite(times).all():
        raise ValueError(f"time {times[~np.isfinite(times)][0]} is no time")
    strange = [value for value in np.unique(marks).tolist() if value not in (0, 1)]
    if strange:
        raise ValueError(f"an event is 0 or 1, not {strange[0]!r}")
    if entry is None:
        return Observations(times, marks.astype(np.bool_), np.full(len(times), -np.inf))
    entries = np.asarray(entry, dtype=np.float64)
    if entries.shape != times.shape:
        raise ValueError(f"entry must have {len(times)} values, not {entries.shape}")
    wrong = ~(entries < times)
    if wrong.any():
        raise ValueError(f"entry {entries[wrong][0]} is not before time {times[wrong][0]}")
    return Observations(times, marks.astype(np.bool_), entries)


def labels_of(values: ArrayLike, n: int, name: str) -> tuple[list[Any], Integers]:
    """Return the distinct labels in order, and for each subject the index of its own.

    values  shape (n,), numbers or text.
    Raises  ValueError for another length or a missing label.
    """
    given = np.asarray(values)
    if given.shape != (n,):
        raise ValueError(f"{name} must have {n} values, not {given.shape}")
    if given.dtype == object:
        if any(value is None for value in given):
            raise ValueError(f"{name} has a missing value")
        given = np.asarray(given.tolist())
    if given.dtype.kind == "f" and not np.isfinite(given).all():
        raise ValueError(f"{name} has a missing value")
    labels, index = np.unique(given, return_inverse=True)
    return labels.tolist(), index.astype(np.int64)


def strata_of(strata: ArrayLike | Sequence[ArrayLike] | None, n: int) -> Integers:
    """Return each subject's stratum as an index; several rows of labels are crossed.

    Raises  ValueError for another length or a missing label.
    """
    if strata is None:
        return np.zeros(n, dtype=np.int64)
    given = np.asarray(strata)
    rows = [given] if given.ndim == 1 else list(given)
    crossed = np.zeros(n, dtype=np.int64)
    for row in rows:
        labels, index = labels_of(row, n, "strata")
        crossed = crossed * len(labels) + index
    return np.unique(crossed, return_inverse=True)[1].astype(np.int64)


def check_confidence(confidence: float) -> None:
    """Refuse a confidence level that is none.

    Raises  ValueError unless 0 < confidence < 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")


def _sum_from(position: Array, amounts: Array, times: Array) -> Array:
    """Return, for each time, the sum of the amounts at this position or later."""
    order = np.argsort(position, kind="stable")
    above = np.zeros((len(position) + 1, *amounts.shape[1:]))
    above[:-1] = np.cumsum(amounts[order][::-1], axis=0)[::-1]
    result: Array = above[np.searchsorted(position[order], times, side="left")]
    return result
