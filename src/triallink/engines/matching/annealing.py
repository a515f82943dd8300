"""Generalized assignment: jobs change places or swap them, hours may be exceeded at a price, then less and less.

With one week and one unit per package nearly every exchange is neutral (type D of the literature), so what
counts is many cheap moves among the few workers that are good by reduced cost. Overbooking at about the
price of an hour lets the search pass between full workers; the price rises until nothing is overbooked.
"""

import math

import numpy as np
from numba import njit

from triallink.engines.matching.assignment import Assignment
from triallink.engines.matching.dual import reduced_cost
from triallink.engines.matching.market import Floats, Ints, Market
from triallink.engines.matching.progress import Pace, Watch

CANDIDATES = 10  # workers a package may move between, the best by reduced cost
MOVES = 20_000  # per package when no watch says when to stop
MOST_MOVES = 60_000_000
SLICE = 250_000
HOT, COLD = 1 / 200, 1 / 2_000  # temperatures relative to the mean cost of a package
DEAR = 60.0  # price of overbooked hours relative to the price of hours: from 1 to this


def anneal(
    market: Market, start: Assignment, prices: Floats, rng: np.random.Generator, watch: Watch
) -> Assignment:
    """Return a better assignment of a market of one week and one unit per package.

    market   what is left to decide (no bookings); packages without units are left alone.
    start    where to begin, kept if nothing better is found.
    prices   shape (n_workers, 1), price of an hour.
    Returns  a new Assignment on the market of `start`, feasible, or `start` itself.
    Raises   ValueError if there is more than one week or unit.
    Source   simulated annealing (Kirkpatrick et al. 1983) with the oscillation over feasibility of Yagiura,
             Ibaraki & Glover (2006).
    """
    if market.n_weeks != 1 or (market.units > 1).any():
        raise ValueError(f"one week and one unit are needed, got {market.n_weeks} and {market.units.max()}")
    packages = np.flatnonzero((market.units > 0) & (np.diff(market.edge_ptr) > 0))
    if not len(packages):
        return start
    edge = _candidates(market, reduced_cost(market, prices), start.given, packages)
    nobody = market.n_workers
    worker = np.where(edge >= 0, market.edge_worker[edge], nobody).astype(np.int64)
    cost = np.where(edge >= 0, market.edge_cost[edge], market.unfilled_cost[packages][:, None])
    hours = np.where(edge >= 0, market.edge_hours[edge], 0).astype(np.int64)
    room = np.append(market.capacity[:, 0].astype(np.int64), np.iinfo(np.int64).max // 4)
    regret = np.median(np.partition(cost, 1, axis=1)[:, 1] - cost.min(axis=1)) / max(
        float(hours.mean()), 1e-9
    )
    per_hour = float(np.abs(cost.min(axis=1)).mean() / max(float(hours.mean()), 1e-9)) / 10.0 + 1e-6
    price = np.append(np.maximum(prices[:, 0], max(float(prices.mean()), regret, per_hour)), 0.0)
    is_given = (edge >= 0) & (start.given[edge] > 0)
    state = _State(worker, hours, np.where(is_given.any(axis=1), is_given.argmax(axis=1), edge.shape[1] - 1))
    temperature = float(np.abs(np.take_along_axis(cost, state.at[:, None], 1)).mean())
    slices = math.ceil(min(MOVES * len(packages), MOST_MOVES) / SLICE)
    pace, more = Pace(watch, slices if watch.elapsed is None else 10**9), True
    while more:
        part = pace.part()
        _move(
            worker, cost, hours, room, state.at, state.load, state.held, state.first, state.n_held, state.slot,
            price * DEAR**part, temperature * HOT * (COLD / HOT) ** part, SLICE,
            rng.integers(1, 2**62),
        )  # fmt: skip
        more = pace.next()
    chosen = np.take_along_axis(edge, state.at[:, None], 1).ravel()
    wanted = start.floor.copy()
    wanted[chosen[chosen >= 0]] = 1
    after = Assignment.empty(start.market, start.floor)
    after.place(wanted - start.floor)
    after.fill(prices)
    return after


def _candidates(market: Market, reduced: Floats, given: Ints, packages: Ints) -> Ints:
    """Edges by package, the best by reduced cost and the one in use; -1 = nobody, always the last."""
    by = np.lexsort((reduced, given == 0, market.edge_package))
    place = np.empty(market.n_edges, np.int64)
    place[by] = np.arange(market.n_edges) - market.edge_ptr[market.edge_package[by]]
    table = np.full((market.n_packages, CANDIDATES + 1), -1, np.int64)
    good = np.flatnonzero(place < CANDIDATES)
    table[market.edge_package[good], place[good]] = good
    return table[packages]


class _State:
    """Where every package is, and what every worker holds, in flat arrays."""

    def __init__(self, worker: Ints, hours: Ints, at: Ints) -> None:
        n_workers = int(worker.max()) + 1
        counts = np.bincount(worker.ravel(), minlength=n_workers)
        self.at = at.astype(np.int64)
        now = np.take_along_axis(worker, self.at[:, None], 1).ravel()
        taken = np.take_along_axis(hours, self.at[:, None], 1).ravel()
        self.load = np.bincount(now, weights=taken, minlength=n_workers).astype(np.int64)
        self.first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.held = np.zeros(self.first[-1], np.int64)
        self.n_held = np.bincount(now, minlength=n_workers).astype(np.int64)
        self.slot = np.zeros(len(at), np.int64)
        by = np.argsort(now, kind="stable")
        starts = np.concatenate([[0], np.cumsum(self.n_held)])
        self.slot[by] = self.first[now[by]] + np.arange(len(by)) - starts[now[by]]
        self.held[self.slot] = np.arange(len(at))


@njit(cache=True, nogil=True)
def _move(
    worker, cost, hours, room, at, load, held, first, n_held, slot, price, temperature, n_moves, seed
):  # fmt: skip
    """Try n_moves shifts and swaps at one temperature; every fourth try is a shift."""
    n, width = worker.shape
    x = np.uint64(seed)
    for _ in range(n_moves):
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
        j = int((x >> np.uint64(11)) % np.uint64(n))
        q = int((x >> np.uint64(40)) % np.uint64(width))
        p = at[j]
        here, there = worker[j, p], worker[j, q]
        if here == there:
            continue
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
        # A move is accepted up to this much worse (Metropolis).
        allowed = -temperature * math.log(float((x >> np.uint64(11)) + np.uint64(1)) / 9007199254740993.0)
        load_here, load_there = load[here] - hours[j, p], load[there] + hours[j, q]
        worse = cost[j, q] - cost[j, p]
        worse -= price[here] * max(0, load[here] - room[here]) + price[there] * max(
            0, load[there] - room[there]
        )
        other = -1
        back, gone = 0, 0
        if (x & np.uint64(3)) != 0:
            if n_held[there] == 0:
                continue
            x ^= x << np.uint64(13)
            x ^= x >> np.uint64(7)
            x ^= x << np.uint64(17)
            other = held[first[there] + int((x >> np.uint64(11)) % np.uint64(n_held[there]))]
            back = -1
            for r in range(width):
                if worker[other, r] == here:
                    back = r
                    break
            if back < 0:
                continue
            gone = at[other]
            load_here += hours[other, back]
            load_there -= hours[other, gone]
            worse += cost[other, back] - cost[other, gone]
        worse += price[here] * max(0, load_here - room[here]) + price[there] * max(
            0, load_there - room[there]
        )
        if worse > allowed:
            continue
        load[here], load[there], at[j] = load_here, load_there, q
        spot = slot[j]
        if other >= 0:
            at[other] = back
            held[spot], held[slot[other]] = other, j
            slot[j], slot[other] = slot[other], spot
        else:
            n_held[here] -= 1
            last = held[first[here] + n_held[here]]
            held[spot], slot[last] = last, spot
            slot[j] = first[there] + n_held[there]
            held[slot[j]] = j
            n_held[there] += 1
