"""Winner determination: the best award, proven, its runners-up, and what would have won."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import highspy
import numpy as np
import scipy.sparse as sp

from triallink.engines.matching.bids import Bid, Rejection, Request, merit_minor, sort_out

INFINITY = highspy.kHighsInf


@dataclass(frozen=True)
class Award:
    """A set of winning bids.

    merit_minor    sum of the bids' merits plus the reserve price of lines without award.
    bound_minor    no award of this request has a smaller merit; equal when proven optimal.
    """

    bid_ids: tuple[str, ...]
    undone_lines: tuple[str, ...]
    price_minor: int
    merit_minor: int
    bound_minor: int

    @property
    def is_proven(self) -> bool:
        """Whether nothing better exists."""
        return self.merit_minor <= self.bound_minor


@dataclass(frozen=True)
class Shortfall:
    """What a losing bidder would have had to change, least first.

    bid_id             the bid that came closest.
    price_cut_minor    a cut by this much ties with the award (or makes room in the budget, and wins); one minor
                       unit more wins, one less does not.
    added_line         a further line that, for the same price, would have won; "" if none does.
    """

    bidder: str
    bid_id: str
    price_cut_minor: int
    added_line: str


@dataclass(frozen=True)
class Determination:
    """The award, the next-best distinct awards, the losers' shortfalls and the rejections."""

    award: Award
    runners_up: tuple[Award, ...]
    shortfalls: tuple[Shortfall, ...]
    rejections: tuple[Rejection, ...]


def determine(
    request: Request,
    bids: Iterable[Bid],
    *,
    runners_up: int = 0,
    explain_losers: bool = False,
    seconds: float = 60.0,
    threads: int = 1,
) -> Determination:
    """Choose the winning bids exactly.

    runners_up       how many next-best distinct awards to find, each proven in the same way.
    explain_losers   whether to find, per losing bidder, what would have won (one or two more
                     solutions per bidder).
    seconds          limit for each single solution; what is unproven then shows its bound.
    Returns          Determination; the same for any order of the bids (ties go to the solver's
                     choice over bids sorted by id).
    Raises           ValueError if a bid names an unknown line or ids repeat.
    Source           set packing with XOR bids (Cramton, Shoham & Steinberg, Combinatorial Auctions,
                     2006), solved by HiGHS branch and cut to a gap below one minor unit.
    """
    entered, rejections = sort_out(request, list(bids))
    model = AwardModel(request, entered, seconds, threads)
    # Leaving every line undone is always an award, so the first solution exists.
    award = model.solve() or model.nothing()
    others: list[Award] = []
    for _ in range(runners_up):
        model.forbid((award, *others)[-1])
        if (other := model.solve()) is None:
            break
        others.append(other)
    shortfalls = _shortfalls(request, entered, award, seconds, threads) if explain_losers else ()
    return Determination(award, tuple(others), shortfalls, rejections)


class AwardModel:
    """The integer program: bids, undone lines and, if suppliers are limited, one switch for each."""

    def __init__(self, request: Request, bids: list[Bid], seconds: float, threads: int) -> None:
        self.request, self.bids = request, bids
        self.merit = [merit_minor(request, bid) for bid in bids]
        self.n_bids, self.n_lines = len(bids), len(request.lines)
        has_switches = request.max_suppliers > 0 or request.supplier_cost_minor > 0
        suppliers = sorted({s for bid in bids for s in bid.suppliers}) if has_switches else []
        self.suppliers = suppliers
        self.n = self.n_bids + self.n_lines + len(suppliers)
        self.rows: list[tuple[dict[int, float], float, float]] = []
        line_row = {line.id: {self.n_bids + at: 1.0} for at, line in enumerate(request.lines)}
        groups: dict[tuple[str, str], dict[int, float]] = {}
        resources: dict[str, dict[int, float]] = {}
        for at, bid in enumerate(bids):
            for line in bid.lines:
                line_row[line][at] = 1.0
            if bid.xor_group:
                groups.setdefault((bid.bidder, bid.xor_group), {})[at] = 1.0
            for resource, used in bid.uses.items():
                resources.setdefault(resource, {})[at] = float(used)
        self.rows += [(row, 1.0, 1.0) for row in line_row.values()]
        self.rows += [(row, -INFINITY, 1.0) for row in groups.values() if len(row) > 1]
        self.rows += [
            (row, -INFINITY, float(request.capacity[resource]))
            for resource, row in sorted(resources.items())
            if resource in request.capacity
        ]
        self.budget_row: dict[int, float] = {}
        if request.budget_minor is not None:
            spent = {at: float(bid.price_minor) for at, bid in enumerate(bids)}
            self.rows.append((spent, -INFINITY, float(request.budget_minor)))
            self.budget_row = spent
        for number, supplier in enumerate(suppliers):
            switch = self.n_bids + self.n_lines + number
            by_line: dict[str, dict[int, float]] = {}
            for at, bid in enumerate(bids):
                for line in bid.lines if supplier in bid.suppliers else ():
                    by_line.setdefault(line, {switch: -1.0})[at] = 1.0
            self.rows += [(row, -INFINITY, 0.0) for row in by_line.values()]
        if request.max_suppliers:
            switches = {self.n_bids + self.n_lines + number: 1.0 for number in range(len(suppliers))}
            self.rows.append((switches, -INFINITY, float(request.max_suppliers)))
        undone = [line.undone_cost_minor for line in request.lines]
        self.cost = np.array([*self.merit, *undone, *([request.supplier_cost_minor] * len(suppliers))], float)
        self.most = np.ones(self.n)
        self.seconds, self.threads = seconds, threads

    def forbid(self, award: Award) -> None:
        """Allow only awards with another set of winning bids."""
        winners = set(award.bid_ids)
        row = {at: -1.0 if bid.id in winners else 1.0 for at, bid in enumerate(self.bids)}
        self.rows.append((row, 1.0 - len(winners), INFINITY))

    def forbid_suppliers(self, used: frozenset[str]) -> None:
        """Allow only awards to another set of organizations (needs their switches)."""
        first = self.n_bids + self.n_lines
        for number, supplier in enumerate(self.suppliers):  # a switch is on only if somebody wins
            row = {at: -1.0 for at, bid in enumerate(self.bids) if supplier in bid.suppliers}
            self.rows.append(({first + number: 1.0, **row}, -INFINITY, 0.0))
        row = {first + n: 1.0 if s in used else -1.0 for n, s in enumerate(self.suppliers)}
        self.rows.append((row, -INFINITY, len(used) - 1.0))

    def require_one(self, positions: list[int]) -> None:
        """Allow only awards in which one of these bids wins."""
        self.rows.append((dict.fromkeys(positions, 1.0), 1.0, INFINITY))

    def seek_least_cut(self, merit_minor: int) -> None:
        """Look for the award that needs the smallest cut of a price to count as little as this within the budget."""
        cut = self.n
        counted = {at: float(cost) for at, cost in enumerate(self.cost) if cost}
        self.rows.append(({**counted, cut: -1.0}, -INFINITY, float(merit_minor)))
        if self.request.budget_minor is not None:
            self.budget_row[cut] = -1.0
        self.n += 1
        self.cost = np.append(np.zeros(cut), 1.0)
        self.most = np.append(self.most, float(sum(abs(merit) for merit in self.merit)) + abs(merit_minor))

    def nothing(self) -> Award:
        """Return the award that gives nothing to anybody, with no proof."""
        return self._award(np.zeros(self.n_bids, bool), -INFINITY)

    def solve(self) -> Award | None:
        """Return the best award, or None if none is allowed or none was found in time."""
        columns = np.fromiter((c for row, _, _ in self.rows for c in row), np.int32)
        values = np.fromiter((v for row, _, _ in self.rows for v in row.values()), np.float64)
        starts = np.concatenate([[0], np.cumsum([len(row) for row, _, _ in self.rows])]).astype(np.int32)
        matrix = sp.csr_matrix((values, columns, starts), shape=(len(self.rows), self.n)).tocsc()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.n, len(self.rows)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self.cost, np.zeros(self.n), self.most
        lp.row_lower_ = np.array([low for _, low, _ in self.rows])
        lp.row_upper_ = np.array([high for _, _, high in self.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data
        lp.integrality_ = [highspy.HighsVarType.kInteger] * self.n
        solver = highspy.Highs()
        options = {"output_flag": False, "threads": self.threads, "time_limit": self.seconds}
        # Merits are whole minor units: a gap below one is a proof.
        options |= {"mip_rel_gap": 0.0, "mip_abs_gap": 0.9}
        for name, value in options.items():
            solver.setOptionValue(name, value)
        solver.passModel(lp)
        solver.run()
        x = np.array(solver.getSolution().col_value)
        info = solver.getInfo()
        if info.primal_solution_status != 2 or len(x) < self.n:
            return None
        return self._award(x[: self.n_bids] > 0.5, info.mip_dual_bound)

    def _award(self, wins: np.ndarray, bound: float) -> Award:
        won = np.flatnonzero(wins)
        covered = {line for at in won for line in self.bids[at].lines}
        undone = [line for line in self.request.lines if line.id not in covered]
        merit = sum(self.merit[at] for at in won) + sum(line.undone_cost_minor for line in undone)
        suppliers = {supplier for at in won for supplier in self.bids[at].suppliers}
        merit += self.request.supplier_cost_minor * len(suppliers)
        proven = int(np.ceil(bound - 1e-6)) if np.isfinite(bound) else 0
        if merit - bound <= 0.9 + 1e-9 * abs(merit):
            proven = merit
        return Award(
            bid_ids=tuple(self.bids[at].id for at in won),
            undone_lines=tuple(line.id for line in undone),
            price_minor=sum(self.bids[at].price_minor for at in won),
            merit_minor=merit,
            bound_minor=min(proven, merit),
        )


def _shortfalls(
    request: Request, bids: list[Bid], award: Award, seconds: float, threads: int
) -> tuple[Shortfall, ...]:
    """For each bidder without a winning bid: force one of its bids in and see what that costs."""
    winners = set(award.bid_ids)
    winning_bidders = {bid.bidder for bid in bids if bid.id in winners}
    found = []
    for bidder in sorted({bid.bidder for bid in bids} - winning_bidders):
        mine = [at for at, bid in enumerate(bids) if bid.bidder == bidder]
        model = AwardModel(request, bids, seconds, threads)
        model.require_one(mine)
        if request.budget_minor is not None:
            # A lower price also makes room in the budget, for awards that are too dear as they are.
            model.seek_least_cut(award.merit_minor)
        forced = model.solve()
        if forced is None:
            continue
        closest = max(
            (bids[at] for at in mine if bids[at].id in forced.bid_ids), key=lambda bid: bid.price_minor
        )
        cut = forced.merit_minor - award.merit_minor
        if request.budget_minor is not None:
            cut = max(cut, forced.price_minor - request.budget_minor)
        added = _added_line(request, bids, closest, award, seconds, threads) if cut > 0 else ""
        found.append(Shortfall(bidder, closest.id, cut, added))
    return tuple(sorted(found, key=lambda one: (one.price_cut_minor, one.bidder)))


def _added_line(
    request: Request, bids: list[Bid], bid: Bid, award: Award, seconds: float, threads: int
) -> str:
    """The line that would help a losing bid most, offered at no further price; "" if not enough."""
    more = [
        replace(bid, id=f"{bid.id}+{line.id}", lines=bid.lines | {line.id})
        for line in request.lines
        if line.id not in bid.lines
    ]
    if not more:
        return ""
    others = [one for one in bids if one.id != bid.id]
    model = AwardModel(request, [*others, *more], seconds, threads)
    model.require_one(list(range(len(others), len(others) + len(more))))
    best = model.solve()
    if best is None or best.merit_minor > award.merit_minor:
        return ""
    return next(one.id for one in more if one.id in best.bid_ids)[len(bid.id) + 1 :]
