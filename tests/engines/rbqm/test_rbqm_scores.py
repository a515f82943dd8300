"""Scores of sites: published numbers, and what must hold whatever the data."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from triallink.engines.rbqm import (
    fisher,
    normal_approximation,
    normal_bounds,
    poisson,
    poisson_bounds,
    tolerance_interval,
)

counts = arrays(np.float64, 6, elements=st.integers(0, 50).map(float))
exposures = arrays(np.float64, 6, elements=st.integers(1, 900).map(float))


def test_quality_tolerance_interval_is_clopper_pearson() -> None:
    # Source: clindata (Gilead-BioStats) 2b79, rpt_qtl_details: 344 of 1,301; R's binom.test prints seven digits.
    low, high = tolerance_interval(344, 1301)
    assert (round(low, 7), round(high, 7)) == (0.2406175, 0.2892756)


@given(counts, exposures)
def test_rate_and_share_give_the_same_scores(y: np.ndarray, n: np.ndarray) -> None:
    y = np.minimum(y, n)
    if 0 < y.sum() < n.sum():
        rate, share = normal_approximation(y, n), normal_approximation(y, n, binary=True)
        np.testing.assert_allclose(rate.score, share.score, rtol=1e-9, atol=1e-12)


@given(counts, exposures)
def test_scores_have_mean_square_one_and_do_not_depend_on_the_unit_of_exposure(
    y: np.ndarray, n: np.ndarray
) -> None:
    found = normal_approximation(y, n)
    if found.factor > 1e-9 and y.sum():
        assert np.mean(found.score**2) == pytest.approx(1)
        np.testing.assert_allclose(found.score, normal_approximation(y, n / 7).score, rtol=1e-8, atol=1e-8)


@given(counts, exposures, st.permutations(range(6)))
def test_order_of_sites_changes_nothing(y: np.ndarray, n: np.ndarray, order: list[int]) -> None:
    for method in (normal_approximation, poisson):
        np.testing.assert_allclose(
            method(y[order], n[order]).score, method(y, n).score[order], rtol=1e-9, atol=1e-9
        )


@given(counts.filter(lambda y: y.sum() > 0), exposures, st.sampled_from([-4.0, -1.0, 0.0, 2.0, 5.0]))
def test_bounds_are_the_inverse_of_the_scores(y: np.ndarray, n: np.ndarray, threshold: float) -> None:
    study = normal_approximation(y, n)
    if study.factor > 1e-9:
        rate = normal_bounds(study, n, threshold)
        z = (rate - study.overall) / np.sqrt(study.factor * study.overall / n)
        np.testing.assert_allclose(z, threshold, atol=1e-9)
    study = poisson(y, n)
    for mean, count in zip(study.expected_at(n), poisson_bounds(study, n, threshold), strict=True):
        if np.isnan(count):
            assert threshold < 0
            assert 2 * mean < threshold**2
        elif count > 0:
            deviance = 2 * (count * np.log(count / mean) - count + mean)
            assert deviance == pytest.approx(threshold**2, abs=1e-6)


def test_nothing_happened_and_everything_happened_score_zero() -> None:
    n = np.array([5.0, 9.0])
    assert normal_approximation(np.zeros(2), n).score.tolist() == [0, 0]
    assert normal_approximation(n, n, binary=True).score.tolist() == [0, 0]
    assert poisson(np.zeros(2), n).score.tolist() == [0, 0]


@pytest.mark.parametrize(("y", "n"), [([-1.0], [2.0]), ([1.0], [0.0]), ([1.0, 2.0], [2.0])])
def test_impossible_counts_are_refused(y: list[float], n: list[float]) -> None:
    for method in (normal_approximation, poisson, fisher):
        with pytest.raises(ValueError, match=r"numerator|denominator"):
            method(np.array(y), np.array(n))


if "TRIALLINK_DATA" in os.environ:
    VECTORS = Path(os.environ["TRIALLINK_DATA"], "insights/vectors/gsm_r")

    def vector(name: str) -> pl.DataFrame:
        """Return a table that R 4.2.2 with gsm.core 1.1.3 printed (15 digits)."""
        return pl.read_csv(VECTORS / name, null_values="NA")

    def columns(table: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return numerators and denominators."""
        return table["Numerator"].cast(float).to_numpy(), table["Denominator"].cast(float).to_numpy()

    @pytest.mark.parametrize("kind", ["binary", "rate"])
    def test_normal_approximation_equals_r(kind: str) -> None:
        table = vector(f"NormalApprox_{kind}_flag_default.csv")
        found = normal_approximation(*columns(table), binary=kind == "binary")
        np.testing.assert_allclose(found.score, table["Score"], atol=1e-12)
        assert found.factor == pytest.approx(table["Factor"][0], abs=1e-12)
        bounds = vector(f"NormalApprox_bounds_{kind}.csv").drop_nulls()
        for (threshold,), rows in bounds.group_by("Threshold"):
            got = normal_bounds(
                found, rows["Denominator"].to_numpy(), float(threshold), binary=kind == "binary"
            )  # type: ignore[arg-type]
            np.testing.assert_allclose(got, rows["Metric"], atol=1e-12)

    def test_poisson_with_a_true_offset_equals_glm() -> None:
        table = vector("Poisson_true_offset.csv")
        found = poisson(*columns(table))
        # glm stops iterating at a relative change of 1e-8, which leaves the residuals right to about 1e-12.
        np.testing.assert_allclose(found.score, table["dev_resid"], atol=1e-11)
        np.testing.assert_allclose(found.expected, table["fitted"], rtol=1e-11)

    def test_fitted_slope_is_reproduced_only_on_request() -> None:
        table = vector("Poisson_as_shipped_slope.csv")
        found = poisson(*columns(table), compatible=True)
        # The package's own convergence criterion is 1e-8 of the deviance.
        np.testing.assert_allclose(found.score, table["Score"], atol=1e-8)
        assert abs(found.exponent - 1) > 0.01
        assert not np.allclose(poisson(*columns(table)).score, table["Score"], atol=1e-3)
        bounds = vector("Poisson_bounds.csv").drop_nulls()
        for (threshold,), rows in bounds.group_by("Threshold"):
            got = poisson_bounds(found, rows["Denominator"].to_numpy(), float(threshold))  # type: ignore[arg-type]
            np.testing.assert_allclose(got, rows["Numerator"], rtol=1e-6, atol=1e-6)

    def test_fisher_equals_r() -> None:
        table = vector("Fisher.csv")
        p, ratio = fisher(*columns(table))
        np.testing.assert_allclose(p, table["Score"], atol=1e-12)
        # R finds the conditional estimate with uniroot's default tolerance of about 1e-4.
        estimates = table["Estimate"].to_numpy()
        finite = np.isfinite(estimates) & (estimates > 0)
        np.testing.assert_allclose(ratio[finite], estimates[finite], rtol=2e-4)
