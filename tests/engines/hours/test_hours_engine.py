"""Weeks, spreading, travel, fees, idle hours and counsel."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triallink.engines.hours import (
    Chance,
    Change,
    Wish,
    cancellation_fee,
    changes_that_match,
    distance_km,
    expected_idle,
    monday_of,
    mondays,
    spread,
    travel_minutes,
    week_number,
)

MONDAY = dt.date(2026, 11, 23)


def test_weeks_begin_on_monday_and_are_numbered_as_iso_does():
    assert monday_of(dt.date(2026, 11, 29)) == MONDAY
    assert mondays(MONDAY, dt.date(2026, 12, 7)) == [MONDAY, dt.date(2026, 11, 30), dt.date(2026, 12, 7)]
    assert week_number(dt.date(2027, 1, 3)) == 53


@given(st.lists(st.integers(0, 600), min_size=1, max_size=7), st.data())
def test_spread_minutes_add_up_and_never_exceed_what_is_free(free, data):
    wanted = data.draw(st.integers(0, sum(free)))
    taken = spread(free, wanted)
    assert sum(taken) == wanted
    assert all(0 <= t <= f for t, f in zip(taken, free, strict=True))


def test_a_week_is_levelled():
    assert spread([480] * 5, 1200) == [240] * 5
    assert spread([480, 60, 0, 480, 480], 600) == [180, 60, 0, 180, 180]


def test_more_than_is_free_is_refused():
    with pytest.raises(ValueError, match="60 minutes are free, not 90"):
        spread([60], 90)


def test_the_fee_counts_only_minutes_inside_the_notice_period():
    booked = {MONDAY + dt.timedelta(days=n): 240 for n in (-1, 0, 1, 7)}
    fee = cancellation_fee(booked, cancelled_on=MONDAY, notice_days=7, fee_percent=50, price_minor=12_000)
    assert (fee.amount_minor, fee.minutes_late, fee.minutes_free) == (48_000, 480, 240)
    none = cancellation_fee(booked, cancelled_on=MONDAY, notice_days=0, fee_percent=50, price_minor=12_000)
    assert none.amount_minor == 0
    with pytest.raises(ValueError, match="101"):
        cancellation_fee(booked, cancelled_on=MONDAY, notice_days=1, fee_percent=101, price_minor=1)


def test_shanghai_to_beijing():
    km = distance_km(31.2304, 121.4737, 39.9042, 116.4074)
    assert km == pytest.approx(1067, abs=2)
    assert 400 < travel_minutes(km) < 600


@given(st.floats(0, 4000), st.floats(0, 4000))
def test_further_is_never_quicker(one, other):
    near, far = sorted((one, other))
    assert travel_minutes(near) <= travel_minutes(far)


def test_idle_hours_are_what_experience_does_not_fill():
    assert expected_idle([600, 600, 600], [0.0, 0.5]) == [600, 300, 300]
    assert expected_idle([600], []) == [600]


def test_counsel_names_price_start_and_hours():
    wish = Wish(limit_minor=10_000, hours=20, first=4, last=5)
    chances = [
        Chance("dear", 11_200, {4: 40, 5: 40}),
        Chance("dearer", 12_000, {4: 40, 5: 40}),
        Chance("later", 9_000, {4: 12, 5: 40, 6: 40, 7: 40}),
        Chance("elsewhere", 9_000, {4: 40, 5: 40}, ("city",)),
    ]
    matches, changes = changes_that_match(wish, chances, horizon=8)
    assert not matches
    assert changes == [Change("price", 11_200, 1), Change("start", 5, 1), Change("hours", 12, 1)]


def test_counsel_sees_a_match_and_names_what_no_change_mends():
    wish = Wish(10_000, 20, 4, 5)
    assert changes_that_match(wish, [Chance("fits", 10_000, {4: 20, 5: 20})], horizon=4) == (True, [])
    _, changes = changes_that_match(wish, [Chance("a", 1, {}, ("level",))], horizon=4)
    assert changes == [Change("hard", 0, 1, "level")]
    assert changes_that_match(wish, [], horizon=4) == (False, [])
