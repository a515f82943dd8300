"""Live topics of hours: the order book as a whole, and each organization's bookings."""

from triallink.foundation.live import publish

BOOK = "hours:book"


def tell_book() -> None:
    """Tell open order books that something changed."""
    publish(BOOK, "book")


def tell_parties(buyer_id: int, seller_id: int) -> None:
    """Tell both sides' open pages that a booking changed."""
    for organization_id in {buyer_id, seller_id}:
        publish(f"bookings:{organization_id}", "booking")
