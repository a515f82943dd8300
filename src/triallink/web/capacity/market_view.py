"""The operator's view of the market of hours: six figures, each a picture with its table and its file."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from triallink.domains.capacity.selectors.market_view import MarketView, market_view
from triallink.kernel.money import Money
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import answer
from triallink.web.capacity.frame import Tab, actor_of, city_names, tabs, week_label
from triallink.web.jinja import money, number, percent
from triallink.web.listing import Column, ListSpec, export, wants_export
from triallink.web.wording import choices_of, word

ROWS_DRAWN = 16
# Green where hours are to spare, orange where they are short; readable on a light and on a dark page.
SPARE, EVEN, SHORT = "#2a9d8f", "#b8c2cc", "#e0913a"
Cell = str | int | float | Money | None


@dataclass(frozen=True)
class Figure:
    """One figure: picture, table, and the same rows for a file."""

    key: str
    title: str
    sentence: str
    head: list[str]
    rows: list[list[Cell]]
    chart: dict[str, Any] | None
    empty: str
    height: int = 280

    @property
    def written(self) -> list[list[str]]:
        """Return the rows as they are read on the page."""
        return [[_written(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True)
class MarketViewPage:
    """The market as its operator sees it."""

    tabs: list[Tab]
    figures: list[Figure]
    role: str
    roles: list[tuple[str, str]]
    fill: str
    meeting: str
    median: str
    path: str


def market_view_page(request: HttpRequest) -> HttpResponse:
    """Show the market to its operator, or hand out one of its tables as a file."""
    actor = actor_of(request)
    role = request.GET.get("role", "")
    role = role if role in PROFESSIONAL_ROLES else ""
    view = market_view(to=actor, role=role)
    names = city_names()
    figures = [
        _pressure(view, names),
        _shadow(view, names),
        _liquidity(view),
        _fill(view),
        _matched(view),
        _prices(view),
    ]
    if wants_export(request):
        asked = request.GET.get("figure", "")
        return _file(request, next((one for one in figures if one.key == asked), figures[0]))
    needed = sum(week.needed for week in view.fill)
    wanted = sum(week.needed for week in view.liquidity)
    page = MarketViewPage(
        tabs=tabs(actor, "market-view"),
        figures=figures,
        role=role,
        roles=choices_of(PROFESSIONAL_ROLES),
        fill=percent(sum(week.covered for week in view.fill) / needed) if needed else "–",
        meeting=percent(sum(week.meeting for week in view.liquidity) / wanted) if wanted else "–",
        median=_("%(hours)s hours") % {"hours": number(view.matched[-1].median_hours, 1)}
        if view.matched
        else "–",
        path=request.path,
    )
    return answer(request, "capacity/market_view.html", "live", page)


def _file(request: HttpRequest, figure: Figure) -> HttpResponse:
    columns = tuple(Column(f"c{n}", label, value=itemgetter(n)) for n, label in enumerate(figure.head))
    return export(request, ListSpec(f"market-{figure.key}", columns, default_sort="c0"), figure.rows)


def _pressure(view: MarketView, names: dict[str, str]) -> Figure:
    rows = sorted(view.pressure, key=lambda row: -(row.offered + row.needed))
    labels = [f"{names.get(row.city, row.city)} · {row.role}" for row in rows[:ROWS_DRAWN]]
    values = [
        [n, at, round((cell.needed - cell.offered) / 60)]
        for at, row in enumerate(rows[:ROWS_DRAWN])
        for n, cell in enumerate(row.cells)
        if cell.offers or cell.needs
    ]
    most = max((abs(value[2]) for value in values), default=1) or 1
    return Figure(
        "pressure",
        _("Supply and demand"),
        _(
            "Hours needed less hours offered by city, role and week; orange is short, green to spare. The most active rows are drawn, the table has all."
        ),
        [_("City"), _("Role"), _("Week"), _("Hours offered"), _("Hours needed"), _("Short")],
        [
            [
                names.get(row.city, row.city),
                row.role,
                cell.week_on.isoformat(),
                round(cell.offered / 60, 1),
                round(cell.needed / 60, 1),
                round((cell.needed - cell.offered) / 60, 1),
            ]
            for row in rows
            for cell in row.cells
            if cell.offers or cell.needs
        ],
        _heat(view.weeks, labels, values, -most, most, [SPARE, EVEN, SHORT]) if values else None,
        _("Nothing is offered or needed"),
        height=110 + 24 * len(labels),
    )


def _shadow(view: MarketView, names: dict[str, str]) -> Figure:
    best: dict[tuple[str, str], int] = {}
    for one in view.shadow:
        key = (one.city, one.role)
        best[key] = max(best.get(key, 0), one.price_minor)
    keys = sorted(best, key=lambda key: -best[key])[:ROWS_DRAWN]
    weeks = sorted({one.week_on for one in view.shadow})
    values = [
        [weeks.index(one.week_on), keys.index((one.city, one.role)), round(one.price_minor / 100, 2)]
        for one in view.shadow
        if (one.city, one.role) in keys
    ]
    most = max((value[2] for value in values), default=1)
    sentence = _(
        "What one more hour would have been worth to the latest clearing; guidance for where to offer more."
    )
    return Figure(
        "shadow-prices",
        _("Shadow prices"),
        sentence,
        [_("City"), _("Role"), _("Week"), _("Per hour")],
        [
            [names.get(one.city, one.city), one.role, one.week_on.isoformat(), Money(one.price_minor, "CNY")]
            for one in view.shadow
        ],
        _heat(
            weeks,
            [f"{names.get(city, city)} · {role}" for city, role in keys],
            values,
            0,
            most,
            [EVEN, SHORT],
        )
        if values
        else None,
        _("No clearing has found hours short"),
        height=110 + 24 * len(keys),
    )


def _liquidity(view: MarketView) -> Figure:
    weeks = view.liquidity
    return Figure(
        "liquidity",
        _("Liquidity"),
        _(
            "Hours in the book by week, and the share of needed hours that meet an offer in their own city and role."
        ),
        [_("Week"), _("Hours offered"), _("Hours needed"), _("Meeting an offer")],
        [
            [
                week.week_on.isoformat(),
                round(week.offered / 60),
                round(week.needed / 60),
                round(week.share, 4),
            ]
            for week in weeks
        ],
        _bars_and_share(
            [week.week_on for week in weeks],
            [
                (_("Hours offered"), [round(week.offered / 60) for week in weeks]),
                (_("Hours needed"), [round(week.needed / 60) for week in weeks]),
            ],
            (_("Meeting an offer (%)"), [round(100 * week.share, 1) for week in weeks]),
        )
        if any(week.offered or week.needed for week in weeks)
        else None,
        _("The book is empty"),
    )


def _fill(view: MarketView) -> Figure:
    weeks = view.fill
    return Figure(
        "fill-rate",
        _("Fill rate"),
        _("Share of the hours needed in a week that is booked, twelve weeks back and ahead."),
        [_("Week"), _("Hours needed"), _("Hours covered"), _("Fill rate")],
        [
            [
                week.week_on.isoformat(),
                round(week.needed / 60),
                round(week.covered / 60),
                round(week.share, 4),
            ]
            for week in weeks
        ],
        _bars_and_share(
            [week.week_on for week in weeks],
            [
                (_("Hours needed"), [round(week.needed / 60) for week in weeks]),
                (_("Hours covered"), [round(week.covered / 60) for week in weeks]),
            ],
            (_("Fill rate (%)"), [round(100 * week.share, 1) for week in weeks]),
        )
        if weeks
        else None,
        _("Nobody needed hours"),
    )


def _matched(view: MarketView) -> Figure:
    weeks = view.matched
    return Figure(
        "time-to-match",
        _("Time to match"),
        _("Hours from asking to the first booking both sides confirmed, by the week of that booking."),
        [_("Week"), _("Needs matched"), _("Median hours"), _("Nine of ten within")],
        [
            [week.week_on.isoformat(), week.needs, round(week.median_hours, 1), round(week.slow_hours, 1)]
            for week in weeks
        ],
        {
            "legend": {},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "category", "data": [week_label(week.week_on) for week in weeks]},
            "yAxis": {"type": "value"},
            "series": [
                {"type": "bar", "barMaxWidth": 28, "name": _("Median hours"), "data": [round(w.median_hours, 1) for w in weeks]},
                {"type": "bar", "barMaxWidth": 28, "name": _("Nine of ten within"), "data": [round(w.slow_hours, 1) for w in weeks]},
            ],
        }
        if weeks
        else None,
        _("No need was matched yet"),
    )  # fmt: skip


def _prices(view: MarketView) -> Figure:
    weeks = sorted({one.week_on for one in view.prices})
    roles = sorted({one.role for one in view.prices})
    told = {(one.role, one.week_on): round(one.index, 1) for one in view.prices}
    return Figure(
        "price-index",
        _("Price index of hours"),
        _("Mean settled price by role and week of work, weighted by hours; a role's first week is 100."),
        [_("Role"), _("Week"), _("Price per hour"), _("Hours"), _("Index")],
        [
            [
                word(PROFESSIONAL_ROLES, one.role),
                one.week_on.isoformat(),
                Money(one.price_minor, "CNY"),
                round(one.minutes / 60, 1),
                round(one.index, 1),
            ]
            for one in view.prices
        ],
        {
            "legend": {},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "category", "data": [week_label(week) for week in weeks]},
            "yAxis": {"type": "value", "scale": True},
            "series": [
                {
                    "type": "line",
                    "connectNulls": True,
                    "name": word(PROFESSIONAL_ROLES, role),
                    "data": [told.get((role, week)) for week in weeks],
                }
                for role in roles
            ],
        }
        if weeks
        else None,
        _("Nothing was booked yet"),
    )


def _heat(
    weeks: Sequence[dt.date],
    labels: list[str],
    values: Sequence[Sequence[float]],
    low: float,
    high: float,
    colours: list[str],
) -> dict[str, Any]:
    return {
        "tooltip": {"position": "top"},
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 52, "containLabel": True},
        "xAxis": {"type": "category", "data": [week_label(week) for week in weeks]},
        "yAxis": {"type": "category", "inverse": True, "data": labels},
        "visualMap": {
            "min": low,
            "max": high,
            "calculable": True,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemHeight": 120,
            "inRange": {"color": colours},
            "textStyle": {"color": "#8a97a3"},
        },
        "series": [{"type": "heatmap", "data": values}],
    }


def _bars_and_share(
    weeks: list[dt.date], bars: list[tuple[str, list[int]]], share: tuple[str, list[float]]
) -> dict[str, Any]:
    return {
        "legend": {"type": "scroll"},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [week_label(week) for week in weeks]},
        "yAxis": [{"type": "value"}, {"type": "value", "min": 0, "max": 100, "splitLine": {"show": False}}],
        "series": [
            *({"type": "bar", "barMaxWidth": 28, "name": name, "data": data} for name, data in bars),
            {"type": "line", "yAxisIndex": 1, "name": share[0], "data": share[1]},
        ],
    }


def _written(cell: Cell) -> str:
    if isinstance(cell, Money):
        return money(cell)
    if isinstance(cell, int | float):
        return number(cell, 2) if isinstance(cell, float) and cell != round(cell) else number(round(cell))
    return "–" if cell is None else cell
