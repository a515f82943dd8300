"""What follows from money that moved: invoices, orders for the bank, and notices to the people concerned."""

from collections.abc import Iterable

from triallink.domains.accounts.models import Membership, Organization
from triallink.domains.ledger.events import (
    DifferenceFound,
    EscrowFunded,
    EscrowRefunded,
    FundsReceived,
    InvoiceIssued,
    OrderContradicted,
    OrderEnded,
    OrderRequested,
    PaymentReleased,
)
from triallink.domains.ledger.models import Escrow, Invoice, PaymentOrder, Posting
from triallink.domains.ledger.services.invoices import issue_for_release
from triallink.domains.ledger.services.orders import send_order
from triallink.foundation.notices import notify
from triallink.foundation.outbox import hears
from triallink.kernel.actor import SYSTEM
from triallink.kernel.clock import FixedClock
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_

MONEY = "/money/"


@hears(PaymentReleased)
def invoice_the_payment(event: PaymentReleased) -> None:
    """Issue the supplier's invoice and the platform's, once per payment and dated as the payment is."""
    at = Posting.objects.values_list("at", flat=True).get(pk=event.posting_id)
    issue_for_release(posting_id=event.posting_id, by=SYSTEM, clock=FixedClock(at))


@hears(OrderRequested)
def tell_the_bank(event: OrderRequested) -> None:
    """Hand a new order to the bank; if the bank is away the worker tries again."""
    send_order(order_id=event.order_id)


@hears(PaymentReleased)
def tell_of_payment(event: PaymentReleased) -> None:
    """Tell the payee's people, and the payer's finance, that money was released."""
    escrow = Escrow.objects.get(about_kind=event.about_kind, about_id=event.about_id)
    amount = _shown(event.amount_minor, event.currency)
    notify(
        _people([event.payee_id], "finance", "administrator", "business_lead"),
        kind="payment_released",
        template=N_("%(reference)s: %(amount)s was released to you, before fee and tax."),
        url=f"{MONEY}escrows/{escrow.pk}/",
        reference=str(escrow),
        amount=amount,
    )
    notify(
        _people([event.payer_id], "finance"),
        kind="payment_released",
        template=N_("%(reference)s: %(amount)s was released to the supplier."),
        url=f"{MONEY}escrows/{escrow.pk}/",
        reference=str(escrow),
        amount=amount,
    )


@hears(EscrowFunded)
def tell_of_funding(event: EscrowFunded) -> None:
    """Tell the suppliers that money for their work is set aside."""
    escrow = Escrow.objects.get(about_kind=event.about_kind, about_id=event.about_id)
    notify(
        _people(escrow.payee_ids, "finance", "business_lead"),
        kind="escrow_funded",
        template=N_("%(reference)s: the buyer has put %(amount)s into escrow."),
        url=f"{MONEY}escrows/{escrow.pk}/",
        reference=str(escrow),
        amount=_shown(event.amount_minor, event.currency),
    )


@hears(EscrowRefunded)
def tell_of_refund(event: EscrowRefunded) -> None:
    """Tell the payer that money came back."""
    escrow = Escrow.objects.get(about_kind=event.about_kind, about_id=event.about_id)
    notify(
        _people([event.payer_id], "finance", "administrator"),
        kind="escrow_refunded",
        template=N_("%(reference)s: %(amount)s came back from escrow."),
        url=f"{MONEY}escrows/{escrow.pk}/",
        reference=str(escrow),
        amount=_shown(event.amount_minor, event.currency),
    )


@hears(FundsReceived)
def tell_of_arrival(event: FundsReceived) -> None:
    """Tell the organization that its transfer arrived."""
    notify(
        _people([event.organization_id], "finance", "administrator"),
        kind="funds_received",
        template=N_("%(amount)s arrived and is available."),
        url=MONEY,
        amount=_shown(event.amount_minor, event.currency),
    )


@hears(OrderEnded)
def tell_of_order(event: OrderEnded) -> None:
    """Tell the organization how its top-up or payout ended."""
    order = PaymentOrder.objects.get(pk=event.order_id)
    templates = {
        ("in", "settled"): N_("Top-up %(reference)s: %(amount)s arrived and is available."),
        ("out", "settled"): N_("Payout %(reference)s: %(amount)s arrived at your bank."),
        ("out", "failed"): N_("Payout %(reference)s of %(amount)s failed; the money is available again."),
        ("out", "returned"): N_(
            "Payout %(reference)s of %(amount)s came back; the money is available again."
        ),
    }
    template = templates.get((order.direction, event.state))
    if template is None:
        return
    notify(
        _people([order.organization_id], "finance", "administrator"),
        kind="payment_order_ended",
        template=template,
        url=f"{MONEY}orders/",
        reference=order.reference,
        amount=_shown(order.settled_minor or order.amount_minor, order.currency),
    )


@hears(InvoiceIssued)
def tell_of_invoice(event: InvoiceIssued) -> None:
    """Tell the customer's finance of a new invoice or credit note."""
    invoice = Invoice.objects.select_related("issuer").get(pk=event.invoice_id)
    template = (
        N_("Credit note %(number)s over %(amount)s from %(issuer)s.")
        if event.kind == "credit_note"
        else N_("Invoice %(number)s over %(amount)s from %(issuer)s.")
    )
    notify(
        _people([event.customer_id], "finance"),
        kind="invoice_issued",
        template=template,
        url=f"{MONEY}invoices/{invoice.pk}/",
        number=invoice.number,
        amount=_shown(invoice.total_minor, invoice.currency),
        issuer={"en": invoice.issuer.name_en, "zh": invoice.issuer.name_zh or invoice.issuer.name_en},
    )


@hears(DifferenceFound, OrderContradicted)
def tell_the_operator(event: DifferenceFound | OrderContradicted) -> None:
    """Tell the operator's bookkeepers that bank and book differ."""
    operators = Organization.objects.filter(kind="operator", is_active=True).values_list("pk", flat=True)
    notify(
        _people(operators, "finance", "administrator"),
        kind="difference_found",
        template=N_("The bank and the book do not say the same: please look at the reconciliation."),
        url=f"{MONEY}reconciliation/",
    )


def _people(organization_ids: Iterable[int], *roles: str) -> list[int]:
    members = Membership.objects.filter(
        organization_id__in=list(organization_ids), ended_at=None, roles__overlap=list(roles)
    )
    return list(members.values_list("person_id", flat=True))


def _shown(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).amount:,} {currency}"
