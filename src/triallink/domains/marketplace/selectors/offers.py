"""Opened bids as values: what each offers, at which price, and how much it has done before."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import (
    Auction,
    Bid,
    BidBundle,
    BidLine,
    BundleLine,
    CoalitionShare,
    Request,
    StaffingLine,
)
from triallink.domains.marketplace.selectors.auctions import final_totals
from triallink.domains.quality.models import SupplierProfile
from triallink.engines.evaluation import Bundle, PricedSet, best_price, price_by_line, scaled
from triallink.foundation.tenancy import reading_as


# Plain tuples for what a comparison of 20 bids has 1,200 of: making a model's or a dataclass's object of each would
# cost as much again as fetching it.
class OfferedLine(NamedTuple):
    """A bid's price for one line."""

    line_id: int
    unit_price_minor: int
    quantity: Decimal
    amount_minor: int
    comment: str


@dataclass(frozen=True)
class OfferedBundle:
    """A bundle with its name."""

    name: str
    price_minor: int
    line_ids: frozenset[int]
    xor_group: str


@dataclass(frozen=True)
class OfferedStaff:
    """A named professional offered for a line."""

    line_id: int
    name: str
    name_zh: str
    role: str
    province: str
    hours: Decimal


STAFF_COLUMNS = (
    "bid_id",
    "line_id",
    *(f"professional__{name}" for name in ("name", "name_zh", "role", "province")),
    "hours",
)


@dataclass(frozen=True)
class OfferedShare:
    """A coalition member's part of a line."""

    line_id: int
    organization: Organization
    share_percent: int


@dataclass(frozen=True)
class TrackRecord:
    """What a bidder completed before; a coalition's is the mean of its members weighted by their shares."""

    completed: float
    rating_sum: int
    rating_count: int
    provinces: frozenset[str]


@dataclass(frozen=True)
class Offer:
    """One opened bid."""

    bid_id: int
    organization: Organization
    version: int
    submitted_at: dt.datetime
    lines: dict[int, OfferedLine]
    bundles: tuple[OfferedBundle, ...]
    staffing: tuple[OfferedStaff, ...]
    shares: tuple[OfferedShare, ...]
    lead_time_days: int
    valid_until_on: dt.date | None
    message: str
    total_minor: int  # the lowest price for everything it offers
    opening_minor: int  # the same before the auction
    record: TrackRecord

    def priced(self, line_ids: Collection[int]) -> tuple[PricedSet, dict[int, int]]:
        """Return the lowest price for some of its lines, and what each of them costs in it."""
        amounts = {key: line.amount_minor for key, line in self.lines.items()}
        bundles = [Bundle(b.line_ids, b.price_minor, b.xor_group) for b in self.bundles]
        priced = best_price(line_ids, amounts, bundles)
        return priced, price_by_line(priced, line_ids, amounts, bundles)


def offers_of(request: Request, *, reader_id: int | None) -> list[Offer]:
    """Return the submitted bids of an opened request, cheapest first, in a fixed number of queries.

    reader_id  the organization that reads: the caller has checked the person. An auction's last prices replace
               the sealed ones, each line in proportion; its bundles are then gone, the whole having been called.
    """
    with reading_as(reader_id):
        bids = list(
            Bid.objects.filter(request=request, state="submitted")
            .select_related("organization", "seal")
            .order_by("id")
        )
        finals: dict[int, int] = {}
        if request.procedure == "auction":
            finals = final_totals(Auction.objects.get(request=request))
        ids = [bid.pk for bid in bids]
        lines: dict[int, list[OfferedLine]] = defaultdict(list)
        columns = ("bid_id", *OfferedLine._fields)
        for bid_id, *row in BidLine.objects.filter(bid__in=ids).order_by("line_id").values_list(*columns):
            lines[bid_id].append(OfferedLine._make(row))
        bundles = _by_bid(BidBundle.objects.filter(bid__in=ids).order_by("position"))
        inside: dict[int, set[int]] = defaultdict(set)
        if bundles:
            for bundle_id, line_id in BundleLine.objects.filter(bid__in=ids).values_list(
                "bundle_id", "line_id"
            ):
                inside[bundle_id].add(line_id)
        staffing: dict[int, list[OfferedStaff]] = defaultdict(list)
        for bid_id, *row in (
            StaffingLine.objects.filter(bid__in=ids).order_by("id").values_list(*STAFF_COLUMNS)
        ):
            staffing[bid_id].append(OfferedStaff(*row))
        shares = _by_bid(CoalitionShare.objects.filter(bid__in=ids).select_related("organization"))
        records = _records(bids, shares)
    offers = [
        _offer(
            bid, lines[bid.pk], bundles[bid.pk], inside, staffing[bid.pk], shares[bid.pk], records[bid.pk],
            finals.get(bid.pk),
        )
        for bid in bids
    ]  # fmt: skip
    return sorted(offers, key=lambda offer: (offer.total_minor, offer.submitted_at, offer.bid_id))


def _by_bid(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.bid_id].append(row)
    return found


def _offer(
    bid: Bid,
    lines: list[OfferedLine],
    bundles: list[BidBundle],
    inside: dict[int, set[int]],
    staffing: list[OfferedStaff],
    shares: list[CoalitionShare],
    record: TrackRecord,
    final_minor: int | None,
) -> Offer:
    offered = {row.line_id: row for row in lines}
    named = tuple(
        OfferedBundle(row.name, row.price_minor, frozenset(inside[row.pk]), row.xor_group) for row in bundles
    )
    amounts = {key: line.amount_minor for key, line in offered.items()}
    opening = best_price(
        amounts, amounts, [Bundle(b.line_ids, b.price_minor, b.xor_group) for b in named]
    ).total_minor
    if final_minor is not None:
        offered, named = _rescaled(offered, final_minor), ()
    assert bid.submitted_at is not None
    return Offer(
        bid_id=bid.pk,
        organization=bid.organization,
        version=bid.version,
        submitted_at=bid.submitted_at,
        lines=offered,
        bundles=named,
        staffing=tuple(staffing),
        shares=tuple(OfferedShare(row.line_id, row.organization, row.share_percent) for row in shares),
        lead_time_days=bid.seal.lead_time_days,
        valid_until_on=bid.seal.valid_until_on,
        message=bid.seal.message,
        total_minor=opening if final_minor is None else final_minor,
        opening_minor=opening,
        record=record,
    )


def _rescaled(lines: dict[int, OfferedLine], total: int) -> dict[int, OfferedLine]:
    keys = list(lines)
    parts = scaled([lines[key].amount_minor for key in keys], total)
    return {
        key: OfferedLine(
            key, unit_price(part, lines[key].quantity), lines[key].quantity, part, lines[key].comment
        )
        for key, part in zip(keys, parts, strict=True)
    }


def unit_price(amount_minor: int, quantity: Decimal) -> int:
    """Return an amount per unit, rounded half to even; the amount stays what counts."""
    return round(Decimal(amount_minor) / quantity)


def _records(bids: list[Bid], shares: dict[int, list[CoalitionShare]]) -> dict[int, TrackRecord]:
    parts: dict[int, dict[int, int]] = {}
    for bid in bids:
        weights: dict[int, int] = defaultdict(int)
        for row in shares[bid.pk]:
            weights[row.organization_id] += row.share_percent
        parts[bid.pk] = dict(weights) or {bid.organization_id: 1}
    wanted = {pk for weights in parts.values() for pk in weights}
    profiles = {row.organization_id: row for row in SupplierProfile.objects.filter(organization__in=wanted)}
    members = [
        *(bid.organization for bid in bids),
        *(row.organization for rows in shares.values() for row in rows),
    ]
    places = {organization.pk: organization.province for organization in members}
    records = {}
    for bid_id, weights in parts.items():
        known = [profiles[pk] for pk in weights if pk in profiles]
        completed = sum(weights[row.organization_id] * row.completed_contracts for row in known) / sum(
            weights.values()
        )
        provinces = {place for row in known for place in row.provinces} | {places[pk] for pk in weights}
        records[bid_id] = TrackRecord(
            completed=completed,
            rating_sum=sum(row.rating_sum for row in known),
            rating_count=sum(row.rating_count for row in known),
            provinces=frozenset(provinces - {""}),
        )
    return records
