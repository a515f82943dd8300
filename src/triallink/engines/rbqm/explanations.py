"""Why a group is flagged, who drives it, and what is new since last time."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from triallink.engines.rbqm.metric import MetricSpec, group_counts, scored
from triallink.engines.rbqm.scores import (
    deviance_residual,
    normal_approximation,
    normal_bounds,
    poisson,
    poisson_bounds,
)


@dataclass(frozen=True)
class Explanation:
    """One group's flag, taken apart.

    bound      the rate at which the group's flag begins; None if it has no flag or its method no such bound.
    drivers    subject, numerator, and numerator beyond what the study's rate lets expect; most telling first.
    without    the flag the group would have without each of the drivers, by subject; None where it could not be judged.
    leave_out  the score the group has against the study without it: it does not excuse itself. None where its method
               does not compare groups, or already compares it with all others.
    """

    group: str
    numerator: float
    denominator: float
    expected: float | None
    score: float | None
    flag: int | None
    bound: float | None
    drivers: tuple[tuple[str, float, float], ...]
    without: tuple[tuple[str, int | None], ...]
    leave_out: float | None

    @property
    def without_top_driver(self) -> int | None:
        """Return the flag the group would have without the subject that drives it most."""
        return self.without[0][1]


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
        without=tuple((name, _flag_without(spec, table, group, own, name)) for name, _, _ in named),
    )


def _flag_without(
    spec: MetricSpec, table: pl.DataFrame, group: str, own: pl.DataFrame, subject: str
) -> int | None:
    """Return the flag of a group once a subject of it is taken out, of the study as well."""
    fewer = group_counts(own.filter(pl.col("subject") != subject))
    if fewer.is_empty():
        return None
    columns = ("group", "numerator", "denominator", "subjects", "metric")
    others = table.filter(pl.col("group") != group).select(columns)
    again = scored(spec, pl.concat([others, fewer.select(columns)]).sort("group"))
    flag: int | None = again.filter(pl.col("group") == group)["flag"][0]
    return flag


def _bound(spec: MetricSpec, table: pl.DataFrame, denominator: float, flag: int | None) -> float | None:
    """Return the rate at which a flag begins: the lowest for a high one, the highest for a low one."""
    if not flag or spec.method == "fisher":
        return None
    place = spec.flags.index(flag)
    threshold = spec.thresholds[place] if flag < 0 else spec.thresholds[place - 1]
    y, n = table["numerator"].to_numpy(), table["denominator"].to_numpy()
    match spec.method:
        case "normal":
            binary = spec.kind == "binary"
            study = normal_approximation(y, n, binary=binary)
            return float(normal_bounds(study, np.array([denominator]), threshold, binary=binary)[0])
        case "poisson":
            study = poisson(y, n, compatible=spec.compatible)
            count = float(poisson_bounds(study, np.array([denominator]), threshold)[0])
            return None if np.isnan(count) else count / denominator
        case _:
            return threshold


def _leave_out(spec: MetricSpec, table: pl.DataFrame, group: str) -> float | None:
    others = table.filter(pl.col("group") != group)
    row = table.filter(pl.col("group") == group)
    y, n = others["numerator"].to_numpy(), others["denominator"].to_numpy()
    own, exposure = float(row["numerator"][0]), float(row["denominator"][0])
    if others.height < 2 or spec.method not in ("normal", "poisson"):
        return None
    if spec.method == "poisson":
        fitted = poisson(y, n, compatible=spec.compatible)
        mean = float(fitted.expected_at(np.array([exposure]))[0])
        return deviance_residual(own, mean) if mean > 0 else None
    binary = spec.kind == "binary"
    study = normal_approximation(y, n, binary=binary)
    spread = study.overall * (1 - study.overall) if binary else study.overall
    if spread <= 0 or study.factor <= 0:
        return None
    return float((own / exposure - study.overall) / np.sqrt(study.factor * spread / exposure))


def changes(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return what became of every flag between two snapshots.

    before, now  columns group and flag.
    Returns      group, flag_before, flag, change: new, worse, ongoing, better, resolved or none; a group that can no
                 longer be judged, or is gone, is "unknown", never resolved.
    Raises       ValueError if a group has two flags.
    """
    for table in (before, now):
        twice = table.filter(pl.col("group").is_duplicated())
        if not twice.is_empty():
            raise ValueError(f"a group has two flags: {twice.select('group', 'flag').head(2).rows()}")
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
