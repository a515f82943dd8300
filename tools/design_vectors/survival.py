"""Time to event: calls of the R package turned into calls of ours."""

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tools.design_vectors.designs import Design, OutOfScope
from tools.design_vectors.plans import edges
from tools.design_vectors.rcalls import Call
from tools.design_vectors.shared import Fields, each, of_stopping, planned, stacked
from triallink.engines.design import (
    Accrual,
    Hazard,
    SurvivalPlan,
    best_ratio,
    event_drift,
    event_share,
    hazard_ratios_at_bounds,
    logrank_events,
    sequential_plan,
    stopping,
    survival_plan,
)

METHODS = {"Schoenfeld": "schoenfeld", "Freedman": "freedman", "HsiehFreedman": "hsieh_freedman"}


@dataclass(frozen=True)
class Recruitment:
    """How subjects come in, and what gives way: a pattern to scale, a total, or an open end."""

    accrual: Accrual
    extend: Literal["intensity", "duration"]
    n: float | None
    follow_up: float | None


def _numbers(label: str) -> list[float]:
    return [float(found) for found in re.findall(r"\d+\.?\d*", label)]


def recruitment(a: dict[str, Any]) -> Recruitment:
    """Return the recruitment the accrual arguments describe."""
    times, rates = a.get("accrualTime", np.array([0.0, 12.0])), a.get("accrualIntensity")
    if isinstance(times, Call) and times.name == "getAccrualTime":
        return recruitment({"accrualTime": times.arguments["0"], **times.arguments})
    total = float(a["maxNumberOfSubjects"]) if a.get("maxNumberOfSubjects") else None
    follow_up = float(a["followUpTime"]) if "followUpTime" in a else None
    if isinstance(times, dict):
        rates = list(times.values())
        starts = [0.0 if label.startswith("<") else _numbers(label)[0] for label in times]
        last = list(times)[-1]
        closed = "<" in last and "Inf" not in last
        points = [*starts, *(_numbers(last)[-1:] if closed else [])]
    else:
        points = each(times)
        if len(points) == 1 and points[0] > 0:
            points = [0.0, *points]
    intensities = each(rates) if rates is not None else [0.1]
    relative = a.get("accrualIntensityType") == "relative" or max(intensities) < 1
    if relative:
        if len(intensities) == 1:
            intensities *= len(points) - 1
        return Recruitment(
            Accrual(tuple(points[1:]), tuple(intensities)),
            "intensity",
            total,
            None if total else (follow_up or 6.0),
        )
    if len(intensities) == 1 and len(points) > 2:
        intensities *= len(points) - 1
    if len(intensities) == len(points) - 1:
        accrual = Accrual(tuple(points[1:]), tuple(intensities))
        return Recruitment(accrual, "duration", accrual.total, None)
    accrual = Accrual((*points[1:], points[-1] + 1.0), tuple(intensities))
    return Recruitment(accrual, "duration", total, None if total else (follow_up or 6.0))


def hazards(a: dict[str, Any]) -> tuple[Hazard, list[Hazard]]:
    """Return the hazard of control and those of treatment, one per alternative."""
    shape, time = float(a.get("kappa", 1.0)), float(a.get("eventTime", 12.0))
    pieces = a.get("piecewiseSurvivalTime")
    starts: tuple[float, ...] = (0.0,)
    if isinstance(pieces, dict):
        starts = tuple(0.0 if label.startswith("<") else _numbers(label)[0] for label in pieces)
        control = Hazard(tuple(pieces.values()), starts)
    elif pieces is not None:
        starts = tuple(each(pieces))
        control = Hazard(tuple(each(a["lambda2"])), starts)
    elif "lambda2" in a:
        control = Hazard((_rate(a["lambda2"]),), shape=shape)
    elif "median2" in a:
        control = Hazard.of_median(float(a["median2"]), shape=shape)
    else:
        control = Hazard.of_share(float(a.get("pi2", 0.2)), time, shape=shape)
    if "hazardRatio" in a:
        return control, [control.times(each_one) for each_one in each(a["hazardRatio"])]
    if "lambda1" in a:
        if len(starts) > 1:
            return control, [Hazard(tuple(each(a["lambda1"])), starts)]
        values = a["lambda1"]
        return control, [
            Hazard((one,), shape=shape)
            for one in ([_rate(values)] if isinstance(values, Call) else each(values))
        ]
    if "median1" in a:
        return control, [Hazard.of_median(one, shape=shape) for one in each(a["median1"])]
    default = [0.2, 0.3, 0.4, 0.5] if a.get("is_power") else [0.4, 0.5, 0.6]
    return control, [Hazard.of_share(one, time, shape=shape) for one in each(a.get("pi1", default))]


def _rate(value: Any) -> float:
    if isinstance(value, Call):
        if value.name != "getLambdaByMedian":
            raise OutOfScope(value.name)
        found = value.arguments
        return Hazard.of_median(found["median"], shape=found.get("kappa", 1.0)).rates[0]
    return float(value)


def _ratio_of(treatment: Hazard, control: Hazard) -> float:
    return float((treatment.rates[0] / control.rates[0]) ** control.shape)


def _dropouts(a: dict[str, Any]) -> tuple[float, float]:
    time = float(a.get("dropoutTime", 12.0))
    first, second = (
        -math.log1p(-float(a.get(name, 0.0))) / time for name in ("dropoutRate1", "dropoutRate2")
    )
    return first, second


def survival(call: Call) -> Fields:
    """Return what getSampleSizeSurvival or getPowerSurvival gives, by our functions."""
    design, a = planned(call)
    ask = call.name == "getSampleSizeSurvival"
    a["is_power"] = not ask
    control, treatments = hazards(a)
    return stacked([_case(design, a, ask, control, treatment) for treatment in treatments])


def _case(design: Design, a: dict[str, Any], ask: bool, control: Hazard, treatment: Hazard) -> Fields:
    method: Any = METHODS[a.get("typeOfComputation", "Schoenfeld")]
    null, ratio = float(a.get("thetaH0", 1.0)), float(a.get("allocationRatioPlanned", 1.0))
    hazard_ratio = _ratio_of(treatment, control)
    common: dict[str, Any] = {"null": null, "method": method}
    come = recruitment(a)
    observed = a.get("accountForObservationTimes", True)
    bounds = design.bounds

    def plan_of(events: float, ratio: float) -> SurvivalPlan:
        return survival_plan(
            events, treatment=treatment, control=control, accrual=come.accrual, follow_up=come.follow_up, n=come.n,
            ratio=ratio, dropouts=_dropouts(a), extend=come.extend,
        )  # fmt: skip

    def fixed(ratio: float) -> Any:
        return logrank_events(
            hazard_ratio=hazard_ratio,
            power=1 - design.beta,
            alpha=bounds.alpha,
            sided=design.sided,
            ratio=ratio,
            **common,
        )

    if ratio == 0:
        if come.n is not None:
            raise OutOfScope("best allocation with subjects given")
        ratio = best_ratio(lambda r: plan_of(fixed(r).n, r).n)
    up = hazard_ratio > null if ask or design.sided == 2 else bool(a.get("directionUpper", True))
    fields: Fields = {
        "directionUpper": hazard_ratio > null if ask else up,
        "median1": treatment.median, "median2": control.median, "hazardRatio": hazard_ratio,
        "allocationRatioPlanned": ratio, "informationRates": bounds.information,
    }  # fmt: skip
    fields |= {"lambda1": treatment.rates, "lambda2": control.rates} if len(control.rates) > 1 else {
        "lambda1": treatment.rates[0], "lambda2": control.rates[0]
    }  # fmt: skip
    time = float(a.get("eventTime", 12.0))
    fields["pi1"] = float(treatment.events_by(np.array([time]))[0])
    if ask:
        answer = fixed(ratio)
        sized = sequential_plan(bounds, answer)
        events, ends = sized.looks, sized.stopping
        fields |= {
            "eventsFixed": answer.n, "maxNumberOfEvents": sized.largest, "expectedEventsH0": sized.expected_null,
            "expectedEventsH01": sized.expected_halfway, "expectedEventsH1": sized.expected,
            **of_stopping(ends, two_sided=False),
        }  # fmt: skip
    else:
        largest = float(a["maxNumberOfEvents"])
        events = largest * bounds.information
        drift = math.sqrt(largest) * event_drift(hazard_ratio, ratio=ratio, **common)
        ends = stopping(bounds, drift if up or design.sided == 2 else -drift)
        fields |= {
            **of_stopping(ends, two_sided=design.sided == 2),
            "expectedNumberOfEvents": ends.mean_of(events),
        }
    fields["cumulativeEventsPerStage"] = events

    def at(z: Any) -> Any:
        return hazard_ratios_at_bounds(z, events, ratio=ratio, null=null)

    fields |= edges(design, up, at)
    if not observed:
        share = (ratio * fields["pi1"] + float(control.events_by(np.array([time]))[0])) / (1 + ratio)
        n = events[-1] / share
        return fields | _sizes(design, n, np.append(np.full(len(events) - 1, np.nan), n), ratio)
    plan = plan_of(float(events[-1]), ratio)
    times = np.array([*(plan.time_of(float(each_one)) for each_one in events[:-1]), plan.duration])
    subjects = np.array([plan.subjects_by(float(each_one)) for each_one in times])
    length = ends.mean_of(times)
    fields |= {
        "analysisTime": times, "studyDuration": length, "maxStudyDuration": times[-1],
        "expectedNumberOfSubjectsH1": ends.mean_of(subjects), "expectedNumberOfSubjects": ends.mean_of(subjects),
        "followUpTime": plan.follow_up, "totalAccrualTime": plan.accrual.duration,
        "accrualIntensity": plan.accrual.rates if len(plan.accrual.rates) > 1 else plan.accrual.rates[0],
        "accrualTime": plan.accrual.ends if len(plan.accrual.ends) > 1 else plan.accrual.ends[0],
    }  # fmt: skip
    return fields | _sizes(design, plan.n, subjects, ratio)


def _sizes(design: Design, n: float, subjects: Any, ratio: float) -> Fields:
    one, two = ratio / (1 + ratio), 1 / (1 + ratio)
    return {
        "maxNumberOfSubjects": n, "maxNumberOfSubjects1": n * one, "maxNumberOfSubjects2": n * two,
        "nFixed": n, "nFixed1": n * one, "nFixed2": n * two,
        "numberOfSubjects": subjects, "numberOfSubjects1": subjects * one, "numberOfSubjects2": subjects * two,
    }  # fmt: skip


def event_shares(call: Call) -> Fields:
    """Return what getEventProbabilities gives, by our functions."""
    a = dict(call.arguments)
    control, treatments = hazards(a)
    come, ratio = recruitment(a), float(a.get("allocationRatioPlanned", 1.0))
    accrual = come.accrual if come.n is None else come.accrual.until(come.n)
    groups = [
        np.array([event_share(hazard, dropout, accrual, time) for time in each(a["0"])])
        for hazard, dropout in zip((treatments[0], control), _dropouts(a), strict=True)
    ]
    return {
        "lambda1": treatments[0].rates, "eventProbabilities1": groups[0], "eventProbabilities2": groups[1],
        "cumulativeEventProbabilities": (ratio * groups[0] + groups[1]) / (1 + ratio),
    }  # fmt: skip


def subjects_there(call: Call) -> Fields:
    """Return what getNumberOfSubjects gives, by our functions."""
    come = recruitment(call.arguments)
    accrual = come.accrual if come.n is None else come.accrual.until(come.n)
    times = each(call.arguments["time"])
    return {"numberOfSubjects": [accrual.by(time) for time in times], "maxNumberOfSubjects": accrual.total}
