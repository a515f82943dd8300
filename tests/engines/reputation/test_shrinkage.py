"""Shrinkage: no case leaves the service mean, many cases leave the supplier's own, and the interval narrows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triallink.engines.reputation import (
    FORMULAS,
    WEIGHTS,
    Estimate,
    Tally,
    overall,
    shrunk_mean,
    shrunk_rate,
    shrunk_share,
)


def test_published_posterior_of_placenta_previa():
    """Gelman et al., BDA3 §2.4: 437 girls of 980; with a prior of weight 4 at 0.485 the mean moves to 0.446."""
    found = shrunk_share(437, 980, 0.485)
    assert found.value == pytest.approx((437 + 4 * 0.485) / 984, abs=1e-12)
    # The book's 95 % interval under a uniform prior is [0.415, 0.477]; ours is the 90 % one and lies within it.
    assert 0.415 < found.low < found.value < found.high < 0.477


def test_published_posterior_of_asthma_deaths():
    """Gelman et al., BDA3 §2.6: a gamma(3, 5) prior and 30 deaths in 20 (times 100,000) give gamma(33, 25): 1.32.

    Our prior weighs 4 cases; at the mean 0.6 it is gamma(2.4, 4), so the posterior is gamma(32.4, 24): 1.35.
    """
    found = shrunk_rate(30, 20, 0.6)
    assert found.value == pytest.approx(32.4 / 24, abs=1e-12)
    assert found.low < 1.32 < found.high


@given(cases=st.integers(0, 500), share=st.floats(0, 1), mean=st.floats(0.01, 0.99))
def test_a_share_lies_between_its_own_and_the_service(cases: int, share: float, mean: float):
    good = round(cases * share)
    found = shrunk_share(good, cases, mean)
    own = good / cases if cases else mean
    assert min(own, mean) - 1e-9 <= found.value <= max(own, mean) + 1e-9
    assert 0 <= found.low <= found.high <= 1
    assert found.cases == cases


def test_more_cases_count_more_and_are_known_better():
    few, many = shrunk_share(2, 2, 0.5), shrunk_share(200, 200, 0.5)
    assert few.value < many.value
    assert many.high - many.low < few.high - few.low
    assert shrunk_rate(0, 0, 1.5).value == pytest.approx(1.5)
    assert shrunk_mean(Tally(0, 0.0), 3.8, 0.9).value == pytest.approx(3.8)
    assert shrunk_mean(Tally(4, 20.0), 3.8, 0.9, 1, 5).value == pytest.approx(4.4)


@given(
    st.fixed_dictionaries(
        {
            "on_time": st.floats(0, 1), "first_time": st.floats(0, 1), "findings": st.floats(0, 20),
            "hours": st.floats(0, 3), "rating": st.floats(1, 5),
        }
    ),
    st.sets(st.sampled_from(sorted(WEIGHTS)), min_size=1),
)  # fmt: skip
def test_the_score_stays_within_its_scale(values: dict[str, float], chosen: set[str]):
    found = overall({name: Estimate(values[name], 0, 1, 3) for name in chosen})
    assert -1e-9 <= found <= 100 + 1e-9


def test_the_best_record_scores_a_hundred():
    best = {"on_time": 1.0, "first_time": 1.0, "findings": 0.0, "hours": 0.0, "rating": 5.0}
    assert overall({name: Estimate(value, 0, 1, 9) for name, value in best.items()}) == pytest.approx(100)
    assert set(FORMULAS) == {*WEIGHTS, "overall"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: shrunk_share(3, 2, 0.5),
        lambda: shrunk_share(1, 2, 1.5),
        lambda: shrunk_rate(-1, 2, 0.5),
        lambda: shrunk_mean(Tally(1, 3.0), 3.0, 0.0),
        lambda: overall({}),
        lambda: overall({"charm": Estimate(1, 0, 1, 1)}),
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\S"):
        wrong()
    assert math.isfinite(shrunk_rate(0, 3, 0.0).value)
