"""The protocol of a study: what it says, its versions, what changed, and its schedule as a grid."""

from dataclasses import dataclass
from itertools import groupby

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from triallink.domains.studies import selectors, services
from triallink.domains.studies.models import ProtocolVersion
from triallink.domains.studies.selectors import protocol_of
from triallink.engines.protocol import Change, Protocol, Schedule, diff, schedule_of_activities
from triallink.foundation.files import read_limited
from triallink.foundation.sentences import sentence
from triallink.kernel.refusals import Refusal
from triallink.web.answers import render_page
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import Finding, beside, findings_of, status_of
from triallink.web.studies.forms import VersionForm
from triallink.web.studies.frame import actor_of, entered


@dataclass(frozen=True)
class ProtocolPage:
    """One version of the protocol, readable."""

    in_study: StudyMark
    row: ProtocolVersion | None
    protocol: Protocol | None
    versions: list[ProtocolVersion]
    warnings: list[tuple[str, str]]
    may_change: bool


@dataclass(frozen=True)
class AddVersionPage:
    """The next version of the protocol, to upload."""

    in_study: StudyMark
    form: forms.Form
    findings: list[Finding]


@dataclass(frozen=True)
class DiffPage:
    """What changed from one version to another, by section."""

    in_study: StudyMark
    old: int
    new: int
    sections: list[tuple[str, list[Change]]]
    count: int


@dataclass(frozen=True)
class SchedulePage:
    """The schedule of activities as a grid."""

    in_study: StudyMark
    schedule: Schedule | None
    epochs: list[tuple[str, int]]
    timelines: list[tuple[str, str, bool]]
    version: int


def protocol(request: HttpRequest, study_id: int, number: int | None = None) -> HttpResponse:
    """Show one version of the protocol, the latest by default."""
    _study, mark, may_change = entered(request, study_id)
    row = selectors.version(study_id, number, to=actor_of(request))
    page = ProtocolPage(
        in_study=mark,
        row=row,
        protocol=protocol_of(row) if row else None,
        versions=selectors.versions(study_id, to=actor_of(request)),
        warnings=[(f["path"], sentence(f["message_template"], f["params"])) for f in row.findings]
        if row
        else [],
        may_change=may_change,
    )
    return render_page(request, "studies/protocol.html", page)


def add_version(request: HttpRequest, study_id: int) -> HttpResponse:
    """Upload the next version."""
    _study, mark, _may = entered(request, study_id)
    form = VersionForm(request.POST or None, request.FILES or None)
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            row = services.add_protocol_version(
                study_id=study_id,
                content=read_limited(upload, services.protocols.MAX_FILE_MB),
                file_name=upload.name,
                note=form.cleaned_data["note"],
                by=actor_of(request),
            )
            return HttpResponseRedirect(diff_address(study_id, row.number))
        except Refusal as refusal:
            findings = findings_of(refusal)
            beside(form, refusal)
    page = AddVersionPage(mark, form, findings)
    return render_page(request, "studies/protocol_add.html", page, status=status_of(form))


def differences(request: HttpRequest, study_id: int, old: int, new: int) -> HttpResponse:
    """Show what changed between two versions."""
    _study, mark, _may = entered(request, study_id)
    rows = [selectors.version(study_id, number, to=actor_of(request)) for number in (old, new)]
    before, after = (protocol_of(row) for row in rows if row is not None)
    changes = diff(before, after)
    sections = [(name, list(group)) for name, group in groupby(changes, key=lambda change: change.section)]
    return render_page(request, "studies/diff.html", DiffPage(mark, old, new, sections, len(changes)))


def schedule(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show the schedule of activities of one timeline, the main one by default."""
    _study, mark, _may = entered(request, study_id)
    row = selectors.version(study_id, to=actor_of(request))
    found = protocol_of(row) if row else None
    known = {item.id for item in found.timelines} if found else set()
    asked = request.GET.get("timeline", "")
    grid = None
    if found is not None and found.main_timeline is not None:
        grid = schedule_of_activities(found, asked if asked in known else "")
    page = SchedulePage(
        in_study=mark,
        schedule=grid,
        epochs=[
            (label, len(list(group))) for label, group in groupby(grid.columns, key=lambda c: c.epoch_label)
        ]
        if grid
        else [],
        timelines=[
            (item.id, item.label or item.name, grid is not None and item.id == grid.timeline_id)
            for item in (found.timelines if found else ())
        ],
        version=row.number if row else 0,
    )
    return render_page(request, "studies/schedule.html", page)


def diff_address(study_id: int, number: int) -> str:
    """Return where a new version is compared with the one before, or shown if it is the first."""
    if number == 1:
        return reverse("studies:protocol", args=[study_id])
    return reverse("studies:protocol-diff", args=[study_id, number - 1, number])
