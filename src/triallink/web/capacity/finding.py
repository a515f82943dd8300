"""Search by map and calendar, and hold what was found."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.capacity.access import offer_for, own_need, require_buyer
from triallink.domains.capacity.models import Booking, Need
from triallink.domains.capacity.selectors.finding import Found, Wanted, find_hours
from triallink.domains.capacity.services.bookings import BookingTerms, hold_hours
from triallink.domains.capacity.services.orders import Place, place_of
from triallink.engines.hours import monday_of, mondays
from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money
from triallink.kernel.refusals import Refusal
from triallink.web.answers import answer
from triallink.web.capacity.forms import FindForm
from triallink.web.capacity.frame import WORDS, Tab, Words, actor_of, name_of, named, shown, tabs, week_label

SHOWN = 40


@dataclass(frozen=True)
class FoundRow:
    """One find as the page shows it."""

    found: Found
    who: str
    seller: str
    city: str
    weeks: list[tuple[str, int, float]]  # label, free hours, share of what is wanted (at most 1)


@dataclass(frozen=True)
class FindPage:
    """The search with what it found."""

    tabs: list[Tab]
    form: FindForm
    rows: list[FoundRow]
    total: int
    points: list[dict[str, object]]
    is_map: bool
    list_url: str
    map_url: str
    need: Need | None
    sentence: str
    words: Words = WORDS


def find(request: HttpRequest) -> HttpResponse:
    """Show what can be booked at once."""
    actor = actor_of(request)
    require_buyer(actor)
    need = _need(request, actor)
    first = monday_of(timezone.localdate()) + dt.timedelta(weeks=1)
    usual: dict[str, object] = {
        "role": "CRC", "hours_per_week": 8, "start_on": first, "end_on": first + dt.timedelta(days=25), "level": "junior",
    }  # fmt: skip
    if need is not None:
        usual = {
            "role": need.role, "hours_per_week": min(60, need.block_hours or need.hours_per_week), "level": need.level,
            "start_on": max(need.start_on, timezone.localdate()), "end_on": need.end_on, "city": need.city,
            "site_id": need.site_id,
        }  # fmt: skip
    form = FindForm({**usual, **{key: value for key, value in request.GET.items() if value}})
    found: list[Found] = []
    sentence = ""
    if form.is_valid():
        try:
            found = find_hours(_wanted(form, need), to=actor)
        except Refusal as refusal:
            sentence = sentence_of(refusal)
    asked = request.GET.copy()
    asked.pop("view", None)
    query = asked.urlencode()
    page = FindPage(
        tabs=tabs(actor, "find"),
        form=form,
        rows=[_row(one, form.cleaned_data, actor) for one in found[:SHOWN]],
        total=len(found),
        points=_points(found),
        is_map=request.GET.get("view") == "map",
        list_url=f"{request.path}?{query}",
        map_url=f"{request.path}?{query}&view=map",
        need=need,
        sentence=sentence,
    )
    return answer(request, "capacity/find.html", "found", page)


@require_POST
def hold(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Hold what was found for ten minutes."""
    actor = actor_of(request)
    require_buyer(actor)
    offer_for(offer_id, to=actor)
    form = FindForm(request.POST)
    back = f"{reverse('capacity:find')}?{request.POST.get('query', '')[:2000]}"
    if not form.is_valid():
        messages.error(request, _("Please give role, hours and window again."))
        return HttpResponseRedirect(back)
    values = form.cleaned_data
    need_id = request.POST.get("need_id", "")
    try:
        booking: Booking = hold_hours(
            terms=BookingTerms(
                offer_id=offer_id,
                hours_per_week=values["hours_per_week"],
                start_on=values["start_on"],
                end_on=values["end_on"],
                need_id=int(need_id) if need_id.isdecimal() and len(need_id) < 16 else None,
                site_id=values["site_id"],
                city=values["city"],
            ),
            by=actor,
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(request, sentence_of(refusal))
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(reverse("capacity:booking", args=[booking.pk]))


def _need(request: HttpRequest, actor: Actor) -> Need | None:
    asked = request.GET.get("need", "")
    return own_need(int(asked), to=actor) if asked.isdecimal() and len(asked) < 16 else None


def _wanted(form: FindForm, need: Need | None) -> Wanted:
    values = form.cleaned_data
    return Wanted(
        role=values["role"],
        hours_per_week=values["hours_per_week"],
        start_on=values["start_on"],
        end_on=max(values["start_on"], values["end_on"]),
        place=place_of(site_id=values["site_id"], city=values["city"])
        if values["site_id"] or values["city"]
        else Place(""),
        level=values["level"] or "junior",
        most_minor=None if values["most"] is None else Money.of(values["most"], "CNY").minor,
        most_minutes=values["minutes"],
        need=need,
    )


def _row(one: Found, values: dict[str, object], actor: Actor) -> FoundRow:
    weeks = mondays(values["start_on"], values["end_on"])  # type: ignore[arg-type]
    wanted = int(values["hours_per_week"]) * 60  # type: ignore[call-overload]
    return FoundRow(
        found=one,
        who=shown(one.professional, actor),
        seller=name_of(one.offer.organization),
        city=named(one.professional.city, one.professional.city_zh),
        weeks=[
            (week_label(week), minutes // 60, min(1.0, minutes / max(wanted, 1) / 4))
            for week, minutes in zip(weeks, one.free, strict=False)
        ],
    )


def _points(found: list[Found]) -> list[dict[str, object]]:
    """Return one point per city where somebody found lives, its size the number of offers."""
    at: dict[str, dict[str, object]] = {}
    for one in found:
        person = one.professional
        if person.latitude is None or person.longitude is None:
            continue
        point = at.setdefault(
            person.city,
            {
                "name": named(person.city, person.city_zh),
                "lat": person.latitude,
                "lon": person.longitude,
                "value": 0,
                "url": "",
            },
        )
        point["value"] = int(str(point["value"])) + 1
    return list(at.values())
