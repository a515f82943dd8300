"""Contracts that promise a supplier a minimum share of the work: kept as a constraint, its cost shown."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from triallink.engines.matching.assignment import Assignment
from triallink.engines.matching.clearing import Clearing, clear
from triallink.engines.matching.dual import best_reduced_cost, reduced_cost
from triallink.engines.matching.fairness import hours_given
from triallink.engines.matching.market import Ints, Market
from triallink.engines.matching.progress import Watch

CHUNK = 64  # bookings offered between two looks at the hours reached


@dataclass(frozen=True)
class PromiseClearing:
    """A clearing in which every supplier with a promise has at least its share.

    clearing     certificate at the market's own costs (its bound ignores the promises).
    shares       share of the hours of work, by supplier with a promise.
    extra_cost   what the promises add to the cost, compared with clearing without them.
    """

    clearing: Clearing
    shares: Mapping[object, float]
    extra_cost: float


def clear_with_promises(
    market: Market,
    worker_supplier: ArrayLike,
    promised: Mapping[object, float],
    *,
    seed: int = 0,
    iterations: int = 800,
    watch: Watch | None = None,
) -> PromiseClearing:
    """Clear so that suppliers get at least the share of the hours that was promised to them.

    worker_supplier   shape (n_workers,), the supplier of each worker.
    promised          supplier -> share of the hours of all work asked for, 0 to 1.
    Returns           PromiseClearing; shares of the hours given are never below the promised ones.
    Raises            ValueError if a share is outside 0 to 1, together they exceed 1, or the supplier has
                      no hours left for what was promised: then nothing is returned rather than a broken promise.
    Source            the promised hours are booked first where they cost least against the prices of the
                      free market, the rest is cleared around them.
    """
    labels = np.asarray(worker_supplier)
    if labels.shape != (market.n_workers,):
        raise ValueError(f"{market.n_workers} suppliers are needed, got shape {labels.shape}")
    for supplier, share in promised.items():
        if not 0 <= share <= 1:
            raise ValueError(f"a promised share lies in 0 to 1, got {share!r} for {supplier!r}")
    if sum(promised.values()) > 1:
        raise ValueError(f"the promised shares add up to {sum(promised.values())!r}, more than all the work")
    plain = clear(market, seed=seed, iterations=iterations, watch=watch)
    edge_hours = market.edge_hours.astype(np.int64) * (market.end - market.start)[market.edge_package]
    dearest = -best_reduced_cost(market, -edge_hours.astype(np.float64))
    asked = float((np.where(np.isfinite(dearest), dearest, 0.0) * market.units).sum())
    before = _shares(plain, labels, promised)
    if all(
        before[supplier] * hours_given(plain).sum() >= promised[supplier] * asked for supplier in promised
    ):
        return PromiseClearing(plain, before, 0.0)
    reserved = Assignment.empty(market)
    # What a unit costs here beyond the best the free market has for its package, per hour.
    reduced = reduced_cost(market, plain.prices)
    regret = (reduced - best_reduced_cost(market, reduced)[market.edge_package]) / edge_hours
    for supplier in promised:
        is_ours = labels[market.edge_worker] == supplier
        reserved.place(np.where(is_ours, plain.edge_units, 0))
    for supplier, share in promised.items():
        is_ours = labels[market.edge_worker] == supplier
        _reserve(reserved, is_ours, edge_hours, regret, share * asked, supplier)
    found = clear(market, seed=seed, iterations=iterations, fixed=reserved.given.copy(), watch=watch)
    return PromiseClearing(found, _shares(found, labels, promised), found.cost - plain.cost)


def _reserve(
    reserved: Assignment,
    is_ours: NDArray[np.bool_],
    edge_hours: Ints,
    regret: NDArray[np.float64],
    wanted_hours: float,
    supplier: object,
) -> None:
    """Book units with a supplier's workers, the least regretted first, until the hours are reached."""
    edges = np.flatnonzero(is_ours)
    edges = edges[np.lexsort((edges, regret[edges]))]
    for first in range(0, len(edges) + CHUNK, CHUNK):
        hours = float((reserved.given * edge_hours)[is_ours].sum())
        if hours >= wanted_hours:
            return
        reserved.offer(edges[first : first + CHUNK])
    raise ValueError(f"{supplier!r} can do {hours:.0f} hours, fewer than the {wanted_hours:.0f} promised")


def _shares(
    clearing: Clearing, labels: NDArray[np.generic], promised: Mapping[object, float]
) -> dict[object, float]:
    hours = hours_given(clearing)
    total = max(int(hours.sum()), 1)
    return {supplier: float(hours[labels == supplier].sum() / total) for supplier in promised}
