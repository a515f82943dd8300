"""Published indicators, limits and under-reporting figures beside ours: set × reproduced / in scope / total."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

from triallink.engines import rbqm

# Set, reproduced, in scope, total.
Counted = tuple[str, int, int, int]
Array: TypeAlias = NDArray[np.float64]
# The older package leaves small sites out of these tables but not out of the study's rate: it cannot be recomputed. The
# limits of the whole study stand in a table of their own.
_PARTIAL = {"kri0006", "kri0007", "kri0009", "kri0010", "kri0012", "qtl0004", "qtl0006"}
_NOWHERE = rbqm.Source("counted before")


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, null_values="NA", infer_schema_length=None)


def _same(ours: pl.Series, theirs: pl.Series, tolerance: float) -> pl.Series:
    """Return where two columns say the same; where the published one is missing there is nothing to repeat."""
    return ((ours - theirs.cast(pl.Float64)).abs() <= tolerance) | theirs.is_null()


def _spec(row: dict[str, str]) -> rbqm.MetricSpec:
    """Return the specification of a line of the published table of indicators."""
    flags = row["Flag"] or "-2,-1,0,1,2"
    return rbqm.MetricSpec(
        row["MetricID"], "", _NOWHERE, _NOWHERE,
        method="identity" if row["AnalysisType"] == "identity" else "normal",
        kind=row["AnalysisType"],  # type: ignore[arg-type]
        thresholds=tuple(sorted(float(part) for part in row["Threshold"].split(","))),
        flags=tuple(int(part) for part in flags.split(",")),
        accrual=float(row["AccrualThreshold"]),
        accrual_of=row["AccrualMetric"].lower(),  # type: ignore[arg-type]
    )  # fmt: skip


def _groups(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(
        "Score", "Flag", "Metric",
        group=pl.col("GroupID").cast(pl.String),
        numerator=pl.col("Numerator").cast(pl.Float64),
        denominator=pl.col("Denominator").cast(pl.Float64),
        metric=pl.col("Metric").cast(pl.Float64),
    )  # fmt: skip


def reporting(folder: Path) -> Iterator[Counted]:
    """Return sites and countries of gsm: scores to 1e-12 with their flags, and the bounds of their funnels."""
    standard = _spec(
        {"MetricID": "x", "AnalysisType": "rate", "Threshold": "-2,-1,2,3", "Flag": "",
         "AccrualThreshold": "30", "AccrualMetric": "Denominator"}
    )  # fmt: skip
    for level, label in (("", "sites"), ("_country", "countries")):
        summed = (
            _read(folder / f"gsm/analyticsInput{level}.csv")
            .group_by(group=pl.col("GroupID").cast(pl.String))
            .agg(pl.col("Numerator", "Denominator").sum().cast(pl.Float64).name.to_lowercase())
        )
        theirs = _groups(_read(folder / f"gsm/analyticsSummary{level}.csv"))
        ours = rbqm.scored(standard, summed.with_columns(metric=pl.col("numerator") / pl.col("denominator")))
        both = theirs.join(ours, on="group", suffix="_ours", maintain_order="left")
        right = _same(both["score"], both["Score"], 1e-12) & both["flag"].eq_missing(both["Flag"])
        yield (
            f"gsm: scores and flags of {label} from subjects",
            int(right.sum()),
            theirs.height,
            theirs.height,
        )
    for level, label in (("", "site"), ("_country", "country")):
        rows = _read(folder / f"gsm/reportingResults{level}.csv")
        lines = pl.read_csv(folder / f"gsm/reportingMetrics{level}.csv", null_values="NA", infer_schema=False)
        specs = {row["MetricID"]: _spec(row) for row in lines.iter_rows(named=True)}
        right = 0
        for (name, _), part in rows.group_by("MetricID", "SnapshotDate"):
            found = rbqm.scored(specs[str(name)], _groups(part))
            same = _same(found["score"], found["Score"], 1e-12) & found["flag"].eq_missing(found["Flag"])
            right += int(same.sum())
        yield f"gsm: reporting rows with flags, {label} level", right, rows.height, rows.height
    yield _funnels(folder)


def _funnels(folder: Path) -> Counted:
    """Return the bounds of the funnels: the counts at which each exposure has a threshold's score."""
    bounds = _read(folder / "gsm/reportingBounds.csv.gz")
    rows = _read(folder / "gsm/reportingResults.csv")
    kinds = dict(_read(folder / "gsm/reportingMetrics.csv").select("MetricID", "AnalysisType").iter_rows())
    right = 0
    for (name, date), part in bounds.group_by("MetricID", "SnapshotDate"):
        own = rows.filter((pl.col("MetricID") == name) & (pl.col("SnapshotDate") == date))
        y, n = (own[each].cast(pl.Float64).to_numpy() for each in ("Numerator", "Denominator"))
        binary = kinds[name] == "binary"
        study = rbqm.normal_approximation(y, n, binary=binary)
        at = part["Denominator"].cast(pl.Float64).to_numpy()
        for threshold in part["Threshold"].unique():
            inside = (part["Threshold"] == threshold).to_numpy()
            found = rbqm.normal_bounds(study, at[inside], float(threshold), binary=binary)
            right += int(
                np.isclose(found, part["Metric"].cast(pl.Float64).to_numpy()[inside], atol=1e-10).sum()
            )
    return "gsm: bounds of funnels", right, bounds.height, bounds.height


def methods(folder: Path) -> Iterator[Counted]:
    """Return each method beside R's output on the same sites."""
    checks: list[tuple[str, str, str, Callable[[Array, Array], Array], float]] = [
        ("rate", "NormalApprox_rate_flag_default", "Score", lambda y, n: rbqm.normal_approximation(y, n).score, 1e-12),
        ("share", "NormalApprox_binary_flag_default", "Score", lambda y, n: rbqm.normal_approximation(y, n, binary=True).score, 1e-12),
        # glm stops at a relative change of 1e-8, the package's own fit likewise; R's Fisher is right to 1e-10.
        ("Poisson, true offset", "Poisson_true_offset", "dev_resid", lambda y, n: rbqm.poisson(y, n).score, 1e-11),
        ("Poisson, fitted slope on request", "Poisson_as_shipped_slope", "Score", lambda y, n: rbqm.poisson(y, n, compatible=True).score, 1e-8),
        ("Fisher", "Fisher", "Score", rbqm.fisher_p, 1e-10),
    ]  # fmt: skip
    for label, file, column, method, tolerance in checks:
        table = _read(folder / f"gsm_r/{file}.csv")
        y, n = (table[each].cast(pl.Float64).to_numpy() for each in ("Numerator", "Denominator"))
        apart = np.abs(method(y, n) - table[column].cast(pl.Float64).to_numpy())
        yield f"R: {label}", int((apart <= tolerance).sum()), table.height, table.height
    groups = _groups(_read(folder / "gsm_r/Identity.csv").with_columns(Flag=None))
    spec = rbqm.MetricSpec("x", "", _NOWHERE, _NOWHERE, method="identity", kind="identity")
    found = rbqm.scored(spec, groups)
    yield "R: identity", int(_same(found["score"], found["Score"], 1e-12).sum()), groups.height, groups.height


def specifications(folder: Path) -> Iterator[Counted]:
    """Return how many public specifications become ours."""
    files = sorted(folder.glob("gsm_kri_specs/inst/workflow/2_metrics/[kc]*.yaml"))
    read = [rbqm.spec_from_workflow(yaml.safe_load(path.read_text())) for path in files]
    yield "gsm.kri: indicator specifications", len({each.identifier for each in read}), len(files), len(files)


def limits(folder: Path) -> Iterator[Counted]:
    """Return quality tolerance limits, and the scores of the older package where it uses over-dispersion."""
    rows = pl.read_parquet(folder / "clindata_longitudinal/rpt_qtl_details.parquet")
    found = [
        rbqm.tolerance_interval(a, b)[0]
        for a, b in rows.select("numerator_value", "denominator_value").iter_rows()
    ]
    right = int(_same(pl.Series(found), rows["qtl_score"], 1e-12).sum())
    yield "gsm 1.8: quality tolerance limits", right, rows.height, rows.height
    rows = pl.read_parquet(folder / "clindata_longitudinal/rpt_site_kri_details.parquet")
    right = in_scope = 0
    for (name,), part in rows.group_by("workflowid"):
        if str(name) in _PARTIAL:
            continue
        in_scope += part.height
        y, n = (part[each].to_numpy() for each in ("numerator_value", "denominator_value"))
        right += int(
            (np.abs(rbqm.normal_approximation(y, n).score - part["score"].to_numpy()) <= 1e-12).sum()
        )
    yield "gsm 1.8: scores of sites and countries", right, in_scope, rows.height


def underreporting(folder: Path) -> Iterator[Counted]:
    """Return published probabilities within five standard errors of their own draws around ours; counts and visits equal."""
    for visits, expected, until, draws in (
        ("df_visit_test.csv", "df_eval_inframe_r20000.csv", "last_visit", 20_000),
        ("df_visit_test.csv", "df_eval_inframe.csv", "last_visit", 1_000),
        ("df_visit_test.csv", "df_eval_inframe_med75.csv", "three_quarters", 1_000),
        ("readme_df_visit.csv", "readme_df_eval.csv", "last_visit", 1_000),
        ("validation_df_visit.csv.gz", "validation_df_eval.csv", "last_visit", 1_000),
    ):
        rows, theirs = (pl.read_csv(folder / "simaerep" / each) for each in (visits, expected))
        right = 0
        for (study,), part in theirs.group_by("study_id"):
            ours = rbqm.event_reporting(
                rows.filter(pl.col("study_id") == study),
                subject="patient_id",
                until=until,  # type: ignore[arg-type]
            )
            both = part.join(ours, left_on="site_id", right_on="site", suffix="_ours")
            chance = 1 - both["probability"].abs().to_numpy()
            error = 5 * np.sqrt(chance * (1 - chance) / draws) + 1 / draws
            near = np.abs(1 - both["event_prob_no_mult"].abs().to_numpy() - chance) <= error
            equal = (both["events"] == both["event_count"]) & (both["visits"] == both["visits_ours"])
            right += int((near & equal.to_numpy()).sum())
        yield f"simaerep: {expected.removesuffix('.csv')}", right, theirs.height, theirs.height
    classic = pl.read_csv(folder / "simaerep/df_eval_classic_med75.csv").height
    yield "simaerep: classic algorithm (whole subjects resampled; superseded)", 0, 0, classic


def table(folder: Path) -> list[Counted]:
    """Return all sets of indicators; folder holds insights/vectors."""
    vectors = folder / "insights/vectors"
    sets = (reporting, methods, specifications, limits, underreporting)
    return [row for each in sets for row in each(vectors)]
