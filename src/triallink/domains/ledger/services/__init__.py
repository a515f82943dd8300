"""What people and other domains do with money."""

from triallink.domains.ledger.services.escrow import (
    free_hold,
    fund_escrow,
    hold_from_escrow,
    open_escrow,
    receive_funds,
    refund,
    retain,
)
from triallink.domains.ledger.services.invoices import (
    invoice_document,
    issue_credit_note,
    issue_for_release,
    issue_invoice,
)
from triallink.domains.ledger.services.orders import (
    deliver_sandbox_messages,
    receive_callback,
    request_payout,
    request_top_up,
    send_order,
    send_waiting_orders,
)
from triallink.domains.ledger.services.periods import close_period, reopen_period
from triallink.domains.ledger.services.posting import EntryPlan, Purse, post, reverse
from triallink.domains.ledger.services.reconciliation import import_statement, reconcile, resolve_finding
from triallink.domains.ledger.services.releases import charges_for, release, release_retention

__all__ = [
    "EntryPlan",
    "Purse",
    "charges_for",
    "close_period",
    "deliver_sandbox_messages",
    "free_hold",
    "fund_escrow",
    "hold_from_escrow",
    "import_statement",
    "invoice_document",
    "issue_credit_note",
    "issue_for_release",
    "issue_invoice",
    "open_escrow",
    "post",
    "receive_callback",
    "receive_funds",
    "reconcile",
    "refund",
    "release",
    "release_retention",
    "reopen_period",
    "request_payout",
    "request_top_up",
    "resolve_finding",
    "retain",
    "reverse",
    "send_order",
    "send_waiting_orders",
]
