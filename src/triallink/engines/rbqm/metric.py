"""Key risk indicators as data: input → rate → score → flag → summary, on polars tables."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import numpy as np
import polars as pl

from triallink.engines.rbqm import scores
from triallink.engines.rbqm.conditions import Condition, compiled

Method = Literal["normal", "poisson", "fisher", "identity", "qtl"]
Kind = Literal["rate", "binary", "identity"]
# A table may be larger than memory: a lazy frame is read in pieces.
Table: TypeAlias = pl.DataFrame | pl.LazyFrame


@dataclass(frozen=True)
class Source:
    """Where a numerator or denominator is counted.

    table     name of the frame.
    column    summed if given; rows are counted otherwise.
    distinct  count each subject once, however many rows it has.
    """

    table: str
    column: str = ""
    where: Condition | None = None
    distinct: bool = False


@dataclass(frozen=True)
class MetricSpec:
    """One indicator.

    version     of the specification, kept with what was computed by it.
    method      fisher: the score is a p-value, so the first flags are the largest ones, as in thresholds (0.01, 0.05) with
                flags (2, 1, 0); they count as negative where fewer have events than elsewhere. qtl: a share of the whole study against a tolerance limit; the score is the lower end of its exact confidence
                interval, so a threshold is passed only when the data prove it.
    compatible  poisson only: fit a slope where an offset is meant, as a public package does by mistake.
    thresholds  ascending; a score below the first has the first flag, and so on.
    flags       one more than thresholds.
    accrual     the least `accrual_of` a group needs to be scored at all.
    weights     risk-score weight per flag, in the order of `flags`; empty if it takes no part in the score.
    """

    identifier: str
    label: str
    numerator: Source
    denominator: Source
    method: Method = "normal"
    kind: Kind = "rate"
    subjects: str = "subjects"
    subject_column: str = "subjid"
    group_column: str = "invid"
    thresholds: tuple[float, ...] = (-3, -2, 2, 3)
    flags: tuple[int, ...] = (-2, -1, 0, 1, 2)
    accrual: float = 0
    accrual_of: Literal["numerator", "denominator", "difference"] = "denominator"
    score_of: Literal["metric", "numerator"] = "metric"
    weights: tuple[float, ...] = field(default=())
    version: str = "1"
    compatible: bool = False
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.method not in get_args(Method) or self.kind not in get_args(Kind):
            raise ValueError(f"{self.identifier}: there is no method {self.method!r} for a {self.kind!r}")
        if any(math.isnan(each) for each in self.thresholds):
            raise ValueError(f"{self.identifier}: a threshold is missing among {self.thresholds}")
        if list(self.thresholds) != sorted(self.thresholds):
            raise ValueError(f"{self.identifier}: thresholds {self.thresholds} do not ascend")
        if len(self.flags) != len(self.thresholds) + 1:
            raise ValueError(
                f"{self.identifier}: {len(self.flags)} flags for {len(self.thresholds)} thresholds"
            )
        if self.compatible and self.method != "poisson":
            raise ValueError(f"{self.identifier}: there is no compatible form of {self.method!r}")
        if self.weights and len(self.weights) != len(self.flags):
            raise ValueError(f"{self.identifier}: {len(self.weights)} weights for {len(self.flags)} flags")


def subject_counts(spec: MetricSpec, frames: Mapping[str, Table]) -> pl.DataFrame:
    """Return numerator and denominator per subject: columns subject, group, numerator, denominator.

    Subjects without a group, without a denominator or with a denominator of zero are left out.
    Raises  ValueError if a table or column is not there, a subject stands at two groups, or a denominator is negative.
    """
    subjects = _table(spec.subjects, frames)
    for column in (spec.subject_column, spec.group_column):
        if column not in subjects.collect_schema():
            raise ValueError(f"table {spec.subjects!r} has no column {column!r}")
    base = subjects.select(
        subject=pl.col(spec.subject_column).cast(pl.String), group=pl.col(spec.group_column).cast(pl.String)
    ).filter(pl.col("group").is_not_null())
    base = base.lazy().collect(engine="streaming").unique(maintain_order=True)
    twice = base.filter(pl.col("subject").is_duplicated())
    if not twice.is_empty():
        raise ValueError(f"a subject stands at two groups: {twice.head(2).rows()}")
    for name, source in (("numerator", spec.numerator), ("denominator", spec.denominator)):
        counted = _counted(source, spec.subject_column, frames).rename({"value": name})
        base = base.join(counted, on="subject", how="left", maintain_order="left")
    negative = base.filter(pl.col("denominator") < 0)
    if not negative.is_empty():
        raise ValueError(f"a denominator is negative: {negative.row(0, named=True)}")
    present = base.filter(pl.col("denominator").is_not_null() & (pl.col("denominator") > 0))
    return present.with_columns(pl.col("numerator").fill_null(0.0))


def _counted(source: Source, subject_column: str, frames: Mapping[str, Table]) -> pl.DataFrame:
    table = _table(source.table, frames)
    schema = table.collect_schema()
    for column in filter(None, (subject_column, source.column)):
        if column not in schema:
            raise ValueError(f"table {source.table!r} has no column {column!r}")
    rows = table.lazy()
    if source.where is not None:
        rows = rows.filter(compiled(source.where, dict(schema)))
    if source.distinct:
        rows = rows.unique(subset=[subject_column])
    value = pl.col(source.column).cast(pl.Float64).sum() if source.column else pl.len().cast(pl.Float64)
    grouped = rows.group_by(pl.col(subject_column).cast(pl.String).alias("subject")).agg(value=value)
    return grouped.collect(engine="streaming")


def _table(name: str, frames: Mapping[str, Table]) -> Table:
    if name not in frames:
        raise ValueError(f"there is no table {name!r} among {', '.join(frames)}")
    return frames[name]


def group_counts(counts: Table) -> pl.DataFrame:
    """Return numerator, denominator and their ratio per group, in order of the groups' names.

    counts  group, numerator and denominator, a row per subject.
    """
    schema = counts.collect_schema()
    totals = [_total(name, schema[name]).cast(pl.Float64) for name in ("numerator", "denominator")]
    return (
        counts.lazy()
        .group_by("group")
        .agg(*totals, subjects=pl.len())
        .collect(engine="streaming")
        .sort("group")
        .with_columns(metric=pl.col("numerator") / pl.col("denominator"))
    )


def _total(column: str, kind: pl.DataType) -> pl.Expr:
    """Return a column's sum; 32-bit whole numbers are summed as 64-bit ones, smaller ones polars widens by itself."""
    cell = pl.col(column)
    return (cell.cast(pl.Int64) if kind in (pl.Int32, pl.UInt32) else cell).sum()


def scored(spec: MetricSpec, groups: pl.DataFrame) -> pl.DataFrame:
    """Return groups with expected, score and flag; a group below the accrual threshold has no flag.

    groups  columns group, numerator, denominator, metric.
    """
    y, n = groups["numerator"].to_numpy(), groups["denominator"].to_numpy()
    expected = np.full(len(y), np.nan)
    match spec.method:
        case "normal":
            found = scores.normal_approximation(y, n, binary=spec.kind == "binary")
            score, expected = found.score, found.expected
        case "poisson":
            found = scores.poisson(y, n, compatible=spec.compatible)
            score, expected = found.score, found.expected
        case "fisher":
            score = scores.fisher_p(y, n)
            expected = n * y.sum() / max(n.sum(), 1)
        case "identity":
            score = groups[spec.score_of].to_numpy()
        case "qtl":
            limits = (
                scores.tolerance_interval(a, b, confidence=spec.confidence) for a, b in zip(y, n, strict=True)
            )
            score = np.array([low for low, _ in limits])
    table = groups.with_columns(
        expected=pl.Series(expected).fill_nan(None), score=pl.Series(score).fill_nan(None)
    )
    return table.with_columns(flag=_flag(spec, table))


def _flag(spec: MetricSpec, table: pl.DataFrame) -> pl.Series:
    place = np.searchsorted(np.array(spec.thresholds), table["score"].to_numpy(), side="right")
    flags = pl.Series([spec.flags[at] for at in place], dtype=pl.Int64)
    if spec.method == "fisher":
        # A p-value has no direction: fewer than expected is a low flag.
        flags = pl.select(
            pl.when(table["numerator"] < table["expected"]).then(-flags.abs()).otherwise(flags.abs())
        ).to_series()
    accrued = {
        "numerator": table["numerator"],
        "denominator": table["denominator"],
        "difference": table["denominator"] - table["numerator"],
    }[spec.accrual_of]
    has = (accrued >= spec.accrual) & table["score"].is_not_null()
    return flags.set(~has, None)


def metric(spec: MetricSpec, frames: Mapping[str, Table]) -> pl.DataFrame:
    """Return the summary of an indicator: group, numerator, denominator, metric, expected, score, flag.

    frames   the tables the specification names.
    Returns  one row per group, flagged ones first, then by distance of the score from none.
    Raises   ValueError if a table or column is not there.
    """
    table = scored(spec, group_counts(subject_counts(spec, frames)))
    order = [pl.col("flag").abs().fill_null(-1), pl.col("score").abs().fill_null(-1.0)]
    return table.sort(order, descending=True, maintain_order=True)


def risk_scores(summaries: Mapping[str, pl.DataFrame], specs: Mapping[str, MetricSpec]) -> pl.DataFrame:
    """Return each group's site risk score: the weights of its flags, in per cent of the largest possible.

    summaries  per indicator a table with group and flag; an indicator without weights takes no part.
    Returns    columns group, weight, most, score; sorted by score, highest first.
    Raises     ValueError if an indicator has no specification or no weight is above zero.
    """
    parts = []
    for name, table in summaries.items():
        if name not in specs:
            raise ValueError(f"there is no specification of {name!r} among {', '.join(specs)}")
        spec = specs[name]
        if spec.weights:
            if max(spec.weights) <= 0:
                raise ValueError(f"{name}: no weight of {spec.weights} is above zero")
            weights = dict(zip(spec.flags, spec.weights, strict=True))
            weighed = pl.Series(
                [weights.get(flag, 0.0) for flag in table["flag"].to_list()], dtype=pl.Float64
            )
            parts.append(table.select("group", weight=weighed, most=pl.lit(float(max(spec.weights)))))
    if not parts:
        return pl.DataFrame(
            schema={"group": pl.String, "weight": pl.Float64, "most": pl.Float64, "score": pl.Float64}
        )
    most = sum(float(part["most"][0]) for part in parts if part.height)
    summed = pl.concat(parts).group_by("group").agg(pl.col("weight").sum()).with_columns(most=pl.lit(most))
    return summed.with_columns(score=pl.col("weight") / pl.col("most") * 100).sort(
        "score", "group", descending=[True, False]
    )
