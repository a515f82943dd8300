"""Batch clearing: proposals at a price between sealed limits, answers, explanations, another round."""

import datetime as dt

import pytest
from tests.domains.capacity.hours_scene import Hours, next_monday

from triallink.domains.capacity.errors import ClearingUnderWay, WrongState
from triallink.domains.capacity.models import Booking, ClearingRun, Need, RefusedPair, StaffDay
from triallink.domains.capacity.services.bookings import answer_booking
from triallink.domains.capacity.services.clearing import cancel_clearing, run_clearing, start_clearing
from triallink.domains.capacity.services.lapsing import lapse_due
from triallink.foundation.jobs import Cancelled, run_job
from triallink.foundation.models import Job, OutboxLine
from triallink.foundation.outbox import dispatch_waiting
from triallink.kernel.refusals import NotAllowed

pytestmark = pytest.mark.django_db


def cleared(hours: Hours, hua) -> ClearingRun:
    run = start_clearing(by=hua.actor, clock=hours.clock)
    run_clearing(run.pk, lambda done, total: None, clock=hours.clock)
    run.refresh_from_db()
    return run


def test_a_clearing_proposes_at_the_middle_of_both_sealed_limits_and_both_sides_accept(hours: Hours, hua):
    (mei,) = hours.hire("Mei")
    hours.offer(mei, floor_minor=10_000, instant_price_minor=None)
    need = hours.need(ceiling_minor=14_000)
    run = cleared(hours, hua)
    assert (run.state, run.proposals, run.gap) == ("proposed", 1, pytest.approx(0.0, abs=1e-6))
    booking = Booking.objects.get()
    assert (booking.state, booking.price_minor, booking.professional) == ("proposed", 12_000, mei)
    assert sum(StaffDay.objects.values_list("held_minutes", flat=True)) == 1200
    answer_booking(booking_id=booking.pk, is_accepted=True, by=hours.ada.actor, clock=hours.clock)
    with pytest.raises(WrongState):
        answer_booking(booking_id=booking.pk, is_accepted=True, by=hours.ada.actor, clock=hours.clock)
    answer_booking(booking_id=booking.pk, is_accepted=True, by=hours.fei.actor, clock=hours.clock)
    while dispatch_waiting():
        pass
    need.refresh_from_db()
    run.refresh_from_db()
    assert (Booking.objects.get().state, need.state, run.state) == ("confirmed", "filled", "closed")
    event = OutboxLine.objects.get(name="BookingConfirmed").payload
    assert (event["amount_minor"], event["minutes"], event["need_id"]) == (20 * 12_000, 1200, need.pk)


def test_the_cheaper_offer_wins_and_the_other_is_told_why(hours: Hours, hua):
    mei, bo = hours.hire("Mei", "Bo")
    dear = hours.offer(bo, floor_minor=13_000, instant_price_minor=None)
    hours.offer(mei, floor_minor=9_000, instant_price_minor=None)
    hours.need()
    cleared(hours, hua)
    assert Booking.objects.get().professional == mei
    dear.refresh_from_db()
    assert dear.why_unmatched == [
        ["%(count)s needs fit, but others serve them at less total cost.", {"count": 1}]
    ]


def test_a_declined_match_is_not_proposed_again_and_the_rest_is_cleared_anew(hours: Hours, hua):
    mei, bo = hours.hire("Mei", "Bo")
    hours.offer(mei, floor_minor=9_000)
    hours.offer(bo, floor_minor=13_000, instant_price_minor=None)
    hours.need()
    cleared(hours, hua)
    answer_booking(
        booking_id=Booking.objects.get().pk, is_accepted=False, by=hours.fei.actor, clock=hours.clock
    )
    assert RefusedPair.objects.count() == 1
    while dispatch_waiting():
        pass
    again = ClearingRun.objects.get(after__isnull=False)
    run_job(again.job_id)
    assert Booking.objects.get(run=again).professional == bo


def test_unanswered_proposals_lapse_and_the_clearing_closes(hours: Hours, hua):
    (mei,) = hours.hire("Mei")
    hours.offer(mei)
    hours.need()
    run = cleared(hours, hua)
    hours.clock.move(dt.timedelta(hours=25))
    assert lapse_due(clock=hours.clock) == 1
    while dispatch_waiting():
        pass
    run.refresh_from_db()
    assert run.state == "closed"
    assert sum(StaffDay.objects.values_list("held_minutes", flat=True)) == 0


def test_divisible_needs_are_shared_by_several_people_of_a_pool(hours: Hours, hua):
    hours.hire("Mei", "Bo", "An")
    hours.offer(hours_per_week=100, role="CRC", instant_price_minor=None)
    hours.need(hours_per_week=90, block_hours=30)
    cleared(hours, hua)
    bookings = Booking.objects.all()
    assert sorted(one.hours_per_week for one in bookings) == [30, 30, 30]
    assert len({one.professional_id for one in bookings}) == 3


def test_an_unmatched_need_says_what_would_match_it(hours: Hours, hua, ben):
    (mei,) = hours.hire("Mei")
    hours.offer(mei, floor_minor=15_000, instant_price_minor=None)
    need = hours.need(ceiling_minor=14_000)
    cleared(hours, hua)
    need.refresh_from_db()
    # One seller only: its floor is not given away.
    assert need.why_unmatched == [["A higher ceiling would match %(count)s offers.", {"count": 1}]]


def test_only_the_operator_clears_and_one_at_a_time(hours: Hours, hua):
    with pytest.raises(NotAllowed):
        start_clearing(by=hours.fei.actor, clock=hours.clock)
    start_clearing(by=hua.actor, clock=hours.clock)
    with pytest.raises(ClearingUnderWay):
        start_clearing(by=hua.actor, clock=hours.clock)


def test_a_cancelled_clearing_holds_nothing(hours: Hours, hua):
    (mei,) = hours.hire("Mei")
    hours.offer(mei)
    hours.need()
    run = start_clearing(by=hua.actor, clock=hours.clock)
    calls = []

    def stop_later(done, total):
        calls.append(done)
        if len(calls) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_clearing(run.pk, stop_later, clock=hours.clock)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not Booking.objects.filter(state="proposed").exists()
    waiting = start_clearing(by=hua.actor, clock=hours.clock)
    cancel_clearing(run_id=waiting.pk, by=hua.actor)
    run_job(waiting.job_id)
    assert Job.objects.get(pk=waiting.job_id).state in ("cancelled", "done")
    assert Need.objects.get().state == "open"
    assert next_monday() > hours.clock.now().date()
