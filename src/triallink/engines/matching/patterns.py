"""A stronger bound when a package goes to one person: each worker picks whole packages.

With indivisible packages the worker-week prices of `dual` leave a gap of many per cent, because a
person with 18 free hours cannot take one and a half packages. Here the packages are priced instead,
and each worker solves a knapsack over weeks exactly: the set of packages worth most at these prices.
"""

import math
from dataclasses import dataclass

import numpy as np

from triallink.engines.matching.dual import ROUNDING, Dual, best_reduced_cost, reduced_cost
from triallink.engines.matching.knapsacks import MOST_PICKED, best_sets, focus_weeks
from triallink.engines.matching.market import Floats, Ints, Market
from triallink.engines.matching.progress import Pace, Watch

SHARE_TAIL = 0.35
MOMENTUM, SQUARES = 0.9, 0.95
FIRST_STEP, LAST_STEP = 0.02, 5e-4
DAMPING = 0.3
PROOF_STEPS = 40
SEARCH_NODES, PROOF_NODES = 300, 20000


@dataclass(frozen=True)
class PatternDual:
    """A certified lower bound for a market whose packages have one unit each.

    bound       no assignment costs less.
    values      shape (n_packages,), what it is worth to have each package done.
    edge_share  shape (n_edges,), how often the worker's best set held the package, late averages.
    prices      shape (n_workers, n_weeks), each worker's own price of an hour.
    """

    bound: float
    values: Floats
    edge_share: Floats
    prices: Floats


def price_packages(
    market: Market, dual: Dual, *, iterations: int = 300, watch: Watch | None = None
) -> PatternDual:
    """Raise the bound of `dual` by pricing packages against whole sets per worker.

    market      every package has at most one unit.
    dual        worker-week prices to start from.
    iterations  steps, >= 1.
    Returns     PatternDual; its bound is at least that of `dual` up to truncated searches.
    Raises      ValueError if a package has more than one unit or iterations < 1.
    Source      Lagrangian decomposition to knapsacks (Fisher, Jaikumar & Van Wassenhove 1986); see
                `knapsacks` for how each is solved.
    """
    if iterations < 1:
        raise ValueError(f"at least one iteration is needed, got {iterations!r}")
    if (market.units > 1).any():
        raise ValueError(f"a package has {market.units.max()} units; patterns need one")
    exists = market.units > 0
    reduced = reduced_cost(market, dual.prices)
    value = np.where(exists, np.minimum(best_reduced_cost(market, reduced), market.unfilled_cost), 0.0)
    lowest = np.minimum(best_reduced_cost(market, market.edge_cost), market.unfilled_cost)
    dearest = -best_reduced_cost(market, -market.edge_cost)
    span = np.minimum(market.unfilled_cost, np.maximum(2 * dearest - lowest, lowest)) - lowest
    span = np.where(exists & np.isfinite(span), span, 0.0)
    own = dual.prices.copy()
    focus = focus_weeks(market, own)
    picked = np.full((market.n_workers, MOST_PICKED), -1, np.int64)
    mean, square = np.zeros(market.n_packages), np.zeros(market.n_packages)
    votes, n_votes = np.zeros(market.n_edges), 0
    best, best_value, best_own = -math.inf, value.copy(), own.copy()
    pace, more = Pace(watch or Watch(), iterations), True
    while more:
        part, step = pace.part(), pace.done + 1
        late = part >= 1 - SHARE_TAIL
        count = np.zeros(market.n_packages, np.int64)
        bound = float(value.sum()) - _worth(
            market, value, focus, own, picked, count, votes, late, SEARCH_NODES
        )
        n_votes += late
        if bound > best:
            best, best_value, best_own = bound, value.copy(), own.copy()
        over = 1.0 - count
        mean = MOMENTUM * mean + (1 - MOMENTUM) * over
        square = SQUARES * square + (1 - SQUARES) * over * over
        move = mean / (1 - MOMENTUM**step) / (np.sqrt(square / (1 - SQUARES**step)) + DAMPING)
        length = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** part
        value = np.clip(value + length * span * move, lowest, market.unfilled_cost)
        value[~exists] = 0.0
        more = pace.next()
    proven = _proof(market, best_value, focus, best_own, picked)
    last = _proof(market, value, focus, own, picked)
    bound, values = max((proven, best_value), (last, value), key=lambda pair: pair[0])
    bound = max(bound - ROUNDING * abs(bound), dual.bound)
    return PatternDual(bound, values, votes / max(n_votes, 1), own)


def _proof(market: Market, value: Floats, focus: Ints, own: Floats, picked: Ints) -> float:
    """The bound at these package values, searched more deeply."""
    count, no_votes = np.zeros(market.n_packages, np.int64), np.zeros(market.n_edges)
    worth = _worth(market, value, focus, own.copy(), picked.copy(), count, no_votes, False, PROOF_NODES)
    return float(value.sum()) - worth


def _worth(
    market: Market, value: Floats, focus: Ints, own: Floats, picked: Ints, count: Ints, votes: Floats, vote: bool, nodes: int
) -> float:  # fmt: skip
    return best_sets(
        market.worker_ptr, market.worker_edge, market.edge_package, market.edge_cost, market.edge_hours,
        market.start, market.end, market.units, value, market.capacity.astype(np.int64), focus, own, picked, count,
        votes, vote, nodes, PROOF_STEPS if nodes > SEARCH_NODES else 3,
    )  # fmt: skip
