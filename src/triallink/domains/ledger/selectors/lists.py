"""What people look through: escrows, orders, invoices, differences, postings."""

from django.db.models import Q, QuerySet

from triallink.domains.ledger.access import MONEY_ROLES, escrows_visible, sees_money
from triallink.domains.ledger.models import Escrow, Finding, Invoice, PaymentOrder, PeriodAct
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotAllowed, NotFound


def escrows(*, to: Actor) -> QuerySet[Escrow]:
    """Return the escrows the viewer pays into or is paid from."""
    return escrows_visible(to=to).select_related("payer").order_by("-id")


def orders(*, to: Actor) -> QuerySet[PaymentOrder]:
    """Return the top-ups and payouts of the viewer's organization; the operator sees all."""
    if not sees_money(to):
        return PaymentOrder.objects.none()
    rows = PaymentOrder.objects.select_related("organization").order_by("-id")
    return rows if to.is_operator else rows.filter(organization_id=to.own_organization_id)


def invoices(*, to: Actor) -> QuerySet[Invoice]:
    """Return the invoices the viewer's organization issued or received; the operator sees all."""
    if not sees_money(to):
        return Invoice.objects.none()
    rows = Invoice.objects.select_related("issuer", "customer", "corrects").order_by("-id")
    if to.is_operator:
        return rows
    return rows.filter(Q(issuer_id=to.own_organization_id) | Q(customer_id=to.own_organization_id))


def invoice_for(invoice_id: int, *, to: Actor) -> Invoice:
    """Return an invoice the viewer may see.

    Refuses: NotFound.
    """
    found = invoices(to=to).filter(pk=invoice_id).first()
    if found is None:
        raise NotFound
    return found


def findings(*, to: Actor) -> QuerySet[Finding]:
    """Return every difference between bank and book.

    Refuses: NotAllowed (not the operator's finance or administrator).
    """
    require_operator(to)
    return Finding.objects.select_related("order__organization", "posting").order_by("resolved_at", "-id")


def period_acts(*, to: Actor) -> dict[str, PeriodAct]:
    """Return the latest act of every month that was ever closed.

    Refuses: NotAllowed (not the operator's finance or administrator).
    """
    require_operator(to)
    return {act.period: act for act in PeriodAct.objects.order_by("id")}


def require_operator(actor: Actor) -> None:
    """Refuse NotAllowed unless the viewer keeps the operator's book or inspects it."""
    if not actor.is_operator:
        raise NotAllowed
    actor.require(*MONEY_ROLES, "inspector")
