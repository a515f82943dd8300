"""Figures in which each subject is seen: waterfall, swimmer, spaghetti, subject profile."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from triallink.engines.figures.outcomes import numbers
from triallink.engines.figures.specification import (
    Axis,
    Cell,
    Figure,
    Line,
    Mark,
    Numbers,
    Panel,
    Points,
    Segments,
    Shape,
    round_ticks,
    span,
)  # fmt: skip

_SHAPES: tuple[Shape, ...] = ("diamond", "triangle", "square", "circle", "cross")


def waterfall_figure(
    title: str, bars: Sequence[tuple[str, str, float]], *, x_label: str, y_label: str, head: Sequence[str],
    thresholds: Sequence[float] = (),
) -> Figure:  # fmt: skip
    """Return one bar per subject, from the greatest change to the least.

    bars        subject, group, change.
    thresholds  drawn as dashed lines.
    head        of the table: subject, group, change.
    Raises      ValueError without a bar.
    """
    ordered = sorted(bars, key=lambda bar: (-bar[2], bar[0]))
    low, high = span((0.0, *thresholds, *(bar[2] for bar in ordered)))
    n = len(ordered)
    marks: list[Mark] = [
        Segments("", (-1.0,), (float(at),), (float(n),), (float(at),), "muted", 1, bool(at))
        for at in (0.0, *thresholds)
    ]
    for tone, group in enumerate(dict.fromkeys(bar[1] for bar in bars)):
        at = [place for place, bar in enumerate(ordered) if bar[1] == group]
        values, ends = numbers(at), numbers([ordered[place][2] for place in at])
        marks.append(
            Segments(group, values, (0.0,) * len(at), values, ends, tone, max(2.0, min(14.0, 480 / n)))
        )
    # Subjects are too many to be named below the bars; the table names them.
    x, y = Axis(x_label, -1.0, float(n), ticks=()), Axis(y_label, low, high, ticks=round_ticks(low, high))
    return Figure("waterfall", title, (Panel(x, y, tuple(marks)),), tuple(head), tuple(ordered))


@dataclass(frozen=True)
class Lane:
    """One subject: until when observed, still going on or not, and what happened when (name, time)."""

    label: str
    group: str
    end: float
    is_ongoing: bool
    happenings: tuple[tuple[str, float], ...]


def swimmer_figure(
    title: str, lanes: Sequence[Lane], *, x_label: str, ongoing: str, head: Sequence[str]
) -> Figure:
    """Return one lane per subject with what happened on it, the longest first.

    ongoing  what the arrow at the end of a lane is called.
    head     of the table: subject, group, end, what happened.
    Raises   ValueError without a lane.
    """
    ordered = sorted(lanes, key=lambda lane: (-lane.end, lane.label))
    end = span((0.0, *(lane.end for lane in ordered)))[1]
    marks: list[Mark] = []
    groups = list(dict.fromkeys(lane.group for lane in lanes))
    for tone, group in enumerate(groups):
        at = numbers([place for place, lane in enumerate(ordered) if lane.group == group])
        ends = numbers([lane.end for lane in ordered if lane.group == group])
        marks.append(Segments(group, (0.0,) * len(at), at, ends, at, tone, 9))
    kinds = list(dict.fromkeys(name for lane in lanes for name, _ in lane.happenings))
    for k, kind in enumerate(kinds):
        spots = [(t, p) for p, lane in enumerate(ordered) for name, t in lane.happenings if name == kind]
        x, y = numbers([t for t, _ in spots]), numbers([p for _, p in spots])
        marks.append(Points(kind, x, y, "ink", _SHAPES[k % len(_SHAPES)], 8))
    going = [(lane.end, place) for place, lane in enumerate(ordered) if lane.is_ongoing]
    if going:
        x, y = numbers([t + end * 0.012 for t, _ in going]), numbers([p for _, p in going])
        marks.append(Points(ongoing, x, y, "muted", "triangle", 8))
    y_axis = Axis("", kind="category", categories=tuple(lane.label for lane in ordered))
    rows = tuple(
        (lane.label, lane.group, lane.end, "; ".join([f"{name} {t:g}" for name, t in lane.happenings] + [ongoing] * lane.is_ongoing))
        for lane in ordered
    )  # fmt: skip
    panel = Panel(
        Axis(x_label, 0.0, end, ticks=round_ticks(0.0, end)), y_axis, tuple(marks), 18 * len(lanes) + 20
    )
    return Figure("swimmer", title, (panel,), tuple(head), rows)


@dataclass(frozen=True)
class Trace:
    """One subject's values over time."""

    label: str
    group: str
    x: Numbers
    y: Numbers


def spaghetti_figure(
    title: str, traces: Sequence[Trace], *, x_label: str, y_label: str, head: Sequence[str]
) -> Figure:
    """Return every subject's line, faint, and the mean of each group, strong.

    head    of the table, which has the means: group, time, n, mean.
    Raises  ValueError without a value.
    """
    xs = tuple(value for each in traces for value in each.x)
    ys = tuple(value for each in traces for value in each.y)
    (left, right), (low, high) = span(xs, 0.02), span(ys)
    marks: list[Mark] = []
    rows: list[tuple[Cell, ...]] = []
    groups = list(dict.fromkeys(each.group for each in traces))
    for tone, group in enumerate(groups):
        marks += [Line(group, each.x, each.y, tone, is_faint=True) for each in traces if each.group == group]
    for tone, group in enumerate(groups):
        seen: dict[float, list[float]] = {}
        for each in (trace for trace in traces if trace.group == group):
            for moment, value in zip(each.x, each.y, strict=True):
                seen.setdefault(moment, []).append(value)
        times = tuple(sorted(seen))
        means = numbers([np.mean(seen[moment]) for moment in times])
        marks += [Line(group, times, means, tone), Points(group, times, means, tone, "circle", 8)]
        rows += [
            (group, moment, len(seen[moment]), round(mean, 2))
            for moment, mean in zip(times, means, strict=True)
        ]
    x, y = (
        Axis(x_label, left, right, ticks=tuple(sorted(set(xs)))),
        Axis(y_label, low, high, ticks=round_ticks(low, high)),
    )
    return Figure("spaghetti", title, (Panel(x, y, tuple(marks)),), tuple(head), tuple(rows))


@dataclass(frozen=True)
class Stretch:
    """Something that lasted: a treatment, an event; what it is called and which kind it is."""

    label: str
    kind: str
    start: float
    end: float


def profile_figure(
    title: str, stretches: Sequence[Stretch], measures: Sequence[tuple[str, Numbers, Numbers]], *, x_label: str,
    head: Sequence[str],
) -> Figure:  # fmt: skip
    """Return one subject's course: what lasted from when to when, and below it what was measured, on one axis of time.

    measures  name with unit, times, values.
    head      of the table: what, kind or value, from, to.
    Raises    ValueError if there is nothing to show, or a stretch ends before it starts.
    """
    backward = [each for each in stretches if each.end < each.start]
    if backward:
        raise ValueError(f"{backward[0].label} ends at {backward[0].end}, before {backward[0].start}")
    times = tuple(
        [t for each in stretches for t in (each.start, each.end)] + [t for each in measures for t in each[1]]
    )
    left, right = span(times, 0.02)
    ticks = round_ticks(left, right)
    x = Axis(x_label, left, right, ticks=ticks)
    panels, rows = [], []
    lanes = tuple(dict.fromkeys(each.label for each in stretches))
    if lanes:
        marks: list[Mark] = []
        for tone, kind in enumerate(dict.fromkeys(each.kind for each in stretches)):
            mine = [each for each in stretches if each.kind == kind]
            at = numbers([lanes.index(each.label) for each in mine])
            # What lasted a single day still has to be seen.
            least = (right - left) / 150
            ends = numbers([max(each.end, each.start + least) for each in mine])
            marks.append(Segments(kind, numbers([each.start for each in mine]), at, ends, at, tone, 9))
        panels.append(
            Panel(x, Axis("", kind="category", categories=lanes), tuple(marks), 22 * len(lanes) + 16)
        )
        rows += [(each.label, each.kind, each.start, each.end) for each in stretches]
    for place, (name, at, values) in enumerate(measures):
        low, high = span(values, 0.15)
        tone = 3 + place
        drawn = (Line("", at, values, tone), Points("", at, values, tone, "circle", 7))
        panels.append(Panel(x, Axis("", low, high, ticks=round_ticks(low, high, 3)), drawn, 90, name))
        rows += [(name, str(value), t, t) for t, value in zip(at, values, strict=True)]
    return Figure("profile", title, tuple(panels), tuple(head), tuple(rows))
