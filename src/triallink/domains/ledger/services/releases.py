"""Paying suppliers out of an escrow, with fee, tax and retention in the same posting."""

from typing import Any

from django.db import transaction

from triallink.domains.accounts.models import Organization
from triallink.domains.ledger.errors import ChargesTooHigh
from triallink.domains.ledger.events import PaymentReleased
from triallink.domains.ledger.models import Escrow, Posting
from triallink.domains.ledger.rates import Charges, charges_of
from triallink.domains.ledger.services.posting import About, Booking, EntryPlan, Purse, book
from triallink.domains.ledger.services.purses import (
    client_account,
    free_account,
    held_account,
    move,
    ready,
    require_currency,
    retained_account,
    shown,
)
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money


@transaction.atomic
def release(
    *,
    about: About,
    payee_id: int,
    amount: Money,
    part: str = "",
    retained: Money | None = None,
    fee: Money | None = None,
    tax: Money | None = None,
    service: str = "",
    key: str,
    reason: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> Posting:
    """Pay a supplier from the escrow, in one posting with fee, tax and retention.

    part      the payable whose hold pays; "" pays from what is not held. Less than is held is a partial release.
    amount    before fee and tax; the payee gets the rest.
    retained  kept back in addition, from the same source, until `release_retention`.
    fee, tax  None takes them from the rates (`charges_for`); Money(0, …) takes none.
    Refuses: NotFound, NotAllowed, AmountNotPositive, WrongCurrency, ChargesTooHigh, InsufficientFunds, KeyReused,
    PeriodClosed.
    Emits: PaymentReleased.
    """
    escrow = ready(about, amount, by)
    source = held_account(escrow, part) if part else free_account(escrow)
    charges = _charges(amount, payee_id, service, fee, tax, clock)
    entries = [*_paid(source, payee_id, charges)]
    if retained is not None and retained.minor:
        require_currency(escrow, retained)
        entries += move(source, retained_account(escrow, part), retained)
    booking = book(kind="released", entries=entries, key=key, reason=reason, about=about, by=by, clock=clock)
    if booking.is_new:
        record(
            PaymentReleased(**_payment(booking, escrow, part, payee_id, charges, retained)),
            by=by,
            about=("escrow", escrow.pk),
            organization_id=escrow.payer_id,
            why=reason,
            change={"released": [part, shown(amount)], "payee": [None, payee_id]},
            clock=clock,
        )
    return booking.posting


@transaction.atomic
def release_retention(
    *,
    about: About,
    payee_id: int,
    amount: Money,
    part: str = "",
    fee: Money | None = None,
    tax: Money | None = None,
    service: str = "",
    key: str,
    reason: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> Posting:
    """Pay a supplier what was kept back.

    Refuses: NotFound, NotAllowed, AmountNotPositive, WrongCurrency, ChargesTooHigh, InsufficientFunds, KeyReused,
    PeriodClosed.
    Emits: PaymentReleased.
    """
    escrow = ready(about, amount, by)
    charges = _charges(amount, payee_id, service, fee, tax, clock)
    entries = _paid(retained_account(escrow, part), payee_id, charges)
    booking = book(kind="released", entries=entries, key=key, reason=reason, about=about, by=by, clock=clock)
    if booking.is_new:
        record(
            PaymentReleased(**_payment(booking, escrow, part, payee_id, charges, None)),
            by=by,
            about=("escrow", escrow.pk),
            organization_id=escrow.payer_id,
            why=reason,
            change={"released from retention": [part, shown(amount)], "payee": [None, payee_id]},
            clock=clock,
        )
    return booking.posting


def charges_for(*, amount: Money, payee_id: int, service: str = "", clock: Clock = system_clock) -> Charges:
    """Return fee and tax as `release` would take them."""
    country = Organization.objects.values_list("country", flat=True).get(pk=payee_id)
    return charges_of(amount, country=country, service=service, on=clock.now().date())


def _paid(source: Purse, payee_id: int, charges: Charges) -> list[EntryPlan]:
    """Return the entries of a payment: the source pays all, payee, fee and tax get their parts."""
    currency = charges.amount.currency
    parts = [
        (client_account(payee_id, currency), charges.net),
        (Purse("fee", currency), charges.fee),
        (Purse("tax", currency), charges.tax),
    ]
    return [
        EntryPlan(source, -charges.amount.minor),
        *(EntryPlan(account, part.minor) for account, part in parts if part.minor),
    ]


def _charges(
    amount: Money, payee_id: int, service: str, fee: Money | None, tax: Money | None, clock: Clock
) -> Charges:
    by_rate = charges_for(amount=amount, payee_id=payee_id, service=service, clock=clock)
    if fee is None and tax is None:
        return by_rate
    fee = by_rate.fee if fee is None else fee
    tax = fee.times(by_rate.tax_percent / 100) if tax is None else tax
    chosen = Charges(amount, fee, tax, by_rate.fee_percent, by_rate.tax_percent)
    if min(fee.minor, tax.minor, chosen.net.minor) < 0:
        raise ChargesTooHigh(field="amount")
    return chosen


def _payment(
    booking: Booking, escrow: Escrow, part: str, payee_id: int, charges: Charges, retained: Money | None
) -> dict[str, Any]:
    return {
        "posting_id": booking.posting.pk,
        "about_kind": escrow.about_kind,
        "about_id": escrow.about_id,
        "part": part,
        "payer_id": escrow.payer_id,
        "payee_id": payee_id,
        "amount_minor": charges.amount.minor,
        "fee_minor": charges.fee.minor,
        "tax_minor": charges.tax.minor,
        "retained_minor": retained.minor if retained else 0,
        "currency": escrow.currency,
    }
