"""Tables of the market, one file per noun."""

from triallink.domains.marketplace.models.catalogue import Listing, ServiceType

__all__ = ["Listing", "ServiceType"]
