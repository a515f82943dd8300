"""A closed month takes nothing, and opens again only with a signature."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from tests.conftest import PASSWORD
from tests.domains.ledger.conftest import Purse, cny

from triallink.domains.ledger import services
from triallink.domains.ledger.errors import PeriodClosed, PeriodNotClosed, PeriodNotOver
from triallink.domains.ledger.models import Entry, PeriodAct, Posting
from triallink.domains.ledger.selectors import statement
from triallink.domains.ledger.services.periods import book_hash, last_day
from triallink.foundation.signatures import NotReauthenticated
from triallink.kernel.refusals import NotAllowed, NotFound

NOVEMBER = "2026-11"


def close(purse: Purse, period: str = NOVEMBER) -> PeriodAct:
    """Close a month in December."""
    purse.clock.at = dt.datetime(2026, 12, 3, tzinfo=dt.UTC)
    return services.close_period(period=period, by=purse.hua.actor, clock=purse.clock)


@transaction.atomic
def force(posting: Posting, entries: list[Entry]) -> None:
    """Write a posting past the services, in one transaction that a refusal of the database undoes whole."""
    posting.save(force_insert=True)
    Entry.objects.bulk_create(entries)


def test_posting_into_a_closed_month_is_refused_twice_over(purse: Purse):
    posting = purse.receive(100)
    act = close(purse)
    assert act.content_hash == book_hash(last_day(NOVEMBER))
    client, bank = (entry.account for entry in posting.entries.order_by("-amount_minor"))
    plans = [services.EntryPlan(bank, -5), services.EntryPlan(client, 5)]
    day = dt.date(2026, 11, 30)
    with pytest.raises(PeriodClosed):
        services.post(entries=plans, key="late", reason="late", by=purse.hua.actor, booked_on=day)
    posting.pk, posting.key, posting.booked_on = None, "by hand", day
    late = [
        Entry(posting=posting, position=n, account=plan.account, amount_minor=plan.minor)
        for n, plan in enumerate(plans, start=1)
    ]
    with pytest.raises(IntegrityError, match="2026-11 is closed"):
        force(posting, late)
    purse.receive(1, key="december")  # the present month is open


def test_reopening_needs_a_reason_signed_by_a_bookkeeper(purse: Purse):
    purse.receive(100)
    with pytest.raises(PeriodNotClosed):
        services.reopen_period(period=NOVEMBER, why="w", secret=PASSWORD, by=purse.hua.actor)
    close(purse)
    with pytest.raises(NotReauthenticated):
        services.reopen_period(period=NOVEMBER, why="w", secret="wrong", by=purse.hua.actor)
    with pytest.raises(NotAllowed):
        services.reopen_period(period=NOVEMBER, why="w", secret=PASSWORD, by=purse.ada.actor)
    act = services.reopen_period(period=NOVEMBER, why="Bank fee", secret=PASSWORD, by=purse.hua.actor)
    assert act.signature is not None
    assert act.signature.meaning == "approval"
    close(purse)
    with pytest.raises(IntegrityError), transaction.atomic():
        PeriodAct.objects.create(
            period=NOVEMBER, action="reopened", at=purse.clock.now(), by_label="x", content_hash="x"
        )


def test_a_month_closes_once_after_its_end(purse: Purse):
    with pytest.raises(PeriodNotOver):
        services.close_period(period=NOVEMBER, by=purse.hua.actor, clock=purse.clock)
    with pytest.raises(NotAllowed):
        services.close_period(period="2026-10", by=purse.ada.actor, clock=purse.clock)
    with pytest.raises(NotFound):
        services.close_period(period="2026-13", by=purse.hua.actor, clock=purse.clock)
    close(purse)
    with pytest.raises(PeriodClosed):
        close(purse)


def test_a_statement_opens_with_what_stood_before_and_ends_with_the_balance(purse: Purse):
    client = purse.receive(100).entries.get(amount_minor__gt=0).account
    purse.clock.move(dt.timedelta(days=5))
    purse.receive(50, key="second")
    purse.fund(30)
    found = statement(client, dt.date(2026, 11, 12), dt.date(2026, 11, 30))
    assert (found.opening, found.closing) == (cny(100), cny(120))
    assert (found.credits, found.debits) == (cny(50), cny(30))
    assert [row.balance for row in found.rows] == [cny(150), cny(120)]
    assert statement(client, dt.date(2026, 1, 1), dt.date(2026, 1, 31)).closing == cny(0)
