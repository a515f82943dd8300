"""The operator's schedule starts clearings, once on each of its days; the operator's view of the market adds up."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from tests.domains.capacity.hours_scene import Hours, next_monday

from triallink.domains.capacity.models import ClearingRun, ClearingSchedule
from triallink.domains.capacity.selectors.market_view import market_view
from triallink.domains.capacity.services.clearing import start_clearing
from triallink.domains.capacity.services.schedules import schedule_clearing, start_due_clearings
from triallink.kernel.clock import FixedClock
from triallink.kernel.refusals import NotAllowed, Refusal

CHINA = ZoneInfo("Asia/Shanghai")


def at(day: dt.date, hour: int) -> FixedClock:
    """Return a clock that stands at an hour of a day in China."""
    return FixedClock(dt.datetime.combine(day, dt.time(hour), CHINA).astimezone(dt.UTC))


def test_a_schedule_is_obeyed_once_on_each_of_its_days(hours: Hours, hua):
    monday = next_monday()
    schedule_clearing(
        weekdays=[0, 2], at=dt.time(3), respond_hours=12, by=hua.actor, clock=at(monday - dt.timedelta(1), 9)
    )
    assert start_due_clearings(at(monday, 2)) == []
    [run] = start_due_clearings(at(monday, 4))
    assert (run.role, run.respond_hours, run.job_id is not None) == ("", 12, True)
    ClearingRun.objects.update(state="closed")
    assert start_due_clearings(at(monday, 5)) == []
    assert start_due_clearings(at(monday + dt.timedelta(1), 5)) == []
    assert len(start_due_clearings(at(monday + dt.timedelta(2), 5))) == 1


def test_a_schedule_waits_for_a_running_clearing_and_stops_when_it_is_off(hours: Hours, hua):
    monday = next_monday()
    schedule_clearing(weekdays=[0], at=dt.time(3), by=hua.actor, clock=at(monday - dt.timedelta(1), 9))
    start_clearing(by=hua.actor)
    assert start_due_clearings(at(monday, 4)) == []
    ClearingRun.objects.update(state="closed")
    schedule_clearing(
        weekdays=[0], at=dt.time(3), is_active=False, by=hua.actor, clock=at(monday - dt.timedelta(1), 9)
    )
    assert start_due_clearings(at(monday, 4)) == []
    assert ClearingSchedule.objects.count() == 1
    schedule_clearing(weekdays=[0], at=dt.time(3), by=hua.actor, clock=at(monday - dt.timedelta(1), 9))
    assert len(start_due_clearings(at(monday, 4))) == 1


def test_only_the_operator_sets_a_schedule_and_sees_the_market(hours: Hours, hua):
    with pytest.raises(NotAllowed):
        schedule_clearing(weekdays=[0], at=dt.time(3), by=hours.fei.actor)
    with pytest.raises(Refusal):
        schedule_clearing(weekdays=[7], at=dt.time(3), by=hua.actor)
    with pytest.raises(NotAllowed):
        market_view(to=hours.fei.actor)
    view = market_view(to=hua.actor, clock=hours.clock)
    assert [week.share for week in view.liquidity] == [0.0] * len(view.weeks)
