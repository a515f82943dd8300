"""Top-ups and payouts: asked for by people, sent to the bank by the worker, ended by the bank's messages."""

import hashlib

from django.db import transaction

from triallink.domains.ledger.errors import (
    BankAccountMissing,
    KeyReused,
    MessageUnreadable,
    SignatureWrong,
)
from triallink.domains.ledger.events import OrderContradicted, OrderEnded, OrderRequested
from triallink.domains.ledger.models import (
    ORDER_STEPS,
    PaymentOrder,
    RailCallback,
    SandboxOrder,
)
from triallink.domains.ledger.rail.choosing import bank_rail, callback_secret, sandbox_bank
from triallink.domains.ledger.rail.port import (
    BankMessage,
    Instruction,
    RailUnavailable,
    is_signed,
    signature_of,
)
from triallink.domains.ledger.services.posting import About, EntryPlan, Purse, book
from triallink.domains.ledger.services.purses import client_account, move, require_positive, shown
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money

BANK = Actor(person_id=None, label="Bank", source="system")
ORDER_ROLES = ("finance", "administrator")


@transaction.atomic
def request_top_up(*, amount: Money, key: str, by: Actor, clock: Clock = system_clock) -> PaymentOrder:
    """Announce money the organization will transfer; the order's reference goes into the transfer's text.

    Refuses: NotAllowed, AmountNotPositive, KeyReused.
    Emits: OrderRequested.
    """
    by.require(*ORDER_ROLES)
    require_positive(amount)
    order, is_new = _order("in", amount, key, "", by, clock)
    if is_new:
        record(
            OrderRequested(order_id=order.pk),
            by=by,
            about=("payment_order", order.pk),
            change={"top-up": [None, shown(amount)]},
            clock=clock,
        )
    return order


@transaction.atomic
def request_payout(
    *, amount: Money, bank_account: str, key: str, by: Actor, clock: Clock = system_clock
) -> PaymentOrder:
    """Ask for available funds to be paid to the organization's bank account; they are set aside at once.

    Refuses: NotAllowed, AmountNotPositive, BankAccountMissing, InsufficientFunds, KeyReused, PeriodClosed.
    Emits: OrderRequested.
    """
    by.require(*ORDER_ROLES)
    require_positive(amount)
    if not bank_account.strip():
        raise BankAccountMissing(field="bank_account")
    order, is_new = _order("out", amount, key, bank_account.strip(), by, clock)
    if is_new:
        client = client_account(order.organization_id, amount.currency)
        _book(order, "payout_requested", move(client, _on_the_way(order), amount), by, clock)
        record(
            OrderRequested(order_id=order.pk),
            by=by,
            about=("payment_order", order.pk),
            change={"payout": [None, shown(amount)]},
            clock=clock,
        )
    return order


def send_order(*, order_id: int, clock: Clock = system_clock) -> bool:
    """Hand an order to the bank and return whether the bank took it; an order that waits is tried again."""
    with transaction.atomic():
        order = PaymentOrder.objects.select_for_update().get(pk=order_id)
        if order.state != "requested":
            return False
        instruction = Instruction(
            reference=order.reference,
            direction=order.direction,
            amount=Money(order.amount_minor, order.currency),
            at=order.requested_at,
            bank_account=order.bank_account,
        )
        try:
            bank_rail(clock).send(instruction)
        except RailUnavailable:
            return False
        order.state, order.sent_at = "sent", clock.now()
        order.save(update_fields=["state", "sent_at"])
        return True


def send_waiting_orders(*, clock: Clock = system_clock, limit: int = 200) -> int:
    """Hand every order that still waits to the bank; return how many it took."""
    waiting = PaymentOrder.objects.filter(state="requested").order_by("id").values_list("pk", flat=True)
    return sum(send_order(order_id=order_id, clock=clock) for order_id in waiting[:limit])


def deliver_sandbox_messages(*, clock: Clock = system_clock, limit: int = 500) -> int:
    """Let the sandbox bank send what is due, each message signed; return how many were sent."""
    bank, sent = sandbox_bank(clock), 0
    waiting = SandboxOrder.objects.filter(is_finished=False).order_by("id").values_list("pk", flat=True)
    for order_id in waiting[:limit]:
        while True:
            with transaction.atomic():
                order = SandboxOrder.objects.select_for_update().get(pk=order_id)
                message = None if order.is_finished else bank.next_message(order)
                if message is None:
                    break
                body = message.body()
                receive_callback(
                    body=body, signature=signature_of(body, callback_secret()), by=BANK, clock=clock
                )
                sent += 1
    return sent


@transaction.atomic
def receive_callback(*, body: bytes, signature: str, by: Actor = BANK, clock: Clock = system_clock) -> str:
    """Take a message of the bank, apply it once, and return what was made of it (one of VERDICTS).

    The order's row is locked first, so the same message from two processes is applied by one of them. A message
    that contradicts what was booked moves money into the account to be clarified, never to a customer.

    Refuses: SignatureWrong, MessageUnreadable, PeriodClosed.
    Emits: OrderEnded or OrderContradicted.
    """
    if not is_signed(body, signature, callback_secret()):
        raise SignatureWrong
    try:
        message = BankMessage.read(body)
    except ValueError as error:
        raise MessageUnreadable from error
    order = PaymentOrder.objects.select_for_update().filter(reference=message.reference).first()
    verdict = _verdict(order, message)
    RailCallback.objects.create(
        event_id=message.event_id,
        reference=message.reference,
        outcome=message.outcome,
        amount_minor=message.amount.minor,
        currency=message.amount.currency,
        received_at=clock.now(),
        verdict=verdict,
    )
    if order is None:
        return verdict
    if verdict == "applied":
        _apply(order, message, clock)
        record(
            OrderEnded(order_id=order.pk, state=order.state),
            by=by,
            about=("payment_order", order.pk),
            organization_id=order.organization_id,
            change={"state": [None, order.state], "amount": [None, shown(message.amount)]},
            clock=clock,
        )
    elif verdict == "contradiction":
        _set_aside(order, message, clock)
        record(
            OrderContradicted(order_id=order.pk),
            by=by,
            about=("payment_order", order.pk),
            organization_id=order.organization_id,
            change={"bank says": [order.state, message.outcome]},
            clock=clock,
        )
    return verdict


def _verdict(order: PaymentOrder | None, message: BankMessage) -> str:
    if RailCallback.objects.filter(event_id=message.event_id).exclude(verdict="unknown").exists():
        return "duplicate"
    if order is None:
        return "unknown"
    is_fitting = (_state_before(order), message.outcome) in ORDER_STEPS and message.amount.minor > 0
    if message.amount.currency != order.currency:
        is_fitting = False
    if order.direction == "out" and message.amount.minor != order.amount_minor:
        is_fitting = False
    return "applied" if is_fitting else "contradiction"


def _state_before(order: PaymentOrder) -> str:
    # A message may overtake the note that the bank took the order; it proves that the bank did.
    return "sent" if order.state == "requested" else order.state


def _apply(order: PaymentOrder, message: BankMessage, clock: Clock) -> None:
    """Book what the bank says and move the order to its end."""
    amount, bank = message.amount, Purse("bank", message.amount.currency)
    client = client_account(order.organization_id, amount.currency)
    if order.direction == "in":
        if message.outcome == "settled":
            _book(order, "received", move(bank, client, amount), BANK, clock)
        elif message.outcome == "returned":
            _set_aside(order, message, clock)
    elif message.outcome == "settled":
        _book(order, "payout_settled", move(_on_the_way(order), bank, amount), BANK, clock)
    elif message.outcome == "failed":
        _book(order, "payout_failed", move(_on_the_way(order), client, amount), BANK, clock)
    else:
        _book(order, "payout_failed", move(bank, client, amount), BANK, clock)
    order.state, order.ended_at = message.outcome, clock.now()
    order.settled_minor = amount.minor if message.outcome == "settled" else order.settled_minor
    order.save(update_fields=["state", "ended_at", "settled_minor"])


def _set_aside(order: PaymentOrder, message: BankMessage, clock: Clock) -> None:
    """Book money the bank says has moved against the account to be clarified; a failure moves none."""
    if message.outcome == "failed" or message.amount.minor <= 0:
        return
    bank = Purse("bank", message.amount.currency)
    suspense = Purse("suspense", message.amount.currency)
    is_in = (order.direction == "in") == (message.outcome == "settled")
    entries = move(bank, suspense, message.amount) if is_in else move(suspense, bank, message.amount)
    book(
        kind="correction",
        entries=entries,
        key=f"rail:{message.event_id}",
        reason="contradicts",
        about=_about(order),
        by=BANK,
        clock=clock,
    )


def _order(
    direction: str, amount: Money, key: str, bank_account: str, by: Actor, clock: Clock
) -> tuple[PaymentOrder, bool]:
    """Return the order of a key and whether it is new; refuse KeyReused for another order."""
    prefix = "TI" if direction == "in" else "TO"
    order, is_new = PaymentOrder.objects.get_or_create(
        key=key,
        defaults={
            "reference": f"{prefix}-{hashlib.sha256(key.encode()).hexdigest()[:12].upper()}",
            "direction": direction,
            "organization_id": by.own_organization_id,
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "bank_account": bank_account[:80],
            "requested_by_label": by.label[:160],
            "requested_at": clock.now(),
        },
    )
    asked = (direction, by.own_organization_id, amount.minor, amount.currency)
    if asked != (order.direction, order.organization_id, order.amount_minor, order.currency):
        raise KeyReused(key=key)
    return order, is_new


def _book(order: PaymentOrder, kind: str, entries: list[EntryPlan], by: Actor, clock: Clock) -> None:
    book(
        kind=kind, entries=entries, key=f"order:{order.pk}:{kind}", reason=order.reference,
        about=_about(order), by=by, clock=clock,
    )  # fmt: skip


def _about(order: PaymentOrder) -> About:
    return ("payment_order", order.pk)


def _on_the_way(order: PaymentOrder) -> Purse:
    return Purse("payout", order.currency, order.organization_id)
