"""A stronger bound when a package goes to one person: each worker picks whole packages.

With indivisible packages the worker-week prices of `dual` leave a gap of many per cent, because a
person with 18 free hours cannot take one and a half packages. Here the packages are priced instead,
and each worker solves a knapsack over weeks: the set of packages worth most at these prices. The sets
found on the way also give the assignment: the most agreed-on ones are fixed, prices follow, and so on.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from triallink.engines.matching.dual import ROUNDING, Dual, best_reduced_cost, reduced_cost
from triallink.engines.matching.knapsacks import best_sets, most_in_a_set
from triallink.engines.matching.market import Floats, Ints, Market
from triallink.engines.matching.progress import Watch
from triallink.engines.matching.sets import DAMPING, MOMENTUM, SQUARES, Sets, improve_values, rents

WARM_UPS = 12  # pricings at ordinary subgradient steps, which fill the pool of sets around the prices
FIRST_STEP, LAST_STEP = 0.02, 0.006
STEPS = 200  # steps against the known sets between two pricings
LENGTH, LEAST_LENGTH, MOST_LENGTH, WITHIN = 0.01, 5e-4, 0.1, 0.02
GROW, SHRINK = 1.25, 0.75
QUICK, CAREFUL, PROOF = (300, 4), (20_000, 10), (400_000, 25)  # nodes and price steps of a knapsack
AGREED, AT_LEAST = 0.7, 0.15  # sets are fixed from this share on, and this part of the workers in any case
DIVES = 12


@dataclass(frozen=True)
class PatternDual:
    """A certified lower bound for a market whose packages have one unit each, and what led to it.

    bound       no assignment costs less.
    values      shape (n_packages,), what it is worth to have each package done.
    sets        the sets found;  share  shape (n_sets,), an approximate solution of the linear program.
    """

    bound: float
    values: Floats
    sets: Sets
    share: Floats


class Pricing:
    """Finds each worker's best set at given values, keeping what the next call can start from."""

    def __init__(self, market: Market, prices: Floats, hour_unit: int = 0) -> None:
        self.market = market
        # Prices of weeks without hours only say "not possible"; nothing can be given back there.
        prices = np.where(market.capacity > 0, prices, 0.0)
        beyond = np.zeros((market.n_workers, market.n_weeks + 1))
        beyond[:, :-1] = prices[:, ::-1].cumsum(axis=1)[:, ::-1]
        self.release_price = market.edge_hours * beyond[market.edge_worker, market.end[market.edge_package]]
        self.capacity = market.capacity.astype(np.int64)
        width = most_in_a_set(
            market.worker_ptr, market.worker_edge, market.edge_package, market.edge_hours,
            market.start, market.end, self.capacity,
        )  # fmt: skip
        self.picked = np.full((market.n_workers, width), -1, np.int64)
        self.hour_unit = hour_unit or hour_unit_of(market)

    def __call__(
        self, value: Floats, units: NDArray[np.int32], rent: Floats, effort: tuple[int, int]
    ) -> tuple[float, Ints, tuple[Ints, Ints, Ints]]:
        """Return the bound at these values, how often each package is picked, and better sets."""
        found = find_sets(self.market, *self.state(), value, units, rent, effort)
        self.keep(found)
        return float(value.sum()) - found.worth, found.count, (found.worker, found.ptr, found.edge)

    def state(self) -> tuple[Ints, Floats, Ints, int]:
        """What `find_sets` starts from."""
        return self.capacity, self.release_price, self.picked, self.hour_unit

    def keep(self, found: "Found") -> None:
        """Start the next call from what was found."""
        self.release_price, self.picked = found.release_price, found.picked

    def retire(self, workers: NDArray[np.bool_]) -> None:
        """Give these workers, shape (n_workers,), no further sets."""
        self.capacity[workers] = 0
        self.picked[workers] = -1


@dataclass(frozen=True)
class Found:
    """Answer of `find_sets`: worth of all best sets, picks per package, sets that are new, and the next start."""

    worth: float
    count: Ints
    worker: Ints
    ptr: Ints
    edge: Ints
    release_price: Floats
    picked: Ints


def find_sets(
    market: Market,
    capacity: Ints,
    release_price: Floats,
    picked: Ints,
    hour_unit: int,
    value: Floats,
    units: NDArray[np.int32],
    rent: Floats,
    effort: tuple[int, int],
) -> Found:
    """Find the best set of every worker of a market, or of a part of one that is computed elsewhere.

    capacity, release_price, picked, hour_unit   state of a `Pricing`; its arrays may be overwritten.
    value, units   shape (n_packages,);  rent  shape (n_workers,), worth that a new set must exceed.
    effort         nodes and price steps of a knapsack.
    Returns        Found.
    Raises         nothing.
    Source         `knapsacks.best_sets`; workers do not depend on one another at given values.
    """
    m = market
    count = np.zeros(m.n_packages, np.int64)
    ptr, worker = np.zeros(m.n_workers + 1, np.int64), np.empty(m.n_workers, np.int64)
    edge = np.empty(min(picked.size, m.n_edges), np.int64)
    worth, n_sets = best_sets(
        m.worker_ptr, m.worker_edge, m.edge_package, m.edge_cost, m.edge_hours, m.start, m.end, units, value,
        capacity, hour_unit, release_price, picked, rent, count, 0.0, *effort,
        ptr, edge, worker, np.zeros(4),
    )  # fmt: skip
    return Found(worth, count, worker[:n_sets], ptr[: n_sets + 1], edge[: ptr[n_sets]], release_price, picked)


def hour_unit_of(market: Market) -> int:
    """Return the largest number that divides the hours of every edge."""
    return int(np.gcd.reduce(market.edge_hours)) if market.n_edges else 1


MakePricing = Callable[[Market, Floats], Pricing]


def price_packages(
    market: Market,
    dual: Dual,
    *,
    iterations: int = 20,
    watch: Watch | None = None,
    pricing_of: MakePricing = Pricing,
) -> PatternDual:
    """Raise the bound of `dual` by pricing packages against whole sets per worker.

    market      every package has at most one unit.
    dual        worker-week prices to start from.
    iterations  rounds of pricing after the first dozen, >= 1.
    pricing_of  makes what finds the sets, here or elsewhere.
    Returns     PatternDual; its bound is at least that of `dual`.
    Raises      ValueError if a package has more than one unit or iterations < 1.
    Source      Dantzig & Wolfe (1960) decomposition by worker, master by subgradient steps on the sets
                found so far; see `knapsacks` for the pricing.
    """
    if iterations < 1:
        raise ValueError(f"at least one iteration is needed, got {iterations!r}")
    if (market.units > 1).any():
        raise ValueError(f"a package has {market.units.max()} units; patterns need one")
    watch = watch or Watch()
    value, least, span = _scales(market, dual)
    pricing, sets, no_rent = pricing_of(market, dual.prices), Sets.none(), np.zeros(market.n_workers)
    best, best_value = -math.inf, value.copy()
    mean, square = np.zeros(market.n_packages), np.zeros(market.n_packages)
    rent = no_rent
    for step in range(1, WARM_UPS + 1):
        bound, count, found = pricing(value, market.units, rent, QUICK)
        sets = sets.joined(*found)
        if bound > best:
            best, best_value = bound, value.copy()
        over = 1.0 - count
        mean = MOMENTUM * mean + (1 - MOMENTUM) * over
        square = SQUARES * square + (1 - SQUARES) * over * over
        move = mean / (1 - MOMENTUM**step) / (np.sqrt(square / (1 - SQUARES**step)) + DAMPING)
        length = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** (step / WARM_UPS)
        value = np.where(span > 0, np.clip(value + length * span * move, least, market.unfilled_cost), value)
        rent = rents(sets, market, value)
    share, length = np.zeros(len(sets)), LENGTH
    for number in range(iterations):
        is_open = np.ones(len(sets), bool)
        value, share = improve_values(
            sets, market, value, least, span, is_open,
            steps=STEPS, first_length=length, last_length=WITHIN * length,
        )  # fmt: skip
        known = sets
        is_late = number >= iterations - 12
        bound, _, found = pricing(
            value, market.units, rents(sets, market, value), CAREFUL if is_late else QUICK
        )
        sets = sets.joined(*found)
        # Far from the answer every step pays and they grow; near it the bound falls and they shrink.
        length = np.clip(length * (GROW if bound > best else SHRINK), LEAST_LENGTH, MOST_LENGTH)
        if bound > best:
            best, best_value = bound, value.copy()
        if watch.is_over():
            break
    for proven in (value, best_value):
        bound, _, _ = pricing(proven, market.units, np.full(market.n_workers, np.inf), PROOF)
        if bound > best:
            best, best_value = bound, proven
    best = max(best - ROUNDING * abs(best), dual.bound)
    return PatternDual(best, best_value, known, share)


def choose_sets(
    market: Market,
    dual: Dual,
    pattern: PatternDual,
    *,
    watch: Watch | None = None,
    pricing_of: MakePricing = Pricing,
) -> Ints:
    """Return an assignment made of sets: the most agreed-on ones are fixed, then prices follow.

    pricing_of   as in `price_packages`.
    Returns    shape (n_edges,), 0 or 1; hours are kept, limits on sites are not looked at.
    Raises     nothing beyond `price_packages`.
    Source     diving heuristic of branch and price (Sadykov et al. 2019), without a simplex master.
    """
    watch = watch or Watch()
    units, value, sets, share = market.units.copy(), pattern.values.copy(), pattern.sets, pattern.share
    _, least, span = _scales(market, dual)
    pricing = pricing_of(market, dual.prices)
    is_free = np.ones(market.n_workers, bool)
    edge_units = np.zeros(market.n_edges, np.int64)
    for number in range(DIVES):
        is_last = number == DIVES - 1 or watch.is_over()
        taken = _agreed(sets, market, share, 0.0 if is_last else AGREED, units, is_free)
        edges = sets.edge[taken[sets.of_edge()]]
        edge_units[edges] = 1
        units[market.edge_package[edges]] = 0
        is_free[sets.worker[taken]] = False
        pricing.retire(~is_free)
        if is_last or not (units > 0).any():
            break
        gone = units == 0
        value[gone], span[gone] = 0.0, 0.0
        for _ in range(2):
            is_open = _is_open(sets, market, units, is_free)
            _, _, found = pricing(value, units, rents(sets, market, value, is_open), QUICK)
            sets = sets.joined(*found)
            is_open = _is_open(sets, market, units, is_free)
            value, share = improve_values(
                sets, market, value, least, span, is_open,
                steps=STEPS // 2, first_length=LENGTH / 4, last_length=WITHIN * LENGTH,
            )  # fmt: skip
        share[~is_open] = 0.0
    return edge_units


def _is_open(
    sets: Sets, market: Market, units: NDArray[np.int32], is_free: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    gone = sets.total((units[market.edge_package] == 0).astype(np.float64))
    return is_free[sets.worker] & (gone == 0)


def _agreed(
    sets: Sets,
    market: Market,
    share: Floats,
    threshold: float,
    units: NDArray[np.int32],
    is_free: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Sets to fix now, in falling order of agreement, none of them sharing a package or a worker."""
    wanted = np.flatnonzero(share > 0.02)
    wanted = wanted[np.lexsort((wanted, -share[wanted]))]
    enough = math.ceil(AT_LEAST * len(np.unique(sets.worker[wanted])))
    return _take_disjoint(
        wanted, share, threshold, enough, sets.ptr, market.edge_package[sets.edge], sets.worker, units.copy(), is_free.copy(),
        len(sets),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _take_disjoint(wanted, share, threshold, enough, ptr, package, worker, units, is_free, n_sets):
    taken, count = np.zeros(n_sets, np.bool_), 0
    for c in wanted:
        if share[c] < threshold and count >= enough:
            break
        is_possible = is_free[worker[c]]
        for at in range(ptr[c], ptr[c + 1]):
            is_possible = is_possible and units[package[at]] > 0
        if is_possible:
            taken[c] = True
            count += 1
            is_free[worker[c]] = False
            for at in range(ptr[c], ptr[c + 1]):
                units[package[at]] = 0
    return taken


def _scales(market: Market, dual: Dual) -> tuple[Floats, Floats, Floats]:
    """Values of packages to start from, below which nobody does them, and how far they can move."""
    exists = market.units > 0
    reduced = reduced_cost(market, dual.prices)
    value = np.where(exists, np.minimum(best_reduced_cost(market, reduced), market.unfilled_cost), 0.0)
    least = np.minimum(best_reduced_cost(market, market.edge_cost), market.unfilled_cost)
    dearest = np.nan_to_num(-best_reduced_cost(market, -market.edge_cost), neginf=0.0)
    has = exists & (np.diff(market.edge_ptr) > 0)
    spread = np.where(has, 2.0 * (dearest - np.where(has, least, 0.0)), 0.0)
    # A cost of leaving undone that only means "must be done" says nothing about the step to take.
    usual = float(np.median(spread[spread > 0])) if (spread > 0).any() else math.inf
    span = np.minimum(market.unfilled_cost - least, np.maximum(spread, usual))
    return value, least, np.where(has, np.maximum(span, 0.0), 0.0)
