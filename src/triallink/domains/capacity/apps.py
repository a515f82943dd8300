"""Capacity as a Django application."""

from triallink.foundation.apps import DomainConfig


class CapacityConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.capacity"
    label = "capacity"
