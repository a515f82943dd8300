"""What requests, bids, auctions and awards look like over the API."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from ninja import Field, Schema

from triallink.api.v1.days import Day

Amount = Field(ge=0, lt=10**15)
RowId = Field(ge=1, lt=2**63)
Quantity = Field(gt=0, lt=10**9, max_digits=11, decimal_places=2)


class TitleIn(Schema):
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
    start_on: Day | None = None
    end_on: Day | None = None
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

    title: TitleIn
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
    start_on: Day | None = None
    end_on: Day | None = None
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
    start_on: Day | None
    end_on: Day | None
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
    valid_until_on: Day | None = None
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


class CoalitionAskOut(Schema):
    """A bid whose lead waits for a partner's answer."""

    bid_id: int
    request_id: int
    reference: str
    lead_organization_id: int
    bids_due_at: dt.datetime | None


class ScoreOut(Schema):
    """One criterion of one bid; coverage is absent when no line names a place to cover."""

    criterion: str
    weight: int
    share: float  # the percent it counts once the weight of a criterion that does not apply is shared
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
