"""Holding, booking, answering, cancelling; and what the database never lets happen."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from tests.domains.capacity.hours_scene import Hours, next_monday

from triallink.domains.capacity.errors import (
    HoldOver,
    HoursTaken,
    NotForSale,
    NotQualified,
    OwnHours,
    TimeTaken,
    WrongState,
)
from triallink.domains.capacity.models import BookedDay, Booking, OfferWeek, OrderLimit, StaffDay
from triallink.domains.capacity.services.bookings import answer_booking, book_held, cancel_booking
from triallink.domains.capacity.services.calendars import record_leave
from triallink.domains.capacity.services.lapsing import lapse_due
from triallink.domains.quality.errors import CredentialRunOut
from triallink.domains.quality.models import Credential
from triallink.foundation.audit import verify
from triallink.foundation.tenancy import reading_as
from triallink.kernel.refusals import NotAllowed, NotFound

pytestmark = pytest.mark.django_db


def sums(person) -> tuple[int, int, int]:
    rows = StaffDay.objects.filter(professional=person)
    return tuple(
        sum(getattr(row, name) for row in rows)
        for name in ("committed_minutes", "held_minutes", "booked_minutes")
    )


def test_a_hold_takes_hours_and_booking_confirms_them(hours: Hours):
    (mei,) = hours.hire("Mei")
    offer = hours.offer(mei)
    booking = hours.hold(offer)
    assert (booking.state, booking.professional_id, booking.price_minor) == ("held", mei.pk, 12_000)
    assert sums(mei) == (0, 1200, 0)
    assert list(OfferWeek.objects.order_by("week_on").values_list("taken_minutes", flat=True)) == [
        600,
        600,
        0,
        0,
    ]
    book_held(booking_id=booking.pk, by=hours.ada.actor, clock=hours.clock)
    assert sums(mei) == (0, 0, 1200)
    assert Booking.objects.get().state == "confirmed"
    assert all(report.broken_at is None for report in verify())


def test_a_hold_lapses_after_ten_minutes_of_the_servers_clock(hours: Hours):
    (mei,) = hours.hire("Mei")
    booking = hours.hold(hours.offer(mei))
    hours.clock.move(dt.timedelta(minutes=10))
    with pytest.raises(HoldOver):
        book_held(booking_id=booking.pk, by=hours.ada.actor, clock=hours.clock)
    assert lapse_due(clock=hours.clock) == 1
    assert sums(mei) == (0, 0, 0)
    booking.refresh_from_db()
    assert booking.state == "lapsed"


def test_nobody_whose_licence_ran_out_is_offered_held_or_booked(hours: Hours):
    (mei,) = hours.hire("Mei")
    offer = hours.offer(mei)
    Credential.objects.create(
        professional=mei, kind="nursing", expires_on=next_monday() - dt.timedelta(days=1)
    )
    with pytest.raises(CredentialRunOut):
        hours.offer(mei)
    with pytest.raises(NotQualified):
        hours.hold(offer)
    assert sums(mei) == (0, 0, 0)


def test_an_overdue_hold_blocks_nobody_even_if_the_worker_is_late(hours: Hours):
    (mei,) = hours.hire("Mei")
    offer = hours.offer(mei)
    hours.hold(offer, hours_per_week=20)
    with pytest.raises(HoursTaken):
        hours.hold(offer, hours_per_week=20)
    hours.clock.move(dt.timedelta(minutes=11))
    assert hours.hold(offer, hours_per_week=20).state == "held"


def test_the_supplier_confirms_where_its_offer_says_so(hours: Hours):
    (mei,) = hours.hire("Mei")
    booking = hours.booked(hours.offer(mei, confirm_rule="ask"))
    assert booking.state == "asked"
    with pytest.raises(WrongState):
        answer_booking(booking_id=booking.pk, is_accepted=True, by=hours.ada.actor, clock=hours.clock)
    answer_booking(booking_id=booking.pk, is_accepted=True, by=hours.fei.actor, clock=hours.clock)
    assert Booking.objects.get().state == "confirmed"


def test_a_declined_question_gives_the_hours_back(hours: Hours):
    (mei,) = hours.hire("Mei")
    booking = hours.booked(hours.offer(mei, confirm_rule="ask"))
    answer_booking(booking_id=booking.pk, is_accepted=False, by=hours.fei.actor, clock=hours.clock)
    assert sums(mei) == (0, 0, 0)


def test_a_late_cancellation_costs_the_agreed_fee(hours: Hours):
    (mei,) = hours.hire("Mei")
    booking = hours.booked(hours.offer(mei, notice_days=60, fee_percent=50))
    cancelled = cancel_booking(
        booking_id=booking.pk, why="Site on hold", by=hours.ada.actor, clock=hours.clock
    )
    assert cancelled.fee_minor == 20 * 12_000 // 2
    assert sums(mei) == (0, 0, 0)


def test_a_seller_who_cancels_leaves_days_to_cover(hours: Hours):
    (mei,) = hours.hire("Mei")
    booking = hours.booked(hours.offer(mei))
    cancel_booking(booking_id=booking.pk, why="Resigned", by=hours.fei.actor, clock=hours.clock)
    assert BookedDay.objects.filter(booking=booking, professional=None).count() == 10
    assert (sums(mei), Booking.objects.get().fee_minor) == ((0, 0, 0), 0)


def test_strangers_sellers_of_their_own_and_sealed_offers_are_refused(hours: Hours, eve, ben):
    (mei,) = hours.hire("Mei")
    offer = hours.offer(mei)
    booking = hours.hold(offer)
    for person in (eve, hours.fei):
        with pytest.raises(NotFound):
            book_held(booking_id=booking.pk, by=person.actor, clock=hours.clock)
    with pytest.raises(NotForSale):
        hours.hold(hours.offer(mei, instant_price_minor=None))
    with pytest.raises(OwnHours):
        Hours(hours.fei, hours.fei, hours.site).hold(offer)
    with pytest.raises(NotAllowed):
        Hours(hours.ada, hours.ada, hours.site).offer(mei)


def test_leave_and_booked_days_exclude_each_other(hours: Hours):
    (mei,) = hours.hire("Mei")
    offer = hours.offer(mei)
    hours.booked(offer)
    with pytest.raises(TimeTaken) as refused:
        record_leave(
            professional_id=mei.pk, start_on=next_monday(2), end_on=next_monday(2), kind="annual",
            by=hours.fei.actor, clock=hours.clock,
        )  # fmt: skip
    assert refused.value.params["day"] == next_monday(2)
    third = next_monday(3)
    record_leave(
        professional_id=mei.pk, start_on=third, end_on=third + dt.timedelta(days=6), kind="annual",
        by=hours.fei.actor, clock=hours.clock,
    )  # fmt: skip
    with pytest.raises(HoursTaken):
        hours.hold(offer, start_on=third, end_on=third + dt.timedelta(days=6))


def test_the_database_itself_refuses_what_services_never_do(hours: Hours):
    (mei,) = hours.hire("Mei")
    booking = hours.booked(hours.offer(mei))
    free = next_monday(3)
    with pytest.raises(IntegrityError, match="staff_day_not_overbooked"), transaction.atomic():
        BookedDay.objects.create(
            booking=booking, professional=mei, day=next_monday(0) + dt.timedelta(days=1), minutes=481
        )
    fifth = [
        BookedDay(booking=booking, professional=mei, day=free + dt.timedelta(days=n), minutes=300)
        for n in range(5)
    ]
    with pytest.raises(IntegrityError, match="offer_week_not_oversold"), transaction.atomic():
        BookedDay.objects.bulk_create(fifth)
    with pytest.raises(IntegrityError, match="counts change by"), transaction.atomic():
        StaffDay.objects.filter(professional=mei, day=free).update(booked_minutes=1)
    with pytest.raises(IntegrityError, match="no calendar"), transaction.atomic():
        BookedDay.objects.create(booking=booking, professional=mei, day=dt.date(2000, 1, 3), minutes=30)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Booking.objects.filter(pk=booking.pk).update(price_minor=1)
    with pytest.raises(IntegrityError, match="no step"), transaction.atomic():
        Booking.objects.filter(pk=booking.pk).update(state="held")


def test_floors_and_ceilings_are_sealed_from_the_other_side(hours: Hours, ben):
    (mei,) = hours.hire("Mei")
    offer, need = hours.offer(mei), hours.need()
    assert OrderLimit.objects.count() == 0
    for organization, seen in ((hours.fei, [10_000]), (hours.ada, [14_000]), (ben, [])):
        with reading_as(organization.organization.pk):
            assert list(OrderLimit.objects.values_list("limit_minor", flat=True)) == seen
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
    assert (offer.pk, need.pk) != (None, None)
