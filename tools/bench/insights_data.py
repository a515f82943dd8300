"""The inputs of the insights benchmark, and our own calls on them."""

import os
from pathlib import Path

import numpy as np
import polars as pl

from triallink.engines.rbqm import MetricSpec, Source, event_reporting, group_counts, scored

SITES = 500
SPEC = MetricSpec("bench", "", Source("events"), Source("subjects"))
_LABS = "insights/data/clindata"


def subject_rows(rows: int, seed: int = 1) -> pl.DataFrame:
    """Return numerator and denominator of subjects with their site's number."""
    draw = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "group": draw.integers(0, SITES, rows, dtype=np.int16),
            "numerator": draw.poisson(2, rows).astype(np.int16),
            "denominator": draw.integers(10, 300, rows, dtype=np.int16),
        }
    )


def write_subject_rows(path: str, rows: int) -> None:
    """Write so many rows in a file, a million at a time."""
    part = subject_rows(1_000_000)
    pl.concat([part.lazy()] * (rows // part.height)).sink_parquet(path, row_group_size=100_000)


def scored_sites(frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return sites with scores and flags."""
    return scored(SPEC, group_counts(frame))


def scored_file(path: str) -> pl.DataFrame:
    """Return sites with scores and flags from a file."""
    return scored_sites(pl.scan_parquet(path))


def event_visits(rows: int) -> pl.DataFrame:
    """Return cumulative events of subjects of 500 sites with 10 to 30 visits each."""
    draw = np.random.default_rng(2)
    n = rows // 20
    last = draw.integers(10, 31, n)
    counts = np.cumsum(draw.poisson(draw.gamma(2, 0.1, n)[:, None], (n, 30)), axis=1)
    who, visit = np.nonzero(np.arange(30) < last[:, None])
    sites = pl.Series([f"S{each:03d}" for each in range(SITES)]).gather(draw.integers(0, SITES, n))
    return pl.DataFrame(
        {
            "site_id": sites.gather(who),
            "subject_id": pl.Series([f"P{each:06d}" for each in range(n)]).gather(who),
            "visit": visit + 1,
            "n_event": counts[who, visit],
        }
    )


def compared(frame: pl.DataFrame, draws: int) -> pl.DataFrame:
    """Return how likely each site's events are."""
    return event_reporting(frame, repetitions=draws, seed=1) if draws else event_reporting(frame)


def laboratory_name() -> str:
    """Return the folder of the real laboratory values, or nothing."""
    folder = os.environ.get("TRIALLINK_DATA", "")
    return str(Path(folder, _LABS)) if folder else ""


def laboratory(folder: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return laboratory values and the days of their visits; simulated ones of the same size without a folder."""
    from triallink.engines.monitoring import StudyPlan, simulate_study

    if not folder:
        sizes = tuple(int(each) for each in np.random.default_rng(3).geometric(1 / 7.4, 176))
        found = simulate_study(StudyPlan(sizes=sizes, variables=45, visits=26), np.random.default_rng(4))
        return found.measurements.drop_nulls(), found.visits
    names = {
        "subjid": "subject",
        "lbtstnam": "variable",
        "visnum": "visit",
        "siresn": "value",
        "lb_dt": "date",
    }
    rows = pl.read_parquet(Path(folder, "rawplus_lb.parquet"), columns=list(names)).rename(names)
    places = pl.read_parquet(Path(folder, "rawplus_dm.parquet")).select(subject="subjid", site="siteid")
    labs = rows.join(places, on="subject")
    return labs, labs.group_by("site", "subject", "visit").agg(pl.col("date").min())


def judged(labs: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Return the sites' scores of inconsistency."""
    from triallink.engines.monitoring import battery

    return battery(measurements=labs, visits=visits).sites
