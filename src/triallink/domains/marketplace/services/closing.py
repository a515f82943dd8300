"""What the clock does: close requests at their deadline and end standstills, once, whoever looks first."""

import datetime as dt

from django.db import connection, transaction

from triallink.domains.marketplace.events.awards import StandstillEnded
from triallink.domains.marketplace.events.requests import RequestClosed, RequestFailed
from triallink.domains.marketplace.models import Award, Bid, Request
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_

NOBODY_BID = N_("Nobody bid.")


def instant_for(request: Request, clock: Clock) -> dt.datetime:
    """Return the instant that decides deadlines: the database's own, or the story's clock of a demo request."""
    if request.is_demo:
        return clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: dt.datetime = cursor.fetchone()[0]
    return now


def close_request_if_due(
    *,
    request_id: int,
    state: str,
    closes_at: dt.datetime | None,
    by: Actor = SYSTEM,
    clock: Clock = system_clock,
) -> bool:
    """Close a published request whose deadline has come; return whether this call did it.

    state, closes_at  as the caller last read them: saves the lock when it is plainly too early.

    Refuses: nothing.
    Emits: RequestClosed; RequestFailed as well if nobody bid.
    """
    if state != "published" or closes_at is None or closes_at > clock.now():
        return False
    return close_request(request_id=request_id, by=by, clock=clock)


@transaction.atomic
def close_request(*, request_id: int, by: Actor = SYSTEM, clock: Clock = system_clock) -> bool:
    """Close one published request if its deadline has come by the deciding clock; return whether this call did it.

    Refuses: nothing.
    Emits: RequestClosed; RequestFailed as well if nobody bid.
    """
    request = Request.objects.select_for_update().get(pk=request_id)
    now = instant_for(request, clock)
    if request.state != "published" or request.closes_at is None or request.closes_at > now:
        return False
    return close_locked(request=request, by=by, at=now, clock=clock)


@transaction.atomic
def close_locked(*, request: Request, by: Actor, at: dt.datetime, clock: Clock) -> bool:
    """Close a request whose row the caller holds locked and has found due.

    Refuses: nothing.
    Emits: RequestClosed; RequestFailed as well if nobody bid.
    """
    count = Bid.objects.filter(request=request, state="submitted").count()
    request.state, request.closed_at = "closed", at
    request.save(update_fields=["state", "closed_at"])
    publish(f"request:{request.pk}", "changed")
    record(
        RequestClosed(request_id=request.pk, bid_count=count),
        by=by,
        about=("request", request.pk),
        organization_id=request.buyer_id,
        study_id=request.study_id,
        change={"state": ["published", "closed"], "bids": count},
        clock=clock,
    )
    if count == 0:
        request.state, request.ended_reason = "failed", NOBODY_BID
        request.save(update_fields=["state", "ended_reason"])
        record(
            RequestFailed(request_id=request.pk),
            by=by,
            about=("request", request.pk),
            organization_id=request.buyer_id,
            study_id=request.study_id,
            why=NOBODY_BID,
            change={"state": ["closed", "failed"]},
            clock=clock,
        )
    return True


def close_due_requests(*, by: Actor = SYSTEM, clock: Clock = system_clock) -> int:
    """Close every published request whose deadline has come, each in its own transaction; return how many.

    Refuses: nothing.
    Emits: RequestClosed per request; RequestFailed as well if nobody bid.
    """
    due = Request.objects.filter(state="published", closes_at__lte=clock.now()).values_list("pk", flat=True)
    return sum(close_request(request_id=pk, by=by, clock=clock) for pk in due)


def end_due_standstills(*, by: Actor = SYSTEM, clock: Clock = system_clock) -> int:
    """End every standstill that is over and without an open objection; return how many.

    Refuses: nothing.
    Emits: StandstillEnded per award.
    """
    due = Award.objects.filter(
        standstill_ended_at=None, annulled_at=None, standstill_ends_at__lte=clock.now()
    ).values_list("pk", flat=True)
    return sum(end_standstill(award_id=pk, by=by, clock=clock) for pk in due)


@transaction.atomic
def end_standstill(*, award_id: int, by: Actor = SYSTEM, clock: Clock = system_clock) -> bool:
    """End an award's standstill if it is over and no objection is open; return whether this call did it.

    Refuses: nothing.
    Emits: StandstillEnded.
    """
    award = Award.objects.select_for_update(of=("self",)).select_related("request").get(pk=award_id)
    now = instant_for(award.request, clock)
    if (
        award.standstill_ended_at is not None
        or award.annulled_at is not None
        or award.standstill_ends_at > now
        or award.objections.filter(decision="").exists()
    ):
        return False
    award.standstill_ended_at = now
    award.save(update_fields=["standstill_ended_at"])
    publish(f"request:{award.request_id}", "changed")
    record(
        StandstillEnded(award_id=award.pk, request_id=award.request_id),
        by=by,
        about=("request", award.request_id),
        organization_id=award.request.buyer_id,
        study_id=award.request.study_id,
        change={"standstill": ["running", "ended"]},
        clock=clock,
    )
    return True
