"""Marketplace as a Django application."""

from triallink.foundation.apps import DomainConfig


class MarketplaceConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.marketplace"
    label = "marketplace"
