"""Generalized assignment: a job changes place and another makes room, hours may be exceeded at a price.

With one week and one unit per package nearly every exchange is neutral (type D of the literature), and what
makes a move bad is that its hours do not fit. So a job is moved at random and the best answer to it is
searched: any job of the new place may come back or go on to a third worker. Overbooking at about the price of
an hour lets the search pass between full workers; the price rises until nothing is overbooked. How warm to
search differs between markets, so short cycles at several temperatures come first and the best is repeated.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from triallink.engines.matching.assignment import Assignment
from triallink.engines.matching.dual import reduced_cost
from triallink.engines.matching.market import Floats, Ints, Market
from triallink.engines.matching.progress import Pace, Watch

CANDIDATES = 6  # workers a package may move between, the best by reduced cost
MOVES = 4_000  # per package when no watch says when to stop
MOST_MOVES = 12_000_000
SLICE, SLICES = 20_000, 300  # moves at one temperature; slices at least, where moves are few
HOT, COLD = 1 / 200, 1 / 2_000  # temperatures relative to the mean cost of a package
WARMTHS = (1.0, 0.5, 2.0, 4.0)  # tried in one short cycle each
TRIALS, LONG_CYCLES = 0.4, 3  # share of the run for the trials, cycles at the best warmth afterwards
DEAR = 60.0  # price of overbooked hours relative to the price of hours: from 1 to this


def anneal(
    market: Market,
    start: Assignment,
    prices: Floats,
    rng: np.random.Generator,
    watch: Watch,
    *,
    good_cost: float = -math.inf,
) -> Assignment:
    """Return a better assignment of a market of one week and one unit per package.

    market     what is left to decide (no bookings); packages without units are left alone.
    start      where to begin.
    prices     shape (n_workers, 1), price of an hour.
    good_cost  the search ends once what is left to decide costs no more than this.
    Returns    a new Assignment on the market of `start`, feasible; `start` itself if nothing is left to decide.
    Raises     ValueError if there is more than one week or unit.
    Source     simulated annealing (Kirkpatrick et al. 1983) over ejection chains, with the oscillation over
               feasibility of Yagiura, Ibaraki & Glover (2006).
    """
    if market.n_weeks != 1 or (market.units > 1).any():
        raise ValueError(f"one week and one unit are needed, got {market.n_weeks} and {market.units.max()}")
    packages = np.flatnonzero((market.units > 0) & (np.diff(market.edge_ptr) > 0))
    if not len(packages):
        return start
    edge = _candidates(market, reduced_cost(market, prices), start.given, packages)
    search = _Search.of(market, edge, packages, start.given, prices)
    alone = float((market.unfilled_cost * market.units).sum() - market.unfilled_cost[packages].sum())
    moves = min(MOVES * len(packages), MOST_MOVES)
    size = min(SLICE, math.ceil(moves / SLICES))
    pace = Pace(watch, math.ceil(moves / size) if watch.elapsed is None else 10**9)
    warmth, number, more = WARMTHS[0], -1, True
    trials: list[float] = []
    while more and search.least + alone > good_cost:
        cycle, part = _cycle(pace.part())
        if cycle != number:
            if 0 <= number < len(WARMTHS):
                trials.append(search.least_of_cycle)
            number = cycle
            warmth = WARMTHS[cycle] if cycle < len(WARMTHS) else WARMTHS[int(np.argmin(trials))]
            search.begin_cycle()
        search.run(DEAR**part, warmth * HOT * (COLD / HOT) ** part, size, int(rng.integers(1, 2**62)))
        more = pace.next()
    search.begin_cycle()
    chosen = np.take_along_axis(edge, search.at[:, None], 1).ravel()
    wanted = start.floor.copy()
    wanted[chosen[chosen >= 0]] = 1
    after = Assignment.empty(start.market, start.floor)
    after.place(wanted - start.floor)
    after.fill(prices)
    return after


def _cycle(part: float) -> tuple[int, float]:
    """Return the cycle a part of the run lies in, and the part of the cycle behind it."""
    trials = len(WARMTHS)
    if part < TRIALS:
        place = part / TRIALS * trials
    else:
        place = trials + (part - TRIALS) / (1 - TRIALS) * LONG_CYCLES
    number = min(int(place), trials + LONG_CYCLES - 1)
    return number, min(place - number, 1.0)


def _candidates(market: Market, reduced: Floats, given: Ints, packages: Ints) -> Ints:
    """Edges by package, the best by reduced cost and the one in use; -1 = nobody, always the last."""
    by = np.lexsort((reduced, given == 0, market.edge_package))
    place = np.empty(market.n_edges, np.int64)
    place[by] = np.arange(market.n_edges) - market.edge_ptr[market.edge_package[by]]
    table = np.full((market.n_packages, CANDIDATES + 1), -1, np.int64)
    good = np.flatnonzero(place < CANDIDATES)
    table[market.edge_package[good], place[good]] = good
    return table[packages]


@dataclass
class _Search:
    """Where every package is, what every worker holds, and the best such state that overbooks nobody.

    worker, cost, hours   shape (n, width), who each package may go to, at what cost, for how many hours.
    room, price           shape (n_workers + 1,), hours of each worker and their price; the last is nobody.
    at                    shape (n,), which of its candidates each package is with.
    """

    worker: Ints
    cost: Floats
    hours: Ints
    room: Ints
    price: Floats
    at: Ints
    best: Ints
    least: float = math.inf
    least_of_cycle: float = math.inf

    @classmethod
    def of(cls, market: Market, edge: Ints, packages: Ints, given: Ints, prices: Floats) -> "_Search":
        """Set the search up where the given edges are."""
        is_edge = edge >= 0
        cost = np.where(is_edge, market.edge_cost[edge], market.unfilled_cost[packages][:, None])
        hours = np.where(is_edge, market.edge_hours[edge], 0).astype(np.int64)
        per_package = max(float(hours.mean()), 1e-9)
        regret = float(np.median(np.partition(cost, 1, axis=1)[:, 1] - cost.min(axis=1))) / per_package
        per_hour = float(np.abs(cost.min(axis=1)).mean()) / per_package / 10.0 + 1e-6
        least_price = max(float(prices.mean()), regret, per_hour)
        is_given = is_edge & (given[edge] > 0)
        at = np.where(is_given.any(axis=1), is_given.argmax(axis=1), edge.shape[1] - 1)
        search = cls(
            worker=np.where(is_edge, market.edge_worker[edge], market.n_workers).astype(np.int64),
            cost=cost,
            hours=hours,
            room=np.append(market.capacity[:, 0].astype(np.int64), np.iinfo(np.int64).max // 4),
            price=np.append(np.maximum(prices[:, 0], least_price), 0.0),
            at=at,
            best=at,
        )
        search.begin_cycle()
        search.keep()
        return search

    def begin_cycle(self) -> None:
        """Go back to the best state and count what everybody holds there."""
        self.at, self.least_of_cycle = self.best.copy(), math.inf
        n_workers = len(self.room)
        self.mean_cost = float(np.abs(np.take_along_axis(self.cost, self.at[:, None], 1)).mean())
        counts = np.bincount(self.worker.ravel(), minlength=n_workers)
        now = np.take_along_axis(self.worker, self.at[:, None], 1).ravel()
        taken = np.take_along_axis(self.hours, self.at[:, None], 1).ravel()
        self.load = np.zeros(n_workers, np.int64)
        np.add.at(self.load, now, taken)
        self.first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.held = np.zeros(self.first[-1], np.int64)
        self.n_held = np.bincount(now, minlength=n_workers).astype(np.int64)
        self.slot = np.zeros(len(self.at), np.int64)
        by = np.argsort(now, kind="stable")
        starts = np.concatenate([[0], np.cumsum(self.n_held)])
        self.slot[by] = self.first[now[by]] + np.arange(len(by)) - starts[now[by]]
        self.held[self.slot] = np.arange(len(self.at))

    def run(self, dear: float, coldness: float, moves: int, seed: int) -> None:
        """Try so many moves at one price of overbooking and one temperature."""
        _move(
            self.worker, self.cost, self.hours, self.room, self.at, self.load, self.held, self.first, self.n_held,
            self.slot, self.price * dear, self.mean_cost * coldness, moves, seed,
        )  # fmt: skip
        self.keep()

    def keep(self) -> None:
        """Remember the state if nobody is overbooked and it is the cheapest."""
        if (self.load <= self.room).all():
            cost = float(np.take_along_axis(self.cost, self.at[:, None], 1).sum())
            self.least_of_cycle = min(self.least_of_cycle, cost)
            if cost < self.least:
                self.least, self.best = cost, self.at.copy()


@njit(cache=True, nogil=True)
def _move(
    worker, cost, hours, room, at, load, held, first, n_held, slot, price, temperature, n_moves, seed
):  # fmt: skip
    """Try n_moves times to move a random package, with the best way to make room for it."""
    n, width = worker.shape
    x = np.uint64(seed)
    for _ in range(n_moves):
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
        j = int((x >> np.uint64(11)) % np.uint64(n))
        # The lesser of two draws: workers good by reduced cost are tried more often.
        q = min(int((x >> np.uint64(40)) % np.uint64(width)), int((x >> np.uint64(50)) % np.uint64(width)))
        here, there = worker[j, at[j]], worker[j, q]
        if here == there:
            continue
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
        # A move is accepted up to this much worse (Metropolis).
        allowed = -temperature * math.log(float((x >> np.uint64(11)) + np.uint64(1)) / 9007199254740993.0)
        over_here, over_there = load[here] - room[here], load[there] - room[there]
        base = (
            cost[j, q] - cost[j, at[j]] - price[here] * max(0, over_here) - price[there] * max(0, over_there)
        )
        over_here -= hours[j, at[j]]
        over_there += hours[j, q]
        left_here = price[here] * max(0, over_here)
        worse = base + left_here + price[there] * max(0, over_there)
        other, other_to = -1, -1
        for i in range(first[there], first[there] + n_held[there]):
            k = held[i]
            without = base - cost[k, at[k]] + price[there] * max(0, over_there - hours[k, at[k]])
            for r in range(width):
                to = worker[k, r]
                if to == there:
                    continue
                if to == here:
                    total = without + cost[k, r] + price[here] * max(0, over_here + hours[k, r])
                else:
                    over = load[to] - room[to]
                    total = without + left_here + cost[k, r]
                    total += price[to] * (max(0, over + hours[k, r]) - max(0, over))
                if total < worse:
                    worse, other, other_to = total, k, r
        if worse > allowed:
            continue
        if other >= 0:
            _go(worker, hours, at, load, held, first, n_held, slot, other, other_to)
        _go(worker, hours, at, load, held, first, n_held, slot, j, q)


@njit(cache=True, nogil=True)
def _go(worker, hours, at, load, held, first, n_held, slot, j, q):
    """Move package j to its candidate q."""
    here, there = worker[j, at[j]], worker[j, q]
    load[here] -= hours[j, at[j]]
    load[there] += hours[j, q]
    at[j] = q
    n_held[here] -= 1
    last = held[first[here] + n_held[here]]
    held[slot[j]], slot[last] = last, slot[j]
    slot[j] = first[there] + n_held[there]
    held[slot[j]] = j
    n_held[there] += 1
