"""Writing into the book: the one place where entries are made."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from triallink.domains.ledger.errors import (
    AlreadyReversed,
    InsufficientFunds,
    KeyReused,
    NotBalanced,
    PeriodClosed,
)
from triallink.domains.ledger.events import Booked
from triallink.domains.ledger.models import GUARDED_KINDS, Account, PeriodAct, Posting
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotAllowed, NotFound

About = tuple[str, int]
NO_REFERENCE: About = ("", 0)
BOOKKEEPERS = ("finance", "administrator")


@dataclass(frozen=True)
class Purse:
    """An account by its purpose; booking on it opens it if there is none.

    kind             one of ACCOUNT_KINDS.
    organization_id  whose money it is; None for the platform's own.
    about_*, part    what escrowed money is for.
    """

    kind: str
    currency: str
    organization_id: int | None = None
    about_kind: str = ""
    about_id: int = 0
    part: str = ""


@dataclass(frozen=True)
class EntryPlan:
    """One leg to be booked: positive credits the account, negative debits it."""

    account: Account | Purse
    minor: int


@dataclass(frozen=True)
class Booking:
    """A posting and whether this call wrote it; False when the key had booked it before."""

    posting: Posting
    is_new: bool


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
            change={
                "entries": list(
                    posting.entries.order_by("position").values_list("account_id", "amount_minor")
                )
            },
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

    One call of the database function `ledger_book` does it all (migration 0005). The row with the unique key is
    written first: a second caller with the same key waits there, and finds the posting. Then the guarded accounts are
    locked in the order of their ids, so that two postings cannot wait for each other. Whoever writes without this
    function is checked by the triggers of migration 0002_guards all the same.
    """
    _check_balanced(entries)
    posting = Posting(
        key=key,
        kind=kind,
        reason=reason[:400],
        about_kind=about[0],
        about_id=about[1],
        booked_on=booked_on or clock.now().date(),
        at=clock.now(),
        by_person_id=by.person_id,
        by_label=by.label[:160],
        by_organization_id=by.organization_id,
        reverses=reverses,
        entry_count=len(entries),
    )
    answer = _written(posting, entries)
    if answer.outcome == "key_reused":
        raise KeyReused(key=key)
    if answer.outcome == "period_closed":
        raise PeriodClosed(period=f"{posting.booked_on:%Y-%m}")
    if answer.outcome == "insufficient":
        raise InsufficientFunds(
            field="amount",
            available=f"{Money(answer.available_minor, answer.currency).amount} {answer.currency}",
            asked=f"{Money(answer.asked_minor, answer.currency).amount} {answer.currency}",
        )
    if answer.outcome == "repeated":
        return Booking(Posting.objects.get(pk=answer.posting_id), False)
    posting.pk, posting.content_hash = answer.posting_id, answer.content_hash
    posting._state.adding, posting._state.db = False, DEFAULT_DB_ALIAS
    return Booking(posting, True)


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


@dataclass(frozen=True)
class _Answer:
    """What `ledger_book` says."""

    outcome: str
    posting_id: int
    content_hash: str
    currency: str
    available_minor: int
    asked_minor: int


def _written(posting: Posting, entries: Sequence[EntryPlan]) -> _Answer:
    """Let the database write a posting with its entries; what it must not write it names."""
    accounts = [plan.account for plan in entries]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, posting_id, content_hash, currency, available_minor, asked_minor FROM ledger_book("
            "%s, %s, %s, %s, %s, %s::date, %s::timestamptz, %s::bigint, %s, %s::bigint, %s::bigint,"
            " %s::text[], %s::boolean[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[],"
            " %s::bigint[])",
            [
                posting.key, posting.kind, posting.reason, posting.about_kind, posting.about_id,
                posting.booked_on, posting.at, posting.by_person_id, posting.by_label,
                posting.by_organization_id, posting.reverses_id,
                [account.kind for account in accounts],
                [account.kind in GUARDED_KINDS for account in accounts],
                [account.organization_id for account in accounts],
                [account.about_kind for account in accounts],
                [account.about_id for account in accounts],
                [account.part for account in accounts],
                [account.currency for account in accounts],
                [plan.minor for plan in entries],
            ],
        )  # fmt: skip
        return _Answer(*cursor.fetchone())
