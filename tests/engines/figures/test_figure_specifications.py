"""Every kind of figure is one specification that three programs draw and a table tells."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.figures import (
    Box,
    Curve,
    Effect,
    FunnelPoint,
    Lane,
    Line,
    Points,
    Stretch,
    Trace,
    box_figure,
    echarts,
    forest_figure,
    funnel_figure,
    height,
    profile_figure,
    spaghetti_figure,
    survival_figure,
    svg,
    swimmer_figure,
    vega_lite,
    waterfall_figure,
)
from triallink.engines.figures.specification import round_ticks

NAN = float("nan")
HOSTILE = "<b>1 & 2</b> \"'"
FIGURES = [
    survival_figure(
        HOSTILE,
        [
            Curve("a", (2.0, 5.0), (0.5, 0.0), (0.1, NAN), (0.8, NAN), (), (4, 2)),
            Curve(HOSTILE, (1.0, 6.0), (0.9, 0.9), (0.6, 0.6), (1.0, 1.0), (6.0,), (5, 4)),
        ],
        risk_times=[0, 4], x_label="t", y_label="S", risk_label="n", head=["arm", "t", "n", "S", "low", "high"],
    ),
    forest_figure(
        "f", [Effect("all", 0.8, 0.6, 1.1, "0.80"), Effect("few", NAN, NAN, NAN, "-")],
        x_label="HR", name="95 %", head=["g", "HR", "low", "high", "text"],
    ),
    forest_figure("d", [Effect("all", -1, -2, 0.5)], x_label="d", head=["g"], reference=0, is_log=False),
    waterfall_figure("w", [("s1", "a", -5.0), ("s2", "b", 3.0)], x_label="", y_label="%", head=["s", "g", "y"], thresholds=(-30,)),
    swimmer_figure("s", [Lane("s1", "a", 9.0, True, (("x", 3.0),)), Lane("s2", "b", 4.0, False, ())], x_label="t", ongoing="on", head=["s"]),
    spaghetti_figure("p", [Trace("s1", "a", (0.0, 1.0), (2.0, 4.0)), Trace("s2", "a", (0.0,), (4.0,))], x_label="t", y_label="y", head=["g"]),
    box_figure("b", [Box("a", 1, (1.0, 2.0, 3.0, 30.0)), Box("b", 1, (5.0,))], x_label="t", y_label="y", head=["g"]),
    funnel_figure(
        "u", [FunnelPoint("S1", 10, 0.2), FunnelPoint("S2", 5, 0.9, True)], center=0.3,
        limits=[("95 %", (1.0, 10.0), (0.0, 0.1), (1.0, 0.5))], x_label="n", y_label="r", names=("in", "out"), head=["s"],
    ),
    profile_figure("r", [Stretch("AE", "mild", 3, 3)], [("BP", (1.0, 5.0), (120.0, 130.0))], x_label="d", head=["w"]),
]  # fmt: skip
each_figure = pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.kind)


@each_figure
def test_all_three_drawings_are_whole(figure):
    # allow_nan=False: what is no number has no place in JSON.
    option = json.loads(json.dumps(echarts(figure), allow_nan=False))
    specification = json.loads(json.dumps(vega_lite(figure), allow_nan=False))
    drawing = ElementTree.fromstring(svg(figure))
    assert option["legend"]["data"] == figure.names
    assert len(option["grid"]) == len(specification["vconcat"]) == len(figure.panels)
    assert height(figure) >= sum(panel.height for panel in figure.panels)
    assert {each["name"] for each in option["series"] if each.get("name")} == set(figure.names)
    assert sum(len(panel["layer"]) for panel in specification["vconcat"]) == sum(
        len(p.marks) for p in figure.panels
    )
    text = {each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert set(figure.names) <= text
    assert "nan" not in svg(figure).lower().replace("sans", "")


@each_figure
def test_nothing_a_person_wrote_becomes_markup(figure):
    assert "<b>" not in svg(figure)


@each_figure
def test_every_figure_has_its_table(figure):
    assert figure.rows
    assert all(cell is None or isinstance(cell, str | int | float) for row in figure.rows for cell in row)


def test_a_survival_figure_starts_at_one_and_shows_who_is_at_risk():
    figure = FIGURES[0]
    lines = [mark for mark in figure.panels[0].marks if isinstance(mark, Line)]
    assert [(line.x[0], line.y[0]) for line in lines] == [(0, 1), (0, 1)]
    assert figure.panels[1].marks[0].text == ("4", "2", "5", "4")
    assert figure.rows[0] == ("a", 0, 4, 1, 1, 1)
    ticks = [mark for mark in figure.panels[0].marks if isinstance(mark, Points)]
    assert (ticks[1].x, ticks[1].y) == ((6.0,), (0.9,))


def test_a_box_ends_at_the_last_value_near_it_and_shows_the_others():
    figure = FIGURES[6]
    assert figure.rows[0] == ("a", 1, 4, 1.0, 1.5, 2.5, 16.5, 30.0)
    wide = box_figure("b", [Box("a", 1, (*map(float, range(9)), 99.0))], x_label="", y_label="", head=[])
    assert wide.rows[0][-1] == 8.0
    assert any(isinstance(mark, Points) and mark.y == (99.0,) for mark in wide.panels[0].marks)


def test_bars_fall_from_the_greatest_to_the_least_and_lanes_from_the_longest():
    assert [row[0] for row in FIGURES[3].rows] == ["s2", "s1"]
    assert FIGURES[4].panels[0].y.categories == ("s1", "s2")
    assert FIGURES[5].rows == (("a", 0.0, 2, 3.0), ("a", 1.0, 1, 4.0))


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_few_round_and_inside(low, width):
    ticks = round_ticks(low, low + width)
    assert 2 <= len(ticks) <= 8
    assert low - 1e-6 * width <= ticks[0] < ticks[-1] <= low + width * (1 + 1e-6)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: survival_figure("", [], risk_times=[0], x_label="", y_label="", risk_label="", head=[]),
            "no curve",
        ),
        (lambda: forest_figure("", [Effect("a", -1, -2, 1)], x_label="", head=[]), "-2.0 has no place"),
        (lambda: box_figure("", [Box("a", 1, ())], x_label="", y_label="", head=[]), "a at 1 has no value"),
        (lambda: profile_figure("", [Stretch("x", "y", 3, 2)], [], x_label="", head=[]), "ends at 2"),
        (lambda: round_ticks(2, 2), "from 2 to 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
