"""A confirmed booking of hours becomes exactly one call-off under the framework of its two organizations."""

import multiprocessing
import os

import pytest
from django.db import connection
from django.test import Client
from tests.domains.capacity.conftest import hours  # noqa: F401 - the scene
from tests.domains.capacity.hour_racers import call_off_at_once
from tests.domains.capacity.hours_scene import Hours, next_monday
from tests.domains.marketplace import race_workers

from triallink.domains.capacity.models import Booking
from triallink.domains.capacity.services.bookings import answer_booking, cancel_booking
from triallink.domains.capacity.services.cover import cover_booking, report_illness
from triallink.domains.contracts.models import CallOff, Framework
from triallink.domains.contracts.selectors import call_offs
from triallink.domains.contracts.services import call_off_hours, end_call_off
from triallink.foundation.audit import verify
from triallink.foundation.outbox import dispatch_waiting
from triallink.kernel.clock import system_clock

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
RACERS = 8


def settle() -> None:
    while dispatch_waiting():
        pass


@pytest.mark.django_db
def test_a_booking_both_sides_confirmed_is_called_off_at_its_terms(hours: Hours):
    (mei,) = hours.hire("Mei")
    booking = hours.booked(hours.offer(mei, confirm_rule="ask", notice_days=7, fee_percent=50))
    settle()
    assert not CallOff.objects.exists(), "the supplier has not confirmed"
    answer_booking(booking_id=booking.pk, is_accepted=True, by=hours.fei.actor, clock=hours.clock)
    settle()
    made = CallOff.objects.get()
    assert (made.booking, made.state, made.number) == (booking, "in_force", 1)
    assert (made.minutes, made.price_minor, made.amount_minor) == (20 * 60, 12_000, 240_000)
    assert (made.notice_days, made.fee_percent, made.hours_per_week) == (7, 50, 10)
    assert (made.framework.buyer, made.framework.seller) == (hours.ada.organization, hours.fei.organization)


@pytest.mark.django_db
def test_news_told_twice_calls_off_once_and_the_pair_keeps_its_framework(hours: Hours):
    mei, bo = hours.hire("Mei", "Bo")
    first, second = (hours.booked(hours.offer(one)) for one in (mei, bo))
    settle()
    for booking in (first, second, first):
        call_off_hours(booking_id=booking.pk, minutes=1)
    assert Framework.objects.count() == 1
    assert list(CallOff.objects.order_by("number").values_list("booking", "number", "minutes")) == [
        (first.pk, 1, 1200),
        (second.pk, 2, 1200),
    ]


@pytest.mark.django_db
def test_cancelling_ends_the_call_off_with_the_fee_of_the_booking(hours: Hours):
    (mei,) = hours.hire("Mei")
    offer = hours.offer(mei, notice_days=60, fee_percent=50)
    late = hours.booked(offer)
    unheard = hours.booked(offer, start_on=next_monday(3), end_on=next_monday(4))
    cancel_booking(booking_id=unheard.pk, why="Site closed", by=hours.ada.actor, clock=hours.clock)
    settle()
    cancel_booking(booking_id=late.pk, why="Study stopped", by=hours.ada.actor, clock=hours.clock)
    settle()
    settle()
    for booking in (late, unheard):
        booking.refresh_from_db()
        row = booking.call_off
        assert (row.state, row.fee_minor, row.ended_by) == ("cancelled", booking.fee_minor, "buyer")
        assert row.fee_minor > 0
        assert end_call_off(booking_id=booking.pk).ended_at == row.ended_at
    assert all(report.broken_at is None for report in verify())


@pytest.mark.django_db
def test_a_substitute_has_a_call_off_of_its_own_and_the_replaced_one_ends(hours: Hours):
    mei, bo = hours.hire("Mei", "Bo")
    hours.clock = system_clock
    booking = hours.booked(hours.offer(mei))
    settle()
    report_illness(professional_id=mei.pk, start_on=next_monday(), end_on=next_monday(3), by=hours.fei.actor)
    new = cover_booking(booking_id=booking.pk, professional_id=bo.pk, by=hours.fei.actor)
    settle()
    old = CallOff.objects.get(booking=booking)
    assert (old.state, old.fee_minor, CallOff.objects.get(booking=new).state) == ("replaced", 0, "in_force")
    rows = {
        row.booking_id: row.standing_minutes for row in call_offs(to=hours.ada.actor, today=next_monday())
    }
    assert rows == {booking.pk: 0, new.pk: 20 * 60}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_both_sides_read_it_from_the_booking_and_with_the_contracts_and_nobody_else(
    hours: Hours, eve, language: str, django_assert_max_num_queries
):
    (mei,) = hours.hire("Mei")
    booking = hours.booked(hours.offer(mei))
    settle()
    row = CallOff.objects.get()
    address = f"/contracts/call-offs/{row.pk}/"
    for member in (hours.ada, hours.fei, eve):
        member.person.language = language
        member.person.save()
        client = Client()
        client.force_login(member.person, backend=BACKEND)
        seen = client.get("/contracts/call-offs/").content.decode()
        assert (row.reference in seen) == (member is not eve)
        assert client.get(address).status_code == (404 if member is eve else 200)
        if member is not eve:
            assert address in client.get(f"/hours/bookings/{booking.pk}/").content.decode()
            assert row.framework.reference in client.get(address).content.decode()
            assert "/contracts/call-offs/" in client.get("/contracts/").content.decode()
            for kind in ("csv", "xlsx"):
                assert client.get("/contracts/call-offs/", {"export": kind}).status_code == 200
    assert list(call_offs(to=eve.actor, today=next_monday())) == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_processes_that_hear_the_same_news_one_calls_off(hours: Hours, monkeypatch):
    hours.clock = system_clock
    mei, bo = hours.hire("Mei", "Bo")
    bookings = [hours.booked(hours.offer(one)).pk for one in (mei, bo)]
    monkeypatch.setitem(os.environ, "TRIALLINK_RACE_DATABASE", connection.settings_dict["NAME"])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([race_workers.__name__])
    barrier, answers = context.Barrier(RACERS), context.Queue()
    racers = [
        context.Process(
            target=call_off_at_once,
            args=(connection.settings_dict["NAME"], barrier, answers, bookings if n % 2 else bookings[::-1]),
        )
        for n in range(RACERS)
    ]
    for racer in racers:
        racer.start()
    said = {tuple(sorted(answers.get(timeout=240).items())) for _ in racers}
    for racer in racers:
        racer.join(timeout=60)
    assert len(said) == 1, "everybody was given the same two"
    assert sorted(CallOff.objects.values_list("booking_id", flat=True)) == sorted(bookings)
    assert sorted(CallOff.objects.values_list("number", flat=True)) == [1, 2]
    assert Framework.objects.count() == 1
    assert Booking.objects.filter(state="confirmed").count() == 2
