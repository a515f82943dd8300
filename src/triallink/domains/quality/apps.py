"""Quality as a Django application."""

from triallink.foundation.apps import DomainConfig


class QualityConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.quality"
    label = "quality"

    def ready(self) -> None:
        """Also say what is held about people."""
        super().ready()
        from triallink.domains.quality.selectors import HELD
        from triallink.foundation.own_data import hold

        hold(**HELD)
