"""The price index: what a service costs, by province and quarter."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from triallink.domains.marketplace.catalogue import catalogue
from triallink.domains.marketplace.selectors.prices import FEWEST_SUPPLIERS, PriceIndex, price_index
from triallink.engines.pricing import NATION, Cell
from triallink.kernel.actor import Actor
from triallink.kernel.money import MINOR_DIGITS, Money
from triallink.kernel.refusals import N_
from triallink.web.answers import answer
from triallink.web.jinja import money
from triallink.web.listing import Column, ListSpec, export, wants_export
from triallink.web.market.naming import service_name, services_by_name, unit_of

SOURCES = {"listed": N_("List prices"), "awarded": N_("Awarded prices")}
FIRST = "MONITORING_ONSITE"
BAR_WIDTH = 28  # pixels: a single bar must not fill the chart


@dataclass(frozen=True)
class PriceLine:
    """One cell as a line of a file."""

    source: str
    region: str
    period: str
    suppliers: int | None
    q1: Money | None
    median: Money | None
    q3: Money | None
    note: str


@dataclass(frozen=True)
class SourceView:
    """One source: its development, its provinces now, and the whole table, the newest quarter first."""

    key: str
    title: str
    trend: dict[str, Any] | None
    trend_rows: list[list[Any]]
    provinces: dict[str, Any] | None
    quarters: list[str]
    table: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class PricePage:
    """The price index of one service."""

    service: str
    name: str
    unit: str
    services: list[tuple[str, str]]
    latest: Cell | None
    latest_price: str
    sources: list[SourceView]
    fewest: int


def prices(request: HttpRequest) -> HttpResponse:
    """Show what a service costs."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = request.GET.get("service", FIRST)
    service = asked if asked in catalogue() else FIRST
    index = price_index(service, to=actor)
    if wants_export(request):
        return export(request, EXPORT, _lines(index))
    latest = next((c for c in reversed(index.listed) if c.region == NATION and c.is_told), None)
    page = PricePage(
        service=service,
        name=service_name(service),
        unit=unit_of(service),
        services=services_by_name(),
        latest=latest,
        latest_price=_price(latest.median, index.currency) if latest and latest.median else "",
        sources=[
            _source("listed", index.listed, index),
            _source("awarded", index.awarded, index),
        ],
        fewest=FEWEST_SUPPLIERS,
    )
    return answer(request, "market/prices.html", "index", page)


EXPORT = ListSpec(
    "price-index",
    (
        Column("source", N_("Source")),
        Column("region", N_("Province")),
        Column("period", N_("Quarter")),
        Column("suppliers", N_("Suppliers")),
        Column("q1", N_("Lower quartile")),
        Column("median", N_("Median")),
        Column("q3", N_("Upper quartile")),
        Column("note", N_("Note")),
    ),
    default_sort="source",
)


def _lines(index: PriceIndex) -> list[PriceLine]:
    def amount(minor: float | None) -> Money | None:
        return None if minor is None else Money(round(minor), index.currency)

    return [
        PriceLine(
            source=_(SOURCES[source]),
            region=_region(cell.region),
            period=cell.period,
            suppliers=cell.suppliers,
            q1=amount(cell.q1),
            median=amount(cell.median),
            q3=amount(cell.q3),
            note="" if cell.is_told else _("too few suppliers"),
        )
        for source, cells in (("listed", index.listed), ("awarded", index.awarded))
        for cell in cells
    ]


def _source(key: str, cells: list[Cell], index: PriceIndex) -> SourceView:
    nation = {cell.period: cell for cell in cells if cell.region == NATION}
    regions = sorted({cell.region for cell in cells if cell.region != NATION})
    by_place = {(cell.region, cell.period): cell for cell in cells}
    first = min((cell.period for cell in cells), default="")
    quarters = [quarter for quarter in index.quarters if quarter >= first]
    return SourceView(
        key=key,
        title=SOURCES[key],
        trend=_trend(quarters, [nation.get(quarter) for quarter in quarters], index.currency),
        trend_rows=[[quarter, *_figures(nation.get(quarter), index.currency)] for quarter in quarters],
        provinces=_provinces([c for c in cells if c.period == index.quarters[-1]], index),
        quarters=quarters[::-1],
        table=[
            (
                _region(region),
                [_told(by_place.get((region, quarter)), index.currency) for quarter in quarters[::-1]],
            )
            for region in [NATION, *regions]
        ],
    )


def _trend(quarters: list[str], cells: list[Cell | None], currency: str) -> dict[str, Any] | None:
    """Return the chart of the nation's median and quartiles by quarter."""
    if not any(cell and cell.is_told for cell in cells):
        return None
    # A line needs two points; one quarter is told by its figures as bars of ordinary width.
    kind = "line" if sum(1 for cell in cells if cell and cell.is_told) > 1 else "bar"
    lines = (("q3", _("Upper quartile")), ("median", _("Median")), ("q1", _("Lower quartile")))
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "grid": {"left": 8, "right": 16, "top": 64, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": quarters},
        "yAxis": {"type": "value", "scale": True, "name": currency},
        "series": [
            {
                "type": kind,
                "barMaxWidth": BAR_WIDTH,
                "name": label,
                "data": [_major(getattr(cell, figure) if cell else None, currency) for cell in cells],
                "lineStyle": {"type": "solid" if figure == "median" else "dashed"},
                "connectNulls": False,
            }
            for figure, label in lines
        ],
    }


def _provinces(cells: Iterable[Cell], index: PriceIndex) -> dict[str, Any] | None:
    """Return the chart of this quarter's median by province, dearest last."""
    told = sorted(
        (cell for cell in cells if cell.region != NATION and cell.median is not None),
        key=lambda cell: cell.median or 0,
    )
    if not told:
        return None
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "splitNumber": 2, "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "category", "data": [_region(cell.region) for cell in told]},
        "series": [
            {
                "type": "bar",
                "barMaxWidth": BAR_WIDTH,
                "name": _("Median"),
                "data": [_major(cell.median, index.currency) for cell in told],
            }
        ],
    }


def _figures(cell: Cell | None, currency: str) -> list[Any]:
    if cell is None or not cell.is_told:
        return ["–", "–", "–", "–"]
    return [
        cell.suppliers,
        *("–" if one is None else _price(one, currency) for one in (cell.q1, cell.median, cell.q3)),
    ]


def _told(cell: Cell | None, currency: str) -> str:
    if cell is None:
        return ""
    return _price(cell.median, currency) if cell.median is not None else "•"


def _price(minor: float, currency: str) -> str:
    return money(Money(round(minor), currency), whole=True)


def _major(minor: float | None, currency: str) -> float | None:
    return None if minor is None else round(minor / 10 ** MINOR_DIGITS[currency], 2)


def _region(region: str) -> str:
    return _(region) if region else _("Nation")
