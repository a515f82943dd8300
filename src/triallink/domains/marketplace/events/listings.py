"""What happens to suppliers' listings."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ListingPublished(Event):
    """A supplier offers a service at a list price."""

    listing_id: int
    organization_id: int
    service: str


@dataclass(frozen=True, kw_only=True)
class ListingPriceChanged(Event):
    """A supplier's list price of a service changed: the old listing ended and a new one began."""

    listing_id: int
    organization_id: int
    service: str


@dataclass(frozen=True, kw_only=True)
class ListingWithdrawn(Event):
    """A supplier no longer offers a service."""

    listing_id: int
    organization_id: int
    service: str
