"""The content of a bid: what a bidder writes, whether it is sound, and how it is stored under seal."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.requests import is_supplier
from triallink.domains.marketplace.errors import bids as no
from triallink.domains.marketplace.models import (
    Bid,
    BidBundle,
    BidLine,
    BidSeal,
    BundleLine,
    CoalitionMember,
    CoalitionShare,
    RequestLine,
    StaffingLine,
)
from triallink.domains.quality.models import Professional
from triallink.domains.quality.selectors import blocked_by
from triallink.kernel.money import Money

# Ten trillion yuan for one line: sums of five hundred such lines still fit the column.
LARGEST_MINOR = 10**15
# A draft is saved again and again, mostly without most of this: one statement clears all of it.
CLEAR = """
WITH a AS (DELETE FROM marketplace_bundleline WHERE bid_id = %(bid)s),
     b AS (DELETE FROM marketplace_bidbundle WHERE bid_id = %(bid)s),
     c AS (DELETE FROM marketplace_bidline WHERE bid_id = %(bid)s),
     d AS (DELETE FROM marketplace_staffingline WHERE bid_id = %(bid)s),
     e AS (DELETE FROM marketplace_coalitionshare WHERE bid_id = %(bid)s)
DELETE FROM marketplace_coalitionmember WHERE bid_id = %(bid)s
RETURNING organization_id, coalesce(confirmed_at, declined_at)
"""


@dataclass(frozen=True)
class LineOffer:
    """A price per unit for one line; the whole quantity asked for unless another is given."""

    line_id: int
    unit_price_minor: int
    quantity: Decimal | None = None
    comment: str = ""


@dataclass(frozen=True)
class BundleOffer:
    """Several lines at one price, all or nothing; of one XOR group at most one is taken."""

    name: str
    price_minor: int
    line_ids: tuple[int, ...]
    xor_group: str = ""


@dataclass(frozen=True)
class StaffOffer:
    """A named professional with hours for a line."""

    line_id: int
    professional_id: int
    hours: Decimal


@dataclass(frozen=True)
class ShareOffer:
    """The percentage of a line one member of the coalition does."""

    line_id: int
    organization_id: int
    share_percent: int


@dataclass(frozen=True)
class BidContent:
    """Everything under seal besides attachments."""

    lines: tuple[LineOffer, ...]
    bundles: tuple[BundleOffer, ...] = ()
    staffing: tuple[StaffOffer, ...] = ()
    shares: tuple[ShareOffer, ...] = ()
    lead_time_days: int = 14
    valid_until_on: dt.date | None = None
    message: str = ""


def write_content(bid: Bid, content: BidContent, today: dt.date) -> tuple[int, ...]:
    """Replace a draft's content and return the partners who are now asked. Call it inside `reading_as` the bidder.

    Whoever was asked before and has not answered is not asked again.

    Refuses: BidLineInvalid, AboveCeiling, BundleInvalid, StaffUnknown, StaffNotCertified, SharesNotWhole.
    """
    asked = {line.pk: line for line in bid.request.lines.all()}
    lines = _lines(bid, content, asked)
    members = _members(bid, content, asked)
    _check_staff(bid, content, asked, members, today)
    _check_bundles(content, {row.line_id for row in lines})
    waiting = _clear(bid)
    BidLine.objects.bulk_create(lines)
    bundles = BidBundle.objects.bulk_create(
        BidBundle(
            bid=bid, position=n, name=b.name.strip(), price_minor=b.price_minor, xor_group=b.xor_group.strip()
        )
        for n, b in enumerate(content.bundles, start=1)
    )
    BundleLine.objects.bulk_create(
        BundleLine(bid=bid, bundle=row, line_id=line_id)
        for row, offer in zip(bundles, content.bundles, strict=True)
        for line_id in dict.fromkeys(offer.line_ids)
    )
    StaffingLine.objects.bulk_create(
        StaffingLine(bid=bid, line_id=s.line_id, professional_id=s.professional_id, hours=s.hours)
        for s in content.staffing
    )
    CoalitionShare.objects.bulk_create(
        CoalitionShare(
            bid=bid, line_id=s.line_id, organization_id=s.organization_id, share_percent=s.share_percent
        )
        for s in content.shares
    )
    _write_members(bid, members)
    BidSeal.objects.filter(bid=bid).update(
        total_minor=sum(row.amount_minor for row in lines),
        lead_time_days=content.lead_time_days,
        valid_until_on=content.valid_until_on,
        message=content.message.strip(),
    )
    return tuple(sorted(members - waiting - {bid.organization_id}))


def check_complete(bid: Bid) -> None:
    """Refuse a draft that cannot be handed in. Call it inside `reading_as` the bidder.

    Refuses: BidEmpty, BidIncomplete, ValidityTooShort.
    """
    offered = {row.line_id: row.quantity for row in bid.lines.all()}
    if not offered:
        raise no.BidEmpty(field="lines")
    request = bid.request
    if not request.is_partial_award_allowed:
        missing = [
            str(line.position) for line in request.lines.all() if offered.get(line.pk) != line.quantity
        ]
        if missing:
            raise no.BidIncomplete(field="lines", lines=", ".join(missing))
    valid_until = bid.seal.valid_until_on
    if valid_until is not None and request.closes_at is not None and valid_until < request.closes_at.date():
        raise no.ValidityTooShort(field="valid_until_on")


def amount_of(unit_price_minor: int, quantity: Decimal, currency: str) -> int:
    """Return price times quantity in minor units, rounded half to even once per line."""
    return Money(unit_price_minor, currency).times(quantity).minor


def _lines(bid: Bid, content: BidContent, asked: Mapping[int, RequestLine]) -> list[BidLine]:
    rows: dict[int, BidLine] = {}
    for offer in content.lines:
        line = asked.get(offer.line_id)
        if line is None or offer.line_id in rows:
            raise no.BidLineInvalid(field="lines", position=0, quantity=0)
        quantity = line.quantity if offer.quantity is None else offer.quantity
        if offer.unit_price_minor < 0 or not 0 < quantity <= line.quantity:
            raise no.BidLineInvalid(
                field=f"price_{line.pk}", position=line.position, quantity=f"{line.quantity:f}"
            )
        amount = amount_of(offer.unit_price_minor, quantity, bid.request.currency)
        if amount > LARGEST_MINOR:
            raise no.BidLineInvalid(
                field=f"price_{line.pk}", position=line.position, quantity=f"{line.quantity:f}"
            )
        if line.ceiling_minor is not None and offer.unit_price_minor > line.ceiling_minor:
            raise no.AboveCeiling(field=f"price_{line.pk}", position=line.position)
        rows[offer.line_id] = BidLine(
            bid=bid,
            line=line,
            unit_price_minor=offer.unit_price_minor,
            quantity=quantity,
            amount_minor=amount,
            comment=offer.comment.strip()[:300],
        )
    return list(rows.values())


def _check_bundles(content: BidContent, offered: set[int]) -> None:
    for bundle in content.bundles:
        wanted = set(bundle.line_ids)
        if not bundle.name.strip() or bundle.price_minor < 0 or len(wanted) < 2 or not wanted <= offered:
            raise no.BundleInvalid(field="bundles", name=bundle.name)


def _members(bid: Bid, content: BidContent, asked: Mapping[int, RequestLine]) -> set[int]:
    """Return who takes part; without shares that is nobody but the bidder, and no coalition is kept."""
    if not content.shares:
        return set()
    percent: dict[int, int] = defaultdict(int)
    for share in content.shares:
        if share.line_id not in asked or not 1 <= share.share_percent <= 100:
            position = asked[share.line_id].position if share.line_id in asked else 0
            raise no.SharesNotWhole(field="shares", position=position, sum=share.share_percent)
        percent[share.line_id] += share.share_percent
    pairs = [(share.line_id, share.organization_id) for share in content.shares]
    members = {share.organization_id for share in content.shares} | {bid.organization_id}
    organizations = Organization.objects.in_bulk(members)
    is_sound = (
        len(set(pairs)) == len(pairs)
        and len(organizations) == len(members)
        and all(is_supplier(organization) for organization in organizations.values())
        and bid.request.buyer_id not in members
    )
    for offer in content.lines:
        total = percent.get(offer.line_id, 0)
        if total != 100 or not is_sound:
            position = asked[offer.line_id].position
            raise no.SharesNotWhole(field="shares", position=position, sum=total)
    return members


def _check_staff(
    bid: Bid, content: BidContent, asked: Mapping[int, RequestLine], members: set[int], today: dt.date
) -> None:
    if not content.staffing:
        return
    wanted = {offer.professional_id for offer in content.staffing}
    known = Professional.objects.filter(
        pk__in=wanted, organization_id__in=members | {bid.organization_id}, is_active=True
    )
    pairs = [(offer.line_id, offer.professional_id) for offer in content.staffing]
    if (
        known.count() < len(wanted)
        or len(set(pairs)) < len(pairs)
        or any(offer.line_id not in asked or offer.hours <= 0 for offer in content.staffing)
    ):
        raise no.StaffUnknown(field="staffing")
    if blocked := blocked_by(wanted, today):
        names = known.filter(pk__in=blocked).values_list("name", flat=True)
        raise no.StaffNotCertified(field="staffing", names=", ".join(sorted(names)))


def _clear(bid: Bid) -> set[int]:
    """Delete the content there is and return the partners who were asked and have not answered."""
    with connection.cursor() as cursor:
        cursor.execute(CLEAR, {"bid": bid.pk})
        return {pk for pk, answered_at in cursor.fetchall() if answered_at is None}


def _write_members(bid: Bid, members: set[int]) -> None:
    now = bid.created_at
    CoalitionMember.objects.bulk_create(
        CoalitionMember(
            bid=bid,
            organization_id=pk,
            is_lead=pk == bid.organization_id,
            confirmed_at=now if pk == bid.organization_id else None,
        )
        for pk in sorted(members)
    )
