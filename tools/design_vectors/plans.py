"""Sample size and power of means, proportions and counts: calls of the R package turned into calls of ours."""

import math
from typing import Any, Literal

import numpy as np

from tools.design_vectors.designs import Design, OutOfScope
from tools.design_vectors.rcalls import Call
from tools.design_vectors.shared import Fields, each, levels, of_plan, of_stopping, planned, stacked
from triallink.engines.design import (
    Answer,
    best_ratio,
    cost,
    exact_one_proportion,
    exit_probabilities,
    fisher_design,
    means_at_bounds,
    one_mean,
    one_proportion,
    proportions_at_bounds,
    ratio_of_means,
    sequential_plan,
    sequential_power,
    stopping,
    two_means,
    two_proportions,
)


def edges(design: Design, up: bool, at: Any) -> Fields:
    """Return the bounds on the scale of the effect; `at` takes z-values of all looks."""
    upper = design.bounds.upper
    if design.sided == 2:
        return {
            "criticalValuesEffectScaleUpper": at(upper),
            "criticalValuesEffectScaleLower": at(-upper),
        } | levels(design)
    sign = 1.0 if up else -1.0
    fields: Fields = {"criticalValuesEffectScale": at(sign * upper)} | levels(design)
    if design.bounds.futility.size:
        fields["futilityBoundsEffectScale"] = at(sign * design.bounds.futility)[:-1]
    return fields


def means(call: Call) -> Fields:
    """Return what getSampleSizeMeans or getPowerMeans gives, by our functions."""
    design, a = planned(call)
    ask = call.name == "getSampleSizeMeans"
    groups, null = int(a.get("groups", 2)), float(a.get("thetaH0", 1.0 if a.get("meanRatio") else 0.0))
    quotient = bool(a.get("meanRatio", False))
    sd, test = float(a.get("stDev", 1.0)), "z" if a.get("normalApproximation") else "t"
    common: dict[str, Any] = {"alpha": design.bounds.alpha, "sided": design.sided, "test": test}
    cases = []
    for effect in each(a.get("alternative", [0.2, 0.4, 0.6, 0.8, 1.0])):
        ratio: float | None = float(a.get("allocationRatioPlanned", 1.0)) if groups == 2 else None
        size: dict[str, Any] = {"power": 1 - design.beta} if ask else {"n": float(a["maxNumberOfSubjects"])}

        def fixed(ratio: float | None, effect: float = effect, size: dict[str, Any] = size) -> Answer:
            if ratio is None:
                return one_mean(difference=effect - null, sd=sd, **size, **common)
            if quotient:
                return ratio_of_means(quotient=effect, cv=sd, null=null, ratio=ratio, **size, **common)
            return two_means(difference=effect, sd=sd, null=null, ratio=ratio, **size, **common)

        if ratio == 0:
            ratio = best_ratio(lambda r: fixed(r).n)
        up = effect > null if ask or design.sided == 2 else bool(a.get("directionUpper", True))
        fields = _planned(design, fixed(ratio), ratio, ask, (effect > null) == up or effect == null)
        fields["effect"] = effect - null

        def at(z: Any, looks: Any = fields["numberOfSubjects"], ratio: float | None = ratio) -> Any:
            return means_at_bounds(z, looks, sd=sd, null=null, ratio=ratio, test=test, is_quotient=quotient)  # type: ignore[arg-type]

        cases.append(fields | edges(design, up, at))
    return stacked(cases)


def _planned(design: Design, fixed: Answer, ratio: float | None, ask: bool, agrees: bool) -> Fields:
    if ask:
        return of_plan(design, sequential_plan(design.bounds, fixed), ratio)
    found = sequential_power(design.bounds, fixed, is_opposite=not agrees)
    looks = fixed.n * design.bounds.information
    fields = of_stopping(found, two_sided=design.sided == 2)
    fields |= {"numberOfSubjects": looks, "expectedNumberOfSubjects": found.mean_of(looks)}
    if ratio is not None:
        fields |= {"numberOfSubjects1": looks * ratio / (1 + ratio), "numberOfSubjects2": looks / (1 + ratio)}
    return fields


def rates(call: Call) -> Fields:
    """Return what getSampleSizeRates or getPowerRates gives, by our functions."""
    design, a = planned(call)
    ask = call.name == "getSampleSizeRates"
    groups = int(a.get("groups", 2))
    scale: Literal["difference", "ratio"] = "ratio" if a.get("riskRatio") else "difference"
    null = float(a.get("thetaH0", 0.5 if groups == 1 else 1.0 if scale == "ratio" else 0.0))
    control = float(a.get("pi2", 0.2))
    common: dict[str, Any] = {"alpha": design.bounds.alpha, "sided": design.sided}
    cases = []
    for p in each(a.get("pi1", [0.4, 0.5, 0.6])):
        ratio: float | None = float(a.get("allocationRatioPlanned", 1.0)) if groups == 2 else None
        size: dict[str, Any] = {"power": 1 - design.beta} if ask else {"n": float(a["maxNumberOfSubjects"])}

        def fixed(ratio: float | None, p: float = p, size: dict[str, Any] = size) -> Answer:
            if ratio is not None:
                return two_proportions(
                    treatment=p, control=control, null=null, scale=scale, ratio=ratio, **size, **common
                )
            if a.get("normalApproximation", True):
                return one_proportion(proportion=p, null=null, **size, **common)
            if not ask:
                raise OutOfScope("exact power with looks")
            exact = exact_one_proportion(proportion=p, null=null, **size, **common)
            return Answer(exact.n, (exact.n,), 1 - design.beta, p, design.bounds.alpha, design.sided)

        if ratio == 0:
            ratio = best_ratio(lambda r: fixed(r).n)
        boundary = null if groups == 1 else control * null if scale == "ratio" else control + null
        up = p > boundary if ask or design.sided == 2 else bool(a.get("directionUpper", True))
        agrees = (p > boundary) == up or abs(p - boundary) < 1e-12
        fields = _planned(design, fixed(ratio), ratio, ask, agrees)
        base = null if groups == 1 else (control + null if scale == "difference" else control)
        fields["effect"] = p - base if groups == 1 or scale == "difference" else p / control - null
        fields["directionUpper"] = up

        def at(z: Any, looks: Any = fields["numberOfSubjects"], ratio: float | None = ratio) -> Any:
            if ratio is None:
                return proportions_at_bounds(z, looks, null=null)
            return proportions_at_bounds(z, looks, null=null, control=control, scale=scale, ratio=ratio)

        cases.append(fields | edges(design, up, at))
    return stacked(cases)


def characteristics(call: Call, design: Design) -> Fields:
    """Return what getDesignCharacteristics gives, by our functions."""
    found = cost(design.bounds, 1 - design.beta)
    ends = stopping(design.bounds, found.drift)
    shift = found.drift**2
    return {
        "nFixed": shift / found.inflation,
        "shift": shift,
        "inflationFactor": found.inflation,
        "information": shift * design.bounds.information,
        "power": np.cumsum(ends.efficacy),
        "rejectionProbabilities": ends.efficacy,
        "futilityProbabilities": ends.futility,
        "averageSampleNumber1": found.expected,
        "averageSampleNumber01": found.expected_halfway,
        "averageSampleNumber0": found.expected_null,
    }


def bounds(call: Call, design: Design) -> Fields:
    """Return what getDesignGroupSequential gives, by our functions."""
    b = design.bounds
    fields: Fields = {
        "criticalValues": b.upper,
        "stageLevels": b.nominal_levels,
        "alphaSpent": b.alpha_spent,
    }
    if design.delta is not None:
        fields["deltaWT"] = design.delta
    found = cost(b, 1 - design.beta)
    ends = stopping(b, found.drift)
    fields["power"] = np.cumsum(ends.efficacy)
    if b.futility.size:
        futility = b.futility[:-1]
        fields["futilityBounds"] = np.where(np.isfinite(futility), futility, math.nan)
        missed = np.append(ends.futility, design.beta - ends.futility.sum())
        fields["betaSpent"] = np.cumsum(missed)
    return fields


def fisher(call: Call) -> Fields:
    """Return what getDesignFisher gives, by our function."""
    a = call.arguments
    t = a.get("informationRates")
    looks = int(a.get("kMax", 3))
    t = each(t) if t is not None else [(k + 1) / looks for k in range(looks)]
    names: dict[str, Any] = {
        "equalAlpha": "equal_levels", "fullAlpha": "full_level", "noInteraction": "no_interaction",
    }  # fmt: skip
    method = a.get("method", "equalAlpha")
    found = fisher_design(
        t, float(a.get("alpha", 0.025)), futility=each(a["alpha0Vec"]) if "alpha0Vec" in a else [],
        is_binding=bool(a.get("bindingFutility", True)), method=names.get(method, "equal_levels"),
        spending=each(a["userAlphaSpending"]) if "userAlphaSpending" in a else [],
    )  # fmt: skip
    return {
        "criticalValues": found.critical, "stageLevels": found.stage_levels, "alphaSpent": found.alpha_spent,
    }  # fmt: skip


def stopping_chances(call: Call) -> Fields:
    """Return what getGroupSequentialProbabilities gives for symmetrical bounds, by our function."""
    matrix, t = call.arguments["0"], np.atleast_1d(call.arguments["1"])
    if not isinstance(matrix, Call) or matrix.name != "matrix":
        raise OutOfScope("bounds that are no matrix")
    bounds = np.reshape(matrix.arguments["0"], (int(matrix.arguments["nrow"]), len(t)))
    inner = bounds[2] if len(bounds) == 4 else np.zeros(len(t))
    found = exit_probabilities(t, bounds[-1], bounds[0], 0.0, inner)
    there = 1 - np.concatenate([[0.0], np.cumsum(found.upper + found.lower + found.inner)[:-1]])
    rows = [found.lower, there - found.upper, there]
    if len(bounds) == 4:
        half = (there - found.inner) / 2
        rows = [found.lower, half, half + found.inner, there - found.upper, there]
    return {f"row{number}": row for number, row in enumerate(rows, start=1)}
