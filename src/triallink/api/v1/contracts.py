"""Contracts: reading, offering, signing, verifying, suspending, completing and rating."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.models import CallOff, Contract, Payable, Rating
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotFound

router = Router()
ContractId = Path(ge=1, lt=2**63)


class ContractOut(Schema):
    """A contract."""

    id: int
    reference: str
    title: dict[str, str]
    state: str
    award_id: int
    bid_id: int
    buyer_id: int
    supplier_id: int
    study_id: int | None
    currency: str
    total_minor: int
    content_hash: str
    start_on: dt.date | None
    end_on: dt.date | None
    signed_at: dt.datetime | None


class ContractPage(Schema):
    """Some contracts and where to go on."""

    items: list[ContractOut]
    next_cursor: str


class CallOffOut(Schema):
    """Hours called off under the framework of a buyer and a supplier: the terms of a confirmed booking."""

    id: int
    reference: str
    framework: str = Field(alias="framework.reference")
    booking_id: int
    buyer_id: int = Field(alias="framework.buyer_id")
    seller_id: int = Field(alias="framework.seller_id")
    state: str
    start_on: dt.date
    end_on: dt.date
    hours_per_week: int
    minutes: int
    standing_minutes: int
    price_minor: int
    amount_minor: int
    currency: str
    notice_days: int
    fee_percent: int
    fee_minor: int
    called_at: dt.datetime
    ended_at: dt.datetime | None


class CallOffPage(Schema):
    """Some call-offs and where to go on."""

    items: list[CallOffOut]
    next_cursor: str


class PayableOut(Schema):
    """Something owed because of one fact under one rule."""

    id: int
    contract_id: int
    milestone_id: int | None
    rule: str
    fact_key: str
    amount_minor: int
    retained_minor: int
    at: dt.datetime


class PayablePage(Schema):
    """Some payables and where to go on."""

    items: list[PayableOut]
    next_cursor: str


class DraftIn(Schema):
    """Which winner of which award."""

    award_id: int = Field(ge=1, lt=2**63)
    bid_id: int = Field(ge=1, lt=2**63)


class SignIn(Schema):
    """Proof of identity of the signer."""

    secret: str = Field(min_length=1, max_length=200)


class ContractReasonIn(Schema):
    """Why a contract moves."""

    why: str = Field("", max_length=4000)


class RatingIn(Schema):
    """What one side says of the other once the contract has ended."""

    ratee_id: int = Field(ge=1, lt=2**63)
    stars: int = Field(ge=1, le=5)
    text: str = Field("", max_length=4000)


class RatingOut(Schema):
    """A rating; the other side's is shown once both have spoken."""

    id: int
    contract_id: int
    rater_id: int
    ratee_id: int
    stars: int
    text: str
    at: dt.datetime
    revealed_at: dt.datetime | None


class RatingPage(Schema):
    """Some ratings and where to go on."""

    items: list[RatingOut]
    next_cursor: str


class SealOut(Schema):
    """What verifying one seal found."""

    language: str
    name: str
    is_good: bool


class VerificationOut(Schema):
    """What verifying a contract found."""

    is_good: bool
    is_content_unchanged: bool
    is_hash_right: bool
    are_signatures_bound: bool
    seals: list[SealOut]


@router.get("/", auth=scope("contracts:read"), response=ContractPage)
def list_contracts(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the contracts the caller may see."""
    return page_of(selectors.contracts(to=actor_of(request)), paging, lambda contract: contract)


@router.post("/", auth=scope("contracts:write"), response={201: ContractOut})
def draft_contract(request: HttpRequest, draft: DraftIn) -> Status[Contract]:
    """Draft a contract from an award."""
    return Status(201, services.draft_contract(by=actor_of(request), **draft.dict()))


@router.get("/call-offs", auth=scope("contracts:read"), response=CallOffPage)
def list_call_offs(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the call-offs of hours the caller's organization buys or sells."""
    rows = selectors.call_offs(to=actor_of(request), today=system_clock.now().date())
    return page_of(rows, paging, lambda row: row)


@router.get("/call-offs/{call_off_id}", auth=scope("contracts:read"), response=CallOffOut)
def get_call_off(request: HttpRequest, call_off_id: int = ContractId) -> CallOff:
    """Return one call-off."""
    rows = selectors.call_offs(to=actor_of(request), today=system_clock.now().date())
    found = rows.filter(pk=call_off_id).first()
    if found is None:
        raise NotFound
    return found


@router.get("/{contract_id}", auth=scope("contracts:read"), response=ContractOut)
def get_contract(request: HttpRequest, contract_id: int = ContractId) -> Contract:
    """Return one contract."""
    return selectors.contract_for(contract_id, to=actor_of(request))


@router.get("/{contract_id}/payables", auth=scope("contracts:read"), response=PayablePage)
def list_payables(
    request: HttpRequest, paging: Query[Paging], contract_id: int = ContractId
) -> dict[str, Any]:
    """Return what a contract owes and owed."""
    contract = selectors.contract_for(contract_id, to=actor_of(request))
    return page_of(Payable.objects.filter(contract=contract), paging, lambda row: row)


@router.post("/{contract_id}/offer", auth=scope("contracts:write"), response=ContractOut)
def offer_contract(request: HttpRequest, contract_id: int = ContractId) -> Contract:
    """Freeze the content and ask for signatures."""
    return services.offer_contract(contract_id=contract_id, by=actor_of(request))


@router.post("/{contract_id}/sign", auth=scope("contracts:write"), response=ContractOut)
def sign_contract(request: HttpRequest, proof: SignIn, contract_id: int = ContractId) -> Contract:
    """Sign for the caller's organization."""
    services.sign_contract(contract_id=contract_id, secret=proof.secret, by=actor_of(request))
    return selectors.contract_for(contract_id, to=actor_of(request))


@router.get(
    "/{contract_id}/document/{language}",
    auth=scope("contracts:read"),
    openapi_extra={"responses": {200: {"content": {"application/pdf": {"schema": {"type": "string"}}}}}},
)
def get_document(
    request: HttpRequest, contract_id: int = ContractId, language: str = Path(pattern="^(en|zh)$")
) -> HttpResponse:
    """Return the newest rendition as PDF/A."""
    _, content = selectors.document(contract_id, language, to=actor_of(request))
    return HttpResponse(content, content_type="application/pdf")


@router.get("/{contract_id}/verification", auth=scope("contracts:read"), response=VerificationOut)
def verify_contract(request: HttpRequest, contract_id: int = ContractId) -> dict[str, Any]:
    """Return what verifying the contract finds."""
    found = selectors.verification(contract_id, to=actor_of(request))
    if found is None:
        raise NotFound
    return {
        "is_good": found.is_good,
        "is_content_unchanged": found.is_content_unchanged,
        "is_hash_right": found.is_hash_right,
        "are_signatures_bound": found.are_signatures_bound,
        "seals": [
            {"language": language, "name": seal.name, "is_good": seal.is_good}
            for language, seals in found.seals.items()
            for seal in seals
        ],
    }


@router.post("/{contract_id}/take-back", auth=scope("contracts:write"), response=ContractOut)
def take_back(request: HttpRequest, given: ContractReasonIn, contract_id: int = ContractId) -> Contract:
    """Make an offered contract a draft again while nobody has signed."""
    return services.take_back(contract_id=contract_id, why=given.why, by=actor_of(request))


@router.post("/{contract_id}/decline", auth=scope("contracts:write"), response=ContractOut)
def decline_contract(
    request: HttpRequest, given: ContractReasonIn, contract_id: int = ContractId
) -> Contract:
    """Say that the caller's organization will not sign."""
    services.decline_contract(contract_id=contract_id, why=given.why, by=actor_of(request))
    return selectors.contract_for(contract_id, to=actor_of(request))


@router.post("/{contract_id}/withdraw", auth=scope("contracts:write"), response=ContractOut)
def withdraw_contract(
    request: HttpRequest, given: ContractReasonIn, contract_id: int = ContractId
) -> Contract:
    """Give a contract up before the other side has signed."""
    return services.withdraw_contract(contract_id=contract_id, why=given.why, by=actor_of(request))


@router.post("/{contract_id}/suspend", auth=scope("contracts:write"), response=ContractOut)
def suspend_contract(
    request: HttpRequest, given: ContractReasonIn, contract_id: int = ContractId
) -> Contract:
    """Put the work on hold, with a reason; days to answer stand still."""
    return services.suspend_contract(contract_id=contract_id, why=given.why, by=actor_of(request))


@router.post("/{contract_id}/resume", auth=scope("contracts:write"), response=ContractOut)
def resume_contract(request: HttpRequest, given: ContractReasonIn, contract_id: int = ContractId) -> Contract:
    """Let the work go on."""
    return services.resume_contract(contract_id=contract_id, why=given.why, by=actor_of(request))


@router.post("/{contract_id}/complete", auth=scope("contracts:write"), response=ContractOut)
def complete_contract(request: HttpRequest, contract_id: int = ContractId) -> Contract:
    """End a contract whose milestones are reached; what was kept back is paid, the rest goes back."""
    return services.complete_contract(contract_id=contract_id, by=actor_of(request))


@router.get("/{contract_id}/ratings", auth=scope("contracts:read"), response=RatingPage)
def list_ratings(
    request: HttpRequest, paging: Query[Paging], contract_id: int = ContractId
) -> dict[str, Any]:
    """Return one's own ratings of a contract and those that may be read."""
    actor = actor_of(request)
    ratings = selectors.contract_for(contract_id, to=actor).ratings
    seen = ratings.filter(Q(revealed_at__isnull=False) | Q(rater_id=actor.organization_id))
    return page_of(seen, paging, lambda row: row)


@router.post("/{contract_id}/ratings", auth=scope("contracts:write"), response={201: RatingOut})
def rate_contract(request: HttpRequest, given: RatingIn, contract_id: int = ContractId) -> Status[Rating]:
    """Rate the other side of an ended contract."""
    return Status(201, services.rate_contract(contract_id=contract_id, by=actor_of(request), **given.dict()))
