"""The tables of the ledger, by noun."""

from triallink.domains.ledger.models.accounts import (
    ACCOUNT_KINDS,
    DEBIT_KINDS,
    GUARDED_KINDS,
    Account,
    AccountBalance,
)
from triallink.domains.ledger.models.book import POSTING_KINDS, Entry, Posting
from triallink.domains.ledger.models.escrow import Escrow
from triallink.domains.ledger.models.invoices import INVOICE_KINDS, Invoice, InvoiceDocument, InvoiceSeries
from triallink.domains.ledger.models.periods import PERIOD_ACTIONS, PeriodAct
from triallink.domains.ledger.models.rail import (
    DIRECTIONS,
    FINDING_KINDS,
    ORDER_STATES,
    ORDER_STEPS,
    RESOLUTIONS,
    VERDICTS,
    Finding,
    PaymentOrder,
    RailCallback,
    SandboxOrder,
    StatementLine,
)

__all__ = [
    "ACCOUNT_KINDS",
    "DEBIT_KINDS",
    "DIRECTIONS",
    "FINDING_KINDS",
    "GUARDED_KINDS",
    "INVOICE_KINDS",
    "ORDER_STATES",
    "ORDER_STEPS",
    "PERIOD_ACTIONS",
    "POSTING_KINDS",
    "RESOLUTIONS",
    "VERDICTS",
    "Account",
    "AccountBalance",
    "Entry",
    "Escrow",
    "Finding",
    "Invoice",
    "InvoiceDocument",
    "InvoiceSeries",
    "PaymentOrder",
    "PeriodAct",
    "Posting",
    "RailCallback",
    "SandboxOrder",
    "StatementLine",
]
