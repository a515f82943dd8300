"""The enrollment band: the plan before there is news, the news when there is much of it, and simulation."""

import numpy as np
import pytest

from triallink.engines.planning import enrollment_band


def test_without_news_the_mean_is_the_plan_and_with_much_news_it_is_the_news():
    band = enrollment_band([0, 0], [0, 0], [0.1, 0.3], [100])
    assert band.mean[0] == pytest.approx(40)
    news = enrollment_band([500], [1000], [0.1], [100])
    assert news.mean[0] == pytest.approx(500 + 47.7, abs=0.1)


def test_a_site_that_opens_later_enrolls_later():
    band = enrollment_band([0], [0], [0.5], [10, 30], opens_in=[20])
    assert band.mean.tolist() == [0, 5]
    assert (band.low[0], band.high[0]) == (0, 0)


def test_the_band_holds_what_simulation_holds():
    enrolled, days = np.array([4, 9, 0, 2]), np.array([60, 90, 10, 45])
    rate = np.array([0.1, 0.1, 0.08, 0.05])
    band = enrollment_band(enrolled, days, rate, [90], level=0.8)
    draw = np.random.default_rng(7)
    rates = draw.gamma(rate * 60 + enrolled, 1 / (60 + days), size=(40_000, 4))
    total = 15 + draw.poisson(rates * 90).sum(axis=1)
    inside = np.mean((total >= band.low[0]) & (total <= band.high[0]))
    assert 0.80 <= inside <= 0.86
    assert band.mean[0] == pytest.approx(total.mean(), rel=0.01)


@pytest.mark.parametrize(
    "wrong", [([1], [1, 2], [0.1], [5]), ([-1], [1], [0.1], [5]), ([1], [1], [0.0], [5])]
)
def test_impossible_sites_are_refused(wrong):
    with pytest.raises(ValueError, match=r"entries|least|more than"):
        enrollment_band(*wrong)
