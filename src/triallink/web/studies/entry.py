"""Creating, importing and editing a study."""

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from triallink.domains.studies import services
from triallink.domains.studies.models import Study
from triallink.engines.protocol import ProtocolUnreadable
from triallink.foundation.files import read_limited
from triallink.foundation.sentences import sentence, sentence_of
from triallink.kernel.refusals import Refusal
from triallink.web.answers import render_page
from triallink.web.navigation import StudyMark
from triallink.web.studies.forms import ImportForm, NewStudyForm, PlanForm
from triallink.web.studies.frame import actor_of, entered

Finding = tuple[str, str, str]  # path, sentence, severity


@dataclass(frozen=True)
class EntryPage:
    """A form about a study; findings say what is wrong with a file, and where."""

    form: forms.Form
    findings: list[Finding]


@dataclass(frozen=True)
class EditPage:
    """The plan of a study, to change."""

    in_study: StudyMark
    study: Study
    form: forms.Form
    countries: list[tuple[str, int, int]]


def new_study(request: HttpRequest) -> HttpResponse:
    """Create a study by form."""
    form = NewStudyForm(request.POST or None, initial={"currency": "CNY", "phase": "3"})
    if request.method == "POST" and form.is_valid():
        try:
            study = services.create_study(by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("studies:detail", args=[study.pk]))
        except Refusal as refusal:
            beside(form, refusal)
    return render_page(request, "studies/new.html", EntryPage(form, []), status=status_of(form))


def import_study(request: HttpRequest) -> HttpResponse:
    """Create a study from a protocol file."""
    form = ImportForm(request.POST or None, request.FILES or None)
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            study = services.import_study(
                content=read_limited(upload, services.protocols.MAX_FILE_MB),
                file_name=upload.name,
                code=form.cleaned_data["code"],
                record_number=form.cleaned_data["record_number"],
                by=actor_of(request),
            )
            return HttpResponseRedirect(reverse("studies:detail", args=[study.pk]))
        except Refusal as refusal:
            findings = findings_of(refusal)
            beside(form, refusal)
    return render_page(request, "studies/import.html", EntryPage(form, findings), status=status_of(form))


def edit_study(request: HttpRequest, study_id: int) -> HttpResponse:
    """Change a study's plan and its countries."""
    study, mark, _may = entered(request, study_id)
    initial = {name: getattr(study, name) for name in PlanForm.base_fields}
    form = PlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_study(
                study_id=study_id,
                by=actor_of(request),
                countries=typed_countries(request),
                **form.cleaned_data,
            )
            return HttpResponseRedirect(reverse("studies:detail", args=[study.pk]))
        except Refusal as refusal:
            beside(form, refusal)
    countries = [
        (c.country, c.planned_sites, c.planned_subjects) for c in study.countries.order_by("country")
    ]
    page = EditPage(mark, study, form, countries)
    return render_page(request, "studies/edit.html", page, status=status_of(form))


def typed_countries(request: HttpRequest) -> dict[str, tuple[int, int]]:
    """Return the country plan as typed; a row without a country or with wrong numbers counts as nothing."""
    names = request.POST.getlist("country")
    numbers = zip(
        request.POST.getlist("country_sites"), request.POST.getlist("country_subjects"), strict=False
    )
    plan = {}
    for name, (sites, subjects) in zip(names, numbers, strict=False):
        code = name.strip().upper()
        if len(code) == 2 and code.isalpha():
            plan[code] = (whole(sites), whole(subjects))
    return plan


def whole(text: str) -> int:
    """Return a typed whole number, 0 if it is none, at most a million."""
    return min(int(text), 1_000_000) if text.isascii() and text.isdigit() else 0


def beside(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal beside its field, or on top of the form if it has none."""
    form.add_error(refusal.field if refusal.field in form.fields else None, sentence_of(refusal))


def findings_of(refusal: Refusal) -> list[Finding]:
    """Return the located findings of an unreadable file in the reader's language."""
    if not isinstance(refusal, ProtocolUnreadable):
        return []
    return [
        (finding.path, sentence(finding.message_template, dict(finding.params)), finding.severity)
        for finding in refusal.findings
    ]


def status_of(form: forms.Form) -> int:
    """Return 422 for a form that was refused, 200 for one not yet sent."""
    return 422 if form.is_bound else 200
