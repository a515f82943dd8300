"""A study that never was, and data as they are fabricated: to show how often honest and dishonest sites are flagged."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator

from triallink.engines.monitoring.roster import Array, Indices

_BEGIN = np.datetime64("2024-01-01")
_ANSWERS = ("none", "mild", "moderate", "severe")


@dataclass(frozen=True)
class StudyPlan:
    """A simulated study.

    sizes             subjects by site.
    variables         numeric variables: correlated with one another, recorded with 0, 1 or 2 decimals in turn.
    visits            planned visits, four weeks apart; each subject drops out after a random one.
    site_spread       standard deviation between sites, of every variable's level, in standard deviations of a subject.
    habit_spread      standard deviation between sites, of the habits: missing values, days of visits (log scale).
    missing           share of values missing.
    """

    sizes: tuple[int, ...] = (4, 6, 8, 10, 12, 15, 20) * 6
    variables: int = 8
    visits: int = 12
    site_spread: float = 0.2
    habit_spread: float = 0.3
    missing: float = 0.03

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 1 or self.variables < 1 or self.visits < 2:
            raise ValueError(f"{self.sizes} subjects, {self.variables} variables, {self.visits} visits")


@dataclass(frozen=True)
class StudyData:
    """The tables that `battery` takes."""

    measurements: pl.DataFrame
    answers: pl.DataFrame
    visits: pl.DataFrame


def simulate_study(plan: StudyPlan, draw: Generator) -> StudyData:
    """Return an honest study: sites differ in level and habits, subjects in level and variability, visits follow one another.

    Model  value = visit's mean + site + subject + AR(1) in time, every part correlated between variables by one factor and
           noise of its own; a subject's variability is log-normal; visits fall around their day, rarely at weekends.
    """
    n_sites, n = len(plan.sizes), sum(plan.sizes)
    site = np.repeat(np.arange(n_sites), plan.sizes)
    between = plan.site_spread * _correlated(draw, (n_sites,), plan.variables)[site]
    subject = 0.8 * _correlated(draw, (n,), plan.variables)
    noise = _correlated(draw, (n, plan.visits), plan.variables)
    for visit in range(1, plan.visits):
        noise[:, visit] = 0.4 * noise[:, visit - 1] + np.sqrt(1 - 0.4**2) * noise[:, visit]
    calm = np.exp(0.25 * draw.standard_normal(n))[:, None, None]
    course = 0.1 * np.cumsum(draw.standard_normal((plan.visits, plan.variables)), axis=0)
    z = (between + subject)[:, None, :] + 0.6 * calm * noise + course
    last = draw.integers(max(plan.visits // 2, 2), plan.visits + 1, n)
    habit = np.exp(plan.habit_spread * draw.standard_normal((n_sites, 3)))[site]
    return StudyData(
        _measurements(plan, z, site, last, habit[:, 0], draw),
        _answers(z, site, last, draw),
        _visits(plan, site, last, habit[:, 1:], draw),
    )


def _correlated(draw: Generator, shape: tuple[int, ...], variables: int) -> Array:
    """Return standard normal values correlated by 0.5 within pairs of variables and by 0.2 otherwise."""
    common, pair = draw.standard_normal((*shape, 1)), draw.standard_normal((*shape, (variables + 1) // 2))
    own = draw.standard_normal((*shape, variables))
    together = np.repeat(pair, 2, axis=-1)[..., :variables]
    return np.asarray(np.sqrt(0.2) * common + np.sqrt(0.4) * together + np.sqrt(0.4) * own)


def _names(site: Indices) -> tuple[list[str], list[str]]:
    return [f"S{each:03d}" for each in site], [f"P{number:05d}" for number in range(len(site))]


def _measurements(
    plan: StudyPlan, z: Array, site: Indices, last: Indices, habit: Array, draw: Generator
) -> pl.DataFrame:
    sites, subjects = _names(site)
    who, visit, variable = np.nonzero(
        np.broadcast_to((np.arange(plan.visits) < last[:, None])[:, :, None], z.shape)
    )
    # Every third variable is skewed, like an enzyme; the others are like a blood pressure or an electrolyte.
    raw = np.where(
        variable % 3 == 2, np.exp(3 + 0.5 * z[who, visit, variable]), 80 + 10 * z[who, visit, variable]
    )
    places = variable % 3
    value = np.round(raw * 10.0**places) / 10.0**places
    gone = draw.random(len(value)) < np.minimum(plan.missing * habit[who], 0.5)
    return pl.DataFrame(
        {
            "site": pl.Series(sites).gather(who),
            "subject": pl.Series(subjects).gather(who),
            "variable": pl.Series([f"V{each:02d}" for each in range(plan.variables)]).gather(variable),
            "visit": (visit + 1).astype(np.float64),
            "value": pl.Series(np.where(gone, np.nan, value)).fill_nan(None),
        }
    )


def _answers(z: Array, site: Indices, last: Indices, draw: Generator) -> pl.DataFrame:
    sites, subjects = _names(site)
    who, visit = np.nonzero(np.arange(z.shape[1]) < last[:, None])
    felt = 0.7 * z[who, visit, 0] + 0.7 * draw.standard_normal(len(who))
    return pl.DataFrame(
        {
            "site": pl.Series(sites).gather(who),
            "subject": pl.Series(subjects).gather(who),
            "variable": ["pain"] * len(who),
            "visit": (visit + 1).astype(np.float64),
            "value": pl.Series(_ANSWERS).gather(np.searchsorted([-0.5, 0.5, 1.5], felt)),
        }
    )


def _visits(plan: StudyPlan, site: Indices, last: Indices, habit: Array, draw: Generator) -> pl.DataFrame:
    sites, subjects = _names(site)
    who, visit = np.nonzero(np.arange(plan.visits) < last[:, None])
    begin = draw.integers(0, 500, len(site))
    day = begin[who] + 28 * visit + np.round(2.5 * habit[who, 0] * draw.standard_normal(len(who))).astype(int)
    date = _BEGIN + day.astype("timedelta64[D]")
    weekday = (date.astype(np.int64) + 3) % 7
    # Few are willing to come at the weekend; the others come on Friday or Monday.
    at_work = (weekday >= 5) & (draw.random(len(who)) > 0.1 * habit[who, 1])
    date = date + np.where(at_work, np.where(weekday == 5, -1, 1), 0).astype("timedelta64[D]")
    return pl.DataFrame(
        {
            "site": pl.Series(sites).gather(who),
            "subject": pl.Series(subjects).gather(who),
            "visit": (visit + 1).astype(np.float64),
            "date": date,
        }
    )


def permuted_sites(data: StudyData, draw: Generator) -> StudyData:
    """Return the same data with every subject at another subject's site: site sizes stay, no site is unlike the others."""
    pairs = data.measurements.select("site", "subject").unique().sort("site", "subject")
    moved = pairs.select("subject", site=pl.Series(draw.permutation(pairs["site"].to_numpy())))

    def again(table: pl.DataFrame) -> pl.DataFrame:
        return table.drop("site").join(moved, on="subject", how="left", maintain_order="left")

    return StudyData(again(data.measurements), again(data.answers), again(data.visits))


# One kind of fabrication takes the site's rows of a table, ordered by subject, variable and visit, and gives them back false.
Fabrication = Callable[[pl.DataFrame, Generator], pl.DataFrame]
_SERIES = ("subject", "variable")


def _copied(rows: pl.DataFrame, draw: Generator, noise: float = 0.0) -> pl.DataFrame:
    """Half of the site's subjects are another one's values."""
    subjects = rows["subject"].unique(maintain_order=True).to_list()
    half = len(subjects) // 2
    source = dict(zip(subjects[half : 2 * half], subjects[:half], strict=True))
    model = rows.select(source="subject", variable="variable", visit="visit", copied="value")
    joined = rows.with_columns(source=pl.col("subject").replace_strict(source, default=None)).join(
        model, on=["source", "variable", "visit"], how="left", maintain_order="left"
    )
    shaken = pl.col("copied") + pl.Series(noise * draw.standard_normal(rows.height)) * pl.col("spread")
    spread = joined.with_columns(spread=pl.col("value").std().over("variable"))
    return spread.with_columns(value=_as_recorded(shaken).fill_null(pl.col("value"))).select(rows.columns)


def _as_recorded(value: pl.Expr) -> pl.Expr:
    """Return values with as many decimals as their variable is recorded with."""
    places = pl.col("variable").str.slice(1).cast(pl.Int64) % 3
    return (
        pl.when(places == 0)
        .then(value.round(0))
        .when(places == 1)
        .then(value.round(1))
        .otherwise(value.round(2))
    )


def _near_copied(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    return _copied(rows, draw, noise=0.05)


def _rounded(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """Six of ten values are rounded to a last digit of 0 or 5."""
    unit = 5 * 10.0 ** -(pl.col("variable").str.slice(1).cast(pl.Int64) % 3)
    often = pl.Series(draw.random(rows.height) < 0.6)
    return rows.with_columns(
        value=_as_recorded(
            pl.when(often).then((pl.col("value") / unit).round() * unit).otherwise(pl.col("value"))
        )
    )


def _preferred_digits(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """Half of the values end in 3 or 7, as invented numbers do."""
    unit = 10.0 ** -(pl.col("variable").str.slice(1).cast(pl.Int64) % 3)
    digit = pl.Series(draw.choice([3, 7], rows.height))
    often = pl.Series(draw.random(rows.height) < 0.5)
    tens = (pl.col("value") / unit / 10).floor() * 10
    return rows.with_columns(
        value=_as_recorded(pl.when(often).then((tens + digit) * unit).otherwise(pl.col("value")))
    )


def _too_little_variance(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """Each subject's values lie half as far from its mean as they did."""
    mean = pl.col("value").mean().over(_SERIES)
    return rows.with_columns(value=_as_recorded(mean + 0.5 * (pl.col("value") - mean)))


def _propagated(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """Four of ten values are those of the visit before."""
    often = pl.Series(draw.random(rows.height) < 0.4)
    kept = pl.when(often & (pl.int_range(pl.len()).over(_SERIES) > 0)).then(None).otherwise(pl.col("value"))
    return rows.with_columns(value=kept).with_columns(pl.col("value").forward_fill().over(_SERIES))


def _inliers(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """All values are drawn close to the visit's mean of the site, a third of the usual distance away."""
    mean = pl.col("value").mean().over("variable", "visit")
    return rows.with_columns(value=_as_recorded(mean + (pl.col("value") - mean) / 3))


def _invented(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """Each variable has the right values at the wrong visits: dealt out anew among a subject's visits, none goes with another."""
    order = pl.Series(draw.random(rows.height))
    return (
        rows.with_columns(order=order)
        .with_columns(value=pl.col("value").sort_by("order").over(_SERIES))
        .drop("order")
    )


def _drifting(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """An instrument runs away: values rise by an eighth of a standard deviation with every visit."""
    return rows.with_columns(
        value=_as_recorded(pl.col("value") + pl.col("visit") * pl.col("value").std().over("variable") / 8)
    )


def _shifted(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """All values are one standard deviation too high."""
    return rows.with_columns(value=_as_recorded(pl.col("value") + pl.col("value").std().over("variable")))


def _outlying(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """One value in twenty is three standard deviations further up or down."""
    push = pl.Series(3 * draw.choice([-1, 1], rows.height) * (draw.random(rows.height) < 0.05))
    return rows.with_columns(
        value=_as_recorded(pl.col("value") + push * pl.col("value").std().over("variable"))
    )


def _left_out(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """A fifth of the values is not there."""
    gone = pl.Series(draw.random(rows.height) < 0.2)
    return rows.with_columns(value=pl.when(gone).then(None).otherwise(pl.col("value")))


def _on_the_day(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """Every visit is held exactly as planned, four weeks after the one before, whatever day that is."""
    first = pl.col("date").min().over("subject")
    return rows.with_columns(
        date=first + pl.duration(days=28 * (pl.col("visit") - pl.col("visit").min().over("subject")))
    )


def _at_weekends(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """Three of ten visits are on a Saturday or Sunday."""
    often = pl.Series(draw.random(rows.height) < 0.3)
    saturday = pl.col("date") + pl.duration(days=6 - pl.col("date").dt.weekday())
    return rows.with_columns(date=pl.when(often).then(saturday).otherwise(pl.col("date")))


def _same_answer(rows: pl.DataFrame, draw: Generator) -> pl.DataFrame:
    """Half of the answers are the mildest one."""
    often = pl.Series(draw.random(rows.height) < 0.5)
    return rows.with_columns(value=pl.when(often).then(pl.lit(_ANSWERS[0])).otherwise(pl.col("value")))


# What is fabricated, in which table, and how.
KINDS: dict[str, tuple[str, Fabrication]] = {
    "copied subjects": ("measurements", _copied),
    "copied subjects, shaken": ("measurements", _near_copied),
    "rounded values": ("measurements", _rounded),
    "preferred digits": ("measurements", _preferred_digits),
    "too little variance": ("measurements", _too_little_variance),
    "propagated values": ("measurements", _propagated),
    "inliers": ("measurements", _inliers),
    "invented panels": ("measurements", _invented),
    "outliers": ("measurements", _outlying),
    "shifted level": ("measurements", _shifted),
    "drift": ("measurements", _drifting),
    "missing values": ("measurements", _left_out),
    "visits on the day": ("visits", _on_the_day),
    "visits at weekends": ("visits", _at_weekends),
    "same answer": ("answers", _same_answer),
}


def fabricate(data: StudyData, site: str, kind: str, draw: Generator, *, share: float = 1.0) -> StudyData:
    """Return a study in which one site's data are fabricated.

    data    from `simulate_study`.
    kind    one of `KINDS`; its function's first sentence says what is done.
    share   of the site's subjects, the first ones, whose data are fabricated.
    Raises  ValueError if the kind or site is unknown or the share not above 0 and at most 1.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    if not 0 < share <= 1:
        raise ValueError(f"a share of {share}")
    name, change = KINDS[kind]
    table: pl.DataFrame = getattr(data, name)
    subjects = table.filter(pl.col("site") == site)["subject"].unique().sort()
    if subjects.is_empty():
        raise ValueError(f"there is no site {site!r}")
    chosen = subjects.head(max(round(share * len(subjects)), 1)).to_list()
    is_chosen = (pl.col("site") == site) & pl.col("subject").is_in(chosen)
    order = [each for each in ("subject", "variable", "visit") if each in table.columns]
    changed = change(table.filter(is_chosen).sort(order), draw)
    tables = {each: getattr(data, each) for each in ("measurements", "answers", "visits")}
    columns = [pl.col(each).cast(kind) for each, kind in table.schema.items()]
    tables[name] = pl.concat([table.filter(~is_chosen), changed.select(columns)])
    return StudyData(**tables)
