"""Prices for worker-weeks that bound every assignment from below.

The capacity rows are relaxed with one price per worker and week. With prefix sums of the prices over
weeks the reduced cost of an edge is O(1), and because prices are never negative and a package's
edges are sorted by cost, a scan stops at the first edge that is dearer than the best so far.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from triallink.engines.matching.market import Floats, Ints, Market
from triallink.engines.matching.progress import Pace, Watch

SHARE_TAIL = 0.2  # the last part of the iterations whose choices are averaged into shares
MOMENTUM, SQUARES = 0.95, 0.9
# Steps shrink geometrically from more than the dearest price to a few thousandths of it.
FIRST_STEP, LAST_STEP = 1.2, 4e-4
ROUNDING = 1e-9  # relative allowance for floating-point sums, taken off every bound


@dataclass(frozen=True)
class Dual:
    """A certified lower bound and the prices that prove it.

    bound        no assignment of the market costs less.
    prices       shape (n_workers, n_weeks), cost per hour, >= 0.
    edge_share   shape (n_edges,), share of each package on each edge, averaged over the last steps:
                 an almost optimal solution of the linear relaxation, almost feasible.
    iterations   steps taken.
    """

    bound: float
    prices: Floats
    edge_share: Floats
    iterations: int


def price_capacity(
    market: Market,
    *,
    iterations: int = 800,
    prices: Floats | None = None,
    first_step: float = FIRST_STEP,
    watch: Watch | None = None,
    choose: Callable[[Floats], Ints] | None = None,
) -> Dual:
    """Raise the lower bound by adaptive subgradient steps on the worker-week prices.

    iterations   steps, >= 1; the step length shrinks over exactly this many.
    prices       where to start, shape (n_workers, n_weeks); default 0, and prohibitive where nobody has hours.
    first_step   first step relative to the typical price of an hour; small after a warm start.
    watch        stops early when its time is up.
    choose       finds what `best_edges` finds at the prices it is given, somewhere else.
    Returns      Dual with the best bound found.
    Raises       ValueError if iterations < 1.
    Source       Lagrangian relaxation (Geoffrion 1974); averaged choices as primal estimate after
                 the volume algorithm (Barahona & Anbil 2000); step rule after Adam (Kingma & Ba 2015).
    """
    if iterations < 1:
        raise ValueError(f"at least one iteration is needed, got {iterations!r}")
    shape = market.capacity.shape
    price = closed_weeks(market) if prices is None else np.array(prices, np.float64)
    prefix = np.zeros((shape[0], shape[1] + 1))
    prefix[:, 1:] = price.cumsum(axis=1)
    mean, square = np.zeros(shape), np.zeros(shape)
    change = np.zeros((shape[0], shape[1] + 1), np.int64)
    chosen = np.empty(market.n_packages, np.int64)
    votes, n_votes = np.zeros(market.n_edges), 0
    best, best_prices, before = -math.inf, price.copy(), price.copy()
    is_proof = False  # whether best_prices are the prices that gave `best`
    scale = hour_scale(market)
    pace, more = Pace(watch or Watch(), iterations), True
    while more:
        part, step = pace.part(), pace.done + 1
        length = scale * first_step * (LAST_STEP / first_step) ** part
        late = part >= 1 - SHARE_TAIL or step == 1
        if late:  # a copy costs as much as a tenth of a step, and early bounds are soon beaten
            before[:] = price
        _sum_up(price, prefix)
        if choose is None:
            _choose(
                market.edge_ptr, market.edge_worker, market.edge_cost, market.edge_hours,
                market.start, market.end, market.unfilled_cost, prefix, chosen,
            )  # fmt: skip
        else:
            chosen = choose(price)
        bound = _follow(
            market.edge_worker, market.edge_cost, market.edge_hours,
            market.start, market.end, market.units, market.unfilled_cost, market.capacity,
            price, prefix, mean, square, change, length,
            1 - MOMENTUM**step, 1 - SQUARES**step, chosen, votes, late and step > 1,
        )  # fmt: skip
        n_votes += late and step > 1
        if bound > best:
            best, is_proof = bound, late
            if late:
                best_prices, before = before, best_prices
        more = pace.next()
    if not is_proof:
        best_prices = price
    proven = bound_at(market, best_prices)
    return Dual(proven, best_prices, votes / max(n_votes, 1), pace.done)


def best_edges(market: Market, prices: Floats) -> Ints:
    """Return each package's cheapest edge with its hours priced, -1 where leaving undone is cheaper.

    prices    shape (n_workers, n_weeks), cost per hour, >= 0.
    Returns   shape (n_packages,), what a step of `price_capacity` chooses.
    Raises    nothing.
    Source    the relaxed problem of `price_capacity`, which falls apart by package.
    """
    prefix = np.zeros((market.n_workers, market.n_weeks + 1))
    chosen = np.empty(market.n_packages, np.int64)
    _sum_up(prices, prefix)
    _choose(
        market.edge_ptr, market.edge_worker, market.edge_cost, market.edge_hours,
        market.start, market.end, market.unfilled_cost, prefix, chosen,
    )  # fmt: skip
    return chosen


def bound_at(market: Market, prices: Floats) -> float:
    """Return the lower bound that given prices prove.

    prices    shape (n_workers, n_weeks), cost per hour, >= 0.
    Returns   a cost below that of every assignment, with an allowance for rounding.
    Raises    ValueError if a price is negative or the shape another.
    Source    weak duality.
    """
    if prices.shape != market.capacity.shape:
        raise ValueError(f"prices have shape {prices.shape}, not {market.capacity.shape}")
    if (prices < 0).any():
        raise ValueError(f"prices must not be negative, got {prices.min()!r}")
    cheapest = np.minimum(best_reduced_cost(market, reduced_cost(market, prices)), market.unfilled_cost)
    bound = float((cheapest * market.units).sum() - (prices * market.capacity).sum())
    return bound - ROUNDING * abs(bound)


def reduced_cost(market: Market, prices: Floats) -> Floats:
    """Return cost plus priced hours of one unit on every edge, shape (n_edges,)."""
    prefix = np.zeros((market.n_workers, market.n_weeks + 1))
    prefix[:, 1:] = prices.cumsum(axis=1)
    package, worker = market.edge_package, market.edge_worker
    window = prefix[worker, market.end[package]] - prefix[worker, market.start[package]]
    return market.edge_cost + market.edge_hours * window


def best_reduced_cost(market: Market, edge_value: Floats) -> Floats:
    """Return the least value over each package's edges, infinity where it has none."""
    least = np.full(market.n_packages, math.inf)
    has = np.diff(market.edge_ptr) > 0
    if has.any():
        least[has] = np.minimum.reduceat(edge_value, market.edge_ptr[:-1][has])
    return least


def closed_weeks(market: Market) -> Floats:
    """Return prices at which weeks without hours are worth nobody's while, 0 in all others.

    A price of hours that do not exist costs the bound nothing, so it need not be found by steps.

    Returns   shape (n_workers, n_weeks).
    Raises    nothing.
    Source    complementary slackness.
    """
    price = np.zeros(market.capacity.shape)
    worth = (market.unfilled_cost[market.edge_package] - market.edge_cost) / market.edge_hours
    most = np.zeros(market.n_workers)
    np.maximum.at(most, market.edge_worker, worth)
    worker, week = np.nonzero(market.capacity == 0)
    price[worker, week] = most[worker]
    return price


def where_asked(market: Market, prices: Floats) -> Floats:
    """Return the prices of the weeks in which work could be theirs, 0 in all others: nobody would pay for those.

    prices    shape (n_workers, n_weeks), cost per hour, >= 0.
    Returns   the same shape; they prove the same bound or a higher one.
    Raises    nothing.
    Source    complementary slackness.
    """
    change = np.zeros((market.n_workers, market.n_weeks + 1), np.int64)
    np.add.at(change, (market.edge_worker, market.start[market.edge_package]), 1)
    np.add.at(change, (market.edge_worker, market.end[market.edge_package]), -1)
    return np.where(change[:, :-1].cumsum(axis=1) > 0, prices, 0.0)


def hour_scale(market: Market) -> float:
    """Return what an hour can be worth at most, typically: from the cheapest edge to undone."""
    has = np.flatnonzero(np.diff(market.edge_ptr) > 0)
    if not len(has):
        return 1.0
    first, last = market.edge_ptr[has], market.edge_ptr[has + 1] - 1
    cheapest, dearest = market.edge_cost[first], market.edge_cost[last]
    # An "undone" cost that only means "must be done" says nothing about the price of an hour. Neither
    # does a package whose edges all cost the same: there the dearest work of the market stands in.
    far = np.where(dearest > cheapest, 2.0 * (dearest - cheapest), 2.0 * np.abs(dearest).max())
    worth = np.minimum(market.unfilled_cost[has] - cheapest, far)
    hours = market.edge_hours[first] * (market.end[has] - market.start[has])
    return max(float(np.quantile(np.maximum(worth, 0.0) / hours, 0.9)), 1e-6)


@njit(cache=True, nogil=True)
def _sum_up(price, prefix):
    n_workers, n_weeks = price.shape
    for w in range(n_workers):
        total = 0.0
        for t in range(n_weeks):
            total += price[w, t]
            prefix[w, t + 1] = total


@njit(cache=True, nogil=True)
def _choose(edge_ptr, edge_worker, edge_cost, edge_hours, start, end, unfilled_cost, prefix, chosen):
    """Find every package's best edge."""
    for j in range(len(chosen)):
        least, best = unfilled_cost[j], -1
        a, b = start[j], end[j]
        for k in range(edge_ptr[j], edge_ptr[j + 1]):
            if edge_cost[k] >= least:
                break
            w = edge_worker[k]
            value = edge_cost[k] + edge_hours[k] * (prefix[w, b] - prefix[w, a])
            if value < least:
                least, best = value, k
        chosen[j] = best


@njit(cache=True, nogil=True)
def _follow(
    edge_worker, edge_cost, edge_hours, start, end, units, unfilled_cost, capacity,
    price, prefix, mean, square, change, length, mean_weight, square_weight, chosen, votes, vote,
):  # fmt: skip
    """Evaluate the bound at the choices made at these prices, then move the prices after the load."""
    n_workers, n_weeks = capacity.shape
    bound = 0.0
    for j in range(len(units)):
        best = chosen[j]
        if best < 0:
            bound += unfilled_cost[j] * units[j]
            continue
        w, a, b = edge_worker[best], start[j], end[j]
        bound += (edge_cost[best] + edge_hours[best] * (prefix[w, b] - prefix[w, a])) * units[j]
        hours = edge_hours[best] * units[j]
        change[w, a] += hours
        change[w, b] -= hours
        if vote:
            votes[best] += 1.0
    for w in range(n_workers):
        load = 0
        for t in range(n_weeks):
            load += change[w, t]
            change[w, t] = 0
            old = price[w, t]
            bound -= old * capacity[w, t]
            over = float(load - capacity[w, t])
            if old <= 0.0 and over <= 0.0 and mean[w, t] <= 0.0:
                mean[w, t] *= MOMENTUM
                square[w, t] *= SQUARES
                continue
            mean[w, t] = MOMENTUM * mean[w, t] + (1 - MOMENTUM) * over
            square[w, t] = SQUARES * square[w, t] + (1 - SQUARES) * over * over
            move = (mean[w, t] / mean_weight) / (math.sqrt(square[w, t] / square_weight) + 1.0)
            price[w, t] = max(0.0, old + length * move)
        change[w, n_weeks] = 0
    return bound
