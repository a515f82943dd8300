"""A market cleared region by region, the prices of hours holding the regions together.

A package belongs to one region; people may work in several. At given prices every package chooses
alone, so each region can choose for its own, wherever it is computed, and only prices and choices
travel. The prices do not depend on how the market is cut. Afterwards each region improves its part
of the assignment with the hours it holds, and what nobody holds goes where it can be used most.
Packages for one person each are then valued instead, and people choose (`region_sets`).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from triallink.engines.matching.assignment import Assignment
from triallink.engines.matching.clearing import (
    DUAL_SHARE,
    ENOUGH,
    STEPS_PER_PRICING,
    WHOLE_SHARES,
    Clearing,
    Progress,
    above,
    bookings,
    improve,
    is_by_sets,
    open_part,
)
from triallink.engines.matching.dual import Dual, best_edges, price_capacity, where_asked
from triallink.engines.matching.market import Floats, Ints, Market, objective
from triallink.engines.matching.patterns import PatternDual, choose_sets, price_packages
from triallink.engines.matching.progress import Watch
from triallink.engines.matching.region_sets import Each, RegionalPricing, cut_by_home
from triallink.engines.matching.shards import Shard, cut_out

Hold = Callable[[Sequence[Any]], AbstractContextManager[Each]]


@contextmanager
def hold_here(markets: Sequence[Any]) -> Iterator[Each]:
    """Keep the regions in this process and call one after another."""

    def each(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        return [function(market, *given) for market, given in zip(markets, arguments, strict=True)]

    yield each


def cut_regions(place: ArrayLike, count: int, weight: ArrayLike | None = None) -> Ints:
    """Return a region for every package: places cut in two across the longer side, again and again.

    place     shape (n_packages, 2), coordinates in any unit; packages of one place stay together.
    count     how many regions, >= 1; some stay empty if there are fewer places.
    weight    shape (n_packages,), what regions should have equally much of; default 1 each.
    Returns   shape (n_packages,), 0 to count - 1, the same for any order of the packages.
    Raises    ValueError if count < 1 or place has another shape.
    Source    recursive coordinate bisection (Berger & Bokhari 1987).
    """
    spot = np.asarray(place, np.float64)
    if count < 1:
        raise ValueError(f"at least one region is needed, got {count!r}")
    if spot.ndim != 2 or spot.shape[1] != 2:
        raise ValueError(f"place has shape (packages, 2), got {spot.shape}")
    spots, at = np.unique(spot, axis=0, return_inverse=True)
    load = np.bincount(
        at.ravel(), weights=None if weight is None else np.asarray(weight), minlength=len(spots)
    )
    region = np.zeros(len(spots), np.int64)

    def cut(rows: Ints, first: int, parts: int) -> None:
        region[rows] = first
        if parts == 1 or not len(rows):
            return
        axis = int(np.argmax(np.ptp(spots[rows], axis=0)))
        order = rows[np.lexsort((spots[rows, 1 - axis], spots[rows, axis]))]
        half = parts // 2
        before = np.cumsum(load[order]) - load[order] / 2
        middle = int(np.searchsorted(before, load[order].sum() * half / parts))
        cut(order[:middle], first, half)
        cut(order[middle:], first + half, parts - half)

    cut(np.arange(len(spots)), 0, count)
    return region[at.ravel()]


def clear_by_region(
    market: Market,
    region: ArrayLike,
    *,
    hold: Hold = hold_here,
    seed: int = 0,
    iterations: int = 800,
    rounds: int = 2,
    passes: int = 4,
    fixed: Ints | None = None,
    watch: Watch | None = None,
    progress: Progress | None = None,
) -> Clearing:
    """Clear a market whose regions are computed apart from each other.

    region       shape (n_packages,), a label per package in the market's order.
    hold         keeps the regions' markets where they are computed; default this process.
    seed         equal market, regions and seed give the equal result wherever it is computed, if no
                 time limit cuts it short; prices and bound do not depend on the regions either.
    iterations   price steps;  rounds   how often hours nobody holds are given out to the regions;
                 passes   rounds of improving moves within each.
    fixed        shape (n_edges,), bookings that stay; default none.
    watch, progress   as in `clear`.
    Returns      Clearing. Packages for one person each are priced against whole sets of work, as in `clear`.
    Raises       ValueError if labels do not match the packages, if a site with limited workers lies in two
                 regions, or as `clear`.
    Source       dual decomposition by package (Everett 1963; Geoffrion 1974), docs/guide/scale-out.md.
    """
    label = np.asarray(region)
    if label.shape != (market.n_packages,):
        raise ValueError(f"{market.n_packages} regions are needed, got shape {label.shape}")
    if rounds < 0 or passes < 0:
        raise ValueError(f"rounds and passes must not be negative, got {rounds!r} and {passes!r}")
    _check_sites(market, label)
    watch = watch or Watch()
    booked = bookings(market, fixed)
    assignment = Assignment.empty(market, booked)
    rest, fixed_cost = open_part(market, booked)
    _, number = np.unique(label, return_inverse=True)
    by_sets = is_by_sets(rest)
    steps = math.ceil(iterations / 3) if by_sets else iterations
    edge_number = number[rest.edge_package]
    shards = [cut_out(rest, np.flatnonzero(edge_number == r)) for r in np.unique(edge_number)]
    with hold([shard.market for shard in shards]) as each:
        dual = _agree(rest, shards, each, steps, watch.part(WHOLE_SHARES[0] if by_sets else DUAL_SHARE))
        bound = dual.bound + fixed_cost
        if not by_sets:
            assignment.place_shares(dual.edge_share)
            assignment.fill(dual.prices)
            if progress:
                progress("prices", above(assignment.cost, bound))
        for turn in range(0 if by_sets else rounds):
            if watch.is_over():
                break
            given = _improved(assignment, shards, each, seed + turn, passes)
            assignment = Assignment.empty(market, booked)
            assignment.place(given)
            assignment.fill(dual.prices)
            if progress:
                progress("moves", above(assignment.cost, bound))
    if by_sets:
        pattern, chosen = _dive(rest, dual, number, hold, math.ceil(iterations / STEPS_PER_PRICING), watch)
        bound = pattern.bound + fixed_cost
        assignment.place(chosen)
        assignment.fill(dual.prices)
        if progress:
            progress("prices", above(assignment.cost, bound))
        rng = np.random.default_rng(seed)
        # Few moves are left after the dive, and they cross regions: they are made here.
        for _ in range(rounds * passes):
            saved = improve(assignment, rng.permutation(rest.n_packages), watch)
            if progress:
                progress("moves", above(assignment.cost, bound))
            if watch.is_over() or saved <= ENOUGH * abs(assignment.cost):
                break
    granted = booked if booked.any() else None
    units = assignment.given
    prices = where_asked(market, dual.prices)
    return Clearing(market, units, prices, objective(market, units), bound, granted)


def _agree(rest: Market, shards: list[Shard], each: Each, iterations: int, watch: Watch) -> Dual:
    """Prices at which no region wants more hours than there are, found by asking all of them at each step."""
    chosen = np.full(rest.n_packages, -1, np.int64)

    def choose(prices: Floats) -> Ints:
        answers = each(best_edges, [(prices[shard.workers],) for shard in shards])
        for shard, own in zip(shards, answers, strict=True):
            chosen[shard.packages] = np.where(own >= 0, shard.edges[own], -1)
        return chosen

    return price_capacity(rest, iterations=iterations, watch=watch, choose=choose)


def _dive(
    rest: Market, dual: Dual, number: Ints, hold: Hold, iterations: int, watch: Watch
) -> tuple[PatternDual, Ints]:
    """The bound by whole sets and an assignment made of them, each region finding the sets of its people."""
    shards = cut_by_home(rest, number)
    with hold([shard.market for shard in shards]) as each:

        def pricing_of(market: Market, prices: Floats) -> RegionalPricing:
            return RegionalPricing(market, prices, shards, each)

        pattern = price_packages(
            rest, dual, iterations=iterations, watch=watch.part(WHOLE_SHARES[1]), pricing_of=pricing_of
        )
        return pattern, choose_sets(
            rest, dual, pattern, watch=watch.part(WHOLE_SHARES[2]), pricing_of=pricing_of
        )


def _improved(assignment: Assignment, shards: list[Shard], each: Each, seed: int, passes: int) -> Ints:
    """Every region's own part after moves within the hours it holds and those given to it."""
    market, given = assignment.market, assignment.given
    wanted = np.zeros((max(len(shards), 1), market.n_workers), np.int64)
    for number, shard in enumerate(shards):
        wanted[number, shard.workers] = np.diff(shard.market.worker_ptr)
    home = wanted.argmax(axis=0)  # where most work could be theirs
    orders = []
    here = [_sites(assignment, shard) for shard in shards]
    elsewhere = sum(here, np.zeros(market.n_workers, np.int64))
    for number, (shard, held_sites) in enumerate(zip(shards, here, strict=True)):
        own, mine = given[shard.edges], home[shard.workers] == number
        hours = _load(shard.market, own) + assignment.free[shard.workers] * mine[:, None]
        most, used = market.max_sites[shard.workers], held_sites[shard.workers]
        sites = np.where(mine, most - elsewhere[shard.workers] + used, used)
        # A limit of no site at all cannot be said, for 0 is any number: such a worker has no hours here.
        hours[(most > 0) & (sites == 0)] = 0
        orders.append(
            (
                hours.astype(np.int32), market.units[shard.packages],
                np.where(most > 0, sites, 0).astype(np.int32),
                own, assignment.floor[shard.edges], seed, passes,
            )
        )  # fmt: skip
    result = given.copy()
    for shard, units in zip(shards, each(improve_region, orders), strict=True):
        result[shard.edges] = units
    return result


def improve_region(
    market: Market,
    capacity: NDArray[np.int32],
    units: NDArray[np.int32],
    max_sites: NDArray[np.int32],
    given: Ints,
    floor: Ints,
    seed: int,
    passes: int,
) -> Ints:
    """Return a region's assignment after passes of moves within these hours, units and sites.

    capacity   shape (n_workers, n_weeks);  units  shape (n_packages,);  max_sites  shape (n_workers,).
    given, floor   shape (n_edges,), units now, and those that stay.
    Returns    shape (n_edges,), no dearer than `given`.
    Raises     ValueError if `floor` does not fit.
    Source     `moves.improve`.
    """
    part = market.altered(capacity=capacity, units=units, max_sites=max_sites)
    assignment, rng = Assignment.empty(part, floor), np.random.default_rng(seed)
    assignment.place(given - assignment.given)
    for _ in range(passes):
        if assignment.improve(rng.permutation(part.n_packages)) <= ENOUGH * abs(assignment.cost):
            break
    return assignment.given


def _load(market: Market, given: Ints) -> Ints:
    """Hours per worker and week that these units take."""
    used = np.flatnonzero(given)
    package, worker = market.edge_package[used], market.edge_worker[used]
    hours = given[used] * market.edge_hours[used]
    change = np.zeros((market.n_workers, market.n_weeks + 1), np.int64)
    np.add.at(change, (worker, market.start[package]), hours)
    np.subtract.at(change, (worker, market.end[package]), hours)
    return change.cumsum(axis=1)[:, :-1]


def _sites(assignment: Assignment, shard: Shard) -> Ints:
    """Different sites per worker of the whole market that lie in this region."""
    market = assignment.market
    used = shard.edges[assignment.given[shard.edges] > 0]
    pairs = np.stack([market.edge_worker[used], market.site[market.edge_package[used]]], axis=1)
    return np.bincount(np.unique(pairs, axis=0)[:, 0], minlength=market.n_workers)


def _check_sites(market: Market, label: NDArray[Any]) -> None:
    if not market.max_sites.any():
        return
    order = np.lexsort((label, market.site))
    site, region = market.site[order], label[order]
    torn = (site[1:] == site[:-1]) & (region[1:] != region[:-1])
    if torn.any():
        raise ValueError(f"site {site[:-1][torn][0]} lies in two regions, but workers have a limit on sites")
