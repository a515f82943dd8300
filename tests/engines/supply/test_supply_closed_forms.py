"""Demand in closed form agrees with scipy and with brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from triallink.engines.supply import (
    PoissonGamma,
    base_stock_buffer,
    site_risk,
)
from triallink.engines.supply.demand import count_quantile, sum_quantile


@given(mean=st.floats(0.01, 60), ratio=st.floats(1.0, 6), p=st.floats(0.01, 0.999))
@settings(deadline=None)
def test_overdispersed_count_quantile_is_the_negative_binomial_one(mean, ratio, p):
    ours = count_quantile(p, mean, mean * ratio)
    exact = stats.nbinom(mean / (ratio - 1), 1 / ratio) if ratio > 1 + 1e-6 else stats.poisson(mean)
    # A quantile lying within rounding of a step may fall on either side of it.
    assert exact.cdf(ours) >= p - 1e-6
    assert ours == 0 or exact.cdf(ours - 1) < p + 1e-6


@given(n=st.integers(1, 60), chance=st.floats(0.02, 0.98), p=st.floats(0.01, 0.999))
@settings(deadline=None)
def test_underdispersed_count_quantile_is_the_binomial_one(n, chance, p):
    ours = count_quantile(p, n * chance, n * chance * (1 - chance))
    exact = stats.binom(n, chance)
    assert exact.cdf(ours) >= p - 1e-6
    assert ours == 0 or exact.cdf(ours - 1) < p + 1e-6


@given(
    chances=st.lists(st.floats(0.01, 1), min_size=1, max_size=8),
    mean=st.floats(0, 8),
    ratio=st.floats(1, 4),
    p=st.floats(0.01, 0.9999),
)
@settings(deadline=None)
def test_sum_quantile_equals_brute_force(chances, mean, ratio, p):
    known = np.array(chances) / sum(chances)
    ks = np.arange(400)
    if mean < 1e-9:
        new = (ks == 0).astype(float)
    elif ratio > 1 + 1e-6:
        new = stats.nbinom.pmf(ks, mean / (ratio - 1), 1 / ratio)
    else:
        new = stats.poisson.pmf(ks, mean)
    cdf = np.convolve(known, new).cumsum()
    ours = sum_quantile(p, known, len(known), mean, mean * ratio)
    assert cdf[ours] >= p - 1e-6
    assert ours == 0 or cdf[ours - 1] < p + 1e-6


def test_large_counts_use_a_close_approximation():
    for ratio in (0.5, 1.0, 1.5):
        exact = stats.norm(1000, np.sqrt(1000 * ratio)).ppf(0.99)
        assert count_quantile(0.99, 1000.0, 1000.0 * ratio) == pytest.approx(exact, rel=0.005)


@given(subjects=st.integers(0, 50), time=st.floats(0.1, 40))
def test_observed_enrollment_moves_the_rate_towards_what_was_seen(subjects, time):
    prior = PoissonGamma(1.2, 2.0)
    mean = prior.updated(subjects, time).mean(1, 1.0)
    low, high = sorted((0.6, subjects / time))
    assert low - 1e-12 <= mean <= high + 1e-12


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: PoissonGamma(0, 1), "got 0"),
        (lambda: PoissonGamma(1, 1).quantile(1.5, 1, 1), "1.5"),
        (lambda: base_stock_buffer(-1, 0.1), "-1"),
        (lambda: site_risk(0.1, 0), "got 0"),
    ],
)
def test_impossible_arguments_are_refused_with_their_value(make, shown):
    with pytest.raises(ValueError, match=shown):
        make()
