"""Monitoring visits: the list, scheduling, and one visit with its report."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.delivery import services
from triallink.domains.delivery.access import REVIEWERS, plan_for, visit_for
from triallink.domains.delivery.errors import FileMissing
from triallink.domains.delivery.models import VISIT_KINDS, VISIT_MODES, VISIT_STATES, MonitoringVisit
from triallink.domains.delivery.question_sets import CHOICES, question_sets
from triallink.domains.delivery.selectors import work
from triallink.domains.delivery.selectors.cockpit import mean_days_to_report
from triallink.domains.studies.access import study_for
from triallink.foundation.audit import timeline
from triallink.foundation.files import read_file
from triallink.foundation.models import AuditLine, Signature
from triallink.foundation.sentences import sentence_of
from triallink.foundation.signatures import signatures_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.delivery.forms import ActionForm, SecretForm, people_choices
from triallink.web.delivery.frame import may_plan, may_work, today
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import beside, status_of
from triallink.web.studies.frame import actor_of, entered, mark_of
from triallink.web.wording import choices_of

TONES = {
    "planned": "calm",
    "confirmed": "info",
    "conducted": "warn",
    "submitted": "info",
    "returned": "bad",
    "signed": "good",
    "cancelled": "calm",
}
RULES_AHEAD_DAYS = 120

VISITS = ListSpec(
    name="visits",
    columns=(
        Column("planned_on", N_("Day"), sort=("planned_on",)),
        Column("site", N_("Site"), sort=("site__number",), value=lambda row: row.site.number),
        Column("kind", N_("Kind"), sort=("kind", "number"), value=lambda row: _(VISIT_KINDS[row.kind])),
        Column("mode", N_("Way of the visit"), sort=("mode",), value=lambda row: _(VISIT_MODES[row.mode])),
        Column("monitor", N_("Monitor"), sort=("monitor__name",)),
        Column("state", N_("State"), sort=("state",), value=lambda row: _(VISIT_STATES[row.state])),
        Column("days", N_("Days to report"), value=lambda row: row.days_to_report, is_number=True),
    ),
    search=("site__number", "site__name_en", "site__name_zh", "monitor__name"),
    facets=(
        Facet("state", N_("State"), "state", names=VISIT_STATES),
        Facet("kind", N_("Kind"), "kind", names=VISIT_KINDS),
        Facet("site", N_("Site"), "site__number"),
    ),
    default_sort="-planned_on",
)


class VisitForm(forms.Form):
    """A visit to plan."""

    site_id = forms.TypedChoiceField(label=gettext_lazy("Site"), coerce=int)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: choices_of(VISIT_KINDS))
    mode = forms.ChoiceField(label=gettext_lazy("Way of the visit"), choices=lambda: choices_of(VISIT_MODES))
    planned_on = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput())
    monitor_id = forms.TypedChoiceField(
        label=gettext_lazy("Monitor"), coerce=int, empty_value=None, required=False
    )

    def __init__(
        self, *args: Any, sites: list[tuple[int, str]], people: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site_id"].choices = sites  # type: ignore[attr-defined]
        self.fields["monitor_id"].choices = [("", "–"), *people]  # type: ignore[attr-defined]


class ConfirmForm(forms.Form):
    """What was agreed with the site."""

    planned_on = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput())
    mode = forms.ChoiceField(label=gettext_lazy("Way of the visit"), choices=lambda: choices_of(VISIT_MODES))
    monitor_id = forms.TypedChoiceField(
        label=gettext_lazy("Monitor"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["monitor_id"].choices = [("", "–"), *people]  # type: ignore[attr-defined]


class ConductForm(forms.Form):
    """When it took place, and with whom."""

    began_on = forms.DateField(label=gettext_lazy("First day"), widget=forms.DateInput())
    ended_on = forms.DateField(label=gettext_lazy("Last day"), widget=forms.DateInput())
    attendees = forms.CharField(
        label=gettext_lazy("Attendees"), required=False, max_length=500, widget=forms.Textarea({"rows": 2})
    )


@dataclass(frozen=True)
class VisitListPage:
    """A study's visits."""

    in_study: StudyMark
    listing: Listing
    form: VisitForm
    tones: dict[str, str]
    words: dict[str, dict[str, str]]
    may_plan: bool
    may_work: bool
    has_plan: bool
    mean_days: float | None
    today: dt.date


@dataclass(frozen=True)
class QuestionView:
    """One question with the answer given so far."""

    code: str
    text: dict[str, str]
    kind: str
    is_required: bool
    cites: str
    choices: list[tuple[str, str]]
    value: str
    comment: str
    error: str


@dataclass(frozen=True)
class VisitPage:
    """One visit."""

    in_study: StudyMark
    visit: MonitoringVisit
    tone: str
    words: dict[str, str]
    sections: list[tuple[dict[str, str], list[QuestionView]]]
    answered: int
    asked: int
    confirm: ConfirmForm
    conduct: ConductForm
    action: ActionForm
    secret: SecretForm
    actions: list[Any]
    records: list[Any]
    signatures: list[Signature]
    timeline: list[AuditLine]
    may_work: bool
    may_plan: bool
    may_sign: bool
    is_writable: bool
    is_late: bool
    message: str


def visit_list(request: HttpRequest, study_id: int, form: VisitForm | None = None) -> HttpResponse:
    """Show a study's monitoring visits."""
    _study, mark, _may = entered(request, study_id)
    actor = actor_of(request)
    rows = work.visits(study_id, to=actor)
    if wants_export(request):
        return export(request, VISITS, rows)
    found = form or visit_form(study_id, actor)
    page = VisitListPage(
        in_study=mark,
        listing=VISITS.read(request, rows),
        form=found,
        tones=TONES,
        words={"kind": VISIT_KINDS, "mode": VISIT_MODES, "state": VISIT_STATES},
        may_plan=may_plan(actor),
        may_work=may_work(actor),
        has_plan=plan_for(study_id, to=actor) is not None,
        mean_days=mean_days_to_report(study_id, to=actor),
        today=today(),
    )
    return answer(request, "delivery/visits.html", "list", page, status=status_of(found))


@require_POST
def schedule(request: HttpRequest, study_id: int) -> HttpResponse:
    """Plan a visit."""
    entered(request, study_id)
    form = visit_form(study_id, actor_of(request), request.POST)
    if form.is_valid():
        try:
            visit = services.schedule_visit(study_id=study_id, by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("delivery:visit", args=[visit.pk]))
        except Refusal as refusal:
            beside(form, refusal)
    return visit_list(request, study_id, form)


@require_POST
def schedule_by_rules(request: HttpRequest, study_id: int) -> HttpResponse:
    """Plan what the rules ask for in the next months."""
    until = today() + dt.timedelta(days=RULES_AHEAD_DAYS)
    services.schedule_by_rules(study_id=study_id, until=until, by=actor_of(request))
    return HttpResponseRedirect(reverse("delivery:visits", args=[study_id]))


def visit_page(
    request: HttpRequest,
    visit_id: int,
    *,
    confirm: ConfirmForm | None = None,
    conduct: ConductForm | None = None,
    action: ActionForm | None = None,
    secret: SecretForm | None = None,
    message: str = "",
    typed: dict[str, dict[str, str]] | None = None,
    wrong: str = "",
) -> HttpResponse:
    """Show one visit."""
    actor = actor_of(request)
    visit = visit_for(visit_id, to=actor)
    people = people_choices(visit.study)
    sections = sections_of(visit, visit.answers if typed is None else typed, wrong, message)
    given = [question for _title, questions in sections for question in questions]
    sent = confirm or conduct or action or secret
    page = VisitPage(
        in_study=mark_of(visit.study),
        visit=visit,
        tone=TONES[visit.state],
        words={
            "kind": _(VISIT_KINDS[visit.kind]),
            "mode": _(VISIT_MODES[visit.mode]),
            "state": _(VISIT_STATES[visit.state]),
        },
        sections=sections,
        answered=sum(bool(question.value) for question in given if question.is_required),
        asked=sum(question.is_required for question in given),
        confirm=confirm
        or ConfirmForm(
            initial={name: getattr(visit, name) for name in ("planned_on", "mode", "monitor_id")},
            people=people,
        ),
        conduct=conduct or ConductForm(initial={"began_on": visit.planned_on, "ended_on": visit.planned_on}),
        action=action or ActionForm(people=people, initial={"due_on": today() + dt.timedelta(days=14)}),
        secret=secret or SecretForm(),
        actions=list(visit.action_items.select_related("owner").order_by("due_on")),
        records=list(visit.records.order_by("-created_at")),
        signatures=signatures_of("visit", visit.pk),
        timeline=timeline("visit", visit.pk),
        may_work=may_work(actor),
        may_plan=may_plan(actor),
        may_sign=actor.has(*REVIEWERS)
        and visit.state == "submitted"
        and visit.submitted_by_id != actor.person_id,
        is_writable=may_work(actor) and visit.state in ("conducted", "returned"),
        is_late=bool(visit.report_due_on and visit.submitted_at is None and visit.report_due_on < today()),
        message=message,
    )
    status = 422 if message else status_of(sent) if sent else 200
    return render_page(request, "delivery/visit.html", page, status=status)


@require_POST
def confirm(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Agree day, way and monitor."""
    visit = visit_for(visit_id, to=actor_of(request))
    form = ConfirmForm(request.POST, people=people_choices(visit.study))
    return _acted(request, visit_id, form, services.confirm_visit, "confirm")


@require_POST
def conduct(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Say that it took place."""
    visit_for(visit_id, to=actor_of(request))
    return _acted(request, visit_id, ConductForm(request.POST), services.conduct_visit, "conduct")


@require_POST
def cancel(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Cancel it."""
    services.cancel_visit(visit_id=visit_id, why=request.POST.get("why", ""), by=actor_of(request))
    return HttpResponseRedirect(reverse("delivery:visit", args=[visit_id]))


@require_POST
def write_report(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Keep the answers, and hand the report in if that was pressed."""
    visit = visit_for(visit_id, to=actor_of(request))
    typed = answers_typed(request, visit)
    try:
        services.save_report(
            visit_id=visit_id,
            answers=typed,
            summary=request.POST.get("summary", ""),
            by=actor_of(request),
        )
        if request.POST.get("act") == "submit":
            services.submit_report(visit_id=visit_id, by=actor_of(request))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return visit_page(request, visit_id, message=sentence_of(refusal), typed=typed, wrong=refusal.field)
    return HttpResponseRedirect(reverse("delivery:visit", args=[visit_id]))


@require_POST
def return_report(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Return the report to its author."""
    services.return_report(visit_id=visit_id, why=request.POST.get("why", ""), by=actor_of(request))
    return HttpResponseRedirect(reverse("delivery:visit", args=[visit_id]))


@require_POST
def sign_report(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Sign the report."""
    visit_for(visit_id, to=actor_of(request))
    return _acted(request, visit_id, SecretForm(request.POST), services.sign_report, "secret")


def paper(request: HttpRequest, visit_id: int, paper: str) -> HttpResponse:
    """Give the signed report or the follow-up letter."""
    visit = visit_for(visit_id, to=actor_of(request))
    file = visit.letter_file if paper == "letter" else visit.report_file
    if file is None:
        raise FileMissing
    return HttpResponse(
        read_file(file),
        content_type=file.media_type,
        headers={"Content-Disposition": f'inline; filename="{file.name}"'},
    )


def sections_of(
    visit: MonitoringVisit, answers: dict[str, dict[str, str]], wrong: str, message: str
) -> list[tuple[dict[str, str], list[QuestionView]]]:
    """Return the questions of a visit's report with what was answered."""
    found = []
    for section in question_sets()[visit.question_set]["sections"]:
        questions = []
        for question in section["questions"]:
            given = answers.get(question["code"], {})
            questions.append(
                QuestionView(
                    code=question["code"],
                    text=question["text"],
                    kind=question["kind"],
                    is_required=question["is_required"],
                    cites=question["cites"],
                    choices=[(code, _(word)) for code, word in CHOICES.get(question["kind"], {}).items()],
                    value=given.get("value", ""),
                    comment=given.get("comment", ""),
                    error=message if wrong == f"value_{question['code']}" else "",
                )
            )
        found.append((section["title"], questions))
    return found


def answers_typed(request: HttpRequest, visit: MonitoringVisit) -> dict[str, dict[str, str]]:
    """Return the answers as typed."""
    codes = [
        question["code"]
        for section in question_sets()[visit.question_set]["sections"]
        for question in section["questions"]
    ]
    return {
        code: {
            "value": request.POST.get(f"value_{code}", ""),
            "comment": request.POST.get(f"comment_{code}", ""),
        }
        for code in codes
    }


def visit_form(study_id: int, actor: Actor, typed: Any = None) -> VisitForm:
    """Return the form to plan a visit."""
    study = study_for(study_id, to=actor)
    sites = [
        (site.pk, f"{site.number} {site.name_en or site.name_zh}") for site in study.sites.order_by("number")
    ]
    return VisitForm(
        typed,
        sites=sites,
        people=people_choices(study),
        initial={"planned_on": today() + dt.timedelta(days=14), "kind": "interim"},
    )


def _acted(
    request: HttpRequest, visit_id: int, form: forms.Form, act: Callable[..., object], name: str
) -> HttpResponse:
    if form.is_valid():
        try:
            act(visit_id=visit_id, by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("delivery:visit", args=[visit_id]))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            beside(form, refusal)
    return visit_page(request, visit_id, **{name: form})  # type: ignore[arg-type]
