"""Staff calendars: everybody by week with bulk editing, one person by day."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.capacity.access import plannable, plannable_professional, require_seller
from triallink.domains.capacity.selectors.calendars import (
    PersonCalendar,
    StaffGrid,
    person_calendar,
    staff_grid,
)
from triallink.domains.capacity.services.calendars import (
    DayHours,
    open_calendars,
    post_commitment,
    record_leave,
    set_hours,
    withdraw_commitment,
    withdraw_leave,
)
from triallink.domains.capacity.work_calendar import WorkCalendar
from triallink.engines.hours import monday_of
from triallink.foundation.sentences import sentence_of
from triallink.kernel.refusals import Refusal
from triallink.web.answers import render_page
from triallink.web.capacity.forms import BulkForm, CommitmentForm, LeaveForm, done
from triallink.web.capacity.frame import WORDS, Tab, Words, actor_of, name_of, tabs

WEEKS_SHOWN = 8
DAYS_SHOWN = 4  # weeks
LONGEST_SPAN = dt.timedelta(days=200)


@dataclass(frozen=True)
class GridPage:
    """Everybody by week."""

    tabs: list[Tab]
    grid: StaffGrid
    form: BulkForm
    chosen: set[int]
    before: str
    after: str
    this_week: dt.date
    organization_id: int
    words: Words = WORDS


@dataclass(frozen=True)
class PersonPage:
    """One person by day."""

    tabs: list[Tab]
    name: str
    calendar: PersonCalendar
    leave_form: LeaveForm
    commitment_form: CommitmentForm
    today: dt.date
    first: dt.date
    before: str
    after: str
    refusal: str
    typed: dict[str, str]
    words: Words = WORDS


def calendar(request: HttpRequest) -> HttpResponse:
    """Show everybody's weeks."""
    first = monday_of(timezone.localdate())
    form = BulkForm(
        initial={
            "start_on": first + dt.timedelta(weeks=1),
            "end_on": first + dt.timedelta(days=11),
            "hours": 8,
        }
    )
    return _grid(request, form, set())


@require_POST
def calendar_open(request: HttpRequest) -> HttpResponse:
    """Open everybody's calendar."""
    made = open_calendars(by=actor_of(request))
    messages.success(request, _("%(count)s days are open.") % {"count": made})
    return HttpResponseRedirect(reverse("capacity:calendar"))


@require_POST
def calendar_bulk(request: HttpRequest) -> HttpResponse:
    """Change the hours of many people at once."""
    actor = actor_of(request)
    require_seller(actor)
    form = BulkForm(request.POST)
    chosen = {int(one) for one in request.POST.getlist("professional") if one.isdecimal() and len(one) < 16}
    if form.is_valid():
        values = form.cleaned_data
        if not chosen:
            form.add_error(None, _("Tick the people whose hours change."))
        elif not dt.timedelta(0) <= values["end_on"] - values["start_on"] <= LONGEST_SPAN:
            form.add_error(
                "end_on", _("Give a window of at most %(days)s days.") % {"days": LONGEST_SPAN.days}
            )
        else:
            worked = WorkCalendar(values["start_on"], values["end_on"])
            minutes = int(values["hours"] * 60)
            hours = [
                DayHours(one, day, minutes)
                for one in sorted(chosen)
                for day in _days(values["start_on"], values["end_on"])
                if worked.is_worked(day)
            ]
            if done(form, lambda: set_hours(hours=hours, by=actor)):
                messages.success(request, _("The calendars are changed."))
                return HttpResponseRedirect(
                    f"{reverse('capacity:calendar')}?from={monday_of(values['start_on'])}"
                )
    return _grid(request, form, chosen, status=422)


def person(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Show one person's days."""
    return _person(request, professional_id)


@require_POST
def person_days(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Set the hours of the days on the page."""
    actor = actor_of(request)
    plannable_professional(professional_id, by=actor)
    typed = {key[4:]: request.POST[key].strip() for key in request.POST if key.startswith("day-")}
    try:
        hours = [
            DayHours(professional_id, dt.date.fromisoformat(day), int(Decimal(text) * 60))
            for day, text in typed.items()
            if text
        ]
    except (ValueError, InvalidOperation):
        return _person(request, professional_id, refusal=_("Give hours as numbers."), typed=typed, status=422)
    try:
        set_hours(hours=hours, by=actor)
    except Refusal as refusal:
        return _person(request, professional_id, refusal=sentence_of(refusal), typed=typed, status=422)
    messages.success(request, _("The calendars are changed."))
    return _back(request, professional_id)


@require_POST
def leave_add(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Record a leave."""
    actor = actor_of(request)
    plannable_professional(professional_id, by=actor)
    form = LeaveForm(request.POST)
    if form.is_valid() and done(
        form, lambda: record_leave(professional_id=professional_id, **form.cleaned_data, by=actor)
    ):
        messages.success(request, _("The leave is recorded."))
        return _back(request, professional_id)
    return _person(request, professional_id, leave_form=form, status=422)


@require_POST
def leave_withdraw(request: HttpRequest, leave_id: int) -> HttpResponse:
    """Take a leave back."""
    leave = withdraw_leave(leave_id=leave_id, by=actor_of(request))
    messages.success(request, _("The leave is taken back."))
    return _back(request, leave.professional_id)


@require_POST
def commitment_add(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Enter work elsewhere by hand."""
    actor = actor_of(request)
    plannable_professional(professional_id, by=actor)
    form = CommitmentForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        if not dt.timedelta(0) <= values["end_on"] - values["start_on"] <= LONGEST_SPAN:
            form.add_error(
                "end_on", _("Give a window of at most %(days)s days.") % {"days": LONGEST_SPAN.days}
            )
        else:
            worked = WorkCalendar(values["start_on"], values["end_on"])
            minutes = int(values["hours"] * 60)
            days = {
                day: minutes for day in _days(values["start_on"], values["end_on"]) if worked.is_worked(day)
            }
            reference = f"{values['title']} {values['start_on']}"
            if done(
                form,
                lambda: post_commitment(
                    professional_id=professional_id,
                    days=days,
                    source_kind="manual",
                    source_reference=reference,
                    title=values["title"],
                    by=actor,
                ),
            ):
                messages.success(request, _("The commitment is entered."))
                return _back(request, professional_id)
    return _person(request, professional_id, commitment_form=form, status=422)


@require_POST
def commitment_withdraw(request: HttpRequest, professional_id: int, commitment_id: int) -> HttpResponse:
    """Take a commitment back."""
    withdraw_commitment(commitment_id=commitment_id, by=actor_of(request))
    messages.success(request, _("The commitment is taken back."))
    return _back(request, professional_id)


def _grid(request: HttpRequest, form: BulkForm, chosen: set[int], status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    plannable(by=actor)
    organization_id = require_seller(actor)
    first = first_of(request)
    page = GridPage(
        tabs=tabs(actor, "calendar"),
        grid=staff_grid(first=first, weeks=WEEKS_SHOWN, to=actor),
        form=form,
        chosen=chosen,
        before=f"?from={first - dt.timedelta(weeks=WEEKS_SHOWN)}",
        after=f"?from={first + dt.timedelta(weeks=WEEKS_SHOWN)}",
        this_week=monday_of(timezone.localdate()),
        organization_id=organization_id,
    )
    return render_page(request, "capacity/calendar.html", page, status=status)


def _person(
    request: HttpRequest,
    professional_id: int,
    *,
    leave_form: LeaveForm | None = None,
    commitment_form: CommitmentForm | None = None,
    refusal: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor, first = actor_of(request), first_of(request)
    found = person_calendar(professional_id, first=first, weeks=DAYS_SHOWN, to=actor)
    address = reverse("capacity:person", args=[professional_id])
    page = PersonPage(
        tabs=tabs(actor, "calendar"),
        name=name_of(found.professional),
        calendar=found,
        leave_form=leave_form or LeaveForm(),
        commitment_form=commitment_form or CommitmentForm(),
        today=timezone.localdate(),
        first=first,
        before=f"{address}?from={first - dt.timedelta(weeks=DAYS_SHOWN)}",
        after=f"{address}?from={first + dt.timedelta(weeks=DAYS_SHOWN)}",
        refusal=refusal,
        typed=typed or {},
    )
    return render_page(request, "capacity/person.html", page, status=status)


def first_of(request: HttpRequest) -> dt.date:
    """Return the Monday the address asks for, this week's without one."""
    today = timezone.localdate()
    try:
        asked = dt.date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return monday_of(today)
    far = dt.timedelta(weeks=520)
    return monday_of(min(max(asked, today - far), today + far))


def _back(request: HttpRequest, professional_id: int) -> HttpResponseRedirect:
    address = reverse("capacity:person", args=[professional_id])
    return HttpResponseRedirect(f"{address}?from={first_of(request)}")


def _days(start_on: dt.date, end_on: dt.date) -> list[dt.date]:
    return [start_on + dt.timedelta(days=n) for n in range((end_on - start_on).days + 1)]
