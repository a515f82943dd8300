"""Delivery as a Django application."""

from triallink.foundation.apps import DomainConfig


class DeliveryConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.delivery"
    label = "delivery"

    def ready(self) -> None:
        """Also say what is held about people."""
        super().ready()
        from triallink.domains.delivery.selectors.own_data import HELD
        from triallink.foundation.own_data import hold

        hold(**HELD)
