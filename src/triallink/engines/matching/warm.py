"""Clear again after a change: keep what still holds, touch little, prove the gap anew."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from triallink.engines.matching.assignment import Assignment
from triallink.engines.matching.clearing import Clearing, bookings, improve, open_part
from triallink.engines.matching.dual import ROUNDING, bound_at
from triallink.engines.matching.market import Ints, Market, objective
from triallink.engines.matching.progress import Watch


@dataclass(frozen=True)
class Reclearing:
    """A clearing after a change, and how much it moved.

    clearing        the new certificate; its cost is the market's own, without churn.
    moved_units     units that were filled before, still could be, and now go to somebody else.
    dropped_units   units that were filled before and no longer fit where they were.
    """

    clearing: Clearing
    moved_units: int
    dropped_units: int


def reclear(
    earlier: Clearing,
    market: Market,
    *,
    churn_cost: float = 0.0,
    fixed: Ints | None = None,
    watch: Watch | None = None,
) -> Reclearing:
    """Repair an earlier clearing for a changed market, near the change only.

    market       the same edges with other hours, units, costs of leaving undone; a market with other
                 edges goes through `carry_over` first.
    churn_cost   what moving one filled unit to somebody else costs beside the difference in cost.
    Returns      Reclearing; the bound is proven with the earlier prices, or is the earlier one where hours and
                 units have only become fewer.
    Raises       ValueError if the edges differ, churn_cost is negative or a fixed booking does not fit.
    Source       warm start with a churn term; weak duality holds for any prices.
    """
    if market.n_edges != earlier.market.n_edges or market.capacity.shape != earlier.market.capacity.shape:
        raise ValueError(
            f"the edges changed from {earlier.market.n_edges} to {market.n_edges}; use carry_over first"
        )
    if not churn_cost >= 0:
        raise ValueError(f"churn must not cost less than nothing, got {churn_cost!r}")
    watch = watch or Watch()
    booked = bookings(market, fixed)
    sticky, order = _with_churn(market, earlier.edge_units, churn_cost)
    assignment = Assignment.empty(sticky, booked[order])
    assignment.place((earlier.edge_units - booked).clip(0)[order])
    dropped = int((earlier.edge_units[order] - assignment.given).clip(0).sum())
    improve(assignment, _affected(assignment, earlier, market), watch)
    edge_units = np.empty(market.n_edges, np.int64)
    edge_units[order] = assignment.given
    rest, fixed_cost = open_part(market, booked)
    cost = objective(market, edge_units)
    bound = max(bound_at(rest, earlier.prices) + fixed_cost, _bound_that_holds(earlier, market, booked))
    clearing = Clearing(market, edge_units, earlier.prices, cost, bound, booked if booked.any() else None)
    taken = int((earlier.edge_units - edge_units).clip(0).sum())
    return Reclearing(clearing, max(0, taken - dropped), dropped)


def carry_over(earlier: Clearing, market: Market) -> Clearing:
    """Return the earlier clearing on a market with other workers, packages or edges, by their ids.

    Returns    a feasible clearing of `market`: what still fits is kept, prices of known workers too.
    Raises     nothing beyond what the market's own checks raise.
    Source     –
    """
    old = earlier.market
    used = np.flatnonzero(earlier.edge_units)
    units = {
        (old.package_id[old.edge_package[k]], old.worker_id[old.edge_worker[k]]): earlier.edge_units[k]
        for k in used
    }
    packages = {package for package, _ in units}
    wanted = np.zeros(market.n_edges, np.int64)
    known = np.isin(market.package_id, list(packages))
    for k in np.flatnonzero(known[market.edge_package]):
        pair = (market.package_id[market.edge_package[k]], market.worker_id[market.edge_worker[k]])
        wanted[k] = units.get(pair, 0)
    assignment = Assignment.empty(market)
    assignment.place(wanted)
    prices = np.zeros(market.capacity.shape)
    weeks = min(market.n_weeks, old.n_weeks)
    common, new_rows, old_rows = np.intersect1d(market.worker_id, old.worker_id, return_indices=True)
    prices[new_rows[: len(common)], :weeks] = earlier.prices[old_rows, :weeks]
    bound = bound_at(market, prices)
    return Clearing(market, assignment.given, prices, objective(market, assignment.given), bound)


def _with_churn(market: Market, before: Ints, churn_cost: float) -> tuple[Market, Ints]:
    """Raise the cost of edges not used before in packages that were filled, and put edges in order again."""
    if churn_cost == 0.0:
        return market, np.arange(market.n_edges)
    filled = np.bincount(market.edge_package, weights=before, minlength=market.n_packages) > 0
    raised = filled[market.edge_package] & (before == 0)
    cost = market.edge_cost + churn_cost * raised
    order = _merge(market.edge_ptr, cost, market.edge_worker, raised)
    sticky = replace(
        market,
        edge_worker=market.edge_worker[order],
        edge_cost=cost[order],
        edge_hours=market.edge_hours[order],
    )
    # Edges change places within their packages only, so these two stay true.
    sticky.__dict__.update(edge_package=market.edge_package, worker_ptr=market.worker_ptr)
    return sticky, order


@njit(cache=True, nogil=True)
def _merge(edge_ptr, cost, worker, raised):
    """Edges of each package by cost, then worker: raised and other ones are each in this order already."""
    order = np.empty(len(cost), np.int64)
    for j in range(len(edge_ptr) - 1):
        last = edge_ptr[j + 1]
        kept, up = edge_ptr[j], edge_ptr[j]
        for place in range(edge_ptr[j], last):
            while kept < last and raised[kept]:
                kept += 1
            while up < last and not raised[up]:
                up += 1
            is_up = kept == last or (
                up < last
                and (cost[up] < cost[kept] or (cost[up] == cost[kept] and worker[up] < worker[kept]))
            )
            if is_up:
                order[place] = up
                up += 1
            else:
                order[place] = kept
                kept += 1
    return order


def _bound_that_holds(earlier: Clearing, market: Market, booked: Ints) -> float:
    """Return what the earlier bound still proves, minus infinity if nothing.

    Whoever clears a market with fewer hours and units could have done the same in the earlier market,
    leaving the withdrawn units undone.
    """
    old = earlier.market
    granted = 0 if earlier.fixed is None else earlier.fixed
    is_less = bool((market.capacity <= old.capacity).all() and (market.units <= old.units).all())
    is_same = all(
        getattr(market, name) is getattr(old, name)
        or np.array_equal(getattr(market, name), getattr(old, name))
        for name in ("edge_ptr", "edge_worker", "edge_cost", "edge_hours", "start", "end", "unfilled_cost")
    )
    if not (is_less and is_same and (booked >= granted).all()):
        return -math.inf
    withdrawn = float((market.unfilled_cost * (old.units - market.units)).sum())
    return earlier.bound - withdrawn - ROUNDING * abs(earlier.bound)


def _affected(assignment: Assignment, earlier: Clearing, market: Market) -> Ints:
    """Packages with undone units, then those that could use hours that have become free."""
    undone = np.flatnonzero(assignment.left > 0)
    freed: NDArray[np.bool_] = np.any(market.capacity > earlier.market.capacity, axis=1)
    vacated = (assignment.left > earlier.unfilled_units).nonzero()[0]
    gone = earlier.market.units > market.units
    freed[earlier.market.edge_worker[(earlier.edge_units > 0) & gone[market.edge_package]]] = True
    helped = np.unique(assignment.market.edge_package[freed[assignment.market.edge_worker]])
    return np.unique(np.concatenate([vacated, undone, helped])).astype(np.int64)
