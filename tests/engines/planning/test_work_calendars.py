"""Work calendars, actuals and the forecast that follows them."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.planning import (
    NO_DAY,
    Activities,
    Forecaster,
    Link,
    Progress,
    every_day,
    network_of,
    schedule,
    work_calendars,
)

DAY_0 = dt.date(2025, 9, 22)  # a Monday; the National Day weeks of 2025 follow
# The State Council's arrangement for 2025: 1 to 8 October off, 28 September and 11 October worked.
OFF = {dt.date(2025, 10, day) for day in range(1, 9)}
WORKED = {dt.date(2025, 9, 28), dt.date(2025, 10, 11)}


def china(days: int = 60):
    dates = [DAY_0 + dt.timedelta(day) for day in range(days)]
    return work_calendars([date in WORKED or (date.weekday() < 5 and date not in OFF) for date in dates])


def on(instant: int) -> dt.date:
    return DAY_0 + dt.timedelta(int(instant) - 1)


def test_chinese_make_up_workdays_are_worked_and_the_holiday_is_not():
    net = network_of(2, [Link(0, 1)])
    plan = schedule(net, Activities(np.array([6, 3])), china())
    # Monday 22 to Friday 26, then Sunday 28 (worked); three more: 29, 30 September and 9 October.
    assert [on(finish) for finish in plan.finish] == [dt.date(2025, 9, 28), dt.date(2025, 10, 9)]
    assert china().between(0, 0, 20) == 6 + 2 + 2 + 1


def test_a_lag_counts_the_worked_days_of_the_successor():
    both = np.vstack([np.ones(60, bool), [day % 7 < 5 for day in range(60)]])
    net = network_of(2, [Link(0, 1, "FS", 3)])
    plan = schedule(net, Activities(np.array([4, 2]), np.array([0, 1])), work_calendars(both))
    # Finished on Thursday; Friday, Monday, Tuesday pass; Wednesday and Thursday are worked.
    assert (plan.start[1], plan.finish[1]) == (9, 11)


def test_an_actual_moves_what_waits_and_nothing_else():
    net = network_of(4, [Link(0, 1), Link(1, 2)])
    activities = Activities(np.array([5, 5, 5, 5]))
    keeper = Forecaster(net, activities, every_day(100), Progress.none(4), 0)
    later = keeper.report([0], actual_start=[0], actual_finish=[8])
    assert later.finish.tolist() == [8, 13, 18, 5]
    assert keeper.changed == 3


def test_work_not_begun_begins_no_earlier_than_today_and_begun_work_needs_what_is_left():
    net = network_of(3, [])
    progress = Progress.of([2, 0, NO_DAY], [NO_DAY, 3, NO_DAY])
    plan = schedule(net, Activities(np.array([10, 3, 4])), every_day(60), progress=progress, today=6)
    assert plan.start.tolist() == [2, 0, 6]
    assert plan.finish.tolist() == [12, 3, 10]


def test_overdue_work_that_is_not_reported_finished_needs_one_more_day():
    plan = schedule(
        network_of(1, []), Activities(np.array([3])), every_day(60),
        progress=Progress.of([0], [NO_DAY]), today=20,
    )  # fmt: skip
    assert plan.finish.tolist() == [21]


def test_a_finish_without_a_start_is_refused():
    with pytest.raises(ValueError, match="begun on -1"):
        Progress.of([NO_DAY], [4])


def test_a_deadline_that_cannot_be_held_gives_negative_float():
    plan = schedule(network_of(2, [Link(0, 1)]), Activities(np.array([5, 5])), every_day(60), deadline=7)
    assert plan.total_float.tolist() == [-3, -3]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_corrected_forecast_equals_one_made_anew(data):
    count = data.draw(st.integers(3, 25))
    pairs = [(a, b) for b in range(count) for a in range(b)]
    links = [Link(a, b) for a, b in data.draw(st.lists(st.sampled_from(pairs), max_size=50, unique=True))]
    durations = np.array(data.draw(st.lists(st.integers(0, 8), min_size=count, max_size=count)))
    calendars = work_calendars(np.vstack([np.ones(900, bool), [day % 7 < 5 for day in range(900)]]))
    which = np.array(data.draw(st.lists(st.integers(0, 1), min_size=count, max_size=count)))
    net = network_of(count, links)
    keeper = Forecaster(net, Activities(durations, which), calendars, Progress.none(count), 10)
    for _ in range(3):
        one = data.draw(st.integers(0, count - 1))
        begun = data.draw(st.integers(0, 9))
        keeper.report([one], actual_start=[begun], actual_finish=[begun + data.draw(st.integers(0, 30))])
    anew = schedule(net, Activities(durations, which), calendars, progress=keeper.progress, today=10)
    for name in ("start", "finish", "late_start", "late_finish", "total_float", "free_float"):
        assert getattr(keeper.forecast, name).tolist() == getattr(anew, name).tolist()
