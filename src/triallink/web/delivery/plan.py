"""A study's plan as a list, a board and a Gantt picture; generating it and freezing baselines."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.delivery import services
from triallink.domains.delivery.access import plan_for
from triallink.domains.delivery.models import LEVELS, PlanItem, StudyPlan
from triallink.domains.delivery.models.plan import ITEM_KINDS
from triallink.domains.delivery.selectors import plan as selectors
from triallink.domains.delivery.templates import template_for, templates
from triallink.domains.quality.models import TemplateVersion
from triallink.domains.quality.selectors import plan_library
from triallink.domains.studies.models import Study
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_, Refusal
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import answer, render_page
from triallink.web.delivery.frame import may_plan, place_of, plan_tabs, state_of, today
from triallink.web.delivery.gantt import Picture, draw
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import beside, status_of
from triallink.web.studies.frame import actor_of, entered

PROGRESS = {
    "late": N_("Late"),
    "critical": N_("On the critical path"),
    "open": N_("Not begun"),
    "begun": N_("Begun"),
    "done": N_("Done"),
}


class GenerateForm(forms.Form):
    """How a plan is to be laid out."""

    template = forms.ChoiceField(
        label=gettext_lazy("Template"),
        choices=lambda: [(code, bilingual(data["title"])) for code, data in templates().items()],
    )
    begins_on = forms.DateField(label=gettext_lazy("Work begins on"), widget=forms.DateInput())
    milestones = forms.MultipleChoiceField(
        label=gettext_lazy("Further milestones of the process library"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, extra: dict[str, TemplateVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["milestones"].choices = [(code, bilingual(row.title)) for code, row in extra.items()]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why dates are frozen or moved."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


@dataclass(frozen=True)
class Line:
    """A row of the list."""

    item: PlanItem
    place: str
    state: str
    tone: str
    role: str


@dataclass(frozen=True)
class PlanListPage:
    """Milestones and tasks, searched and narrowed."""

    in_study: StudyMark
    plan: StudyPlan | None
    listing: Listing
    tabs: list[tuple[str, str, bool, None]]
    form: GenerateForm
    may_plan: bool
    may_freeze: bool
    site_count: int
    template: str


def plan_list(request: HttpRequest, study_id: int, form: GenerateForm | None = None) -> HttpResponse:
    """Show the plan as a list, or how to make one."""
    study, mark, may_change = entered(request, study_id)
    actor = actor_of(request)
    plan = plan_for(study_id, to=actor)
    rows = with_progress(selectors.items(study_id, to=actor))
    if wants_export(request):
        return export(request, PLAN_ITEMS, rows, shape=lines)
    begins = study.start_on or today()
    found = form or GenerateForm(
        extra=extra_of(study, actor) if plan is None else {},
        initial={"template": template_for(study.study_type), "begins_on": min(begins, today())},
    )
    page = PlanListPage(
        in_study=mark,
        plan=plan,
        listing=PLAN_ITEMS.read(request, rows, shape=lines),
        tabs=plan_tabs(study_id, "plan"),
        form=found,
        may_plan=may_plan(actor),
        may_freeze=may_change,
        site_count=study.sites.count(),
        template=bilingual(templates()[plan.template]["title"]) if plan else "",
    )
    return answer(request, "delivery/plan.html", "list", page, status=status_of(found))


def extra_of(study: Study, actor: Actor) -> dict[str, TemplateVersion]:
    """Return the milestones of the library that may be laid out beside those of a plan template, by code."""
    return plan_library(actor.organization_id, today(), study.phase).extra


@require_POST
def generate(request: HttpRequest, study_id: int) -> HttpResponse:
    """Lay out the plan."""
    study, _mark, _may = entered(request, study_id)
    form = GenerateForm(request.POST, extra=extra_of(study, actor_of(request)))
    if form.is_valid():
        try:
            services.generate_plan(study_id=study_id, by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("delivery:plan-gantt", args=[study_id]))
        except Refusal as refusal:
            beside(form, refusal)
    return plan_list(request, study_id, form)


@require_POST
def baseline(request: HttpRequest, study_id: int) -> HttpResponse:
    """Freeze the plan's dates."""
    services.set_baseline(study_id=study_id, reason=request.POST.get("reason", ""), by=actor_of(request))
    return HttpResponseRedirect(reverse("delivery:plan-gantt", args=[study_id]))


@require_POST
def adopt(request: HttpRequest, study_id: int) -> HttpResponse:
    """Let the plan follow the forecast."""
    services.adopt_forecast(study_id=study_id, reason=request.POST.get("reason", ""), by=actor_of(request))
    return HttpResponseRedirect(reverse("delivery:plan-gantt", args=[study_id]))


@dataclass(frozen=True)
class Card:
    """A milestone on the board."""

    item: PlanItem
    place: str
    state: str
    tone: str
    tasks: int
    done: int
    share: float


@dataclass(frozen=True)
class BoardPage:
    """Milestones by how far they are."""

    in_study: StudyMark
    plan: StudyPlan | None
    tabs: list[tuple[str, str, bool, None]]
    columns: list[tuple[str, list[Card], int]]
    q: str


CARDS_PER_COLUMN = 40


def board(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show the milestones in four columns."""
    _study, mark, _may = entered(request, study_id)
    q = request.GET.get("q", "").strip().lower()
    cards = [
        Card(row.item, place_of(row.item), *state_of(row.item), row.tasks, row.done, row.share)
        for row in selectors.milestones(study_id, to=actor_of(request))
    ]
    cards = [card for card in cards if q in f"{bilingual(card.item.name)} {card.place}".lower()]
    soon = today() + dt.timedelta(days=30)
    columns = [
        (_("Later"), [c for c in cards if _is_later(c, soon)]),
        (_("Next 30 days"), [c for c in cards if not c.done and not c.item.is_finished and not _is_later(c, soon)]),
        (_("In work"), [c for c in cards if c.done and not c.item.is_finished]),
        (_("Reached"), [c for c in cards if c.item.is_finished][::-1]),
    ]  # fmt: skip
    page = BoardPage(
        in_study=mark,
        plan=plan_for(study_id, to=actor_of(request)),
        tabs=plan_tabs(study_id, "plan-board"),
        columns=[(label, found[:CARDS_PER_COLUMN], len(found)) for label, found in columns],
        q=q,
    )
    return answer(request, "delivery/board.html", "board", page)


def _is_later(card: Card, soon: dt.date) -> bool:
    start = card.item.forecast_finish_on
    return not card.done and not card.item.is_finished and start is not None and start > soon


@dataclass(frozen=True)
class GanttPage:
    """The plan as a picture."""

    in_study: StudyMark
    plan: StudyPlan | None
    tabs: list[tuple[str, str, bool, None]]
    picture: Picture | None
    zooms: list[tuple[str, str, bool]]
    links: str
    legend: list[tuple[str, str]]
    may_freeze: bool


def gantt_page(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show the plan as bars over time."""
    _study, mark, may_change = entered(request, study_id)
    found = selectors.gantt(study_id, to=actor_of(request))
    zoom = request.GET.get("zoom", "quarter")
    links = request.GET.get("links", "critical")
    words = {"quarter": _("Quarter"), "month": _("Month"), "week": _("Week")}
    zoom = zoom if zoom in words else "quarter"
    page = GanttPage(
        in_study=mark,
        plan=found.plan,
        tabs=plan_tabs(study_id, "plan-gantt"),
        picture=draw(found, zoom=zoom, links=links) if found.groups else None,
        zooms=[(code, label, code == zoom) for code, label in words.items()],
        links=links,
        legend=[
            ("is-done", _("Done")),
            ("is-begun", _("Begun")),
            ("is-open", _("Open")),
            ("is-late", _("Late")),
            ("is-critical", _("On the critical path")),
            ("is-baseline", _("Baseline, or the plan")),
        ],
        may_freeze=may_change,
    )
    return render_page(request, "delivery/gantt.html", page)


def lines(rows: list[PlanItem]) -> list[Line]:
    """Return plan items as rows of the list."""
    return [
        Line(row, place_of(row), *state_of(row), _(PROFESSIONAL_ROLES[row.role]) if row.role else "")
        for row in rows
    ]


def with_progress(rows: QuerySet[PlanItem]) -> QuerySet[PlanItem]:
    """Return plan items with the word the list is narrowed by: late before critical before begun."""
    return rows.annotate(
        progress=Case(
            When(actual_finish_on__isnull=False, then=Value("done")),
            When(forecast_finish_on__gt=F("plan_finish_on"), then=Value("late")),
            When(is_critical=True, then=Value("critical")),
            When(actual_start_on__isnull=False, then=Value("begun")),
            default=Value("open"),
        )
    )


def _search(rows: QuerySet[PlanItem], text: str) -> QuerySet[PlanItem]:
    words = ("name__en", "name__zh", "site__number", "site__name_en", "site__name_zh", "assignee__name")
    found = Q(code__iexact=text) | Q(subject_number__iexact=text)
    for word in words:
        found |= Q(**{f"{word}__icontains": text})
    return rows.filter(found)


PLAN_ITEMS = ListSpec(
    name="plan",
    columns=(
        Column("name", N_("Milestone or task"), sort=("position",), value=lambda row: row.item.name),
        Column("place", N_("Where"), sort=("site__number", "position")),
        Column("role", N_("Role"), sort=("role", "position")),
        Column("assignee", N_("Assigned to"), sort=("assignee__name",), value=lambda row: row.item.assignee),
        Column("plan", N_("Plan"), sort=("plan_finish_on",), value=lambda row: row.item.plan_finish_on),
        Column(
            "forecast", N_("Forecast or done"), sort=("forecast_finish_on",),
            value=lambda row: row.item.actual_finish_on or row.item.forecast_finish_on,
        ),
        Column("state", N_("State"), sort=("total_float_days",)),
    ),
    search=_search,
    facets=(
        Facet("progress", N_("State"), "progress", names=PROGRESS),
        Facet("kind", N_("Kind"), "kind", names=ITEM_KINDS),
        Facet("level", N_("Level"), "level", names=LEVELS),
        Facet("role", N_("Role"), "role", names=PROFESSIONAL_ROLES),
        Facet("site", N_("Site"), "site__number", shown=6),
    ),
    default_sort="name",
    page_size=50,
)  # fmt: skip
