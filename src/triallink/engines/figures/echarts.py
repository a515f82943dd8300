"""A figure as an option of ECharts: plain data, no functions."""

from typing import Any

from triallink.engines.figures.specification import (
    Axis,
    Band,
    Figure,
    Line,
    Mark,
    Segments,
    Texts,
    Tone,
    colour,
    text_width,
)  # fmt: skip

# The page puts the reader's colours in place of these names, so that a figure is right in light and in dark.
INK, MUTED = "var(--ink)", "var(--ink-soft)"
_SYMBOLS = {"circle": "circle", "square": "rect", "diamond": "diamond", "triangle": "path://M0,0L10,5L0,10Z",
            "tick": "path://M-1,-6L1,-6L1,6L-1,6Z", "cross": "path://M-6,-4L-4,-6L0,-2L4,-6L6,-4L2,0L6,4L4,6L0,2L-4,6L-6,4L-2,0Z"}  # fmt: skip
TOP, BETWEEN, BOTTOM = 44, 46, 48
NARROW_LEFT = 132


def height(figure: Figure) -> int:
    """Return the height in pixels a figure needs on a page."""
    return TOP + sum(panel.height for panel in figure.panels) + BETWEEN * (len(figure.panels) - 1) + BOTTOM


def echarts(figure: Figure) -> dict[str, Any]:
    """Return the option of ECharts 5 that draws a figure."""
    widest = max((text_width(name) for panel in figure.panels for name in panel.y.categories), default=0)
    left = max(58, min(240, 26 + widest))
    grids, x_axes, y_axes, series, titles = [], [], [], [], []
    top = TOP
    for place, panel in enumerate(figure.panels):
        grids.append({"left": left, "right": 18, "top": top, "height": panel.height, "containLabel": False})
        is_last = place == len(figure.panels) - 1
        x_axes.append(
            {"gridIndex": place, **_axis(panel.x, is_x=True), "name": panel.x.label if is_last else ""}
        )
        y_axes.append({"gridIndex": place, **_axis(panel.y, is_x=False)})
        if panel.title:
            titles.append(
                {
                    "text": panel.title,
                    "left": 6,
                    "top": top - 26,
                    "textStyle": {"fontSize": 12, "color": MUTED},
                }
            )
        for mark in panel.marks:
            series += [{"xAxisIndex": place, "yAxisIndex": place, **each} for each in _series(mark, place)]
        top += panel.height + BETWEEN
    return {
        "title": titles,
        "legend": {"data": figure.names, "type": "scroll", "top": 4},
        "tooltip": {"trigger": "item"},
        "grid": grids, "xAxis": x_axes, "yAxis": y_axes, "series": series, "animation": False, "media": _narrow(figure, left),
    }  # fmt: skip


def _narrow(figure: Figure, left: int) -> list[dict[str, Any]]:
    """Return what changes on a telephone: long names of lines are broken in two, so that room is left for the figure."""
    if left <= NARROW_LEFT:
        return []
    labels = {"width": NARROW_LEFT - 24, "overflow": "break", "fontSize": 10, "lineHeight": 11, "margin": 8}
    option = {
        "grid": [{"left": NARROW_LEFT} for _ in figure.panels],
        "yAxis": [{"axisLabel": labels} if panel.y.kind == "category" else {} for panel in figure.panels],
    }
    return [{"query": {"maxWidth": 420}, "option": option}]


def _axis(axis: Axis, *, is_x: bool) -> dict[str, Any]:
    name = {"name": axis.label, "nameLocation": "middle", "nameGap": 28 if is_x else 40}
    if axis.kind == "category":
        labels = {"interval": 0, "width": 215, "overflow": "truncate", "fontSize": 11, "margin": 16}
        return {
            **name,
            "type": "category",
            "data": list(axis.categories),
            "inverse": not is_x,
            "axisLabel": labels,
        }
    ticks = {"show": bool(axis.ticks), "customValues": list(axis.ticks), "hideOverlap": True}
    shared = {
        **name,
        "min": axis.low,
        "max": axis.high,
        "axisLabel": ticks,
        "splitLine": {"show": not is_x},
        "axisLine": {"onZero": False},
    }
    return {**shared, "type": "log", "logBase": 2} if axis.kind == "log" else {**shared, "type": "value"}


def _series(mark: Mark, place: int) -> list[dict[str, Any]]:
    if isinstance(mark, Texts):
        return [{
            "type": "scatter", "symbolSize": 1, "silent": True, "itemStyle": {"color": "transparent"},
            "data": [{"value": [x, y], "label": {"show": True, "formatter": text, "position": "inside", "color": _of(mark.tone), "fontSize": 11}}
                     for x, y, text in zip(mark.x, mark.y, mark.text, strict=True)],
        }]  # fmt: skip
    shade = _of(mark.tone)
    shared = {"name": mark.name, "itemStyle": {"color": shade}}
    line = {**shared, "type": "line", "symbol": "none"}
    if isinstance(mark, Line):
        style = {"color": shade, "width": 1 if mark.is_faint else 2, "opacity": 0.28 if mark.is_faint else 1}
        step = {"step": "end"} if mark.is_step else {}
        return [{**line, **step, "lineStyle": style, "data": _pairs(mark.x, mark.y)}]
    if isinstance(mark, Band):
        # An area between two lines is the upper one stacked, as a difference, on the lower one.
        gaps = tuple(high - low for low, high in zip(mark.lower, mark.upper, strict=True))
        hidden = {
            **line,
            "silent": True,
            "lineStyle": {"opacity": 0},
            "stack": f"{place} {mark.name}",
            "stackStrategy": "all",
        }
        step = {"step": "end"} if mark.is_step else {}
        area = {"areaStyle": {"color": shade, "opacity": 0.14}}
        return [
            {**hidden, **step, "data": _pairs(mark.x, mark.lower)},
            {**hidden, **step, **area, "data": _pairs(mark.x, gaps)},
        ]
    if isinstance(mark, Segments):
        style = {
            "color": shade,
            "width": mark.width,
            "cap": "butt",
            **({"type": "dashed"} if mark.is_dashed else {}),
        }
        data: list[list[Any]] = []
        for x, y, to_x, to_y in zip(mark.x, mark.y, mark.to_x, mark.to_y, strict=True):
            data += [[x, y], [to_x, to_y], ["-", "-"]]
        return [{**line, "lineStyle": style, "data": data, "connectNulls": False, "silent": not mark.name}]
    names = mark.labels or ("",) * len(mark.x)
    points = [
        {"value": [x, y], **({"name": name} if name else {})}
        for x, y, name in zip(mark.x, mark.y, names, strict=True)
    ]
    size = [2, mark.size + 2] if mark.shape == "tick" else mark.size
    return [
        {
            **shared,
            "type": "scatter",
            "symbol": _SYMBOLS[mark.shape],
            "symbolSize": size,
            "data": points,
            "z": 3,
        }
    ]


def _of(tone: Tone) -> str:
    return colour(tone, INK, MUTED)


def _pairs(x: tuple[float, ...], y: tuple[float, ...]) -> list[list[float]]:
    return [[a, b] for a, b in zip(x, y, strict=True)]
