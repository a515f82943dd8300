"""Reading contracts: the list, one contract, its documents and their verification."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from triallink.domains.contracts import selectors
from triallink.domains.contracts.access import contract_for
from triallink.domains.contracts.models import (
    CONCLUDED,
    CONTRACT_STATES,
    OPEN_MILESTONES,
    PARTY_ROLES,
    Contract,
    ContractLine,
    Milestone,
    Termination,
)
from triallink.domains.contracts.record import render_record
from triallink.domains.contracts.rule_words import requirement_words, rule_sentences
from triallink.domains.contracts.selectors import PartyState, Verification
from triallink.domains.contracts.services.endings import ENDABLE
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import bilingual
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import N_, NotFound
from triallink.web.answers import answer, render_page
from triallink.web.contracts.forms import ReasonForm, SecretForm, SignForm
from triallink.web.contracts.frame import STATE_TONES, ContractFrame, actor_of, frame_of
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.wording import word

CONTRACTS = ListSpec(
    name="contracts",
    columns=(
        Column("reference", N_("Contract"), sort=("reference",)),
        Column("title", N_("Title"), value=lambda row: bilingual(row.title)),
        Column("buyer", N_("Buyer"), sort=("buyer__name_en",), value=lambda row: str(row.buyer)),
        Column("supplier", N_("Supplier"), sort=("supplier__name_en",), value=lambda row: str(row.supplier)),
        Column(
            "total",
            N_("Total"),
            sort=("total_minor",),
            value=lambda row: row.total_minor / 100,
            is_number=True,
        ),
        Column("state", N_("State"), sort=("state",), value=lambda row: word(CONTRACT_STATES, row.state)),
    ),
    search=(
        "reference",
        "title",
        "buyer__name_en",
        "buyer__name_zh",
        "supplier__name_en",
        "supplier__name_zh",
    ),
    facets=(Facet("state", N_("State"), "state", names=CONTRACT_STATES),),
    default_sort="-reference",
)


@dataclass(frozen=True)
class ContractListPage:
    """The contracts the viewer may see."""

    listing: Listing
    states: dict[str, str]
    tones: dict[str, str]


def contract_list(request: HttpRequest) -> HttpResponse:
    """Show the contracts."""
    rows = selectors.contracts(to=actor_of(request))
    if wants_export(request):
        return export(request, CONTRACTS, rows)
    page = ContractListPage(CONTRACTS.read(request, rows), CONTRACT_STATES, STATE_TONES)
    return answer(request, "contracts/list.html", "list", page)


@dataclass(frozen=True)
class ContractPage:
    """One contract: what was agreed, who has signed, what can be done now."""

    frame: ContractFrame
    contract: Contract
    lines: list[ContractLine]
    parties: list[PartyState]
    roles: dict[str, str]
    timeline: list[AuditLine]
    may_change: bool
    may_offer: bool
    may_take_back: bool
    may_sign: bool
    has_documents: bool
    rules: list[str]
    required: dict[int, list[str]]  # by milestone
    may_pause: bool
    may_complete: bool
    may_terminate: bool
    termination: Termination | None
    is_own_termination: bool
    open_milestones: list[Milestone]
    sign_form: SignForm
    reason_form: ReasonForm
    secret_form: SecretForm


def contract_detail(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show one contract."""
    return show(request, contract_id, SignForm(), ReasonForm())


def show(
    request: HttpRequest, contract_id: int, sign_form: SignForm, reason_form: ReasonForm, status: int = 200
) -> HttpResponse:
    """Show one contract with these forms as typed."""
    actor = actor_of(request)
    frame = frame_of(request, contract_id, "detail")
    contract, is_buyer = frame.contract, frame.is_buyer
    parties = selectors.parties(contract)
    proposal = contract.terminations.filter(state="proposed").select_related("proposer").first()
    has_signed = any(p.signature and p.party.organization_id == actor.organization_id for p in parties)
    lines = selectors.lines(contract)
    page = ContractPage(
        frame=frame,
        contract=contract,
        lines=lines,
        parties=parties,
        roles=PARTY_ROLES,
        timeline=timeline("contract", contract.pk),
        may_change=is_buyer and contract.state == "draft",
        may_offer=is_buyer and contract.state == "draft",
        may_take_back=is_buyer and contract.state == "offered" and not any(p.signature for p in parties),
        may_sign=contract.state == "offered" and actor.has("signatory") and not has_signed,
        has_documents=bool(contract.content_hash) and contract.state != "draft",
        rules=rule_sentences(contract.payment_rules, contract.currency),
        required={
            step.pk: [requirement_words(data) for data in step.requires]
            for line in lines
            for step in line.milestones.all()
        },
        may_pause=is_buyer and contract.state in ("signed", "suspended"),
        may_complete=is_buyer and contract.state in ("signed", "expired"),
        may_terminate=contract.state in ENDABLE and actor.has("signatory") and proposal is None,
        termination=proposal,
        is_own_termination=proposal is not None and proposal.proposer_id == actor.organization_id,
        open_milestones=list(
            contract.milestones.filter(state__in=OPEN_MILESTONES, is_removed=False)
            if contract.state in ENDABLE
            else []
        ),
        sign_form=sign_form,
        reason_form=reason_form,
        secret_form=SecretForm(),
    )
    return render_page(request, "contracts/detail.html", page, status=status)


@dataclass(frozen=True)
class TimelinePage:
    """What happened to a contract."""

    frame: ContractFrame
    timeline: list[AuditLine]


def contract_timeline(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show what happened."""
    frame = frame_of(request, contract_id, "timeline")
    page = TimelinePage(frame, timeline("contract", contract_id, 500))
    return render_page(request, "contracts/timeline.html", page)


def document(request: HttpRequest, contract_id: int, language: str) -> HttpResponse:
    """Send the newest rendition of a contract."""
    if language not in ("en", "zh"):
        raise NotFound
    row, content = selectors.document(contract_id, language, to=actor_of(request))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{row.file.name}"'
    return response


@dataclass(frozen=True)
class VerifyPage:
    """What verifying a contract found."""

    contract: Contract
    title: str
    found: Verification | None
    parties: list[PartyState]
    roles: dict[str, str]


def verify(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Verify content, signatures and documents, and show what was found."""
    actor = actor_of(request)
    contract = contract_for(contract_id, to=actor)
    page = VerifyPage(
        contract=contract,
        title=bilingual(contract.title),
        found=selectors.verification(contract_id, to=actor),
        parties=selectors.parties(contract),
        roles=PARTY_ROLES,
    )
    return render_page(request, "contracts/verify.html", page)


def record(request: HttpRequest, contract_id: int, language: str) -> HttpResponse:
    """Send how a contract stands, as a PDF."""
    contract = contract_for(contract_id, to=actor_of(request))
    if language not in ("en", "zh") or contract.state not in CONCLUDED:
        raise NotFound
    response = HttpResponse(
        render_record(contract, language, at=system_clock.now()), content_type="application/pdf"
    )
    response["Content-Disposition"] = f'inline; filename="{contract.reference}-record-{language}.pdf"'
    return response
