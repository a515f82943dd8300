"""Capacity as a Django application."""

from triallink.foundation.apps import DomainConfig


class CapacityConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.capacity"
    label = "capacity"

    def ready(self) -> None:
        """Also say what is held about people."""
        super().ready()
        from triallink.domains.capacity.selectors.own_data import HELD
        from triallink.foundation.own_data import hold

        hold(**HELD)
