"""R's survival results beside ours: log-rank tests, Cox models, summaries of curves, points of curves."""

import json
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl

from tools.insights_vectors.indicators import Counted
from triallink.engines.survival import cox, kaplan_meier, logrank

_COLUMNS = {"lung": ("time", "status", 2), "ovarian": ("futime", "fustat", 1)}
_TESTS = {
    "lung_sex": ("lung", "sex", 0.0, ""), "lung_sex_rho1": ("lung", "sex", 1.0, ""), "aml_x": ("aml", "x", 0.0, ""),
    "veteran_trt": ("veteran", "trt", 0.0, ""), "veteran_cell": ("veteran", "celltype", 0.0, ""),
    "ovarian_rx": ("ovarian", "rx", 0.0, ""), "lung_sex_strat_ecog": ("lung", "sex", 0.0, "ph.ecog"),
}  # fmt: skip


def _read(folder: Path, name: str, *needed: str) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    frame = pl.read_csv(folder / f"{name}.csv", null_values="NA").drop_nulls(list(needed))
    time, event, happened = _COLUMNS.get(name, ("time", "status", 1))
    return frame, frame[time].to_numpy(), (frame[event] == happened).to_numpy()


def _equal(ours: Iterable[float], theirs: Iterable[float | None], relative: float) -> bool:
    """Return whether all values agree; a missing one is NaN with us."""
    pairs = zip(ours, theirs, strict=True)
    return all(
        math.isclose(a, b, rel_tol=relative) if b is not None and not math.isnan(b) else math.isnan(a)
        for a, b in pairs
    )


def table(folder: Path) -> list[Counted]:
    """Return the sets; folder holds insights/vectors."""
    data = folder / "insights/vectors/survival"
    results = json.loads((data / "survival_results.json").read_text())
    right = 0
    for name, theirs in results["logrank"].items():
        source, group, rho, strata = _TESTS[name]
        frame, time, event = _read(data, source, *strata.split())
        found = logrank(time, event, frame[group], rho=rho, strata=frame[strata] if strata else None)
        ours = (found.chi_square, found.df, found.p_value)
        right += _equal(ours, (theirs["chisq"], theirs["df"], theirs["p"]), 1e-9)
    found_sets = [("R survival: log-rank tests", right, len(results["logrank"]))]
    right = 0
    for name, theirs in results["cox"].items():
        covariates = theirs["formula"].split("~")[1].replace(" ", "").split("+")
        frame, time, event = _read(data, name.split("_")[0], *covariates)
        model = cox(time, event, {each: frame[each] for each in covariates}, ties=theirs["ties"])
        ours = [*model.coefficients, *model.std_errors, *model.log_likelihoods, model.concordance]
        expected = [
            *theirs["coef"].values(),
            *theirs["se"].values(),
            *theirs["loglik"],
            theirs["concordance"],
        ]
        right += _equal(ours, expected, 1e-7)
    found_sets.append(("R survival: Cox models", right, len(results["cox"])))
    summaries = pl.read_csv(data / "km_table.csv").to_dicts()
    right = 0
    for row in summaries:
        frame, time, event = _read(data, row["set"])
        inside = np.ones(len(time), dtype=bool)
        if row["strata"] != "all":
            column, value = row["strata"].split("=")
            inside = frame[column].cast(pl.String).to_numpy() == value
        curve = kaplan_meier(time[inside], event[inside], band="log")
        mean, median = curve.restricted_mean(float(time.max())), curve.median
        ours = (
            curve.n,
            curve.events.sum(),
            mean.value,
            mean.std_error,
            median.value,
            median.lower,
            median.upper,
        )
        names = ("records", "events", "rmean", "se(rmean)", "median", "0.95LCL", "0.95UCL")
        right += _equal(ours, [_number(row[each]) for each in names], 1e-10)
    found_sets.append(("R survival: summaries of curves", right, len(summaries)))
    points = pl.read_csv(data / "km_curve_lung_sex_loglog.csv", null_values="NA")
    frame, time, event = _read(data, "lung")
    right = 0
    for sex in (1, 2):
        part = points.filter(pl.col("strata") == f"sex={sex}")
        inside = frame["sex"].to_numpy() == sex
        curve = kaplan_meier(time[inside], event[inside])
        columns = (curve.survival, curve.std_error / curve.survival, curve.lower, curve.upper)
        theirs = part.select("surv", "se", "lower", "upper").cast(pl.Float64).rows()
        right += sum(_equal(a, b, 1e-9) for a, b in zip(zip(*columns, strict=True), theirs, strict=True))
    found_sets.append(("R survival: points of curves with log-log limits", right, points.height))
    return [(name, done, total, total) for name, done, total in found_sets]


def _number(value: object) -> float | None:
    return None if value in (None, "NA") else float(str(value))
