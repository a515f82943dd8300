"""Disputes and ratings."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts.models import Organization
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.access import contract_for, dispute_for, may_mediate
from triallink.domains.contracts.independence import are_linked
from triallink.domains.contracts.models import (
    CONCLUDED,
    DISPUTE_STATES,
    Contract,
    Dispute,
    DisputeStatement,
    SettlementProposal,
)
from triallink.domains.contracts.services.disputes import DISPUTABLE, PARTY_ROLES
from triallink.domains.contracts.services.ratings import RATING_DAYS, may_be_rated
from triallink.engines.reputation import FORMULAS, WEIGHTS
from triallink.foundation.files import read_file, read_limited
from triallink.foundation.sentences import bilingual, reads_chinese
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.contracts.amounts import minor_of
from triallink.web.contracts.forms import (
    DisputeForm,
    RatingForm,
    SecretForm,
    SettlementForm,
    StatementForm,
)
from triallink.web.contracts.frame import ContractFrame, actor_of, frame_of
from triallink.web.studies.entry import beside, whole

TONES = {
    "open": "warn",
    "in_mediation": "info",
    "settled": "good",
    "withdrawn": "calm",
    "unresolved": "bad",
}


@dataclass(frozen=True)
class DisputesPage:
    """The disputes of a contract."""

    frame: ContractFrame
    rows: list[Dispute]
    states: dict[str, str]
    tones: dict[str, str]
    may_open: bool
    form: forms.Form


@dataclass(frozen=True)
class DisputePage:
    """One dispute: what was said and shown, what is proposed, who has signed."""

    frame: ContractFrame
    dispute: Dispute
    state: str
    tone: str
    statements: list[DisputeStatement]
    proposals: list[SettlementProposal]
    signed: list[str]
    may_speak: bool
    may_take_up: bool
    may_propose: bool
    may_agree: bool
    may_end: bool
    statement_form: forms.Form
    settlement_form: forms.Form
    secret_form: forms.Form


def disputes(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show the disputes of a contract."""
    return _disputes(request, contract_id)


@require_POST
def open_dispute(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Open a dispute."""
    contract = contract_for(contract_id, to=actor_of(request))
    form = _dispute_form(contract, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            dispute = services.open_dispute(
                contract_id=contract_id,
                subject=given["subject"],
                text=given["text"],
                claim_minor=minor_of(contract, given["amount"]),
                milestone_id=given["milestone_id"],
                by=actor_of(request),
            )
            return _to_dispute(dispute.pk)
        except Refusal as refusal:
            beside(form, refusal)
    return _disputes(request, contract_id, form)


def dispute(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Show one dispute."""
    return _dispute(request, dispute_id)


@require_POST
def say(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Add a statement."""
    form = StatementForm(request.POST, request.FILES)
    dispute_for(dispute_id, to=actor_of(request))
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            services.add_statement(
                dispute_id=dispute_id,
                text=form.cleaned_data["text"],
                content=read_limited(file, services.MAX_FILE_MB) if file else b"",
                file_name=file.name if file else "",
                by=actor_of(request),
            )
            return _to_dispute(dispute_id)
        except Refusal as refusal:
            beside(form, refusal)
    return _dispute(request, dispute_id, statement=form)


@require_POST
def take_up(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Mediate."""
    services.take_up_dispute(dispute_id=dispute_id, by=actor_of(request))
    return _to_dispute(dispute_id)


@require_POST
def settle(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Propose a settlement."""
    form = SettlementForm(request.POST)
    row = dispute_for(dispute_id, to=actor_of(request))
    if form.is_valid():
        try:
            services.propose_settlement(
                dispute_id=dispute_id,
                amount_minor=minor_of(row.contract, form.cleaned_data["amount"]),
                text=form.cleaned_data["text"],
                by=actor_of(request),
            )
            return _to_dispute(dispute_id)
        except Refusal as refusal:
            beside(form, refusal)
    return _dispute(request, dispute_id, settlement=form)


@require_POST
def agree(request: HttpRequest, dispute_id: int, proposal_id: int) -> HttpResponse:
    """Sign a settlement."""
    form = SecretForm(request.POST)
    row = dispute_for(dispute_id, to=actor_of(request))
    if not row.proposals.filter(pk=proposal_id).exists():
        raise NotFound
    if form.is_valid():
        try:
            services.agree_settlement(
                proposal_id=proposal_id, secret=form.cleaned_data["secret"], by=actor_of(request)
            )
            messages.success(request, _("You have signed."))
            return _to_dispute(dispute_id)
        except Refusal as refusal:
            beside(form, refusal)
    return _dispute(request, dispute_id, secret=form)


@require_POST
def end(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Withdraw a dispute, or state that it could not be resolved."""
    services.end_dispute(dispute_id=dispute_id, why=request.POST.get("why", "")[:2000], by=actor_of(request))
    return _to_dispute(dispute_id)


def statement_file(request: HttpRequest, dispute_id: int, statement_id: int) -> HttpResponse:
    """Send what somebody showed."""
    row = dispute_for(dispute_id, to=actor_of(request))
    said = row.statements.select_related("file").filter(pk=statement_id, file__isnull=False).first()
    if said is None or said.file is None:
        raise NotFound
    response = HttpResponse(read_file(said.file), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, said.file.name)
    return response


@dataclass(frozen=True)
class RatingRow:
    """Who may rate whom, with the form as typed."""

    pair: selectors.RatingPair
    may_rate: bool
    is_linked: bool
    form: forms.Form


@dataclass(frozen=True)
class RatingsPage:
    """What the sides of a contract say of each other."""

    frame: ContractFrame
    rows: list[RatingRow]
    is_due: bool
    days: int


@dataclass(frozen=True)
class ReputationPage:
    """A supplier's standing, with how it is computed."""

    reputation: selectors.Reputation
    name: str
    names: dict[str, str]
    formulas: dict[str, str]
    weights: dict[str, float]


def ratings(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show the ratings."""
    return _ratings(request, contract_id)


@require_POST
def rate(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Rate one of the other side."""
    form = RatingForm(request.POST)
    ratee_id = whole(request.POST.get("ratee_id", ""))
    contract_for(contract_id, to=actor_of(request))
    if form.is_valid():
        try:
            services.rate_contract(
                contract_id=contract_id, ratee_id=ratee_id, by=actor_of(request), **form.cleaned_data
            )
            messages.success(request, _("Thank you. It is read once both sides have spoken."))
            return HttpResponseRedirect(reverse("contracts:ratings", args=[contract_id]))
        except Refusal as refusal:
            beside(form, refusal)
    return _ratings(request, contract_id, ratee_id, form)


def reputation(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Show a supplier's standing; every member may read it, as the directory."""
    organization = Organization.objects.filter(
        pk=organization_id, is_active=True, supplier_profile__is_listed=True
    ).first()
    if organization is None:
        raise NotFound
    names = {
        "on_time": _("On time"),
        "first_time": _("Accepted at first submission"),
        "findings": _("Findings per milestone"),
        "hours": _("Error of planned hours"),
        "rating": _("Stars"),
    }
    page = ReputationPage(
        selectors.reputation_of(organization),
        organization.name_in("zh" if reads_chinese() else "en"),
        names,
        FORMULAS,
        WEIGHTS,
    )
    return render_page(request, "contracts/reputation.html", page)


def _disputes(request: HttpRequest, contract_id: int, form: forms.Form | None = None) -> HttpResponse:
    frame, actor = frame_of(request, contract_id, "disputes"), actor_of(request)
    contract = frame.contract
    if contract.state not in CONCLUDED:
        raise NotFound
    is_party = frame.is_supplier or contract.buyer_id == actor.organization_id
    page = DisputesPage(
        frame=frame,
        rows=list(contract.disputes.select_related("opener", "milestone", "mediator")),
        states=DISPUTE_STATES,
        tones=TONES,
        may_open=is_party and contract.state in DISPUTABLE and actor.has(*PARTY_ROLES),
        form=form or _dispute_form(contract),
    )
    return render_page(request, "contracts/disputes.html", page, status=422 if form else 200)


def _dispute(
    request: HttpRequest,
    dispute_id: int,
    *,
    statement: forms.Form | None = None,
    settlement: forms.Form | None = None,
    secret: forms.Form | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    row = dispute_for(dispute_id, to=actor)
    frame = frame_of(request, row.contract_id, "disputes")
    proposals = list(row.proposals.prefetch_related("agreements__organization", "agreements__signature"))
    newest = proposals[0] if proposals else None
    signed = [agreement.organization_id for agreement in newest.agreements.all()] if newest else []
    is_side = actor.organization_id in (row.contract.buyer_id, row.contract.supplier_id)
    is_live = row.state in ("open", "in_mediation")
    mediates = may_mediate(to=actor)
    page = DisputePage(
        frame=frame,
        dispute=row,
        state=DISPUTE_STATES[row.state],
        tone=TONES[row.state],
        statements=list(row.statements.select_related("organization", "by", "file")),
        proposals=proposals,
        signed=[str(agreement.organization) for agreement in newest.agreements.all()] if newest else [],
        may_speak=is_live and (mediates or actor.has(*PARTY_ROLES)),
        may_take_up=mediates and row.state == "open",
        may_propose=mediates and row.state == "in_mediation",
        may_agree=row.state == "in_mediation"
        and newest is not None
        and is_side
        and actor.has("signatory")
        and actor.organization_id not in signed,
        may_end=is_live
        and (
            (row.opener_id == actor.organization_id and actor.has(*PARTY_ROLES))
            or (mediates and row.state == "in_mediation")
        ),
        statement_form=statement or StatementForm(),
        settlement_form=settlement or SettlementForm(),
        secret_form=secret or SecretForm(),
    )
    status = 422 if statement or settlement or secret else 200
    return render_page(request, "contracts/dispute.html", page, status=status)


def _ratings(
    request: HttpRequest, contract_id: int, ratee_id: int = 0, form: forms.Form | None = None
) -> HttpResponse:
    frame, actor = frame_of(request, contract_id, "ratings"), actor_of(request)
    contract = frame.contract
    if contract.state not in CONCLUDED:
        raise NotFound
    is_due = may_be_rated(contract, system_clock.now())
    rows = []
    for pair in selectors.rating_pairs(contract, to=actor):
        is_linked = are_linked(actor.own_organization_id, pair.other.pk)
        may_rate = is_due and pair.given is None and not is_linked
        typed_form = form if form is not None and pair.other.pk == ratee_id else RatingForm()
        rows.append(RatingRow(pair, may_rate, is_linked, typed_form))
    page = RatingsPage(frame, rows, is_due, RATING_DAYS)
    return render_page(request, "contracts/ratings.html", page, status=422 if form else 200)


def _dispute_form(contract: Contract, data: Any = None) -> DisputeForm:
    form = DisputeForm(data)
    rows = contract.milestones.filter(is_removed=False).select_related("line")
    form.fields["milestone_id"].choices = [  # type: ignore[attr-defined]
        ("", "–"),
        *((row.pk, f"{row.line.position}.{row.position} {bilingual(row.name)}") for row in rows),
    ]
    return form


def _to_dispute(dispute_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("contracts:dispute", args=[dispute_id]))
