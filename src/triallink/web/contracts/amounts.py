"""Amounts as people type them, in major units, and as they are kept."""

from decimal import Decimal

from triallink.domains.contracts.models import Contract
from triallink.kernel.money import Money


def minor_of(contract: Contract, amount: Decimal | None) -> int:
    """Return a typed amount in minor units; nothing typed is nothing."""
    return Money.of(amount, contract.currency).minor if amount is not None else 0


def typed(contract: Contract, minor: int) -> Decimal:
    """Return an amount as it stands in a field."""
    return Money(minor, contract.currency).amount
