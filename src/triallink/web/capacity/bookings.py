"""Bookings: the list, one booking with what can be done now, answers, cancelling, cover."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.capacity import selectors
from triallink.domains.capacity.access import booking_for, may_sell, plannable_professional
from triallink.domains.capacity.models import BOOKING_STATES, LIVE_STATES, ORIGINS, BookedDay, Booking
from triallink.domains.capacity.selectors.cover import Substitute, affected, substitutes, to_cover
from triallink.domains.capacity.services.bookings import (
    BUYER_ROLES,
    SELLER_ROLES,
    answer_booking,
    book_held,
    cancel_booking,
    fee_of,
)
from triallink.domains.capacity.services.cover import cover_booking, report_illness
from triallink.domains.contracts.models import CallOff
from triallink.domains.contracts.selectors import call_off_of
from triallink.domains.quality.models import Professional
from triallink.domains.quality.selectors import own_professionals
from triallink.engines.hours import Fee
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, Refusal
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import answer, render_page
from triallink.web.capacity.forms import LeaveForm, ReasonForm, done
from triallink.web.capacity.frame import WORDS, Tab, Words, actor_of, name_of, shown, tabs, told, worker_of
from triallink.web.capacity.orders import place_of
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.wording import word

BOOKINGS_FILE = ListSpec(
    name="hour-bookings",
    columns=(
        Column("reference", N_("Booking"), sort=("id",)),
        Column("role", N_("Role"), sort=("role",), value=lambda row: word(PROFESSIONAL_ROLES, row.role)),
        Column("place", N_("Place"), sort=("city",), value=lambda row: place_of(row)),
        Column("buyer", N_("Buyer"), sort=("buyer__name_en",), value=lambda row: name_of(row.buyer)),
        Column("seller", N_("Supplier"), sort=("seller__name_en",), value=lambda row: name_of(row.seller)),
        Column("window", N_("Window"), sort=("start_on",), value=lambda row: f"{row.start_on} – {row.end_on}"),
        Column("hours", N_("Hours"), sort=("minutes",), value=lambda row: row.minutes / 60, is_number=True),
        Column(
            "price",
            N_("Price per hour"),
            sort=("price_minor",),
            value=lambda row: Money(row.price_minor, row.currency),
            is_number=True,
        ),
        Column("state", N_("State"), sort=("state",), value=lambda row: word(BOOKING_STATES, row.state)),
    ),
    search=(
        "reference", "city", "city_zh", "buyer__name_en", "buyer__name_zh", "seller__name_en", "seller__name_zh",
        "site__name_en", "site__name_zh",
    ),
    facets=(
        Facet("state", N_("State"), "state", names=BOOKING_STATES),
        Facet("origin", N_("How it came about"), "origin", names=ORIGINS),
        Facet("role", N_("Role"), "role", names=PROFESSIONAL_ROLES),
    ),
    default_sort="-reference",
)  # fmt: skip

# The page has less room than the file.
BOOKINGS = replace(
    BOOKINGS_FILE,
    columns=(
        Column("reference", N_("Booking"), sort=("id",)),
        Column("place", N_("Place"), sort=("city",)),
        Column("partner", N_("With")),
        Column("window", N_("Window"), sort=("start_on",)),
        Column("hours", N_("Hours"), sort=("minutes",), is_number=True),
        Column("price", N_("Price per hour"), sort=("price_minor",), is_number=True),
        Column("state", N_("State"), sort=("state",)),
    ),
)


@dataclass(frozen=True)
class BookingListPage:
    """The organization's bookings."""

    tabs: list[Tab]
    listing: Listing
    to_cover: list[Booking]
    may_report: bool
    organization_id: int | None
    words: Words = WORDS


@dataclass(frozen=True)
class BookingPage:
    """One booking and what can be done now."""

    tabs: list[Tab]
    booking: Booking
    worker: str
    place: str
    days: list[BookedDay]
    minutes: int
    amount_minor: int
    reasons: list[str]
    fee: Fee | None
    is_buyer: bool
    may_book: bool
    may_answer: bool
    may_cancel: bool
    uncovered: int
    substitutes: list[tuple[Substitute, str]]
    reason_form: ReasonForm
    timeline: list[AuditLine]
    replaced_by: list[Booking]
    call_off: CallOff | None
    words: Words = WORDS


@dataclass(frozen=True)
class IllPage:
    """Somebody falls ill: who, which days, what falls through."""

    tabs: list[Tab]
    people: list[tuple[int, str]]
    professional: Professional | None
    name: str
    form: LeaveForm
    affected: list[Booking]
    is_looked_up: bool
    words: Words = WORDS


def booking_list(request: HttpRequest) -> HttpResponse:
    """Show the organization's bookings."""
    actor = actor_of(request)
    rows = selectors.orders.bookings(to=actor)
    if wants_export(request):
        return export(request, BOOKINGS_FILE, rows)
    page = BookingListPage(
        tabs=tabs(actor, "booking-list"),
        listing=BOOKINGS.read(request, rows),
        to_cover=list(to_cover(to=actor)[:10]),
        may_report=may_sell(actor),
        organization_id=actor.organization_id,
    )
    return answer(request, "capacity/bookings.html", "list", page)


def booking_detail(request: HttpRequest, booking_id: int) -> HttpResponse:
    """Show one booking."""
    return _show(request, booking_id, ReasonForm())


@require_POST
def booking_book(request: HttpRequest, booking_id: int) -> HttpResponse:
    """Book what is held."""
    try:
        booking = book_held(booking_id=booking_id, by=actor_of(request))
    except Refusal as refusal:
        return _refused(request, booking_id, refusal)
    said = _("Booked.") if booking.state == "confirmed" else _("The supplier is asked to confirm.")
    messages.success(request, said)
    return HttpResponseRedirect(reverse("capacity:booking", args=[booking_id]))


@require_POST
def booking_answer(request: HttpRequest, booking_id: int) -> HttpResponse:
    """Say yes or no."""
    is_accepted = request.POST.get("answer") == "yes"
    try:
        answer_booking(booking_id=booking_id, is_accepted=is_accepted, by=actor_of(request))
    except Refusal as refusal:
        return _refused(request, booking_id, refusal)
    messages.success(request, _("Accepted.") if is_accepted else _("Declined."))
    return HttpResponseRedirect(reverse("capacity:booking", args=[booking_id]))


@require_POST
def booking_cancel(request: HttpRequest, booking_id: int) -> HttpResponse:
    """Cancel at the agreed terms."""
    actor = actor_of(request)
    booking = booking_for(booking_id, to=actor)
    if booking.state == "held":
        cancel_booking(booking_id=booking_id, why="", by=actor)
        messages.success(request, _("The hours are free again."))
        return HttpResponseRedirect(reverse("capacity:find"))
    form = ReasonForm(request.POST)
    if form.is_valid() and done(
        form, lambda: cancel_booking(booking_id=booking_id, why=form.cleaned_data["why"], by=actor)
    ):
        messages.success(request, _("The booking is cancelled."))
        return HttpResponseRedirect(reverse("capacity:booking", args=[booking_id]))
    return _show(request, booking_id, form, status=422)


@require_POST
def booking_cover(request: HttpRequest, booking_id: int, professional_id: int) -> HttpResponse:
    """Book a substitute with one click."""
    try:
        new = cover_booking(booking_id=booking_id, professional_id=professional_id, by=actor_of(request))
    except Refusal as refusal:
        return _refused(request, booking_id, refusal)
    said = (
        _("The substitute is booked.") if new.state == "confirmed" else _("The supplier is asked to confirm.")
    )
    messages.success(request, said)
    return HttpResponseRedirect(reverse("capacity:booking", args=[new.pk]))


def ill(request: HttpRequest) -> HttpResponse:
    """Ask who fell ill, show what falls through, and record it."""
    actor = actor_of(request)
    actor.require(*SELLER_ROLES)
    today = timezone.localdate()
    asked = request.POST if request.method == "POST" else request.GET
    professional = _professional(asked.get("professional", ""), actor)
    initial = {"kind": "ill", "start_on": today, "end_on": today}
    is_sent = "start_on" in asked
    form = LeaveForm({**asked.dict(), "kind": "ill"} if is_sent else None, initial=initial)
    found: list[Booking] = []
    if is_sent and form.is_valid() and professional is not None:
        window = {"start_on": form.cleaned_data["start_on"], "end_on": form.cleaned_data["end_on"]}
        found = affected(professional_id=professional.pk, to=actor, **window)
        if request.method == "POST" and done(
            form,
            lambda: report_illness(
                professional_id=professional.pk, note=form.cleaned_data["note"], by=actor, **window
            ),
        ):
            messages.success(request, _("The leave is recorded; find substitutes below."))
            return HttpResponseRedirect(reverse("capacity:cover"))
    page = IllPage(
        tabs=tabs(actor, "booking-list"),
        people=[(one.pk, name_of(one)) for one in own_professionals(to=actor)],
        professional=professional,
        name=name_of(professional) if professional else "",
        form=form,
        affected=found,
        is_looked_up=is_sent and professional is not None and form.is_valid(),
    )
    return render_page(request, "capacity/ill.html", page, status=422 if form.errors else 200)


@dataclass(frozen=True)
class CoverPage:
    """Everything that needs a substitute, with the best for each."""

    tabs: list[Tab]
    cases: list[tuple[Booking, str, int, list[tuple[Substitute, str]]]]
    words: Words = WORDS


def cover(request: HttpRequest) -> HttpResponse:
    """Show everything that needs a substitute."""
    actor = actor_of(request)
    cases = []
    for booking in to_cover(to=actor).select_related("need", "offer")[:10]:
        found = [(one, shown(one.professional, actor)) for one in substitutes(booking, to=actor)[:5]]
        cases.append((booking, place_of(booking), len(selectors.cover.uncovered(booking)), found))
    return render_page(request, "capacity/cover.html", CoverPage(tabs(actor, "booking-list"), cases))


def _professional(asked: str, actor: Actor) -> Professional | None:
    if not asked.isdecimal() or len(asked) > 15:
        return None
    return plannable_professional(int(asked), by=actor)


def _refused(request: HttpRequest, booking_id: int, refusal: Refusal) -> HttpResponse:
    if refusal.status in (403, 404):
        raise refusal
    messages.error(request, sentence_of(refusal))
    return HttpResponseRedirect(reverse("capacity:booking", args=[booking_id]))


def _show(request: HttpRequest, booking_id: int, form: ReasonForm, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    booking = booking_for(booking_id, to=actor)
    is_buyer = booking.buyer_id == actor.organization_id
    may_act = actor.has(*(BUYER_ROLES if is_buyer else SELLER_ROLES))
    days = list(booking.days.select_related("professional").order_by("day"))
    minutes = sum(day.minutes for day in days)
    agreed = booking.buyer_agreed_at if is_buyer else booking.seller_agreed_at
    is_open = sum(day.professional_id is None for day in days)
    found = substitutes(booking, to=actor) if is_open and may_act else []
    page = BookingPage(
        tabs=tabs(actor, "booking-list"),
        booking=booking,
        worker=worker_of(booking, actor),
        place=place_of(booking),
        days=days,
        minutes=minutes,
        amount_minor=minutes * booking.price_minor // 60,
        reasons=told(booking.reasons),
        fee=fee_of(booking, timezone.localdate()) if booking.state == "confirmed" else None,
        is_buyer=is_buyer,
        may_book=is_buyer and may_act and booking.state == "held",
        may_answer=may_act and booking.state in ("asked", "proposed") and agreed is None,
        may_cancel=may_act
        and booking.state in LIVE_STATES
        and booking.state not in ("held", "proposed")
        and (is_buyer or booking.state == "confirmed"),
        uncovered=is_open,
        substitutes=[(one, shown(one.professional, actor)) for one in found],
        reason_form=form,
        timeline=timeline("hour_booking", booking.pk),
        replaced_by=list(booking.replaced_by.select_related("professional").order_by("pk")),
        call_off=call_off_of(booking.pk, to=actor),
    )
    return render_page(request, "capacity/booking.html", page, status=status)
