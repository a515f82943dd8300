"""Under- and over-reporting of events: what the other subjects of the study had reported by the same visits."""

from typing import Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from triallink.engines.rbqm.series import false_discovery

Until = Literal["last_visit", "three_quarters"]
MOST_EVENTS = 1_000_000
Array: TypeAlias = NDArray[np.float64]
# By visit, the cumulative counts of all subjects of the study who have had it.
Pools: TypeAlias = dict[int, NDArray[np.int64]]
# Numbers held at once when many sites are transformed.
_BLOCK = 2**20
# Transforms are right to about 1e-14: a smaller chance than this is summed term by term.
_ROUNDING = 1e-9


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
    Raises       ValueError if there is no row, a column or cell is missing, visits or counts are out of range, a visit has
                 two counts, counts descend, a seed is missing or not wanted, or repetitions is not positive.
    Source       Koneswarakantha et al. (2021), Drug Safety 44; simaerep 1.0.0 (vectors); Benjamini, Hochberg (1995).
    """
    if (repetitions is None) != (seed is None):
        raise ValueError(f"repetitions {repetitions} and seed {seed} belong together")
    if repetitions is not None and repetitions < 1:
        raise ValueError(f"{repetitions} repetitions")
    counts, last, sites, names = _cumulative(rows, site, subject, visit, events)
    mine, at = _compared(last, sites, len(names), until)
    subjects = np.bincount(sites[mine], minlength=len(names))
    visits = np.bincount(sites[mine], at, len(names))
    seen: Array = np.bincount(sites[mine], counts[mine, at - 1], len(names)).astype(np.float64)
    pools = {int(each): counts[last >= each, each - 1] for each in np.unique(at)}
    draw = None if seed is None else np.random.default_rng(seed)
    low, high, expected = _judged(pools, at, sites[mine], seen, repetitions, draw)
    found = {
        "site": names,
        "subjects": subjects,
        "visits": visits.astype(np.int64),
        "events": seen.astype(np.int64),
        "rate": seen / visits,
        "expected": expected,
        "expected_rate": expected / visits,
        "low": low,
        "high": high,
    }
    table = pl.DataFrame(found)
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


def _compared(
    last: NDArray[np.int64], sites: NDArray[np.int64], n_sites: int, until: Until
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which subjects of each site are compared, and the visit up to which each counts."""
    if until == "last_visit":
        return np.arange(len(last)), last
    mine, at = [], []
    for number in range(n_sites):
        own = np.flatnonzero(sites == number)
        upto = int(last[own][last[own] >= 0.75 * np.median(last[own])].min())
        own = own[last[own] >= upto]
        mine.append(own)
        at.append(np.full(len(own), upto))
    return np.concatenate(mine), np.concatenate(at)


def _cumulative(
    rows: pl.DataFrame, site: str, subject: str, visit: str, events: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Return counts by subject and visit, last visits, the number of each subject's site, and site names."""
    if rows.is_empty():
        raise ValueError("there is no visit to count events by")
    missing = [each for each in (site, subject, visit, events) if each not in rows.columns]
    if missing:
        raise ValueError(f"columns {missing} are missing from {rows.columns}")
    table = rows.select(
        pl.col(site).cast(pl.String).alias("site"),
        pl.col(subject).cast(pl.String).alias("subject"),
        pl.col(visit).cast(pl.Int64).alias("visit"),
        pl.col(events).cast(pl.Int64).alias("events"),
    )
    unknown = table.filter(pl.any_horizontal(pl.all().is_null()))
    if not unknown.is_empty():
        raise ValueError(f"site, subject, visit and events are needed in every row: {unknown.row(0)}")
    worst = table.filter((pl.col("visit") < 1) | (pl.col("events") < 0) | (pl.col("events") > MOST_EVENTS))
    if not worst.is_empty():
        raise ValueError(f"visits begin at 1 and counts at 0: {worst.row(0)}")
    row, subjects = _numbered(table.select("site", "subject"))
    names = sorted(subjects["site"].unique().to_list())
    when = table["visit"].to_numpy()
    grid = np.full((subjects.height, int(when.max())), -1, dtype=np.int64)
    grid[row, when - 1] = table["events"].to_numpy()
    twice = np.flatnonzero(grid[row, when - 1] != table["events"].to_numpy())
    if len(twice):
        raise ValueError(f"a visit has two counts: {table.row(int(twice[0]))}")
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


def _numbered(keys: pl.DataFrame) -> tuple[NDArray[np.int64], pl.DataFrame]:
    """Return the number of the subject each row belongs to, and the subjects in order of their first rows."""
    # Rows of a subject mostly stand together: runs of equal names are numbered instead of rows.
    begins = (
        keys.select(pl.any_horizontal(pl.all().ne_missing(pl.all().shift(1)))).to_series().to_numpy().copy()
    )
    begins[0] = True
    runs = keys.filter(pl.Series(begins))
    subjects = runs.unique(maintain_order=True).with_row_index("row")
    number = runs.join(subjects, on=["site", "subject"], maintain_order="left")["row"].to_numpy()
    return number[np.cumsum(begins) - 1].astype(np.int64), subjects


def _judged(
    pools: Pools,
    at: NDArray[np.int64],
    sites: NDArray[np.int64],
    seen: Array,
    repetitions: int | None,
    draw: np.random.Generator | None,
) -> tuple[Array, Array, Array]:
    """Return the chances of as few and as many events, and the events expected, when subjects are drawn independently.

    The law of a site's sum is the product of the subjects' transforms; where a chance is so small that the transform's
    rounding shows, it is summed term by term instead. The bootstrap draws whole sums from that law: they fall as sums of
    subjects drawn one by one do, at a hundredth of the work.
    """
    visits = np.array(sorted(pools))
    times = np.zeros((len(seen), len(visits)), dtype=np.int64)
    np.add.at(times, (sites, np.searchsorted(visits, at)), 1)
    masses = [np.bincount(pools[int(each)]) / len(pools[int(each)]) for each in visits]
    means = np.array([float(np.arange(len(each)) @ each) for each in masses])
    longest = times @ np.array([len(each) - 1 for each in masses]) + 1
    low, high, expected = np.empty(len(seen)), np.empty(len(seen)), times @ means
    # Sites of like size are transformed together, in blocks that fit into memory.
    order = np.argsort(longest, kind="stable")
    sizes = _powers_of_two(longest[order])
    begin = 0
    while begin < len(order):
        size = sizes[begin]
        end = min(int(np.searchsorted(sizes, size, side="right")), begin + max(_BLOCK // size, 1))
        block = order[begin:end]
        laws = _laws(masses, times[block], size)
        if draw is None or repetitions is None:
            low[block], high[block] = _chances(laws, seen[block])
        else:
            low[block], high[block], expected[block] = _drawn(laws, seen[block], repetitions, draw)
        begin = end
    if draw is None:
        for number in np.flatnonzero(np.minimum(low, high) < _ROUNDING):
            low[number], high[number] = _term_by_term(masses, times[number], int(seen[number]))
    return np.clip(low, 0, 1), np.clip(high, 0, 1), expected


def _powers_of_two(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each length the power of two that holds it."""
    return np.asarray(2 ** np.ceil(np.log2(np.maximum(lengths, 2))).astype(np.int64))


def _laws(masses: list[Array], times: NDArray[np.int64], size: int) -> Array:
    """Return the chance of each sum at each site, shape (n_sites, size)."""
    with np.errstate(divide="ignore"):
        logs = np.array([np.log(np.fft.rfft(each, size)) for each in masses])
    # A transform that is zero somewhere stays zero there; zero times minus infinity would not.
    logs = np.where(np.isfinite(logs), logs, -800.0)
    return np.asarray(np.fft.irfft(np.exp(times @ logs), size, axis=1))


def _chances(laws: Array, seen: Array) -> tuple[Array, Array]:
    """Return the chances of as few and as many events."""
    upto = np.arange(laws.shape[1]) <= seen[:, None]
    below = np.where(upto, laws, 0.0).sum(axis=1)
    itself = laws[np.arange(len(seen)), seen.astype(np.int64)]
    return below, 1 - below + itself


def _drawn(
    laws: Array, seen: Array, repetitions: int, draw: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Return the shares of draws with as few and as many events, and their mean."""
    # Rounding may leave a chance of minus 1e-16: the law must ascend to be drawn from.
    upto = np.maximum.accumulate(np.cumsum(np.maximum(laws, 0.0), axis=1), axis=1)
    uniform = draw.random((len(laws), repetitions)) * upto[:, -1:]
    sums = np.array(
        [np.searchsorted(one, each, side="right") for one, each in zip(upto, uniform, strict=True)]
    )
    return (
        (sums <= seen[:, None]).mean(axis=1),
        (sums >= seen[:, None]).mean(axis=1),
        sums.mean(axis=1),
    )


def _term_by_term(masses: list[Array], times: NDArray[np.int64], seen: int) -> tuple[float, float]:
    whole = np.ones(1)
    for each, count in zip(masses, times, strict=True):
        for _ in range(int(count)):
            whole = np.convolve(whole, each)
    return float(whole[: seen + 1].sum()), float(whole[seen:].sum())
