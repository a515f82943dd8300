"""Designs with one analysis: published answers, and that size, power and effect undo one another."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines import design
from triallink.engines.design import (
    Accrual,
    Hazard,
    best_ratio,
    crossover_means,
    equivalent_proportions,
    exact_one_proportion,
    fisher_power,
    fisher_size,
    lachin_foulkes,
    logrank_events,
    mcnemar,
    one_mean,
    one_proportion,
    paired_means,
    ratio_of_means,
    restricted_proportions,
    score_statistic,
    survival_plan,
    two_means,
    two_proportions,
    two_rates,
)

VECTORS = [
    vector
    for name in ("fixed", "stages_and_arms")
    for vector in json.loads(Path(f"tests/vectors/design/{name}.json").read_text("utf-8"))["vectors"]
]


def value_of(found: Any, name: str) -> Any:
    """Return an attribute of an answer, or the answer itself."""
    return found if name == "value" else getattr(found, name)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each['function']}-{each['source'][:30]}")
def test_published_answer_is_reproduced(vector: dict) -> None:
    arguments = {
        key: tuple(value) if isinstance(value, list) else value for key, value in vector["arguments"].items()
    }
    found = getattr(design, vector["function"])(**arguments)
    for name, expected in vector["expected"].items():
        np.testing.assert_allclose(value_of(found, name), expected, rtol=0, atol=vector["tolerance"] + 1e-12)


CASES = [
    (one_mean, "difference", {"sd": 2.0}, 0.7),
    (paired_means, "difference", {"sd": 2.0, "correlation": 0.4}, -0.7),
    (two_means, "difference", {"sd": (1.0, 2.0), "ratio": 1.5, "null": -0.2}, 0.5),
    (ratio_of_means, "quotient", {"cv": 0.4, "null": 0.8}, 1.1),
    (crossover_means, "difference", {"sd_within": 1.0}, 0.4),
    (one_proportion, "proportion", {"null": 0.3}, 0.45),
    (two_proportions, "treatment", {"control": 0.3, "ratio": 2.0}, 0.45),
    (two_proportions, "treatment", {"control": 0.3, "scale": "ratio", "null": 0.8, "upward": True}, 0.4),
    (two_proportions, "treatment", {"control": 0.3, "scale": "odds_ratio", "upward": False}, 0.2),
    (two_rates, "rate_ratio", {"control_rate": 0.8, "dispersion": 0.5, "exposure": 2.0}, 0.7),
    (logrank_events, "hazard_ratio", {"ratio": 2.0}, 0.7),
]


@pytest.mark.parametrize(("function", "effect", "given_values", "value"), CASES)
@pytest.mark.parametrize("sided", [1, 2])
def test_size_power_and_effect_undo_one_another(function, effect, given_values, value, sided) -> None:  # type: ignore[no-untyped-def]
    size = "events" if function is logrank_events else "n"
    asked = {**given_values, "alpha": 0.05, "sided": sided}
    found = function(**{effect: value, "power": 0.85}, **asked)
    assert function(**{effect: value, size: found.n}, **asked).power == pytest.approx(0.85, abs=1e-9)
    if value > 0:
        back = function(**{size: found.n, "power": 0.85}, **asked).effect
        assert back == pytest.approx(value, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.floats(-0.9, 0.9), st.floats(0.2, 5.0),
    st.sampled_from(["difference", "ratio", "odds_ratio"]),
)  # fmt: skip
def test_restricted_proportions_have_the_effect_and_are_most_likely(p1, p2, null, ratio, scale) -> None:  # type: ignore[no-untyped-def]
    at = null if scale == "difference" else float(np.exp(2 * null))
    found = restricted_proportions(p1, p2, at, ratio=ratio, scale=scale)

    def likelihood(control: float) -> float:
        treatment = design.treatment_proportion(control, at, scale)
        if not (0 < treatment < 1 and 0 < control < 1):
            return -np.inf
        first = p1 * np.log(treatment) + (1 - p1) * np.log(1 - treatment)
        return float(ratio * first + p2 * np.log(control) + (1 - p2) * np.log(1 - control))

    assert design.treatment_proportion(found.control, at, scale) == pytest.approx(found.treatment, abs=1e-9)
    best = likelihood(found.control)
    for step in (-1e-3, 1e-3):
        assert likelihood(found.control + step) <= best + 1e-12


def test_score_confidence_limits_of_a_published_table() -> None:
    # Source: Newcombe (1998), Statistics in Medicine 17, method 10 (Miettinen–Nurminen, corrected), 56/70 and 48/80.
    for limit, z in ((0.0528, 1.959964), (0.3382, -1.959964)):
        assert score_statistic((56, 48), (70, 80), null=limit, corrected=True) == pytest.approx(z, abs=2e-3)


def test_crossover_needs_less_than_groups_and_pairs_less_than_uncorrelated() -> None:
    assert (
        crossover_means(difference=0.5, sd_within=1, power=0.9).n
        < two_means(difference=0.5, sd=1, power=0.9).n
    )
    assert (
        paired_means(difference=0.5, sd=1, correlation=0.6, power=0.9).n
        < paired_means(difference=0.5, sd=1, correlation=0.0, power=0.9).n
    )


def test_mcnemar_of_a_published_example() -> None:
    # Source: Connor (1987), Biometrics 43: discordant 0.25 and 0.10, two-sided 0.05, power 0.9; his formula by hand.
    p, d = 0.35, 0.15
    by_hand = (1.959964 * p**0.5 + 1.281552 * (p - d**2) ** 0.5) ** 2 / d**2
    assert mcnemar(discordant=(0.25, 0.10), power=0.9).n == pytest.approx(by_hand, rel=1e-5)


def test_fisher_power_is_that_of_every_table() -> None:
    # Source: R 4.2.2 enumeration with fisher.test(alternative = "two.sided") on 10 + 10 subjects is the same sum.
    from scipy.stats import binom, fisher_exact

    expected = sum(
        binom.pmf(a, 9, 0.8) * binom.pmf(b, 11, 0.2)
        for a in range(10)
        for b in range(12)
        if fisher_exact([[a, 9 - a], [b, 11 - b]])[1] <= 0.05
    )
    assert fisher_power(0.8, 0.2, (9, 11)) == pytest.approx(expected, abs=1e-12)
    first, second = fisher_size(0.8, 0.3, power=0.8)
    assert fisher_power(0.8, 0.3, (first, second)) >= 0.8


def test_exact_size_that_lasts_is_not_smaller_and_keeps_its_error() -> None:
    first = exact_one_proportion(proportion=0.2, null=0.05, power=0.8)
    lasting = exact_one_proportion(proportion=0.2, null=0.05, power=0.8, lasting=True)
    assert first.n <= lasting.n
    assert first.power >= 0.8
    for n in range(lasting.n, lasting.n + 60):
        found = exact_one_proportion(proportion=0.2, null=0.05, n=n)
        assert found.power >= 0.8
        assert found.size <= 0.025
    down = exact_one_proportion(proportion=0.2, null=0.5, n=28)
    up = exact_one_proportion(proportion=0.8, null=0.5, n=28)
    assert down.power == pytest.approx(up.power, abs=1e-12)


def test_subjects_of_a_survival_study_are_those_of_sas() -> None:
    # Source: SAS 9.4 PROC SEQDESIGN, as printed by gsDesign's tests; they state two subjects as tolerance.
    control = Hazard.of_median(20)
    treatment = control.times(0.5)
    events = logrank_events(hazard_ratio=0.5, power=0.9).n
    fixed = survival_plan(
        events, treatment=treatment, control=control, accrual=Accrual((24.0,), (1.0,)), follow_up=12
    )
    assert fixed.n == pytest.approx(197.1152, abs=0.02)
    open_ended = survival_plan(
        events,
        treatment=treatment,
        control=control,
        accrual=Accrual((24.0,), (6.0,)),
        follow_up=12,
        extend="duration",
    )
    assert open_ended.n == pytest.approx(182.1759, abs=0.02)
    assert open_ended.accrual.rates == (6.0,)
    both = lachin_foulkes(
        treatment=treatment, control=control, accrual=Accrual((24.0,), (1.0,)), follow_up=12, power=0.9
    )
    assert both.events == pytest.approx(87.4793, abs=2)
    assert both.n == pytest.approx(197.1152, abs=2)


def test_events_happen_when_the_plan_says() -> None:
    control = Hazard((0.02, 0.04), (0.0, 12.0))
    plan = survival_plan(
        120, treatment=control.times(0.6), control=control, accrual=Accrual((6.0, 18.0), (10.0, 30.0)),
        n=450, extend="duration", ratio=2, dropouts=(0.01, 0.02),
    )  # fmt: skip
    assert plan.n == pytest.approx(450)
    assert plan.groups == pytest.approx((300, 150))
    assert plan.events_by(plan.duration) == pytest.approx(120, rel=1e-9)
    assert plan.time_of(60) < plan.duration
    assert plan.subjects_by(6) == pytest.approx(60)
    # The same by drawing subjects: entry, event and drop-out at random.
    draw = np.random.default_rng(7)
    size = 400_000
    entry = np.where(draw.random(size) < 60 / 450, draw.random(size) * 6, 6 + draw.random(size) * 13)
    gone = draw.exponential(1 / 0.02, size)
    first = draw.exponential(1 / 0.02, size)
    event = np.where(first < 12, first, 12 + draw.exponential(1 / 0.04, size))
    share = float(((event < gone) & (entry + event < plan.duration)).mean())
    assert plan.events_of_groups(plan.duration)[1] == pytest.approx(150 * share, rel=0.02)


def test_equal_groups_are_best_for_equal_variances() -> None:
    assert best_ratio(lambda ratio: two_means(difference=1, sd=2, ratio=ratio, power=0.9).n) == pytest.approx(
        1, abs=1e-3
    )


def test_equivalence_of_proportions_needs_more_when_they_differ() -> None:
    same = equivalent_proportions(treatment=0.6, control=0.6, margin=0.15, power=0.8, alpha=0.05)
    apart = equivalent_proportions(treatment=0.65, control=0.6, margin=0.15, power=0.8, alpha=0.05)
    assert same.n < apart.n
    back = equivalent_proportions(treatment=0.6, control=0.6, margin=0.15, n=same.n, alpha=0.05)
    assert back.power == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: one_mean(difference=1, sd=0, power=0.9), "sd must be above zero: 0"),
        (lambda: one_mean(difference=1, sd=1), "exactly one"),
        (lambda: one_mean(difference=0, sd=1, power=0.9), "null hypothesis: 0"),
        (lambda: one_mean(difference=1, sd=1, power=0.02), "a power of 0.02"),
        (lambda: two_means(difference=1, sd=1, power=0.9, sided=3), "not 3"),
        (lambda: two_means(difference=1, sd=1, n=1), "too few"),
        (lambda: paired_means(difference=1, sd=1, correlation=1, power=0.9), "correlation is 1"),
        (lambda: two_proportions(treatment=1.2, control=0.3, power=0.9), "1.2"),
        (lambda: two_proportions(treatment=0.3, control=0.3, power=0.9), "null hypothesis"),
        (lambda: restricted_proportions(0.2, 0.3, -2, scale="ratio"), "-2"),
        (lambda: score_statistic((11, 2), (10, 10)), "11 events among 10"),
        (lambda: equivalent_proportions(treatment=0.9, control=0.6, margin=0.1, power=0.8), "not within"),
        (lambda: mcnemar(discordant=(0.7, 0.6), power=0.8), "more than all"),
        (lambda: exact_one_proportion(proportion=0.2, null=0.2, n=10), "both"),
        (lambda: logrank_events(hazard_ratio=0.5, null=1.2, power=0.9, method="freedman"), "1.2"),
        (lambda: Hazard((0.1, -0.1), (0.0, 1.0)), "above zero"),
        (lambda: Accrual((5.0, 3.0), (1.0, 1.0)), "ascend"),
        (lambda: two_rates(rate_ratio=0.5, control_rate=1, dispersion=-1, power=0.9), "dispersion is -1"),
    ],
)
def test_what_cannot_be_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call()
