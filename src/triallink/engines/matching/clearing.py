"""Clear a market: an assignment, a bound that no assignment can beat, and the gap between them."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from triallink.engines.matching.annealing import anneal
from triallink.engines.matching.assignment import Assignment
from triallink.engines.matching.capacity import reachable_capacity
from triallink.engines.matching.dual import price_capacity, reduced_cost, where_asked
from triallink.engines.matching.market import Floats, Ints, Market, objective, whole
from triallink.engines.matching.neighbourhoods import redecide
from triallink.engines.matching.patterns import choose_sets, price_packages
from triallink.engines.matching.progress import Watch
from triallink.engines.matching.shards import Shard, split

DUAL_SHARE = 0.6  # part of the time given to prices; moves converge sooner
WHOLE_SHARES = (0.12, 0.5, 0.9)  # with whole packages: when prices of hours, pricing of sets and the dive end
STEPS_PER_PRICING = 30  # a pricing of whole sets costs as much as that many steps on hours
ANNEAL_UNTIL = 0.85
FEW = 8  # packages per worker up to which whole sets say more than hours even within one week
REDECISIONS = 20  # integer programs on groups of workers when no watch says when to stop
ENOUGH = 2e-5  # a pass that saves less than this share of the cost is the last

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Clearing:
    """The certificate: nothing costs less than `bound`, and the assignment costs `cost`.

    edge_units   shape (n_edges,), units of each edge's package given to its worker.
    prices       shape (n_workers, n_weeks), cost of one more hour of that worker in that week: 0 in
                 weeks in which no package that could be theirs is active.
    fixed        shape (n_edges,), bookings the bound takes for granted; None = none.
    """

    market: Market
    edge_units: Ints
    prices: Floats
    cost: float
    bound: float
    fixed: Ints | None = None

    @property
    def gap(self) -> float:
        """How far the cost can be above the optimum, relative to the bound."""
        return max(0.0, above(self.cost, self.bound))

    @property
    def unfilled_units(self) -> Ints:
        """Units of each package nobody does."""
        given = np.bincount(
            self.market.edge_package, weights=self.edge_units, minlength=self.market.n_packages
        )
        return (self.market.units - given).astype(np.int64)


def clear(
    market: Market,
    *,
    seed: int = 0,
    iterations: int = 800,
    passes: int = 8,
    fixed: Ints | None = None,
    watch: Watch | None = None,
    good_gap: float = ENOUGH,
    threads: int = 2,
    progress: Progress | None = None,
) -> Clearing:
    """Assign work to people at almost the least total cost, and prove how close it is.

    seed         equal input and seed give the equal result, if no time limit cuts it short.
    iterations   price steps per shard;  passes   rounds of improving moves, at most.
    fixed        shape (n_edges,), bookings that stay; default none.
    watch        time limit and cancellation; what is found until then is returned, feasible.
    good_gap     no better assignment is searched for once the gap of every shard is this small.
    threads      shards cleared at the same time; does not change the result.
    progress     called with a phase ("prices", "moves") and the gap so far.
    Returns      Clearing; `objective(market, edge_units)` was checked to equal its cost.
    Raises       ValueError if a fixed booking breaks a limit, iterations or threads < 1, or passes < 0.
    Source       docs/decisions/0010-clearing.md: Lagrangian prices, averaged primal, ejection moves; with one
                 person per package column generation and a dive.
    """
    watch = watch or Watch()
    if passes < 0 or threads < 1:
        raise ValueError(
            f"passes must not be negative and threads be positive, got {passes!r} and {threads!r}"
        )
    booked = bookings(market, fixed)
    edge_units = booked.copy()
    prices = np.zeros(market.capacity.shape)
    shards = split(market)
    alone = np.ones(market.n_packages, bool)
    for shard in shards:
        alone[shard.packages] = False
    bound = float((market.unfilled_cost * market.units)[alone].sum())

    def solve(number: int) -> tuple[Shard, Ints, Floats, float]:
        shard = shards[number]
        found = _clear_shard(
            shard,
            booked[shard.edges],
            np.random.default_rng([seed, number]),
            iterations,
            passes,
            good_gap,
            watch,
            progress,
        )
        return shard, *found

    with ThreadPoolExecutor(max(1, threads)) as pool:
        for shard, units, shard_prices, shard_bound in pool.map(solve, range(len(shards))):
            edge_units[shard.edges] = units
            prices[shard.workers] = shard_prices
            bound += shard_bound
    granted = booked if booked.any() else None
    return Clearing(
        market, edge_units, where_asked(market, prices), objective(market, edge_units), bound, granted
    )


def _clear_shard(
    shard: Shard,
    booked: Ints,
    rng: np.random.Generator,
    iterations: int,
    passes: int,
    good_gap: float,
    watch: Watch,
    progress: Progress | None,
) -> tuple[Ints, Floats, float]:
    rest, fixed_cost = open_part(shard.market, booked)
    is_whole = bool((rest.units <= 1).all())
    is_one_week = rest.n_weeks == 1
    by_sets = is_by_sets(rest)
    steps = math.ceil(iterations / 3) if by_sets else iterations
    dual = price_capacity(
        rest, iterations=steps, watch=watch.part(WHOLE_SHARES[0] if is_whole else DUAL_SHARE)
    )
    bound = dual.bound
    assignment = Assignment.empty(shard.market, booked)
    if by_sets:
        pattern = price_packages(
            rest,
            dual,
            iterations=math.ceil(iterations / STEPS_PER_PRICING),
            watch=watch.part(WHOLE_SHARES[1]),
        )
        bound = pattern.bound
        assignment.place(choose_sets(rest, dual, pattern, watch=watch.part(WHOLE_SHARES[2])))
    else:
        assignment.place_shares(dual.edge_share)
    bound += fixed_cost
    assignment.fill(dual.prices)
    good_cost = bound + good_gap * abs(bound)
    if progress:
        progress("prices", above(assignment.cost, bound))
    for _ in range(passes if assignment.cost > good_cost else 0):
        saved = improve(assignment, rng.permutation(rest.n_packages), watch)
        if progress:
            progress("moves", above(assignment.cost, bound))
        if watch.is_over() or saved <= ENOUGH * abs(assignment.cost) or assignment.cost <= good_cost:
            break
    is_open = assignment.cost > good_cost
    if is_whole and is_one_week and is_open and not (shard.market.max_sites > 0).any():
        # In generalized assignment single moves get stuck early: many neutral ones, then a few exact ones.
        other = anneal(
            rest, assignment, dual.prices, rng, watch.part(ANNEAL_UNTIL), good_cost=good_cost - fixed_cost
        )
        while improve(other, rng.permutation(rest.n_packages), watch) > 0.0 and not watch.is_over():
            pass
        if other.cost < assignment.cost:
            assignment = other
        rounds = REDECISIONS if watch.elapsed is None else 10**9
        redecide(assignment, reduced_cost(rest, dual.prices), rng, watch, rounds=rounds, good_cost=good_cost)
        if progress:
            progress("groups", above(assignment.cost, bound))
    return assignment.given, dual.prices, bound


def is_by_sets(market: Market) -> bool:
    """Whether people's whole sets of work are priced: packages for one person each, not too many for one week."""
    is_whole = bool((market.units <= 1).all())
    return is_whole and (market.n_weeks > 1 or market.n_packages <= FEW * market.n_workers)


def improve(assignment: Assignment, order: Ints, watch: Watch) -> float:
    """Run one pass of moves, looking at the watch every thousand packages; return the cost saved."""
    saved = 0.0
    for first in range(0, len(order), 1000):
        if watch.is_over():
            break
        saved += assignment.improve(order[first : first + 1000])
    return saved


def above(cost: float, bound: float) -> float:
    """Return how far a cost lies above a bound, relative to the bound, which may be negative or nothing."""
    return (cost - bound) / max(abs(bound), 1e-9)


def bookings(market: Market, fixed: ArrayLike | None) -> Ints:
    """Return fixed units per edge, shape (n_edges,); ValueError if they are of another shape or negative."""
    if fixed is None:
        return np.zeros(market.n_edges, np.int64)
    booked = whole("fixed units", fixed, np.int64)
    if booked.shape != (market.n_edges,):
        raise ValueError(f"fixed has shape {booked.shape}, not ({market.n_edges},)")
    if (booked < 0).any():
        raise ValueError(f"fixed units must not be negative, got {booked.min()}")
    return booked


def open_part(market: Market, booked: Ints) -> tuple[Market, float]:
    """Return what is left to decide beside fixed bookings, and what the bookings cost.

    booked    shape (n_edges,), fixed units.
    Returns   the market with hours and units of the bookings taken off and unreachable hours
              removed (only prices and bounds read it), and the cost of the bookings.
    Raises    ValueError naming the worker and week or the package whose hours or units the bookings exceed.
    Source    substitution of fixed variables.
    """
    load = np.zeros((market.n_workers, market.n_weeks + 1), np.int64)
    used = np.flatnonzero(booked)
    package, worker = market.edge_package[used], market.edge_worker[used].astype(np.int64)
    np.add.at(load, (worker, market.start[package]), booked[used] * market.edge_hours[used])
    np.subtract.at(load, (worker, market.end[package]), booked[used] * market.edge_hours[used])
    free = (market.capacity - load.cumsum(axis=1)[:, :-1]).astype(np.int32)
    given = np.bincount(market.edge_package, weights=booked, minlength=market.n_packages)
    units = (market.units - given).astype(np.int32)
    if (free < 0).any():
        w, week = (int(at) for at in np.argwhere(free < 0)[0])
        raise ValueError(
            f"fixed bookings of worker {market.worker_id[w]} exceed the {market.capacity[w, week]} hours of week {week} by {-free[w, week]}"
        )
    if (units < 0).any():
        j = int(np.flatnonzero(units < 0)[0])
        raise ValueError(
            f"fixed bookings of package {market.package_id[j]} are {int(given[j])} units, it has {market.units[j]}"
        )
    rest = market.altered(capacity=free, units=units)
    return rest.altered(capacity=reachable_capacity(rest)), float((market.edge_cost * booked).sum())
