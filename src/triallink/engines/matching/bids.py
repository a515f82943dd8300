"""A request with its lines, and the bids on it: what winner determination chooses from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from triallink.kernel.refusals import N_


@dataclass(frozen=True)
class Line:
    """One line of a request.

    undone_cost_minor   what leaving the line without an award counts as (reserve price).
    """

    id: str
    undone_cost_minor: int


@dataclass(frozen=True)
class Bid:
    """An all-or-nothing offer for one or more lines.

    bidder       the organization, or the lead of a coalition.
    xor_group    of the bids of a bidder with the same non-empty group at most one can win.
    criteria     criterion -> value 0 to 1, 1 = best (quality, experience, coverage, speed …).
    uses         resource -> amount, for capacities several bids share (a partner's hours in a month).
    """

    id: str
    bidder: str
    lines: frozenset[str]
    price_minor: int
    xor_group: str = ""
    criteria: Mapping[str, float] = field(default_factory=dict)
    uses: Mapping[str, int] = field(default_factory=dict)
    partners: frozenset[str] = frozenset()

    @property
    def suppliers(self) -> frozenset[str]:
        """The bidder and its partners."""
        return self.partners | {self.bidder}


@dataclass(frozen=True)
class Request:
    """What is bought and by which rules.

    weights         criterion -> weight; "price" must be among them and positive.
    minimum         criterion -> least value a bid must have.
    max_suppliers   most organizations, coalition partners counted, 0 = any number.
    supplier_cost_minor   what dealing with one more organization counts as.
    budget_minor    most to be spent, None = no limit.
    capacity        resource -> amount that all winning bids together may use.
    """

    lines: tuple[Line, ...]
    weights: Mapping[str, float] = field(default_factory=lambda: {"price": 1.0})
    minimum: Mapping[str, float] = field(default_factory=dict)
    max_suppliers: int = 0
    supplier_cost_minor: int = 0
    budget_minor: int | None = None
    capacity: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({line.id for line in self.lines}) < len(self.lines):
            raise ValueError(f"line ids must be unique: {[line.id for line in self.lines]}")
        if not all(math.isfinite(weight) for weight in self.weights.values()):
            raise ValueError(f"weights must be finite, got {dict(self.weights)!r}")
        if self.weights.get("price", 0) <= 0:
            raise ValueError(f"the price needs a positive weight, got {dict(self.weights)!r}")
        if min(self.weights.values()) < 0:
            raise ValueError(f"weights must not be negative, got {dict(self.weights)!r}")


@dataclass(frozen=True)
class Rejection:
    """Why a bid never entered the comparison."""

    bid_id: str
    code: str
    template: str
    params: Mapping[str, Any]


def merit_minor(request: Request, bid: Bid) -> int:
    """Return what a bid counts as, in minor units: its price plus what it lacks in the other criteria.

    A criterion with weight w lacking d (1 - its value) costs w / weight of price * d of the reserve
    price of the bid's lines; so the winner is the award with the least sum, line by line and whole.

    Returns    minor units, rounded to whole ones; the smaller the better.
    Raises     ValueError if the bid names a line the request does not have, or a criterion is not finite.
    Source     value-for-money scoring with additive money equivalents (quality converted to price).
    """
    undone = {line.id: line.undone_cost_minor for line in request.lines}
    for criterion, given in bid.criteria.items():
        if not math.isfinite(given):
            raise ValueError(f"bid {bid.id} has {given!r} in {criterion}")
    unknown = bid.lines - undone.keys()
    if unknown:
        raise ValueError(f"bid {bid.id} names unknown lines {sorted(unknown)}")
    reserve = sum(undone[line] for line in bid.lines)
    lacking = sum(
        weight * (1.0 - bid.criteria.get(criterion, 0.0))
        for criterion, weight in request.weights.items()
        if criterion != "price"
    )
    return bid.price_minor + round(reserve * lacking / request.weights["price"])


def sort_out(request: Request, bids: list[Bid]) -> tuple[list[Bid], tuple[Rejection, ...]]:
    """Split bids into those that may win and those that may not.

    Returns    the bids that may win, in the order of their ids, and rejections with reasons.
    Raises     ValueError if bid ids repeat.
    Source     the rules of the request.
    """
    if len({bid.id for bid in bids}) < len(bids):
        raise ValueError("bid ids must be unique")
    entered, rejected = [], []
    for bid in sorted(bids, key=lambda one: one.id):
        low = sorted(c for c, least in request.minimum.items() if bid.criteria.get(c, 0.0) < least)
        over = sorted(r for r, used in bid.uses.items() if used > request.capacity.get(r, used))
        if not bid.lines:
            rejected.append(Rejection(bid.id, "no_line", N_("The bid offers no line."), {}))
        elif low:
            params = {"criterion": low[0], "needed": request.minimum[low[0]]}
            template = N_("Reaches less than the minimum of %(needed)s in %(criterion)s.")
            rejected.append(Rejection(bid.id, "below_minimum", template, params))
        elif over:
            params = {"resource": over[0], "capacity": request.capacity[over[0]], "used": bid.uses[over[0]]}
            template = N_("Needs %(used)s of %(resource)s; only %(capacity)s are there.")
            rejected.append(Rejection(bid.id, "over_capacity", template, params))
        elif request.max_suppliers and len(bid.suppliers) > request.max_suppliers:
            params = {"limit": request.max_suppliers, "count": len(bid.suppliers)}
            template = N_("Needs %(count)s suppliers; at most %(limit)s are allowed.")
            rejected.append(Rejection(bid.id, "too_many_suppliers", template, params))
        elif request.budget_minor is not None and bid.price_minor > request.budget_minor:
            params = {"price_minor": bid.price_minor, "budget_minor": request.budget_minor}
            rejected.append(Rejection(bid.id, "over_budget", N_("The price is over the budget."), params))
        else:
            entered.append(bid)
    return entered, tuple(rejected)
