"""Outlying series: quiet on sites that are alike, found when a site's values are copied, shifted or smoothed."""

import numpy as np
import polars as pl
import pytest

from triallink.engines.rbqm import series_features, series_outliers

VISIT_EFFECT = np.array([0.0, 2.0, 4.0, 3.0, 1.0, 0.0])


def study(
    draw: np.random.Generator, *, odd: str | None = None, sites: int = 12, subjects: int = 15
) -> pl.DataFrame:
    """Return a simulated study of one vital sign; the first site is odd in one way or not at all."""
    rows = []
    for site in range(sites):
        for subject in range(subjects):
            level = draw.normal(80, 5)
            values = level + VISIT_EFFECT + draw.normal(0, 3, len(VISIT_EFFECT))
            if site == 0 and odd == "shifted":
                values += 12
            if site == 0 and odd == "copied":
                values[:] = np.round(level)
            if site == 0 and odd == "smooth":
                values = level + VISIT_EFFECT + draw.normal(0, 0.3, len(VISIT_EFFECT))
            rows += [
                {"site_id": f"S{site:02d}", "subject_id": f"{site}-{subject}", "parameter": "DIABP", "visit": visit, "value": value}
                for visit, value in enumerate(np.round(values, 1).tolist(), start=1)
            ]  # fmt: skip
    return pl.DataFrame(rows)


def test_sites_that_are_alike_stay_below_the_error_rate() -> None:
    draw = np.random.default_rng(1)
    flagged = [
        bool(series_outliers(series_features(study(draw)), error_rate=0.05)["is_outlier"].any())
        for _ in range(30)
    ]
    assert sum(flagged) <= 5


@pytest.mark.parametrize(
    ("odd", "feature"), [("shifted", "mean"), ("copied", "distinct"), ("smooth", "deviation")]
)
def test_an_odd_site_comes_first_and_alone(odd: str, feature: str) -> None:
    found = series_outliers(series_features(study(np.random.default_rng(2), odd=odd)))
    first = found.row(0, named=True)
    assert first["site"] == "S00"
    assert feature in found.filter(pl.col("is_outlier") & (pl.col("site") == "S00"))["feature"].to_list()
    assert found.filter(pl.col("is_outlier") & (pl.col("site") != "S00")).height <= 1
    assert (first["shift"] > 0) == (odd == "shifted")


def test_what_every_subject_shows_at_a_visit_is_no_news() -> None:
    rows = study(np.random.default_rng(3))
    steeper = rows.with_columns(value=pl.col("value") + 50 * pl.col("visit"))
    plain, moved = (
        series_features(each).drop("site", "subject", "parameter", "visits") for each in (rows, steeper)
    )
    np.testing.assert_allclose(
        plain.drop("distinct").to_numpy(), moved.drop("distinct").to_numpy(), atol=1e-9
    )


def test_visits_a_site_has_not_had_do_not_make_it_odd() -> None:
    # Sites opened late have early visits only: against raw means they would stand out, here they do not.
    rows = study(np.random.default_rng(4))
    late = rows.filter((pl.col("site_id") != "S00") | (pl.col("visit") <= 3))
    means = series_outliers(series_features(late)).filter(
        (pl.col("site") == "S00") & (pl.col("feature") == "mean")
    )
    assert not means["is_outlier"].any()


def test_few_subjects_are_not_judged_and_short_series_describe_nothing() -> None:
    rows = study(np.random.default_rng(5), subjects=4)
    assert series_outliers(series_features(rows)).is_empty()
    assert series_features(rows.filter(pl.col("visit") <= 2)).is_empty()
    with pytest.raises(ValueError, match="2 visits"):
        series_features(rows, least_visits=2)
    with pytest.raises(ValueError, match="value"):
        series_features(rows.drop("value"))
    with pytest.raises(ValueError, match="error rate of 2"):
        series_outliers(series_features(rows), error_rate=2)
