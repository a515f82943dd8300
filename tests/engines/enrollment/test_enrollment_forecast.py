"""A forecast learns from past months only, covers what comes, and answers what-if questions in the right direction."""

import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.enrollment import Beliefs, History, SiteOpening, backtest, calibrate, fit, moved


def study(*, n_sites=20, n_months=18, decay=0.0, seed=5, mean=1.5, calendar_month=None):
    """Return a history of sites opening one by one over the first half."""
    random = np.random.default_rng(seed)
    records, opened = [], {}
    for site in range(n_sites):
        start = site * n_months // (2 * n_sites)
        opened[f"S{site:02d}"] = start
        rate = random.gamma(2.0, mean / 2)
        for month in range(start, n_months):
            count = random.poisson(rate * (1 + month - start) ** -decay)
            records.append((f"S{site:02d}", month, int(count)))
    return History.from_records(records, n_months=n_months, opened=opened, calendar_month=calendar_month)


@pytest.fixture(scope="module")
def model():
    return fit(study())


def test_what_comes_later_changes_no_past_forecast():
    history = study(n_months=20)
    changed = History(
        history.sites,
        np.where(np.arange(20) >= 14, history.counts * 3 + 1, history.counts),
        history.opened,
        history.closed,
    )
    first = backtest(history, origins=[12, 14], horizons=[6], n_paths=200)
    other = backtest(changed, origins=[12, 14], horizons=[6], n_paths=200)
    assert [(row.forecast, row.low, row.high) for row in first.rows] == [
        (row.forecast, row.low, row.high) for row in other.rows
    ]
    assert first.rows[0].actual < other.rows[0].actual


def test_backtest_forecasts_as_fit_and_forecast_would():
    history = study(n_months=20)
    row = backtest(history, origins=[13], horizons=[6], n_paths=300, seed=4).rows[0]
    forecast = fit(history.until(13)).forecast(6, openings=history.openings(13, 19), n_paths=300, seed=4)
    interval = forecast.interval(6)
    assert (row.forecast, row.low, row.high) == (interval.median, interval.low, interval.high)


def test_same_seed_gives_the_same_courses(model):
    first, again = (model.forecast(6, n_paths=100, seed=9) for _ in range(2))
    assert (first.courses == again.courses).all()
    assert (first.courses != model.forecast(6, n_paths=100, seed=10).courses).any()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), horizon=st.integers(1, 8), cap=st.integers(0, 400))
def test_courses_grow_within_caps_and_answers_are_in_order(model, seed, horizon, cap):
    limit = model.history.n_subjects + cap
    forecast = model.forecast(horizon, study_cap=limit, n_paths=70, seed=seed)
    assert (np.diff(forecast.courses, axis=1) >= 0).all()
    assert forecast.courses.max() <= cap
    wide, narrow = forecast.interval(horizon, 0.95), forecast.interval(horizon, 0.5)
    assert wide.low <= narrow.low <= narrow.median <= narrow.high <= wide.high
    goal = forecast.enrolled + 10
    chances = [forecast.probability(goal, by) for by in range(1, horizon + 1)]
    assert chances == sorted(chances)
    assert (forecast.site_low <= forecast.site_high).all()
    when = forecast.months_until(goal)
    assert when.low <= when.median <= when.high
    # 70 courses: none is the 95 % quantile by a hair.
    assert (when.high <= horizon) == (forecast.probability(goal, horizon) >= 0.95)


def test_site_caps_hold_at_every_site(model):
    site = max(model.history.sites, key=lambda name: model.forecast(3, n_paths=50).site_interval(name, 3)[0])
    so_far = int(model.history.counts[model.history.sites.index(site)].sum())
    capped = model.forecast(6, openings=(), site_caps={site: so_far + 2}, n_paths=200)
    assert capped.site_interval(site, 6)[2] <= 2


def test_more_sites_sooner_bring_more_and_closed_sites_nothing(model):
    plan = [SiteOpening(f"N{number}", 20.0, sd_months=1.0) for number in range(5)]
    none = model.forecast(9, openings=(), n_paths=300)
    later = model.forecast(9, openings=plan, n_paths=300)
    sooner = model.forecast(9, openings=moved(plan, -2, not_before=18), n_paths=300)
    closed = model.forecast(9, openings=(), closures={"S00": 18}, n_paths=300)
    goal = none.enrolled + round(none.mean(9))
    assert none.probability(goal, 9) < later.probability(goal, 9) < sooner.probability(goal, 9)
    assert closed.site_interval("S00", 9) == (0.0, 0, 0)
    # What two what-ifs share is simulated alike: no course is worse for an added or better for a closed site.
    assert (later.courses >= none.courses).all()
    assert (closed.courses <= none.courses).all()


def test_an_uncertain_opening_widens_and_an_impossible_one_adds_nothing(model):
    known = model.forecast(6, openings=[SiteOpening("N", 18.0)], n_paths=400)
    never = model.forecast(6, openings=[SiteOpening("N", 18.0, chance=0.0)], n_paths=400)
    half = model.forecast(6, openings=[SiteOpening("N", 18.0, chance=0.5)], n_paths=400)
    assert never.site_interval("N", 6) == (0.0, 0, 0)
    assert 0 < half.site_interval("N", 6)[0] < known.site_interval("N", 6)[0]


def test_without_a_plan_new_sites_arrive_at_the_recent_pace():
    growing = History.from_records([(f"{site}", month, 2) for site in range(12) for month in range(site, 12)])
    fitted = fit(growing)
    assert fitted.rates.arrivals == pytest.approx(6.5 / 6)
    unplanned, frozen = fitted.forecast(6, n_paths=200), fitted.forecast(6, openings=(), n_paths=200)
    assert unplanned.mean(6) > 1.2 * frozen.mean(6)


def test_date_is_infinite_when_the_horizon_does_not_reach_it(model):
    forecast = model.forecast(3, openings=(), n_paths=100)
    assert forecast.months_until(10**6).low == math.inf
    assert forecast.months_until(forecast.enrolled).high == 0


def test_slowing_sites_are_recognized_and_believed_when_evidence_is_ample():
    steady = fit(study(n_sites=80, n_months=30, mean=6), beliefs=Beliefs(decay_sd=0.2)).rates.decay
    slowing = fit(
        study(n_sites=80, n_months=30, mean=6, decay=0.5), beliefs=Beliefs(decay_sd=0.2)
    ).rates.decay
    assert steady == pytest.approx(0.0, abs=0.05)
    assert slowing == pytest.approx(0.5, abs=0.07)


def test_season_is_found_when_the_calendar_is_known():
    random = np.random.default_rng(2)
    factor = np.where(np.arange(36) % 12 == 6, 0.3, 1.0)
    records = [
        (f"{site}", month, int(random.poisson(4 * factor[month])))
        for site in range(30)
        for month in range(36)
    ]
    opened = {f"{site}": 0 for site in range(30)}
    known = fit(History.from_records(records, n_months=36, opened=opened, calendar_month=2))
    blind = fit(History.from_records(records, n_months=36, opened=opened))
    assert int(known.rates.season.argmin()) + 1 == 8
    assert (blind.rates.season == 1).all()
    monthly = np.diff(known.forecast(12, openings=(), n_paths=200).courses.mean(axis=0), prepend=0)
    assert int(monthly.argmin()) == 6


def test_calibration_widens_when_the_past_was_wild():
    steady = study(n_months=24)
    wild = replace(steady, counts=np.where(np.arange(24) % 8 >= 4, steady.counts * 4, steady.counts))
    quiet, loud = (calibrate(one, Beliefs(), 0.9) for one in (steady, wild))
    assert loud.drift_sd > 1.5 * quiet.drift_sd
    assert loud.errors == quiet.errors > 0


def test_intervals_cover_most_studies_at_study_and_site():
    rows = [
        row
        for seed in range(8)
        for row in backtest(study(seed=seed, decay=0.2), origins=[10, 12], horizons=[6], n_paths=200).rows
    ]
    assert sum(row.is_covered for row in rows) >= 0.85 * len(rows)
    assert sum(row.site_covered for row in rows) >= 0.9 * sum(row.n_sites for row in rows)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda model: History.from_records([("A", 0, -1)]), "-1"),
        (lambda model: History.from_records([("A", 3, 1)], n_months=3), "month 3 of 3"),
        (lambda model: History.from_records([("A", 0, 1)], opened={"A": 1}, n_months=2), "A has subjects"),
        (lambda model: SiteOpening("A", 1, chance=1.5), "1.5"),
        (lambda model: fit(History.from_records([], n_months=4)), "4 months"),
        (lambda model: fit(model.history, level=1.0), "1.0"),
        (lambda model: model.forecast(0), "0"),
        (lambda model: model.forecast(2, openings=[SiteOpening("S00", 19)]), "S00"),
        (lambda model: model.forecast(2, closures={"X": 3}), "X"),
        (lambda model: model.forecast(2, n_paths=9).interval(3), "3"),
        (lambda model: model.forecast(2, n_paths=9).site_interval("X", 1), "X"),
        (lambda model: backtest(model.history, origins=[17], horizons=[6]), "18 months"),
        (lambda model: backtest(model.history, origins=[4, 8], horizons=[6]), r"\[4\]"),
        (lambda model: Beliefs(memories=(1.2,)), "1.2"),
    ],
)
def test_impossible_values_are_shown(model, call, value):
    with pytest.raises(ValueError, match=value):
        call(model)


if "TRIALLINK_DATA" in os.environ:

    def test_real_study_is_forecast_within_the_target():
        lines = (
            (Path(os.environ["TRIALLINK_DATA"]) / "sites" / "ist_enrollment_site_month.csv")
            .read_text()
            .splitlines()[1:]
        )
        cells = (line.split(",") for line in lines)
        history = History.from_records((row[0], int(row[3]), int(row[4])) for row in cells)
        result = backtest(history, origins=(18, 24, 30, 36), n_paths=300)
        assert result.mape <= 0.18
        assert result.study_coverage >= 0.85
        assert 0.85 <= result.site_coverage <= 0.95
