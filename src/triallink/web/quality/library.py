"""The process library: the list, one template with its versions, the editor with preview."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.quality.access import LIBRARY_ROLES, require_library_keeper, template_for
from triallink.domains.quality.models import (
    TEMPLATE_KINDS,
    TEMPLATE_STAGES,
    VERSION_STATES,
    ProcessTemplate,
    TemplateVersion,
)
from triallink.domains.quality.selectors import templates, version_in_force
from triallink.domains.quality.services import library as service
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import bilingual, sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_, NotFound, Refusal
from triallink.kernel.vocabulary import PHASES, SERVICE_CATEGORIES
from triallink.web.answers import answer, render_page
from triallink.web.delivery.frame import today
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.quality.applications import is_desk
from triallink.web.quality.forms import day_field, several, words_field
from triallink.web.quality.frame import actor_of, name_of, tried
from triallink.web.wording import choices_of, word

LEVELS = {"study": N_("Study"), "country": N_("Country"), "site": N_("Site")}
VERSION_TONES = {"draft": "warn", "approved": "good", "retired": "calm"}
LIBRARY = ListSpec(
    name="library",
    columns=(
        Column("code", N_("Template code"), sort=("code", "kind")),
        Column("title", N_("Title"), sort=("title_en", "code"), value=lambda row: bilingual(row.title)),
        Column("kind", N_("Kind"), sort=("kind", "code"), value=lambda row: word(TEMPLATE_KINDS, row.kind)),
        Column("stage", N_("Stage"), sort=("stage", "code"), value=lambda row: word(TEMPLATE_STAGES, row.stage)),
        Column("cites", N_("Serves"), sort=("cites", "code")),
        Column("version", N_("Version"), sort=("number", "code"), value=lambda row: row.number, is_number=True),
        Column("effective", N_("In force from"), sort=("effective_on", "code"), value=lambda row: row.effective_on),
        Column("owner", N_("Library of"), value=lambda row: name_of(row.organization) if row.organization else "Trial.Link"),
    ),
    search=("code", "title_en", "title_zh", "cites"),
    facets=(
        Facet("kind", N_("Kind"), "kind", names=TEMPLATE_KINDS),
        Facet("stage", N_("Stage"), "stage", names=TEMPLATE_STAGES),
        Facet("service", N_("Service"), "services", names=SERVICE_CATEGORIES, is_array=True),
        Facet("phase", N_("Phase"), "phases", names=PHASES, is_array=True),
    ),
    default_sort="code",
)  # fmt: skip


@dataclass(frozen=True)
class LibraryPage:
    """Templates the viewer may use."""

    listing: Listing
    may_keep: bool
    kinds: dict[str, str]
    stages: dict[str, str]


@dataclass(frozen=True)
class VersionWords:
    """A version as it is read."""

    number: int
    title: str
    cites: str
    purpose: str
    evidence: str
    level: str
    after: list[str]
    plan_task: str
    lines: list[dict[str, str]]


@dataclass(frozen=True)
class TemplatePage:
    """One template with the version chosen."""

    template: ProcessTemplate
    kind: str
    stage: str
    services: list[str]
    phases: list[str]
    shown: VersionWords
    version: TemplateVersion
    in_force: int | None
    versions: list[TemplateVersion]
    states: dict[str, str]
    tones: dict[str, str]
    may_edit: bool
    may_copy: bool
    approve_form: forms.Form
    timeline: list[AuditLine]
    message: str


@dataclass(frozen=True)
class EditorPage:
    """The editor; the preview shows what was typed."""

    template: ProcessTemplate | None
    form: forms.Form
    preview: VersionWords | None
    kind: str


class EditorForm(forms.Form):
    """A version to write. Each line of the list: English | 中文."""

    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=160)
    title_zh = forms.CharField(label=gettext_lazy("Title in Chinese"), max_length=160)
    cites = forms.CharField(label=gettext_lazy("Section it serves"), max_length=160)
    lines = words_field(
        gettext_lazy("Listed items"),
        is_required=True,
        rows=10,
        help_text=gettext_lazy("One per row: English | 中文"),
    )
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        max_length=600,
        required=False,
        help_text=gettext_lazy("In one row: English | 中文"),
    )
    change_note = forms.CharField(label=gettext_lazy("What changed, and why"), max_length=400, required=False)

    def content(self, before: dict[str, Any]) -> dict[str, Any]:
        """Return the content as typed, over what the version before says besides."""
        given = self.cleaned_data
        found = {**before, "lines": [pair(row) for row in given["lines"].splitlines() if row.strip()]}
        found.pop("purpose", None)
        if given["purpose"].strip():
            found["purpose"] = pair(given["purpose"])
        return found

    @property
    def title(self) -> dict[str, str]:
        """Return the title in both languages."""
        return {"en": self.cleaned_data["title_en"].strip(), "zh": self.cleaned_data["title_zh"].strip()}


class NewTemplateForm(EditorForm):
    """A template of one's own."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=lambda: [one for one in choices_of(TEMPLATE_KINDS) if one[0] != "milestone"],
    )
    code = forms.CharField(label=gettext_lazy("Template code"), max_length=24)
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), choices=lambda: choices_of(TEMPLATE_STAGES))
    services = several(gettext_lazy("Services"), SERVICE_CATEGORIES)
    phases = several(gettext_lazy("Phases"), PHASES)


class ApproveForm(forms.Form):
    """From when the draft is in force."""

    effective_on = day_field(gettext_lazy("In force from"))


def library_list(request: HttpRequest) -> HttpResponse:
    """Show the templates in force."""
    actor = actor_of(request)
    rows = templates(to=actor, on=today())
    if wants_export(request):
        return export(request, LIBRARY, rows)
    page = LibraryPage(LIBRARY.read(request, rows), may_keep(actor), TEMPLATE_KINDS, TEMPLATE_STAGES)
    return answer(request, "quality/library.html", "list", page)


def template_detail(
    request: HttpRequest,
    template_id: int,
    number: int | None = None,
    *,
    approve_form: ApproveForm | None = None,
    message: str = "",
) -> HttpResponse:
    """Show one version of a template: the one in force, if none is asked for."""
    actor = actor_of(request)
    template = template_for(template_id, to=actor)
    owns = may_keep(actor) and template.organization_id == (
        None if actor.is_operator else actor.organization_id
    )
    versions = [
        one
        for one in template.versions.select_related("created_by", "approved_by").order_by("-number")
        if one.state != "draft" or owns
    ]
    present = version_in_force(template.pk, today())
    by_number = {one.number: one for one in versions}
    shown = by_number.get(number or (present.number if present else max(by_number, default=0)))
    if shown is None:
        raise NotFound
    page = TemplatePage(
        template=template,
        kind=word(TEMPLATE_KINDS, template.kind),
        stage=word(TEMPLATE_STAGES, template.stage),
        services=[word(SERVICE_CATEGORIES, one) for one in template.services],
        phases=[word(PHASES, one) for one in template.phases],
        shown=words_of(shown.number, shown.title, shown.cites, shown.content),
        version=shown,
        in_force=present.number if present else None,
        versions=versions,
        states=VERSION_STATES,
        tones=VERSION_TONES,
        may_edit=owns,
        may_copy=may_keep(actor) and not owns and not actor.is_operator,
        approve_form=approve_form or ApproveForm(initial={"effective_on": today()}),
        timeline=timeline("process_template", template.pk, 20),
        message=message,
    )
    status = 422 if approve_form or message else 200
    return render_page(request, "quality/template.html", page, status=status)


def template_new(request: HttpRequest) -> HttpResponse:
    """Write a template of one's own."""
    actor = actor_of(request)
    actor.require(*LIBRARY_ROLES)
    form = NewTemplateForm(request.POST or None)
    preview = _preview(form, {}) if request.POST.get("act") == "preview" else None
    made: list[TemplateVersion] = []

    def create() -> None:
        given = {
            name: form.cleaned_data[name] for name in ("kind", "code", "stage", "services", "phases", "cites")
        }
        made.append(service.create_template(title=form.title, content=form.content({}), by=actor, **given))

    if preview is None and request.method == "POST" and tried(form, create):
        return HttpResponseRedirect(reverse("quality:template-detail", args=[made[0].template_id]))
    page = EditorPage(None, form, preview, "")
    return render_page(request, "quality/editor.html", page, status=_status(form, preview))


def template_edit(request: HttpRequest, template_id: int) -> HttpResponse:
    """Write the next version."""
    actor = actor_of(request)
    template = template_for(template_id, to=actor)
    require_library_keeper(actor, template)
    last = template.versions.order_by("-number").first()
    if last is None:
        raise NotFound
    form = EditorForm(request.POST or None, initial=_initial(last))
    preview = _preview(form, last.content) if request.POST.get("act") == "preview" else None

    def save() -> None:
        service.draft_version(
            template_id=template_id,
            title=form.title,
            cites=form.cleaned_data["cites"],
            content=form.content(last.content),
            change_note=form.cleaned_data["change_note"],
            by=actor,
        )

    if preview is None and request.method == "POST" and tried(form, save):
        messages.success(request, _("The draft is saved."))
        return HttpResponseRedirect(reverse("quality:template-detail", args=[template_id]))
    page = EditorPage(template, form, preview, word(TEMPLATE_KINDS, template.kind))
    return render_page(request, "quality/editor.html", page, status=_status(form, preview))


@require_POST
def template_copy(request: HttpRequest, template_id: int) -> HttpResponse:
    """Copy a template into the own library."""
    try:
        made = service.copy_template(template_id=template_id, by=actor_of(request))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return template_detail(request, template_id, message=sentence_of(refusal))
    return HttpResponseRedirect(reverse("quality:template-edit", args=[made.template_id]))


@require_POST
def template_approve(request: HttpRequest, template_id: int) -> HttpResponse:
    """Approve the draft."""
    template_for(template_id, to=actor_of(request))
    form = ApproveForm(request.POST)
    if tried(
        form,
        lambda: service.approve_version(template_id=template_id, by=actor_of(request), **form.cleaned_data),
    ):
        messages.success(request, _("The version is approved."))
        return HttpResponseRedirect(reverse("quality:template-detail", args=[template_id]))
    return template_detail(request, template_id, approve_form=form)


def may_keep(actor: Actor) -> bool:
    """Return whether somebody keeps a library: the operator's quality desk, or an organization's quality people."""
    return is_desk(actor) if actor.is_operator else actor.has(*LIBRARY_ROLES)


def pair(row: str) -> dict[str, str]:
    """Return a typed row "English | 中文" in both languages; a missing half is empty."""
    english, _bar, chinese = row.partition("|")
    return {"en": english.strip(), "zh": chinese.strip()}


def words_of(number: int, title: dict[str, str], cites: str, content: dict[str, Any]) -> VersionWords:
    """Return a version in the reader's words; its lines stay in both languages."""
    return VersionWords(
        number=number,
        title=str(bilingual(title)),
        cites=cites,
        purpose=str(bilingual(content.get("purpose", ""))),
        evidence=str(bilingual(content.get("evidence", ""))),
        level=word(LEVELS, content["level"]) if content.get("level") else "",
        after=list(content.get("after", [])),
        plan_task=str(content.get("plan_task", "")),
        lines=content["lines"],
    )


def _initial(version: TemplateVersion) -> dict[str, str]:
    def row(one: dict[str, str]) -> str:
        return f"{one['en']} | {one['zh']}"

    purpose = version.content.get("purpose")
    return {
        "title_en": version.title["en"],
        "title_zh": version.title["zh"],
        "cites": version.cites,
        "lines": "\n".join(row(one) for one in version.content["lines"]),
        "purpose": row(purpose) if purpose else "",
        "change_note": version.change_note if version.state == "draft" else "",
    }


def _preview(form: EditorForm, before: dict[str, Any]) -> VersionWords | None:
    if not form.is_valid():
        return None
    return words_of(0, form.title, form.cleaned_data["cites"], form.content(before))


def _status(form: forms.Form, preview: VersionWords | None) -> int:
    return 422 if form.is_bound and preview is None else 200
