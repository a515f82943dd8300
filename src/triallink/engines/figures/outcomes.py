"""Figures of outcomes by arm or site: survival, forest, box, funnel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from triallink.engines.figures.specification import (
    Axis,
    Band,
    Cell,
    Figure,
    Line,
    Mark,
    Numbers,
    Panel,
    Points,
    Segments,
    Texts,
    round_ticks,
    span,
)  # fmt: skip


def numbers(values: ArrayLike) -> Numbers:
    """Return values as a tuple of plain numbers."""
    return tuple(float(each) for each in np.asarray(values, dtype=np.float64).ravel())


@dataclass(frozen=True)
class Curve:
    """One arm's survival: at its times, with limits (NaN: none), when subjects were censored, and numbers at risk."""

    name: str
    times: Numbers
    survival: Numbers
    lower: Numbers
    upper: Numbers
    censored: Numbers
    at_risk: tuple[int, ...]


def survival_figure(
    title: str, curves: Sequence[Curve], *, risk_times: Sequence[float], x_label: str, y_label: str,
    risk_label: str, head: Sequence[str],
) -> Figure:  # fmt: skip
    """Return survival curves above their numbers at risk.

    risk_times  at which the curves' at_risk are given.
    head        of the table: arm, time, at risk, survival, lower, upper.
    Raises      ValueError if numbers at risk and times differ in number.
    """
    times = numbers(risk_times)
    wrong = [each.name for each in curves if len(each.at_risk) != len(times)]
    if wrong or not curves:
        raise ValueError(f"{wrong or 'no curve'}: {len(times)} numbers at risk are needed")
    end = max(max(times), *(max(each.times) for each in curves))
    x = Axis(x_label, 0.0, end, ticks=times)
    marks: list[Mark] = []
    rows: list[tuple[Cell, ...]] = []
    for tone, each in enumerate(curves):
        t, s = (0.0, *each.times), np.array([1.0, *each.survival])
        low, high = (np.array([1.0, *limit]) for limit in (each.lower, each.upper))
        known = np.isfinite(low) & np.isfinite(high)
        until = np.array(t)
        band = until[known]
        marks.append(
            Band(each.name, numbers(band), numbers(low[known]), numbers(high[known]), tone, is_step=True)
        )
        marks.append(Line(each.name, t, numbers(s), tone, is_step=True))
        place = np.searchsorted(until, each.censored, side="right") - 1
        marks.append(Points(each.name, each.censored, numbers(s[place]), tone, "tick", 8))
        for time, count in zip(times, each.at_risk, strict=True):
            k = int(np.searchsorted(until, time, side="right")) - 1
            rows.append(
                (
                    each.name,
                    time,
                    count,
                    *(round(float(v[k]), 3) if known[k] else None for v in (s, low, high)),
                )
            )
    risk = Texts(
        times * len(curves),
        tuple(float(place) for place in range(len(curves)) for _ in times),
        tuple(str(count) for each in curves for count in each.at_risk),
    )
    lanes = Axis("", kind="category", categories=tuple(each.name for each in curves))
    top = Panel(x, Axis(y_label, 0.0, 1.0, ticks=(0, 0.2, 0.4, 0.6, 0.8, 1.0)), tuple(marks))
    below = Panel(Axis(x_label, 0.0, end, ticks=times), lanes, (risk,), 26 * len(curves), risk_label)
    return Figure("survival", title, (top, below), tuple(head), tuple(rows))


@dataclass(frozen=True)
class Effect:
    """One line of a forest plot: an effect with limits (NaN: none) and what stands beside it."""

    label: str
    value: float
    lower: float
    upper: float
    text: str = ""


def forest_figure(
    title: str, effects: Sequence[Effect], *, x_label: str, head: Sequence[str], reference: float = 1.0,
    is_log: bool = True, name: str = "",
) -> Figure:  # fmt: skip
    """Return effects with their intervals, one below the other, and a line of no effect.

    head    of the table: label, effect, lower, upper, text.
    Raises  ValueError without an effect, or for one that is not positive on a logarithmic axis.
    """
    known = [
        (place, each)
        for place, each in enumerate(effects)
        if np.isfinite([each.value, each.lower, each.upper]).all()
    ]
    values = numbers(
        [v for _, each in known for v in (each.lower, each.upper)] + ([reference] if known else [])
    )
    if is_log and values and min(values) <= 0:
        raise ValueError(f"{min(values)} has no place on a logarithmic axis")
    if is_log and values:
        doubling = [float(np.floor(np.log2(min(values)))), float(np.ceil(np.log2(max(values))))]
        ticks = tuple(2.0**k for k in range(int(doubling[0]), int(doubling[1]) + 1))
        x = Axis(x_label, ticks[0], ticks[-1], "log", ticks=ticks)
    else:
        low, high = span(values)
        x = Axis(x_label, low, high, ticks=round_ticks(low, high))
    lines = tuple(float(place) for place, _ in known)
    y = Axis("", kind="category", categories=tuple(f"{each.label}  {each.text}".strip() for each in effects))
    whole = ((reference,), (-0.5,), (reference,), (len(effects) - 0.5,))
    marks = (
        Segments("", *whole, "muted", 1, True),
        Segments(
            name,
            numbers([e.lower for _, e in known]),
            lines,
            numbers([e.upper for _, e in known]),
            lines,
            1,
            2,
        ),
        Points(
            name,
            numbers([e.value for _, e in known]),
            lines,
            1,
            "square",
            9,
            tuple(e.label for _, e in known),
        ),
    )
    rows = tuple(
        (e.label, *(float(v) if np.isfinite(v) else None for v in (e.value, e.lower, e.upper)), e.text)
        for e in effects
    )
    return Figure("forest", title, (Panel(x, y, marks, 24 * len(effects) + 20),), tuple(head), rows)


@dataclass(frozen=True)
class Box:
    """The values of one group at one position."""

    group: str
    at: float
    values: Numbers


def box_figure(
    title: str, boxes: Sequence[Box], *, x_label: str, y_label: str, head: Sequence[str]
) -> Figure:
    """Return boxes from quartile to quartile, whiskers to the last value within 1.5 of their distance, outliers as points.

    head    of the table: group, position, n, lower whisker, first quartile, median, third quartile, upper whisker.
    Raises  ValueError for a box without a value.
    Source  Tukey (1977), Exploratory Data Analysis; quartiles as SAS's PCTLDEF=5.
    """
    empty = [each for each in boxes if not each.values]
    if empty or not boxes:
        raise ValueError(
            f"{empty[0].group if empty else 'a figure'} at {empty[0].at if empty else '?'} has no value"
        )
    groups, places = list(dict.fromkeys(each.group for each in boxes)), sorted({each.at for each in boxes})
    gap = min(np.diff(places), default=1.0) / (len(groups) + 1)
    marks: list[Mark] = []
    rows: list[tuple[Cell, ...]] = []
    for tone, group in enumerate(groups):
        mine = [each for each in boxes if each.group == group]
        x = numbers([each.at + (tone - (len(groups) - 1) / 2) * gap for each in mine])
        five = [_five(each.values) for each in mine]
        low, q1, median, q3, high = (numbers(column) for column in zip(*five, strict=True))
        marks += [
            Segments(group, x, low, x, high, tone, 1.5),
            Segments(group, x, q1, x, q3, tone, 18),
            Points(group, x, median, "ink", "diamond", 8),
        ]
        out = [
            (p, v)
            for p, each, f in zip(x, mine, five, strict=True)
            for v in each.values
            if not f[0] <= v <= f[4]
        ]
        if out:
            marks.append(
                Points(group, numbers([p for p, _ in out]), numbers([v for _, v in out]), tone, "circle", 4)
            )
        rows += [
            (group, each.at, len(each.values), *(round(v, 2) for v in f))
            for each, f in zip(mine, five, strict=True)
        ]
    bottom, top = span(tuple(value for each in boxes for value in each.values))
    ends = (places[0] - gap * len(groups), places[-1] + gap * len(groups))
    x_axis, y_axis = (
        Axis(x_label, *ends, ticks=tuple(places)),
        Axis(y_label, bottom, top, ticks=round_ticks(bottom, top)),
    )
    return Figure("box", title, (Panel(x_axis, y_axis, tuple(marks)),), tuple(head), tuple(rows))


def _five(values: Numbers) -> tuple[float, float, float, float, float]:
    given = np.array(values)
    q1, median, q3 = np.quantile(given, [0.25, 0.5, 0.75], method="averaged_inverted_cdf")
    within = given[(given >= q1 - 1.5 * (q3 - q1)) & (given <= q3 + 1.5 * (q3 - q1))]
    return float(within.min()), float(q1), float(median), float(q3), float(within.max())


@dataclass(frozen=True)
class FunnelPoint:
    """One site: how much was observed, its rate or share, and whether it is flagged."""

    label: str
    size: float
    value: float
    is_flagged: bool = False


def funnel_figure(
    title: str, points: Sequence[FunnelPoint], *, center: float, limits: Sequence[tuple[str, Numbers, Numbers, Numbers]],
    x_label: str, y_label: str, names: tuple[str, str], head: Sequence[str],
) -> Figure:  # fmt: skip
    """Return sites around the study's rate, within limits that narrow as more is observed.

    limits  name, positions, lower and upper limit of each pair of lines.
    names   of points within and of points flagged.
    head    of the table: label, size, value, whether flagged.
    Raises  ValueError without a point.
    """
    low, high = span((*(p.value for p in points), *(v for each in limits for v in (*each[2], *each[3]))))
    end = span(tuple(p.size for p in points))[1]
    marks: list[Mark] = [Segments("", (0.0,), (center,), (end,), (center,), "muted", 1, True)]
    for tone, (name, x, lower, upper) in enumerate(limits, start=2):
        marks += [Line(name, x, lower, tone), Line(name, x, upper, tone)]
    for flagged, tone, shape in ((False, 1, "circle"), (True, 4, "diamond")):
        chosen = [p for p in points if p.is_flagged is flagged]
        if chosen:
            marks.append(
                Points(names[flagged], numbers([p.size for p in chosen]), numbers([p.value for p in chosen]), tone,
                       "diamond" if shape == "diamond" else "circle", 9, tuple(p.label for p in chosen))
            )  # fmt: skip
    rows = tuple((p.label, round(p.size, 3), round(p.value, 4), "!" if p.is_flagged else "") for p in points)
    panel = Panel(
        Axis(x_label, 0.0, end, ticks=round_ticks(0.0, end)), Axis(y_label, low, high, ticks=round_ticks(low, high)), tuple(marks)
    )  # fmt: skip
    return Figure("funnel", title, (panel,), tuple(head), rows)
