"""What stands on accounts now: one account, one escrow, the whole book."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from triallink.domains.ledger.models import Account, AccountBalance, Entry, Escrow
from triallink.domains.ledger.models.accounts import DEBIT_KINDS
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotFound


def balance_of(account: Account) -> Money:
    """Return what stands on an account: credits less debits. The bank, which owes us, stands below zero."""
    total = AccountBalance.objects.filter(account=account).aggregate(minor=Sum("balance_minor"))["minor"]
    return Money(int(total or 0), account.currency)


def available_funds(organization_id: int, currency: str) -> Money:
    """Return what an organization can spend or have paid out."""
    account = Account.objects.filter(
        kind="client", organization_id=organization_id, currency=currency
    ).first()
    return balance_of(account) if account else Money(0, currency)


# The accounts an escrow consists of; each is guarded and has one balance row.
PURSES = ("escrow", "held", "retained")


@dataclass(frozen=True)
class Standing:
    """An account and what stands on it."""

    account: Account
    minor: int


@dataclass(frozen=True)
class PartState:
    """One payable of an escrow: what is held, kept back, and was released for it."""

    part: str
    held: Money
    retained: Money
    released: Money


@dataclass(frozen=True)
class EscrowState:
    """An escrow with what went in, what is there and what went out.

    funded    paid in, less what was refunded: free + held + retained + released.
    free      neither held nor retained.
    released  left the escrow for suppliers, before fee and tax.
    """

    escrow: Escrow
    funded: Money
    free: Money
    held: Money
    retained: Money
    released: Money
    parts: dict[str, PartState]

    @property
    def balance(self) -> Money:
        """Return what is in the escrow now."""
        return self.free + self.held + self.retained

    @property
    def agreed(self) -> Money | None:
        """Return what the business is worth in all, if that was said."""
        minor = self.escrow.agreed_minor
        return Money(minor, self.escrow.currency) if minor else None

    @property
    def released_percent(self) -> int:
        """Return how much of what was paid in has been released, in whole percent."""
        return 100 * self.released.minor // self.funded.minor if self.funded.minor else 0

    def held_for(self, part: str) -> Money:
        """Return what is held for one payable."""
        found = self.parts.get(part)
        return found.held if found else Money(0, self.escrow.currency)


def escrow_of(about: tuple[str, int]) -> EscrowState:
    """Return the state of the escrow of a reference; for other domains, which have asked who looks.

    Refuses: NotFound.
    """
    escrow = Escrow.objects.select_related("payer").filter(about_kind=about[0], about_id=about[1]).first()
    if escrow is None:
        raise NotFound
    return escrow_states([escrow])[0]


def escrow_states(escrows: list[Escrow]) -> list[EscrowState]:
    """Return the states of many escrows with two queries."""
    wanted = Q(pk__in=[])
    for kind in {escrow.about_kind for escrow in escrows}:
        wanted |= Q(
            account__about_kind=kind,
            account__about_id__in=[e.about_id for e in escrows if e.about_kind == kind],
        )
    balances = (
        AccountBalance.objects.filter(account__kind__in=PURSES).select_related("account").filter(wanted)
    )
    standing = [Standing(balance.account, balance.balance_minor) for balance in balances]
    spent = {
        row["account_id"]: -int(row["minor"])
        for row in Entry.objects.filter(
            Q(posting__kind="released") | Q(posting__reverses__kind="released"),
            account__in=[one.account for one in standing],
        )
        .values("account_id")
        .annotate(minor=Sum("amount_minor"))
    }
    by_reference: defaultdict[tuple[str, int], list[Standing]] = defaultdict(list)
    for one in standing:
        by_reference[one.account.about_kind, one.account.about_id].append(one)
    return [_state(escrow, by_reference[escrow.about], spent) for escrow in escrows]


def _state(escrow: Escrow, standing: list[Standing], spent: dict[int, int]) -> EscrowState:
    def total(kind: str, part: str | None = None) -> Money:
        chosen = [s for s in standing if s.account.kind == kind and part in (None, s.account.part)]
        return Money(sum(s.minor for s in chosen), escrow.currency)

    def released(part: str | None = None) -> Money:
        chosen = [s.account for s in standing if part in (None, s.account.part)]
        return Money(sum(spent.get(account.pk, 0) for account in chosen), escrow.currency)

    parts = sorted({s.account.part for s in standing if s.account.part})
    return EscrowState(
        escrow=escrow,
        funded=total("escrow") + total("held") + total("retained") + released(),
        free=total("escrow"),
        held=total("held"),
        retained=total("retained"),
        released=released(),
        parts={
            part: PartState(part, total("held", part), total("retained", part), released(part))
            for part in parts
        },
    )


@dataclass(frozen=True)
class TrialLine:
    """All accounts of one kind in one currency: their movements up to a day, and on which side they stand."""

    kind: str
    currency: str
    debit: Money
    credit: Money

    @property
    def balance(self) -> Money:
        """Return credits less debits."""
        return self.credit - self.debit

    @property
    def is_debit_side(self) -> bool:
        """Return whether the platform owns rather than owes what stands here."""
        return self.kind in DEBIT_KINDS


def trial_balance(*, until: dt.date | None = None) -> list[TrialLine]:
    """Return debits and credits by kind of account and currency, up to a day; per currency both sides agree."""
    entries = Entry.objects.all()
    if until is not None:
        entries = entries.filter(posting__booked_on__lte=until)
    rows = (
        entries.values("account__kind", "account__currency")
        .annotate(
            debit=Coalesce(Sum("amount_minor", filter=Q(amount_minor__lt=0)), 0),
            credit=Coalesce(Sum("amount_minor", filter=Q(amount_minor__gt=0)), 0),
        )
        .order_by("account__currency", "account__kind")
    )
    return [
        TrialLine(
            kind=row["account__kind"],
            currency=row["account__currency"],
            debit=Money(-int(row["debit"]), row["account__currency"]),
            credit=Money(int(row["credit"]), row["account__currency"]),
        )
        for row in rows
    ]
