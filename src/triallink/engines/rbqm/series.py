"""Outlying measurement series: each site's series against those of all other sites, visit by visit."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import ks_2samp

Array = NDArray[np.float64]
FEATURES = ("mean", "deviation", "range", "autocorrelation", "distinct")


def series_features(
    rows: pl.DataFrame,
    *,
    site: str = "site_id",
    subject: str = "subject_id",
    parameter: str = "parameter",
    visit: str = "visit",
    value: str = "value",
    least_visits: int = 3,
) -> pl.DataFrame:
    """Return what describes each subject's series of a parameter, freed of what every subject shows at a visit.

    rows          one row per measurement; rows without a value are left out.
    least_visits  shorter series describe nothing and are left out.
    Returns       site, subject, parameter, and on standardized values (minus the visit's median, divided by the
                  parameter's median absolute deviation): mean, deviation (standard deviation), range, autocorrelation
                  (lag one; 0 where nothing varies) and distinct (share of different raw values).
    Raises        ValueError if a column is missing or least_visits is below 3.
    Source        the features of ctas 0.4 (IMPALA consortium); autocorrelation after Box, Jenkins (1970).
    """
    if least_visits < 3:
        raise ValueError(f"{least_visits} visits make no series")
    missing = [each for each in (site, subject, parameter, visit, value) if each not in rows.columns]
    if missing:
        raise ValueError(f"columns {missing} are missing from {rows.columns}")
    table = (
        rows.select(
            pl.col(site).cast(pl.String).alias("site"),
            pl.col(subject).cast(pl.String).alias("subject"),
            pl.col(parameter).cast(pl.String).alias("parameter"),
            pl.col(visit).alias("visit"),
            pl.col(value).cast(pl.Float64).alias("raw"),
        )
        .filter(pl.col("raw").is_not_null() & pl.col("raw").is_finite())
        .with_columns(left=pl.col("raw") - pl.col("raw").median().over("parameter", "visit"))
        .with_columns(spread=pl.col("left").abs().median().over("parameter"))
        .with_columns(
            z=pl.when(pl.col("spread") > 0).then(pl.col("left") / pl.col("spread")).otherwise(pl.col("left"))
        )
        .sort("site", "subject", "parameter", "visit")
    )
    away = pl.col("z") - pl.col("z").mean()
    around = (away * away.shift(1)).sum()
    return (
        table.group_by("site", "subject", "parameter", maintain_order=True)
        .agg(
            pl.len().alias("visits"),
            pl.col("z").mean().alias("mean"),
            pl.col("z").std().alias("deviation"),
            (pl.col("z").max() - pl.col("z").min()).alias("range"),
            pl.when((away**2).sum() > 0)
            .then(around / (away**2).sum())
            .otherwise(0.0)
            .alias("autocorrelation"),
            (pl.col("raw").n_unique() / pl.len()).alias("distinct"),
        )
        .filter(pl.col("visits") >= least_visits)
    )


def series_outliers(
    features: pl.DataFrame, *, least_subjects: int = 5, error_rate: float = 0.05
) -> pl.DataFrame:
    """Return how far each site's series are from those of all other sites, with the false discovery rate kept.

    features        from `series_features`.
    least_subjects  sites with fewer series of a parameter are not judged.
    error_rate      false discovery rate over all sites, parameters and features.
    Returns         site, parameter, feature, subjects, distance (Kolmogorov–Smirnov, 0 to 1), shift (difference of the
                    medians), p, p_adjusted and is_outlier, the farthest first.
    Raises          ValueError if the error rate is not between 0 and 1 or least_subjects is below 2.
    Source          two-sample Kolmogorov–Smirnov test; Benjamini, Hochberg (1995), JRSS B 57; ctas 0.4.
    """
    if not 0 < error_rate < 1 or least_subjects < 2:
        raise ValueError(f"an error rate of {error_rate}, {least_subjects} subjects")
    found = []
    for (parameter,), part in features.group_by("parameter", maintain_order=True):
        sites = part["site"].to_numpy()
        names, sizes = np.unique(sites, return_counts=True)
        for feature in FEATURES:
            values = part[feature].to_numpy()
            for name, size in zip(names, sizes, strict=True):
                own = sites == name
                if size < least_subjects or len(sites) - size < least_subjects:
                    continue
                test = ks_2samp(values[own], values[~own], method="auto")
                shift = float(np.median(values[own]) - np.median(values[~own]))
                found.append(
                    (
                        str(name),
                        str(parameter),
                        feature,
                        int(size),
                        float(test.statistic),
                        shift,
                        float(test.pvalue),
                    )
                )
    table = pl.DataFrame(
        found,
        schema={
            "site": pl.String, "parameter": pl.String, "feature": pl.String, "subjects": pl.Int64,
            "distance": pl.Float64, "shift": pl.Float64, "p": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    adjusted = false_discovery(table["p"].to_numpy())
    return (
        table.with_columns(p_adjusted=pl.Series(adjusted, dtype=pl.Float64))
        .with_columns(is_outlier=pl.col("p_adjusted") <= error_rate)
        .sort("p_adjusted", "p", "site", "parameter", "feature")
    )


def false_discovery(p: Array) -> Array:
    """Return p-values adjusted for the false discovery rate, in the order they came.

    p        shape (n,), 0 to 1.
    Returns  shape (n,).
    Raises   ValueError if one is not between 0 and 1.
    Source   Benjamini, Hochberg (1995), JRSS B 57, step-up; equal to R's p.adjust(method = "BH").
    """
    p = np.asarray(p, dtype=np.float64)
    if ((p < 0) | (p > 1) | np.isnan(p)).any():
        raise ValueError(f"p-values must be between 0 and 1: {p}")
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(np.minimum(p[order] * len(p) / ranks, 1.0))
    return adjusted
