"""When visits were held: gaps, weekends and days of the week."""

import numpy as np
import polars as pl

from triallink.engines.monitoring.judgement import Features
from triallink.engines.monitoring.roster import Array, Roster, read_columns

COLUMNS = {"site": pl.String(), "subject": pl.String(), "visit": pl.Float64(), "date": pl.Date()}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The usual gap between two visits is known once this many subjects have had both.
LEAST_GAPS = 20
LEAST_OWN_GAPS = 3


def read_visits(frame: pl.DataFrame, roster: Roster) -> pl.DataFrame:
    """Return a table of visits with the number of the subject; of several rows of a visit the earliest day counts."""
    table = read_columns(frame, "visits", COLUMNS)
    numbered = table.with_columns(number=pl.Series(roster.rows_of(table)))
    return (
        numbered.drop_nulls(["visit", "date"])
        .group_by("number", "visit")
        .agg(pl.col("date").min())
        .sort("number", "visit")
    )


def gap_features(visits: pl.DataFrame, roster: Roster) -> list[Features]:
    """Return how far each subject's gaps between visits are from their medians in the study, and how many are not at all."""
    gaps = (
        visits.with_columns(
            following=pl.col("visit").shift(-1).over("number"),
            gap=(pl.col("date").shift(-1).over("number") - pl.col("date")).dt.total_days(),
        )
        .drop_nulls("following")
        .with_columns(
            usual=pl.col("gap").median().over("visit", "following"),
            known=pl.len().over("visit", "following"),
        )
        .filter(pl.col("known") >= LEAST_GAPS)
        .with_columns(away=(pl.col("gap") - pl.col("usual")).abs())
        .group_by("number")
        .agg(pl.col("away").mean(), exact=(pl.col("away") < 0.5).mean(), count=pl.len())
    )
    at = gaps["number"].to_numpy()
    support = np.zeros((len(roster.subjects), 1))
    support[at, 0] = gaps["count"].to_numpy()
    found = []
    for test, column in (("visit_gaps", "away"), ("planned_gaps", "exact")):
        values = np.full(support.shape, np.nan)
        values[at, 0] = gaps[column].to_numpy()
        values[support < LEAST_OWN_GAPS] = np.nan
        found.append(Features(test, ("(visits)",), values, support))
    return found


def weekday_counts(visits: pl.DataFrame, roster: Roster) -> Array:
    """Return how many visits each subject had on each day of the week, Monday first, shape (n_subjects, 7)."""
    day = visits["date"].dt.weekday().to_numpy().astype(np.int64) - 1
    slot = visits["number"].to_numpy().astype(np.int64) * 7 + day
    return np.bincount(slot, minlength=7 * len(roster.subjects)).reshape(-1, 7).astype(np.float64)


def weekend_features(counts: Array) -> Features:
    """Return the share of each subject's visits at weekends; five visits are needed."""
    total = counts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(total >= 5, counts[:, 5:].sum(axis=1) / total, np.nan)
    return Features("weekend", ("(visits)",), share[:, None], total[:, None])
