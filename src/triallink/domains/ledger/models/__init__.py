"""The tables of the ledger, by noun."""

from triallink.domains.ledger.models.accounts import ACCOUNT_KINDS, GUARDED_KINDS, Account, AccountBalance
from triallink.domains.ledger.models.book import POSTING_KINDS, Entry, Posting
from triallink.domains.ledger.models.escrow import Escrow
from triallink.domains.ledger.models.periods import PERIOD_ACTIONS, PeriodAct

__all__ = [
    "ACCOUNT_KINDS",
    "GUARDED_KINDS",
    "PERIOD_ACTIONS",
    "POSTING_KINDS",
    "Account",
    "AccountBalance",
    "Entry",
    "Escrow",
    "PeriodAct",
    "Posting",
]
