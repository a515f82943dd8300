"""The figures of the gallery: all kinds, on rows of the CDISC pilot study."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.translation import gettext

from triallink.engines.figures import (
    Box,
    Curve,
    Effect,
    Figure,
    FunnelPoint,
    Lane,
    Stretch,
    Trace,
    box_figure,
    forest_figure,
    funnel_figure,
    profile_figure,
    spaghetti_figure,
    survival_figure,
    swimmer_figure,
    waterfall_figure,
)

# Statistics are loaded by the figure that needs them: scipy is half of what a process would import for these pages.
if TYPE_CHECKING:
    from triallink.engines.survival import SubgroupRow

WEEK = 7


@cache
def pilot() -> dict[str, Any]:
    """Return the rows the figures show."""
    rows: dict[str, Any] = json.loads((Path(__file__).parent / "pilot.json").read_text(encoding="utf-8"))
    return rows


def figures() -> list[Figure]:
    """Return every kind of figure, in the reader's language."""
    return [survival(), subgroups(), waterfall(), swimmer(), spaghetti(), boxes(), funnel(), profile()]


def arms() -> list[str]:
    """Return the names of the arms."""
    return [gettext("Placebo"), gettext("Low dose"), gettext("High dose")]


def survival() -> Figure:
    """Return the time to the first dermatologic event by arm."""
    from triallink.engines.survival import kaplan_meier

    rows = pilot()["time"]
    time, event, arm = (np.array(rows[name]) for name in ("time", "event", "arm"))
    at = [0, 30, 60, 90, 120, 150, 180]
    curves = []
    for place, name in enumerate(arms()):
        curve = kaplan_meier(time[arm == place], event[arm == place])
        times, survived, lower, upper, censored = (
            tuple(each.tolist())
            for each in (
                curve.times,
                curve.survival,
                curve.lower,
                curve.upper,
                curve.times[curve.censored > 0],
            )
        )
        at_risk = tuple(curve.number_at_risk(at))
        curves.append(Curve(name, times, survived, lower, upper, censored, at_risk))
    return survival_figure(
        gettext("Time to the first dermatologic event"),
        curves,
        risk_times=at,
        x_label=gettext("Days since start"),
        y_label=gettext("Without event"),
        risk_label=gettext("Number at risk"),
        head=[gettext("Arm"), gettext("Days since start"), gettext("Number at risk"), gettext("Without event"), gettext("Lower limit"), gettext("Upper limit")],
    )  # fmt: skip


def subgroups() -> Figure:
    """Return hazard ratios of the high dose against placebo in subgroups."""
    from triallink.engines.analysis import fixed
    from triallink.engines.survival import forest

    rows = pilot()["time"]
    compared = np.array(rows["arm"]) != 1
    time, event, arm, sex, age = (
        np.array(rows[name])[compared] for name in ("time", "event", "arm", "sex", "age")
    )
    old = np.where(age >= 75, "75+", "<75")
    found = forest(time, event, arm, {"sex": sex, "age": old}, reference=0)
    words = {
        "F": gettext("Women"), "M": gettext("Men"),
        "75+": gettext("75 years or older"), "<75": gettext("Younger than 75 years"),
    }  # fmt: skip

    def effect(row: "SubgroupRow") -> Effect:
        ratio = row.hazard_ratio
        text = f"{fixed(ratio.value, 2)} ({fixed(ratio.lower, 2)}–{fixed(ratio.upper, 2)})"
        return Effect(
            words.get(row.level, gettext("All subjects")), ratio.value, ratio.lower, ratio.upper, text
        )

    return forest_figure(
        gettext("First dermatologic event: high dose against placebo"),
        [effect(row) for row in found.rows],
        x_label=gettext("Hazard ratio"),
        name=gettext("95 % interval"),
        head=[gettext("Subgroup"), gettext("Hazard ratio"), gettext("Lower limit"), gettext("Upper limit"), gettext("As printed")],
    )  # fmt: skip


def waterfall() -> Figure:
    """Return each subject's change at Week 24."""
    rows, names = pilot()["score"], arms()
    bars = [
        (subject, names[arm], float(change))
        for subject, arm, week, change in zip(
            *(rows[k] for k in ("subject", "arm", "week", "change")), strict=True
        )
        if week == 24
    ]
    return waterfall_figure(
        gettext("Change of ADAS-Cog at Week 24"),
        sorted(bars, key=lambda bar: names.index(bar[1])),
        x_label=gettext("Subjects"),
        y_label=gettext("Change from baseline"),
        thresholds=(-4.0, 4.0),
        head=[gettext("Subject"), gettext("Arm"), gettext("Change from baseline")],
    )


def swimmer() -> Figure:
    """Return how long some subjects were treated, and when the first dermatologic event came."""
    rows, names, first = pilot()["time"], arms(), gettext("Dermatologic event")
    lanes = []
    for subject, arm, time, event, treated in zip(
        *(rows[name] for name in ("subject", "arm", "time", "event", "treated")), strict=True
    ):
        if subject.startswith("704"):
            happenings = ((first, float(time)),) if event else ()
            lanes.append(Lane(subject, names[arm], float(treated), treated >= 182, happenings))
    return swimmer_figure(
        gettext("Treatment of each subject of site 704"),
        sorted(lanes, key=lambda lane: names.index(lane.group)),
        x_label=gettext("Days since start"),
        ongoing=gettext("Treated to the end"),
        head=[gettext("Subject"), gettext("Arm"), gettext("Days since start"), gettext("What happened")],
    )


def spaghetti() -> Figure:
    """Return every subject's change over the weeks."""
    rows, names = pilot()["score"], arms()
    seen: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for subject, arm, week, change in zip(
        *(rows[k] for k in ("subject", "arm", "week", "change")), strict=True
    ):
        seen.setdefault((subject, arm), [(0.0, 0.0)]).append((float(week), float(change)))
    traces = [
        Trace(subject, names[arm], *(tuple(column) for column in zip(*sorted(points), strict=True)))
        for (subject, arm), points in sorted(seen.items(), key=lambda item: (item[0][1], item[0][0]))
    ]
    return spaghetti_figure(
        gettext("ADAS-Cog over the weeks"),
        traces,
        x_label=gettext("Week"),
        y_label=gettext("Change from baseline"),
        head=[gettext("Arm"), gettext("Week"), gettext("Subjects"), gettext("Mean")],
    )


def boxes() -> Figure:
    """Return the spread of the change by arm and week."""
    rows, names = pilot()["score"], arms()
    grouped: dict[tuple[int, int], list[float]] = {}
    for arm, week, change in zip(rows["arm"], rows["week"], rows["change"], strict=True):
        grouped.setdefault((arm, week), []).append(float(change))
    return box_figure(
        gettext("Spread of the change of ADAS-Cog"),
        [Box(names[arm], float(week), tuple(values)) for (arm, week), values in sorted(grouped.items())],
        x_label=gettext("Week"),
        y_label=gettext("Change from baseline"),
        head=[
            gettext("Arm"), gettext("Week"), gettext("Subjects"), gettext("Lower whisker"), gettext("First quartile"),
            gettext("Median"), gettext("Third quartile"), gettext("Upper whisker"),
        ],
    )  # fmt: skip


def funnel() -> Figure:
    """Return adverse events per week of treatment by site, within Poisson limits around the study's rate."""
    rows = pilot()["sites"]
    weeks, events = np.array(rows["weeks"]), np.array(rows["events"])
    rate = events.sum() / weeks.sum()
    x = np.linspace(8, weeks.max() * 1.05, 80)
    limits = []
    for z in (1.96, 3.09):
        reach = z * np.sqrt(rate / x)
        lower, upper = np.maximum(rate - reach, 0), np.minimum(rate + reach, 1)
        name = gettext("95 % limits") if z < 2 else gettext("99.8 % limits")
        limits.append((name, tuple(x.tolist()), tuple(lower.tolist()), tuple(upper.tolist())))
    points = [
        FunnelPoint(site, float(w), float(k / w), bool(abs(k / w - rate) > 3.09 * np.sqrt(rate / w)))
        for site, w, k in zip(rows["site"], weeks, events, strict=True)
    ]
    return funnel_figure(
        gettext("Adverse events per week of treatment, by site"),
        points,
        center=float(rate),
        limits=limits,
        x_label=gettext("Weeks of treatment"),
        y_label=gettext("Events per week"),
        names=(gettext("Within limits"), gettext("Outside of limits")),
        head=[gettext("Site"), gettext("Weeks of treatment"), gettext("Events per week"), gettext("Outside of limits")],
    )  # fmt: skip


def profile() -> Figure:
    """Return the course of one subject."""
    rows, one = pilot(), pilot()["profile"]
    severity = {"MILD": gettext("Mild"), "MODERATE": gettext("Moderate"), "SEVERE": gettext("Severe")}
    lasted, treated = rows["lasted"], float(one["treated"])
    stretches = [Stretch(gettext("Study treatment"), gettext("Treatment"), 1.0, treated)]
    for term, grade, start, end in zip(
        *(lasted[k] for k in ("term", "severity", "start", "end")), strict=True
    ):
        # An event without an end is drawn to the end of treatment.
        until = max(float(start), treated) if end is None else float(end)
        stretches.append(Stretch(term.capitalize(), severity[grade], float(start), until))
    names = {"PULSE": gettext("Pulse (beats per minute)"), "SYSBP": gettext("Systolic pressure (mmHg)")}
    measures = []
    for code, name in names.items():
        measured = zip(*(rows["measured"][k] for k in ("measure", "day", "value")), strict=True)
        days, values = zip(
            *((float(day), value) for measure, day, value in measured if measure == code), strict=True
        )
        measures.append((name, days, values))
    return profile_figure(
        gettext("Course of subject %(subject)s") % {"subject": one["subject"]},
        stretches,
        measures,
        x_label=gettext("Days since start"),
        head=[gettext("What"), gettext("Kind or value"), gettext("From day"), gettext("To day")],
    )
