"""Designs and figures of textbooks and commercial programs: each beside ours with the tolerance it was published with."""

import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.special import ndtr

from triallink.engines.design import (
    Accrual,
    Boundaries,
    Hazard,
    beta_spending_boundaries,
    conditional_power,
    cost,
    exact_one_proportion,
    hwang_shih_decani_spending,
    kim_demets_spending,
    log_odds_ratio_statistic,
    logrank_events,
    obrien_fleming_spending,
    pocock_spending,
    score_statistic,
    sequential_plan,
    shaped_boundaries,
    spending_boundaries,
    survival_plan,
    two_means,
    two_proportions,
)

Check = tuple[str, list[float], list[float], float]
_SCALES: dict[str, Literal["difference", "ratio", "odds_ratio"]] = {
    "difference": "difference",
    "rr": "ratio",
    "or": "odds_ratio",
}


def design_of(case: dict[str, Any]) -> Boundaries:
    """Return our bounds for one of the group-sequential designs of two programs."""
    kind, sided, t, alpha = case["type"], case["sided"], case["info"], case["alpha"]
    if kind in ("OF", "P", "WT"):
        shape: Any = {"OF": "obrien_fleming", "P": "pocock", "WT": "wang_tsiatis"}[kind]
        return shaped_boundaries(
            shape, t, alpha, sided=sided, delta=case["deltaWT"] if kind == "WT" else None
        )
    if kind == "asHSD":
        return spending_boundaries(hwang_shih_decani_spending(case["gammaA"]), t, alpha, sided=sided)
    if kind == "asKD":
        return spending_boundaries(kim_demets_spending(case["gammaA"]), t, alpha, sided=sided)
    spending = {"asOF": obrien_fleming_spending, "asP": pocock_spending}[kind]
    return spending_boundaries(spending, t, alpha, sided=sided)


def boundaries(folder: Path) -> Iterator[Check]:
    """Return the bounds of every design as nominal levels, against both programs."""
    for case in json.loads((folder / "group_sequential/boundaries_rpact_vs_gsDesign.json").read_text()):
        found = design_of(case)
        for oracle, tolerance in (("rpact_z", 3e-6), ("gsDesign_z", 5e-6)):
            theirs = np.array([np.inf if each is None else each for each in case[oracle]])
            # Beyond z = 4 the programs agree with one another on the scale of probability only.
            far = theirs > 4
            apart = np.where(
                far, (ndtr(-found.upper) - ndtr(-theirs)) / 1e-9, found.upper - np.where(far, 0, theirs)
            )
            apart = np.where(far, apart * tolerance, apart)
            yield (
                f"{case['type']} {len(theirs)} looks {oracle}",
                apart.tolist(),
                [0.0] * len(theirs),
                tolerance,
            )
        if case["sided"] == 1:
            spent = cost(found, 0.8)
            expected = [case["rpact_inflation80"], case["rpact_avg_inflation_H1"]]
            # rpact finds the drift to about 1e-6.
            yield (
                f"{case['type']} {len(found.upper)} looks, cost",
                [spent.inflation, spent.expected],
                expected,
                1e-6,
            )


def sizes(folder: Path) -> Iterator[Check]:
    """Return the fixed designs computed with two programs."""
    for case in json.loads((folder / "sample_size/sample_size_rpact_gsDesign.json").read_text()):
        common: dict[str, Any] = {"power": 1 - case["beta"], "alpha": case["alpha"], "ratio": case["ratio"]}
        if case["fn"] == "means":
            for key, test in (("n", "t"), ("normalApprox", "z")):
                found = two_means(difference=case["delta"], sd=case["sd"], test=test, **common)  # type: ignore[arg-type]
                # With Student's t the program stops searching at 1e-6 of the size.
                yield f"means {test}", [found.n], [case[key]], 3e-6 * case[key]
        elif case["fn"] == "rates":
            found = two_proportions(treatment=case["pi1"], control=case["pi2"], **common)
            yield "rates", [found.n, found.n], [case["n"], case["gsDesign_FM"]], 1e-9 * case["n"]
        else:
            events = logrank_events(hazard_ratio=case["hr"], **common).n
            control = Hazard.of_median(case["median2"])
            plan = survival_plan(
                events, treatment=control.times(case["hr"]), control=control, follow_up=case["fu"],
                accrual=Accrual((float(case["accrual"]),), (1.0,)), ratio=case["ratio"],
            )  # fmt: skip
            expected = [case["events"], case["gsDesign_nEvents"], case["n"]]
            yield "survival", [events, events, plan.n], expected, 1e-9 * case["n"]


def exact(folder: Path) -> Iterator[Check]:
    """Return East's exact tests of one proportion."""
    for row in json.loads((folder / "sample_size/gsDesign_nBinomial1Sample_East65.json").read_text()):
        if not row["calls"]:
            continue  # it asks whether a table comes back, not for a number
        text = next(iter(row["calls"].values()))
        values = dict(re.findall(r"(p0|p1|alpha|n) = ([\d.]+)", text))
        found = exact_one_proportion(
            proportion=float(values["p1"]),
            null=float(values["p0"]),
            n=int(values["n"]),
            alpha=float(values["alpha"]),
        )
        power = float(re.findall(r"0\.\d{6,}", row["check"])[0])
        yield "exact", [found.power], [power], 5e-9


def published(folder: Path) -> Iterator[Check]:
    """Return the benchmarks of textbooks, East, SAS and a registered trial."""
    for row in json.loads((folder / "sample_size/published_benchmarks.json").read_text()):
        yield _PUBLISHED[row["fn"]](row)


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(?:log\(([\d.]+)\)(?:/([\d.]+))?)|(?:([\d.]+)/([\d.]+))", value)
    assert found is not None, value
    if found.group(1):
        return math.log(float(found.group(1))) / float(found.group(2) or 1)
    return float(found.group(3)) / float(found.group(4))


def _binomial_size(row: dict[str, Any]) -> Check:
    a = row["args"]
    scale = _SCALES[a["scale"]]
    null = _number(a.get("delta0", 0))
    found = two_proportions(
        treatment=a["p1"], control=a["p2"], power=1 - a["beta"], alpha=a["alpha"], scale=scale,
        null=null if scale == "difference" else math.exp(null), ratio=1 / _number(a.get("ratio", 1)),
    )  # fmt: skip
    expected = row["expected_n"]
    many = isinstance(expected, list)
    return row["fn"], list(found.groups) if many else [found.n], expected if many else [expected], 0.006


def _binomial_test(row: dict[str, Any]) -> Check:
    a = row["args"]
    deltas = a["delta"] if isinstance(a["delta"], list) else [_number(each) for each in a["delta"].split(",")]
    events, groups = (a["x1"], a["x2"]), (a["n1"], a["n2"])
    if a["scale"] == "lnor":
        found = [log_odds_ratio_statistic(events, groups, null=delta, restricted=True) for delta in deltas]
    else:
        scale = _SCALES[a["scale"]]
        found = [
            score_statistic(
                events, groups, null=delta if scale == "difference" else math.exp(delta), scale=scale, corrected=bool(a.get("adj"))
            )
            for delta in deltas
        ]  # fmt: skip
    # The limits these z-values are for are printed to four digits.
    return row["fn"], found, row["expected_z"], 3e-4


def _condpower(row: dict[str, Any]) -> Check:
    bounds = spending_boundaries(hwang_shih_decani_spending(-4), [0.5, 1], 0.025)
    return row["fn"], [conditional_power(bounds, 1, row["args"]["z1"])], [row["expected"]], row["tol"]


def _gscp(row: dict[str, Any]) -> Check:
    bounds = spending_boundaries(hwang_shih_decani_spending(-4), [1 / 3, 2 / 3, 1], 0.05, sided=2)
    size = 800 * cost(bounds, 0.9).inflation
    found = conditional_power(
        bounds, row["args"]["i"], row["args"]["zi"], row["args"]["theta"] * math.sqrt(size)
    )
    return row["fn"], [found], [row["expected_sum_upper_prob"]], row["tol"]


def _gsdelta(row: dict[str, Any]) -> Check:
    bounds = spending_boundaries(obrien_fleming_spending, [0.5, 1], 0.025)
    found = 0.3 * bounds.upper / (cost(bounds, 0.9).drift * np.sqrt(bounds.information))
    return row["fn"], found.tolist(), row["expected"], row["tol"]


def _nsurv(row: dict[str, Any]) -> Check:
    a, expected = row["args"], row["expected"]
    control = Hazard((_number(a["lambdaC"]),))
    treatment = control.times(a["hr"])
    power = 1 - a.get("beta", 0.1) if a.get("beta", 0.1) is not None else None
    if power is None:
        accrual = Accrual((float(a["T"] - a["minfup"]),), (float(a["gamma"]),))
        plan = survival_plan(1.0, treatment=treatment, control=control, accrual=accrual)
        events = plan.events_by(a["T"])
        found = [
            events,
            logrank_events(hazard_ratio=a["hr"], events=events, alpha=a.get("alpha", 0.025)).power,
        ]
        return row["fn"], found, [expected["events"], expected["power"]], row["tol"]
    events = logrank_events(hazard_ratio=a["hr"], power=power).n
    duration = float(a.get("R") or (a["T"] - a["minfup"] if a.get("T") else 24))
    kind: Literal["intensity", "duration"] = "intensity" if a.get("T") else "duration"
    plan = survival_plan(
        events, treatment=treatment, control=control, accrual=Accrual((duration,), (float(a["gamma"]),)),
        follow_up=a.get("minfup"), extend=kind,
    )  # fmt: skip
    return row["fn"], [events, plan.n], [expected["events"], expected["n"]], row["tol"]


def _gssurv(row: dict[str, Any]) -> Check:
    t = [0.25, 0.5, 0.75, 1.0]
    bounds = beta_spending_boundaries(hwang_shih_decani_spending(-4), kim_demets_spending(0.5), t, 0.025, 0.1)
    plan = sequential_plan(bounds, logrank_events(hazard_ratio=row["args"]["hr"], power=0.9))
    return row["fn"], plan.looks.tolist(), row["expected_events"], row["tol"]


def _gsdbench(row: dict[str, Any]) -> Check:
    bounds = spending_boundaries(obrien_fleming_spending, row["args"]["info"], 0.025)
    found = [*bounds.upper, *(2 * bounds.nominal_levels)]
    return row["fn"], found, [*row["expected"]["z"], *row["expected"]["nominal_p2"]], 5.1e-4


def _registered(row: dict[str, Any]) -> Check:
    a = row["args"]
    fixed = two_means(
        difference=a["delta"], sd=(a["sd1"], a["sd2"]), power=a["power"], alpha=a["alpha2"], sided=2, test="z"
    )
    looks = shaped_boundaries("obrien_fleming", [a["ia"], 1], a["alpha2"], sided=2)
    # The plan of that trial inflates whole subjects.
    inflated = math.ceil(fixed.whole_n * cost(looks, a["power"]).inflation)
    expected = [row["expected"][key] for key in ("n_fixed", "n_gsd", "n_dropout15")]
    return row["fn"], [fixed.whole_n, inflated, math.ceil(inflated / 0.85 - 1e-9)], expected, 0.0


_PUBLISHED: dict[str, Callable[[dict[str, Any]], Check]] = {
    "nBinomial": _binomial_size,
    "testBinomial": _binomial_test,
    "condPower": _condpower,
    "gsCP": _gscp,
    "gsDelta": _gsdelta,
    "nSurv": _nsurv,
    "gsSurv": _gssurv,
    "GSDBench-27": _gsdbench,
    "NCT05638204 SAP": _registered,
}
SETS: dict[str, Callable[[Path], Iterator[Check]]] = {
    "group-sequential designs of two programs": boundaries,
    "fixed designs of two programs": sizes,
    "exact tests of East 6.5": exact,
    "textbooks, East, SAS, a registered trial": published,
}


def holds(check: Check) -> bool:
    """Return whether ours is within the tolerance."""
    _, ours, theirs, tolerance = check
    return bool(
        (np.abs(np.array(ours, dtype=float) - np.array(theirs, dtype=float)) <= tolerance + 1e-15).all()
    )
