"""Adaptive designs: combination tests, re-estimated sizes, several treatments, and beliefs about the effect."""

import math

import numpy as np
import pytest
from scipy.stats import combine_pvalues, dunnett, norm

from triallink.engines.design import (
    Interim,
    beta_assurance,
    beta_posterior,
    blinded_size,
    blinded_variance,
    closed_dunnett,
    combined_z,
    conditional_error,
    dunnett_critical,
    dunnett_power,
    dunnett_probability,
    dunnett_size,
    dunnett_z,
    exact_one_proportion,
    expected_power,
    fisher_combination,
    inverse_normal,
    normal_assurance,
    normal_assurance_size,
    obrien_fleming_spending,
    promising_from,
    promising_zone,
    simon_design,
    single_arm_assurance,
    spending_boundaries,
    trend_power,
    two_means,
    two_proportions,
    two_stage_chance,
)

CRITICAL = 1.959964


# Source: Mehta, Pocock (2011), Statistics in Medicine 30, table 1: largest over planned size, interim fraction, power.
@pytest.mark.parametrize(
    ("growth", "fraction", "power", "least"),
    [
        (1.5, 0.25, 0.8, 0.42), (1.5, 0.5, 0.8, 0.41), (1.5, 0.75, 0.8, 0.38), (2, 0.25, 0.8, 0.37),
        (2, 0.5, 0.8, 0.36), (2, 0.75, 0.8, 0.33), (3, 0.25, 0.9, 0.32), (3, 0.5, 0.9, 0.31), (3, 0.75, 0.9, 0.27),
    ],
)  # fmt: skip
def test_promising_zone_begins_where_the_table_says(growth, fraction, power, least) -> None:  # type: ignore[no-untyped-def]
    interim = Interim(100 * fraction, 100, 100 * growth, CRITICAL, power)
    assert promising_from(interim) == pytest.approx(least, abs=0.0056)


def test_size_grows_in_the_promising_zone_only() -> None:
    interim = Interim(208, 442, 884, CRITICAL, 0.8)
    for z, zone in ((0.2, "unfavourable"), (1.3, "promising"), (2.4, "favourable")):
        found = promising_zone(interim, z)
        assert found.zone == zone
        assert (found.n > 442) == (zone == "promising")
        assert found.conditional_power[1] >= found.conditional_power[0] - 1e-12
    assert promising_zone(interim, 1.3).conditional_power[1] == pytest.approx(0.8)
    assert promising_zone(interim, 1.16, least=0.3).n == 884
    assert trend_power(interim, 1.3, 442) == pytest.approx(trend_power(interim, 1.3, 442, weighted=False))


def test_combination_of_unchanged_stages_is_the_statistic_of_all() -> None:
    draw = np.random.default_rng(4).standard_normal(100)
    stages = draw[:30], draw[30:60], draw[60:]
    found = combined_z([float(part.sum() / len(part) ** 0.5) for part in stages], [0.3, 0.6, 1.0])
    assert found[-1] == pytest.approx(draw.sum() / 10)
    np.testing.assert_allclose(
        inverse_normal([0.1, 0.02], [0.5, 1]), combined_z([norm.isf(0.1), norm.isf(0.02)], [0.5, 1])
    )


@pytest.mark.parametrize("p", [[0.3], [0.1, 0.05], [0.7, 0.2, 0.01], [1e-9, 0.9]])
def test_fisher_combination_is_the_chi_square_one(p: list[float]) -> None:
    assert fisher_combination(p) == pytest.approx(combine_pvalues(p).pvalue, rel=1e-9)


def test_conditional_error_averages_to_what_is_left() -> None:
    bounds = spending_boundaries(obrien_fleming_spending, [0.6, 1], 0.025)
    grid = np.linspace(-7.0, float(bounds.upper[0]), 2001)
    left = [conditional_error(bounds, 1, float(z)) * norm.pdf(z) for z in grid]
    assert np.trapezoid(left, grid) == pytest.approx(0.025 - bounds.alpha_spent[0], abs=1e-6)


def test_blinded_variance_and_size() -> None:
    draw = np.random.default_rng(5)
    first, second = draw.normal(0, 2, 20_000), draw.normal(1.5, 2, 20_000)
    both = np.concatenate([first, second])
    assert blinded_variance(float(both.var(ddof=1)), 40_000, difference=1.5) == pytest.approx(4, rel=0.02)
    planned = two_means(difference=1, sd=2, power=0.9).n
    assert blinded_size(9.0, 80, difference=1, planned=planned) == pytest.approx(
        two_means(difference=1, sd=3, power=0.9).n
    )
    assert blinded_size(1.0, 80, difference=1, planned=planned) == planned
    assert blinded_size(9.0, 80, difference=1, planned=planned, largest=200) == 200


def test_closed_test_agrees_with_scipy_for_a_single_step() -> None:
    draw = np.random.default_rng(6)
    control, arms = draw.normal(0, 1, 40), [draw.normal(shift, 1, 40) for shift in (0.2, 0.6)]
    pooled = np.sqrt(np.mean([each.var(ddof=1) for each in (control, *arms)]))
    z = dunnett_z(
        np.array([each.mean() for each in arms]), float(control.mean()), float(pooled), np.array([40, 40]), 40
    )
    theirs = dunnett(*arms, control=control, alternative="greater", random_state=1)
    np.testing.assert_allclose(z, theirs.statistic, rtol=1e-12)
    ours = [1 - dunnett_probability(float(each), ratios=(1.0, 1.0), freedom=117) for each in z]
    np.testing.assert_allclose(ours, theirs.pvalue, atol=2e-3)  # scipy integrates at random points
    closed = closed_dunnett(tuple(float(each) for each in z), freedom=117)
    assert closed.adjusted[1] == pytest.approx(ours[1])
    assert closed.adjusted[0] <= ours[0]


def test_size_and_power_of_dunnetts_test_undo_one_another() -> None:
    for success in ("any", "all"):
        control = dunnett_size((0.5, 0.4, 0.6), sd=1, power=0.85, ratio=0.7, success=success)  # type: ignore[arg-type]
        found = dunnett_power((0.5, 0.4, 0.6), sd=1, control=control, ratio=0.7, success=success)  # type: ignore[arg-type]
        assert found == pytest.approx(0.85, abs=1e-7)
    # One treatment is the plain test of two groups.
    assert dunnett_critical(1, 0.025) == pytest.approx(CRITICAL, abs=1e-6)
    pair = two_means(difference=0.5, sd=1, power=0.9, test="z")
    assert dunnett_size((0.5,), sd=1, power=0.9) == pytest.approx(pair.groups[1])
    assert dunnett_power((0.5,), sd=1, control=50, known=False) == pytest.approx(
        two_means(difference=0.5, sd=1, n=100).power
    )


def test_assurance_is_power_averaged_over_the_prior() -> None:
    error = 0.2
    closed = normal_assurance(0.5, 0.15, error)
    averaged = expected_power(lambda d: float(norm.cdf(d / error - CRITICAL)), norm(0.5, 0.15).ppf)
    assert closed == pytest.approx(averaged, abs=1e-5)
    assert normal_assurance(0.5, 0, error) == pytest.approx(norm.cdf(0.5 / error - CRITICAL), abs=1e-6)
    n = normal_assurance_size(0.5, 0.2, deviation=1, assurance=0.8)
    assert normal_assurance(0.5, 0.2, 2 / math.sqrt(n)) == pytest.approx(0.8)
    with pytest.raises(ValueError, match="prior chance"):
        normal_assurance_size(0.5, 0.5, deviation=1, assurance=0.9)


def test_assurance_of_proportions_draws_from_both_priors() -> None:
    def power(p: float, q: float) -> float:
        return two_proportions(treatment=p, control=q, n=200).power if p > q else 0.0

    found = beta_assurance(power, treatment=(40, 60), control=(25, 75), points=24)
    draw = np.random.default_rng(8)
    simulated = [
        power(float(p), float(q))
        for p, q in zip(draw.beta(40, 60, 4000), draw.beta(25, 75, 4000), strict=True)
    ]
    assert found == pytest.approx(np.mean(simulated), abs=4 * np.std(simulated) / 4000**0.5)
    assert beta_posterior((1, 1), 3, 10) == (4, 8)
    exact = exact_one_proportion(proportion=0.4, null=0.2, n=40)
    assert single_arm_assurance((4e6, 6e6), n=40, critical=exact.critical) == pytest.approx(
        exact.power, abs=1e-5
    )


def test_simon_designs_keep_both_errors() -> None:
    found = simon_design(0.2, 0.4, alpha=0.05, power=0.9)
    # Source: Simon (1989), table 1: 4/19, 15/54, expected 30.4.
    assert (found.first_limit, found.first_n, found.limit, found.n) == (4, 19, 15, 54)
    assert found.expected_n == pytest.approx(30.4, abs=0.05)
    assert two_stage_chance(found, 0.2) == pytest.approx(found.alpha)
    assert two_stage_chance(found, 0.4) == pytest.approx(found.power)
    responses = np.random.default_rng(9).random((200_000, found.n)) < 0.4
    first = responses[:, : found.first_n].sum(axis=1)
    share = ((first > found.first_limit) & (responses.sum(axis=1) > found.limit)).mean()
    assert share == pytest.approx(found.power, abs=4 * (0.9 * 0.1 / 200_000) ** 0.5)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Interim(50, 40, 80, 2, 0.9), "ascend"),
        (lambda: trend_power(Interim(50, 100, 200, 2, 0.9), 1, 50), "50 subjects at the end"),
        (lambda: promising_zone(Interim(50, 100, 200, 2, 0.8), 1, least=0.9), "promising from 0.9"),
        (lambda: combined_z([1, 2], [0.5]), "2 stages"),
        (lambda: inverse_normal([0, 0.5], [0.5, 1]), "p-values"),
        (lambda: fisher_combination([1.5]), "1.5"),
        (lambda: blinded_variance(1.0, 50, difference=3), "explains more"),
        (lambda: dunnett_critical(13, 0.05), "not 13"),
        (lambda: dunnett_size((0.0, -1.0), sd=1, power=0.9), "no size"),
        (lambda: closed_dunnett((1.0, 2.0), ratios=(1.0,)), "1 ratios"),
        (lambda: simon_design(0.4, 0.2, alpha=0.05, power=0.8), "not below"),
        (lambda: simon_design(0.2, 0.25, alpha=0.05, power=0.8, most=30), "up to 30"),
        (lambda: normal_assurance(0.5, -1, 1), "-1"),
        (lambda: beta_posterior((1, 1), 11, 10), "11 events"),
    ],
)
def test_what_cannot_be_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call()
