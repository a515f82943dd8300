"""Checking the whole book from its entries, without trusting any constraint."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

CHECKS = {
    "unbalanced": (
        "SELECT count(*) FROM (SELECT e.posting_id FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
        " GROUP BY e.posting_id, a.currency HAVING sum(e.amount_minor) <> 0) AS broken"
    ),
    "incomplete": (
        "SELECT count(*) FROM ledger_posting p WHERE p.entry_count <>"
        " (SELECT count(*) FROM ledger_entry e WHERE e.posting_id = p.id)"
    ),
    "wrong_balances": (
        "SELECT count(*) FROM (SELECT a.id FROM ledger_account a"
        " LEFT JOIN (SELECT account_id, sum(amount_minor) AS minor FROM ledger_entry GROUP BY account_id) e"
        " ON e.account_id = a.id"
        " LEFT JOIN (SELECT account_id, sum(balance_minor) AS minor FROM ledger_accountbalance GROUP BY account_id) b"
        " ON b.account_id = a.id WHERE coalesce(e.minor, 0) <> coalesce(b.minor, 0)) AS broken"
    ),
    "negative": "SELECT count(*) FROM ledger_accountbalance WHERE is_guarded AND balance_minor < 0",
    "duplicate_keys": (
        "SELECT count(*) FROM (SELECT key FROM ledger_posting GROUP BY key HAVING count(*) > 1) AS broken"
    ),
    "invoice_gaps": (
        "SELECT count(*) FROM (SELECT issuer_id, kind FROM ledger_invoice GROUP BY issuer_id, kind"
        " HAVING count(*) <> max(sequence) OR min(sequence) <> 1) AS broken"
    ),
}


@dataclass(frozen=True)
class BookCheck:
    """How many rows of the book break each rule; a good book breaks none."""

    postings: int
    entries: int
    unbalanced: int
    incomplete: int
    wrong_balances: int
    negative: int
    duplicate_keys: int
    invoice_gaps: int

    @property
    def faults(self) -> list[str]:
        """Return the broken rules with their numbers."""
        return [f"{name}: {getattr(self, name)}" for name in CHECKS if getattr(self, name)]

    @property
    def is_good(self) -> bool:
        """Return whether nothing is broken."""
        return not self.faults

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {**asdict(self), "is_good": self.is_good}


def verify() -> BookCheck:
    """Return what checking the whole book finds."""
    figures: dict[str, int] = {}
    questions = {
        "postings": "SELECT count(*) FROM ledger_posting",
        "entries": "SELECT count(*) FROM ledger_entry",
        **CHECKS,
    }
    with connection.cursor() as cursor:
        for name, question in questions.items():
            cursor.execute(question)
            figures[name] = int(cursor.fetchone()[0])
    return BookCheck(**figures)
