"""Requests, questions, bids, auctions, evaluation and award."""

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Any, Literal

import orjson
from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.marketplace.access.bids import own_bid_for
from triallink.domains.marketplace.access.requests import may_read_details, request_for, visible_requests
from triallink.domains.marketplace.models import Bid, Request
from triallink.domains.marketplace.selectors.auctions import auction_view
from triallink.domains.marketplace.selectors.awards import award_of
from triallink.domains.marketplace.selectors.matrix import evaluation_matrix
from triallink.domains.marketplace.selectors.receipts import receipt_document, receipt_holds
from triallink.domains.marketplace.selectors.requests import questions_of
from triallink.domains.marketplace.services import auctions, awards, bids, questions
from triallink.domains.marketplace.services import requests as services
from triallink.domains.marketplace.services.bid_content import (
    BidContent,
    BundleOffer,
    LineOffer,
    ShareOffer,
    StaffOffer,
)
from triallink.domains.marketplace.services.coalitions import confirm_coalition
from triallink.domains.marketplace.services.invitations import invite_suppliers
from triallink.domains.marketplace.services.terms import AuctionTerms, LineTerms, RequestTerms
from triallink.kernel.refusals import NotFound

router = Router()
Id = Path(ge=1, lt=2**63)
Amount = Field(ge=0, lt=10**15)
RowId = Field(ge=1, lt=2**63)
Quantity = Field(gt=0, lt=10**9, max_digits=11, decimal_places=2)


class Bilingual(Schema):
    """A text in both languages."""

    en: str = Field("", max_length=200)
    zh: str = Field("", max_length=200)


class LineIn(Schema):
    """A line to ask for."""

    service_id: int = RowId
    quantity: Decimal = Quantity
    description: str = Field("", max_length=2000)
    province: str = Field("", max_length=80)
    city: str = Field("", max_length=80)
    start_on: dt.date | None = None
    end_on: dt.date | None = None
    hours: Decimal | None = Field(None, ge=0, lt=10**9, decimal_places=2)
    ceiling_minor: int | None = Field(None, ge=1, lt=10**15)


class AuctionIn(Schema):
    """How the rounds of an auction run."""

    round_minutes: int = Field(10, ge=1, le=240)
    pause_minutes: int = Field(2, ge=0, le=1440)
    reveals: Literal["rank", "rank_and_best"] = "rank_and_best"
    step_minor: int = Field(1, ge=1, lt=10**15)


class RequestIn(Schema):
    """A request to draft."""

    title: Bilingual
    study_id: int | None = Field(None, ge=1, lt=2**63)
    requirements: str = Field("", max_length=20000)
    payment_terms: str = Field("", max_length=5000)
    nda_text: str = Field("", max_length=20000)
    procedure: Literal["direct", "sealed", "auction"] = "sealed"
    visibility: Literal["open", "invited"] = "open"
    currency: str = Field("CNY", max_length=3)
    weights: dict[Literal["price", "quality", "experience", "coverage", "speed"], int] | None = None
    max_suppliers: int = Field(1, ge=1, le=999)
    is_partial_award_allowed: bool = False
    question_deadline_at: dt.datetime | None = None
    bids_due_at: dt.datetime | None = None
    standstill_days: int = Field(10, ge=0, le=60)
    start_on: dt.date | None = None
    end_on: dt.date | None = None
    auction: AuctionIn | None = None
    lines: list[LineIn] = Field([], max_length=500)


class LineOut(Schema):
    """A line of a request."""

    id: int
    position: int
    service_id: int
    description: str
    quantity: Decimal
    unit: str
    province: str
    city: str
    start_on: dt.date | None
    end_on: dt.date | None
    hours: Decimal | None
    ceiling_minor: int | None


class RequestOut(Schema):
    """A request."""

    id: int
    reference: str
    title: dict[str, str]
    buyer_id: int
    state: str
    procedure: str
    visibility: str
    currency: str
    weights: dict[str, int]
    max_suppliers: int
    is_partial_award_allowed: bool
    question_deadline_at: dt.datetime | None
    bids_due_at: dt.datetime | None
    closes_at: dt.datetime | None
    standstill_days: int
    published_at: dt.datetime | None


class RequestPage(Schema):
    """Some requests and where to go on."""

    items: list[RequestOut]
    next_cursor: str


class RequestDetail(RequestOut):
    """A request with what is open to the caller; lines are empty behind confidentiality terms."""

    requirements: str
    payment_terms: str
    lines: list[LineOut]


class TextIn(Schema):
    """Some words."""

    text: str = Field(min_length=1, max_length=5000)


class QuestionOut(Schema):
    """A question with its answer."""

    id: int
    number: int
    text: str
    asked_at: dt.datetime
    answer: str
    answered_at: dt.datetime | None
    is_own: bool


class OrganizationIds(Schema):
    """Suppliers."""

    organization_ids: list[int] = Field(min_length=1, max_length=200)


class LineOfferIn(Schema):
    """A price for a line."""

    line_id: int = RowId
    unit_price_minor: int = Amount
    quantity: Decimal | None = Field(None, gt=0, lt=10**9, decimal_places=2)
    comment: str = Field("", max_length=300)


class BundleIn(Schema):
    """Lines at one price, all or nothing."""

    name: str = Field(min_length=1, max_length=120)
    price_minor: int = Amount
    line_ids: list[int] = Field(min_length=2, max_length=500)
    xor_group: str = Field("", max_length=20)


class StaffIn(Schema):
    """A named professional."""

    line_id: int = RowId
    professional_id: int = RowId
    hours: Decimal = Field(gt=0, lt=10**7, decimal_places=2)


class ShareIn(Schema):
    """A coalition member's part of a line."""

    line_id: int = RowId
    organization_id: int = RowId
    share_percent: int = Field(ge=1, le=100)


class BidIn(Schema):
    """A bid's whole content."""

    lines: list[LineOfferIn] = Field(min_length=1, max_length=500)
    bundles: list[BundleIn] = Field([], max_length=50)
    staffing: list[StaffIn] = Field([], max_length=500)
    shares: list[ShareIn] = Field([], max_length=2000)
    lead_time_days: int = Field(14, ge=0, le=730)
    valid_until_on: dt.date | None = None
    message: str = Field("", max_length=5000)


class BidOut(Schema):
    """A bid's envelope."""

    id: int
    request_id: int
    version: int
    state: str
    receipt_sha256: str
    submitted_at: dt.datetime | None


class ReceiptOut(Schema):
    """A receipt, the content it was computed over, and whether both still agree."""

    receipt_sha256: str
    content: dict[str, Any]
    content_sha256: str
    holds: bool


class CallIn(Schema):
    """A price called in an auction; the same key again returns the first answer."""

    amount_minor: int = Amount
    client_key: str = Field(min_length=1, max_length=64)


class CallOut(Schema):
    """A call's answer."""

    sequence: int
    is_accepted: bool
    refusal_code: str
    amount_minor: int


class StandingOut(Schema):
    """A seat's place."""

    rank: int
    pseudonym: str
    amount_minor: int


class AuctionOut(Schema):
    """An auction as the caller may see it."""

    state: str
    round_number: int | None
    changes_at: dt.datetime | None
    bidder_count: int
    best_minor: int | None
    own: StandingOut | None
    standings: list[StandingOut]


class ScoreOut(Schema):
    """One criterion of one bid."""

    criterion: str
    weight: int
    computed: float
    counting: float


class ColumnOut(Schema):
    """One bid in the matrix."""

    bid_id: int
    organization_id: int
    total_minor: int
    points: float
    rank: int
    is_abnormally_low: bool
    unit_prices_minor: dict[int, int]
    scores: list[ScoreOut]


class ChoiceIn(Schema):
    """One line to one bid."""

    line_id: int = RowId
    bid_id: int = RowId


class AwardIn(Schema):
    """An award."""

    choices: list[ChoiceIn] = Field(min_length=1, max_length=500)
    reason: str = Field(min_length=1, max_length=5000)
    letters: dict[int, str] = {}


class AwardLineOut(Schema):
    """An awarded line."""

    line_id: int
    organization_id: int
    amount_minor: int


class AwardOut(Schema):
    """The award in force."""

    id: int
    request_id: int
    total_minor: int
    awarded_at: dt.datetime
    standstill_ends_at: dt.datetime
    standstill_ended_at: dt.datetime | None
    lines: list[AwardLineOut]


@router.get("/", auth=scope("requests:read"), response=RequestPage)
def list_requests(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the requests the caller may see."""
    return page_of(visible_requests(actor_of(request)), paging, lambda row: row)


@router.post("/", auth=scope("requests:write"), response={201: RequestDetail})
def create_request(request: HttpRequest, body: RequestIn) -> Status[dict[str, Any]]:
    """Draft a request."""
    values = body.dict(exclude={"title", "lines", "auction", "weights", "study_id"})
    if body.weights is not None:
        values["weights"] = body.weights
    terms = RequestTerms(
        title=body.title.dict(),
        auction=AuctionTerms(**body.auction.dict()) if body.auction else AuctionTerms(),
        **values,
    )
    lines = [LineTerms(**line.dict()) for line in body.lines]
    made = services.create_request(terms=terms, lines=lines, study_id=body.study_id, by=actor_of(request))
    return Status(201, _detail(request, made))


@router.get("/{request_id}", auth=scope("requests:read"), response=RequestDetail)
def get_request(request: HttpRequest, request_id: int = Id) -> dict[str, Any]:
    """Return one request."""
    return _detail(request, request_for(actor_of(request), request_id))


@router.post("/{request_id}/publish", auth=scope("requests:write"), response=RequestOut)
def publish_request(request: HttpRequest, request_id: int = Id) -> Request:
    """Publish a draft."""
    return services.publish_request(request_id=request_id, by=actor_of(request))


@router.post("/{request_id}/cancel", auth=scope("requests:write"), response=RequestOut)
def cancel_request(request: HttpRequest, body: TextIn, request_id: int = Id) -> Request:
    """Give a request up."""
    return services.cancel_request(request_id=request_id, why=body.text, by=actor_of(request))


@router.post("/{request_id}/invitations", auth=scope("requests:write"), response={204: None})
def invite(request: HttpRequest, body: OrganizationIds, request_id: int = Id) -> Status[None]:
    """Ask suppliers to bid."""
    ids = [one for one in body.organization_ids if 0 < one < 2**63]
    invite_suppliers(request_id=request_id, organization_ids=ids, by=actor_of(request))
    return Status(204, None)


@router.get("/{request_id}/questions", auth=scope("requests:read"), response=list[QuestionOut])
def list_questions(request: HttpRequest, request_id: int = Id) -> list[Any]:
    """Return questions and answers."""
    actor = actor_of(request)
    return list(questions_of(request_for(actor, request_id), to=actor))


@router.post("/{request_id}/questions", auth=scope("requests:write"), response={204: None})
def ask_question(request: HttpRequest, body: TextIn, request_id: int = Id) -> Status[None]:
    """Ask a question."""
    questions.ask_question(request_id=request_id, text=body.text, by=actor_of(request))
    return Status(204, None)


@router.post("/questions/{question_id}/answer", auth=scope("requests:write"), response={204: None})
def answer_question(request: HttpRequest, body: TextIn, question_id: int = Id) -> Status[None]:
    """Answer a question to all bidders."""
    questions.answer_question(question_id=question_id, answer=body.text, by=actor_of(request))
    return Status(204, None)


@router.post("/{request_id}/bids", auth=scope("bids:write"), response={201: BidOut})
def save_bid(request: HttpRequest, body: BidIn, request_id: int = Id) -> Status[Bid]:
    """Write the caller's draft bid; submit it afterwards."""
    content = BidContent(
        lines=tuple(LineOffer(**row.dict()) for row in body.lines),
        bundles=tuple(
            BundleOffer(row.name, row.price_minor, tuple(row.line_ids), row.xor_group) for row in body.bundles
        ),
        staffing=tuple(StaffOffer(**row.dict()) for row in body.staffing),
        shares=tuple(ShareOffer(**row.dict()) for row in body.shares),
        lead_time_days=body.lead_time_days,
        valid_until_on=body.valid_until_on,
        message=body.message,
    )
    return Status(201, bids.save_bid(request_id=request_id, content=content, by=actor_of(request)))


@router.post("/bids/{bid_id}/submit", auth=scope("bids:write"), response=BidOut)
def submit_bid(request: HttpRequest, bid_id: int = Id) -> Bid:
    """Hand a draft bid in under seal."""
    return bids.submit_bid(bid_id=bid_id, by=actor_of(request))


@router.post("/bids/{bid_id}/withdraw", auth=scope("bids:write"), response=BidOut)
def withdraw_bid(request: HttpRequest, bid_id: int = Id) -> Bid:
    """Take a bid back."""
    return bids.withdraw_bid(bid_id=bid_id, by=actor_of(request))


@router.post("/bids/{bid_id}/confirm", auth=scope("bids:write"), response={204: None})
def confirm_bid(request: HttpRequest, bid_id: int = Id) -> Status[None]:
    """Confirm the caller's part in a coalition's bid."""
    confirm_coalition(bid_id=bid_id, by=actor_of(request))
    return Status(204, None)


@router.get("/bids/{bid_id}/receipt", auth=scope("bids:read"), response=ReceiptOut)
def get_receipt(request: HttpRequest, bid_id: int = Id) -> dict[str, Any]:
    """Return the receipt of the caller's own bid and the content it was computed over."""
    actor = actor_of(request)
    bid = own_bid_for(actor, bid_id)
    document = receipt_document(bid_id, to=actor)
    return {
        "receipt_sha256": bid.receipt_sha256,
        "content": orjson.loads(document),
        "content_sha256": hashlib.sha256(document).hexdigest(),
        "holds": receipt_holds(bid_id, receipt_sha256=bid.receipt_sha256, to=actor),
    }


@router.get("/{request_id}/auction", auth=scope("bids:read"), response=AuctionOut)
def get_auction(request: HttpRequest, request_id: int = Id) -> Any:
    """Return the auction as the caller may see it."""
    return auction_view(request_id, to=actor_of(request))


@router.post("/{request_id}/auction/calls", auth=scope("bids:write"), response=CallOut)
def call_price(request: HttpRequest, body: CallIn, request_id: int = Id) -> Any:
    """Call a price."""
    return auctions.place_auction_bid(request_id=request_id, by=actor_of(request), **body.dict())


@router.get("/{request_id}/matrix", auth=scope("requests:read"), response=list[ColumnOut])
def get_matrix(request: HttpRequest, request_id: int = Id) -> list[dict[str, Any]]:
    """Return the opened bids compared, best first."""
    matrix = evaluation_matrix(request_id, to=actor_of(request))
    return [
        {
            "bid_id": column.offer.bid_id,
            "organization_id": column.offer.organization.pk,
            "total_minor": column.offer.total_minor,
            "points": column.total,
            "rank": column.rank,
            "is_abnormally_low": column.is_abnormally_low,
            "unit_prices_minor": {key: row.unit_price_minor for key, row in column.offer.lines.items()},
            "scores": [
                {"criterion": s.criterion, "weight": s.weight, "computed": s.computed, "counting": s.counting}
                for s in column.scores
            ],
        }
        for column in matrix.columns
    ]


@router.get("/{request_id}/award", auth=scope("requests:read"), response=AwardOut)
def get_award(request: HttpRequest, request_id: int = Id) -> dict[str, Any]:
    """Return the award in force."""
    actor = actor_of(request)
    return _award(request_for(actor, request_id), actor)


@router.post("/{request_id}/award", auth=scope("requests:write"), response={201: AwardOut})
def award_request(request: HttpRequest, body: AwardIn, request_id: int = Id) -> Status[dict[str, Any]]:
    """Award a request whole or by line."""
    actor = actor_of(request)
    awards.award_request(
        request_id=request_id,
        choices=[awards.AwardChoice(row.line_id, row.bid_id) for row in body.choices],
        reason=body.reason,
        letters=body.letters,
        by=actor,
    )
    return Status(201, _award(request_for(actor, request_id), actor))


def _detail(http: HttpRequest, row: Request) -> dict[str, Any]:
    is_open = may_read_details(actor_of(http), row)
    shown = {name: getattr(row, name) for name in RequestOut.model_fields}
    return {
        **shown,
        "requirements": row.requirements if is_open else "",
        "payment_terms": row.payment_terms,
        "lines": list(row.lines.all()) if is_open else [],
    }


def _award(row: Request, actor: Any) -> dict[str, Any]:
    view = award_of(row, to=actor)
    if view is None:
        raise NotFound
    return {
        **{name: getattr(view.award, name) for name in AwardOut.model_fields if name != "lines"},
        "lines": [
            {
                "line_id": line.line_id,
                "organization_id": line.bid.organization_id,
                "amount_minor": line.amount_minor,
            }
            for line in view.lines
        ],
    }
