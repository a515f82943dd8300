"""What must hold for any survival data: brute force on small ones, order and units without influence, refusals."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from triallink.engines.survival import cox, forest, kaplan_meier, logrank, proportional_hazards

few = settings(max_examples=30, deadline=None)
subjects = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 1), st.integers(0, 1), st.integers(-2, 2)),
    min_size=6,
    max_size=25,
)


def columns(rows):
    time, event, arm, x = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return time, event, arm, x


def model_of(rows, **options):
    """Return a model of these subjects, or give the example up where they determine none."""
    time, event, arm, x = columns(rows)
    try:
        return cox(time, event, {"arm": arm, "x": x}, **options)
    except ValueError:
        assume(False)


@few
@given(subjects)
def test_survival_is_the_product_over_event_times(rows):
    time, event, *_ = columns(rows)
    curve = kaplan_meier(time, event)
    for place, moment in enumerate(curve.times):
        product = 1.0
        for each in sorted(set(time[event == 1])):
            if each <= moment:
                product *= 1 - np.sum((time == each) & (event == 1)) / np.sum(time >= each)
        assert curve.survival[place] == pytest.approx(product)
        assert curve.at_risk[place] == np.sum(time >= moment)


@few
@given(subjects)
def test_without_censoring_survival_is_the_share_still_free(rows):
    time, *_ = columns(rows)
    curve = kaplan_meier(time, np.ones_like(time))
    assert curve.survival == pytest.approx([np.mean(time > moment) for moment in curve.times])
    assert curve.restricted_mean().value == pytest.approx(time.mean())


@few
@given(subjects, st.sampled_from(["plain", "log", "log-log", "logit", "arcsine"]))
def test_limits_enclose_the_curve(rows, band):
    time, event, *_ = columns(rows)
    curve = kaplan_meier(time, event, band=band)
    known = curve.survival > 0
    assert (curve.lower[known] <= curve.survival[known] + 1e-12).all()
    assert (curve.survival[known] <= curve.upper[known] + 1e-12).all()
    assert ((curve.lower[known] >= 0) & (curve.upper[known] <= 1)).all()
    assert np.isnan(curve.lower[~known]).all()


@few
@given(subjects, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = (kaplan_meier(*columns(each)[:2]) for each in (rows, shuffled))
    assert one.survival == pytest.approx(other.survival)
    first, second = model_of(rows), model_of(shuffled)
    assert first.coefficients == pytest.approx(second.coefficients, abs=1e-6)
    assert first.concordance == pytest.approx(second.concordance, abs=1e-6, nan_ok=True)


@few
@given(subjects, st.sampled_from(["logrank", "gehan", "tarone-ware", "peto"]))
def test_a_log_rank_test_knows_no_unit_and_no_name(rows, weight):
    time, event, arm, _ = columns(rows)
    try:
        one = logrank(time, event, arm, weight=weight)
    except ValueError:
        assume(False)
    other = logrank(time * 7, event, np.where(arm == 1, "a", "b"), weight=weight)
    assert one.chi_square == pytest.approx(other.chi_square, abs=1e-9)
    assert one.observed.sum() == pytest.approx(one.expected.sum())
    assert one.z == pytest.approx(-other.z, abs=1e-6)


@few
@given(subjects)
def test_two_scores_are_the_test_of_two_groups(rows):
    time, event, arm, _ = columns(rows)
    try:
        one = logrank(time, event, arm)
    except ValueError:
        assume(False)
    assert logrank(time, event, arm, scores=[3, 5]).chi_square == pytest.approx(one.chi_square)


def test_the_score_test_of_one_arm_is_the_log_rank_test():
    rng = np.random.default_rng(7)
    time, event, arm = rng.exponential(1, 80), rng.random(80) < 0.7, np.repeat([0, 1], 40)
    stratum = np.tile(["a", "b"], 40)
    model = cox(time, event, {"arm": arm}, strata=stratum)
    assert model.score.chi_square == pytest.approx(logrank(time, event, arm, strata=stratum).chi_square)


def test_without_ties_the_three_ways_agree():
    rng = np.random.default_rng(8)
    time, event, x = rng.exponential(1, 60), rng.random(60) < 0.8, rng.normal(size=60)
    efron, breslow, exact = (cox(time, event, {"x": x}, ties=ties) for ties in ("efron", "breslow", "exact"))
    assert efron.coefficients == pytest.approx(breslow.coefficients)
    assert efron.coefficients == pytest.approx(exact.coefficients)
    assert efron.log_likelihoods == pytest.approx(exact.log_likelihoods)


@few
@given(subjects)
def test_exact_likelihood_is_the_sum_over_all_sets(rows):
    model = model_of(rows, ties="exact")
    time, event, arm, x = columns(rows)
    score = np.exp(np.column_stack([arm, x]) @ model.coefficients)
    value = 0.0
    for moment in np.unique(time[event == 1]):
        failed = np.flatnonzero((time == moment) & (event == 1))
        at_risk = np.flatnonzero(time >= moment)
        sets = sum(np.prod(score[list(each)]) for each in combinations(at_risk, len(failed)))
        value += np.log(np.prod(score[failed]) / sets)
    assert model.log_likelihoods[1] == pytest.approx(value)


@few
@given(subjects)
def test_a_model_is_at_the_top_of_its_likelihood(rows):
    model = model_of(rows)
    time, event, arm, x = columns(rows)

    def value(beta):
        score = np.column_stack([arm, x]) @ beta
        total = 0.0
        for moment in np.unique(time[event == 1]):
            failed = (time == moment) & (event == 1)
            risk, tied = np.exp(score[time >= moment]).sum(), np.exp(score[failed]).sum()
            total += score[failed].sum() - sum(
                np.log(risk - i / failed.sum() * tied) for i in range(failed.sum())
            )
        return total

    assert value(model.coefficients) == pytest.approx(model.log_likelihoods[1])
    for step in np.eye(2) * 0.01:
        assert value(model.coefficients + step) <= model.log_likelihoods[1] + 1e-9
        assert value(model.coefficients - step) <= model.log_likelihoods[1] + 1e-9


def test_entries_before_the_first_event_change_nothing_and_later_ones_do():
    rng = np.random.default_rng(9)
    time, event, x = 1 + rng.exponential(1, 50), rng.random(50) < 0.8, rng.normal(size=50)
    plain = cox(time, event, {"x": x})
    assert cox(time, event, {"x": x}, entry=np.zeros(50)).coefficients == pytest.approx(plain.coefficients)
    late = np.where(np.arange(50) % 2, time * 0.9, 0)
    assert kaplan_meier(time, event, entry=late).at_risk[0] == np.sum(late < time.min())
    assert abs(cox(time, event, {"x": x}, entry=late).coefficients - plain.coefficients) > 1e-3


def test_a_hazard_that_turns_is_found():
    rng = np.random.default_rng(10)
    arm = np.repeat([0, 1], 400)
    steady = np.where(arm, 0.5, 1.0) * rng.exponential(1, 800)
    turning = np.where(arm, rng.weibull(3, 800), rng.weibull(0.7, 800))
    ones = np.ones(800)
    for transform in ("km", "rank", "identity", "log"):
        assert proportional_hazards(cox(steady, ones, {"arm": arm}), transform)["arm"].p_value > 0.01
        assert proportional_hazards(cox(turning, ones, {"arm": arm}), transform)["arm"].p_value < 1e-6


def test_a_forest_has_a_row_per_level_and_says_what_it_cannot_know():
    rng = np.random.default_rng(11)
    time, arm = rng.exponential(1, 120), np.repeat(["active", "placebo"], 60)
    event = np.ones(120)
    sex, rare = np.tile(["f", "m"], 60), np.where(np.arange(120) % 20 == 0, "yes", "no")
    event[(rare == "yes") & (arm == "active")] = 0
    found = forest(time, event, arm, {"sex": sex, "rare": rare}, reference="placebo")
    assert found.arms == ("placebo", "active")
    assert [(row.subgroup, row.level) for row in found.rows] == [
        ("", None), ("sex", "f"), ("sex", "m"), ("rare", "no"), ("rare", "yes"),
    ]  # fmt: skip
    assert sum(sum(row.subjects) for row in found.rows[1:3]) == 120
    assert np.isnan(found.rows[-1].hazard_ratio.value)
    assert 0 < found.interactions["sex"].p_value < 1
    assert found.interactions["rare"] is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: kaplan_meier([1, 2], [1]), r"\(2,\) and \(1,\)"),
        (lambda: kaplan_meier([1, np.nan], [1, 0]), "nan is no time"),
        (lambda: kaplan_meier([1, 2], [1, 2]), "not 2"),
        (lambda: kaplan_meier([1, 2], [1, 0], entry=[0, 2]), "entry 2.0 is not before time 2.0"),
        (lambda: kaplan_meier([1, 2], [1, 0], band="wide"), "'wide'"),
        (lambda: kaplan_meier([1, 2], [1, 0], confidence=95), "not 95"),
        (lambda: kaplan_meier([1, 2], [1, 0]).quantile(1.5), "not 1.5"),
        (lambda: logrank([1, 2], [1, 0], ["a", "a"]), "two groups"),
        (lambda: logrank([1, 2], [0, 0], ["a", "b"]), "no event"),
        (lambda: logrank([1, 2], [1, 1], ["a", "b"], weight="peto", rho=1), "exclude"),
        (lambda: cox([1, 2, 3], [0, 0, 0], {"x": [1, 2, 3]}), "no event"),
        (lambda: cox([1, 2, 3], [1, 1, 0], {"x": [1, 2, 3], "y": [2, 4, 6]}), "determine each other"),
        (lambda: cox([1, 2, 3, 4], [1, 1, 0, 0], {"x": [1, 1, 0, 0]}), "x grows without bound"),
        (lambda: cox([1, 2, 3], [1, 1, 0], {"x": [1, None, 3]}), "missing"),
        (lambda: cox([1, 2, 3], [1, 1, 0], {"x": [1, 2, 1]}, ties="average"), "'average'"),
        (lambda: forest([1, 2, 3], [1, 1, 0], ["a", "b", "c"], {}), "two arms"),
    ],
)
def test_what_cannot_be_is_refused_with_the_value(call, said):
    with pytest.raises(ValueError, match=said):
        call()
