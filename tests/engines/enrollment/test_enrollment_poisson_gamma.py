"""Subjects of sites whose rates differ: closed forms agree with R, with simulation and with themselves."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triallink.engines.enrollment import PoissonGamma, estimate_rates

positive = st.floats(0.1, 20)

if "TRIALLINK_DATA" in os.environ:
    CASES = json.loads((Path(os.environ["TRIALLINK_DATA"]) / "rtsm" / "supply_reference.json").read_text())

    @pytest.mark.parametrize("case", CASES["poisson_gamma"], ids=lambda case: f"{list(case.values())[1:5]}")
    def test_moments_and_quantiles_equal_r(case):
        law = PoissonGamma(case["alpha"], case["beta"])
        months = np.full(case["centres"], float(case["t"]))
        assert law.mean(months) == pytest.approx(case["mean"], rel=1e-12)
        assert law.variance(months) == pytest.approx(case["var"], rel=1e-12)
        for percent in (5, 50, 95, 99):
            assert law.quantile(percent / 100, months) == case[f"q{percent:02d}"]


@given(positive, positive, st.lists(st.floats(0, 30), min_size=1, max_size=20), st.floats(0.01, 0.99))
def test_quantile_is_the_least_count_of_that_probability(shape, rate, months, probability):
    law = PoissonGamma(shape, rate)
    n = law.quantile(probability, months)
    assert 1 - law.probability(n + 1, months) >= probability - 1e-9
    assert n == 0 or 1 - law.probability(n, months) < probability + 1e-9


@given(positive, positive, st.integers(0, 50), st.integers(0, 50), st.floats(0, 20), st.floats(0, 20))
def test_what_is_learnt_twice_equals_what_is_learnt_at_once(shape, rate, first, second, early, late):
    law = PoissonGamma(shape, rate)
    twice = law.updated(first, early).updated(second, late)
    once = law.updated(first + second, early + late)
    assert (twice.shape, twice.rate) == pytest.approx((once.shape, once.rate))


def test_matched_law_of_unequal_sites_agrees_with_simulation():
    law, months = PoissonGamma(1.2, 0.8), np.linspace(0.5, 12, 25)
    random = np.random.default_rng(3)
    drawn = random.poisson(random.gamma(1.2, 1 / 0.8, (40_000, 25)) * months).sum(axis=1)
    for probability in (0.05, 0.5, 0.9):
        simulated = np.quantile(drawn, probability)
        assert law.quantile(probability, months) == pytest.approx(simulated, rel=0.02)


def test_law_of_many_sites_is_recovered():
    random = np.random.default_rng(11)
    months = random.uniform(3, 24, 3000)
    found = estimate_rates(random.poisson(random.gamma(1.5, 1 / 0.75, 3000) * months), months)
    assert found.shape == pytest.approx(1.5, rel=0.08)
    assert found.shape / found.rate == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: PoissonGamma(0, 1), "0"),
        (lambda: PoissonGamma(1, 1).mean(-2.5), "-2.5"),
        (lambda: PoissonGamma(1, 1).quantile(1.5, 1), "1.5"),
        (lambda: PoissonGamma(1, 1).updated(-3, 1), "-3"),
        (lambda: estimate_rates([1, -4], [1, 1]), "-4"),
        (lambda: estimate_rates([], []), r"\(0,\)"),
    ],
)
def test_impossible_values_are_shown(call, value):
    with pytest.raises(ValueError, match=value):
        call()


def test_a_moment_of_exposure_is_no_division_by_zero():
    law = PoissonGamma(1.0, 1.0)
    assert (law.quantile(0.99, 1e-200), law.probability(1, [1e-200, 0.0])) == (
        0,
        pytest.approx(0.0, abs=1e-12),
    )


def test_nobody_comes_in_no_time():
    law = PoissonGamma(1, 1)
    assert (law.quantile(0.9, [0, 0]), law.probability(1, 0), law.probability(0, 0)) == (0, 0.0, 1.0)
