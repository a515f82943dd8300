"""What must hold for any data: agreement with scipy, closed forms, order and names without influence, refusals."""

from itertools import product
from math import lgamma

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from triallink.engines.analysis import (
    ancova,
    breslow_day,
    chi_square,
    cmh,
    common_ratio,
    cross_table,
    describe,
    exact_odds_ratio,
    fisher,
    fixed,
    linear_model,
    mmrm,
    p_text,
    proportion,
    qualification,
    risk_difference,
    sas_round,
)

few = settings(max_examples=40, deadline=None)
cells = st.integers(0, 9)


@pytest.mark.parametrize("check", qualification.checks(), ids=lambda check: check.requirement)
def test_qualification(check):
    result = check.run()
    assert result.passed, (result.observed, result.expected)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (2.675, 2, "2.68"), (-2.5, 0, "-3"), (0.5, 0, "1"), (-0.04, 1, "0.0"), (1.005, 2, "1.01"), (0.15, 1, "0.2"),
        (0.285, 2, "0.29"), (2.4999, 0, "2"), (1e-9, 3, "0.000"), (125.0, -1, "130"), (float("nan"), 1, ""),
    ],
)  # fmt: skip
def test_halves_go_away_from_zero(value, digits, text):
    assert fixed(value, digits) == text


@few
@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_rounding_keeps_what_has_these_digits_already(whole, digits):
    value = whole / 10**digits
    assert sas_round(value, digits) == value
    assert (
        sas_round((whole + 0.5 * np.sign(whole)) / 10**digits, digits)
        == (whole + np.sign(whole)) / 10**digits
    )


def test_p_values_below_what_is_printed():
    assert [p_text(each) for each in (0.00004, 0.0001, 0.05, 1)] == ["<.0001", "0.0001", "0.0500", "1.0000"]


def brute_fisher(table):
    """Return the p-value over all tables with these margins (2 rows)."""
    table = np.array(table)
    rows, columns = table.sum(axis=1), table.sum(axis=0)

    def log(first):
        return -sum(lgamma(x + 1) + lgamma(c - x + 1) for x, c in zip(first, columns, strict=True))

    all_logs = [log(first) for first in product(*(range(c + 1) for c in columns)) if sum(first) == rows[0]]
    weights = np.exp(all_logs)
    return weights[np.array(all_logs) <= log(table[0]) + 1e-7].sum() / weights.sum()


@few
@given(st.lists(st.tuples(cells, cells), min_size=2, max_size=4))
def test_fisher_counts_all_tables(columns):
    table = np.array(columns).T
    if (table.sum(axis=1) == 0).any() or (table.sum(axis=0) > 0).sum() < 2:
        assert np.isnan(fisher(table))
    else:
        assert fisher(table) == pytest.approx(brute_fisher(table), rel=1e-6)
        assert fisher(table.T) == pytest.approx(fisher(table[:, ::-1]), rel=1e-9)


def test_fisher_counts_all_tables_of_three_rows():
    table = np.array([[2, 3, 1], [4, 0, 5], [1, 1, 6]])
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    logs = []
    for a, b, c, d in product(*(range(min(r, k) + 1) for r in rows[:2] for k in columns[:2])):
        top = np.array([[a, b, rows[0] - a - b], [c, d, rows[1] - c - d]])
        whole = np.vstack([top, columns - top.sum(axis=0)])
        if (whole >= 0).all():
            logs.append(-sum(lgamma(x + 1) for x in whole.ravel()))
    weights, limit = np.exp(logs), -sum(lgamma(x + 1) for x in table.ravel()) + 1e-7
    assert fisher(table) == pytest.approx(weights[np.array(logs) <= limit].sum() / weights.sum(), rel=1e-6)


@few
@given(cells, cells, cells, cells)
def test_two_by_two_tables_agree_with_scipy(a, b, c, d):
    table = np.array([[a, b], [c, d]])
    if (table.sum(axis=0) > 0).all() and (table.sum(axis=1) > 0).all():
        assert fisher(table) == pytest.approx(stats.fisher_exact(table).pvalue, abs=1e-9)
        for corrected in (False, True):
            expected = stats.chi2_contingency(table, correction=corrected)
            assert chi_square(table, corrected=corrected).chi_square == pytest.approx(expected.statistic)
        # One stratum: all three tests are Pearson's times (n - 1) / n.
        whole = chi_square(table).chi_square * (table.sum() - 1) / table.sum()
        tests = cmh(table)
        for each in (tests.general, tests.row_means, tests.correlation):
            assert each.chi_square == pytest.approx(whole, abs=1e-9)


@few
@given(st.lists(st.lists(cells, min_size=6, max_size=6), min_size=1, max_size=4), st.permutations(range(3)))
def test_association_knows_no_order_of_arms(strata, order):
    tables = np.array(strata, dtype=float).reshape(-1, 3, 2)
    one, other = cmh(tables), cmh(tables[:, order])
    assert one.general.chi_square == pytest.approx(other.general.chi_square, abs=1e-8, nan_ok=True)
    assert one.row_means.chi_square == pytest.approx(one.general.chi_square, abs=1e-8, nan_ok=True)


def test_row_means_by_ranks_are_the_test_of_kruskal_and_wallis():
    rng = np.random.default_rng(3)
    arm, score = rng.integers(0, 3, 60), rng.integers(1, 6, 60)
    table = cross_table(arm, score).counts
    expected = stats.kruskal(*(score[arm == each] for each in range(3))).statistic
    assert cmh(table, scores="rank").row_means.chi_square == pytest.approx(expected)


@few
@given(st.lists(st.tuples(*[st.integers(1, 20)] * 4), min_size=2, max_size=5))
def test_common_ratios_lie_among_those_of_the_strata(strata):
    tables = np.array(strata, dtype=float).reshape(-1, 2, 2)
    odds = tables[:, 0, 0] * tables[:, 1, 1] / (tables[:, 0, 1] * tables[:, 1, 0])
    found = common_ratio(tables)
    assert odds.min() - 1e-9 <= found.value <= odds.max() + 1e-9
    assert common_ratio(tables[:, ::-1]).value == pytest.approx(1 / found.value)
    assert found.lower < found.value < found.upper
    assert breslow_day(np.repeat(tables[:1], 3, axis=0)).chi_square == pytest.approx(0, abs=1e-9)
    assert breslow_day(tables, tarone=True).chi_square <= breslow_day(tables).chi_square + 1e-9


@few
@given(st.integers(0, 30), st.integers(1, 30), st.sampled_from(["clopper-pearson", "wilson"]))
def test_intervals_of_proportions_agree_with_scipy(events, more, method):
    n = events + more
    known = {"clopper-pearson": "exact", "wilson": "wilson"}[method]
    expected = stats.binomtest(events, n).proportion_ci(method=known)
    found = proportion(events, n, method=method)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-9)
    for other in ("jeffreys", "agresti-coull", "wald"):
        each = proportion(events, n, method=other)
        assert 0 <= each.lower <= each.upper <= 1


def test_two_arms_without_covariates_are_a_t_test():
    rng = np.random.default_rng(4)
    a, b = rng.normal(0, 1, 20), rng.normal(0.5, 1, 25)
    found = ancova(np.concatenate([a, b]), ["a"] * 20 + ["b"] * 25)
    expected = stats.ttest_ind(b, a)
    interval = expected.confidence_interval()
    assert found.differences["b"].p_value == pytest.approx(expected.pvalue)
    assert (found.differences["b"].lower, found.differences["b"].upper) == pytest.approx(
        (interval.low, interval.high)
    )
    three = np.concatenate([a, b, a + 1])
    arms = ["a"] * 20 + ["b"] * 25 + ["c"] * 20
    assert ancova(three, arms).arm_test.statistic == pytest.approx(stats.f_oneway(a, b, a + 1).statistic)


def trial(seed, n=30, m=4, missing=0.2):
    """Return a small study with responses missing at random: response, subject, visit, arm, site, base."""
    rng = np.random.default_rng(seed)
    base, arm, site = rng.normal(20, 5, n), np.arange(n) % 2, np.arange(n) % 3
    root = np.linalg.cholesky(0.5 * np.eye(m) + 0.5)
    y = 0.2 * base[:, None] + arm[:, None] * np.arange(m) * 0.5 + rng.normal(size=(n, m)) @ root.T
    y[rng.random((n, m)) < missing] = np.nan
    rows = [np.repeat(each, m) for each in (np.arange(n), arm, site, base)]
    return y.ravel(), rows[0], np.tile(np.arange(m), n), rows[1], rows[2], rows[3]


def test_order_and_names_change_nothing_in_repeated_measures():
    y, subject, visit, arm, site, base = trial(5)
    one = mmrm(y, subject, visit, arm, factors={"site": site}, covariates={"base": base}, by_visit=["base"])
    mix = np.random.default_rng(6).permutation(len(y))
    names = np.array([f"s{each:03d}" for each in subject])
    other = mmrm(
        y[mix] * 10, names[mix], visit[mix], np.where(arm, "b", "a")[mix],
        factors={"site": site[mix]}, covariates={"base": base[mix]}, by_visit=["base"],
    )  # fmt: skip
    for at in (0, 3, None):
        found, again = one.difference(1, at), other.difference("b", at)
        assert (again.value, again.std_error) == pytest.approx(
            (10 * found.value, 10 * found.std_error), rel=1e-6
        )
        assert (again.df, again.p_value) == pytest.approx((found.df, found.p_value), rel=1e-5)
    assert one.difference(1, 3).value == pytest.approx(one.mean(1, 3).value - one.mean(0, 3).value)


def test_the_covariance_is_at_the_top_of_the_restricted_likelihood():
    from triallink.engines.analysis.mmrm_information import log_likelihood, patterns, point

    y, subject, visit, arm, _, base = trial(7)
    model = mmrm(y, subject, visit, arm, covariates={"base": base})
    seen = np.isfinite(y)
    groups = patterns(model.design.matrix, y[seen], subject[seen], visit[seen], 4)
    rng = np.random.default_rng(8)
    for _ in range(20):
        step = rng.normal(size=(4, 4)) * 0.01
        assert log_likelihood(groups, model.covariance + step + step.T)[0] < model.log_likelihood
    # The gradient and the informations are those of differences.
    e, h = np.zeros((4, 4)), 1e-4
    e[1, 0] = e[0, 1] = 1
    away = model.covariance + 0.05 * np.eye(4)
    middle, down, up = (point(groups, away + k * h * e) for k in (0, -1, 1))
    assert middle.slope[1] == pytest.approx((up.value - down.value) / (2 * h), rel=1e-5)
    assert middle.observed[1] == pytest.approx((down.slope - up.slope) / (2 * h), rel=1e-4)


def test_kenward_roger_counts_fewer_degrees_and_more_error_than_asymptotics():
    y, subject, visit, arm, _, base = trial(9, n=16)
    given = {"covariates": {"base": base}}
    careful, plain = (
        mmrm(y, subject, visit, arm, degrees=each, **given) for each in ("kenward-roger", "satterthwaite")
    )
    for at in range(4):
        one, other = careful.difference(1, at), plain.difference(1, at)
        assert one.value == pytest.approx(other.value)
        assert one.std_error >= other.std_error
        assert one.df == pytest.approx(other.df)
    rows = np.array([careful.design.average_row({"arm": 1, "visit": v}) for v in range(4)])
    rows -= np.array([careful.design.average_row({"arm": 0, "visit": v}) for v in range(4)])
    assert careful.test(rows[:1]).p_value == pytest.approx(careful.difference(1, 0).p_value)
    assert 0 < careful.test(rows).p_value < 1


def test_type_one_error_of_repeated_measures():
    rejected = 0
    for seed in range(60):
        y, subject, visit, arm, _, _ = trial(1000 + seed, n=20, m=3)
        level = np.random.default_rng(seed).permutation(20)[subject] % 2
        rejected += mmrm(y - arm * visit * 0.5, subject, visit, level).difference(1, 2).p_value < 0.05
    assert rejected / 60 == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 60))


def test_descriptions_take_the_quartiles_of_sas():
    found = describe([1, 2, 3, 4, np.nan, 10])
    assert (found.n, found.mean, found.median, found.q1, found.q3) == (5, 4, 3, 2, 4)
    assert describe([1, 2, 3, 4]).q1 == 1.5
    assert describe([]).n == 0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fisher([[1.5, 2], [3, 4]]), "1.5 is no whole count"),
        (lambda: fisher(np.full((6, 9), 40)), "too many tables"),
        (lambda: chi_square([[-1, 2], [3, 4]]), "-1.0 is no count"),
        (lambda: cmh(np.ones((2, 3, 2)), row_scores=[1, 2]), "row scores must be 3"),
        (lambda: common_ratio([[[1, 0], [0, 1]]], "odds"), "has no interval"),
        (lambda: proportion(5, 4), "5 events of 4"),
        (lambda: proportion(1, 4, method="best"), "'best'"),
        (lambda: ancova([1, 2, 3], ["a", "a", "a"]), "alone"),
        (lambda: ancova([1, 2, 3, 4], ["a", "a", "b", "b"], reference="c"), "'c'"),
        (lambda: linear_model([1, 2, 3], factors={"x": ["a", "b", "c"]}), "no degree of freedom"),
        (lambda: linear_model([1, 2, 3, 4], covariates={"x": [1, 2, 3, 4], "y": [2, 4, 6, 8]}), "determine"),
        (
            lambda: mmrm([1, 2, 3, 4], [1, 1, 2, 2], [1, 1, 1, 2], ["a", "a", "b", "b"]),
            "twice at visit|determine",
        ),
        (lambda: p_text(1.2), "1.2 is no p-value"),
    ],
)
def test_what_cannot_be_is_refused_with_the_value(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_the_odds_ratio_of_a_table_without_events_reaches_to_the_end():
    found = exact_odds_ratio([[0, 10], [5, 5]])
    assert (found.value, found.lower) == (0, 0)
    assert 0 < found.upper < 1
    assert risk_difference([[0, 10], [5, 5]]).upper < 0
