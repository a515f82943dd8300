"""The terms and lines of a request: what a buyer writes, whether it is sound, and how it is stored."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from triallink.domains.marketplace.errors import requests as no
from triallink.domains.marketplace.models import Auction, Request, RequestLine, ServiceType
from triallink.domains.marketplace.models.auctions import REVEALS
from triallink.domains.marketplace.models.requests import CRITERIA, PROCEDURES, VISIBILITIES
from triallink.domains.studies.models import StudySite
from triallink.kernel.money import MINOR_DIGITS

DEFAULT_WEIGHTS = {"price": 40, "quality": 20, "experience": 15, "coverage": 15, "speed": 10}


@dataclass(frozen=True)
class AuctionTerms:
    """How the three rounds run; the first starts when the bids are due."""

    round_minutes: int = 10
    pause_minutes: int = 2
    reveals: str = "rank_and_best"
    step_minor: int = 1


@dataclass(frozen=True)
class RequestTerms:
    """Everything a buyer decides about a request besides its lines."""

    title: Mapping[str, str]
    requirements: str = ""
    payment_terms: str = ""
    nda_text: str = ""
    procedure: str = "sealed"
    visibility: str = "open"
    currency: str = "CNY"
    weights: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    max_suppliers: int = 1
    is_partial_award_allowed: bool = False
    question_deadline_at: dt.datetime | None = None
    bids_due_at: dt.datetime | None = None
    standstill_days: int = 10
    start_on: dt.date | None = None
    end_on: dt.date | None = None
    auction: AuctionTerms = AuctionTerms()


@dataclass(frozen=True)
class LineTerms:
    """One line as the buyer writes it; `unit` and credentials default to the service's own."""

    service_id: int
    quantity: Decimal
    description: str = ""
    unit: str = ""
    province: str = ""
    city: str = ""
    city_zh: str = ""
    site_id: int | None = None
    start_on: dt.date | None = None
    end_on: dt.date | None = None
    hours: Decimal | None = None
    ceiling_minor: int | None = None
    required_credentials: tuple[str, ...] | None = None


def terms_of(request: Request) -> RequestTerms:
    """Return the terms of a request as they stand, to revise some of them."""
    auction = Auction.objects.filter(request=request).first()
    values = {name: getattr(request, name) for name in RequestTerms.__dataclass_fields__ if name != "auction"}
    if auction is None:
        return RequestTerms(**values)
    rules = {name: getattr(auction, name) for name in AuctionTerms.__dataclass_fields__}
    return RequestTerms(**values, auction=AuctionTerms(**rules))


def lines_of(request: Request) -> list[LineTerms]:
    """Return the lines of a request as they stand."""
    return [
        LineTerms(
            **{
                name: getattr(line, name)
                for name in LineTerms.__dataclass_fields__
                if name != "required_credentials"
            },
            required_credentials=tuple(line.required_credentials),
        )
        for line in request.lines.all()
    ]


def check_terms(terms: RequestTerms) -> None:
    """Refuse unsound terms.

    Refuses: TitleMissing, TermsInvalid, WeightsNotWhole, SuppliersNeedParts.
    """
    if not any(str(text).strip() for text in terms.title.values()):
        raise no.TitleMissing(field="title")
    for name, known in (("procedure", PROCEDURES), ("visibility", VISIBILITIES), ("currency", MINOR_DIGITS)):
        if getattr(terms, name) not in known:
            raise no.TermsInvalid(field=name)
    total = sum(terms.weights.values())
    is_whole = all(isinstance(w, int) and w >= 0 for w in terms.weights.values())
    if total != 100 or not is_whole or set(terms.weights) - set(CRITERIA):
        raise no.WeightsNotWhole(field="weights", sum=total)
    if not 0 <= terms.standstill_days <= 60:
        raise no.TermsInvalid(field="standstill_days")
    if terms.max_suppliers < 1:
        raise no.TermsInvalid(field="max_suppliers")
    if terms.max_suppliers > 1 and not terms.is_partial_award_allowed:
        raise no.SuppliersNeedParts(field="max_suppliers")
    if terms.start_on and terms.end_on and terms.end_on < terms.start_on:
        raise no.TermsInvalid(field="end_on")
    auction = terms.auction
    if terms.procedure == "auction" and not (
        1 <= auction.round_minutes <= 240
        and 0 <= auction.pause_minutes <= 1440
        and auction.step_minor >= 1
        and auction.reveals in REVEALS
    ):
        raise no.TermsInvalid(field="round_minutes")


def check_publishable(request: Request, now: dt.datetime) -> None:
    """Refuse a draft that cannot be published yet.

    Refuses: LinesMissing, DeadlineMissing, DeadlinePast, DeadlinesOutOfOrder, InvitationsMissing.
    """
    if not request.lines.exists():
        raise no.LinesMissing(field="lines")
    if request.bids_due_at is None:
        raise no.DeadlineMissing(field="bids_due_at")
    if request.bids_due_at <= now:
        raise no.DeadlinePast(field="bids_due_at")
    if request.question_deadline_at is not None and request.question_deadline_at > request.bids_due_at:
        raise no.DeadlinesOutOfOrder(field="question_deadline_at")
    if request.visibility == "invited" and not request.invitations.exists():
        raise no.InvitationsMissing(field="invitations")


def apply_terms(request: Request, terms: RequestTerms) -> None:
    """Put terms into a request's columns; the caller saves."""
    request.title = {"en": terms.title.get("en", "").strip(), "zh": terms.title.get("zh", "").strip()}
    request.weights = {criterion: terms.weights.get(criterion, 0) for criterion in CRITERIA}
    for name in (
        "requirements",
        "payment_terms",
        "nda_text",
        "procedure",
        "currency",
        "max_suppliers",
        "is_partial_award_allowed",
        "question_deadline_at",
        "bids_due_at",
        "standstill_days",
        "start_on",
        "end_on",
    ):
        setattr(request, name, getattr(terms, name))
    # A direct purchase asks suppliers by name.
    request.visibility = "invited" if terms.procedure == "direct" else terms.visibility
    request.closes_at = terms.bids_due_at


def set_auction(request: Request, terms: RequestTerms) -> None:
    """Keep the auction's row equal to the terms; the request closes when the last round ends."""
    if terms.procedure != "auction" or terms.bids_due_at is None:
        Auction.objects.filter(request=request).delete()
        return
    auction, _ = Auction.objects.update_or_create(
        request=request,
        defaults={
            "starts_at": terms.bids_due_at,
            "round_minutes": terms.auction.round_minutes,
            "pause_minutes": terms.auction.pause_minutes,
            "reveals": terms.auction.reveals,
            "step_minor": terms.auction.step_minor,
        },
    )
    request.closes_at = auction.ends_at
    request.save(update_fields=["closes_at"])


def write_lines(request: Request, lines: Iterable[LineTerms]) -> int:
    """Store lines and return how many.

    Refuses: LineInvalid.
    """
    wanted = list(lines)
    services = ServiceType.objects.in_bulk({line.service_id for line in wanted})
    sites = set(
        StudySite.objects.filter(
            pk__in={line.site_id for line in wanted if line.site_id}, study__requests=request
        ).values_list("pk", flat=True)
    )
    rows = []
    for position, line in enumerate(wanted, start=1):
        service = services.get(line.service_id)
        in_order = line.start_on is None or line.end_on is None or line.start_on <= line.end_on
        has_site = line.site_id is None or line.site_id in sites
        ceiling_ok = line.ceiling_minor is None or line.ceiling_minor > 0
        if service is None or line.quantity <= 0 or not in_order or not has_site or not ceiling_ok:
            raise no.LineInvalid(field="lines", position=position)
        credentials = line.required_credentials
        rows.append(
            RequestLine(
                request=request,
                position=position,
                service=service,
                description=line.description,
                quantity=line.quantity,
                unit=line.unit or service.unit,
                province=line.province,
                city=line.city,
                city_zh=line.city_zh,
                site_id=line.site_id,
                start_on=line.start_on,
                end_on=line.end_on,
                hours=line.hours,
                ceiling_minor=line.ceiling_minor,
                required_credentials=list(
                    service.required_credentials if credentials is None else credentials
                ),
            )
        )
    RequestLine.objects.bulk_create(rows)
    return len(rows)
