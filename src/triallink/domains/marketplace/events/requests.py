"""What happens to requests. Nothing here tells a price or a bidder's name."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class RequestEvent(Event):
    """Something happened to a request."""

    request_id: int


@dataclass(frozen=True, kw_only=True)
class RequestDrafted(RequestEvent):
    """A buyer began a request."""


@dataclass(frozen=True, kw_only=True)
class RequestRevised(RequestEvent):
    """The terms or lines of a draft changed."""


@dataclass(frozen=True, kw_only=True)
class RequestPublished(RequestEvent):
    """A request is open for bids."""


@dataclass(frozen=True, kw_only=True)
class DeadlineExtended(RequestEvent):
    """The bidders have more time."""


@dataclass(frozen=True, kw_only=True)
class RequestClosed(RequestEvent):
    """The deadline has come; the bids lie open to the evaluators."""

    bid_count: int


@dataclass(frozen=True, kw_only=True)
class RequestCancelled(RequestEvent):
    """The buyer gave the request up."""


@dataclass(frozen=True, kw_only=True)
class RequestFailed(RequestEvent):
    """The request ended without a usable bid."""


@dataclass(frozen=True, kw_only=True)
class SuppliersInvited(RequestEvent):
    """Suppliers were asked to bid."""

    organization_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class CounselAsked(RequestEvent):
    """Somebody asked the engine for counsel on a request."""

    counsel: str


@dataclass(frozen=True, kw_only=True)
class CoalitionSuggested(RequestEvent):
    """The buyer suggested to suppliers to bid together."""

    lead_id: int
    organization_ids: tuple[int, ...]
    is_published: bool


@dataclass(frozen=True, kw_only=True)
class InvitationDeclined(RequestEvent):
    """A supplier will not bid."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class NdaAccepted(RequestEvent):
    """A supplier accepted the confidentiality terms."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class RequestFileAdded(RequestEvent):
    """The buyer gave the bidders a document."""

    request_file_id: int


@dataclass(frozen=True, kw_only=True)
class QuestionAsked(RequestEvent):
    """A bidder asked something; who it was stays unsaid."""

    question_id: int


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered(RequestEvent):
    """The buyer answered a question to all bidders."""

    question_id: int
