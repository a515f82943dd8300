"""Requests, questions, bids, auctions, evaluation and award."""

import hashlib
from typing import Any

import orjson
from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.api.v1.request_shapes import (
    AuctionOut,
    AwardIn,
    AwardOut,
    BidIn,
    BidOut,
    CallIn,
    CallOut,
    CoalitionAskOut,
    ColumnOut,
    OrganizationIds,
    QuestionOut,
    ReceiptOut,
    RequestDetail,
    RequestIn,
    RequestOut,
    RequestPage,
    ScoreOut,
    TextIn,
)
from triallink.domains.marketplace.access.bids import own_bid_for
from triallink.domains.marketplace.access.requests import may_read_details, request_for, visible_requests
from triallink.domains.marketplace.models import Bid, Request
from triallink.domains.marketplace.selectors.auctions import auction_view
from triallink.domains.marketplace.selectors.awards import award_of
from triallink.domains.marketplace.selectors.bids import coalition_asks
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
from triallink.domains.marketplace.services.coalitions import confirm_coalition, decline_coalition
from triallink.domains.marketplace.services.invitations import invite_suppliers
from triallink.domains.marketplace.services.terms import AuctionTerms, LineTerms, RequestTerms
from triallink.kernel.refusals import NotFound

router = Router()
Id = Path(ge=1, lt=2**63)


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


@router.get("/bids/coalitions", auth=scope("bids:read"), response=list[CoalitionAskOut])
def list_coalition_asks(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the bids of others that wait for the caller's organization to confirm or decline its part."""
    return [
        {
            "bid_id": ask.bid.pk,
            "request_id": ask.bid.request_id,
            "reference": ask.bid.request.reference,
            "lead_organization_id": ask.bid.organization_id,
            "bids_due_at": ask.bid.request.bids_due_at,
        }
        for ask in coalition_asks(to=actor_of(request))
    ]


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


@router.post("/bids/{bid_id}/decline", auth=scope("bids:write"), response={204: None})
def decline_bid(request: HttpRequest, body: TextIn, bid_id: int = Id) -> Status[None]:
    """Decline the caller's part in a coalition's bid; the lead reads the reason."""
    decline_coalition(bid_id=bid_id, reason=body.text, by=actor_of(request))
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
            "scores": [{name: getattr(s, name) for name in ScoreOut.model_fields} for s in column.scores],
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
