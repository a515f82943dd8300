"""Both sides of a difference: what was booked and what the bank's statement says."""

from dataclasses import dataclass

from triallink.domains.ledger.models import Entry, Finding, StatementLine


@dataclass(frozen=True)
class Evidence:
    """The entries on the bank account and the lines of the bank that a difference is about."""

    entries: list[Entry]
    lines: list[StatementLine]


def evidence_of(finding: Finding) -> Evidence:
    """Return both sides of a difference; the caller has asked who looks (`selectors.findings`)."""
    entries = Entry.objects.filter(account__kind="bank").select_related("posting", "account")
    if finding.order_id:
        entries = entries.filter(posting__about_kind="payment_order", posting__about_id=finding.order_id)
    else:
        entries = entries.filter(posting__key__in=[finding.reference, f"finding:{finding.pk}"])
    lines = StatementLine.objects.filter(reference=finding.reference, currency=finding.currency)
    return Evidence(list(entries.order_by("posting_id")), list(lines.order_by("day", "number")))
