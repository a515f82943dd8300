"""Escrow: what goes in comes out once, to whom it is meant, and nothing more."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.domains.ledger.conftest import ABOUT, PART, Purse, cny

from triallink.domains.ledger import services
from triallink.domains.ledger.errors import (
    ChargesTooHigh,
    InsufficientFunds,
    KeyReused,
    NotBalanced,
    WrongCurrency,
)
from triallink.domains.ledger.models import Account, AccountBalance, Entry, Posting
from triallink.domains.ledger.selectors import balance_of, trial_balance
from triallink.foundation.models import OutboxLine
from triallink.kernel.actor import SYSTEM
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotAllowed, NotFound


def balanced() -> bool:
    return sum(line.balance.minor for line in trial_balance()) == 0


def test_a_milestone_is_paid_less_fee_and_tax(purse: Purse):
    purse.held_escrow(1000)
    purse.release(1000)
    # 2.5 % fee = 25.00, 6 % tax on the fee = 1.50
    assert purse.funds(purse.ben) == cny("973.50")
    assert {line.kind: line.balance.minor for line in trial_balance() if line.balance.minor} == {
        "bank": -1000_00, "client": 973_50, "fee": 25_00, "tax": 1_50,
    }  # fmt: skip
    assert purse.state.balance == cny(0)
    assert purse.state.released == purse.state.funded == cny(1000)


def test_the_same_key_pays_once(purse: Purse):
    purse.held_escrow(1000)
    first, again = purse.release(400), purse.release(400)
    assert first == again
    assert purse.state.held_for(PART) == cny(600)
    assert OutboxLine.objects.filter(name="PaymentReleased").count() == 1
    with pytest.raises(KeyReused):
        purse.release(300)


def test_partial_release_and_retention_leave_the_rest_held(purse: Purse):
    purse.held_escrow(1000)
    purse.release(475, retained=cny(25), fee=cny(0), tax=cny(0))
    part = purse.state.parts[PART]
    assert (part.held, part.retained, part.released) == (cny(500), cny(25), cny(475))
    services.release_retention(
        about=ABOUT, payee_id=purse.ben.organization.pk, amount=cny(25), part=PART, fee=cny(0), tax=cny(0),
        key="end", by=SYSTEM,
    )  # fmt: skip
    assert purse.funds(purse.ben) == cny(500)
    assert purse.state.retained == cny(0)


def test_money_is_given_back_by_a_settlement_only(purse: Purse):
    purse.held_escrow(1000)
    with pytest.raises(NotAllowed):
        services.free_hold(about=ABOUT, part=PART, amount=cny(10), key="f", reason="mine", by=purse.ada.actor)
    with pytest.raises(NotAllowed):
        services.refund(about=ABOUT, amount=cny(10), key="r", reason="mine", by=purse.ada.actor)
    services.free_hold(about=ABOUT, part=PART, amount=cny(300), key="f", reason="settled", by=purse.hua.actor)
    services.refund(about=ABOUT, amount=cny(300), key="r", reason="settled", by=SYSTEM)
    assert purse.funds(purse.ada) == cny(300)
    assert purse.state.funded == cny(700)


def test_nothing_pays_more_than_it_has(purse: Purse):
    purse.receive(100)
    with pytest.raises(InsufficientFunds):
        purse.fund(101)
    purse.fund(100)
    with pytest.raises(InsufficientFunds):
        purse.hold(101)
    purse.hold(60)
    with pytest.raises(InsufficientFunds):
        purse.release(61)
    assert balanced()


def test_strangers_and_payees_move_nothing(purse: Purse, eve, chen):
    purse.held_escrow(1000)
    services.open_escrow(
        about=ABOUT, payer_id=purse.ada.organization.pk, payee_ids=[purse.ben.organization.pk], currency="CNY",
        by=purse.ada.actor,
    )  # fmt: skip
    for stranger, refusal in ((eve, NotFound), (purse.ben, NotAllowed), (chen, NotFound)):
        with pytest.raises(refusal):
            services.release(
                about=ABOUT, payee_id=stranger.organization.pk, amount=cny(1), part=PART, key="x",
                by=stranger.actor,
            )  # fmt: skip
    with pytest.raises(NotFound):
        services.fund_escrow(
            about=ABOUT, payer_id=purse.ada.organization.pk, amount=cny(1), key="y", by=eve.actor
        )
    with pytest.raises(NotAllowed):
        services.receive_funds(
            organization_id=purse.ada.organization.pk, amount=cny(1), key="z", by=purse.ada.actor
        )


def test_an_escrow_keeps_one_currency_and_charges_stay_below_the_amount(purse: Purse):
    purse.held_escrow(1000)
    with pytest.raises(WrongCurrency):
        services.hold_from_escrow(
            about=ABOUT, part=PART, amount=Money.of(1, "USD"), key="u", by=purse.ada.actor
        )
    with pytest.raises(ChargesTooHigh):
        purse.release(10, fee=cny(11))


def test_a_posting_is_reversed_once(purse: Purse):
    posting = purse.receive(100)
    services.reverse(posting_id=posting.pk, reason="wrong customer", by=purse.hua.actor)
    assert purse.funds(purse.ada) == cny(0)
    again = services.reverse(posting_id=posting.pk, reason="wrong customer", by=purse.hua.actor)
    assert again.reverses == posting
    with pytest.raises(NotAllowed):
        services.reverse(posting_id=posting.pk, reason="mine", by=purse.ada.actor)


def test_a_journal_entry_balances_in_every_currency(purse: Purse):
    bank, fee, dollars = (services.Purse(*at) for at in (("bank", "CNY"), ("fee", "CNY"), ("bank", "USD")))
    plan = services.EntryPlan
    with pytest.raises(NotBalanced):
        services.post(entries=[plan(bank, -5), plan(dollars, 5)], key="k", reason="r", by=purse.hua.actor)
    services.post(entries=[plan(bank, -5), plan(fee, 5)], key="k", reason="r", by=purse.hua.actor)
    assert balance_of(Account.objects.get(kind="fee")) == Money(5, "CNY")


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE ledger_entry SET amount_minor = amount_minor + 1", "Cannot update or delete"),
        ("DELETE FROM ledger_posting", "Cannot update or delete"),
        ("UPDATE ledger_accountbalance SET balance_minor = 1", "by entries only"),
        (
            "INSERT INTO ledger_entry (posting_id, position, account_id, amount_minor)"
            " SELECT posting_id, 3, account_id, 5 FROM ledger_entry LIMIT 1",
            "the posting is complete",
        ),
    ],
)
def test_the_database_refuses_what_the_services_never_do(purse: Purse, statement: str, constraint: str):
    purse.receive(100)
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_refuses_an_unbalanced_posting_and_a_balance_below_zero(purse: Purse):
    client = Entry.objects.get(posting=purse.receive(100), amount_minor__gt=0).account
    bank = Account.objects.get(kind="bank")
    row = Posting.objects.get(key="in")
    row.pk, row.key, row.entry_count = None, "by hand", 2
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        _written(row, [(client, 5), (bank, -4)])
    with pytest.raises(IntegrityError, match="has 1 entries"), transaction.atomic():
        _written(row, [(client, 5)])
    with pytest.raises(IntegrityError, match="guarded_balance_not_negative"), transaction.atomic():
        _written(row, [(client, -100_01), (bank, 100_01)])
    assert AccountBalance.objects.get(account=client).balance_minor == 100_00


def _written(row: Posting, legs: list) -> None:
    row.pk = None
    row.save(force_insert=True)
    Entry.objects.bulk_create(
        Entry(posting=row, position=position, account=account, amount_minor=minor)
        for position, (account, minor) in enumerate(legs, start=1)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
