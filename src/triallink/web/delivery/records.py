"""Records of a study: one set of pages for all kinds, drawn from the kinds' data."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.delivery import services
from triallink.domains.delivery.access import record_for
from triallink.domains.delivery.models import ActionItem, RecordComment, StudyRecord
from triallink.domains.delivery.record_kinds import Kind, record_kind, record_kinds, state_of, steps_from
from triallink.domains.delivery.selectors import work
from triallink.domains.studies.models import Study
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine, Signature
from triallink.foundation.sentences import bilingual, sentence_of
from triallink.foundation.signatures import signatures_of
from triallink.kernel.refusals import N_, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.delivery.forms import ActionForm, people_choices
from triallink.web.delivery.frame import may_work, today
from triallink.web.jinja import date
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import beside, status_of, whole
from triallink.web.studies.frame import actor_of, entered, mark_of

FIELDS: dict[str, Any] = {
    "text": lambda label: forms.CharField(
        label=label, required=False, max_length=6000, widget=forms.Textarea({"rows": 3})
    ),
    "line": lambda label: forms.CharField(label=label, required=False, max_length=200),
    "number": lambda label: forms.IntegerField(label=label, required=False, min_value=0),
    "date": lambda label: forms.DateField(label=label, required=False, widget=forms.DateInput()),
}


class RecordForm(forms.Form):
    """A record of one kind: its fields come from the kind's data; the service says which must be filled."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    site_id = forms.TypedChoiceField(label=gettext_lazy("Site"), coerce=int, empty_value=None, required=False)
    owner_id = forms.TypedChoiceField(
        label=gettext_lazy("Owner"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, kind: Kind, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = [
            (site.pk, f"{site.number} {site.name_en or site.name_zh}")
            for site in study.sites.order_by("number")
        ]
        self.fields["site_id"].choices = [("", "–"), *sites]  # type: ignore[attr-defined]
        self.fields["owner_id"].choices = [("", "–"), *people_choices(study)]  # type: ignore[attr-defined]
        self.codes = [field["code"] for field in kind["fields"]]
        for field in kind["fields"]:
            label = str(bilingual(field["label"])) + (" *" if field["is_required"] else "")
            if field["kind"] == "choice":
                choices = [("", "–"), *((c, str(bilingual(w))) for c, w in field["choices"].items())]
                self.fields[field["code"]] = forms.ChoiceField(label=label, choices=choices, required=False)
            else:
                self.fields[field["code"]] = FIELDS[field["kind"]](label)

    @property
    def values(self) -> dict[str, Any]:
        """Return what was typed into the kind's own fields."""
        return {code: self.cleaned_data.get(code) for code in self.codes}


@dataclass(frozen=True)
class RecordRow:
    """A record in the list."""

    record: StudyRecord
    kind: str
    state: str
    tone: str
    grade: str
    is_overdue: bool


@dataclass(frozen=True)
class RecordListPage:
    """A study's records of one kind, or of all."""

    in_study: StudyMark
    listing: Listing
    tabs: list[tuple[str, str, bool, int | None]]
    kind: str
    title: str
    cites: str
    may_work: bool


@dataclass(frozen=True)
class RecordFormPage:
    """A record to write."""

    in_study: StudyMark
    form: RecordForm
    kind: str
    title: str
    record: StudyRecord | None


@dataclass(frozen=True)
class RecordPage:
    """One record."""

    in_study: StudyMark
    record: StudyRecord
    kind: str
    state: str
    tone: str
    facts: list[tuple[str, str]]
    texts: list[tuple[str, str]]
    steps: list[dict[str, Any]]
    actions: list[ActionItem]
    comments: list[RecordComment]
    signatures: list[Signature]
    timeline: list[AuditLine]
    action: ActionForm
    may_work: bool
    message: str
    followers: list[StudyRecord]


def row_of(record: StudyRecord) -> RecordRow:
    """Return a record as a row."""
    kind = record_kind(record.kind)
    state = state_of(kind, record.state)
    return RecordRow(
        record=record,
        kind=str(bilingual(kind["title"])),
        state=str(bilingual(state["label"])),
        tone=state["tone"],
        grade=grade_words(kind, record.grade),
        is_overdue=bool(record.due_on and not record.closed_at and record.due_on < today()),
    )


def grade_words(kind: Kind, grade: str) -> str:
    """Return a grade in the reader's language."""
    field = next((one for one in kind["fields"] if one["code"] == kind["grade"]), None)
    return str(bilingual(field["choices"].get(grade, ""))) if field else ""


def record_list(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show the records of a kind."""
    _study, mark, _may = entered(request, study_id)
    actor = actor_of(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in record_kinds() else ""
    rows = work.records(study_id, to=actor, kind=kind)

    def shape(found: list[Any]) -> list[Any]:
        return [row_of(one) for one in found]

    if wants_export(request):
        return export(request, RECORDS, rows, shape=shape)
    counts = work.record_counts(study_id, to=actor)
    base = reverse("delivery:records", args=[study_id])
    tabs: list[tuple[str, str, bool, int | None]] = [(_("All"), base, not kind, None)]
    tabs += [
        (str(bilingual(data["plural"])), f"{base}?kind={code}", code == kind, counts.get(code, (0, 0))[0])
        for code, data in record_kinds().items()
    ]
    page = RecordListPage(
        in_study=mark,
        listing=RECORDS.read(request, rows, shape=shape),
        tabs=tabs,
        kind=kind,
        title=str(bilingual(record_kinds()[kind]["title"])) if kind else "",
        cites=record_kinds()[kind]["cites"] if kind else "",
        may_work=may_work(actor),
    )
    return answer(request, "delivery/records.html", "list", page)


def new_record(request: HttpRequest, study_id: int) -> HttpResponse:
    """Open a record of a kind."""
    study, mark, _may = entered(request, study_id)
    kind = record_kind(request.GET.get("kind", "issue"))
    form = RecordForm(request.POST or None, kind=kind, study=study)
    if request.method == "POST" and form.is_valid():
        try:
            found = services.open_record(
                study_id=study_id,
                kind=kind["code"],
                title=form.cleaned_data["title"],
                values=form.values,
                site_id=form.cleaned_data["site_id"],
                owner_id=form.cleaned_data["owner_id"],
                parent_id=whole(request.GET.get("parent", "")) or None,
                visit_id=whole(request.GET.get("visit", "")) or None,
                by=actor_of(request),
            )
            return HttpResponseRedirect(reverse("delivery:record", args=[found.pk]))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            beside(form, refusal)
    page = RecordFormPage(mark, form, kind["code"], str(bilingual(kind["title"])), None)
    return render_page(request, "delivery/record_form.html", page, status=status_of(form))


def edit_record(request: HttpRequest, record_id: int) -> HttpResponse:
    """Change an open record."""
    record = record_for(record_id, to=actor_of(request))
    kind = record_kind(record.kind)
    initial = {"title": record.title, "site_id": record.site_id, "owner_id": record.owner_id, **record.values}
    form = RecordForm(request.POST or None, kind=kind, study=record.study, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_record(
                record_id=record_id,
                title=form.cleaned_data["title"],
                values=form.values,
                owner_id=form.cleaned_data["owner_id"],
                by=actor_of(request),
            )
            return HttpResponseRedirect(reverse("delivery:record", args=[record_id]))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            beside(form, refusal)
    page = RecordFormPage(mark_of(record.study), form, kind["code"], str(bilingual(kind["title"])), record)
    return render_page(request, "delivery/record_form.html", page, status=status_of(form))


def record_page(
    request: HttpRequest, record_id: int, *, message: str = "", action: ActionForm | None = None
) -> HttpResponse:
    """Show one record."""
    record = record_for(record_id, to=actor_of(request))
    kind = record_kind(record.kind)
    row = row_of(record)
    shown = [(field, _shown(field, record.values.get(field["code"], ""))) for field in kind["fields"]]
    people = people_choices(record.study)
    page = RecordPage(
        in_study=mark_of(record.study),
        record=record,
        kind=row.kind,
        state=row.state,
        tone=row.tone,
        facts=[(str(bilingual(f["label"])), value) for f, value in shown if f["kind"] != "text"],
        texts=[(str(bilingual(f["label"])), value) for f, value in shown if f["kind"] == "text" and value],
        steps=steps_from(kind, record.state),
        actions=list(record.action_items.select_related("owner").order_by("due_on")),
        comments=list(record.comments.select_related("by").order_by("at")),
        signatures=signatures_of("study_record", record.pk),
        timeline=timeline("study_record", record.pk),
        action=action or ActionForm(people=people, initial={"due_on": today() + dt.timedelta(days=14)}),
        may_work=may_work(actor_of(request)),
        message=message,
        followers=list(record.followers.order_by("pk")),
    )
    status = 422 if message or (action and action.is_bound) else 200
    return render_page(request, "delivery/record.html", page, status=status)


@require_POST
def step(request: HttpRequest, record_id: int) -> HttpResponse:
    """Take a step."""
    try:
        services.take_step(
            record_id=record_id,
            step=request.POST.get("step", ""),
            secret=request.POST.get("secret", ""),
            why=request.POST.get("why", ""),
            by=actor_of(request),
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        field = next(
            (
                str(bilingual(one["label"]))
                for one in record_kind(record_for(record_id, to=actor_of(request)).kind)["fields"]
                if one["code"] == refusal.field
            ),
            "",
        )
        return record_page(request, record_id, message=f"{field} {sentence_of(refusal)}".strip())
    return HttpResponseRedirect(reverse("delivery:record", args=[record_id]))


@require_POST
def comment(request: HttpRequest, record_id: int) -> HttpResponse:
    """Say something."""
    services.write_comment(record_id=record_id, text=request.POST.get("text", ""), by=actor_of(request))
    return HttpResponseRedirect(reverse("delivery:record", args=[record_id]) + "#comments")


def _shown(field: dict[str, Any], value: str) -> str:
    if field["kind"] == "choice" and value:
        return str(bilingual(field["choices"].get(value, {"en": value})))
    if field["kind"] == "date" and value:
        return date(dt.date.fromisoformat(value))
    return value


RECORDS = ListSpec(
    name="records",
    columns=(
        Column("reference", N_("Number"), sort=("kind", "number"), value=lambda row: row.record.reference),
        Column("title", N_("Title"), sort=("title",), value=lambda row: row.record.title),
        Column("site", N_("Site"), sort=("site__number",), value=lambda row: row.record.site and row.record.site.number),
        Column("grade", N_("Grade"), sort=("grade",)),
        Column("owner", N_("Owner"), sort=("owner__name",), value=lambda row: row.record.owner),
        Column("due", N_("Due"), sort=("due_on",), value=lambda row: row.record.due_on),
        Column("state", N_("State"), sort=("state",)),
        Column("opened", N_("Opened"), sort=("created_at",), value=lambda row: row.record.created_at),
    ),
    search=("title", "site__number", "owner__name"),
    facets=(
        Facet("site", N_("Site"), "site__number"),
        Facet("owner", N_("Owner"), "owner__name"),
    ),
    default_sort="-opened",
)  # fmt: skip
