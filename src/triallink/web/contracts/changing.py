"""Drafting a contract from an award and changing the draft."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.access import contract_for
from triallink.domains.contracts.evidence import Requirement
from triallink.domains.contracts.models import Contract, ContractLine, Milestone
from triallink.domains.contracts.services.drafting import MilestonePlan
from triallink.foundation.sentences import bilingual, sentence_of
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.contracts.forms import TermsForm
from triallink.web.contracts.frame import actor_of
from triallink.web.studies.entry import beside, status_of, whole

SPARE_ROWS = 3


@dataclass(frozen=True)
class TermsPage:
    """The terms of a draft, to change."""

    contract: Contract
    title: str
    form: TermsForm


@dataclass(frozen=True)
class StepRow:
    """One milestone as typed."""

    name_en: str
    name_zh: str
    evidence_en: str
    evidence_zh: str
    share: str
    due_on: str
    kept: str  # the milestone the row came from: its code and required facts stay


@dataclass(frozen=True)
class MilestonesPage:
    """The payable milestones of one line, to change."""

    contract: Contract
    line: ContractLine
    rows: list[StepRow]
    error: str


@require_POST
def draft(request: HttpRequest, award_id: int, bid_id: int) -> HttpResponse:
    """Draft the contract with one awarded bidder."""
    contract = services.draft_contract(award_id=award_id, bid_id=bid_id, by=actor_of(request))
    return HttpResponseRedirect(reverse("contracts:detail", args=[contract.pk]))


def terms(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Change the terms of a draft."""
    contract = contract_for(contract_id, to=actor_of(request))
    form = TermsForm(
        request.POST or None, initial={name: getattr(contract, name) for name in TermsForm.base_fields}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_terms(contract_id=contract_id, by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("contracts:detail", args=[contract_id]))
        except Refusal as refusal:
            beside(form, refusal)
    page = TermsPage(contract, bilingual(contract.title), form)
    return render_page(request, "contracts/terms.html", page, status=status_of(form))


def milestones(request: HttpRequest, contract_id: int, line_id: int) -> HttpResponse:
    """Change the payable milestones of one line."""
    contract = contract_for(contract_id, to=actor_of(request))
    line = next((line for line in selectors.lines(contract) if line.pk == line_id), None)
    if line is None:
        raise NotFound
    rows, error = [_row(step) for step in line.milestones.all()], ""
    if request.method == "POST":
        rows = _typed(request)
        try:
            before = {str(step.pk): step for step in line.milestones.all()}
            plan = [_plan(row, before.get(row.kept)) for row in rows if row.name_en or row.name_zh]
            services.replace_milestones(
                contract_id=contract_id, line_id=line_id, plan=plan, by=actor_of(request)
            )
            return HttpResponseRedirect(reverse("contracts:detail", args=[contract_id]))
        except Refusal as refusal:
            error = sentence_of(refusal)
    spare = [StepRow("", "", "", "", "", "", "")] * SPARE_ROWS
    page = MilestonesPage(contract, line, [*rows, *spare], error)
    return render_page(request, "contracts/milestones.html", page, status=422 if error else 200)


def _row(step: Milestone) -> StepRow:
    name, evidence = step.name, step.evidence
    return StepRow(
        name.get("en", ""), name.get("zh", ""), evidence.get("en", ""), evidence.get("zh", ""),
        str(step.share_percent), step.due_on.isoformat() if step.due_on else "", str(step.pk),
    )  # fmt: skip


def _typed(request: HttpRequest) -> list[StepRow]:
    columns = [request.POST.getlist(name) for name in StepRow.__dataclass_fields__]
    rows = [StepRow(*(cell.strip() for cell in cells)) for cells in zip(*columns, strict=False)]
    return [row for row in rows if any((row.name_en, row.name_zh, row.share))]


def _plan(row: StepRow, before: Milestone | None) -> MilestonePlan:
    try:
        due_on = dt.date.fromisoformat(row.due_on) if row.due_on else None
    except ValueError:
        due_on = None
    return MilestonePlan(
        name={"en": row.name_en, "zh": row.name_zh},
        share_percent=whole(row.share),
        evidence={"en": row.evidence_en, "zh": row.evidence_zh},
        due_on=due_on,
        code=before.code if before else "",
        requires=tuple(Requirement.of(data) for data in before.requires) if before else (),
    )
