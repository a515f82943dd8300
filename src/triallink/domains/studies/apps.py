"""Studies as a Django application."""

from triallink.foundation.apps import DomainConfig


class StudiesConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.studies"
    label = "studies"
