"""An award as values: for the page, and for the contract that is drawn up from it."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.requests import is_buyer, request_for
from triallink.domains.marketplace.models import Award, AwardLine, LossLetter, Objection, Request, ServiceType
from triallink.domains.marketplace.selectors.offers import Offer, OfferedShare, OfferedStaff, offers_of
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotFound


@dataclass(frozen=True)
class ContractLine:
    """One awarded line with what is to be done and what it costs."""

    line_id: int
    position: int
    service: ServiceType
    description: str
    quantity: Decimal
    unit: str
    unit_price: Money
    amount: Money
    province: str
    city: str
    city_zh: str
    site_id: int | None
    start_on: dt.date | None
    end_on: dt.date | None
    hours: Decimal | None
    required_credentials: tuple[str, ...]
    bundle_name: str


@dataclass(frozen=True)
class ContractPart:
    """What one winning bid is to deliver: the lead supplier, its lines, named staff and coalition shares."""

    bid_id: int
    receipt_sha256: str
    supplier: Organization
    lines: tuple[ContractLine, ...]
    total: Money
    staffing: tuple[OfferedStaff, ...]
    shares: tuple[OfferedShare, ...]


@dataclass(frozen=True)
class AwardForContract:
    """Everything a contract needs from an award."""

    award_id: int
    request_id: int
    reference: str
    title: dict[str, str]
    buyer: Organization
    study_id: int | None
    currency: str
    requirements: str
    payment_terms: str
    start_on: dt.date | None
    end_on: dt.date | None
    awarded_at: dt.datetime
    standstill_ended_at: dt.datetime | None
    is_in_force: bool
    parts: tuple[ContractPart, ...]


def award_for_contract(award_id: int, *, to: Actor, clock: Clock = system_clock) -> AwardForContract:
    """Return an award with its winning bids' parts; a supplier gets its own part only.

    Whether the standstill has ended is told, not judged: the contract's service decides what it needs.

    Refuses: NotFound (also to a bidder who did not win).
    """
    award = Award.objects.filter(pk=award_id).first()
    if award is None:
        raise NotFound
    request = request_for(to, award.request_id, clock=clock)
    offers = {offer.bid_id: offer for offer in offers_of(request, reader_id=request.buyer_id)}
    rows = list(
        award.lines.select_related("line", "line__service", "bid").order_by("bid_id", "line__position")
    )
    parts = [
        _part(offers[bid_id], [row for row in rows if row.bid_id == bid_id], request.currency)
        for bid_id in dict.fromkeys(row.bid_id for row in rows)
    ]
    if not is_buyer(to, request) and not to.is_operator:
        parts = [part for part in parts if _takes_part(part, to)]
        if not parts:
            raise NotFound
    return AwardForContract(
        award_id=award.pk,
        request_id=request.pk,
        reference=request.reference,
        title=request.title,
        buyer=request.buyer,
        study_id=request.study_id,
        currency=request.currency,
        requirements=request.requirements,
        payment_terms=request.payment_terms,
        start_on=request.start_on,
        end_on=request.end_on,
        awarded_at=award.awarded_at,
        standstill_ended_at=award.standstill_ended_at,
        is_in_force=award.annulled_at is None,
        parts=tuple(parts),
    )


def _takes_part(part: ContractPart, to: Actor) -> bool:
    members = {part.supplier.pk, *(share.organization.pk for share in part.shares)}
    return to.organization_id in members


def _part(offer: Offer, rows: list[AwardLine], currency: str) -> ContractPart:
    lines = tuple(
        ContractLine(
            line_id=row.line_id,
            position=row.line.position,
            service=row.line.service,
            description=row.line.description,
            quantity=row.quantity,
            unit=row.line.unit,
            unit_price=Money(row.unit_price_minor, currency),
            amount=Money(row.amount_minor, currency),
            province=row.line.province,
            city=row.line.city,
            city_zh=row.line.city_zh,
            site_id=row.line.site_id,
            start_on=row.line.start_on,
            end_on=row.line.end_on,
            hours=row.line.hours,
            required_credentials=tuple(row.line.required_credentials),
            bundle_name=row.bundle_name,
        )
        for row in rows
    )
    awarded = {line.line_id for line in lines}
    return ContractPart(
        bid_id=offer.bid_id,
        receipt_sha256=rows[0].bid.receipt_sha256,
        supplier=offer.organization,
        lines=lines,
        total=Money(sum(row.amount_minor for row in rows), currency),
        staffing=tuple(staff for staff in offer.staffing if staff.line_id in awarded),
        shares=tuple(share for share in offer.shares if share.line_id in awarded),
    )


@dataclass(frozen=True)
class AwardView:
    """An award as the viewer may see it: everybody who may see the request learns who won and for how much."""

    award: Award
    lines: tuple[AwardLine, ...]
    letters: tuple[LossLetter, ...]
    own_letter: LossLetter | None
    objections: tuple[Objection, ...]


def award_of(request: Request, *, to: Actor) -> AwardView | None:
    """Return the award in force, or None. Letters and objections are shown to the buyer, the operator and their own."""
    award = Award.objects.filter(request=request, annulled_at=None).first()
    if award is None:
        return None
    sees_all = is_buyer(to, request) or to.is_operator
    letters = tuple(award.letters.select_related("bid__organization").order_by("id"))
    objections = tuple(award.objections.select_related("organization").order_by("id"))
    return AwardView(
        award=award,
        lines=tuple(
            award.lines.select_related("line__service", "bid__organization").order_by("line__position")
        ),
        letters=letters if sees_all else (),
        own_letter=next((x for x in letters if x.bid.organization_id == to.organization_id), None),
        objections=objections
        if sees_all
        else tuple(x for x in objections if x.organization_id == to.organization_id),
    )
