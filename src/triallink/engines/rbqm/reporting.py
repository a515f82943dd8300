"""Under- and over-reporting of events: what the other subjects of the study had reported by the same visits."""

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from triallink.engines.rbqm.series import false_discovery

Until = Literal["last_visit", "three_quarters"]
MOST_EVENTS = 1_000_000


def event_reporting(
    rows: pl.DataFrame,
    *,
    site: str = "site_id",
    subject: str = "subject_id",
    visit: str = "visit",
    events: str = "n_event",
    until: Until = "last_visit",
    repetitions: int | None = None,
    seed: int | None = None,
) -> pl.DataFrame:
    """Return for every site of a study how likely its number of events is, given visits alone.

    A site is compared with draws of as many subjects, from all of the study who have had that visit, each counted up to the
    visit of the subject it stands for.

    rows         one study, a row per subject and visit; visits are whole numbers >= 1, events are cumulative and >= 0; a
                 missing visit keeps the count of the one before.
    until        last_visit: every subject counts up to the last visit; three_quarters: those at a site who have had three
                 quarters of its median number of visits count up to there.
    repetitions  draws of the bootstrap; none: the exact distribution, to which the bootstrap tends.
    seed         of the bootstrap, recorded by the caller; required with repetitions.
    Returns      one row per site: site, subjects, visits, events, rate, expected, expected_rate, delta (events minus
                 expected), low and high (chance of as few, of as many events), low_adjusted and high_adjusted (false
                 discovery rate over the sites), probability and probability_adjusted: 1 - chance, negative for
                 under-reporting, positive for over-reporting.
    Raises       ValueError if there is no row, visits or counts are out of range, counts descend, a seed is missing or
                 not wanted, or repetitions is not positive.
    Source       Koneswarakantha et al. (2021), Drug Safety 44; simaerep 1.0.0 (vectors); Benjamini, Hochberg (1995).
    """
    if (repetitions is None) != (seed is None):
        raise ValueError(f"repetitions {repetitions} and seed {seed} belong together")
    if repetitions is not None and repetitions < 1:
        raise ValueError(f"{repetitions} repetitions")
    counts, last, sites, names = _cumulative(rows, site, subject, visit, events)
    draw = None if seed is None else np.random.default_rng(seed)
    found = []
    for number, name in enumerate(names):
        mine = np.nonzero(sites == number)[0]
        at = last[mine]
        if until == "three_quarters":
            at = at[at >= 0.75 * np.median(at)]
            mine = mine[last[mine] >= at.min()]
            at = np.full(len(mine), at.min())
        seen = float(counts[mine, at - 1].sum())
        if draw is None:
            low, high, expected = _exact(counts, last, at, seen)
        else:
            assert repetitions is not None
            low, high, expected = _bootstrap(counts, last, at, seen, repetitions, draw)
        visits = float(at.sum())
        found.append(
            (name, len(mine), int(visits), int(seen), seen / visits, expected, expected / visits, low, high)
        )
    table = pl.DataFrame(
        found,
        schema=["site", "subjects", "visits", "events", "rate", "expected", "expected_rate", "low", "high"],
        orient="row",
    )
    low_adjusted, high_adjusted = (false_discovery(table[each].to_numpy()) for each in ("low", "high"))
    return table.with_columns(
        delta=pl.col("events") - pl.col("expected"),
        low_adjusted=pl.Series(low_adjusted),
        high_adjusted=pl.Series(high_adjusted),
        probability=_signed(pl.col("low"), pl.col("high"), pl.col("low"), pl.col("high")),
    ).with_columns(
        probability_adjusted=_signed(
            pl.col("low"), pl.col("high"), pl.col("low_adjusted"), pl.col("high_adjusted")
        )
    )


def _signed(low: pl.Expr, high: pl.Expr, as_low: pl.Expr, as_high: pl.Expr) -> pl.Expr:
    return pl.when(low <= high).then(as_low - 1).otherwise(1 - as_high)


def _cumulative(
    rows: pl.DataFrame, site: str, subject: str, visit: str, events: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Return counts by subject and visit, last visits, the number of each subject's site, and site names."""
    if rows.is_empty():
        raise ValueError("there is no visit to count events by")
    table = rows.select(
        pl.col(site).cast(pl.String).alias("site"),
        pl.col(subject).cast(pl.String).alias("subject"),
        pl.col(visit).cast(pl.Int64).alias("visit"),
        pl.col(events).cast(pl.Int64).alias("events"),
    )
    worst = table.filter((pl.col("visit") < 1) | (pl.col("events") < 0) | (pl.col("events") > MOST_EVENTS))
    if not worst.is_empty():
        raise ValueError(f"visits begin at 1 and counts at 0: {worst.row(0)}")
    names = sorted(table["site"].unique().to_list())
    subjects = table.select("site", "subject").unique(maintain_order=True).with_row_index("row")
    table = table.join(subjects, on=["site", "subject"])
    row, when = table["row"].to_numpy(), table["visit"].to_numpy()
    grid = np.full((subjects.height, int(when.max())), -1, dtype=np.int64)
    grid[row, when - 1] = table["events"].to_numpy()
    known = np.where(grid >= 0, np.arange(grid.shape[1]), -1)
    last = known.max(axis=1) + 1
    # A visit without a row keeps the count of the visit before it; before the first row there are none.
    filled = np.maximum.accumulate(known, axis=1)
    counts = np.where(filled >= 0, np.take_along_axis(grid, np.maximum(filled, 0), axis=1), 0)
    descends = np.argwhere(np.diff(counts, axis=1) < 0)
    if len(descends):
        raise ValueError(f"cumulative events of subject {subjects['subject'][int(descends[0][0])]} descend")
    order = {name: number for number, name in enumerate(names)}
    sites = np.array([order[name] for name in subjects["site"].to_list()], dtype=np.int64)
    return counts, last, sites, names


def _exact(
    counts: NDArray[np.int64], last: NDArray[np.int64], at: NDArray[np.int64], seen: float
) -> tuple[float, float, float]:
    """Return the chances of as few and as many events, and the events expected, when subjects are drawn independently."""
    whole, expected = np.ones(1), 0.0
    for visit, times in zip(*np.unique(at, return_counts=True), strict=True):
        pool = counts[last >= visit, visit - 1]
        masses = np.bincount(pool) / len(pool)
        expected += float(pool.mean()) * int(times)
        for _ in range(int(times)):
            whole = np.convolve(whole, masses)
    low = float(whole[: int(seen) + 1].sum())
    return min(low, 1.0), min(float(whole[int(seen) :].sum()), 1.0), expected


def _bootstrap(
    counts: NDArray[np.int64],
    last: NDArray[np.int64],
    at: NDArray[np.int64],
    seen: float,
    repetitions: int,
    draw: np.random.Generator,
) -> tuple[float, float, float]:
    sums = np.zeros(repetitions, dtype=np.int64)
    for visit, times in zip(*np.unique(at, return_counts=True), strict=True):
        pool = counts[last >= visit, visit - 1]
        sums += pool[draw.integers(0, len(pool), (repetitions, int(times)))].sum(axis=1)
    return float((sums <= seen).mean()), float((sums >= seen).mean()), float(sums.mean())
