"""Writing into the book: the one place where entries are made."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from triallink.domains.ledger.errors import (
    AlreadyReversed,
    InsufficientFunds,
    KeyReused,
    NotBalanced,
    PeriodClosed,
)
from triallink.domains.ledger.events import Booked
from triallink.domains.ledger.models import GUARDED_KINDS, Account, Entry, PeriodAct, Posting
from triallink.foundation.record import record
from triallink.foundation.signatures import content_hash
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotAllowed, NotFound

About = tuple[str, int]
NO_REFERENCE: About = ("", 0)
BOOKKEEPERS = ("finance", "administrator")


@dataclass(frozen=True)
class EntryPlan:
    """One leg to be booked: positive credits the account, negative debits it."""

    account: Account
    minor: int


@dataclass(frozen=True)
class Booking:
    """A posting and whether this call wrote it; False when the key had booked it before."""

    posting: Posting
    is_new: bool


def open_account(
    *,
    kind: str,
    currency: str,
    organization_id: int | None = None,
    about: About = NO_REFERENCE,
    part: str = "",
    clock: Clock = system_clock,
) -> Account:
    """Return the account for a purpose, opened if there is none.

    kind             one of ACCOUNT_KINDS.
    organization_id  whose money it is; None for the platform's own.
    about, part      what escrowed money is for.

    An account is only a name to book on: opening one moves nothing and tells nobody.
    """
    Money(0, currency)  # an unknown currency is refused here
    account, _ = Account.objects.get_or_create(
        kind=kind,
        organization_id=organization_id,  # type: ignore[misc]
        about_kind=about[0],
        about_id=about[1],
        part=part,
        currency=currency,
        defaults={"is_guarded": kind in GUARDED_KINDS, "opened_at": clock.now()},
    )
    return account


@transaction.atomic
def post(
    *,
    entries: Sequence[EntryPlan],
    key: str,
    reason: str,
    about: About = NO_REFERENCE,
    by: Actor,
    booked_on: dt.date | None = None,
    clock: Clock = system_clock,
) -> Posting:
    """Write a journal entry by hand: the operator's bookkeeper, or the platform itself.

    The same key again returns the first posting and changes nothing.
    Refuses: NotAllowed, NotBalanced, InsufficientFunds, KeyReused, PeriodClosed.
    Emits: Booked.
    """
    require_bookkeeper(by)
    booking = book(
        kind="journal", entries=entries, key=key, reason=reason, about=about, by=by, booked_on=booked_on,
        clock=clock,
    )  # fmt: skip
    if booking.is_new:
        posting = booking.posting
        record(
            Booked(posting_id=posting.pk),
            by=by,
            about=("posting", posting.pk),
            why=reason,
            change={"entries": [[plan.account.pk, plan.minor] for plan in entries]},
            clock=clock,
        )
    return booking.posting


@transaction.atomic
def reverse(
    *, posting_id: int, reason: str, key: str = "", by: Actor, clock: Clock = system_clock
) -> Posting:
    """Book the opposite of a posting; both stay.

    Refuses: NotAllowed, NotFound, AlreadyReversed, InsufficientFunds (the money has moved on), PeriodClosed.
    Emits: Booked.
    """
    require_bookkeeper(by)
    original = Posting.objects.select_for_update().filter(pk=posting_id).first()
    if original is None:
        raise NotFound
    key = key or f"reversal:{posting_id}"
    if Posting.objects.filter(reverses=original).exclude(key=key).exists():
        raise AlreadyReversed
    opposite = [
        EntryPlan(entry.account, -entry.amount_minor)
        for entry in original.entries.select_related("account").order_by("position")
    ]
    booking = book(
        kind="reversal",
        entries=opposite,
        key=key,
        reason=reason,
        about=(original.about_kind, original.about_id),
        by=by,
        reverses=original,
        clock=clock,
    )
    if booking.is_new:
        record(
            Booked(posting_id=booking.posting.pk),
            by=by,
            about=("posting", booking.posting.pk),
            why=reason,
            change={"reverses": [None, original.pk]},
            clock=clock,
        )
    return booking.posting


def book(
    *,
    kind: str,
    entries: Sequence[EntryPlan],
    key: str,
    by: Actor,
    reason: str = "",
    about: About = NO_REFERENCE,
    booked_on: dt.date | None = None,
    reverses: Posting | None = None,
    clock: Clock = system_clock,
) -> Booking:
    """Write a posting with its entries; every service of the ledger that moves money calls this.

    booked_on  the day of the book, the present UTC day by default.

    The row with the unique key is written first: a second caller with the same key waits there, and finds the
    posting. Then the guarded accounts that pay are locked in the order of their ids, so that two postings cannot
    wait for each other. The database checks the rest again (migration 0002_guards).
    """
    _check_balanced(entries)
    on = booked_on or clock.now().date()
    content = content_hash([kind, list(about), [[plan.account.pk, plan.minor] for plan in entries]])
    posting_id = _claim(kind, key, content, about, on, by, reason, reverses, len(entries), clock)
    if posting_id is None:
        found = Posting.objects.get(key=key)
        if found.content_hash != content:
            raise KeyReused(key=key)
        return Booking(found, False)
    check_period_open(on)
    _lock_payers(entries)
    Entry.objects.bulk_create(
        Entry(posting_id=posting_id, position=position, account=plan.account, amount_minor=plan.minor)
        for position, plan in enumerate(entries, start=1)
    )
    return Booking(Posting.objects.get(pk=posting_id), True)


def require_bookkeeper(by: Actor) -> None:
    """Refuse NotAllowed unless the platform acts itself, or the operator's finance or administrator."""
    if by.source == "system":
        return
    if not by.is_operator:
        raise NotAllowed
    by.require(*BOOKKEEPERS)


def check_period_open(on: dt.date) -> None:
    """Refuse PeriodClosed if the month of this day takes no postings; the database refuses it again."""
    period = f"{on:%Y-%m}"
    latest = PeriodAct.objects.filter(period=period).order_by("-id").first()
    if latest is not None and latest.action == "closed":
        raise PeriodClosed(period=period)


def _check_balanced(entries: Sequence[EntryPlan]) -> None:
    sums: defaultdict[str, int] = defaultdict(int)
    for plan in entries:
        sums[plan.account.currency] += plan.minor
    for currency, difference in sums.items():
        if difference:
            raise NotBalanced(currency=currency, difference=str(Money(difference, currency).amount))


def _claim(
    kind: str,
    key: str,
    content: str,
    about: About,
    on: dt.date,
    by: Actor,
    reason: str,
    reverses: Posting | None,
    count: int,
    clock: Clock,
) -> int | None:
    """Insert the posting and return its id, or None if the key is taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_posting (key, kind, reason, about_kind, about_id, booked_on, at, by_person_id,"
            " by_label, by_organization_id, reverses_id, entry_count, content_hash)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (key) DO NOTHING RETURNING id",
            [
                key, kind, reason[:400], *about, on, clock.now(), by.person_id, by.label[:160],
                by.organization_id, reverses.pk if reverses else None, count, content,
            ],
        )  # fmt: skip
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _lock_payers(entries: Sequence[EntryPlan]) -> None:
    """Lock the guarded accounts of a posting in one order, and refuse what one of them cannot pay."""
    guarded = {plan.account.pk: plan.account for plan in entries if plan.account.is_guarded}
    if not guarded:
        return
    change: defaultdict[int, int] = defaultdict(int)
    for plan in entries:
        change[plan.account.pk] += plan.minor
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, balance_minor FROM ledger_accountbalance"
            " WHERE account_id = ANY(%s) ORDER BY account_id FOR UPDATE",
            [list(guarded)],
        )
        balances = dict(cursor.fetchall())
    for account_id, account in guarded.items():
        if balances[account_id] + change[account_id] < 0:
            raise InsufficientFunds(
                field="amount",
                available=f"{Money(balances[account_id], account.currency).amount} {account.currency}",
                asked=f"{Money(-change[account_id], account.currency).amount} {account.currency}",
            )
