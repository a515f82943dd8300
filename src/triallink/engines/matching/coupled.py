"""Many requests at once, coupled by what their bidders can deliver together."""

import math
from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp
from numba import njit

from triallink.engines.matching.dual import ROUNDING
from triallink.engines.matching.market import Floats, Ints
from triallink.engines.matching.progress import Pace, Watch

MOMENTUM, SQUARES = 0.9, 0.95
FIRST_STEP, LAST_STEP = 0.3, 5e-4
GROUP = 8  # requests decided together when they compete for the same supplier


@dataclass(frozen=True)
class BidTable:
    """Bids of many requests as arrays; lines are numbered through all requests, grouped by request.

    line_request     shape (n_lines,), ascending.
    line_undone      shape (n_lines,), merit of leaving the line without award.
    bid_request, bid_merit   shape (n_bids,), bid_request ascending.
    bid_group        shape (n_bids,), at most one bid of a group wins; groups contiguous; -1 = alone.
    line_ptr, bid_line       lines of bid b are bid_line[line_ptr[b] : line_ptr[b + 1]].
    use_ptr, use_resource, use_amount   what a bid uses of which resource, the same way.
    capacity         shape (n_resources,).
    """

    line_request: Ints
    line_undone: Floats
    bid_request: Ints
    bid_merit: Floats
    bid_group: Ints
    line_ptr: Ints
    bid_line: Ints
    use_ptr: Ints
    use_resource: Ints
    use_amount: Floats
    capacity: Floats

    def __post_init__(self) -> None:
        for name in ("line_request", "bid_request"):
            values = getattr(self, name)
            if (np.diff(values) < 0).any():
                raise ValueError(f"{name} must be ascending, falls at {int(np.argmax(np.diff(values) < 0))}")


@dataclass(frozen=True)
class CoupledAwards:
    """Winning bids of every request, their total merit and its proven lower bound.

    wins     shape (n_bids,).
    prices   shape (n_resources,), merit saved by one more unit of each resource.
    """

    wins: np.ndarray
    merit: float
    bound: float
    prices: Floats

    @property
    def gap(self) -> float:
        """Distance to the bound, relative to it."""
        return max(0.0, self.merit - self.bound) / max(abs(self.bound), 1e-9)


def determine_coupled(
    table: BidTable, *, iterations: int = 1000, rounds: int = 6, seed: int = 0, watch: Watch | None = None
) -> CoupledAwards:
    """Award all requests together within the shared capacities.

    iterations   price steps;  rounds   how often each request is decided, from the second round on
                 together with others that compete for a scarce resource.
    watch        time limit; the first round is always finished.
    Returns      CoupledAwards, feasible for every capacity.
    Raises       ValueError if iterations < 1 or rounds < 1.
    Source       Lagrangian relaxation of lines and capacities for the bound; requests, then groups of
                 them, solved by HiGHS within the remaining capacities (large neighbourhood search).
    """
    if iterations < 1 or rounds < 1:
        raise ValueError(f"iterations and rounds must be positive, got {iterations!r} and {rounds!r}")
    watch = watch or Watch()
    bound, prices = _prices(table, iterations, watch.part(0.3))
    n_bids, n_requests = len(table.bid_merit), int(table.bid_request.max(initial=-1)) + 1
    bid_at = np.searchsorted(table.bid_request, np.arange(n_requests + 1))
    shape = (n_bids, len(table.capacity))
    use = sp.csr_matrix((table.use_amount, table.use_resource, table.use_ptr), shape=shape)
    shape = (n_bids, len(table.line_undone))
    cover = sp.csr_matrix((np.ones(len(table.bid_line)), table.bid_line, table.line_ptr), shape=shape)
    saves = cover @ table.line_undone - table.bid_merit
    left = table.capacity.astype(np.float64).copy()
    wins = np.zeros(n_bids, bool)
    rng = np.random.default_rng(seed)
    for number in range(rounds):
        # The first round is guided by the prices, the later ones only by what is really saved.
        worth = saves - use @ prices if number == 0 else saves
        for group in _groups(table, use, left, number, rng):
            if number and watch.is_over():
                break
            bids = np.concatenate([np.arange(bid_at[r], bid_at[r + 1]) for r in group])
            if not len(bids):
                continue
            own, before = use[bids], wins[bids].copy()
            left += before @ own
            after = _decide(worth[bids], table.bid_group[bids], cover[bids], own, left)
            if number and (saves[bids] @ after) <= (saves[bids] @ before):
                after = before
            wins[bids] = after
            left -= after @ own
    merit = float(table.line_undone.sum() - saves[wins].sum())
    return CoupledAwards(wins, merit, bound, prices)


def _groups(
    table: BidTable, use: sp.csr_matrix, left: Floats, number: int, rng: np.random.Generator
) -> list[Ints]:
    """Requests to decide together: one by one at first, then those bidding for a scarce resource."""
    n_requests = int(table.bid_request.max(initial=-1)) + 1
    if number == 0:
        return [np.array([request]) for request in rng.permutation(n_requests)]
    scarcity = left / np.maximum(table.capacity, 1e-9)
    scarce = np.flatnonzero((scarcity < 0.25) & (table.capacity > 0))
    by_resource = use.tocsc()
    groups = []
    for resource in rng.permutation(scarce):
        at = slice(by_resource.indptr[resource], by_resource.indptr[resource + 1])
        rivals = rng.permutation(np.unique(table.bid_request[by_resource.indices[at]]))
        groups += [np.sort(rivals[:GROUP])]
    most = max(1, 2 * n_requests // GROUP)
    return groups[:most]


def _decide(worth: Floats, group: Ints, cover: sp.csr_matrix, use: sp.csr_matrix, left: Floats) -> np.ndarray:
    """The best set of these bids within what is left of each resource; True = wins."""
    n_bids = len(worth)
    by_line = cover.tocsc()
    lines = np.flatnonzero(np.diff(by_line.indptr))
    blocks, upper = [by_line[:, lines].T.tocsr()], [np.ones(len(lines))]
    grouped = np.flatnonzero(group >= 0)
    if len(grouped):
        _, row = np.unique(group[grouped], return_inverse=True)
        shape = (int(row.max()) + 1, n_bids)
        blocks.append(sp.csr_matrix((np.ones(len(row)), (row, grouped)), shape=shape))
        upper.append(np.ones(shape[0]))
    by_resource = use.tocsc()
    tight = np.flatnonzero(np.asarray(by_resource.sum(axis=0)).ravel() > left)
    if len(tight):
        blocks.append(by_resource[:, tight].T.tocsr())
        upper.append(left[tight])
    entries = use.tocoo()
    most = (worth > 0).astype(float)  # a bid that saves nothing never wins
    most[entries.row[entries.data > left[entries.col] + 1e-9]] = 0.0
    matrix = sp.csc_matrix(sp.vstack(blocks))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n_bids, matrix.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -worth, np.zeros(n_bids), most
    lp.row_lower_, lp.row_upper_ = np.full(matrix.shape[0], -highspy.kHighsInf), np.concatenate(upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    lp.integrality_ = [highspy.HighsVarType.kInteger] * n_bids
    solver = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, "time_limit": 2.0, "mip_rel_gap": 2e-4}.items():
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    solver.run()
    x = np.array(solver.getSolution().col_value)
    if solver.getInfo().primal_solution_status != 2 or len(x) < n_bids:
        return np.zeros(n_bids, bool)
    return x > 0.5


def _prices(table: BidTable, iterations: int, watch: Watch) -> tuple[float, Floats]:
    """Bound and resource prices by adaptive subgradient steps on lines and resources."""
    line_price, price = 0.7 * table.line_undone, np.zeros(len(table.capacity))
    line_state, state = np.zeros((2, len(line_price))), np.zeros((2, len(price)))
    # The price of a resource is measured against the typical merit per unit of use.
    per_unit = table.bid_merit / np.maximum(np.add.reduceat(table.use_amount, table.use_ptr[:-1]), 1e-9) \
        if len(table.use_amount) else np.ones(1)  # fmt: skip
    scale = float(np.median(per_unit[np.isfinite(per_unit)])) if len(per_unit) else 1.0
    best, best_price = -math.inf, price.copy()
    pace, more = Pace(watch, iterations), True
    while more:
        part, step = pace.part(), pace.done + 1
        count, load = np.zeros(len(line_price)), np.zeros(len(price))
        bound = float(line_price.sum() - price @ table.capacity) + _pick(
            table.bid_merit, table.bid_group, table.line_ptr, table.bid_line, table.use_ptr,
            table.use_resource, table.use_amount, line_price, price, count, load,
        )  # fmt: skip
        if bound > best:
            best, best_price = bound, price.copy()
        length = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** part
        over = load - table.capacity
        line_price += length * table.line_undone * _direction(1.0 - count, line_state, step, 0.3)
        np.clip(line_price, None, table.line_undone, out=line_price)
        price += length * scale * _direction(over, state, step, 1.0)
        np.maximum(price, 0.0, out=price)
        more = pace.next()
    return best - ROUNDING * abs(best), best_price


def _direction(gradient: Floats, state: Floats, step: int, damping: float) -> Floats:
    state[0] = MOMENTUM * state[0] + (1 - MOMENTUM) * gradient
    state[1] = SQUARES * state[1] + (1 - SQUARES) * gradient * gradient
    mean, square = state[0] / (1 - MOMENTUM**step), state[1] / (1 - SQUARES**step)
    return mean / (np.sqrt(square) + damping)


@njit(cache=True, nogil=True)
def _pick(
    merit, group, line_ptr, bid_line, use_ptr, use_resource, use_amount, line_price, price, count, load
):
    """Sum of the negative reduced merits, the best of each group, and what they take."""
    total, b, n = 0.0, 0, len(merit)
    while b < n:
        best, least, here = -1, 0.0, group[b]
        while True:
            value = merit[b]
            for at in range(line_ptr[b], line_ptr[b + 1]):
                value -= line_price[bid_line[at]]
            for at in range(use_ptr[b], use_ptr[b + 1]):
                value += price[use_resource[at]] * use_amount[at]
            if value < least:
                best, least = b, value
            b += 1
            if here < 0 or b >= n or group[b] != here:
                break
        if best >= 0:
            total += least
            for at in range(line_ptr[best], line_ptr[best + 1]):
                count[bid_line[at]] += 1.0
            for at in range(use_ptr[best], use_ptr[best + 1]):
                load[use_resource[at]] += use_amount[at]
    return total
