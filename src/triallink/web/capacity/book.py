"""The order book: a table that renews itself, and one city, role and week in depth."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from triallink.domains.capacity.access import may_buy
from triallink.domains.capacity.selectors.book import BookCell, BookRow, Depth, book_weeks, depth, order_book
from triallink.domains.capacity.services.topics import BOOK
from triallink.engines.hours import monday_of
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import answer
from triallink.web.capacity.frame import WORDS, Tab, Words, actor_of, city_names, hours_of, tabs, week_label
from triallink.web.jinja import money
from triallink.web.listing import Column, ListSpec, export, wants_export
from triallink.web.wording import choices_of, word

SHOWN = 60
WEEKS_SHOWN = 6
BOOK_FILE = ListSpec(
    name="order-book",
    columns=(
        Column("city", N_("City"), sort=("city",)),
        Column("role", N_("Role"), sort=("role",), value=lambda cell: word(PROFESSIONAL_ROLES, cell.role)),
        Column("week_on", N_("Week"), sort=("week_on",)),
        Column("offered", N_("Hours offered"), sort=("offered",), value=lambda cell: cell.offered / 60),
        Column("offers", N_("Offers"), sort=("offers",)),
        Column(
            "best",
            N_("Lowest public price"),
            value=lambda cell: None if cell.best_minor is None else Money(cell.best_minor, "CNY"),
        ),
        Column("needed", N_("Hours needed"), sort=("needed",), value=lambda cell: cell.needed / 60),
        Column("needs", N_("Needs"), sort=("needs",)),
        Column("urgent", N_("Urgent needs"), sort=("urgent",)),
    ),
    default_sort="city",
)


@dataclass(frozen=True)
class BookPage:
    """The order book as asked for."""

    tabs: list[Tab]
    topic: str
    weeks: list[dt.date]
    rows: list[BookRow]
    total: int
    cities: dict[str, str]
    role: str
    city: str
    roles: list[tuple[str, str]]
    path: str
    query: str
    chart: dict[str, Any]
    table: list[list[object]]
    words: Words = WORDS


@dataclass(frozen=True)
class DepthPage:
    """One city, role and week."""

    tabs: list[Tab]
    topic: str
    city_name: str
    depth: Depth
    chart: dict[str, Any]
    table: list[list[object]]
    settled_chart: dict[str, Any]
    settled_table: list[list[object]]
    may_buy: bool
    path: str
    words: Words = WORDS


def book(request: HttpRequest) -> HttpResponse:
    """Show the order book; its live part is fetched again whenever an order or a booking changes."""
    actor = actor_of(request)
    role, city = request.GET.get("role", ""), request.GET.get("city", "")[:80].replace("\x00", "")
    role = role if role in PROFESSIONAL_ROLES else ""
    weeks = book_weeks()
    rows = order_book(weeks=weeks, role=role, city=city)
    if wants_export(request):
        cells: list[BookCell] = [cell for row in rows for cell in row.cells if cell.offers or cell.needs]
        return export(request, BOOK_FILE, cells)
    cities = city_names()
    page = BookPage(
        tabs=tabs(actor, "book"),
        topic=BOOK,
        weeks=weeks[:WEEKS_SHOWN],
        rows=rows[:SHOWN],
        total=len(rows),
        cities=cities,
        role=role,
        city=city,
        roles=choices_of(PROFESSIONAL_ROLES),
        path=request.path,
        query=request.GET.urlencode(),
        chart=_weeks_chart(weeks, rows),
        table=[
            [
                week_label(week),
                hours_of(sum(row.cells[n].offered for row in rows)),
                hours_of(sum(row.cells[n].needed for row in rows)),
            ]
            for n, week in enumerate(weeks)
        ],
    )
    return answer(request, "capacity/book.html", "live", page)


def book_depth(request: HttpRequest, role: str, city: str, week: str) -> HttpResponse:
    """Show one city, role and week in depth."""
    actor = actor_of(request)
    try:
        week_on = monday_of(dt.date.fromisoformat(week))
    except ValueError:
        week_on = book_weeks()[0]
    found = depth(city=city, role=role if role in PROFESSIONAL_ROLES else "CRC", week_on=week_on)
    page = DepthPage(
        tabs=tabs(actor, "book"),
        topic=BOOK,
        city_name=city_names().get(city, city),
        depth=found,
        chart=_depth_chart(found),
        table=[[money(price), hours_of(minutes), offers] for price, minutes, offers in found.asks],
        settled_chart=_settled_chart(found),
        settled_table=[
            [week_label(w), money(price), hours_of(minutes)] for w, price, minutes in found.settled
        ],
        may_buy=may_buy(actor),
        path=request.path,
    )
    return answer(request, "capacity/depth.html", "live", page)


def _weeks_chart(weeks: list[dt.date], rows: list[BookRow]) -> dict[str, Any]:
    def line(name: str, key: str) -> dict[str, Any]:
        data = [round(sum(getattr(row.cells[n], key) for row in rows) / 60) for n in range(len(weeks))]
        return {"name": name, "type": "bar", "data": data}

    return {
        "legend": {},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [week_label(week) for week in weeks]},
        "yAxis": {"type": "value"},
        "series": [line(_("Offered"), "offered"), line(_("Needed"), "needed")],
    }


def _depth_chart(found: Depth) -> dict[str, Any]:
    """Return hours that can be had up to a price, as steps, and the hours wanted as a line across."""
    steps, total = [], 0
    for price, minutes, _offers in found.asks:
        total += minutes
        steps.append([price / 100, round(total / 60, 1)])
    lines = [{"name": _("Needed"), "yAxis": round(found.needed / 60, 1)}] if found.needed else []
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {},
        "xAxis": {"type": "value", "scale": True},
        "yAxis": {"type": "value"},
        "series": [
            {
                "name": _("Hours to be had up to this price"), "type": "line", "step": "end", "areaStyle": {}, "data": steps,
                "markLine": {"symbol": "none", "data": lines},
            }
        ],
    }  # fmt: skip


def _settled_chart(found: Depth) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [week_label(week) for week, _price, _minutes in found.settled]},
        "yAxis": {"type": "value", "scale": True},
        "series": [{"type": "line", "data": [price / 100 for _week, price, _minutes in found.settled]}],
    }
