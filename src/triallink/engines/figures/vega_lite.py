"""A figure as a specification of Vega-Lite 5: plain data that any of its programs draws."""

import json
from typing import Any

from triallink.engines.figures.specification import Axis, Band, Figure, Line, Mark, Segments, Texts, colour

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_INK, _MUTED = "#2b333b", "#7a858f"
_SHAPES = {"tick": "stroke", "triangle": "triangle-right"}


def vega_lite(figure: Figure, width: int = 640) -> dict[str, Any]:
    """Return the specification that draws a figure, width in pixels."""
    shades: dict[str, str] = {}
    for mark in (each for panel in figure.panels for each in panel.marks):
        if not isinstance(mark, Texts):
            shades.setdefault(mark.name, colour(mark.tone, _INK, _MUTED))
    scale = {"domain": figure.names, "range": [shades[name] for name in figure.names]}
    panels = [
        {
            "width": width,
            "height": panel.height,
            **({"title": panel.title} if panel.title else {}),
            "layer": [_layer(mark, panel.x, panel.y, scale) for mark in panel.marks],
        }
        for panel in figure.panels
    ]
    return {
        "$schema": _SCHEMA,
        "title": figure.title,
        "vconcat": panels,
        "config": {"view": {"stroke": None}},
    }


def _layer(mark: Mark, x: Axis, y: Axis, scale: dict[str, Any]) -> dict[str, Any]:
    shade = colour(mark.tone, _INK, _MUTED)
    columns: dict[str, Any] = {"x": mark.x}
    encoding: dict[str, Any] = {"x": _channel("x", x), "y": _channel("y", y)}
    if not isinstance(mark, Texts) and mark.name and shade not in (_INK, _MUTED):
        columns["series"] = (mark.name,) * len(mark.x)
        encoding["color"] = {"field": "series", "type": "nominal", "scale": scale, "title": None}
    kind: dict[str, Any] = {"clip": True} if encoding.get("color") else {"clip": True, "color": shade}
    if isinstance(mark, Band):
        columns |= {"y": mark.lower, "y2": mark.upper}
        encoding["y2"] = {"field": "y2"}
        kind |= {"type": "area", "opacity": 0.14, **_step(mark.is_step)}
    elif isinstance(mark, Segments):
        columns |= {"y": mark.y, "x2": mark.to_x, "y2": mark.to_y}
        encoding |= {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
        kind |= {
            "type": "rule",
            "strokeWidth": mark.width,
            **({"strokeDash": [4, 3]} if mark.is_dashed else {}),
        }
    elif isinstance(mark, Texts):
        columns |= {"y": mark.y, "text": mark.text}
        encoding["text"] = {"field": "text", "type": "nominal"}
        kind |= {"type": "text", "fontSize": 11}
    elif isinstance(mark, Line):
        columns["y"] = mark.y
        encoding["order"] = {"field": "x", "type": "quantitative"}
        kind |= {"type": "line", "strokeWidth": 1 if mark.is_faint else 2, **_step(mark.is_step)}
        kind |= {"opacity": 0.28} if mark.is_faint else {}
    else:
        columns["y"] = mark.y
        if mark.labels:
            columns["label"] = mark.labels
            encoding["tooltip"] = {"field": "label", "type": "nominal"}
        kind |= {"type": "point", "filled": mark.shape != "tick", "size": mark.size**2}
        kind["shape"] = _SHAPES.get(mark.shape, mark.shape)
        kind |= {"angle": 90} if mark.shape == "tick" else {}
    rows = [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]
    return {"data": {"values": rows}, "mark": kind, "encoding": encoding}


def _step(is_step: bool) -> dict[str, str]:
    return {"interpolate": "step-after"} if is_step else {}


def _channel(field: str, axis: Axis) -> dict[str, Any]:
    shared = {"field": field, "type": "quantitative", "title": axis.label or None}
    if axis.kind == "category":
        ends = [-0.5, len(axis.categories) - 0.5]
        labels = f"{json.dumps(list(axis.categories), ensure_ascii=False)}[datum.value]"
        drawn = {
            "values": list(range(len(axis.categories))),
            "labelExpr": labels,
            "grid": False,
            "labelLimit": 240,
        }
        # The first category stands on top.
        return {
            **shared,
            "scale": {"domain": ends if field == "x" else ends[::-1], "nice": False},
            "axis": drawn,
        }
    kind = {"type": "log", "base": 2} if axis.kind == "log" else {}
    return {
        **shared,
        "scale": {"domain": [axis.low, axis.high], "nice": False, "zero": False, **kind},
        "axis": {"values": list(axis.ticks), "grid": field == "y"},
    }
