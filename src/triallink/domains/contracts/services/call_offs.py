"""Call-offs: what a confirmed booking of hours obliges to, under the framework of its two organizations."""

from django.db import transaction

from triallink.domains.capacity.models import Booking
from triallink.domains.contracts.events import CallOffEnded, HoursCalledOff
from triallink.domains.contracts.models import CallOff, Framework
from triallink.domains.marketplace.services.requests import next_reference
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock


@transaction.atomic
def call_off_hours(
    *, booking_id: int, minutes: int, by: Actor = SYSTEM, clock: Clock = system_clock
) -> CallOff:
    """Call the hours of a confirmed booking off under the framework of its two organizations; the first opens it.

    minutes  what was booked when both sides had confirmed.

    Asked again for the same booking it returns the call-off there is.
    Refuses: nothing.
    Emits: HoursCalledOff.
    """
    # Everybody who tells of the same booking waits here, so that it is called off once.
    booking = Booking.objects.select_for_update(of=("self",)).get(pk=booking_id)
    found = CallOff.objects.filter(booking=booking).select_related("framework").first()
    if found is not None:
        return found
    framework = _framework(booking, clock)
    amount_minor = minutes * booking.price_minor // 60
    made = CallOff.objects.create(
        framework=framework,
        booking=booking,
        number=framework.call_offs.count() + 1,
        hours_per_week=booking.hours_per_week,
        start_on=booking.start_on,
        end_on=booking.end_on,
        minutes=minutes,
        price_minor=booking.price_minor,
        amount_minor=amount_minor,
        currency=booking.currency,
        notice_days=booking.notice_days,
        fee_percent=booking.fee_percent,
        called_at=booking.confirmed_at or clock.now(),
    )
    record(
        HoursCalledOff(
            call_off_id=made.pk, booking_id=booking.pk, buyer_id=booking.buyer_id, seller_id=booking.seller_id
        ),
        by=by,
        about=("call_off", made.pk),
        study_id=booking.study_id,
        organization_id=booking.buyer_id,
        change={"state": [None, "in_force"], "amount_minor": [None, amount_minor]},
        clock=clock,
    )
    return made


@transaction.atomic
def end_call_off(*, booking_id: int, by: Actor = SYSTEM, clock: Clock = system_clock) -> CallOff | None:
    """End the call-off of a booking that was cancelled, with the fee it cost, or that others have taken over.

    None if nothing was called off; nothing happens while the booking stands or a second time.
    Refuses: nothing.
    Emits: CallOffEnded.
    """
    booking = Booking.objects.select_for_update(of=("self",)).get(pk=booking_id)
    row = CallOff.objects.select_related("framework").filter(booking=booking).first()
    state = {"cancelled": "cancelled", "fallen": "replaced"}.get(booking.state)
    if row is None or row.state != "in_force" or state is None:
        return row
    row.state, row.ended_at = state, booking.ended_at or clock.now()
    row.ended_by, row.ended_reason = booking.ended_by, booking.ended_reason
    row.fee_minor = booking.fee_minor if state == "cancelled" else 0
    row.save(update_fields=["state", "ended_at", "ended_by", "ended_reason", "fee_minor"])
    record(
        CallOffEnded(
            call_off_id=row.pk,
            booking_id=booking.pk,
            buyer_id=booking.buyer_id,
            seller_id=booking.seller_id,
            fee_minor=row.fee_minor,
            currency=row.currency,
        ),
        by=by,
        about=("call_off", row.pk),
        study_id=booking.study_id,
        organization_id=booking.buyer_id,
        why=row.ended_reason,
        change={"state": ["in_force", state], "fee_minor": [0, row.fee_minor]},
        clock=clock,
    )
    return row


def _framework(booking: Booking, clock: Clock) -> Framework:
    pair = {"buyer_id": booking.buyer_id, "seller_id": booking.seller_id}
    # A number is drawn only if the pair has none yet; the counter's row lets one opener at a time draw.
    if not Framework.objects.filter(**pair).exists():
        reference = next_reference("FRM", clock.now().year)
        Framework.objects.get_or_create(**pair, defaults={"reference": reference, "opened_at": clock.now()})
    return Framework.objects.select_for_update(of=("self",)).get(**pair)
