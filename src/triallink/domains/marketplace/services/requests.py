"""What a buyer does with a request before its deadline: draft, revise, publish, extend, cancel."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction

from triallink.domains.marketplace.access.requests import own_request_for
from triallink.domains.marketplace.errors import requests as no
from triallink.domains.marketplace.events.requests import (
    DeadlineExtended,
    RequestCancelled,
    RequestDrafted,
    RequestEvent,
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
)
from triallink.domains.marketplace.models.requests import (
    REQUEST_STATES,
    TRANSITIONS,
)
from triallink.domains.marketplace.services.closing import close_locked, instant_for
from triallink.domains.marketplace.services.terms import (
    LineTerms,
    RequestTerms,
    apply_terms,
    check_publishable,
    check_terms,
    set_auction,
    write_lines,
)
from triallink.domains.studies.models import Study
from triallink.foundation.files import store_file
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event
from triallink.kernel.refusals import NotFound


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
    check_terms(terms)
    request = Request(
        buyer_id=by.own_organization_id,
        study_id=study_id,
        reference=next_reference("REQ", clock.now().year),
        is_demo=is_demo,
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    apply_terms(request, terms)
    request.save(force_insert=True)
    set_auction(request, terms)
    write_lines(request, lines)
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
    check_terms(terms)
    apply_terms(request, terms)
    request.save()
    set_auction(request, terms)
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
    count = write_lines(request, lines)
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
    check_publishable(request, now)
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
    request = _own_locked(request_id, by, clock)
    if request.state != "published" or request.procedure != "direct":
        raise no.StepNotPossible(state=REQUEST_STATES[request.state])
    close_locked(request=request, by=by, at=instant_for(request, clock), clock=clock)
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


def _end(
    request_id: int, target: str, event: type[RequestEvent], why: str, by: Actor, clock: Clock
) -> Request:
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
        change={"state": [before, target]},
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
