"""The statement of one account: opening balance, every movement, closing balance."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Sum

from triallink.domains.ledger.models import Account, Entry, Posting
from triallink.kernel.money import Money


@dataclass(frozen=True)
class StatementRow:
    """One movement and what stood on the account after it."""

    posting: Posting
    amount: Money
    balance: Money


@dataclass(frozen=True)
class Statement:
    """An account from one day to another, both included."""

    account: Account
    since: dt.date
    until: dt.date
    opening: Money
    rows: list[StatementRow]

    @property
    def closing(self) -> Money:
        """Return what stood on the account at the end of the last day."""
        return self.rows[-1].balance if self.rows else self.opening

    @property
    def credits(self) -> Money:
        """Return what came in."""
        return Money(sum(r.amount.minor for r in self.rows if r.amount.minor > 0), self.account.currency)

    @property
    def debits(self) -> Money:
        """Return what went out, as a positive amount."""
        return Money(-sum(r.amount.minor for r in self.rows if r.amount.minor < 0), self.account.currency)


def statement(account: Account, since: dt.date, until: dt.date) -> Statement:
    """Return the statement of an account; the caller has asked who looks (`access.account_for`)."""
    entries = Entry.objects.filter(account=account)
    before = entries.filter(posting__booked_on__lt=since).aggregate(minor=Sum("amount_minor"))["minor"]
    opening = balance = Money(int(before or 0), account.currency)
    rows = []
    for entry in (
        entries.filter(posting__booked_on__range=(since, until))
        .select_related("posting")
        .order_by("posting__booked_on", "posting_id", "position")
    ):
        amount = Money(entry.amount_minor, account.currency)
        balance += amount
        rows.append(StatementRow(entry.posting, amount, balance))
    return Statement(account, since, until, opening, rows)
