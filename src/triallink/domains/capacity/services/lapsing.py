"""Holds and questions that ran out of time: their hours are free again."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from triallink.domains.capacity.events import BookingLapsed
from triallink.domains.capacity.models import BookedDay, Booking
from triallink.domains.capacity.services.topics import tell_book, tell_parties
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock

BATCH = 200


def lapse_due(*, clock: Clock = system_clock) -> int:
    """Let every hold and question whose time is over lapse, a batch at a time; return how many."""
    lapsed = 0
    while ids := list(_due(clock).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done = sum(lapse_booking(booking_id=pk, by=SYSTEM, clock=clock) for pk in ids)
        lapsed += done
        if not done:
            break
    return lapsed


def lapse_due_of(professional_ids: Iterable[int], *, clock: Clock) -> None:
    """Let overdue holds of some people lapse, so that a worker that is late blocks nobody."""
    held = BookedDay.objects.filter(professional_id__in=list(professional_ids), is_held=True)
    for pk in (
        _due(clock).filter(pk__in=held.values("booking_id")).order_by("pk").values_list("pk", flat=True)
    ):
        lapse_booking(booking_id=pk, by=SYSTEM, clock=clock)


@transaction.atomic
def lapse_booking(*, booking_id: int, by: Actor, clock: Clock = system_clock) -> bool:
    """Let one hold or question lapse if its time is over; return whether it did.

    Refuses: nothing.
    Emits: BookingLapsed.
    """
    booking = _due(clock).select_for_update(skip_locked=True, of=("self",)).filter(pk=booking_id).first()
    if booking is None:
        return False
    before = booking.state
    give_back(booking)
    booking.state, booking.ended_at, booking.ended_by = "lapsed", clock.now(), "system"
    booking.save(update_fields=["state", "ended_at", "ended_by"])
    tell_book()
    tell_parties(booking.buyer_id, booking.seller_id)
    record(
        BookingLapsed(booking_id=booking.pk, buyer_id=booking.buyer_id, seller_id=booking.seller_id),
        by=by,
        about=("hour_booking", booking.pk),
        study_id=booking.study_id,
        organization_id=booking.buyer_id,
        change={"state": [before, "lapsed"]},
        clock=clock,
    )
    return True


def give_back(booking: Booking) -> None:
    """Free the days of a booking that will not be; those of a substitute are uncovered in the old booking again."""
    if booking.replaces_id:
        booking.days.update(booking_id=booking.replaces_id, professional=None, is_held=False)
    else:
        booking.days.all().delete()


def _due(clock: Clock) -> QuerySet[Booking]:
    return Booking.objects.filter(
        Q(state="held", held_until__lte=clock.now())
        | Q(state__in=["asked", "proposed"], respond_by__lte=clock.now())
    )
