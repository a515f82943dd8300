"""One milestone or task: its dates side by side, its checklist, what it waits for, and reporting work."""

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.contracts.models import MILESTONE_STATES
from triallink.domains.delivery import services
from triallink.domains.delivery.access import item_for, people_of_study
from triallink.domains.delivery.models import PlanItem, PlanLink
from triallink.domains.delivery.models.plan import LINK_KINDS
from triallink.domains.delivery.selectors import plan as selectors
from triallink.domains.quality.models import TEMPLATE_KINDS
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import Refusal
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import render_page
from triallink.web.contracts.work import TONES
from triallink.web.delivery.frame import may_plan, may_work, place_of, state_of, today
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import beside, status_of, whole
from triallink.web.studies.frame import actor_of, mark_of
from triallink.web.wording import word


class ReportForm(forms.Form):
    """What happened."""

    actual_start_on = forms.DateField(
        label=gettext_lazy("Begun on"), required=False, widget=forms.DateInput()
    )
    actual_finish_on = forms.DateField(
        label=gettext_lazy("Finished on"), required=False, widget=forms.DateInput()
    )


class ChangeForm(forms.Form):
    """What is planned of a task."""

    assignee_id = forms.TypedChoiceField(
        label=gettext_lazy("Assigned to"), coerce=int, empty_value=None, required=False
    )
    duration_days = forms.IntegerField(label=gettext_lazy("Working days"), min_value=0)
    hours = forms.DecimalField(
        label=gettext_lazy("Planned hours"), min_value=0, max_digits=7, decimal_places=1
    )
    not_before_on = forms.DateField(
        label=gettext_lazy("Not before"), required=False, widget=forms.DateInput()
    )
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)

    def __init__(self, *args: object, people: list[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["assignee_id"].choices = [("", "–"), *people]  # type: ignore[attr-defined]


class LinkForm(forms.Form):
    """What an item is made to wait for."""

    predecessor_id = forms.TypedChoiceField(label=gettext_lazy("Waits for"), coerce=int)
    kind = forms.ChoiceField(label=gettext_lazy("How"), choices=[])
    lag_days = forms.IntegerField(label=gettext_lazy("Working days between"), initial=0)

    def __init__(self, *args: object, items: list[PlanItem], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kind"].choices = [(kind, _(words)) for kind, words in LINK_KINDS.items()]  # type: ignore[attr-defined]
        self.fields["predecessor_id"].choices = [  # type: ignore[attr-defined]
            ("", "–"),
            *((item.pk, " · ".join(filter(None, _names(item)))) for item in items),
        ]


@dataclass(frozen=True)
class Origin:
    """A version of the process library behind an item; without an address for whoever has another library."""

    label: str
    words: str
    address: str


@dataclass(frozen=True)
class ItemPage:
    """One item of the plan."""

    in_study: StudyMark
    item: PlanItem
    place: str
    state: str
    tone: str
    role: str
    dates: list[tuple[str, object, object]]
    tasks: list[tuple[PlanItem, str, str]]
    waits_for: list[PlanLink]
    waited_by: list[PlanLink]
    report: ReportForm
    change: ChangeForm
    link: LinkForm | None
    payables: list[tuple[int, str]]
    payable_state: str
    payable_tone: str
    may_work: bool
    may_plan: bool
    timeline: list[AuditLine]
    visits: list[object]
    origins: list[Origin]


def item_page(
    request: HttpRequest,
    item_id: int,
    report: ReportForm | None = None,
    change: ChangeForm | None = None,
    link: LinkForm | None = None,
) -> HttpResponse:
    """Show one item."""
    actor = actor_of(request)
    item = item_for(item_id, to=actor)
    before, after = selectors.links_of(item)
    sent = report or change or link
    plans = may_plan(actor) and item.level != "subject"
    is_milestone = item.kind == "milestone"
    page = ItemPage(
        in_study=mark_of(item.plan.study),
        item=item,
        place=place_of(item),
        state=state_of(item)[0],
        tone=state_of(item)[1],
        role=_(PROFESSIONAL_ROLES[item.role]) if item.role else "",
        dates=[
            (_("Baseline"), item.baseline_start_on, item.baseline_finish_on),
            (_("Plan"), item.plan_start_on, item.plan_finish_on),
            (_("Forecast"), item.forecast_start_on, item.forecast_finish_on),
            (_("Actual"), item.actual_start_on, item.actual_finish_on),
        ],
        tasks=[(task, *state_of(task)) for task in selectors.milestone_with_tasks(item)],
        waits_for=before,
        waited_by=after[:40],
        report=report or ReportForm(initial=_reported(item)),
        change=change or change_form(item),
        link=(link or LinkForm(items=selectors.items_to_wait_for(item))) if plans else None,
        payables=_payables(item, actor) if plans and is_milestone else [],
        payable_state=_(MILESTONE_STATES[item.contract_milestone.state]) if item.contract_milestone else "",
        payable_tone=TONES[item.contract_milestone.state] if item.contract_milestone else "",
        may_work=may_work(actor),
        may_plan=plans,
        timeline=timeline("plan_item", item.pk),
        visits=list(item.visits.select_related("site").order_by("planned_on")),
        origins=_origins(item, actor),
    )
    return render_page(request, "delivery/item.html", page, status=status_of(sent) if sent else 200)


@require_POST
def report(request: HttpRequest, item_id: int) -> HttpResponse:
    """Report when it began and was finished."""
    item_for(item_id, to=actor_of(request))
    form = ReportForm(request.POST)
    if form.is_valid():
        try:
            services.report_work(item_id=item_id, by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("delivery:item", args=[item_id]))
        except Refusal as refusal:
            beside(form, refusal)
    return item_page(request, item_id, report=form)


@require_POST
def change(request: HttpRequest, item_id: int) -> HttpResponse:
    """Change duration, hours, person and the earliest day."""
    form = change_form(item_for(item_id, to=actor_of(request)), request)
    if form.is_valid():
        try:
            services.change_item(item_id=item_id, by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("delivery:item", args=[item_id]))
        except Refusal as refusal:
            beside(form, refusal)
    return item_page(request, item_id, change=form)


@require_POST
def link(request: HttpRequest, item_id: int) -> HttpResponse:
    """Let it wait for another item."""
    item = item_for(item_id, to=actor_of(request))
    form = LinkForm(request.POST, items=selectors.items_to_wait_for(item))
    if form.is_valid():
        try:
            services.add_link(item_id=item_id, by=actor_of(request), **form.cleaned_data)
            return _back(item_id, "links")
        except Refusal as refusal:
            beside(form, refusal)
    return item_page(request, item_id, link=form)


@require_POST
def unlink(request: HttpRequest, item_id: int, link_id: int) -> HttpResponse:
    """Let it no longer wait for another item."""
    services.remove_link(link_id=link_id, by=actor_of(request))
    return _back(item_id, "links")


@require_POST
def tie(request: HttpRequest, item_id: int) -> HttpResponse:
    """Tie a milestone to the payable milestone it serves, or untie it."""
    chosen = request.POST.get("contract_milestone_id", "")
    services.tie_milestone(
        item_id=item_id, contract_milestone_id=whole(chosen) if chosen else None, by=actor_of(request)
    )
    return _back(item_id, "payment")


@require_POST
def tick(request: HttpRequest, item_id: int) -> HttpResponse:
    """Tick a point of the checklist, or take the tick away."""
    services.tick_checklist(
        item_id=item_id,
        number=whole(request.POST.get("number", "")),
        is_done=request.POST.get("is_done") == "1",
        by=actor_of(request),
    )
    return _back(item_id, "checklist")


def _back(item_id: int, place: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('delivery:item', args=[item_id])}#{place}")


def _names(item: PlanItem) -> tuple[str, str, str]:
    """Return where an item is, what it belongs to, and its name."""
    place = item.site.number if item.site else item.country if item.level == "country" else ""
    return place, bilingual(item.parent.name) if item.parent else "", bilingual(item.name)


def _origins(item: PlanItem, actor: Actor) -> list[Origin]:
    """Return the library's template and the SOP an item was laid out from."""
    found = []
    for version in filter(None, (item.library_version, item.sop_version)):
        template = version.template
        is_open = template.organization_id in (None, actor.organization_id)
        found.append(
            Origin(
                word(TEMPLATE_KINDS, template.kind),
                f"{template.code} {bilingual(version.title)}",
                reverse("quality:template-version", args=[template.pk, version.number]) if is_open else "",
            )
        )
    return found


def _payables(item: PlanItem, actor: Actor) -> list[tuple[int, str]]:
    """Return what a milestone can be tied to, each by its contract, line and name."""
    return [
        (row.pk, f"{row.contract.reference} · {bilingual(row.line.service.name)} · {bilingual(row.name)}")
        for row in selectors.payable_milestones(item, to=actor)
    ]


def change_form(item: PlanItem, request: HttpRequest | None = None) -> ChangeForm:
    """Return the form with what is planned now, or with what was typed."""
    names = ("assignee_id", "duration_days", "hours", "not_before_on")
    people = [(person.pk, str(person)) for person in people_of_study(item.plan.study)]
    return ChangeForm(
        request.POST if request else None,
        initial={name: getattr(item, name) for name in names},
        people=people,
    )


def _reported(item: PlanItem) -> dict[str, object]:
    start = item.actual_start_on
    return {
        "actual_start_on": start or (item.forecast_start_on if (item.forecast_start_on or today()) <= today() else today()),
        "actual_finish_on": item.actual_finish_on,
    }  # fmt: skip
