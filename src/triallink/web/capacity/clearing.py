"""Batch clearing: ask for one, watch it, stop it, read what it proposed and what an hour is worth."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.capacity import selectors
from triallink.domains.capacity.access import run_for, visible_bookings
from triallink.domains.capacity.models import RUN_STATES, Booking, ClearingRun, ClearingSchedule
from triallink.domains.capacity.services.clearing import cancel_clearing, start_clearing
from triallink.domains.capacity.services.schedules import schedule_clearing
from triallink.foundation.models import Job
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import answer, render_page
from triallink.web.capacity.forms import done
from triallink.web.capacity.frame import WORDS, Tab, Words, actor_of, city_names, tabs
from triallink.web.capacity.orders import place_of
from triallink.web.jinja import date
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.wording import choices_of, word

RUNS = ListSpec(
    name="clearings",
    columns=(
        Column("number", N_("Clearing"), sort=("id",), value=lambda run: run.pk),
        Column("at", N_("Asked for"), sort=("created_at",), value=lambda run: run.created_at),
        Column("role", N_("Role"), sort=("role",), value=lambda run: word(PROFESSIONAL_ROLES, run.role)),
        Column("needs", N_("Needs"), sort=("needs_read",), value=lambda run: run.needs_read, is_number=True),
        Column(
            "offers", N_("Offers"), sort=("offers_read",), value=lambda run: run.offers_read, is_number=True
        ),
        Column("proposals", N_("Proposals"), sort=("proposals",), is_number=True),
        Column(
            "hours",
            N_("Hours matched"),
            sort=("matched_minutes",),
            value=lambda run: run.matched_minutes / 60,
            is_number=True,
        ),
        Column(
            "gap", N_("From the optimum, at most"), sort=("gap",), value=lambda run: run.gap, is_number=True
        ),
        Column("state", N_("State"), sort=("state",), value=lambda run: word(RUN_STATES, run.state)),
    ),
    facets=(Facet("state", N_("State"), "state", names=RUN_STATES),),
    default_sort="-number",
)


class ClearingForm(forms.Form):
    """What to clear, and how long both sides have to answer."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=lambda: [("", _("Every role")), *choices_of(PROFESSIONAL_ROLES)],
        required=False,
    )
    respond_hours = forms.IntegerField(
        label=gettext_lazy("Hours to answer"), min_value=1, max_value=168, initial=24
    )


class ScheduleForm(forms.Form):
    """On which days and when the worker clears by itself."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=lambda: [("", _("Every role")), *choices_of(PROFESSIONAL_ROLES)],
        required=False,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        choices=lambda: [(str(n), str(name)) for n, name in WEEKDAYS.items()],
        widget=forms.CheckboxSelectMultiple,
        coerce=int,
    )
    at = forms.TimeField(
        label=gettext_lazy("Time"),
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=gettext_lazy("By the clock of mainland China."),
    )
    respond_hours = forms.IntegerField(
        label=gettext_lazy("Hours to answer"), min_value=1, max_value=168, initial=24
    )
    is_active = forms.BooleanField(label=gettext_lazy("The schedule is on"), required=False, initial=True)


@dataclass(frozen=True)
class RunListPage:
    """Clearings one may see."""

    tabs: list[Tab]
    listing: Listing
    form: ClearingForm
    schedule_form: ScheduleForm
    schedules: list[list[str]]
    is_operator: bool
    words: Words = WORDS


@dataclass(frozen=True)
class RunPage:
    """One clearing."""

    tabs: list[Tab]
    run: ClearingRun
    job: Job | None
    bookings: list[tuple[Booking, str]]
    table: list[list[object]]
    is_operator: bool
    share: float
    words: Words = WORDS


def run_list(request: HttpRequest) -> HttpResponse:
    """Show the clearings, and let the operator ask for one."""
    return _list(request, ClearingForm())


@require_POST
def run_start(request: HttpRequest) -> HttpResponse:
    """Ask for a clearing."""
    actor = actor_of(request)
    form = ClearingForm(request.POST)
    made: list[ClearingRun] = []
    if form.is_valid() and done(form, lambda: made.append(start_clearing(**form.cleaned_data, by=actor))):
        return HttpResponseRedirect(reverse("capacity:run", args=[made[0].pk]))
    return _list(request, form, status=422)


@require_POST
def schedule_set(request: HttpRequest) -> HttpResponse:
    """Set when the worker clears by itself."""
    actor = actor_of(request)
    form = ScheduleForm(request.POST, auto_id="schedule_%s")
    if form.is_valid() and done(form, lambda: schedule_clearing(**form.cleaned_data, by=actor)):
        messages.success(request, _("The schedule is set."))
        return HttpResponseRedirect(reverse("capacity:run-list"))
    return _list(request, ClearingForm(), status=422, schedule_form=form)


@require_POST
def run_cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop a clearing."""
    cancel_clearing(run_id=run_id, by=actor_of(request))
    messages.success(request, _("The clearing stops at its next step."))
    return HttpResponseRedirect(reverse("capacity:run", args=[run_id]))


def run_detail(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show one clearing; its live part is fetched again while it runs."""
    actor = actor_of(request)
    run = run_for(run_id, to=actor)
    rows = (
        Booking.objects.filter(run=run) if actor.is_operator else visible_bookings(to=actor).filter(run=run)
    )
    rows = rows.select_related("buyer", "seller", "professional", "site").order_by("pk")[:200]
    names = city_names()
    page = RunPage(
        tabs=tabs(actor, "run-list"),
        run=run,
        job=Job.objects.filter(pk=run.job_id or 0).first(),
        bookings=[(booking, place_of(booking)) for booking in rows],
        table=[
            [
                names.get(row["city"], row["city"]),
                row["role"],
                _("W%(number)s") % {"number": row["week"]},
                row["price_minor"] / 100,
            ]
            for row in run.shadow_prices[:60]
        ]
        if actor.is_operator
        else [],
        is_operator=actor.is_operator,
        share=run.matched_minutes / run.wanted_minutes if run.wanted_minutes else 0.0,
    )
    return answer(request, "capacity/run.html", "live", page)


def _schedules() -> list[list[str]]:
    return [
        [
            word(PROFESSIONAL_ROLES, row.role) if row.role else _("Every role"),
            ", ".join(str(WEEKDAYS[day]) for day in row.weekdays),
            f"{row.at:%H:%M}",
            str(row.respond_hours),
            _("on") if row.is_active else _("off"),
            date(row.last_on) if row.last_on else "–",
        ]
        for row in ClearingSchedule.objects.order_by("role")
    ]


def _list(
    request: HttpRequest, form: ClearingForm, status: int = 200, schedule_form: ScheduleForm | None = None
) -> HttpResponse:
    actor = actor_of(request)
    rows = selectors.orders.runs(to=actor)
    if wants_export(request):
        return export(request, RUNS, rows)
    page = RunListPage(
        tabs(actor, "run-list"),
        RUNS.read(request, rows),
        form,
        schedule_form or ScheduleForm(auto_id="schedule_%s"),
        _schedules() if actor.is_operator else [],
        actor.is_operator,
    )
    if status != 200:
        return render_page(request, "capacity/runs.html", page, status=status)
    return answer(request, "capacity/runs.html", "list", page)
