"""Operating characteristics: error and power within Monte Carlo error, the same trials wherever they run."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from triallink.engines.design import (
    Characteristics,
    DunnettModel,
    Interim,
    PromisingZoneModel,
    ResponseModel,
    SequentialModel,
    beta_spending_boundaries,
    chunks,
    cost,
    dunnett_power,
    kim_demets_spending,
    obrien_fleming_spending,
    run_chunk,
    shaped_boundaries,
    simulate,
    spending_boundaries,
    stopping,
    summary,
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
