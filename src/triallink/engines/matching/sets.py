"""Sets of packages that one worker could do together, and what packages are worth against them.

Between two exact pricings (`knapsacks`) the values of packages are improved against the sets found
so far, which costs a thousandth of a pricing per step. This is column generation in which the
master program is solved by subgradient steps instead of a simplex basis of 85,000 rows.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from triallink.engines.matching.market import Floats, Ints, Market

MOMENTUM, SQUARES, DAMPING = 0.9, 0.95, 0.3


@dataclass(frozen=True)
class Sets:
    """Sets by worker: set c of worker[c] holds the edges edge[ptr[c] : ptr[c + 1]].

    worker   shape (n_sets,), ascending;  ptr  shape (n_sets + 1,);  edge  shape (ptr[-1],).
    """

    worker: Ints
    ptr: Ints
    edge: Ints

    @classmethod
    def none(cls) -> "Sets":
        """No set at all."""
        return cls(np.zeros(0, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.worker)

    def joined(self, worker: Ints, ptr: Ints, edge: Ints) -> "Sets":
        """Return these sets and others, again by worker, older ones first."""
        workers = np.concatenate([self.worker, worker])
        first = np.concatenate([self.ptr[:-1], self.ptr[-1] + ptr[:-1]])
        length = np.concatenate([np.diff(self.ptr), np.diff(ptr)])
        edges = np.concatenate([self.edge, edge[: ptr[-1]]])
        order = np.argsort(workers, kind="stable")
        ends = np.concatenate([[0], np.cumsum(length[order])]).astype(np.int64)
        at = np.repeat(first[order] - ends[:-1], length[order]) + np.arange(ends[-1])
        return Sets(workers[order], ends, edges[at])

    def total(self, edge_value: Floats) -> Floats:
        """Return the sum of a value per edge over each set, shape (n_sets,)."""
        sums = np.concatenate([[0.0], np.cumsum(edge_value[self.edge])])
        return sums[self.ptr[1:]] - sums[self.ptr[:-1]]

    def of_edge(self) -> Ints:
        """Return the set each entry of `edge` belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.ptr))


def rents(sets: Sets, market: Market, value: Floats, is_open: NDArray[np.bool_] | None = None) -> Floats:
    """Return the worth of each worker's best known set at these package values, >= 0."""
    worth = sets.total(value[market.edge_package] - market.edge_cost)
    if is_open is not None:
        worth[~is_open] = 0.0
    best = np.zeros(market.n_workers)
    np.maximum.at(best, sets.worker, worth)
    return best


def improve_values(
    sets: Sets,
    market: Market,
    value: Floats,
    least: Floats,
    span: Floats,
    is_open: NDArray[np.bool_],
    *,
    steps: int,
    first_length: float,
    last_length: float,
) -> tuple[Floats, Floats]:
    """Return package values that are better against the known sets, and how often each set was best.

    value        shape (n_packages,), where to start;  least  below which nobody would do it.
    span         shape (n_packages,), how far values can move; 0 = stays.
    is_open      shape (n_sets,), sets that may be used.
    first_length, last_length   step lengths relative to span, falling geometrically.
    Returns      values of the best step, and shape (n_sets,) shares over the later half of the steps:
                 an approximate solution of the linear program over the sets.
    Raises       nothing.
    Source       subgradient with averaged answers (Barahona & Anbil 2000), step rule after Adam.
    """
    n = market.n_packages
    votes = np.zeros(len(sets))
    best = _steps(
        np.searchsorted(sets.worker, np.arange(market.n_workers + 1)), sets.ptr,
        market.edge_package[sets.edge], sets.total(market.edge_cost), is_open,
        value.copy(), least, np.where(span > 0, market.unfilled_cost, value), span,
        first_length, last_length, steps, votes, np.zeros(n), np.zeros(n), np.zeros(n, np.int64),
    )  # fmt: skip
    return best, votes / max(steps - steps // 2, 1)


@njit(cache=True, nogil=True)
def _steps(
    set_of_worker, set_ptr, package, set_cost, is_open, value, least, most, span,
    first_length, last_length, n_steps, votes, mean, square, count,
):  # fmt: skip
    n_workers, n_packages = len(set_of_worker) - 1, len(value)
    best, best_value = -1e300, value.copy()
    for step in range(n_steps):
        bound = 0.0
        for j in range(n_packages):
            bound += value[j]
            count[j] = 0
        for w in range(n_workers):
            top, pick = 0.0, -1
            for c in range(set_of_worker[w], set_of_worker[w + 1]):
                if not is_open[c]:
                    continue
                worth = -set_cost[c]
                for at in range(set_ptr[c], set_ptr[c + 1]):
                    worth += value[package[at]]
                if worth > top:
                    top, pick = worth, c
            if pick >= 0:
                bound -= top
                for at in range(set_ptr[pick], set_ptr[pick + 1]):
                    count[package[at]] += 1
                if step >= n_steps // 2:
                    votes[pick] += 1.0
        if bound > best:
            best = bound
            best_value[:] = value
        length = first_length * (last_length / first_length) ** (step / n_steps)
        mean_weight, square_weight = 1.0 - MOMENTUM ** (step + 1), 1.0 - SQUARES ** (step + 1)
        for j in range(n_packages):
            if span[j] <= 0.0:
                continue
            over = 1.0 - count[j]
            mean[j] = MOMENTUM * mean[j] + (1 - MOMENTUM) * over
            square[j] = SQUARES * square[j] + (1 - SQUARES) * over * over
            move = (mean[j] / mean_weight) / (math.sqrt(square[j] / square_weight) + DAMPING)
            value[j] = min(max(value[j] + length * span[j] * move, least[j]), most[j])
    return best_value
