"""What a buyer does with a request before its deadline: draft, revise, publish, extend, cancel."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction

from triallink.domains.marketplace.access.requests import own_request_for
from triallink.domains.marketplace.errors import requests as no
from triallink.domains.marketplace.events.requests import (
    DeadlineExtended,
    RequestCancelled,
    RequestDrafted,
    RequestFailed,
    RequestFileAdded,
    RequestPublished,
    RequestRevised,
)
from triallink.domains.marketplace.models import (
    Auction,
    Evaluator,
    Request,
    RequestFile,
    RequestLine,
    ServiceType,
)
from triallink.domains.marketplace.models.auctions import REVEALS
from triallink.domains.marketplace.models.requests import (
    CRITERIA,
    PROCEDURES,
    REQUEST_STATES,
    TRANSITIONS,
    VISIBILITIES,
)
from triallink.domains.marketplace.services.closing import instant_for
from triallink.domains.studies.models import Study, StudySite
from triallink.foundation.files import store_file
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event
from triallink.kernel.money import MINOR_DIGITS
from triallink.kernel.refusals import NotFound

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


@transaction.atomic
def create_request(
    *,
    terms: RequestTerms,
    lines: Iterable[LineTerms] = (),
    study_id: int | None = None,
    is_demo: bool = False,
    by: Actor,
    clock: Clock = system_clock,
) -> Request:
    """Draft a request for the actor's organization.

    is_demo  replay a story: deadlines of this request follow the clock passed in, not the database's. Only in a
             demo installation, and only here: the column never changes afterwards.

    Refuses: NotAllowed, NotFound (the study is not the buyer's), TermsInvalid and the other checks of the terms,
    LineInvalid, DemoOnly.
    Emits: RequestDrafted.
    """
    by.require("project_lead")
    if is_demo and not settings.DEMO:
        raise no.DemoOnly
    if study_id is not None and not Study.objects.filter(pk=study_id, sponsor_id=by.organization_id).exists():
        raise NotFound
    _check_terms(terms)
    request = Request(
        buyer_id=by.organization_id,
        study_id=study_id,
        reference=next_reference("REQ", clock.now().year),
        is_demo=is_demo,
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    _apply(request, terms)
    request.save(force_insert=True)
    _set_auction(request, terms)
    _write_lines(request, lines)
    _record(RequestDrafted(request_id=request.pk), request, by, clock, change={"state": [None, "draft"]})
    return request


@transaction.atomic
def revise_request(
    *, request_id: int, terms: RequestTerms, by: Actor, clock: Clock = system_clock
) -> Request:
    """Change the terms of a draft.

    Refuses: NotFound, NotAllowed, RequestNotDraft, TermsInvalid and the other checks of the terms.
    Emits: RequestRevised.
    """
    request = _own_draft(request_id, by, clock)
    _check_terms(terms)
    _apply(request, terms)
    request.save()
    _set_auction(request, terms)
    _record(RequestRevised(request_id=request.pk), request, by, clock, change={"terms": "revised"})
    return request


@transaction.atomic
def set_lines(
    *, request_id: int, lines: Iterable[LineTerms], by: Actor, clock: Clock = system_clock
) -> Request:
    """Replace the lines of a draft.

    Refuses: NotFound, NotAllowed, RequestNotDraft, LineInvalid.
    Emits: RequestRevised.
    """
    request = _own_draft(request_id, by, clock)
    request.lines.all().delete()
    count = _write_lines(request, lines)
    _record(RequestRevised(request_id=request.pk), request, by, clock, change={"lines": count})
    return request


@transaction.atomic
def add_request_file(
    *, request_id: int, content: bytes, name: str, media_type: str, by: Actor, clock: Clock = system_clock
) -> RequestFile:
    """Give the bidders a document with a draft request.

    Refuses: NotFound, NotAllowed, RequestNotDraft.
    Emits: RequestFileAdded.
    """
    request = _own_draft(request_id, by, clock)
    stored = store_file(
        content, name=name, media_type=media_type, by=by, study_id=request.study_id, clock=clock
    )
    row = RequestFile.objects.create(request=request, file=stored, name=name[:255], added_at=clock.now())
    event = RequestFileAdded(request_id=request.pk, request_file_id=row.pk)
    _record(event, request, by, clock, change={"file": [None, name]})
    return row


@transaction.atomic
def publish_request(*, request_id: int, by: Actor, clock: Clock = system_clock) -> Request:
    """Freeze the terms and open the request for bids. Whoever drafted it becomes its first evaluator.

    Refuses: NotFound, NotAllowed, RequestNotDraft, LinesMissing, DeadlineMissing, DeadlinePast,
    DeadlinesOutOfOrder, InvitationsMissing.
    Emits: RequestPublished.
    """
    request = _own_draft(request_id, by, clock)
    now = instant_for(request, clock)
    _check_publishable(request, now)
    if request.question_deadline_at is None:
        request.question_deadline_at = request.bids_due_at
    request.state, request.published_at = "published", now
    request.save()
    if by.person_id is not None:
        Evaluator.objects.get_or_create(
            request=request, person_id=by.person_id, defaults={"appointed_at": now}
        )
    publish(f"request:{request.pk}", "changed")
    _record(
        RequestPublished(request_id=request.pk), request, by, clock, change={"state": ["draft", "published"]}
    )
    return request


@transaction.atomic
def extend_deadline(
    *, request_id: int, bids_due_at: dt.datetime, why: str, by: Actor, clock: Clock = system_clock
) -> Request:
    """Give the bidders more time; an auction moves along.

    Refuses: NotFound, NotAllowed, StepNotPossible, ReasonMissing, DeadlineNotExtended.
    Emits: DeadlineExtended.
    """
    request = _own_locked(request_id, by, clock)
    if request.state != "published" or request.bids_due_at is None or request.closes_at is None:
        raise no.StepNotPossible(state=REQUEST_STATES[request.state])
    if not why.strip():
        raise no.ReasonMissing(field="why")
    before = request.bids_due_at
    if bids_due_at <= before or before <= instant_for(request, clock):
        raise no.DeadlineNotExtended(field="bids_due_at")
    request.closes_at += bids_due_at - before
    request.bids_due_at = bids_due_at
    request.save(update_fields=["bids_due_at", "closes_at"])
    Auction.objects.filter(request=request).update(starts_at=bids_due_at)
    publish(f"request:{request.pk}", "changed")
    _record(
        DeadlineExtended(request_id=request.pk),
        request,
        by,
        clock,
        why=why,
        change={"bids_due_at": [before, bids_due_at]},
    )
    return request


@transaction.atomic
def close_early(*, request_id: int, by: Actor, clock: Clock = system_clock) -> Request:
    """Close a direct purchase before its deadline, once the asked suppliers have answered.

    Sealed bids and auctions close at their deadline only.

    Refuses: NotFound, NotAllowed, StepNotPossible.
    Emits: RequestClosed; RequestFailed as well if nobody bid.
    """
    from triallink.domains.marketplace.services.closing import _close

    request = _own_locked(request_id, by, clock)
    if request.state != "published" or request.procedure != "direct":
        raise no.StepNotPossible(state=REQUEST_STATES[request.state])
    _close(request, by=by, at=instant_for(request, clock), clock=clock)
    return request


@transaction.atomic
def cancel_request(*, request_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Request:
    """Give a request up. Bids that were still sealed stay sealed for ever.

    Refuses: NotFound, NotAllowed, StepNotPossible, ReasonMissing.
    Emits: RequestCancelled.
    """
    return _end(request_id, "cancelled", RequestCancelled, why, by, clock)


@transaction.atomic
def fail_request(*, request_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Request:
    """End a request without an award: no bid is usable.

    Refuses: NotFound, NotAllowed, StepNotPossible, ReasonMissing.
    Emits: RequestFailed.
    """
    return _end(request_id, "failed", RequestFailed, why, by, clock)


def next_reference(prefix: str, year: int) -> str:
    """Return the next reference such as REQ-2026-0001; call it inside the transaction that uses it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO marketplace_referencecounter (prefix, last) VALUES (%s, 1)"
            " ON CONFLICT (prefix) DO UPDATE SET last = marketplace_referencecounter.last + 1 RETURNING last",
            [f"{prefix}-{year}"],
        )
        return f"{prefix}-{year}-{cursor.fetchone()[0]:04d}"


def check_step(request: Request, target: str) -> None:
    """Refuse StepNotPossible unless the table of transitions leads from the request's state to `target`."""
    if not any(step.source == request.state and step.target == target for step in TRANSITIONS):
        raise no.StepNotPossible(state=REQUEST_STATES[request.state])


def _end(request_id: int, target: str, event: type[Event], why: str, by: Actor, clock: Clock) -> Request:
    request = _own_locked(request_id, by, clock)
    check_step(request, target)
    if not why.strip():
        raise no.ReasonMissing(field="why")
    before, request.state, request.ended_reason = request.state, target, why.strip()
    request.save(update_fields=["state", "ended_reason"])
    publish(f"request:{request.pk}", "changed")
    _record(
        event(request_id=request.pk),
        request,
        by,
        clock,
        why=why,
        change={"state": [before, target]},  # type: ignore[call-arg]
    )
    return request


def _own_locked(request_id: int, by: Actor, clock: Clock) -> Request:
    own_request_for(by, request_id, clock=clock)
    by.require("project_lead")
    return Request.objects.select_for_update().get(pk=request_id)


def _own_draft(request_id: int, by: Actor, clock: Clock) -> Request:
    request = _own_locked(request_id, by, clock)
    if request.state != "draft":
        raise no.RequestNotDraft
    return request


def _check_terms(terms: RequestTerms) -> None:
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


def _check_publishable(request: Request, now: dt.datetime) -> None:
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


def _apply(request: Request, terms: RequestTerms) -> None:
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


def _set_auction(request: Request, terms: RequestTerms) -> None:
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


def _write_lines(request: Request, lines: Iterable[LineTerms]) -> int:
    wanted = list(lines)
    services = ServiceType.objects.in_bulk({line.service_id for line in wanted})
    sites = set(
        StudySite.objects.filter(
            pk__in={line.site_id for line in wanted if line.site_id}, study_id=request.study_id
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


def _record(
    event: Event, request: Request, by: Actor, clock: Clock, *, why: str = "", change: dict[str, object]
) -> None:
    record(
        event,
        by=by,
        about=("request", request.pk),
        organization_id=request.buyer_id,
        study_id=request.study_id,
        why=why,
        change=change,
        clock=clock,
    )
