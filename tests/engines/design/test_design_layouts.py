"""Equivalence, clusters, correlation, diagnostic accuracy and several means: what must hold beside the published values."""

import math

import numpy as np
import pytest
from scipy.stats import f_oneway

from triallink.engines.design import (
    accuracy_precision,
    area_under_curve,
    cluster_means,
    cluster_proportions,
    correlation,
    design_effect,
    equivalent_means,
    several_means,
    tost_power,
    two_means,
    two_proportions,
)


def test_equivalence_by_simulation() -> None:
    draw = np.random.default_rng(10)
    size, trials = 24, 20_000
    first, second = draw.normal(0.1, 1, (trials, size)), draw.normal(0, 1, (trials, size))
    difference = first.mean(axis=1) - second.mean(axis=1)
    error = np.sqrt((first.var(axis=1, ddof=1) + second.var(axis=1, ddof=1)) / size)
    critical = 1.678660  # t quantile 0.95 with 46 degrees of freedom
    share = ((difference - 1 < -critical * error) & (difference + 1 > critical * error)).mean()
    found = equivalent_means(difference=0.1, limits=(-1, 1), sd=1, n=2 * size).power
    assert found == pytest.approx(share, abs=4 * math.sqrt(found * (1 - found) / trials))


@pytest.mark.parametrize("layout", ["groups", "crossover", "pairs"])
def test_size_and_power_of_equivalence_undo_one_another(layout) -> None:  # type: ignore[no-untyped-def]
    found = equivalent_means(difference=0.2, limits=(-0.8, 0.7), sd=1, layout=layout, power=0.85)
    assert equivalent_means(
        difference=0.2, limits=(-0.8, 0.7), sd=1, layout=layout, n=found.n
    ).power == pytest.approx(0.85)
    # Limits a standard error away leave no room for both tests to reject, but for the luckiest variances.
    assert tost_power(-1.0, 1.0, 10) < 0.01


def test_clusters_of_one_are_subjects_and_likeness_costs() -> None:
    alone = cluster_means(difference=0.4, sd=1, cluster_size=1, correlation=0.3, power=0.9)
    assert 2 * alone.clusters == pytest.approx(
        two_means(difference=0.4, sd=1, alpha=0.05, sided=2, power=0.9).n
    )
    z = cluster_proportions(treatment=0.3, control=0.2, cluster_size=1, correlation=0, power=0.9, test="z")
    assert 2 * z.clusters == pytest.approx(
        two_proportions(treatment=0.3, control=0.2, power=0.9, alpha=0.05, sided=2, variance="unpooled").n
    )
    # Source: Donner, Klar (2000): 1 + (20 - 1) 0.05; Eldridge et al. (2006) with sizes that vary by 0.65.
    assert design_effect(20, 0.05) == pytest.approx(1.95)
    assert design_effect(20, 0.05, size_cv=0.65) == pytest.approx(1 + (1.4225 * 20 - 1) * 0.05)
    again = cluster_means(difference=0.4, sd=1, cluster_size=20, correlation=0.05, clusters=12)
    assert cluster_means(
        difference=0.4, sd=1, cluster_size=20, correlation=0.05, power=again.power
    ).clusters == pytest.approx(12)


@pytest.mark.parametrize("sided", [1, 2])
def test_correlation_size_power_and_value_undo_one_another(sided) -> None:  # type: ignore[no-untyped-def]
    found = correlation(value=0.45, null=0.2, power=0.8, sided=sided)
    assert correlation(value=0.45, null=0.2, n=found.n, sided=sided).power == pytest.approx(0.8)
    assert correlation(null=0.2, n=found.n, power=0.8, sided=sided).effect == pytest.approx(0.45)


def test_diagnostic_accuracy() -> None:
    # Source: Buderer (1996), Academic Emergency Medicine 3: sensitivity 0.9, ± 0.05, prevalence 0.2 by her formula.
    assert accuracy_precision(proportion=0.9, half_width=0.05, prevalence=0.2) == pytest.approx(
        138.29 / 0.2, abs=0.05
    )
    found = area_under_curve(auc=0.8, null=0.7, power=0.9, ratio=2)
    assert area_under_curve(auc=0.8, null=0.7, n=found.n, ratio=2).power == pytest.approx(0.9)
    assert found.groups[0] == pytest.approx(2 * found.groups[1])


def test_several_means_by_simulation_and_two_as_a_t_test() -> None:
    found = several_means(means=(0.0, 0.3, 0.6, 0.0), n=100).power
    data = np.random.default_rng(11).normal(0, 1, (20_000, 4, 25)) + np.array([0.0, 0.3, 0.6, 0.0])[:, None]
    share = (f_oneway(*np.moveaxis(data, 1, 0), axis=1).pvalue <= 0.05).mean()
    assert found == pytest.approx(share, abs=4 * math.sqrt(found * (1 - found) / 20_000))
    assert several_means(means=(0.0, 1.0, 2.0), sd=2.0, n=60).effect == pytest.approx(math.sqrt(2 / 3) / 2)
    # Two groups are the two-sided t-test.
    pair = several_means(means=(0.0, 0.5), n=80)
    assert pair.power == pytest.approx(
        two_means(difference=0.5, sd=1, n=80, alpha=0.05, sided=2).power, abs=2e-4
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: equivalent_means(difference=2, limits=(-1, 1), sd=1, power=0.8), "not within"),
        (lambda: tost_power(1, -1, 10), "limits 1 and -1"),
        (lambda: design_effect(0.5, 0.1), "0.5"),
        (
            lambda: cluster_means(difference=0, sd=1, cluster_size=5, correlation=0.1, power=0.8),
            "difference of 0",
        ),
        (lambda: correlation(value=1.2, power=0.8), "1.2"),
        (lambda: accuracy_precision(proportion=0.9, half_width=0.05, prevalence=0), "prevalence is 0"),
        (lambda: several_means(effect_f=0.2, power=0.8), "groups"),
        (lambda: several_means(effect_f=0.2, groups=1, power=0.8), "1 groups"),
    ],
)
def test_what_cannot_be_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call()
