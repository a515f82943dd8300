"""The milestones of a contract and what is handed in at them."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts.models import Membership, Person
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.access import may_review, milestone_for
from triallink.domains.contracts.evidence import RequirementState, requirement_states
from triallink.domains.contracts.models import (
    MILESTONE_STATES,
    Deliverable,
    DeliverableVersion,
    EvidenceOverride,
    Milestone,
    MilestoneFact,
    MilestoneSubmission,
)
from triallink.domains.contracts.rule_words import kind_words
from triallink.domains.contracts.services.deliverables import OPEN_TO_WORK
from triallink.domains.delivery.models import PlanItem
from triallink.domains.delivery.selectors.plan import items_of_payable
from triallink.foundation.files import read_file, read_limited
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.contracts.forms import AcceptForm, NoteForm, ReturnForm, UploadForm
from triallink.web.contracts.frame import ContractFrame, actor_of, frame_of
from triallink.web.delivery.frame import place_of, state_of
from triallink.web.studies.entry import beside, whole

TONES = {
    "planned": "calm",
    "due": "warn",
    "submitted": "info",
    "returned": "bad",
    "accepted": "good",
    "deemed_accepted": "good",
    "payable": "accent",
    "paid": "good",
    "cancelled": "calm",
}


@dataclass(frozen=True)
class WorkPage:
    """The milestones of a contract."""

    frame: ContractFrame
    rows: list[selectors.WorkRow]
    states: dict[str, str]
    tones: dict[str, str]


@dataclass(frozen=True)
class DeliverablesPage:
    """Everything handed in under a contract."""

    frame: ContractFrame
    rows: list[Deliverable]


@dataclass(frozen=True)
class Asked:
    """A required kind of fact in words, with the facts there are."""

    words: str
    state: RequirementState


@dataclass(frozen=True)
class MilestonePage:
    """One milestone: what it asks for, what was handed in, what can be done."""

    frame: ContractFrame
    milestone: Milestone
    state: str
    tone: str
    asked: list[Asked]
    facts: list[MilestoneFact]
    override: EvidenceOverride | None
    deliverables: list[Deliverable]
    submissions: list[MilestoneSubmission]
    people: list[Person]
    planned: list[tuple[PlanItem, str, str, str]]  # what of the plan serves it: item, place, state, tone
    may_deliver: bool
    may_answer: bool
    may_assign: bool
    is_missing: bool
    upload_form: forms.Form
    note_form: forms.Form
    accept_form: forms.Form
    return_form: forms.Form


def work(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show the milestones."""
    frame = frame_of(request, contract_id, "work")
    page = WorkPage(frame, selectors.work_rows(frame.contract), MILESTONE_STATES, TONES)
    return render_page(request, "contracts/work.html", page)


def deliverables(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show everything handed in."""
    frame = frame_of(request, contract_id, "deliverables")
    page = DeliverablesPage(frame, selectors.deliverables_of(frame.contract))
    return render_page(request, "contracts/deliverables.html", page)


def milestone(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Show one milestone."""
    return show(request, milestone_id)


def show(
    request: HttpRequest,
    milestone_id: int,
    *,
    upload: forms.Form | None = None,
    accept: forms.Form | None = None,
    give_back: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show one milestone with these forms as typed."""
    actor = actor_of(request)
    row = milestone_for(milestone_id, to=actor)
    frame = frame_of(request, row.contract_id, "work")
    asked = [Asked(kind_words(one.requirement), one) for one in requirement_states(row)]
    is_open = frame.contract.state == "signed"
    own = Membership.objects.filter(organization_id=row.contract.buyer_id, ended_at=None)
    # Deliverables of this very milestone are accepted together with it, so they count as there.
    missing = [
        one for one in asked if not one.state.is_met and one.state.requirement.kind != "deliverable_accepted"
    ]
    page = MilestonePage(
        frame=frame,
        milestone=row,
        state=MILESTONE_STATES[row.state],
        tone=TONES[row.state],
        asked=asked,
        facts=list(row.facts.all()),
        override=EvidenceOverride.objects.filter(milestone=row).select_related("signature").first(),
        deliverables=selectors.deliverables_of(row.contract, row.pk),
        submissions=selectors.submissions_of(row),
        people=[m.person for m in own.select_related("person").order_by("person__name")],
        planned=[(item, place_of(item), *state_of(item)) for item in items_of_payable(row.pk, to=actor)],
        may_deliver=frame.is_supplier and is_open and row.state in OPEN_TO_WORK,
        may_answer=is_open and row.state == "submitted" and may_review(row, to=actor),
        may_assign=frame.is_buyer and not row.is_reached,
        is_missing=bool(missing),
        upload_form=upload or UploadForm(),
        note_form=NoteForm(),
        accept_form=accept or AcceptForm(),
        return_form=give_back or ReturnForm(),
    )
    return render_page(request, "contracts/milestone.html", page, status=status)


@require_POST
def upload(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Hand in a file."""
    form = UploadForm(request.POST, request.FILES)
    milestone_for(milestone_id, to=actor_of(request))
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            services.upload_deliverable(
                milestone_id=milestone_id,
                name=form.cleaned_data["name"],
                content=read_limited(file, services.MAX_FILE_MB),
                file_name=file.name,
                media_type=file.content_type or "application/octet-stream",
                note=form.cleaned_data["note"],
                by=actor_of(request),
            )
            return _back(milestone_id)
        except Refusal as refusal:
            beside(form, refusal)
    return show(request, milestone_id, upload=form, status=422)


@require_POST
def submit(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Say that the milestone is reached."""
    services.submit_milestone(
        milestone_id=milestone_id, note=request.POST.get("note", "")[:2000], by=actor_of(request)
    )
    messages.success(request, _("Handed in; the buyer's days to answer run."))
    return _back(milestone_id)


@require_POST
def accept(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Accept with a signature."""
    form = AcceptForm(request.POST)
    milestone_for(milestone_id, to=actor_of(request))
    if form.is_valid():
        try:
            services.accept_milestone(milestone_id=milestone_id, by=actor_of(request), **form.cleaned_data)
            messages.success(request, _("Accepted and signed."))
            return _back(milestone_id)
        except Refusal as refusal:
            beside(form, refusal)
    return show(request, milestone_id, accept=form, status=422)


@require_POST
def give_back(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Return with reasons."""
    form = ReturnForm(request.POST)
    milestone_for(milestone_id, to=actor_of(request))
    if form.is_valid():
        try:
            services.return_milestone(
                milestone_id=milestone_id, reasons=form.cleaned_data["reasons"], by=actor_of(request)
            )
            messages.success(request, _("Returned with your reasons."))
            return _back(milestone_id)
        except Refusal as refusal:
            beside(form, refusal)
    return show(request, milestone_id, give_back=form, status=422)


@require_POST
def assign(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Say who looks at what is handed in."""
    services.assign_reviewer(
        milestone_id=milestone_id, person_id=whole(request.POST.get("person_id", "")), by=actor_of(request)
    )
    return _back(milestone_id)


def file(request: HttpRequest, version_id: int) -> HttpResponse:
    """Send one version of a deliverable."""
    version = DeliverableVersion.objects.select_related("file", "deliverable").filter(pk=version_id).first()
    if version is None:
        raise NotFound
    milestone_for(version.deliverable.milestone_id, to=actor_of(request))
    response = HttpResponse(read_file(version.file), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, version.file.name)
    return response


def _back(milestone_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("contracts:milestone", args=[milestone_id]))
