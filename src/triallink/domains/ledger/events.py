"""What happened to money."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class Booked(Event):
    """A journal entry or a reversal was written by hand."""

    posting_id: int


@dataclass(frozen=True, kw_only=True)
class FundsReceived(Event):
    """Money arrived at the bank for an organization."""

    posting_id: int
    organization_id: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class EscrowOpened(Event):
    """An escrow was opened or its payees and names were given."""

    about_kind: str
    about_id: int
    payer_id: int


@dataclass(frozen=True, kw_only=True)
class EscrowFunded(Event):
    """The payer put money aside."""

    posting_id: int
    about_kind: str
    about_id: int
    payer_id: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class EscrowHeld(Event):
    """A part of the escrow is reserved for one payable."""

    posting_id: int
    about_kind: str
    about_id: int
    part: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class HoldFreed(Event):
    """Money held for a payable went back into the escrow."""

    posting_id: int
    about_kind: str
    about_id: int
    part: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentReleased(Event):
    """A supplier was paid out of the escrow.

    amount_minor    what was released, before fee and tax.
    retained_minor  what stays behind until the end.
    """

    posting_id: int
    about_kind: str
    about_id: int
    part: str
    payer_id: int
    payee_id: int
    amount_minor: int
    fee_minor: int
    tax_minor: int
    retained_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentRetained(Event):
    """Money held for a payable is kept back until the end."""

    posting_id: int
    about_kind: str
    about_id: int
    part: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class EscrowRefunded(Event):
    """Money went back to the payer."""

    posting_id: int
    about_kind: str
    about_id: int
    payer_id: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class OrderRequested(Event):
    """Somebody announced a top-up or asked for a payout; the bank is to be told."""

    order_id: int


@dataclass(frozen=True, kw_only=True)
class OrderEnded(Event):
    """The bank told how a top-up or payout ended."""

    order_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class OrderContradicted(Event):
    """The bank told something that contradicts what was booked."""

    order_id: int


@dataclass(frozen=True, kw_only=True)
class DifferenceFound(Event):
    """Reconciliation found that bank and book do not say the same."""

    finding_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class DifferenceResolved(Event):
    """The operator resolved a difference."""

    finding_id: int
    resolution: str


@dataclass(frozen=True, kw_only=True)
class MonthClosed(Event):
    """A month takes no postings any more."""

    period: str


@dataclass(frozen=True, kw_only=True)
class MonthReopened(Event):
    """A closed month takes postings again."""

    period: str


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Event):
    """An invoice or credit note was issued."""

    invoice_id: int
    issuer_id: int
    customer_id: int
    kind: str
