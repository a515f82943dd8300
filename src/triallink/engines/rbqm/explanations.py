"""Why a group is flagged, who drives it, and what is new since last time."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from triallink.engines.rbqm.metric import MetricSpec, group_counts, scored
from triallink.engines.rbqm.scores import normal_approximation, normal_bounds


@dataclass(frozen=True)
class Explanation:
    """One group's flag, taken apart.

    bound      the rate at which the group's flag would begin; None if its method has no such bound.
    without    the flag the group would have without each of its subjects, by subject, most telling first.
    leave_out  the score the group has against the study without it: it does not excuse itself.
    """

    group: str
    numerator: float
    denominator: float
    expected: float | None
    score: float | None
    flag: int | None
    bound: float | None
    drivers: tuple[tuple[str, float, float], ...]
    leave_out: float | None
    without_top_driver: int | None


def explain(spec: MetricSpec, counts: pl.DataFrame, group: str, *, drivers: int = 5) -> Explanation:
    """Return what a group's flag comes from.

    counts   as `subject_counts` gives them: subject, group, numerator, denominator.
    drivers  how many subjects to name: those furthest from what the study's rate lets expect, in the flag's direction.
    Raises   ValueError if the group is not there.
    """
    table = scored(spec, group_counts(counts))
    row = next(iter(table.filter(pl.col("group") == group).iter_rows(named=True)), None)
    if row is None:
        raise ValueError(f"there is no group {group!r}")
    overall = float(table["numerator"].sum()) / float(table["denominator"].sum())
    own = counts.filter(pl.col("group") == group).with_columns(
        excess=pl.col("numerator") - overall * pl.col("denominator")
    )
    is_high = row["numerator"] >= overall * row["denominator"]
    ranked = own.sort("excess", "subject", descending=[is_high, False]).head(drivers)
    named = tuple(
        (s, float(y), float(e)) for s, y, e in ranked.select("subject", "numerator", "excess").iter_rows()
    )
    fewer = counts.filter((pl.col("subject") != named[0][0]) | (pl.col("group") != group))
    again = scored(spec, group_counts(fewer)).filter(pl.col("group") == group)
    return Explanation(
        group=group,
        numerator=row["numerator"],
        denominator=row["denominator"],
        expected=row["expected"],
        score=row["score"],
        flag=row["flag"],
        bound=_bound(spec, table, row["denominator"], row["flag"]),
        drivers=named,
        leave_out=_leave_out(spec, table, group),
        without_top_driver=again["flag"][0] if again.height else None,
    )


def _bound(spec: MetricSpec, table: pl.DataFrame, denominator: float, flag: int | None) -> float | None:
    if spec.method != "normal" or not flag:
        return None
    place = spec.flags.index(flag)
    threshold = spec.thresholds[place] if flag < 0 else spec.thresholds[place - 1]
    binary = spec.kind == "binary"
    study = normal_approximation(
        table["numerator"].to_numpy(), table["denominator"].to_numpy(), binary=binary
    )
    return float(normal_bounds(study, np.array([denominator]), threshold, binary=binary)[0])


def _leave_out(spec: MetricSpec, table: pl.DataFrame, group: str) -> float | None:
    others = table.filter(pl.col("group") != group)
    if spec.method != "normal" or others.height < 2:
        return None
    binary = spec.kind == "binary"
    study = normal_approximation(
        others["numerator"].to_numpy(), others["denominator"].to_numpy(), binary=binary
    )
    spread = study.overall * (1 - study.overall) if binary else study.overall
    row = table.filter(pl.col("group") == group)
    if spread <= 0 or study.factor <= 0:
        return None
    return float((row["metric"][0] - study.overall) / np.sqrt(study.factor * spread / row["denominator"][0]))


def changes(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return what became of every flag between two snapshots.

    before, now  columns group and flag.
    Returns      group, flag_before, flag, change: new, worse, ongoing, better, resolved or none; a group that can no
                 longer be judged, or is gone, is "unknown", never resolved.
    """
    joined = before.select("group", flag_before="flag").join(
        now.select("group", "flag"), on="group", how="full", coalesce=True
    )
    a, b = pl.col("flag_before").abs().fill_null(0), pl.col("flag").abs()
    change = (
        pl.when(b.is_null() & (a > 0))
        .then(pl.lit("unknown"))
        .when(b.fill_null(0) == 0)
        .then(pl.when(a > 0).then(pl.lit("resolved")).otherwise(pl.lit("none")))
        .when((a == 0) | (pl.col("flag").sign() != pl.col("flag_before").sign()))
        .then(pl.lit("new"))
        .when(b > a)
        .then(pl.lit("worse"))
        .when(b < a)
        .then(pl.lit("better"))
        .otherwise(pl.lit("ongoing"))
    )
    return joined.with_columns(change=change).sort("group")
