"""What moved in one escrow, newest first."""

from dataclasses import dataclass

from triallink.domains.ledger.models import Entry, Escrow, Posting
from triallink.domains.ledger.selectors.balances import PURSES
from triallink.kernel.money import Money


@dataclass(frozen=True)
class EscrowMove:
    """One posting as the escrow sees it. `amount` is what was moved, whichever way."""

    posting: Posting
    part: str
    amount: Money


def escrow_moves(escrow: Escrow, limit: int = 200) -> list[EscrowMove]:
    """Return the latest movements of an escrow; the caller has asked who looks (`access.escrow_for`)."""
    entries = (
        Entry.objects.filter(
            posting__about_kind=escrow.about_kind,
            posting__about_id=escrow.about_id,
            account__about_kind=escrow.about_kind,
            account__about_id=escrow.about_id,
            account__kind__in=PURSES,
        )
        .select_related("posting", "account")
        .order_by("-posting_id", "position")
    )
    moves: dict[int, list[Entry]] = {}
    for entry in entries[: limit * 3]:
        moves.setdefault(entry.posting_id, []).append(entry)
    return [_move(group, escrow.currency) for group in list(moves.values())[:limit]]


def _move(entries: list[Entry], currency: str) -> EscrowMove:
    into = sum(entry.amount_minor for entry in entries if entry.amount_minor > 0)
    out = -sum(entry.amount_minor for entry in entries if entry.amount_minor < 0)
    part = next((entry.account.part for entry in entries if entry.account.part), "")
    return EscrowMove(entries[0].posting, part, Money(max(into, out), currency))
