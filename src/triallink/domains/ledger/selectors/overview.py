"""An organization's money at a glance: what it has, what is set aside, what came in and went out by month."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, TruncMonth

from triallink.domains.ledger.access import accounts_visible
from triallink.domains.ledger.models import AccountBalance, Entry
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money


@dataclass(frozen=True)
class Purse:
    """An organization's money in one currency. `account_id` is its account of available funds, if it has one."""

    currency: str
    account_id: int | None
    available: Money
    set_aside: Money
    on_the_way: Money


@dataclass(frozen=True)
class MonthFlow:
    """What came in and went out of the available funds in one month."""

    month: dt.date
    into: Money
    out: Money


def purses(*, to: Actor) -> list[Purse]:
    """Return what the viewer's organization has, per currency: its own money, also what it put into escrow."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    clients: dict[str, int] = {}
    balances = AccountBalance.objects.filter(account__organization_id=to.own_organization_id)
    visible = accounts_visible(to=to).values("pk")
    for balance in balances.filter(account__in=visible).select_related("account"):
        account = balance.account
        sums[account.currency, account.kind] += balance.balance_minor
        if account.kind == "client":
            clients[account.currency] = account.pk
    currencies = sorted({currency for currency, _ in sums})

    def total(currency: str, *kinds: str) -> Money:
        return Money(sum(sums[currency, kind] for kind in kinds), currency)

    return [
        Purse(
            currency=currency,
            account_id=clients.get(currency),
            available=total(currency, "client"),
            set_aside=total(currency, "escrow", "held", "retained"),
            on_the_way=total(currency, "payout"),
        )
        for currency in currencies
    ]


def monthly_flow(account_id: int, currency: str, *, since: dt.date) -> list[MonthFlow]:
    """Return the movements of an account by month, oldest first; months without any are left out."""
    rows = (
        Entry.objects.filter(account_id=account_id, posting__booked_on__gte=since)
        .annotate(month=TruncMonth("posting__booked_on"))
        .values("month")
        .annotate(
            into=Coalesce(Sum("amount_minor", filter=Q(amount_minor__gt=0)), 0),
            out=Coalesce(Sum("amount_minor", filter=Q(amount_minor__lt=0)), 0),
        )
        .order_by("month")
    )
    return [
        MonthFlow(row["month"], Money(int(row["into"]), currency), Money(-int(row["out"]), currency))
        for row in rows
    ]
