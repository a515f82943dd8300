"""The optimal award of an evaluated request: proven best, runners-up, what losers lacked, price against quality.

Scores become money, so that price and quality can be added up over lines: of a criterion with weight w that a bid
lacks a share d of, w / weight of price x d x reference price of its lines is added to the bid's price. The
reference price of a line is the median of what was offered for it. Leaving a line out costs more than any bid.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from triallink.domains.marketplace.models import Request
from triallink.domains.marketplace.selectors.matrix import Column, Matrix

if TYPE_CHECKING:
    from triallink.engines.matching import Award, Determination

RUNNERS_UP = 4
SECONDS = 20.0
# How much more or less than stated quality is worth, to draw the frontier; 0 looks at the price alone.
WORTHS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 16.0)
Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Part:
    """One thing that can be won: some lines of one bid at one price."""

    key: str
    bid_id: int
    lines: tuple[int, ...]
    price_minor: int
    lacking_minor: int
    xor_group: str


def parts_of(matrix: Matrix) -> list[Part]:
    """Return what can be won, as the request's rules allow: lines and bundles, or only whole bids."""
    reference = _reference(matrix)
    found = []
    for column in matrix.columns:
        lacking = _lacking(column)
        offer = column.offer
        if not matrix.request.is_partial_award_allowed:
            if column.is_complete:
                lines = tuple(offer.lines)
                worth = round(lacking * sum(reference[line] for line in lines))
                found.append(Part(f"{offer.bid_id}:all", offer.bid_id, lines, offer.total_minor, worth, ""))
            continue
        for line_id, line in offer.lines.items():
            worth = round(lacking * reference[line_id])
            found.append(
                Part(f"{offer.bid_id}:{line_id}", offer.bid_id, (line_id,), line.amount_minor, worth, "")
            )
        for n, bundle in enumerate(offer.bundles):
            lines = tuple(sorted(bundle.line_ids))
            worth = round(lacking * sum(reference[line] for line in lines))
            found.append(
                Part(f"{offer.bid_id}:b{n}", offer.bid_id, lines, bundle.price_minor, worth, bundle.xor_group)
            )
    return found


def fingerprint(request: Request, parts: list[Part]) -> str:
    """Return a hash of everything the counsel rests on: it no longer holds once this differs."""
    rules = [request.max_suppliers, request.is_partial_award_allowed]
    told = [[one.key, list(one.lines), one.price_minor, one.lacking_minor, one.xor_group] for one in parts]
    return hashlib.sha256(json.dumps([rules, told]).encode()).hexdigest()


def counsel(matrix: Matrix, step: Step) -> dict[str, Any]:
    """Return the optimal award, alternatives, shortfalls and the frontier, as plain values. `step` tells progress."""
    request, parts = matrix.request, parts_of(matrix)
    total = len(WORTHS) + 3
    step(0, total)
    best = _determined(request, matrix, parts, 1.0, runners_up=RUNNERS_UP)
    step(1, total)
    losers = _determined(request, matrix, parts, 1.0, explain_losers=True)
    step(3, total)
    by_key = {part.key: part for part in parts}
    # An award that leaves out more lines than the best one has to is no alternative.
    least = len(best.award.undone_lines)
    awards = [_award(one, by_key) for one in (best.award, *best.runners_up) if len(one.undone_lines) == least]
    frontier = []
    for done, worth in enumerate(WORTHS, start=4):
        found = best if worth == 1.0 else _determined(request, matrix, parts, worth)
        frontier.append({"worth": worth, **_award(found.award, by_key)})
        step(done, total)
    return {
        "fingerprint": fingerprint(request, parts),
        "awards": awards,
        "shortfalls": [
            {
                "bid": int(one.bidder),
                "part": list(by_key[one.bid_id].lines),
                "price_cut_minor": one.price_cut_minor,
                "added_line": int(one.added_line) if one.added_line else None,
            }
            for one in losers.shortfalls
        ],
        "frontier": frontier,
        "left_out": [
            c.offer.bid_id for c in matrix.columns if c.offer.bid_id not in {p.bid_id for p in parts}
        ],
    }


def _determined(
    request: Request, matrix: Matrix, parts: list[Part], worth: float, **asked: Any
) -> "Determination":
    # Here, not above: solvers and scipy are only needed by the job that determines the award.
    from triallink.engines.matching import Bid, Line, determine
    from triallink.engines.matching import Request as Asked

    costs = {part.key: part.price_minor + round(worth * part.lacking_minor) for part in parts}
    # More than every bid together, so that no line is left out while somebody may do it.
    undone = 1 + sum(costs.values())
    wanted = Asked(
        lines=tuple(Line(str(line.pk), undone) for line in matrix.lines),
        max_suppliers=request.max_suppliers,
    )
    bids = [
        Bid(
            part.key,
            str(part.bid_id),
            frozenset(str(line) for line in part.lines),
            costs[part.key],
            xor_group=part.xor_group,
        )
        for part in parts
    ]
    return determine(wanted, bids, seconds=SECONDS, **asked)


def _award(award: "Award", by_key: dict[str, Part]) -> dict[str, Any]:
    parts = [by_key[key] for key in award.bid_ids]
    price, lacking = sum(p.price_minor for p in parts), sum(p.lacking_minor for p in parts)
    shares: dict[int, int] = {}
    for part in parts:
        shares[part.bid_id] = shares.get(part.bid_id, 0) + part.price_minor
    return {
        "choices": sorted([line, part.bid_id] for part in parts for line in part.lines),
        "undone": [int(line) for line in award.undone_lines],
        "price_minor": price,
        "lacking_minor": lacking,
        "is_proven": award.is_proven,
        "distance_minor": max(0, award.merit_minor - award.bound_minor),
        "shares": [[bid_id, amount] for bid_id, amount in sorted(shares.items())],
    }


def _reference(matrix: Matrix) -> dict[int, float]:
    amounts: dict[int, list[int]] = {line.pk: [] for line in matrix.lines}
    for column in matrix.columns:
        for line, cell in zip(matrix.lines, column.cells, strict=True):
            if cell.amount_minor is not None:
                amounts[line.pk].append(cell.amount_minor)
    return {line: median(known) if known else 0.0 for line, known in amounts.items()}


def _lacking(column: Column) -> float:
    """Return what a bid lacks in the criteria besides the price, in shares of the reference price."""
    price = next((one.share for one in column.scores if one.criterion == "price"), 0.0)
    lacking = sum(one.share * (1 - one.counting / 100) for one in column.scores if one.criterion != "price")
    # With no weight on the price, money decides between equals only.
    return lacking / max(price, 1.0)
