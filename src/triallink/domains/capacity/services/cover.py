"""When somebody cannot come: leave at once, days uncovered, a substitute with one click."""

import datetime as dt

from django.db import IntegrityError, transaction

from triallink.domains.capacity.access import locked_booking, plannable_professional
from triallink.domains.capacity.errors import DatesTurned, HoursTaken, NotQualified, WrongState
from triallink.domains.capacity.events import BookingAsked, BookingLapsed, CoverNeeded, LeaveRecorded
from triallink.domains.capacity.models import HOLDING_STATES, BookedDay, Booking, CommitmentDay, Leave
from triallink.domains.capacity.selectors.cover import Substitute, substitutes, uncovered
from triallink.domains.capacity.services.bookings import (
    ANSWER,
    BUYER_ROLES,
    SELLER_ROLES,
    next_reference,
    say_confirmed,
)
from triallink.domains.capacity.services.days import free_days
from triallink.domains.capacity.services.lapsing import give_back
from triallink.domains.capacity.services.topics import tell_book, tell_parties
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock


@transaction.atomic
def report_illness(
    *,
    professional_id: int,
    start_on: dt.date,
    end_on: dt.date,
    note: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> list[Booking]:
    """Record that somebody fell ill: booked days are uncovered, what was only held lapses; return what needs cover.

    Commitments elsewhere give their minutes of these days back.

    Refuses: NotAllowed, NotFound, DatesTurned.
    Emits: LeaveRecorded, CoverNeeded, BookingLapsed.
    """
    professional = plannable_professional(professional_id, by=by)
    if end_on < start_on:
        raise DatesTurned(field="end_on")
    rows = list(
        Booking.objects.select_for_update(of=("self",))
        .filter(days__professional=professional, days__day__range=(start_on, end_on))
        .order_by("pk")
    )
    touched = list({row.pk: row for row in rows}.values())
    open_bookings = []
    for booking in touched:
        if booking.state in HOLDING_STATES:
            _lapse(booking, by, clock)
            continue
        days = booking.days.filter(professional=professional, day__range=(start_on, end_on))
        missing = tuple(day.isoformat() for day in days.order_by("day").values_list("day", flat=True))
        days.update(professional=None)
        open_bookings.append(booking)
        record(
            CoverNeeded(
                booking_id=booking.pk,
                buyer_id=booking.buyer_id,
                seller_id=booking.seller_id,
                professional_id=professional.pk,
                days=missing,
            ),
            by=by,
            about=("hour_booking", booking.pk),
            study_id=booking.study_id,
            change={"uncovered_days": [0, len(missing)]},
            clock=clock,
        )
        tell_parties(booking.buyer_id, booking.seller_id)
    # Work elsewhere is not done on these days either; its source hears of the leave.
    CommitmentDay.objects.filter(professional=professional, day__range=(start_on, end_on)).delete()
    leave = Leave.objects.create(
        professional=professional,
        start_on=start_on,
        end_on=end_on,
        kind="ill",
        note=note.strip(),
        recorded_at=clock.now(),
    )
    tell_book()
    publish(f"calendar:{professional.organization_id}", "changed")
    record(
        LeaveRecorded(
            leave_id=leave.pk, professional_id=professional.pk, organization_id=professional.organization_id
        ),
        by=by,
        about=("leave", leave.pk),
        organization_id=professional.organization_id,
        change={"from": [None, start_on], "to": [None, end_on], "kind": [None, "ill"]},
        clock=clock,
    )
    return open_bookings


@transaction.atomic
def cover_booking(
    *, booking_id: int, professional_id: int, by: Actor, clock: Clock = system_clock
) -> Booking:
    """Let a substitute take over the uncovered days of a booking.

    A supplier covers with its own people at the same price, at once. A buyer may take anybody who is for sale at
    the public price; the offer's own rule says whether its supplier confirms first.

    Refuses: NotAllowed, NotFound, WrongState, NotQualified, HoursTaken.
    Emits: BookingConfirmed, BookingAsked.
    """
    old = locked_booking(booking_id, by=by)
    is_buyer = old.buyer_id == by.organization_id
    by.require(*(BUYER_ROLES if is_buyer else SELLER_ROLES))
    days = uncovered(old, clock=clock)
    if not days:
        raise WrongState
    chosen = next(
        (one for one in substitutes(old, to=by, clock=clock) if one.professional.pk == professional_id), None
    )
    if chosen is None:
        raise NotQualified
    is_asked = _is_asked(old, chosen, is_buyer)
    now = clock.now()
    new = Booking(
        reference=next_reference(now.year),
        buyer_id=old.buyer_id,
        seller_id=chosen.professional.organization_id,
        professional=chosen.professional,
        offer=chosen.offer,
        need_id=old.need_id,
        replaces=old,
        study_id=old.study_id,
        site_id=old.site_id,
        origin="substitute",
        state="asked" if is_asked else "confirmed",
        role=old.role,
        city=old.city,
        city_zh=old.city_zh,
        latitude=old.latitude,
        longitude=old.longitude,
        hours_per_week=old.hours_per_week,
        start_on=min(days),
        end_on=max(days),
        price_minor=chosen.price_minor,
        currency=old.currency,
        notice_days=chosen.offer.notice_days if chosen.offer else old.notice_days,
        fee_percent=chosen.offer.fee_percent if chosen.offer else old.fee_percent,
        respond_by=now + ANSWER if is_asked else None,
        buyer_agreed_at=now,
        seller_agreed_at=None if is_asked else now,
        confirmed_at=None if is_asked else now,
        created_at=now,
        created_by_id=by.person_id,
    )
    # Taken before the old days go, so that nobody sees the days free in between.
    free_days(chosen.professional.pk, (min(days), max(days)), is_locked=True)
    try:
        with transaction.atomic():
            old.days.filter(professional=None, day__in=days).delete()
            new.save(force_insert=True)
            BookedDay.objects.bulk_create(
                BookedDay(
                    booking=new, professional=chosen.professional, day=day, minutes=minutes, is_held=is_asked
                )
                for day, minutes in sorted(days.items())
            )
    except IntegrityError:
        raise HoursTaken from None
    if old.state == "confirmed" and not old.days.exists():
        old.state, old.ended_at, old.ended_by = "fallen", now, "seller"
        old.save(update_fields=["state", "ended_at", "ended_by"])
    tell_book()
    tell_parties(old.buyer_id, old.seller_id)
    tell_parties(new.buyer_id, new.seller_id)
    if not is_asked:
        say_confirmed(booking=new, before=None, by=by, clock=clock)
    else:
        record(
            BookingAsked(booking_id=new.pk, buyer_id=new.buyer_id, seller_id=new.seller_id),
            by=by,
            about=("hour_booking", new.pk),
            study_id=new.study_id,
            change={"state": [None, "asked"]},
            clock=clock,
        )
    return new


def _is_asked(old: Booking, chosen: Substitute, is_buyer: bool) -> bool:
    """Return whether the substitute's supplier confirms first: as its offer rules, or the old booking's."""
    offer = chosen.offer or old.offer
    return is_buyer and (offer is None or offer.confirm_rule == "ask")


def _lapse(booking: Booking, by: Actor, clock: Clock) -> None:
    before = booking.state
    give_back(booking)
    booking.state, booking.ended_at, booking.ended_by = "lapsed", clock.now(), "system"
    booking.save(update_fields=["state", "ended_at", "ended_by"])
    tell_parties(booking.buyer_id, booking.seller_id)
    record(
        BookingLapsed(booking_id=booking.pk, buyer_id=booking.buyer_id, seller_id=booking.seller_id),
        by=by,
        about=("hour_booking", booking.pk),
        study_id=booking.study_id,
        change={"state": [before, "lapsed"]},
        clock=clock,
    )
