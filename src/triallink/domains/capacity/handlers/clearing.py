"""A refused proposal frees both sides: close the clearing when all have answered, and clear again for the rest."""

from django.db.models import Q

from triallink.domains.capacity.events import BookingConfirmed, BookingDeclined, BookingLapsed, ClearingClosed
from triallink.domains.capacity.models import Booking, ClearingRun, Need
from triallink.domains.capacity.services.clearing import close_run, start_clearing
from triallink.foundation.outbox import delivery_clock, hears
from triallink.kernel.actor import SYSTEM

# A refusal leads to another proposal, which may be refused again; three rounds are enough.
MOST_ROUNDS = 3


@hears(BookingConfirmed, BookingDeclined, BookingLapsed)
def close_when_answered(event: BookingConfirmed | BookingDeclined | BookingLapsed) -> None:
    """Close the clearing of a booking once nobody has to answer any more."""
    run_id = Booking.objects.filter(pk=event.booking_id).values_list("run_id", flat=True).first()
    if run_id is not None:
        close_run(run_id=run_id, by=SYSTEM, clock=delivery_clock())


@hears(BookingConfirmed)
def put_filled_need_away(event: BookingConfirmed) -> None:
    """A need that is covered in every week is no longer on the book."""
    for need in Need.objects.filter(pk=event.need_id or 0, state="open").prefetch_related("weeks"):
        if all(row.covered_minutes == row.needed_minutes for row in need.weeks.all()):
            Need.objects.filter(pk=need.pk, state="open").update(state="filled")


@hears(ClearingClosed)
def clear_again(event: ClearingClosed) -> None:
    """After declines, clear what is open again; accepted and open proposals stay as they are."""
    run = ClearingRun.objects.get(pk=event.run_id)
    if event.declined and _rounds(run) < MOST_ROUNDS:
        busy = ClearingRun.objects.filter(Q(state__in=["queued", "running"]) | Q(after=run)).exists()
        if not busy:
            start_clearing(
                role=run.role, respond_hours=run.respond_hours, after=run, by=SYSTEM, clock=delivery_clock()
            )


def _rounds(run: ClearingRun) -> int:
    count, one = 1, run
    while one.after is not None:
        count, one = count + 1, one.after
    return count
