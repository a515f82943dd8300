"""Ending a contract early: what the work in progress is worth, proposed by one side and agreed by the other."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.access import termination_for
from triallink.domains.contracts.models import Termination

router = Router()
Id = Path(ge=1, lt=2**63)
Ref = Field(ge=1, lt=2**63)


class WorkDoneIn(Schema):
    """How much of an open milestone is done."""

    milestone_id: int = Ref
    percent: int = Field(ge=0, le=100)


class TerminationIn(Schema):
    """A proposal to end a contract; a milestone that is not named is worth nothing."""

    contract_id: int = Ref
    reason: str = Field(min_length=1, max_length=4000)
    work_done: list[WorkDoneIn] = Field(max_length=200)
    secret: str = Field(min_length=1, max_length=200)


class TerminationOut(Schema):
    """A proposal to end a contract, with the value of the work in progress."""

    id: int
    contract_id: int
    state: str
    reason: str
    valuation: list[dict[str, Any]]
    work_minor: int
    proposer_id: int
    proposed_at: dt.datetime
    ended_at: dt.datetime | None
    ended_reason: str


class TerminationPage(Schema):
    """Some proposals and where to go on."""

    items: list[TerminationOut]
    next_cursor: str


class TerminationSignatureIn(Schema):
    """The signer's password or one-time code."""

    secret: str = Field(min_length=1, max_length=200)


class TerminationAnswerIn(Schema):
    """Why the proposal is declined; taking back one's own needs no reason."""

    why: str = Field("", max_length=4000)


@router.get("/", auth=scope("contracts:read"), response=TerminationPage)
def list_terminations(
    request: HttpRequest, paging: Query[Paging], contract_id: int = Query(ge=1, lt=2**63)
) -> dict[str, Any]:
    """Return the proposals to end a contract."""
    contract = selectors.contract_for(contract_id, to=actor_of(request))
    return page_of(contract.terminations.all(), paging, lambda row: row)


@router.post("/", auth=scope("contracts:write"), response={201: TerminationOut})
def propose_termination(request: HttpRequest, given: TerminationIn) -> Status[Termination]:
    """Propose to end a contract early, signed."""
    found = services.propose_termination(
        contract_id=given.contract_id,
        reason=given.reason,
        percents={one.milestone_id: one.percent for one in given.work_done},
        secret=given.secret,
        by=actor_of(request),
    )
    return Status(201, found)


@router.post("/{termination_id}/agree", auth=scope("contracts:write"), response=TerminationOut)
def agree_termination(
    request: HttpRequest, given: TerminationSignatureIn, termination_id: int = Id
) -> Termination:
    """Agree, signed: the work in progress is paid and the rest of the escrow goes back."""
    services.agree_termination(termination_id=termination_id, secret=given.secret, by=actor_of(request))
    return termination_for(termination_id, to=actor_of(request))


@router.post("/{termination_id}/answer", auth=scope("contracts:write"), response=TerminationOut)
def answer_termination(
    request: HttpRequest, given: TerminationAnswerIn, termination_id: int = Id
) -> Termination:
    """Decline what the other side proposed, or take one's own proposal back."""
    return services.answer_termination(termination_id=termination_id, why=given.why, by=actor_of(request))
