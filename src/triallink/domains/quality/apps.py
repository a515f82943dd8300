"""Quality as a Django application."""

from triallink.foundation.apps import DomainConfig


class QualityConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.quality"
    label = "quality"
