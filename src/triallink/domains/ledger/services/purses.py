"""The parts every escrow service is made of: who may, which accounts, which entries."""

from typing import Any

from triallink.domains.ledger.errors import AmountNotPositive, WrongCurrency
from triallink.domains.ledger.models import Escrow
from triallink.domains.ledger.services.posting import (
    About,
    Booking,
    EntryPlan,
    Purse,
    require_bookkeeper,
)
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotAllowed, NotFound

# Who may set the payer's money in motion. Acceptance releases it, so the people who accept are among them.
PAYER_ROLES = ("finance", "administrator", "project_lead", "signatory")


def require_payer(payer_id: int, by: Actor) -> None:
    """Refuse unless the payer's people, the operator's bookkeepers or the platform act."""
    if by.source == "system" or by.is_operator:
        require_bookkeeper(by)
    elif by.organization_id != payer_id:
        raise NotFound
    else:
        by.require(*PAYER_ROLES)


def ready(about: About, amount: Money, by: Actor) -> Escrow:
    """Return the escrow if the actor may move its money in this currency."""
    escrow = Escrow.objects.filter(about_kind=about[0], about_id=about[1]).first()
    if escrow is None:
        raise NotFound
    if by.organization_id in escrow.payee_ids and not by.is_operator:
        raise NotAllowed
    require_payer(escrow.payer_id, by)
    require_positive(amount)
    require_currency(escrow, amount)
    return escrow


def escrow_with(about: About, payer_id: int, currency: str, clock: Clock) -> Escrow:
    """Return the escrow of a reference and payer, opened if there is none."""
    escrow, _ = Escrow.objects.get_or_create(
        about_kind=about[0],
        about_id=about[1],
        defaults={"payer_id": payer_id, "currency": currency, "opened_at": clock.now()},
    )
    if escrow.payer_id != payer_id:
        raise NotFound
    if escrow.currency != currency:
        raise WrongCurrency(field="amount", currency=escrow.currency)
    return escrow


def client_account(organization_id: int, currency: str) -> Purse:
    """Return the account of an organization's available funds."""
    return Purse("client", currency, organization_id)


def free_account(escrow: Escrow) -> Purse:
    """Return the account of what is in an escrow and neither held nor retained."""
    return _purse("escrow", escrow, "")


def held_account(escrow: Escrow, part: str) -> Purse:
    """Return the account of what is held for one payable."""
    return _purse("held", escrow, part)


def retained_account(escrow: Escrow, part: str) -> Purse:
    """Return the account of what is kept back for one payable."""
    return _purse("retained", escrow, part)


def _purse(kind: str, escrow: Escrow, part: str) -> Purse:
    return Purse(kind, escrow.currency, escrow.payer_id, escrow.about_kind, escrow.about_id, part)


def move(source: Purse, target: Purse, amount: Money) -> list[EntryPlan]:
    """Return the entries that move an amount."""
    return [EntryPlan(source, -amount.minor), EntryPlan(target, amount.minor)]


def facts_of(booking: Booking, part: str, amount: Money) -> dict[str, Any]:
    """Return what every event about one payable of an escrow carries."""
    return {
        "posting_id": booking.posting.pk,
        "about_kind": booking.posting.about_kind,
        "about_id": booking.posting.about_id,
        "part": part,
        "amount_minor": amount.minor,
        "currency": amount.currency,
    }


def require_positive(amount: Money) -> None:
    """Refuse AmountNotPositive unless there is something to move."""
    if amount.minor <= 0:
        raise AmountNotPositive(field="amount")


def require_currency(escrow: Escrow, amount: Money) -> None:
    """Refuse WrongCurrency unless the escrow is kept in the amount's currency."""
    if amount.currency != escrow.currency:
        raise WrongCurrency(field="amount", currency=escrow.currency)


def shown(amount: Money) -> str:
    """Return an amount as the audit trail says it."""
    return f"{amount.amount} {amount.currency}"
