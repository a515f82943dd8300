"""Instant booking: hold ten minutes, book, confirm by rule, cancel at the agreed terms."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from triallink.domains.capacity.access import locked_booking, own_need, require_buyer, visible_offers
from triallink.domains.capacity.errors import (
    DatesTurned,
    HoldOver,
    HoursOutOfRange,
    HoursTaken,
    NotForSale,
    NotQualified,
    OwnHours,
    WindowPast,
    WrongState,
)
from triallink.domains.capacity.events import (
    BookingAsked,
    BookingCancelled,
    BookingConfirmed,
    BookingDeclined,
    CoverNeeded,
    HoursHeld,
)
from triallink.domains.capacity.models import LIVE_STATES, BookedDay, Booking, Need, Offer, RefusedPair
from triallink.domains.capacity.qualifying import lacks_of
from triallink.domains.capacity.services.days import free_days, plan
from triallink.domains.capacity.services.lapsing import give_back, lapse_due_of
from triallink.domains.capacity.services.orders import people_behind, place_of
from triallink.domains.capacity.services.topics import tell_book, tell_parties
from triallink.domains.capacity.work_calendar import calendar_of
from triallink.domains.quality.models import Professional
from triallink.engines.hours import Fee, cancellation_fee, distance_km
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotAllowed, NotFound

HOLD = dt.timedelta(minutes=10)
ANSWER = dt.timedelta(hours=24)
SELLER_ROLES = ("resource_manager", "business_lead")
BUYER_ROLES = ("project_lead", "resource_manager")


@dataclass(frozen=True)
class BookingTerms:
    """What a buyer wants to hold: hours a week from first to last day, for a need or at a place.

    professional_id  one person of a pooled offer; None: whoever is free and nearest.
    """

    offer_id: int
    hours_per_week: int
    start_on: dt.date
    end_on: dt.date
    need_id: int | None = None
    site_id: int | None = None
    city: str = ""
    professional_id: int | None = None


@transaction.atomic
def hold_hours(*, terms: BookingTerms, by: Actor, clock: Clock = system_clock) -> Booking:
    """Hold hours of an offer for ten minutes at its public price.

    Refuses: NotAllowed, NotFound, WrongState, NotForSale, OwnHours, DatesTurned, WindowPast, HoursOutOfRange,
        NotQualified, HoursTaken, PlaceMissing.
    Emits: HoursHeld.
    """
    buyer_id = require_buyer(by)
    if terms.end_on < terms.start_on:
        raise DatesTurned(field="end_on")
    if terms.start_on < clock.now().date():
        raise WindowPast(field="start_on")
    # Always need, then offer, then days: whoever wants the same hours waits here and nobody waits in a circle.
    need = own_need(terms.need_id, to=by) if terms.need_id else None
    if need is not None:
        need = Need.objects.select_for_update(of=("self",)).select_related("site").get(pk=need.pk)
    offer = visible_offers(to=by).filter(pk=terms.offer_id).first()
    if offer is None:
        raise NotFound
    offer = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    if offer.state != "open" or (need is not None and need.state != "open"):
        raise WrongState
    if offer.instant_price_minor is None:
        raise NotForSale
    if offer.organization_id == buyer_id:
        raise OwnHours
    if not offer.least_hours_per_week <= terms.hours_per_week <= min(60, offer.hours_per_week):
        raise HoursOutOfRange(
            field="hours_per_week",
            minimum=offer.least_hours_per_week,
            maximum=min(60, offer.hours_per_week),
        )
    place = place_of(site_id=need.site_id if need else terms.site_id, city=need.city if need else terms.city)
    people = [one for one in people_behind(offer, terms.start_on) if terms.professional_id in (None, one.pk)]
    if need is not None:
        people = [one for one in people if not lacks_of(one, need)]
    if not people:
        raise NotQualified
    people.sort(key=lambda one: (_km(one, place.latitude, place.longitude), one.pk))
    lapse_due_of([one.pk for one in people], clock=clock)
    booking = Booking(
        reference=next_reference(clock.now().year),
        buyer_id=buyer_id,
        seller_id=offer.organization_id,
        offer=offer,
        need=need,
        study_id=need.study_id if need else None,
        site=place.site,
        origin="instant",
        state="held",
        role=offer.role,
        city=place.city,
        city_zh=place.city_zh,
        latitude=place.latitude,
        longitude=place.longitude,
        hours_per_week=terms.hours_per_week,
        start_on=terms.start_on,
        end_on=terms.end_on,
        price_minor=offer.instant_price_minor,
        currency=offer.currency,
        notice_days=offer.notice_days,
        fee_percent=offer.fee_percent,
        held_until=clock.now() + HOLD,
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    take_first(booking, people)
    tell_book()
    record(
        HoursHeld(booking_id=booking.pk, buyer_id=buyer_id, seller_id=booking.seller_id),
        by=by,
        about=("hour_booking", booking.pk),
        study_id=booking.study_id,
        change={"state": [None, "held"], "price_minor": [None, booking.price_minor]},
        clock=clock,
    )
    return booking


@transaction.atomic
def book_held(*, booking_id: int, by: Actor, clock: Clock = system_clock) -> Booking:
    """Book what is held: confirmed at once, or asked of the supplier, as its offer rules.

    Refuses: NotAllowed, NotFound, WrongState, HoldOver.
    Emits: BookingAsked or BookingConfirmed.
    """
    booking = locked_booking(booking_id, by=by)
    if booking.buyer_id != by.organization_id:
        raise NotAllowed
    by.require(*BUYER_ROLES)
    if booking.state != "held":
        raise WrongState
    if booking.held_until is None or booking.held_until <= clock.now():
        raise HoldOver
    booking.buyer_agreed_at = clock.now()
    rule = Offer.objects.filter(bookings=booking).values_list("confirm_rule", flat=True).get()
    if rule == "instant":
        confirm(booking, by, clock)
        return booking
    booking.state, booking.respond_by = "asked", clock.now() + ANSWER
    booking.save(update_fields=["state", "respond_by", "buyer_agreed_at"])
    tell_parties(booking.buyer_id, booking.seller_id)
    record(
        BookingAsked(booking_id=booking.pk, buyer_id=booking.buyer_id, seller_id=booking.seller_id),
        by=by,
        about=("hour_booking", booking.pk),
        study_id=booking.study_id,
        change={"state": ["held", "asked"]},
        clock=clock,
    )
    return booking


@transaction.atomic
def answer_booking(*, booking_id: int, is_accepted: bool, by: Actor, clock: Clock = system_clock) -> Booking:
    """Say yes or no to a booking or to a proposal of the clearing; confirmed once both sides have said yes.

    Refuses: NotAllowed, NotFound, WrongState.
    Emits: BookingConfirmed, BookingDeclined.
    """
    booking = locked_booking(booking_id, by=by)
    is_buyer = booking.buyer_id == by.organization_id
    by.require(*(BUYER_ROLES if is_buyer else SELLER_ROLES))
    side = "buyer_agreed_at" if is_buyer else "seller_agreed_at"
    if booking.state not in ("asked", "proposed") or getattr(booking, side) is not None:
        raise WrongState
    if booking.respond_by is not None and booking.respond_by <= clock.now():
        raise WrongState
    if not is_accepted:
        _decline(booking, by, clock)
        return booking
    setattr(booking, side, clock.now())
    if booking.buyer_agreed_at and booking.seller_agreed_at:
        confirm(booking, by, clock)
        return booking
    booking.save(update_fields=[side])
    tell_parties(booking.buyer_id, booking.seller_id)
    return booking


@transaction.atomic
def cancel_booking(*, booking_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Booking:
    """Give a hold back, take a question back, or cancel a confirmed booking at its terms.

    A buyer who cancels late owes the fee. A seller who cancels owes nothing here, and the days are open
    for a substitute.

    Refuses: NotAllowed, NotFound, WrongState.
    Emits: BookingCancelled, CoverNeeded.
    """
    booking = locked_booking(booking_id, by=by)
    is_buyer = booking.buyer_id == by.organization_id
    by.require(*(BUYER_ROLES if is_buyer else SELLER_ROLES))
    if booking.state not in LIVE_STATES or booking.state == "proposed":
        raise WrongState
    if not is_buyer and booking.state != "confirmed":
        raise WrongState
    today = clock.now().date()
    fee = fee_of(booking, today) if is_buyer and booking.state == "confirmed" else Fee(0, 0, 0)
    before = booking.state
    ahead = booking.days.filter(day__gte=today)
    days = tuple(day.isoformat() for day in ahead.order_by("day").values_list("day", flat=True))
    if is_buyer:
        ahead.delete()
    else:
        ahead.update(professional=None)
    booking.state, booking.ended_at, booking.ended_reason = "cancelled", clock.now(), why.strip()
    booking.ended_by, booking.fee_minor = "buyer" if is_buyer else "seller", fee.amount_minor
    booking.save(update_fields=["state", "ended_at", "ended_reason", "ended_by", "fee_minor"])
    tell_book()
    tell_parties(booking.buyer_id, booking.seller_id)
    if not is_buyer and days:
        record(
            CoverNeeded(
                booking_id=booking.pk,
                buyer_id=booking.buyer_id,
                seller_id=booking.seller_id,
                professional_id=booking.professional_id,
                days=days,
            ),
            by=by,
            about=("hour_booking", booking.pk),
            study_id=booking.study_id,
            clock=clock,
        )
    record(
        BookingCancelled(
            booking_id=booking.pk,
            by_organization_id=by.own_organization_id,
            buyer_id=booking.buyer_id,
            seller_id=booking.seller_id,
            fee_minor=fee.amount_minor,
            currency=booking.currency,
        ),
        by=by,
        about=("hour_booking", booking.pk),
        study_id=booking.study_id,
        why=why.strip(),
        change={"state": [before, "cancelled"], "fee_minor": [0, fee.amount_minor]},
        clock=clock,
    )
    return booking


def fee_of(booking: Booking, today: dt.date) -> Fee:
    """Return what the buyer would owe for cancelling a booking today."""
    days = booking.days.filter(professional__isnull=False, day__gte=today)
    return cancellation_fee(
        dict(days.values_list("day", "minutes")),
        cancelled_on=today,
        notice_days=booking.notice_days,
        fee_percent=booking.fee_percent,
        price_minor=booking.price_minor,
    )


def take_first(booking: Booking, people: Sequence[Professional]) -> None:
    """Save a new booking with the first of these people who has the hours free.

    Refuses: HoursTaken.
    """
    calendar = calendar_of(booking.start_on, booking.end_on)
    for professional in people:
        free = free_days(professional.pk, (booking.start_on, booking.end_on), is_locked=True)
        planned = plan(free, booking.start_on, booking.end_on, booking.hours_per_week, calendar)
        if planned:
            booking.professional = professional
            if take(booking, planned):
                return
    raise HoursTaken


def take(booking: Booking, planned: dict[dt.date, int]) -> bool:
    """Save a new booking and its days; False if the database says that they are not free."""
    try:
        with transaction.atomic():
            booking.save(force_insert=True)
            BookedDay.objects.bulk_create(
                BookedDay(
                    booking=booking,
                    professional=booking.professional,
                    day=day,
                    minutes=minutes,
                    is_held=booking.state != "confirmed",
                )
                for day, minutes in sorted(planned.items())
            )
    except IntegrityError:
        booking.pk = None
        return False
    return True


def confirm(booking: Booking, by: Actor, clock: Clock) -> None:
    """Confirm a booking both sides agreed to; its rule may agree for the seller."""
    before = booking.state
    booking.state, booking.confirmed_at = "confirmed", clock.now()
    booking.seller_agreed_at = booking.seller_agreed_at or clock.now()
    booking.save(update_fields=["state", "confirmed_at", "buyer_agreed_at", "seller_agreed_at"])
    booking.days.filter(is_held=True).update(is_held=False)
    tell_book()
    tell_parties(booking.buyer_id, booking.seller_id)
    say_confirmed(booking=booking, before=before, by=by, clock=clock)


@transaction.atomic
def say_confirmed(*, booking: Booking, before: str | None, by: Actor, clock: Clock) -> None:
    """Record that a booking is confirmed, with everything a call-off needs.

    Refuses: nothing.
    Emits: BookingConfirmed.
    """
    minutes = booking.days.aggregate(sum=Sum("minutes"))["sum"] or 0
    record(
        BookingConfirmed(
            booking_id=booking.pk,
            reference=booking.reference,
            origin=booking.origin,
            buyer_id=booking.buyer_id,
            seller_id=booking.seller_id,
            professional_id=booking.professional_id,
            offer_id=booking.offer_id,
            need_id=booking.need_id,
            study_id=booking.study_id,
            site_id=booking.site_id,
            replaces_id=booking.replaces_id,
            role=booking.role,
            city=booking.city,
            start_on=booking.start_on.isoformat(),
            end_on=booking.end_on.isoformat(),
            hours_per_week=booking.hours_per_week,
            minutes=minutes,
            price_minor=booking.price_minor,
            amount_minor=minutes * booking.price_minor // 60,
            currency=booking.currency,
            notice_days=booking.notice_days,
            fee_percent=booking.fee_percent,
        ),
        by=by,
        about=("hour_booking", booking.pk),
        study_id=booking.study_id,
        organization_id=booking.buyer_id,
        change={"state": [before, "confirmed"]},
        clock=clock,
    )


def next_reference(year: int) -> str:
    """Return the next booking's reference."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('capacity_booking_number')")
        return f"HRS-{year}-{cursor.fetchone()[0]:06d}"


def _decline(booking: Booking, by: Actor, clock: Clock) -> None:
    before = booking.state
    give_back(booking)
    booking.state, booking.ended_at = "declined", clock.now()
    booking.ended_by = "buyer" if booking.buyer_id == by.organization_id else "seller"
    booking.save(update_fields=["state", "ended_at", "ended_by"])
    if booking.need_id and booking.offer_id:
        RefusedPair.objects.get_or_create(
            need_id=booking.need_id, offer_id=booking.offer_id, defaults={"at": clock.now()}
        )
    tell_book()
    tell_parties(booking.buyer_id, booking.seller_id)
    record(
        BookingDeclined(
            booking_id=booking.pk,
            by_organization_id=by.own_organization_id,
            buyer_id=booking.buyer_id,
            seller_id=booking.seller_id,
        ),
        by=by,
        about=("hour_booking", booking.pk),
        study_id=booking.study_id,
        change={"state": [before, "declined"]},
        clock=clock,
    )


def _km(professional: Professional, latitude: float | None, longitude: float | None) -> float:
    if (
        latitude is None
        or longitude is None
        or professional.latitude is None
        or professional.longitude is None
    ):
        return 0.0
    return distance_km(professional.latitude, professional.longitude, latitude, longitude)
