"""The ledger as a Django application."""

from triallink.foundation.apps import DomainConfig


class LedgerConfig(DomainConfig):
    """See the package's first line."""

    name = "triallink.domains.ledger"
    label = "ledger"
