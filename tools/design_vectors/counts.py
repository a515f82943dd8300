"""Event counts: calls of the R package turned into calls of ours."""

import math
from typing import Any

import numpy as np

from tools.design_vectors.designs import Design, OutOfScope
from tools.design_vectors.plans import edges
from tools.design_vectors.rcalls import Call
from tools.design_vectors.shared import Fields, each, of_stopping, planned, stacked
from triallink.engines.design import (
    best_ratio,
    cost,
    count_information,
    even_entries,
    rate_ratios_at_bounds,
    rates_of_blinded,
    stopping,
    subjects_for_information,
    time_of_information,
    two_rates,
)


def counts(call: Call) -> Fields:
    """Return what getSampleSizeCounts or getPowerCounts gives, by our functions."""
    design, a = planned(call)
    ask = call.name == "getSampleSizeCounts"
    pairs: list[tuple[float, float]]
    if "lambda1" in a:
        pairs = [(one, float(a["lambda2"])) for one in each(a["lambda1"])]
    elif "lambda2" in a:
        pairs = [(float(a["lambda2"]) * theta, float(a["lambda2"])) for theta in each(a["theta"])]
    else:
        ratio = float(a.get("allocationRatioPlanned", 1.0))
        pairs = [rates_of_blinded(float(a["lambda"]), theta, ratio=ratio) for theta in each(a["theta"])]
    return stacked([(_size if ask else _power)(design, a, pair) for pair in pairs])


def _entries(a: dict[str, Any], n: tuple[float, float] | None, ratio: float) -> tuple[Any, Any]:
    times = [one for one in each(a["accrualTime"]) if one > 0]
    if n is not None:
        first, second = (even_entries(math.ceil(size - 1e-9), 0.0, times[-1]) for size in n)
        return first, second
    rates, groups = each(a["accrualIntensity"]), []
    for share in (ratio / (1 + ratio), 1 / (1 + ratio)):
        parts, start = [], 0.0
        for k, (end, rate) in enumerate(zip(times, rates, strict=True)):
            count = math.ceil((end - start) * rate * share - 1e-9)
            parts.append(even_entries(count, start + (1 / rate if k else 0.0), end))
            start = end
        groups.append(np.concatenate(parts))
    return groups[0], groups[1]


def _size(design: Design, a: dict[str, Any], rates: tuple[float, float]) -> Fields:
    bounds, null = design.bounds, float(a.get("thetaH0", 1.0))
    dispersion, ratio = float(a.get("overdispersion", 0.0)), float(a.get("allocationRatioPlanned", 1.0))
    found = cost(bounds, 1 - design.beta)
    ends = stopping(bounds, found.drift)
    squared = math.log(rates[0] / rates[1] / null) ** 2
    information = found.drift**2 / squared * bounds.information
    fixed_information = information[-1] / found.inflation
    exposure = float(a["fixedExposureTime"]) if "fixedExposureTime" in a else math.inf
    theta = rates[0] / rates[1]
    entries: tuple[Any, Any] | None = None
    if math.isfinite(exposure):

        def fixed(ratio: float) -> Any:
            return two_rates(
                rate_ratio=theta, control_rate=rates[1], exposure=exposure, dispersion=dispersion, null=null,
                power=1 - design.beta, alpha=bounds.alpha, sided=design.sided, ratio=ratio,
            )  # fmt: skip

        if ratio == 0:
            ratio = best_ratio(lambda r: fixed(r).n)
        one, two = fixed(ratio).groups
        groups = tuple(math.ceil(size * found.inflation - 1e-9) for size in (one, two))
        if "accrualTime" in a:
            entries = _entries(a, (groups[0], groups[1]), ratio)
    elif "maxNumberOfSubjects" in a or "accrualIntensity" in a:
        if "accrualIntensity" in a:
            entries = _entries(a, None, ratio)
        else:
            second = math.ceil(float(a["maxNumberOfSubjects"]) / (1 + ratio) - 1e-9)
            entries = _entries(a, (math.ceil(ratio * second - 1e-9), second), ratio)
        groups = (len(entries[0]), len(entries[1]))
    else:
        if ratio == 0:
            raise OutOfScope("best allocation of whole subjects")
        groups = subjects_for_information(
            float(information[-1]), rates, accrual_duration=each(a["accrualTime"])[-1],
            follow_up=float(a["followUpTime"]), dispersion=dispersion, ratio=ratio,
        )  # fmt: skip
        entries = _entries(a, (groups[0], groups[1]), ratio)
    fields: Fields = {
        "directionUpper": theta > null, "lambda1": rates[0], "lambda2": rates[1], "theta": theta,
        "allocationRatioPlanned": ratio,
        "maxNumberOfSubjects": sum(groups), "maxNumberOfSubjects1": groups[0], "maxNumberOfSubjects2": groups[1],
        "nFixed": sum(groups), "nFixed1": groups[0], "nFixed2": groups[1],
        "maxInformation": information[-1], "informationOverStages": information,
        "expectedInformationH0": fixed_information * found.expected_null,
        "expectedInformationH01": fixed_information * found.expected_halfway,
        "expectedInformationH1": fixed_information * found.expected,
        **of_stopping(ends, two_sided=False),
    }  # fmt: skip
    if entries is not None:
        come = entries
        times = [
            time_of_information(float(each_one), rates, come, dispersion=dispersion, exposure=exposure)
            for each_one in information[:-1]
        ]
        last = each(a["accrualTime"])[-1]
        if math.isfinite(exposure):
            times.append(last + exposure)
        elif "followUpTime" in a:
            times.append(last + float(a["followUpTime"]))
        else:
            times.append(time_of_information(float(information[-1]), rates, come, dispersion=dispersion))
        there = [float(sum((group <= at).sum() for group in come)) for at in times]
        fields |= {
            "calendarTime": np.array(times), "numberOfSubjects": np.array(there),
            "expectedStudyDurationH1": ends.mean_of(np.array(times)),
            "expectedNumberOfSubjectsH1": ends.mean_of(np.array(there)),
        }  # fmt: skip
    return fields | _bounds(design, theta > null, information, null)


def _bounds(design: Design, up: bool, information: Any, null: float) -> Fields:
    return edges(design, up, lambda z: rate_ratios_at_bounds(z, information, null=null))


def _power(design: Design, a: dict[str, Any], rates: tuple[float, float]) -> Fields:
    bounds, null = design.bounds, float(a.get("thetaH0", 1.0))
    dispersion, ratio = float(a.get("overdispersion", 0.0)), float(a.get("allocationRatioPlanned", 1.0))
    theta, exposure = rates[0] / rates[1], float(a.get("fixedExposureTime", math.inf))
    groups: tuple[float, float] | None = None
    if "maxNumberOfSubjects" in a:
        total = float(a["maxNumberOfSubjects"])
        groups = (total * ratio / (1 + ratio), total / (1 + ratio))
    if math.isfinite(exposure):
        assert groups is not None
        observed = tuple(np.full(math.ceil(size - 1e-9), exposure) for size in groups)
    else:
        come = _entries(a, groups, ratio)
        end = each(a["accrualTime"])[-1] + float(a["followUpTime"])
        observed = tuple(end - group for group in come)
        groups = (float(len(come[0])), float(len(come[1])))
    information = count_information(rates, (observed[0], observed[1]), dispersion=dispersion)
    up = bool(a.get("directionUpper", True))
    drift = math.sqrt(information) * math.log(theta / null)
    ends = stopping(bounds, drift if up or design.sided == 2 else -drift)
    fields: Fields = {
        "theta": theta, "lambda1": rates[0], "maxNumberOfSubjects": sum(groups),
        **of_stopping(ends, two_sided=design.sided == 2),
    }  # fmt: skip
    # The bounds hold under the null hypothesis: both groups have the rate of control there, times the null ratio.
    at_null = count_information(
        (rates[1] * null, rates[1]), (observed[0], observed[1]), dispersion=dispersion
    )
    return fields | _bounds(design, up or design.sided == 2, at_null * bounds.information, null)
