"""Delivery as a Django application."""

from triallink.foundation.apps import DomainConfig


class DeliveryConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.delivery"
    label = "delivery"
