"""Change orders: what one side proposes, every party signs, and the contract then costs."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.access import change_order_for
from triallink.domains.contracts.models import ChangeOrder

router = Router()
Id = Path(ge=1, lt=2**63)


class ChangeOrderIn(Schema):
    """A change to propose; each step is {"op": "terms" | "quantity" | "due" | "add" | "remove", …}."""

    contract_id: int = Field(ge=1, lt=2**63)
    changes: list[dict[str, Any]] = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=4000)


class ChangeOrderOut(Schema):
    """A change order with what the contract costs before and after it."""

    id: int
    contract_id: int
    number: int
    state: str
    reason: str
    changes: list[dict[str, Any]]
    before_minor: int
    after_minor: int
    delta_minor: int
    content_hash: str
    proposer_id: int
    proposed_at: dt.datetime
    ended_at: dt.datetime | None
    ended_reason: str


class ChangeOrderPage(Schema):
    """Some change orders and where to go on."""

    items: list[ChangeOrderOut]
    next_cursor: str


class ChangeSignatureIn(Schema):
    """The signer's password or one-time code."""

    secret: str = Field(min_length=1, max_length=200)


class ChangeReasonIn(Schema):
    """Why a change is not signed."""

    why: str = Field(min_length=1, max_length=4000)


@router.get("/", auth=scope("contracts:read"), response=ChangeOrderPage)
def list_change_orders(
    request: HttpRequest, paging: Query[Paging], contract_id: int = Query(ge=1, lt=2**63)
) -> dict[str, Any]:
    """Return the change orders of a contract."""
    contract = selectors.contract_for(contract_id, to=actor_of(request))
    return page_of(contract.change_orders.all(), paging, lambda row: row)


@router.post("/", auth=scope("contracts:write"), response={201: ChangeOrderOut})
def propose_change_order(request: HttpRequest, given: ChangeOrderIn) -> Status[ChangeOrder]:
    """Propose a change: the contract as it would stand is frozen for signing."""
    return Status(201, services.propose_change_order(by=actor_of(request), **given.dict()))


@router.get("/{change_order_id}", auth=scope("contracts:read"), response=ChangeOrderOut)
def get_change_order(request: HttpRequest, change_order_id: int = Id) -> ChangeOrder:
    """Return one change order."""
    return change_order_for(change_order_id, to=actor_of(request))


@router.post("/{change_order_id}/sign", auth=scope("contracts:write"), response=ChangeOrderOut)
def sign_change_order(
    request: HttpRequest, given: ChangeSignatureIn, change_order_id: int = Id
) -> ChangeOrder:
    """Sign for the caller's organization; with the last signature the change is in force."""
    return services.sign_change_order(
        change_order_id=change_order_id, secret=given.secret, by=actor_of(request)
    )


@router.post("/{change_order_id}/decline", auth=scope("contracts:write"), response=ChangeOrderOut)
def decline_change_order(
    request: HttpRequest, given: ChangeReasonIn, change_order_id: int = Id
) -> ChangeOrder:
    """Say that the caller's organization will not sign."""
    return services.decline_change_order(change_order_id=change_order_id, why=given.why, by=actor_of(request))


@router.post("/{change_order_id}/withdraw", auth=scope("contracts:write"), response=ChangeOrderOut)
def withdraw_change_order(request: HttpRequest, change_order_id: int = Id) -> ChangeOrder:
    """Take a proposal of one's own organization back."""
    return services.withdraw_change_order(change_order_id=change_order_id, by=actor_of(request))
