"""Money: balances, escrows, statements, top-ups and payouts, invoices, and the bank's callbacks."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.days import Day
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.ledger import selectors, services
from triallink.domains.ledger.access import account_for, escrow_for
from triallink.domains.ledger.models import Invoice, PaymentOrder
from triallink.domains.ledger.selectors import EscrowState
from triallink.kernel.money import MINOR_DIGITS, Money
from triallink.kernel.refusals import NotAllowed

router = Router()
Id = Path(ge=1, lt=2**63)
Currency = Field(pattern=f"^({'|'.join(MINOR_DIGITS)})$")
MinorUnits = Field(ge=1, lt=10**14)
SIGNATURE = "X-Rail-Signature"


class PurseOut(Schema):
    """What an organization has in one currency."""

    currency: str
    account_id: int | None
    available_minor: int
    set_aside_minor: int
    on_the_way_minor: int


class PartOut(Schema):
    """One payable of an escrow."""

    part: str
    held_minor: int
    retained_minor: int
    released_minor: int


class EscrowOut(Schema):
    """An escrow and where its money is."""

    id: int
    about_kind: str
    about_id: int
    reference: str
    payer_id: int
    payee_ids: list[int]
    currency: str
    agreed_minor: int
    funded_minor: int
    free_minor: int
    held_minor: int
    retained_minor: int
    released_minor: int
    parts: list[PartOut]


class EscrowPage(Schema):
    """Some escrows and where to go on."""

    items: list[EscrowOut]
    next_cursor: str


class FundIn(Schema):
    """How much to put into an escrow, in its currency. The same key moves money once."""

    amount_minor: int = MinorUnits
    key: str = Field(min_length=1, max_length=80, pattern="^[!-~]+$")


class TopUpIn(Schema):
    """A transfer to announce. The same key announces once."""

    amount_minor: int = MinorUnits
    currency: str = Currency
    key: str = Field(min_length=1, max_length=80, pattern="^[!-~]+$")


class PayoutIn(TopUpIn):
    """Available funds to be paid out."""

    bank_account: str = Field(min_length=1, max_length=80)


class OrderOut(Schema):
    """A top-up or a payout."""

    id: int
    reference: str
    direction: str
    organization_id: int
    amount_minor: int
    settled_minor: int | None
    currency: str
    state: str
    requested_at: dt.datetime
    ended_at: dt.datetime | None


class OrderPage(Schema):
    """Some orders and where to go on."""

    items: list[OrderOut]
    next_cursor: str


class InvoiceOut(Schema):
    """An invoice or credit note."""

    id: int
    number: str
    kind: str
    issuer_id: int
    customer_id: int
    corrects_id: int | None
    issued_on: Day
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    content_hash: str


class InvoicePage(Schema):
    """Some invoices and where to go on."""

    items: list[InvoiceOut]
    next_cursor: str


class StatementRowOut(Schema):
    """One movement and what stood on the account after it."""

    posting_id: int
    booked_on: Day
    kind: str
    reason: str
    key: str
    amount_minor: int
    balance_minor: int


class StatementOut(Schema):
    """An account from one day to another, both included."""

    account_id: int
    currency: str
    since: Day
    until: Day
    opening_minor: int
    closing_minor: int
    rows: list[StatementRowOut]


class PeriodIn(Schema):
    """From when to when."""

    since: Day
    until: Day


class VerdictOut(Schema):
    """What was made of a message of the bank."""

    verdict: str


@router.get("/balances", auth=scope("money:read"), response=list[PurseOut])
def list_balances(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what the caller's organization has, per currency."""
    return [
        {
            "currency": purse.currency,
            "account_id": purse.account_id,
            "available_minor": purse.available.minor,
            "set_aside_minor": purse.set_aside.minor,
            "on_the_way_minor": purse.on_the_way.minor,
        }
        for purse in selectors.purses(to=actor_of(request))
    ]


@router.get("/accounts/{account_id}/statement", auth=scope("money:read"), response=StatementOut)
def get_statement(request: HttpRequest, period: Query[PeriodIn], account_id: int = Id) -> dict[str, Any]:
    """Return the statement of an account."""
    account = account_for(account_id, to=actor_of(request))
    found = selectors.statement(account, period.since, period.until)
    return {
        "account_id": account.pk,
        "currency": account.currency,
        "since": found.since,
        "until": found.until,
        "opening_minor": found.opening.minor,
        "closing_minor": found.closing.minor,
        "rows": [
            {
                "posting_id": row.posting.pk,
                "booked_on": row.posting.booked_on,
                "kind": row.posting.kind,
                "reason": row.posting.reason,
                "key": row.posting.key,
                "amount_minor": row.amount.minor,
                "balance_minor": row.balance.minor,
            }
            for row in found.rows
        ],
    }


@router.get("/escrows", auth=scope("money:read"), response=EscrowPage)
def list_escrows(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the escrows the caller pays into or is paid from."""
    page = page_of(selectors.escrows(to=actor_of(request)), paging, lambda escrow: escrow)
    return {**page, "items": [_escrow(state) for state in selectors.escrow_states(page["items"])]}


@router.get("/escrows/{escrow_id}", auth=scope("money:read"), response=EscrowOut)
def get_escrow(request: HttpRequest, escrow_id: int = Id) -> dict[str, Any]:
    """Return one escrow."""
    escrow = escrow_for(escrow_id, to=actor_of(request))
    return _escrow(selectors.escrow_states([escrow])[0])


@router.post("/escrows/{escrow_id}/fund", auth=scope("money:write"), response=EscrowOut)
def fund_escrow(request: HttpRequest, wish: FundIn, escrow_id: int = Id) -> dict[str, Any]:
    """Put available funds of the caller's organization into its escrow."""
    actor = actor_of(request)
    escrow = escrow_for(escrow_id, to=actor)
    if escrow.payer_id != actor.organization_id:
        raise NotAllowed
    services.fund_escrow(
        about=escrow.about,
        payer_id=escrow.payer_id,
        amount=Money(wish.amount_minor, escrow.currency),
        key=f"api:{actor.organization_id}:{wish.key}",
        by=actor,
    )
    return _escrow(selectors.escrow_states([escrow])[0])


@router.get("/orders", auth=scope("money:read"), response=OrderPage)
def list_orders(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return top-ups and payouts."""
    return page_of(selectors.orders(to=actor_of(request)), paging, lambda order: order)


@router.post("/top-ups", auth=scope("money:write"), response={201: OrderOut})
def request_top_up(request: HttpRequest, wish: TopUpIn) -> Status[PaymentOrder]:
    """Announce a transfer; the answer's reference belongs into its text."""
    actor = actor_of(request)
    order = services.request_top_up(
        amount=Money(wish.amount_minor, wish.currency),
        key=f"api:{actor.organization_id}:{wish.key}",
        by=actor,
    )
    return Status(201, order)


@router.post("/payouts", auth=scope("money:write"), response={201: OrderOut})
def request_payout(request: HttpRequest, wish: PayoutIn) -> Status[PaymentOrder]:
    """Ask for available funds to be paid out."""
    actor = actor_of(request)
    order = services.request_payout(
        amount=Money(wish.amount_minor, wish.currency),
        bank_account=wish.bank_account,
        key=f"api:{actor.organization_id}:{wish.key}",
        by=actor,
    )
    return Status(201, order)


@router.get("/invoices", auth=scope("money:read"), response=InvoicePage)
def list_invoices(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the invoices the caller's organization issued or received."""
    return page_of(selectors.invoices(to=actor_of(request)), paging, lambda invoice: invoice)


@router.get("/invoices/{invoice_id}", auth=scope("money:read"), response=InvoiceOut)
def get_invoice(request: HttpRequest, invoice_id: int = Id) -> Invoice:
    """Return one invoice."""
    return selectors.invoice_for(invoice_id, to=actor_of(request))


@router.get(
    "/invoices/{invoice_id}/document/{language}",
    auth=scope("money:read"),
    openapi_extra={"responses": {200: {"content": {"application/pdf": {"schema": {"type": "string"}}}}}},
)
def get_invoice_document(
    request: HttpRequest, invoice_id: int = Id, language: str = Path(pattern="^(en|zh)$")
) -> HttpResponse:
    """Return an invoice as PDF/A."""
    _, content = services.invoice_document(invoice_id=invoice_id, language=language, by=actor_of(request))
    return HttpResponse(content, content_type="application/pdf")


PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@router.post(
    "/rail/callback",
    auth=None,
    response=VerdictOut,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "parameters": [
            {
                "in": "header",
                "name": SIGNATURE,
                "required": True,
                "schema": {"type": "string", "pattern": "^[!-~]+$"},
            }
        ],
        "responses": {
            status: {"description": "The message was refused", "content": PROBLEM}
            for status in (400, 403, 409)
        },
    },
)
def rail_callback(request: HttpRequest) -> dict[str, str]:
    """Take a message of the bank; its HMAC-SHA256 signature stands in for a sign-in."""
    verdict = services.receive_callback(body=request.body, signature=request.headers.get(SIGNATURE, ""))
    return {"verdict": verdict}


def _escrow(state: EscrowState) -> dict[str, Any]:
    escrow = state.escrow
    return {
        "id": escrow.pk,
        "about_kind": escrow.about_kind,
        "about_id": escrow.about_id,
        "reference": escrow.reference,
        "payer_id": escrow.payer_id,
        "payee_ids": escrow.payee_ids,
        "currency": escrow.currency,
        "agreed_minor": escrow.agreed_minor,
        "funded_minor": state.funded.minor,
        "free_minor": state.free.minor,
        "held_minor": state.held.minor,
        "retained_minor": state.retained.minor,
        "released_minor": state.released.minor,
        "parts": [
            {
                "part": part.part,
                "held_minor": part.held.minor,
                "retained_minor": part.retained.minor,
                "released_minor": part.released.minor,
            }
            for part in state.parts.values()
        ],
    }
