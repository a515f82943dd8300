"""One person's day and calendar, and the organization's workload."""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from triallink.domains.delivery import services
from triallink.domains.delivery.models import VISIT_KINDS, CalendarFeed
from triallink.domains.delivery.selectors import work
from triallink.domains.delivery.selectors.plan import my_items
from triallink.domains.delivery.services.reports import owner_of_feed
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.workdays import is_working_day
from triallink.web.answers import render_page
from triallink.web.delivery.frame import place_of, state_of, today
from triallink.web.delivery.icalendar import Entry, calendar_text
from triallink.web.doors import open_to_strangers
from triallink.web.studies.frame import actor_of

AHEAD_DAYS, WEEKS = 14, 8
FULL_WEEK_HOURS = 40


@dataclass(frozen=True)
class Dated:
    """Something of a person's on a day."""

    on: dt.date
    words: str
    study: str
    place: str
    url: str
    kind: str
    is_late: bool


@dataclass(frozen=True)
class MyDayPage:
    """What somebody has to do."""

    today: dt.date
    groups: list[tuple[str, list[tuple[Any, ...]]]]
    tasks: list[tuple[Any, str, str, str]]
    visits: list[Any]
    actions: list[Any]
    records: list[Any]
    visit_words: dict[str, str]


@dataclass(frozen=True)
class CalendarPage:
    """A month of somebody's."""

    month: dt.date
    before: str
    after: str
    heads: list[dt.date]
    weeks: list[list[tuple[dt.date, bool, bool, bool, list[Dated]]]]
    feed: str
    has_feed: bool


@dataclass(frozen=True)
class WorkloadPage:
    """Planned hours of colleagues by week."""

    weeks: list[dt.date]
    rows: list[tuple[Any, list[tuple[float, str]], float]]
    full: int


def my_day(request: HttpRequest) -> HttpResponse:
    """Show what somebody has to do, the most urgent first."""
    actor = actor_of(request)
    day = today()
    tasks = [
        (item, place_of(item), *state_of(item))
        for item in my_items(to=actor, until=day + dt.timedelta(days=AHEAD_DAYS))[:60]
    ]
    page = MyDayPage(
        today=day,
        groups=[],
        tasks=tasks,
        visits=list(work.my_visits(to=actor, since=day)[:30]),
        actions=list(work.my_actions(to=actor)[:40]),
        records=list(work.my_records(to=actor)[:40]),
        visit_words={code: _(word) for code, word in VISIT_KINDS.items()},
    )
    return render_page(request, "delivery/my_day.html", page)


def month(request: HttpRequest, feed: str = "") -> HttpResponse:
    """Show one month of somebody's calendar."""
    actor = actor_of(request)
    first = _month_asked(request)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    by_day: dict[dt.date, list[Dated]] = {}
    for one in dated(actor):
        by_day.setdefault(one.on, []).append(one)
    page = CalendarPage(
        month=first,
        before=(first - dt.timedelta(days=1)).strftime("%Y-%m"),
        after=(first + dt.timedelta(days=32)).strftime("%Y-%m"),
        heads=weeks[0],
        weeks=[
            [
                (
                    day,
                    day.month != first.month,
                    not is_working_day(day, "CN"),
                    day == today(),
                    by_day.get(day, []),
                )
                for day in days
            ]
            for days in weeks
        ],
        feed=feed,
        has_feed=CalendarFeed.objects.filter(person_id=actor.person_id or 0, revoked_at=None).exists(),
    )
    return render_page(request, "delivery/calendar.html", page)


@require_POST
def make_feed(request: HttpRequest) -> HttpResponse:
    """Make a new secret address and show it once."""
    token = services.make_calendar_feed(by=actor_of(request))
    return month(request, request.build_absolute_uri(reverse("delivery:feed", args=[token])))


@open_to_strangers
@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give somebody's dates to a calendar program that knows the secret."""
    actor = owner_of_feed(token)
    if actor is None:
        raise Http404
    base = request.build_absolute_uri("/").rstrip("/")
    entries = [
        Entry(
            f"{one.kind}-{one.url.strip('/').replace('/', '-')}",
            one.on,
            f"{one.study} {one.words}",
            base + one.url,
        )
        for one in dated(actor)
    ]
    return HttpResponse(
        calendar_text(entries),
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": 'inline; filename="trial-link.ics"',
            "Cache-Control": "private, no-store",
        },
    )


def dated(actor: Actor) -> list[Dated]:
    """Return everything of a person's that has a day: tasks by their end, visits, actions, records."""
    day = today()
    found = [
        Dated(
            item.forecast_finish_on, str(bilingual(item.name)), item.plan.study.code, place_of(item),
            reverse("delivery:item", args=[item.pk]), "task", item.late_days > 0,
        )
        for item in my_items(to=actor, until=day + dt.timedelta(days=120))[:300]
        if item.forecast_finish_on
    ]  # fmt: skip
    found += [
        Dated(
            visit.planned_on, _(VISIT_KINDS[visit.kind]), visit.study.code, visit.site.number,
            reverse("delivery:visit", args=[visit.pk]), "visit", False,
        )
        for visit in work.my_visits(to=actor, since=day - dt.timedelta(days=60))
    ]  # fmt: skip
    found += [
        Dated(
            action.due_on, action.text, action.study.code, "",
            _action_url(action), "action", action.due_on < day,
        )
        for action in work.my_actions(to=actor)
    ]  # fmt: skip
    found += [
        Dated(
            row.due_on, row.title, row.study.code, row.reference,
            reverse("delivery:record", args=[row.pk]), "record", row.due_on < day,
        )
        for row in work.my_records(to=actor)
        if row.due_on
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.on, one.study, one.words))


def workload(request: HttpRequest) -> HttpResponse:
    """Show the planned hours of colleagues by week."""
    actor = actor_of(request)
    monday = today() - dt.timedelta(days=today().weekday())
    rows = [
        (load.person, [(hours, _tone(hours)) for hours in load.hours], sum(load.hours))
        for load in work.workload(to=actor, first=monday, weeks=WEEKS)
    ]
    weeks = [monday + dt.timedelta(weeks=number) for number in range(WEEKS)]
    return render_page(request, "delivery/workload.html", WorkloadPage(weeks, rows, FULL_WEEK_HOURS))


def _tone(hours: float) -> str:
    if hours > FULL_WEEK_HOURS:
        return "bad"
    return "warn" if hours > 0.85 * FULL_WEEK_HOURS else "good" if hours else "calm"


def _action_url(action: Any) -> str:
    if action.visit_id:
        return reverse("delivery:visit", args=[action.visit_id])
    return (
        reverse("delivery:record", args=[action.record_id])
        if action.record_id
        else reverse("delivery:my-day")
    )


def _month_asked(request: HttpRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today().replace(day=1)
