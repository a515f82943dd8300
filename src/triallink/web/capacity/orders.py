"""One's own offers and needs."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.capacity import selectors
from triallink.domains.capacity.access import own_limit, own_need, own_offer, require_buyer, require_seller
from triallink.domains.capacity.models import ORDER_STATES, Booking, Need, Offer
from triallink.domains.capacity.selectors.counsel import counsel_for_need, counsel_for_offer
from triallink.domains.capacity.services.orders import (
    publish_need,
    publish_offer,
    withdraw_need,
    withdraw_offer,
)
from triallink.engines.hours import monday_of
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import answer, render_page
from triallink.web.capacity.forms import NeedForm, OfferForm, done
from triallink.web.capacity.frame import (
    WORDS,
    Tab,
    Words,
    actor_of,
    city_names,
    hours_of,
    name_of,
    named,
    tabs,
    told,
    week_label,
)
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.wording import word

ROLE = Column("role", N_("Role"), sort=("role",), value=lambda row: word(PROFESSIONAL_ROLES, row.role))
WINDOW = Column(
    "window", N_("Window"), sort=("start_on",), value=lambda row: f"{row.start_on} – {row.end_on}"
)
HOURS = Column(
    "hours",
    N_("Hours a week"),
    sort=("hours_per_week",),
    value=lambda row: row.hours_per_week,
    is_number=True,
)
STATE = Column("state", N_("State"), sort=("state",), value=lambda row: word(ORDER_STATES, row.state))
NUMBER = Column("number", N_("Number"), sort=("id",), value=lambda row: row.pk)

OFFERS = ListSpec(
    name="hour-offers",
    columns=(
        NUMBER,
        Column(
            "who",
            N_("Whose hours"),
            sort=("professional__name",),
            value=lambda row: name_of(row.professional) if row.professional else _("Pool"),
        ),
        ROLE,
        Column("cities", N_("Cities"), value=lambda row: row.cities),
        WINDOW,
        HOURS,
        Column(
            "sold",
            N_("Sold"),
            sort=("taken",),
            value=lambda row: round((row.taken or 0) / row.offered, 3) if row.offered else 0,
            is_number=True,
        ),
        Column(
            "price",
            N_("Public price"),
            sort=("instant_price_minor",),
            value=lambda row: (
                None if row.instant_price_minor is None else Money(row.instant_price_minor, row.currency)
            ),
            is_number=True,
        ),
        STATE,
    ),
    search=("professional__name", "professional__name_zh", "role", "conditions"),
    facets=(
        Facet("role", N_("Role"), "role", names=PROFESSIONAL_ROLES),
        Facet("state", N_("State"), "state", names=ORDER_STATES),
        Facet("city", N_("City"), "cities", names=city_names, is_array=True),
    ),
    default_sort="-number",
)
NEEDS = ListSpec(
    name="hour-needs",
    columns=(
        NUMBER,
        ROLE,
        Column("place", N_("Place"), sort=("city",), value=lambda row: place_of(row)),
        WINDOW,
        HOURS,
        Column(
            "covered",
            N_("Covered"),
            sort=("covered",),
            value=lambda row: round((row.covered or 0) / row.needed, 3) if row.needed else 0,
            is_number=True,
        ),
        STATE,
    ),
    search=("city", "city_zh", "site__name_en", "site__name_zh", "about"),
    facets=(
        Facet("role", N_("Role"), "role", names=PROFESSIONAL_ROLES),
        Facet("state", N_("State"), "state", names=ORDER_STATES),
    ),
    default_sort="-number",
)


@dataclass(frozen=True)
class OrderListPage:
    """A list of own orders."""

    tabs: list[Tab]
    listing: Listing
    words: Words = WORDS


@dataclass(frozen=True)
class OrderFormPage:
    """A new order."""

    tabs: list[Tab]
    form: forms.Form


@dataclass(frozen=True)
class OrderPage:
    """One own order: its weeks, what was booked, and what would match the rest."""

    tabs: list[Tab]
    order: Any
    title: str
    limit_minor: int | None
    chart: dict[str, Any]
    table: list[list[object]]
    bookings: list[Booking]
    counsel: list[str]
    of_the_clearing: list[str]
    timeline: list[AuditLine]
    words: Words = WORDS


def place_of(row: Need | Booking) -> str:
    """Return where the work is: the site with its city, or the city."""
    city = named(row.city, row.city_zh)
    return f"{name_of(row.site)} · {city}" if row.site else city


def offer_list(request: HttpRequest) -> HttpResponse:
    """Show one's offers."""
    actor = actor_of(request)
    require_seller(actor)
    rows = selectors.orders.own_offers(to=actor)
    if wants_export(request):
        return export(request, OFFERS, rows)
    page = OrderListPage(tabs(actor, "offer-list"), OFFERS.read(request, rows, shape=_with_cities))
    return answer(request, "capacity/offers.html", "list", page)


def _with_cities(rows: list[Offer]) -> list[Offer]:
    """Return the offers with their cities as the reader calls them."""
    names = city_names({city for row in rows for city in row.cities})
    for row in rows:
        row.cities = [names.get(city, city) for city in row.cities]
    return rows


def offer_new(request: HttpRequest) -> HttpResponse:
    """Offer hours."""
    actor = actor_of(request)
    require_seller(actor)
    form = OfferForm(request.POST or None, actor=actor, initial=_window(request))
    made: list[Offer] = []
    if form.is_valid() and done(form, lambda: made.append(publish_offer(terms=form.terms(), by=actor))):
        messages.success(request, _("Your hours are on the order book."))
        return HttpResponseRedirect(reverse("capacity:offer", args=[made[0].pk]))
    page = OrderFormPage(tabs(actor, "offer-list"), form)
    return render_page(request, "capacity/offer_new.html", page, status=422 if form.is_bound else 200)


def offer_detail(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Show one's own offer."""
    actor = actor_of(request)
    offer = own_offer(offer_id, to=actor)
    weeks = list(offer.weeks.order_by("week_on"))
    who = name_of(offer.professional) if offer.professional else _("Pool")
    page = OrderPage(
        tabs=tabs(actor, "offer-list"),
        order=offer,
        title=f"{who} · {word(PROFESSIONAL_ROLES, offer.role)}",
        limit_minor=own_limit(offer, to=actor),
        chart=_weeks_chart(
            [week.week_on for week in weeks],
            (_("Sold"), [week.taken_minutes for week in weeks]),
            (_("Open"), [week.offered_minutes - week.taken_minutes for week in weeks]),
        ),
        table=[
            [week_label(w.week_on), hours_of(w.offered_minutes), hours_of(w.taken_minutes)] for w in weeks
        ],
        bookings=list(selectors.orders.bookings(to=actor).filter(offer=offer).order_by("-pk")[:20]),
        counsel=told(counsel_for_offer(offer, to=actor)) if offer.state == "open" else [],
        of_the_clearing=told(offer.why_unmatched),
        timeline=timeline("hour_offer", offer.pk),
    )
    return render_page(request, "capacity/offer.html", page)


@require_POST
def offer_withdraw(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Take an offer off the book."""
    withdraw_offer(offer_id=offer_id, by=actor_of(request))
    messages.success(request, _("The offer is off the order book."))
    return HttpResponseRedirect(reverse("capacity:offer-list"))


def need_list(request: HttpRequest) -> HttpResponse:
    """Show one's needs."""
    actor = actor_of(request)
    require_buyer(actor)
    rows = selectors.orders.own_needs(to=actor)
    if wants_export(request):
        return export(request, NEEDS, rows)
    page = OrderListPage(tabs(actor, "need-list"), NEEDS.read(request, rows))
    return answer(request, "capacity/needs.html", "list", page)


def need_new(request: HttpRequest) -> HttpResponse:
    """Ask for hours."""
    actor = actor_of(request)
    require_buyer(actor)
    form = NeedForm(request.POST or None, actor=actor, initial=_window(request))
    made: list[Need] = []
    if form.is_valid() and done(form, lambda: made.append(publish_need(terms=form.terms(), by=actor))):
        messages.success(request, _("Your need is on the order book."))
        return HttpResponseRedirect(reverse("capacity:need", args=[made[0].pk]))
    page = OrderFormPage(tabs(actor, "need-list"), form)
    return render_page(request, "capacity/need_new.html", page, status=422 if form.is_bound else 200)


def need_detail(request: HttpRequest, need_id: int) -> HttpResponse:
    """Show one's own need."""
    actor = actor_of(request)
    need = own_need(need_id, to=actor)
    weeks = list(need.weeks.order_by("week_on"))
    page = OrderPage(
        tabs=tabs(actor, "need-list"),
        order=need,
        title=f"{word(PROFESSIONAL_ROLES, need.role)} · {place_of(need)}",
        limit_minor=own_limit(need, to=actor),
        chart=_weeks_chart(
            [week.week_on for week in weeks],
            (_("Covered"), [week.covered_minutes for week in weeks]),
            (_("Open"), [week.needed_minutes - week.covered_minutes for week in weeks]),
        ),
        table=[
            [week_label(w.week_on), hours_of(w.needed_minutes), hours_of(w.covered_minutes)] for w in weeks
        ],
        bookings=list(selectors.orders.bookings(to=actor).filter(need=need).order_by("-pk")[:20]),
        counsel=told(counsel_for_need(need, to=actor)) if need.state == "open" else [],
        of_the_clearing=told(need.why_unmatched),
        timeline=timeline("hour_need", need.pk),
    )
    return render_page(request, "capacity/need.html", page)


@require_POST
def need_withdraw(request: HttpRequest, need_id: int) -> HttpResponse:
    """Take a need off the book."""
    withdraw_need(need_id=need_id, by=actor_of(request))
    messages.success(request, _("The need is off the order book."))
    return HttpResponseRedirect(reverse("capacity:need-list"))


def _window(request: HttpRequest) -> dict[str, object]:
    """Return what a link filled in, and the four weeks from next Monday."""
    first = monday_of(timezone.localdate()) + dt.timedelta(weeks=1)
    asked = {key: value for key, value in request.GET.items() if value}
    return {"start_on": first, "end_on": first + dt.timedelta(weeks=4, days=-3), **asked}


def _weeks_chart(
    weeks: list[dt.date], done_part: tuple[str, list[int]], open_part: tuple[str, list[int]]
) -> dict[str, Any]:
    return {
        "legend": {},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [week_label(week) for week in weeks]},
        "yAxis": {"type": "value"},
        "series": [
            {"name": name, "type": "bar", "stack": "hours", "data": [one / 60 for one in minutes]}
            for name, minutes in (done_part, open_part)
        ],
    }
