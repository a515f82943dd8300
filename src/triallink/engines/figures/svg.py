"""A figure as SVG, for documents: the same marks, drawn here."""

import math
from html import escape

from triallink.engines.figures.specification import (
    Axis,
    Band,
    Figure,
    Line,
    Mark,
    Panel,
    Points,
    Segments,
    Texts,
    Tone,
    colour,
    text_width,
)  # fmt: skip

_INK, _MUTED, _RULE = "#2b333b", "#6a747d", "#d9dee3"
_BETWEEN, _BOTTOM, _RIGHT = 40, 44, 16


def svg(figure: Figure, width: int = 720) -> str:
    """Return the drawing of a figure as an SVG document, width in pixels."""
    left = max(
        60, min(260, 28 + max((text_width(n) for p in figure.panels for n in p.y.categories), default=0))
    )
    legend, top = _legend(figure, left, width)
    parts = [legend]
    for place, panel in enumerate(figure.panels):
        frame = _Frame(panel, left, top, width - left - _RIGHT)
        parts.append(frame.drawn(is_last=place == len(figure.panels) - 1))
        top += panel.height + _BETWEEN
    height = top - _BETWEEN + _BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="Noto Sans CJK TC, Noto Sans, sans-serif" font-size="11">'
        f"<title>{escape(figure.title)}</title>{''.join(parts)}</svg>"
    )


def _legend(figure: Figure, left: int, width: int) -> tuple[str, int]:
    """Return the legend in as many lines as it needs, and where the first panel begins."""
    first: dict[str, Line | Band | Points | Segments] = {}
    for mark in (m for p in figure.panels for m in p.marks):
        if not isinstance(mark, Texts) and mark.name:
            first.setdefault(mark.name, mark)
    x, y, parts = left, 14, []
    for name, mark in first.items():
        wide = text_width(name) + 28
        if x + wide > width and x > left:
            x, y = left, y + 16
        if isinstance(mark, Points):
            parts.append(_symbol(mark.shape, x + 6, y - 4, 8, _of(mark.tone)))
        else:
            parts.append(f'<rect x="{x}" y="{y - 8}" width="12" height="8" rx="2" fill="{_of(mark.tone)}"/>')
        parts.append(_text(x + 17, y, name))
        x += wide
    return "".join(parts), y + 28


class _Frame:
    """Where a panel stands on the paper, and its marks there."""

    def __init__(self, panel: Panel, left: float, top: float, width: float) -> None:
        self.panel, self.left, self.top, self.width = panel, left, top, width

    def drawn(self, *, is_last: bool) -> str:
        p, bottom = self.panel, self.top + self.panel.height
        parts = [_text(6, self.top - 10, p.title, _MUTED)] if p.title else []
        for tick, label in _ticks(p.y):
            y = self.y(tick)
            if p.y.kind != "category":
                parts.append(_path(f"M{self.left:.1f} {y:.1f}H{self.left + self.width:.1f}", _RULE, 1))
            # Numbers at risk at time 0 reach over the axis.
            gap = 18 if p.y.kind == "category" else 6
            parts.append(_text(self.left - gap, y + 4, label, _MUTED, "end"))
        parts.append(_path(f"M{self.left:.1f} {bottom:.1f}H{self.left + self.width:.1f}", _MUTED, 1))
        for tick, label in _ticks(p.x):
            x = self.x(tick)
            parts.append(
                _path(f"M{x:.1f} {bottom:.1f}v4", _MUTED, 1) + _text(x, bottom + 16, label, _MUTED, "middle")
            )
        if is_last and p.x.label:
            parts.append(_text(self.left + self.width / 2, bottom + 34, p.x.label, _INK, "middle"))
        if p.y.label:
            x, y = 14, self.top + p.height / 2
            parts.append(
                f'<g transform="rotate(-90 {x} {y:.1f})">{_text(x, y, p.y.label, _INK, "middle")}</g>'
            )
        return "".join([*parts, *(self.mark(each) for each in p.marks)])

    def x(self, value: float) -> float:
        return self.left + self.width * _share(self.panel.x, value)

    def y(self, value: float) -> float:
        share = _share(self.panel.y, value)
        return self.top + self.panel.height * (share if self.panel.y.kind == "category" else 1 - share)

    def mark(self, mark: Mark) -> str:
        shade = _of(mark.tone)
        if isinstance(mark, Texts):
            spots = zip(mark.x, mark.y, mark.text, strict=True)
            return "".join(_text(self.x(x), self.y(y) + 4, text, shade, "middle") for x, y, text in spots)
        if isinstance(mark, Line):
            path = self.along(mark.x, mark.y, mark.is_step)
            return _path("M" + path, shade, 1 if mark.is_faint else 2, 0.28 if mark.is_faint else 1)
        if isinstance(mark, Band):
            there = self.along(mark.x, mark.upper, mark.is_step)
            back = " L".join(reversed(self.along(mark.x, mark.lower, mark.is_step).split(" L")))
            return f'<path d="M{there} L{back}Z" fill="{shade}" fill-opacity="0.14"/>' if mark.x else ""
        if isinstance(mark, Segments):
            pieces = zip(mark.x, mark.y, mark.to_x, mark.to_y, strict=True)
            path = "".join(
                f"M{self.x(x):.1f} {self.y(y):.1f}L{self.x(a):.1f} {self.y(b):.1f}" for x, y, a, b in pieces
            )
            return _path(path, shade, mark.width, dash=mark.is_dashed)
        return "".join(
            _symbol(mark.shape, self.x(x), self.y(y), mark.size, shade)
            for x, y in zip(mark.x, mark.y, strict=True)
        )

    def along(self, x: tuple[float, ...], y: tuple[float, ...], is_step: bool) -> str:
        points, before = [], None
        for a, b in zip(x, y, strict=True):
            if is_step and before is not None:
                points.append((self.x(a), self.y(before)))
            points.append((self.x(a), self.y(b)))
            before = b
        return " L".join(f"{a:.1f} {b:.1f}" for a, b in points)


def _share(axis: Axis, value: float) -> float:
    if axis.kind == "category":
        return (value + 0.5) / len(axis.categories)
    if axis.kind == "log":
        return math.log(value / axis.low) / math.log(axis.high / axis.low)
    return (value - axis.low) / (axis.high - axis.low)


def _ticks(axis: Axis) -> list[tuple[float, str]]:
    if axis.kind == "category":
        return [(float(place), name) for place, name in enumerate(axis.categories)]
    return [(tick, f"{tick:g}") for tick in axis.ticks]


def _of(tone: Tone) -> str:
    return colour(tone, _INK, _MUTED)


def _text(x: float, y: float, text: str, shade: str = _INK, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{shade}" text-anchor="{anchor}">{escape(text)}</text>'


def _path(d: str, shade: str, width: float, opacity: float = 1, dash: bool = False) -> str:
    more = (' stroke-dasharray="4 3"' if dash else "") + (
        f' stroke-opacity="{opacity}"' if opacity < 1 else ""
    )
    return f'<path d="{d}" fill="none" stroke="{shade}" stroke-width="{width:g}"{more}/>' if d != "M" else ""


def _symbol(shape: str, x: float, y: float, size: float, shade: str) -> str:
    r = size / 2
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" fill="{shade}"/>'
    if shape == "tick":
        return _path(f"M{x:.1f} {y - r:.1f}v{size:g}", shade, 1.5)
    if shape == "cross":
        return _path(f"M{x - r:.1f} {y - r:.1f}l{size:g} {size:g}m{-size:g} 0l{size:g} {-size:g}", shade, 2)
    corners = {
        "square": [(-r, -r), (r, -r), (r, r), (-r, r)],
        "diamond": [(0, -r), (r, 0), (0, r), (-r, 0)],
        "triangle": [(-r, -r), (r, 0), (-r, r)],
    }[shape]
    points = " ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)
    return f'<polygon points="{points}" fill="{shade}"/>'
