"""Escrow: money put aside for one piece of business, held for its parts, released, retained or given back."""

from collections.abc import Sequence

from django.db import transaction

from triallink.domains.ledger.events import (
    EscrowFunded,
    EscrowHeld,
    EscrowOpened,
    EscrowRefunded,
    FundsReceived,
    HoldFreed,
    PaymentRetained,
)
from triallink.domains.ledger.models import Escrow, Posting
from triallink.domains.ledger.services.posting import About, Purse, book, require_bookkeeper
from triallink.domains.ledger.services.purses import (
    client_account,
    escrow_with,
    facts_of,
    free_account,
    held_account,
    move,
    ready,
    require_payer,
    require_positive,
    retained_account,
    shown,
)
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money


@transaction.atomic
def receive_funds(
    *, organization_id: int, amount: Money, key: str, reason: str = "", by: Actor, clock: Clock = system_clock
) -> Posting:
    """Book money that arrived at the bank as an organization's available funds.

    Refuses: NotAllowed (only the platform and its bookkeepers), AmountNotPositive, KeyReused, PeriodClosed.
    Emits: FundsReceived.
    """
    require_bookkeeper(by)
    require_positive(amount)
    bank = Purse("bank", amount.currency)
    client = client_account(organization_id, amount.currency)
    booking = book(
        kind="received", entries=move(bank, client, amount), key=key, reason=reason, by=by, clock=clock
    )
    if booking.is_new:
        record(
            FundsReceived(
                posting_id=booking.posting.pk,
                organization_id=organization_id,
                amount_minor=amount.minor,
                currency=amount.currency,
            ),
            by=by,
            about=("posting", booking.posting.pk),
            organization_id=organization_id,
            change={"received": [None, shown(amount)]},
            clock=clock,
        )
    return booking.posting


@transaction.atomic
def open_escrow(
    *,
    about: About,
    payer_id: int,
    payee_ids: Sequence[int] = (),
    currency: str,
    reference: str = "",
    title: dict[str, str] | None = None,
    agreed: Money | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> Escrow:
    """Open the escrow of one piece of business, or give an open one its payees and names.

    payee_ids         who may see it and be paid from it.
    reference, title  what people call the business.
    agreed            what the business is worth in all.
    Refuses: WrongCurrency.
    Emits: EscrowOpened.
    """
    escrow = escrow_with(about, payer_id, currency, clock)
    new = {
        "payee_ids": sorted(set(payee_ids) | set(escrow.payee_ids)),
        "reference": reference or escrow.reference,
        "title": title or escrow.title,
        "agreed_minor": agreed.minor if agreed else escrow.agreed_minor,
    }
    for name, value in new.items():
        setattr(escrow, name, value)
    escrow.save(update_fields=list(new))
    record(
        EscrowOpened(about_kind=about[0], about_id=about[1], payer_id=payer_id),
        by=by,
        about=("escrow", escrow.pk),
        organization_id=payer_id,
        change={"payees": [None, new["payee_ids"]], "reference": [None, new["reference"]]},
        clock=clock,
    )
    return escrow


@transaction.atomic
def fund_escrow(
    *, about: About, payer_id: int, amount: Money, key: str, reason: str = "", by: Actor,
    clock: Clock = system_clock,
) -> Posting:  # fmt: skip
    """Put the payer's available funds into the escrow; the escrow is opened if there is none.

    Refuses: NotAllowed, AmountNotPositive, WrongCurrency, InsufficientFunds, KeyReused, PeriodClosed.
    Emits: EscrowFunded.
    """
    require_payer(payer_id, by)
    require_positive(amount)
    escrow = escrow_with(about, payer_id, amount.currency, clock)
    entries = move(client_account(payer_id, amount.currency), free_account(escrow), amount)
    booking = book(kind="funded", entries=entries, key=key, reason=reason, about=about, by=by, clock=clock)
    if booking.is_new:
        record(
            EscrowFunded(
                posting_id=booking.posting.pk,
                about_kind=about[0],
                about_id=about[1],
                payer_id=payer_id,
                amount_minor=amount.minor,
                currency=amount.currency,
            ),
            by=by,
            about=("escrow", escrow.pk),
            organization_id=payer_id,
            why=reason,
            change={"funded": [None, shown(amount)]},
            clock=clock,
        )
    return booking.posting


@transaction.atomic
def hold_from_escrow(
    *, about: About, part: str, amount: Money, key: str, reason: str = "", by: Actor,
    clock: Clock = system_clock,
) -> Posting:  # fmt: skip
    """Reserve money of the escrow for one payable, so that nothing else can be paid from it.

    part  the payable: "milestone:12".
    Refuses: NotFound, NotAllowed, AmountNotPositive, WrongCurrency, InsufficientFunds, KeyReused, PeriodClosed.
    Emits: EscrowHeld.
    """
    escrow = ready(about, amount, by)
    entries = move(free_account(escrow), held_account(escrow, part), amount)
    booking = book(kind="held", entries=entries, key=key, reason=reason, about=about, by=by, clock=clock)
    if booking.is_new:
        record(
            EscrowHeld(**facts_of(booking, part, amount)),
            by=by,
            about=("escrow", escrow.pk),
            organization_id=escrow.payer_id,
            why=reason,
            change={"held": [part, shown(amount)]},
            clock=clock,
        )
    return booking.posting


@transaction.atomic
def free_hold(
    *, about: About, part: str, amount: Money, key: str, reason: str, by: Actor, clock: Clock = system_clock
) -> Posting:
    """Give money held for a payable back into the escrow: a settlement, never the payer's own wish.

    Refuses: NotFound, NotAllowed (only the platform or its operator), AmountNotPositive, WrongCurrency,
    InsufficientFunds, KeyReused, PeriodClosed.
    Emits: HoldFreed.
    """
    require_bookkeeper(by)
    escrow = ready(about, amount, by)
    entries = move(held_account(escrow, part), free_account(escrow), amount)
    booking = book(kind="freed", entries=entries, key=key, reason=reason, about=about, by=by, clock=clock)
    if booking.is_new:
        record(
            HoldFreed(**facts_of(booking, part, amount)),
            by=by,
            about=("escrow", escrow.pk),
            organization_id=escrow.payer_id,
            why=reason,
            change={"freed": [part, shown(amount)]},
            clock=clock,
        )
    return booking.posting


@transaction.atomic
def retain(
    *, about: About, part: str, amount: Money, key: str, reason: str = "", by: Actor,
    clock: Clock = system_clock,
) -> Posting:  # fmt: skip
    """Keep money held for a payable back until the end.

    Refuses: NotFound, NotAllowed, AmountNotPositive, WrongCurrency, InsufficientFunds, KeyReused, PeriodClosed.
    Emits: PaymentRetained.
    """
    escrow = ready(about, amount, by)
    entries = move(held_account(escrow, part), retained_account(escrow, part), amount)
    booking = book(kind="retained", entries=entries, key=key, reason=reason, about=about, by=by, clock=clock)
    if booking.is_new:
        record(
            PaymentRetained(**facts_of(booking, part, amount)),
            by=by,
            about=("escrow", escrow.pk),
            organization_id=escrow.payer_id,
            why=reason,
            change={"retained": [part, shown(amount)]},
            clock=clock,
        )
    return booking.posting


@transaction.atomic
def refund(
    *, about: About, amount: Money, part: str = "", key: str, reason: str, by: Actor,
    clock: Clock = system_clock,
) -> Posting:  # fmt: skip
    """Give money of the escrow back to the payer: a settlement, never the payer's own wish.

    part  "" takes what is not held; otherwise what was retained for this part.
    Refuses: NotFound, NotAllowed (only the platform or its operator), AmountNotPositive, WrongCurrency,
    InsufficientFunds, KeyReused, PeriodClosed.
    Emits: EscrowRefunded.
    """
    require_bookkeeper(by)
    escrow = ready(about, amount, by)
    source = retained_account(escrow, part) if part else free_account(escrow)
    entries = move(source, client_account(escrow.payer_id, amount.currency), amount)
    booking = book(kind="refunded", entries=entries, key=key, reason=reason, about=about, by=by, clock=clock)
    if booking.is_new:
        record(
            EscrowRefunded(
                posting_id=booking.posting.pk,
                about_kind=about[0],
                about_id=about[1],
                payer_id=escrow.payer_id,
                amount_minor=amount.minor,
                currency=amount.currency,
            ),
            by=by,
            about=("escrow", escrow.pk),
            organization_id=escrow.payer_id,
            why=reason,
            change={"refunded": [None, shown(amount)]},
            clock=clock,
        )
    return booking.posting
