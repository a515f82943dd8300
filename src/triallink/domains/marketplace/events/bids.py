"""What happens to bids and auctions. No event carries a price."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class BidEvent(Event):
    """Something happened to a bid."""

    bid_id: int
    request_id: int


@dataclass(frozen=True, kw_only=True)
class BidDrafted(BidEvent):
    """A bidder began a version of its bid."""


@dataclass(frozen=True, kw_only=True)
class BidFileAdded(BidEvent):
    """A document was attached to a draft."""


@dataclass(frozen=True, kw_only=True)
class CoalitionInvited(BidEvent):
    """Partners are asked, for the first time or again, to take part in a bid."""

    organization_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class CoalitionDeclined(BidEvent):
    """A partner will not take part in a bid."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CoalitionConfirmed(BidEvent):
    """A partner confirmed its part in a bid."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class BidSubmitted(BidEvent):
    """A bid was handed in under seal."""

    organization_id: int
    receipt_sha256: str


@dataclass(frozen=True, kw_only=True)
class BidWithdrawn(BidEvent):
    """A bidder took its bid back."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class AuctionBidPlaced(Event):
    """A price was called in an auction and answered."""

    auction_id: int
    sequence: int
