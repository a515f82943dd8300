"""Closing a month and, with a signature, reopening it."""

import datetime as dt
import re

from django.db import connection, transaction

from triallink.domains.ledger.errors import PeriodClosed, PeriodNotClosed, PeriodNotOver
from triallink.domains.ledger.events import MonthClosed, MonthReopened
from triallink.domains.ledger.models import PeriodAct
from triallink.domains.ledger.selectors.balances import trial_balance
from triallink.domains.ledger.services.posting import require_bookkeeper
from triallink.foundation.record import record
from triallink.foundation.signatures import content_hash, sign
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

# The class of the advisory lock that postings share and closing takes alone (migration 0002_guards).
PERIOD_LOCK = 8731


@transaction.atomic
def close_period(*, period: str, by: Actor, why: str = "", clock: Clock = system_clock) -> PeriodAct:
    """Close a month that is over; its trial balance is kept by hash.

    Postings under way into the month finish first; later ones are refused by the database.
    Refuses: NotAllowed, NotFound (no such month), PeriodNotOver, PeriodClosed.
    Emits: MonthClosed.
    """
    require_bookkeeper(by)
    last = last_day(period)
    if last >= clock.now().date():
        raise PeriodNotOver(period=period)
    _lock(period)
    if is_closed(period):
        raise PeriodClosed(period=period)
    act = PeriodAct.objects.create(
        period=period,
        action="closed",
        at=clock.now(),
        by_person_id=by.person_id,
        by_label=by.label,
        why=why,
        content_hash=book_hash(last),
    )
    record(
        MonthClosed(period=period),
        by=by,
        about=("period", act.pk),
        why=why,
        change={"trial balance": [None, act.content_hash]},
        clock=clock,
    )
    return act


@transaction.atomic
def reopen_period(*, period: str, why: str, secret: str, by: Actor, clock: Clock = system_clock) -> PeriodAct:
    """Let a closed month take postings again, with a reason and a signature.

    Refuses: NotAllowed, NotFound (no such month), PeriodNotClosed, NotReauthenticated.
    Emits: MonthReopened.
    """
    require_bookkeeper(by)
    last = last_day(period)
    _lock(period)
    closing = PeriodAct.objects.filter(period=period).order_by("-id").first()
    if closing is None or closing.action != "closed":
        raise PeriodNotClosed(period=period)
    found = book_hash(last)
    signature = sign(
        about=("period", closing.pk),
        content_sha256=found,
        meaning="approval",
        secret=secret,
        by=by,
        clock=clock,
    )
    act = PeriodAct.objects.create(
        period=period,
        action="reopened",
        at=clock.now(),
        by_person_id=by.person_id,
        by_label=by.label,
        why=why,
        content_hash=found,
        signature=signature,
    )
    record(
        MonthReopened(period=period),
        by=by,
        about=("period", act.pk),
        why=why,
        change={"state": ["closed", "reopened"]},
        clock=clock,
    )
    return act


def is_closed(period: str) -> bool:
    """Return whether a month takes no postings."""
    latest = PeriodAct.objects.filter(period=period).order_by("-id").first()
    return latest is not None and latest.action == "closed"


def last_day(period: str) -> dt.date:
    """Return the last day of a month written "2026-11".

    Refuses: NotFound.
    """
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", period):
        raise NotFound
    year, month = int(period[:4]), int(period[5:])
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return following - dt.timedelta(days=1)


def book_hash(until: dt.date) -> str:
    """Return the hash of the trial balance up to a day."""
    return content_hash(
        [
            [line.kind, line.currency, line.debit.minor, line.credit.minor]
            for line in trial_balance(until=until)
        ]
    )


def _lock(period: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PERIOD_LOCK, int(period.replace("-", ""))])
