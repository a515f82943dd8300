"""Operating characteristics: error and power within Monte Carlo error, the same trials wherever they run."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import CensoredData, logrank

from triallink.engines.design import (
    Accrual,
    Characteristics,
    DunnettModel,
    Hazard,
    Interim,
    PromisingZoneModel,
    ResponseModel,
    SequentialModel,
    SurvivalModel,
    beta_spending_boundaries,
    chunks,
    cost,
    dunnett_power,
    kim_demets_spending,
    logrank_events,
    logrank_z,
    obrien_fleming_spending,
    run_chunk,
    sequential_plan,
    shaped_boundaries,
    simulate,
    spending_boundaries,
    stopping,
    summary,
    survival_plan,
)

SEED = 20261123
BOUNDS = spending_boundaries(obrien_fleming_spending, [0.4, 0.7, 1], 0.025, futility=[0, 0.6])


def within(found: Characteristics, expected: float) -> bool:
    """Return whether the chance to reject any hypothesis is within four standard errors."""
    return abs(found.any_rejected - expected) < 4 * (expected * (1 - expected) / found.trials) ** 0.5


def test_type_one_error_of_looks_is_alpha() -> None:
    found = simulate(SequentialModel(BOUNDS, 0.0, obey_futility=False), seed=SEED, trials=400_000)
    assert within(found, 0.025)
    two_sided = shaped_boundaries("pocock", [0.25, 0.5, 0.75, 1], 0.05, sided=2)
    assert within(simulate(SequentialModel(two_sided), seed=SEED, trials=200_000), 0.05)


def test_power_and_expected_size_are_those_of_the_integration() -> None:
    drift = 3.2
    exact = stopping(BOUNDS, drift)
    found = simulate(SequentialModel(BOUNDS, drift), seed=SEED, trials=200_000)
    assert within(found, exact.power)
    assert found.size == pytest.approx(exact.expected, abs=4 * found.size_error)
    np.testing.assert_allclose(found.looks, exact.stops, atol=0.005)


def test_two_sided_futility_stops_inside() -> None:
    both = beta_spending_boundaries(
        obrien_fleming_spending, kim_demets_spending(1.5), [0.4, 0.7, 1], 0.05, 0.1, sided=2, is_binding=True
    )
    assert within(simulate(SequentialModel(both), seed=SEED, trials=200_000), 0.05)
    exact = stopping(both, cost(both, 0.9).drift)
    found = simulate(SequentialModel(both, exact.drift), seed=SEED, trials=200_000)
    assert within(found, exact.power + float(exact.opposite.sum()))


def test_response_rates_keep_the_error_up_to_the_approximation() -> None:
    sizes = ((80, 80), (140, 140), (200, 200))
    found = simulate(ResponseModel(BOUNDS, 0.3, 0.3, sizes, obey_futility=False), seed=SEED, trials=200_000)
    # The normal approximation of 200 binomial subjects per group is off by about a thousandth.
    assert found.any_rejected == pytest.approx(0.025, abs=0.002)


@pytest.mark.parametrize("weighted", [True, False])
def test_growing_trials_keep_their_error(weighted: bool) -> None:
    interim = Interim(100, 200, 400, 1.959964, 0.8)
    found = simulate(PromisingZoneModel(interim, weighted=weighted), seed=SEED, trials=60_000)
    if weighted:
        assert within(found, 0.025)
    else:
        # Chen, DeMets, Lan: at most alpha.
        assert found.any_rejected < 0.025 + 4 * found.any_rejected_error
    grown = simulate(PromisingZoneModel(interim, 2.4, weighted), seed=SEED, trials=60_000)
    fixed = simulate(
        PromisingZoneModel(replace(interim, largest=interim.planned), 2.4, weighted), seed=SEED, trials=60_000
    )
    assert grown.any_rejected > fixed.any_rejected + 0.02


def test_family_wise_error_and_power_of_several_treatments() -> None:
    assert within(simulate(DunnettModel((0, 0, 0), 1, 50, ratio=0.6), seed=SEED, trials=200_000), 0.025)
    effects = (0.5, 0.3, 0.0)
    found = simulate(DunnettModel(effects, 1, 60), seed=SEED, trials=100_000)
    assert within(found, dunnett_power(effects, sd=1, control=60))
    # The null hypothesis that is true is rejected no more often than alpha.
    assert found.rejected[2] < 0.025 + 4 * found.rejected_error[2]


def test_survival_plan_has_its_power_and_its_error_with_real_log_rank_tests() -> None:
    looks = spending_boundaries(obrien_fleming_spending, [0.6, 1], 0.025)
    control = Hazard((0.04, 0.08), (0.0, 10.0))
    plan = survival_plan(
        sequential_plan(looks, logrank_events(hazard_ratio=0.65, power=0.85)).largest,
        treatment=control.times(0.65), control=control, accrual=Accrual((6.0, 18.0), (1.0, 2.0)), follow_up=8,
        dropouts=(0.01, 0.01),
    )  # fmt: skip
    # Schoenfeld's formula is off by less than one percentage point of power here.
    found = simulate(SurvivalModel(looks, plan), seed=SEED, trials=5_000, size=1_000)
    assert found.any_rejected == pytest.approx(0.85, abs=0.01 + 4 * found.any_rejected_error)
    null = simulate(
        SurvivalModel(looks, replace(plan, treatment=control)), seed=SEED, trials=8_000, size=1_000
    )
    assert within(null, 0.025)


def test_log_rank_statistic_is_that_of_scipy() -> None:
    draw = np.random.default_rng(13)
    times, events, treated = draw.exponential(1, 60), draw.random(60) < 0.7, np.arange(60) < 35
    groups = [
        CensoredData(uncensored=times[part & events], right=times[part & ~events])
        for part in (treated, ~treated)
    ]
    assert abs(logrank_z(times, events, treated)) == pytest.approx(abs(logrank(*groups).statistic))


def test_the_same_seed_gives_the_same_trials_in_any_order_and_process() -> None:
    model = SequentialModel(BOUNDS, 2.0)
    work = chunks(seed=5, trials=25_000, size=4_000)
    assert [each.trials for each in work] == [4_000] * 6 + [1_000]
    travelled = [pickle.loads(pickle.dumps((model, each))) for each in reversed(work)]
    there = [run_chunk(*each) for each in travelled]
    assert summary(there) == simulate(model, seed=5, trials=25_000, size=4_000)
    assert simulate(model, seed=6, trials=25_000) != simulate(model, seed=5, trials=25_000)


def test_what_cannot_be_summed_is_refused() -> None:
    model = SequentialModel(BOUNDS)
    one = run_chunk(model, chunks(seed=1, trials=10)[0])
    other = run_chunk(model, chunks(seed=2, trials=10)[0])
    for tallies, sentence in (([], "0 seeds"), ([one, other], "2 seeds"), ([one, one], "twice")):
        with pytest.raises(ValueError, match=sentence):
            summary(tallies)
    with pytest.raises(ValueError, match="0 trials"):
        chunks(seed=1, trials=0)
    with pytest.raises(ValueError, match="2 sizes"):
        ResponseModel(BOUNDS, 0.3, 0.3, ((10, 10), (20, 20)))
