"""The Gantt picture: bars, baselines, dependencies and a time axis as one SVG, made once per page."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from babel.dates import format_date
from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from triallink.domains.delivery.selectors.plan import Bar, Gantt, Group
from triallink.foundation.sentences import bilingual, reads_chinese
from triallink.web.jinja import babel_locale, country, date

PIXELS_PER_DAY = {"quarter": 1.0, "month": 3.0, "week": 9.0}
ROW, BAR, PAD, HEAD = 19, 9, 6, 30
MARGIN_DAYS = 10
MIN_BAR = 3.0


@dataclass(frozen=True)
class Label:
    """The name of a group at the left, with the height of its rows."""

    text: str
    height: int
    is_study: bool


@dataclass(frozen=True)
class Picture:
    """The drawn plan."""

    labels: list[Label]
    svg: Markup
    width: int
    height: int
    today_x: int


@dataclass(frozen=True)
class _Words:
    """What every bar says with, looked up once: there may be thousands of bars."""

    address: str
    late: str
    is_chinese: bool


@dataclass(frozen=True)
class _Drawn:
    """Where a bar was drawn."""

    bar: Bar
    left: float
    right: float
    middle: float
    group: int


def draw(plan: Gantt, *, zoom: str, links: str) -> Picture:
    """Return the plan as labels and one SVG.

    zoom   a key of PIXELS_PER_DAY.
    links  "critical" (those between critical milestones), "all" or "none".
    """
    scale = PIXELS_PER_DAY[zoom]
    first = plan.first - dt.timedelta(days=MARGIN_DAYS)
    width = round(((plan.last - first).days + 4 * MARGIN_DAYS) * scale)
    bands: list[str] = []
    rows: list[str] = []
    labels: list[Label] = []
    drawn: dict[int, _Drawn] = {}
    words = _Words(
        reverse("delivery:item", args=[0]).removesuffix("0/"), _("%(days)s days late"), reads_chinese()
    )
    top = HEAD
    for number, group in enumerate(plan.groups):
        lanes = _lanes(group)
        height = max(lanes.values()) * ROW + ROW + PAD
        is_study = group.key == "study"
        labels.append(Label(title_of(group), height, is_study))
        if number % 2:
            bands.append(f'<rect class="band" x="0" y="{top}" width="{width}" height="{height}"/>')
        for bar in group.bars:
            middle = top + PAD / 2 + lanes[bar.pk] * ROW + ROW / 2
            left, right = _span(bar.start, bar.finish, first, scale)
            drawn[bar.pk] = _Drawn(bar, left, right, middle, number)
            rows.append(_bar(bar, left, right, middle, first, scale, zoom, words))
        top += height
    arrows = "" if links == "none" else "".join(_arrows(plan, drawn, links))
    status_on = plan.plan.status_on if plan.plan else None
    today_x = round(((status_on or plan.first) - first).days * scale)
    axis = "".join(_axis(first, width, scale, zoom, top))
    size = f'width="{width}" height="{top + PAD}" viewBox="0 0 {width} {top + PAD}"'
    svg = (
        f'<svg class="gantt-svg" {size} role="img" aria-label="{escape(_("Plan over time"))}">'
        f'{"".join(bands)}{axis}<line class="today" x1="{today_x}" x2="{today_x}" y1="{HEAD - 8}" y2="{top}"/>'
        f'<g class="arrows">{arrows}</g>{"".join(rows)}</svg>'
    )
    return Picture(labels, Markup(svg), width, top + PAD, today_x)


def title_of(group: Group) -> str:
    """Return a group's name in the reader's language."""
    return country(group.title["country"]) if "country" in group.title else str(bilingual(group.title))


def _lanes(group: Group) -> dict[int, int]:
    """Put overlapping bars under one another: each bar takes the first lane that is free at its start."""
    ends: list[dt.date] = []
    lanes: dict[int, int] = {}
    for bar in sorted(group.bars, key=lambda bar: (bar.start, bar.finish)):
        free = next((lane for lane, end in enumerate(ends) if end < bar.start), len(ends))
        ends[free : free + 1] = [bar.finish]
        lanes[bar.pk] = free
    return lanes


def _span(start: dt.date, finish: dt.date, first: dt.date, scale: float) -> tuple[float, float]:
    left = (start - first).days * scale
    return left, max(((finish - first).days + 1) * scale, left + MIN_BAR)


def _bar(
    bar: Bar, left: float, right: float, middle: float, first: dt.date, scale: float, zoom: str, words: _Words
) -> str:
    state = "late" if bar.state != "done" and bar.late_days > 0 else bar.state
    classes = f"bar-{state}" + (" is-critical" if bar.is_critical else "")
    name = bar.name.get("zh" if words.is_chinese else "en") or str(bilingual(bar.name))
    told = f"{name}: {date(bar.start)} – {date(bar.finish)}"
    if bar.late_days > 0:
        told += f" ({words.late % {'days': bar.late_days}})"
    parts = [f'<a href="{words.address}{bar.pk}/"><title>{escape(told)}</title>']
    if bar.baseline_start and bar.baseline_finish:
        base_left, base_right = _span(bar.baseline_start, bar.baseline_finish, first, scale)
        parts.append(
            f'<rect class="base" x="{base_left:.1f}" y="{middle + 3.5:.1f}" width="{base_right - base_left:.1f}" height="3"/>'
        )
    parts.append(
        f'<rect class="{classes}" x="{left:.1f}" y="{middle - BAR + 2:.1f}" width="{right - left:.1f}" height="{BAR}" rx="2"/>'
    )
    if 0 < bar.share < 1:
        parts.append(
            f'<rect class="share" x="{left:.1f}" y="{middle - BAR + 2:.1f}" width="{(right - left) * bar.share:.1f}" height="{BAR}" rx="2"/>'
        )
    if zoom != "quarter" and right - left > 7 * len(name):
        parts.append(f'<text class="in" x="{left + 4:.1f}" y="{middle + 0.5:.1f}">{escape(name)}</text>')
    return "".join(parts) + "</a>"


def _arrows(plan: Gantt, drawn: dict[int, _Drawn], links: str) -> Iterator[str]:
    for before, after in plan.links:
        a, b = drawn[before], drawn[after]
        is_critical = a.bar.is_critical and b.bar.is_critical
        if links == "critical" and not is_critical:
            continue
        bend = max(a.right + 4, min(b.left - 4, a.right + 8))
        css = ' class="critical"' if is_critical else ""
        yield (
            f'<path{css} d="M{a.right:.1f} {a.middle - 2:.1f}H{bend:.1f}V{b.middle - 2:.1f}H{b.left:.1f}"/>'
        )


def _axis(first: dt.date, width: int, scale: float, zoom: str, bottom: int) -> Iterator[str]:
    """Draw the ticks: quarters, months or weeks, with the year where it begins."""
    day = dt.date(first.year, first.month, 1) if zoom != "week" else first - dt.timedelta(first.weekday())
    if zoom == "quarter":
        day = day.replace(month=(day.month - 1) // 3 * 3 + 1)
    last_year = 0
    while (x := (day - first).days * scale) < width:
        if x >= 0:
            yield f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD - 8}" y2="{bottom}"/>'
            yield f'<text class="when" x="{x + 3:.1f}" y="{HEAD - 9}">{escape(_tick_words(day, zoom))}</text>'
            if day.year != last_year and day.month <= 3:
                yield f'<text class="year" x="{x + 3:.1f}" y="10">{day.year}</text>'
                last_year = day.year
        day = _next(day, zoom)


def _tick_words(day: dt.date, zoom: str) -> str:
    patterns = {"quarter": "QQQ", "month": "LLL", "week": "d LLL"}
    pattern = "M月d日" if zoom == "week" and babel_locale().language == "zh" else patterns[zoom]
    return format_date(day, pattern, locale=babel_locale())


def _next(day: dt.date, zoom: str) -> dt.date:
    if zoom == "week":
        return day + dt.timedelta(days=7)
    months = 3 if zoom == "quarter" else 1
    month = day.month - 1 + months
    return dt.date(day.year + month // 12, month % 12 + 1, 1)
