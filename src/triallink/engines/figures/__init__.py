"""Figures as specifications: one source, drawn as ECharts, Vega-Lite and SVG, each with its table."""

from triallink.engines.figures.echarts import echarts, height
from triallink.engines.figures.outcomes import (
    Box,
    Curve,
    Effect,
    FunnelPoint,
    box_figure,
    forest_figure,
    funnel_figure,
    survival_figure,
)
from triallink.engines.figures.specification import (
    Axis,
    Band,
    Figure,
    Line,
    Panel,
    Points,
    Segments,
    Texts,
)
from triallink.engines.figures.subjects import (
    Lane,
    Stretch,
    Trace,
    profile_figure,
    spaghetti_figure,
    swimmer_figure,
    waterfall_figure,
)
from triallink.engines.figures.svg import svg
from triallink.engines.figures.vega_lite import vega_lite

__all__ = [
    "Axis",
    "Band",
    "Box",
    "Curve",
    "Effect",
    "Figure",
    "FunnelPoint",
    "Lane",
    "Line",
    "Panel",
    "Points",
    "Segments",
    "Stretch",
    "Texts",
    "Trace",
    "box_figure",
    "echarts",
    "forest_figure",
    "funnel_figure",
    "height",
    "profile_figure",
    "spaghetti_figure",
    "survival_figure",
    "svg",
    "swimmer_figure",
    "vega_lite",
    "waterfall_figure",
]
