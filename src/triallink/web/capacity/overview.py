"""The first page of hours: how full one's people are, what waits, and where to begin."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from triallink.domains.capacity.access import may_buy, may_sell
from triallink.domains.capacity.models import Booking
from triallink.domains.capacity.selectors.calendars import Utilization, live_holds, utilization
from triallink.domains.capacity.selectors.orders import waiting_for
from triallink.web.answers import render_page
from triallink.web.capacity.frame import WORDS, Tab, Words, actor_of, hours_of, tabs, week_label

SHOWN = 8


@dataclass(frozen=True)
class OverviewPage:
    """What somebody sees first."""

    tabs: list[Tab]
    may_sell: bool
    may_buy: bool
    use: Utilization | None
    chart: dict[str, Any]
    table: list[list[object]]
    waiting: list[Booking]
    holds: list[Booking]
    organization_id: int | None
    words: Words = WORDS


def overview(request: HttpRequest) -> HttpResponse:
    """Show the first page."""
    actor = actor_of(request)
    use = utilization(to=actor) if may_sell(actor) else None
    page = OverviewPage(
        tabs=tabs(actor, "overview"),
        may_sell=may_sell(actor),
        may_buy=may_buy(actor),
        use=use,
        chart=_chart(use) if use else {},
        table=_table(use) if use else [],
        waiting=list(waiting_for(of=actor)[:SHOWN]) if actor.organization_id else [],
        holds=live_holds(of=actor) if actor.organization_id else [],
        organization_id=actor.organization_id,
    )
    return render_page(request, "capacity/overview.html", page)


def _chart(use: Utilization) -> dict[str, Any]:
    def bars(name: str, minutes: list[int]) -> dict[str, Any]:
        return {"name": name, "type": "bar", "stack": "hours", "data": [one // 60 for one in minutes]}

    return {
        "legend": {},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [week_label(week) for week in use.weeks]},
        "yAxis": {"type": "value"},
        "series": [
            bars(_("Committed"), use.committed),
            bars(_("Booked hours"), use.booked),
            bars(_("Expected idle"), use.idle),
            bars(_("Expected to be booked"), [f - i for f, i in zip(use.free, use.idle, strict=True)]),
        ],
    }


def _table(use: Utilization) -> list[list[object]]:
    return [
        [
            week_label(week),
            hours_of(there),
            hours_of(committed),
            hours_of(booked),
            hours_of(free),
            hours_of(idle),
        ]
        for week, there, committed, booked, free, idle in zip(
            use.weeks, use.workable, use.committed, use.booked, use.free, use.idle, strict=True
        )
    ]
