"""Disputes about contracts: statements and evidence, mediation by the operator, a settlement both sides sign."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, File, Path, Query, Router, Schema, Status
from ninja.files import UploadedFile

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.access import dispute_for
from triallink.domains.contracts.models import Dispute, DisputeStatement, SettlementProposal
from triallink.foundation.files import read_limited

router = Router()
Id = Path(ge=1, lt=2**63)
Ref = Field(ge=1, lt=2**63)


class DisputeIn(Schema):
    """What one side holds against the other."""

    contract_id: int = Ref
    subject: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=6000)
    claim_minor: int = Field(0, ge=0, lt=2**63)
    milestone_id: int | None = Field(None, ge=1, lt=2**63)


class DisputeOut(Schema):
    """A dispute and how it ended."""

    id: int
    contract_id: int
    number: int
    milestone_id: int | None
    state: str
    subject: str
    claim_minor: int
    opener_id: int
    opened_at: dt.datetime
    mediator_id: int | None
    settled_minor: int | None
    ended_at: dt.datetime | None
    ended_reason: str


class DisputePage(Schema):
    """Some disputes and where to go on."""

    items: list[DisputeOut]
    next_cursor: str


class DisputeStatementIn(Schema):
    """What somebody says."""

    text: str = Field(min_length=1, max_length=6000)


class DisputeStatementOut(Schema):
    """What somebody said or showed; it cannot be taken back."""

    id: int
    dispute_id: int
    organization_id: int
    by_id: int | None
    at: dt.datetime
    text: str
    file_name: str
    sha256: str

    @staticmethod
    def resolve_file_name(said: DisputeStatement) -> str:
        """Return what the file shown was called, "" without one."""
        return said.file.name if said.file else ""

    @staticmethod
    def resolve_sha256(said: DisputeStatement) -> str:
        """Return the checksum of the file shown, "" without one."""
        return said.file.sha256 if said.file else ""


class DisputeStatementPage(Schema):
    """Some statements and where to go on."""

    items: list[DisputeStatementOut]
    next_cursor: str


class SettlementIn(Schema):
    """What the mediator proposes."""

    amount_minor: int = Field(ge=0, lt=2**63)
    text: str = Field(min_length=1, max_length=6000)


class SettlementOut(Schema):
    """A settlement that was proposed."""

    id: int
    dispute_id: int
    number: int
    amount_minor: int
    text: str
    at: dt.datetime


class SettlementPage(Schema):
    """Some proposals and where to go on."""

    items: list[SettlementOut]
    next_cursor: str


class SettlementSignatureIn(Schema):
    """The signer's password or one-time code."""

    secret: str = Field(min_length=1, max_length=200)


class DisputeEndIn(Schema):
    """Why a dispute ends without a settlement."""

    why: str = Field(min_length=1, max_length=4000)


@router.get("/", auth=scope("contracts:read"), response=DisputePage)
def list_disputes(
    request: HttpRequest, paging: Query[Paging], contract_id: int = Query(ge=1, lt=2**63)
) -> dict[str, Any]:
    """Return the disputes about a contract."""
    contract = selectors.contract_for(contract_id, to=actor_of(request))
    return page_of(contract.disputes.all(), paging, lambda row: row)


@router.post("/", auth=scope("contracts:write"), response={201: DisputeOut})
def open_dispute(request: HttpRequest, given: DisputeIn) -> Status[Dispute]:
    """Open a dispute about a contract or one of its milestones."""
    return Status(201, services.open_dispute(by=actor_of(request), **given.dict()))


@router.get("/{dispute_id}", auth=scope("contracts:read"), response=DisputeOut)
def get_dispute(request: HttpRequest, dispute_id: int = Id) -> Dispute:
    """Return one dispute."""
    return dispute_for(dispute_id, to=actor_of(request))


@router.get("/{dispute_id}/statements", auth=scope("contracts:read"), response=DisputeStatementPage)
def list_statements(request: HttpRequest, paging: Query[Paging], dispute_id: int = Id) -> dict[str, Any]:
    """Return what was said and shown."""
    said = dispute_for(dispute_id, to=actor_of(request)).statements.select_related("file")
    return page_of(said, paging, lambda row: row)


@router.post("/{dispute_id}/statements", auth=scope("contracts:write"), response={201: DisputeStatementOut})
def say(request: HttpRequest, given: DisputeStatementIn, dispute_id: int = Id) -> Status[DisputeStatement]:
    """Say something in a dispute."""
    said = services.add_statement(dispute_id=dispute_id, text=given.text, by=actor_of(request))
    return Status(201, said)


@router.post("/{dispute_id}/evidence", auth=scope("contracts:write"), response={201: DisputeStatementOut})
def show_evidence(
    request: HttpRequest,
    file: File[UploadedFile],
    dispute_id: int = Id,
    text: str = Query(min_length=1, max_length=2000),
) -> Status[DisputeStatement]:
    """Show a file in a dispute, and say what it proves."""
    said = services.add_statement(
        dispute_id=dispute_id,
        text=text,
        content=read_limited(file, services.MAX_FILE_MB),
        file_name=file.name or "evidence",
        media_type=file.content_type or "application/octet-stream",
        by=actor_of(request),
    )
    return Status(201, said)


@router.post("/{dispute_id}/take-up", auth=scope("contracts:write"), response=DisputeOut)
def take_up_dispute(request: HttpRequest, dispute_id: int = Id) -> Dispute:
    """Mediate a dispute, for the operator."""
    return services.take_up_dispute(dispute_id=dispute_id, by=actor_of(request))


@router.get("/{dispute_id}/settlements", auth=scope("contracts:read"), response=SettlementPage)
def list_settlements(request: HttpRequest, paging: Query[Paging], dispute_id: int = Id) -> dict[str, Any]:
    """Return the settlements that were proposed."""
    dispute = dispute_for(dispute_id, to=actor_of(request))
    return page_of(dispute.proposals.all(), paging, lambda row: row)


@router.post("/{dispute_id}/settlements", auth=scope("contracts:write"), response={201: SettlementOut})
def propose_settlement(
    request: HttpRequest, given: SettlementIn, dispute_id: int = Id
) -> Status[SettlementProposal]:
    """Propose what the supplier gets, for the mediator; a new proposal replaces the last."""
    return Status(
        201, services.propose_settlement(dispute_id=dispute_id, by=actor_of(request), **given.dict())
    )


@router.post(
    "/{dispute_id}/settlements/{proposal_id}/agree", auth=scope("contracts:write"), response=DisputeOut
)
def agree_settlement(
    request: HttpRequest, given: SettlementSignatureIn, dispute_id: int = Id, proposal_id: int = Id
) -> Dispute:
    """Sign the newest proposal for one side; with both signatures it is paid."""
    dispute = dispute_for(dispute_id, to=actor_of(request))
    proposal = dispute.proposals.filter(pk=proposal_id).values_list("pk", flat=True).first()
    services.agree_settlement(proposal_id=proposal or 0, secret=given.secret, by=actor_of(request))
    return dispute_for(dispute_id, to=actor_of(request))


@router.post("/{dispute_id}/end", auth=scope("contracts:write"), response=DisputeOut)
def end_dispute(request: HttpRequest, given: DisputeEndIn, dispute_id: int = Id) -> Dispute:
    """Withdraw one's own dispute, or state as the mediator that it could not be resolved."""
    return services.end_dispute(dispute_id=dispute_id, why=given.why, by=actor_of(request))
