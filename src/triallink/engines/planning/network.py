"""The network: who must wait for whom. Its order is found once; dates may then be computed any number of times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Whole = NDArray[np.int32]

# From the predecessor's finish or start to the successor's start or finish.
LINK_KINDS = ("FS", "SS", "FF", "SF")


@dataclass(frozen=True)
class Link:
    """One dependency. `lag_days`: worked days of the successor's calendar, negative for a lead."""

    predecessor: int
    successor: int
    kind: str = "FS"
    lag_days: int = 0


@dataclass(frozen=True)
class Network:
    """Activities 0 to n - 1 and their links, both ways, in compressed rows.

    order         shape (n,): the activities so that every predecessor stands before its successors.
    place         shape (n,): where each activity stands in `order`.
    in_start      shape (n + 1,): the links into activity i are in_start[i] to in_start[i + 1].
    in_from, in_kind, in_lag    shape (n_links,): predecessor, index into LINK_KINDS, lag.
    out_start, out_to, out_kind, out_lag    the same links, by predecessor.
    """

    order: Whole
    place: Whole
    in_start: Whole
    in_from: Whole
    in_kind: NDArray[np.int8]
    in_lag: Whole
    out_start: Whole
    out_to: Whole
    out_kind: NDArray[np.int8]
    out_lag: Whole

    @property
    def count(self) -> int:
        """Return how many activities there are."""
        return len(self.order)


def network_of(count: int, links: Iterable[Link]) -> Network:
    """Return the network of `count` activities with these links.

    Raises ValueError if a link names an activity that is not there or an unknown kind, or if links form a circle.
    """
    found = list(links)
    for link in found:
        if link.kind not in LINK_KINDS:
            raise ValueError(f"a link is one of {', '.join(LINK_KINDS)}, not {link.kind!r}")
    return network(
        count,
        [link.predecessor for link in found],
        [link.successor for link in found],
        [LINK_KINDS.index(link.kind) for link in found],
        [link.lag_days for link in found],
    )


def network(
    count: int,
    predecessors: ArrayLike,
    successors: ArrayLike,
    kinds: ArrayLike | None = None,
    lags: ArrayLike | None = None,
) -> Network:
    """Return the network of `count` activities from columns.

    predecessors, successors  shape (n_links,), activities 0 to count - 1.
    kinds      shape (n_links,), indexes into LINK_KINDS; all FS by default.
    lags       shape (n_links,), worked days of the successor's calendar; 0 by default.
    Raises     ValueError if the columns differ in length, name an activity or kind that is not there, or links
               form a circle; the message names activities of the circle.
    """
    # Compiled: who only reads a plan or its calendars need not wait for the compiler.
    from triallink.engines.planning.passes import ordered

    before = np.asarray(predecessors, dtype=np.int32).reshape(-1)
    after = np.asarray(successors, dtype=np.int32).reshape(-1)
    kind = np.zeros(len(before), np.int8) if kinds is None else np.asarray(kinds, dtype=np.int8).reshape(-1)
    lag = np.zeros(len(before), np.int32) if lags is None else np.asarray(lags, dtype=np.int32).reshape(-1)
    _check(count, before, after, kind, lag)
    in_start, by_successor = _rows(count, after)
    out_start, by_predecessor = _rows(count, before)
    order = np.empty(count, np.int32)
    waiting = np.diff(in_start).astype(np.int32)
    reached = int(ordered(order, waiting, out_start, after[by_predecessor]))
    if reached < count:
        raise ValueError(f"links form a circle through activities {circle(waiting, before, after)}")
    place = np.empty(count, np.int32)
    place[order] = np.arange(count, dtype=np.int32)
    return Network(
        order=order,
        place=place,
        in_start=in_start,
        in_from=before[by_successor],
        in_kind=kind[by_successor],
        in_lag=lag[by_successor],
        out_start=out_start,
        out_to=after[by_predecessor],
        out_kind=kind[by_predecessor],
        out_lag=lag[by_predecessor],
    )


def circle(waiting: Whole, before: Whole, after: Whole) -> list[int]:
    """Return the activities of one circle among those still waiting for a predecessor.

    waiting        shape (n,): predecessors not yet ordered; more than 0 only on or behind a circle.
    before, after  shape (n_links,): predecessor and successor of every link.
    """
    stuck = waiting > 0
    came_from = {int(b): int(a) for a, b in zip(before, after, strict=True) if stuck[a] and stuck[b]}
    walked: list[int] = []
    at = next(iter(came_from))
    while at not in walked:
        walked.append(at)
        at = came_from[at]
    return walked[walked.index(at) :][::-1]


def _check(count: int, before: Whole, after: Whole, kind: NDArray[np.int8], lag: Whole) -> None:
    lengths = {len(before), len(after), len(kind), len(lag)}
    if len(lengths) != 1:
        raise ValueError(f"the columns of links differ in length: {sorted(lengths)}")
    for ends in (before, after):
        if len(ends) and not (ends.min() >= 0 and ends.max() < count):
            wrong: Sequence[int] = [int(end) for end in ends if not 0 <= end < count][:3]
            raise ValueError(f"links name activities that are not there: {wrong}; there are {count}")
    if len(kind) and not (kind.min() >= 0 and kind.max() < len(LINK_KINDS)):
        raise ValueError(f"a link's kind is an index into {LINK_KINDS}, not {int(kind.max())!r}")


def _rows(count: int, ends: Whole) -> tuple[Whole, NDArray[np.int64]]:
    start = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(ends, minlength=count), out=start[1:])
    return start, np.argsort(ends, kind="stable")
