"""An organization's money at a glance."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from triallink.domains.ledger import selectors
from triallink.domains.ledger.access import sees_money
from triallink.domains.ledger.models import ORDER_STATES, PaymentOrder
from triallink.domains.ledger.selectors import EscrowState, MonthFlow, Purse
from triallink.domains.ledger.services.orders import ORDER_ROLES
from triallink.kernel.refusals import NotAllowed
from triallink.web.answers import render_page
from triallink.web.jinja import money
from triallink.web.ledger.frame import Tab, actor_of, tabs
from triallink.web.ledger.orders import ORDER_TONES

MONTHS = 12
SHOWN = 8


@dataclass(frozen=True)
class PurseView:
    """One currency: what there is, and its last year as a chart with its table."""

    purse: Purse
    chart: dict[str, Any] | None
    rows: list[list[str]]


@dataclass(frozen=True)
class OverviewPage:
    """What an organization has, what is set aside, what moved lately."""

    tabs: list[Tab]
    purses: list[PurseView]
    escrows: list[EscrowState]
    escrow_count: int
    orders: list[PaymentOrder]
    states: dict[str, str]
    tones: dict[str, str]
    may_move: bool


def overview(request: HttpRequest) -> HttpResponse:
    """Show the money of the organization acted for."""
    actor = actor_of(request)
    if not sees_money(actor):
        raise NotAllowed
    since = (timezone.localdate().replace(day=1) - dt.timedelta(days=31 * (MONTHS - 1))).replace(day=1)
    escrows = selectors.escrows(to=actor)
    page = OverviewPage(
        tabs=tabs(request, "overview"),
        purses=[_view(purse, since) for purse in selectors.purses(to=actor)],
        escrows=selectors.escrow_states(list(escrows[:SHOWN])),
        escrow_count=escrows.count(),
        orders=list(selectors.orders(to=actor)[:SHOWN]),
        states=ORDER_STATES,
        tones=ORDER_TONES,
        may_move=actor.has(*ORDER_ROLES),
    )
    return render_page(request, "ledger/overview.html", page)


def _view(purse: Purse, since: dt.date) -> PurseView:
    flow = (
        selectors.monthly_flow(purse.account_id, purse.currency, since=since)
        if purse.account_id is not None
        else []
    )
    rows = [[f"{one.month:%Y-%m}", money(one.into), money(one.out)] for one in flow]
    return PurseView(purse, _chart(flow, purse.currency) if flow else None, rows)


def _chart(flow: list[MonthFlow], currency: str) -> dict[str, Any]:
    """Return bars of what came in and went out by month."""
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "grid": {"left": 8, "right": 16, "top": 64, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [f"{one.month:%Y-%m}" for one in flow]},
        "yAxis": {"type": "value", "name": currency},
        "series": [
            {"type": "bar", "name": _("In"), "data": [float(one.into.amount) for one in flow]},
            {"type": "bar", "name": _("Out"), "data": [float(one.out.amount) for one in flow]},
        ],
    }
