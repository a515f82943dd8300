"""Reading the book."""

from triallink.domains.ledger.selectors.balances import (
    EscrowState,
    PartState,
    TrialLine,
    available_funds,
    balance_of,
    escrow_of,
    escrow_states,
    trial_balance,
)
from triallink.domains.ledger.selectors.lists import (
    escrows,
    findings,
    invoice_for,
    invoices,
    orders,
    period_acts,
)
from triallink.domains.ledger.selectors.moves import EscrowMove, escrow_moves
from triallink.domains.ledger.selectors.overview import MonthFlow, Purse, monthly_flow, purses
from triallink.domains.ledger.selectors.statements import Statement, StatementRow, statement

__all__ = [
    "EscrowMove",
    "EscrowState",
    "MonthFlow",
    "PartState",
    "Purse",
    "Statement",
    "StatementRow",
    "TrialLine",
    "available_funds",
    "balance_of",
    "escrow_moves",
    "escrow_of",
    "escrow_states",
    "escrows",
    "findings",
    "invoice_for",
    "invoices",
    "monthly_flow",
    "orders",
    "period_acts",
    "purses",
    "statement",
    "trial_balance",
]
