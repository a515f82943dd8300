"""Top-ups and payouts through the sandbox bank, and what reconciliation finds."""

import datetime as dt

import pytest
from tests.domains.ledger.conftest import Purse, cny

from triallink.domains.ledger import services
from triallink.domains.ledger.errors import (
    FindingResolved,
    InsufficientFunds,
    ResolutionDoesNotFit,
    SignatureWrong,
)
from triallink.domains.ledger.models import Finding, PaymentOrder, RailCallback
from triallink.domains.ledger.rail.choosing import callback_secret
from triallink.domains.ledger.rail.port import BankLine, BankMessage, signature_of
from triallink.domains.ledger.rail.sandbox import PERFECT, Faults, SandboxBank
from triallink.domains.ledger.selectors import available_funds, trial_balance
from triallink.domains.ledger.services.reconciliation import compare
from triallink.kernel.actor import SYSTEM
from triallink.kernel.refusals import NotAllowed


@pytest.fixture
def finance(purse: Purse, settings) -> Purse:
    """Ada's purse, with a bank of a fixed seed."""
    settings.LEDGER_SANDBOX_SEED = 4
    return purse


def _says(purse: Purse, order: PaymentOrder, outcome: str, number: int = 1, minor: int | None = None) -> str:
    message = BankMessage(
        f"{order.reference}-{number}",
        order.reference,
        outcome,
        cny(0).__class__(minor or order.amount_minor, "CNY"),
    )
    body = message.body()
    return services.receive_callback(
        body=body, signature=signature_of(body, callback_secret()), clock=purse.clock
    )


def _payout(purse: Purse, major: int, key: str = "p") -> PaymentOrder:
    return services.request_payout(
        amount=cny(major), bank_account="CN 6222 0000", key=key, by=purse.ada.actor, clock=purse.clock
    )


def _top_up(purse: Purse, major: int, key: str = "t") -> PaymentOrder:
    return services.request_top_up(amount=cny(major), key=key, by=purse.ada.actor, clock=purse.clock)


def test_a_top_up_is_available_once_however_often_the_bank_says_so(finance: Purse):
    order = _top_up(finance, 500)
    assert [_says(finance, order, "settled") for _ in range(3)] == ["applied", "duplicate", "duplicate"]
    assert finance.funds(finance.ada) == cny(500)
    assert RailCallback.objects.count() == 3


def test_a_payer_who_transfers_another_amount_gets_that_amount(finance: Purse):
    order = _top_up(finance, 500)
    assert _says(finance, order, "settled", minor=480_00) == "applied"
    assert finance.funds(finance.ada) == cny(480)


def test_a_payout_is_set_aside_at_once_and_comes_back_when_it_fails(finance: Purse):
    finance.receive(300)
    order = _payout(finance, 300)
    assert finance.funds(finance.ada) == cny(0)
    with pytest.raises(InsufficientFunds):
        _payout(finance, 1, key="again")
    assert _says(finance, order, "failed") == "applied"
    assert finance.funds(finance.ada) == cny(300)


def test_a_late_return_gives_the_money_back_and_a_contradiction_gives_it_to_nobody(finance: Purse):
    finance.receive(300)
    order = _payout(finance, 100)
    assert _says(finance, order, "settled") == "applied"
    assert _says(finance, order, "returned", number=2) == "applied"
    assert finance.funds(finance.ada) == cny(300)
    assert _says(finance, order, "settled", number=3) == "contradiction"
    assert finance.funds(finance.ada) == cny(300)
    assert {line.kind: line.balance.minor for line in trial_balance()}["suspense"] == -100_00
    assert sum(line.balance.minor for line in trial_balance()) == 0


def test_a_forged_message_is_refused_and_an_unknown_reference_moves_nothing(finance: Purse):
    order = _top_up(finance, 500)
    body = BankMessage("e", order.reference, "settled", cny(500)).body()
    with pytest.raises(SignatureWrong):
        services.receive_callback(body=body, signature=signature_of(body, "guess"), clock=finance.clock)
    stray = BankMessage("s", "TI-NOBODY", "settled", cny(9)).body()
    verdict = services.receive_callback(
        body=stray, signature=signature_of(stray, callback_secret()), clock=finance.clock
    )
    assert verdict == "unknown"
    assert trial_balance() == []


def test_only_finance_tops_up_and_pays_out(finance: Purse, dora):
    with pytest.raises(NotAllowed):
        services.request_top_up(amount=cny(1), key="d", by=dora.actor)
    with pytest.raises(NotAllowed):
        services.request_payout(amount=cny(1), bank_account="x", key="d2", by=dora.actor)


def test_the_sandbox_bank_repeats_itself_from_its_seed():
    fates = [SandboxBank(seed=7).fate_of(f"TO-{n}") for n in range(300)]
    assert fates == [SandboxBank(seed=7).fate_of(f"TO-{n}") for n in range(300)]
    assert {fate.is_failing for fate in fates} == {True, False}
    assert {fate.repeats for fate in fates} == {0, 1, 2}
    calm = [SandboxBank(seed=7, faults=PERFECT).fate_of(f"TO-{n}") for n in range(50)]
    assert not any(fate.is_failing or fate.repeats or fate.refusals for fate in calm)


def test_a_hundred_orders_through_a_bad_bank_leave_a_balanced_book(finance: Purse, monkeypatch):
    finance.receive(100_000)
    for number in range(40):
        _top_up(finance, 100 + number, key=f"t{number}")
        _payout(finance, 50 + number, key=f"p{number}")
    for _ in range(8):
        services.send_waiting_orders(clock=finance.clock)
        services.deliver_sandbox_messages(clock=finance.clock)
        finance.clock.move(dt.timedelta(hours=18))
    states = dict.fromkeys(PaymentOrder.objects.values_list("state", flat=True))
    assert "requested" not in states
    settled = {
        side: sum(
            PaymentOrder.objects.filter(direction=side, state="settled").values_list(
                "settled_minor", flat=True
            )
        )
        for side in ("in", "out")
    }
    on_the_way = sum(line.balance.minor for line in trial_balance() if line.kind == "payout")
    assert on_the_way == 0
    assert finance.funds(finance.ada).minor == 100_000_00 + settled["in"] - settled["out"]
    assert sum(line.balance.minor for line in trial_balance()) == 0


class _Bank:
    """A bank whose statement the test writes."""

    name = "test"
    lines: tuple[BankLine, ...] = ()

    def send(self, instruction) -> None:
        """Take it."""

    def statement(self, day: dt.date) -> list[BankLine]:
        return list(self.lines)


@pytest.fixture
def statement(finance: Purse, settings):
    """Reconcile with a statement of these (order, minor units) lines."""
    settings.LEDGER_RAIL = f"{__name__}._Bank"

    def reconciled(*lines: tuple[str, int]) -> dict[str, Finding]:
        _Bank.lines = tuple(
            BankLine(number, reference, cny(0).__class__(minor, "CNY"))
            for number, (reference, minor) in enumerate(lines, start=1)
        )
        day = finance.clock.now().date()
        services.import_statement(day=day, by=SYSTEM, clock=finance.clock)
        assert services.import_statement(day=day, by=SYSTEM, clock=finance.clock) == 0
        until = day + dt.timedelta(days=1)
        services.reconcile(until=until, by=SYSTEM, clock=finance.clock)
        assert services.reconcile(until=until, by=SYSTEM, clock=finance.clock) == []
        return {finding.reference: finding for finding in Finding.objects.filter(resolved_at=None)}

    return reconciled


def test_reconciliation_tells_the_four_differences_apart_and_each_is_resolved(finance: Purse, statement):
    orders = [_top_up(finance, 100, key=f"t{n}") for n in range(4)]
    for order in orders:
        _says(finance, order, "settled")
    same, absent, doubled, other = (order.reference for order in orders)
    found = statement(
        (same, 100_00), (doubled, 100_00), (doubled, 100_00), (other, 90_00), ("TI-STRAY", 33_00)
    )
    assert {reference: finding.kind for reference, finding in found.items()} == {
        absent: "missing_at_bank",
        doubled: "duplicate_at_bank",
        other: "amount_differs",
        "TI-STRAY": "missing_in_book",
    }
    with pytest.raises(NotAllowed):
        _resolve(finance, found[other], "adjust", by=finance.ada.actor)
    with pytest.raises(ResolutionDoesNotFit):
        _resolve(finance, found[other], "reverse")
    _resolve(finance, found[absent], "reverse")
    _resolve(finance, found[doubled], "bank_error")
    _resolve(finance, found[other], "adjust")
    _resolve(finance, found["TI-STRAY"], "suspense")
    with pytest.raises(FindingResolved):
        _resolve(finance, found[other], "adjust")
    assert finance.funds(finance.ada) == cny(290)
    until = finance.clock.now().date() + dt.timedelta(days=1)
    differing = {key[0] for key, sides in compare(until).items() if sides.difference(until)}
    assert differing == {doubled}
    assert services.reconcile(until=until, by=SYSTEM, clock=finance.clock) == []
    assert available_funds(finance.ada.organization.pk, "CNY").minor + 33_00 == -sum(
        line.balance.minor for line in trial_balance() if line.kind == "bank"
    )


def _resolve(purse: Purse, finding: Finding, resolution: str, by=None) -> Finding:
    return services.resolve_finding(
        finding_id=finding.pk, resolution=resolution, why="looked at it", by=by or purse.hua.actor,
        clock=purse.clock,
    )  # fmt: skip


def test_the_sandbox_statement_agrees_with_the_book_when_the_bank_makes_no_mistake(
    finance: Purse, monkeypatch
):
    bank = SandboxBank(seed=4, faults=Faults(statement_misses=0, statement_doubles=0, statement_differs=0))
    lines = []
    for number in range(12):
        _top_up(finance, 10 + number, key=f"q{number}")
    for _ in range(6):
        services.send_waiting_orders(clock=finance.clock)
        services.deliver_sandbox_messages(clock=finance.clock)
        finance.clock.move(dt.timedelta(hours=12))
    for day in range(5):
        lines += bank.statement(dt.date(2026, 11, 10) + dt.timedelta(days=day))
    assert sum(line.amount.minor for line in lines) == finance.funds(finance.ada).minor
