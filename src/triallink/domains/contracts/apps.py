"""Contracts as a Django application."""

from triallink.foundation.apps import DomainConfig


class ContractsConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.contracts"
    label = "contracts"
