"""The pieces of the battery: scores, exact tails, spread between sites, combination; against the definition and scipy."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from triallink.engines.monitoring.combination import cauchy, false_discovery
from triallink.engines.monitoring.judgement import (
    Features,
    between_sites,
    hypergeometric_tails,
    judge,
    normal_scores,
    subject_scores,
)
from triallink.engines.monitoring.measurements import decimals_of, last_digits, read_measurements
from triallink.engines.monitoring.roster import Roster, roster_of

SITES = pl.DataFrame({"site": list("AAAABBBBBCCCCCC"), "subject": [str(n) for n in range(15)]})
whole_numbers = st.integers(-5, 5).map(float)


def roster() -> Roster:
    """Return three sites of four, five and six subjects."""
    return roster_of([SITES])


@given(arrays(float, st.integers(1, 40), elements=whole_numbers), st.data())
@settings(max_examples=60, deadline=None)
def test_normal_scores_are_those_of_middle_ranks_within_groups(
    values: np.ndarray, data: st.DataObject
) -> None:
    groups = data.draw(arrays(np.int64, len(values), elements=st.integers(0, 3)))
    scores = normal_scores(values, groups)
    for group in np.unique(groups):
        own = groups == group
        ranks = stats.rankdata(values[own])
        np.testing.assert_allclose(scores[own], stats.norm.ppf((ranks - 0.5) / own.sum()), atol=1e-12)


@given(arrays(float, (15, 3), elements=st.one_of(whole_numbers, st.just(float("nan")))), st.floats(0.1, 50))
@settings(max_examples=60, deadline=None)
def test_judgement_knows_order_only(values: np.ndarray, scale: float) -> None:
    features = Features("level", ("a", "b", "c"), values, np.ones(values.shape))
    bent = Features("level", ("a", "b", "c"), np.exp(values / 5) * scale, np.ones(values.shape))
    one, _ = judge(features, roster(), one_sided=False, least_subjects=3)
    two, _ = judge(bent, roster(), one_sided=False, least_subjects=3)
    np.testing.assert_allclose(one.p, two.p, rtol=1e-9)
    # A p-value is there or a reason is, never both or neither.
    assert ((one.reason == "") == ~np.isnan(one.p)).all()
    assert ((one.p[~np.isnan(one.p)] >= 0) & (one.p[~np.isnan(one.p)] <= 1)).all()


def test_subject_scores_are_standardized_and_free_of_how_much_was_measured() -> None:
    draw = np.random.default_rng(1)
    support = np.repeat([3.0, 30.0], 100)[:, None]
    values = draw.normal(0, 1 / support**0.5) + support
    scores = subject_scores(Features("level", ("a",), values, support))
    assert scores.mean() == pytest.approx(0, abs=1e-12)
    assert scores.std() == pytest.approx(1)
    assert scores[:100].mean() == pytest.approx(scores[100:].mean(), abs=1e-9)


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 30), st.data())
@settings(max_examples=80, deadline=None)
def test_hypergeometric_tails_equal_scipy(n: int, marked: int, more: int, data: st.DataObject) -> None:
    total = max(n, marked) + more
    k = data.draw(st.integers(max(0, n + marked - total), min(n, marked)))
    lower, upper = hypergeometric_tails(
        np.array([[k]]), np.array([[n]]), np.array([float(marked)]), np.array([float(total)])
    )
    chance = stats.hypergeom(total, marked, n)
    assert lower[0, 0] == pytest.approx(chance.cdf(k), rel=1e-9, abs=1e-14)
    assert upper[0, 0] == pytest.approx(chance.sf(k - 1), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("variance", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("sites", [25, 200])
def test_spread_between_sites_is_found_again(variance: float, sites: int) -> None:
    draw = np.random.default_rng(sites)
    chance = 1 / draw.integers(3, 20, (sites, 1)).repeat(200, axis=1)
    mean = draw.normal(0, np.sqrt(chance + variance))
    found = between_sites(mean / np.sqrt(chance), chance).mean()
    assert found == pytest.approx(variance, abs=0.02 + 0.1 * variance)


def test_forged_site_is_not_excused_by_the_spread_it_makes_itself() -> None:
    z = np.array([[0.5], [-1.0], [0.2], [0.9], [-0.6], [9.0]])
    spread = between_sites(z, np.full(z.shape, 0.1))
    assert spread[5, 0] == 0
    assert spread[0, 0] > 0


@given(arrays(float, 6, elements=st.floats(1e-12, 1)))
@settings(max_examples=60, deadline=None)
def test_false_discovery_equals_scipy(p: np.ndarray) -> None:
    np.testing.assert_allclose(false_discovery(p), stats.false_discovery_control(p), rtol=1e-12)


def test_cauchy_combination_of_equals_is_the_same_and_what_did_not_run_counts_nowhere() -> None:
    weights = np.array([1.0, 2.0, 1.0])
    p = np.array([[1e-12, 1e-12, 1e-12], [0.03, np.nan, 0.03], [np.nan] * 3, [1e-20, 0.5, 0.5]])
    found = cauchy(p, weights)
    assert found[0] == pytest.approx(1e-12, rel=1e-6)
    assert found[1] == pytest.approx(0.03)
    assert np.isnan(found[2])
    assert found[3] == pytest.approx(4e-20, rel=1e-6)


def test_cauchy_combination_holds_for_dependent_tests() -> None:
    draw = np.random.default_rng(3)
    z = np.sqrt(0.6) * draw.normal(size=(20_000, 1)) + np.sqrt(0.4) * draw.normal(size=(20_000, 10))
    p = cauchy(stats.norm.sf(z), np.ones(10))
    # It tends to the level as p falls, from a little above where the tests go together.
    for level in (0.01, 0.001):
        assert (p <= level).mean() <= 1.2 * level + 4 * np.sqrt(level / 20_000)


def test_decimals_and_last_digits_are_read_off_the_values() -> None:
    values = {
        "whole": [12, 7, 30],
        "one": [1.5, 2.0, 0.3],
        "two": [0.29, 1.1, 3.57],
        "wild": [1 / 3, 2 / 7, 0.1],
    }
    rows = [
        {"site": "A", "subject": "1", "variable": name, "visit": visit, "value": value}
        for name, series in values.items()
        for visit, value in enumerate(series)
    ]
    frame = pl.DataFrame(rows, schema_overrides={"value": pl.Float64})
    data = read_measurements(frame, roster_of([frame]))
    digit, places = last_digits(data)
    assert dict(zip(data.variables, decimals_of(data), strict=True)) == {
        "one": 1,
        "two": 2,
        "whole": 0,
        "wild": -1,
    }
    assert (places == decimals_of(data)).all()
    read = {
        (data.variables[v], value): int(d)
        for v, value, d in zip(data.cell_variable, data.cell_value, digit, strict=True)
        if data.variables[v] != "wild"
    }
    assert read == {
        ("one", 1.5): 5, ("one", 2.0): 0, ("one", 0.3): 3, ("two", 0.29): 9, ("two", 1.1): 0, ("two", 3.57): 7,
        ("whole", 12.0): 2, ("whole", 7.0): 7, ("whole", 30.0): 0,
    }  # fmt: skip
