"""Designs with futility from a planned power, and plans with looks: what must hold, and published figures."""

import numpy as np
import pytest
from scipy.special import ndtr

from triallink.engines.design import (
    beta_spending_boundaries,
    cost,
    hwang_shih_decani_spending,
    kim_demets_spending,
    logrank_events,
    obrien_fleming_spending,
    optimal_wang_tsiatis,
    pampallona_tsiatis_boundaries,
    predictive_power,
    sequential_plan,
    sequential_power,
    shaped_boundaries,
    spending_boundaries,
    stopping,
    two_means,
)


def test_east_plan_with_beta_spending() -> None:
    # Source: East 6.5, gsDesign's tests of gsSurv: four looks, HSD(-4) upwards, power family 0.5 for beta, not binding.
    found = beta_spending_boundaries(
        hwang_shih_decani_spending(-4), kim_demets_spending(0.5), [0.25, 0.5, 0.75, 1], 0.025, 0.1
    )
    plan = sequential_plan(found, logrank_events(hazard_ratio=0.5, power=0.9))
    np.testing.assert_allclose(plan.looks, [29.1514896, 58.3029792, 87.4544688, 116.6059584], rtol=1e-6)


@pytest.mark.parametrize("sided", [1, 2])
@pytest.mark.parametrize("is_binding", [True, False])
def test_both_errors_are_spent_as_planned(sided, is_binding) -> None:  # type: ignore[no-untyped-def]
    t, alpha, beta = [0.35, 0.55, 0.8, 1.0], 0.05, 0.1
    spend = kim_demets_spending(1.35)
    found = beta_spending_boundaries(
        obrien_fleming_spending, spend, t, alpha, beta, sided=sided, is_binding=is_binding
    )
    assert found.alpha_spent[-1] == pytest.approx(alpha, abs=1e-8)
    ends = stopping(found, cost(found, 1 - beta).drift)
    far = float(ends.opposite.sum())
    assert np.cumsum(ends.futility) == pytest.approx([spend(each, beta) for each in t[:-1]], abs=1e-6 + far)
    assert ends.power == pytest.approx(1 - beta, abs=1e-9)


def test_published_two_sided_design_with_beta_spending() -> None:
    # Source: rpact 4.1.0, design (2) of its two-sided beta-spending tests: eight digits printed, searched to 1e-6.
    found = beta_spending_boundaries(
        kim_demets_spending(2.5),
        kim_demets_spending(1.5),
        [0.4, 0.65, 0.8, 1],
        0.05,
        0.1,
        sided=2,
        is_binding=True,
    )
    np.testing.assert_allclose(found.upper, [2.8032117, 2.4453423, 2.2956849, 1.9878913], atol=1e-5)
    np.testing.assert_allclose(found.futility[:-1], [0.3085062, 0.97461473, 1.3896954], atol=1e-5)


def test_pampallona_tsiatis_bounds_meet_and_keep_both_errors() -> None:
    found = pampallona_tsiatis_boundaries([0.3, 0.8, 1], 0.035, 0.1, delta_upper=0.2, delta_futility=0.3)
    assert found.alpha_spent[-1] == pytest.approx(0.035, abs=1e-9)
    spent = cost(found, 0.9)
    assert stopping(found, spent.drift).power == pytest.approx(0.9, abs=1e-9)
    shape = found.upper[-1] + (spent.drift - found.upper[-1])
    assert shape == pytest.approx(spent.drift)


def test_the_best_shape_is_best() -> None:
    t = [0.3, 0.8, 1]
    delta, found = optimal_wang_tsiatis(t, 0.025, 0.77)
    assert delta == pytest.approx(0.393)  # rpact 4.1.0 typeOfDesign "WToptimum"
    least = cost(found, 0.77).expected
    for other in (delta - 0.05, delta + 0.05):
        assert cost(shaped_boundaries("wang_tsiatis", t, 0.025, delta=other), 0.77).expected > least


def test_a_plan_has_the_power_it_was_made_for() -> None:
    bounds = shaped_boundaries("wang_tsiatis", [0.2, 0.5, 1], 0.025, delta=0.3)
    fixed = two_means(difference=0.5, sd=1, power=0.9, test="z")
    plan = sequential_plan(bounds, fixed)
    assert plan.stopping.power == pytest.approx(0.9)
    assert plan.expected < plan.expected_halfway < plan.expected_null <= plan.largest
    again = two_means(difference=0.5, sd=1, n=plan.largest, test="z")
    assert sequential_power(bounds, again).power == pytest.approx(0.9)
    assert sequential_power(bounds, again, is_opposite=True).power < 0.025
    with pytest.raises(ValueError, match="sides"):
        sequential_plan(bounds, two_means(difference=0.5, sd=1, power=0.9, alpha=0.05, sided=2))


def test_predictive_power_averages_conditional_power() -> None:
    bounds = spending_boundaries(obrien_fleming_spending, [0.4, 0.7, 1], 0.025)
    one_left = predictive_power(bounds, 2, 1.8)
    # Source: closed form of Spiegelhalter et al. with a flat prior: Φ((z/√t - u) √(t / (1 - t))).
    assert one_left == pytest.approx(ndtr((1.8 / 0.7**0.5 - bounds.upper[2]) * (0.7 / 0.3) ** 0.5), abs=1e-12)
    draws = np.random.default_rng(3).normal(1.2 / 0.4**0.5, 0.4**-0.5, 4000)
    from triallink.engines.design import conditional_power

    simulated = np.mean([conditional_power(bounds, 1, 1.2, float(each)) for each in draws[:400]])
    assert predictive_power(bounds, 1, 1.2) == pytest.approx(simulated, abs=0.05)
    with pytest.raises(ValueError, match="look 3"):
        predictive_power(bounds, 3, 1.0)


def test_bounds_that_cannot_meet_are_refused() -> None:
    with pytest.raises(ValueError, match="must not descend"):
        beta_spending_boundaries([0.01, 0.025], [0.2, 0.1], [0.5, 1], 0.025, 0.1)
    with pytest.raises(ValueError, match="shape"):
        pampallona_tsiatis_boundaries([0.5, 1], 0.025, 0.1, delta_upper=0.7)
