"""Reading the book."""

from triallink.domains.ledger.selectors.balances import (
    EscrowState,
    PartState,
    TrialLine,
    available_funds,
    balance_of,
    escrow_of,
    trial_balance,
)
from triallink.domains.ledger.selectors.statements import Statement, StatementRow, statement

__all__ = [
    "EscrowState",
    "PartState",
    "Statement",
    "StatementRow",
    "TrialLine",
    "available_funds",
    "balance_of",
    "escrow_of",
    "statement",
    "trial_balance",
]
