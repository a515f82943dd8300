"""What happens on the market, one file per noun. Every file is imported here: an event is known once it is read."""

from triallink.domains.marketplace.events import awards, bids, catalogue, listings, requests, searches

__all__ = ["awards", "bids", "catalogue", "listings", "requests", "searches"]
