"""Any sequence of money movements: the book agrees with a plain model of it, and no money appears or vanishes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from triallink.domains.accounts.models import Organization
from triallink.domains.ledger import services
from triallink.domains.ledger.errors import AlreadyReversed, ChargesTooHigh, InsufficientFunds
from triallink.domains.ledger.models import Account, AccountBalance, Posting
from triallink.domains.ledger.selectors import escrow_of
from triallink.domains.ledger.verification import verify
from triallink.kernel.actor import SYSTEM
from triallink.kernel.clock import FixedClock
from triallink.kernel.money import Money

ABOUT = ("contract", 7)
PARTS = ("milestone:1", "milestone:2")
CLOCK = FixedClock(dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC))
AMOUNTS = st.integers(min_value=1, max_value=60_00)
PART = st.sampled_from(PARTS)
Where = tuple[str, str]  # what kind of account, and which part or whose


class Book(RuleBasedStateMachine):
    """The services beside a dictionary of what must stand where."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = transaction.atomic()
        self.scene.__enter__()
        self.model: defaultdict[Where, int] = defaultdict(int)
        self.moves: list[tuple[int, dict[Where, int]]] = []
        self.reversed: set[int] = set()
        self.released = 0
        self.number = 0

    @initialize()
    def parties(self) -> None:
        """A payer and a payee who bears the platform's tax."""
        self.payer = Organization.objects.create(kind="sponsor", name_en="Payer")
        self.payee = Organization.objects.create(kind="cro", name_en="Payee", country="CN")
        services.open_escrow(
            about=ABOUT,
            payer_id=self.payer.pk,
            payee_ids=[self.payee.pk],
            currency="CNY",
            by=SYSTEM,
            clock=CLOCK,
        )

    def teardown(self) -> None:
        """Take everything back."""
        transaction.set_rollback(True)
        self.scene.__exit__(None, None, None)

    def move(self, legs: dict[Where, int], call: Callable[..., Posting], **arguments: object) -> bool:
        """Do it and expect it to happen exactly when no guarded account would fall below zero."""
        self.number += 1
        arguments |= {"key": f"k{self.number}", "by": SYSTEM, "clock": CLOCK}
        is_covered = all(
            self.model[where] + minor >= 0
            for where, minor in legs.items()
            if where[0] not in ("bank", "fee", "tax")
        )
        if not is_covered:
            with pytest.raises(InsufficientFunds), transaction.atomic():
                call(**arguments)
            return False
        posting = call(**arguments)
        assert call(**arguments) == posting  # the same key again moves nothing
        for where, minor in legs.items():
            self.model[where] += minor
        self.moves.append((posting.pk, legs))
        return True

    @rule(minor=AMOUNTS)
    def receive(self, minor: int) -> None:
        """Money comes in."""
        self.move(
            {("bank", ""): -minor, ("client", "payer"): minor},
            services.receive_funds, organization_id=self.payer.pk, amount=Money(minor, "CNY"),
        )  # fmt: skip

    @rule(minor=AMOUNTS)
    def fund(self, minor: int) -> None:
        """Available funds go into the escrow."""
        self.move(
            {("client", "payer"): -minor, ("escrow", ""): minor},
            services.fund_escrow, about=ABOUT, payer_id=self.payer.pk, amount=Money(minor, "CNY"),
        )  # fmt: skip

    @rule(minor=AMOUNTS, part=PART)
    def hold(self, minor: int, part: str) -> None:
        """Some of it is held for a payable."""
        self.move(
            {("escrow", ""): -minor, ("held", part): minor},
            services.hold_from_escrow, about=ABOUT, part=part, amount=Money(minor, "CNY"),
        )  # fmt: skip

    @rule(minor=AMOUNTS, part=PART)
    def free(self, minor: int, part: str) -> None:
        """A hold is given up."""
        self.move(
            {("held", part): -minor, ("escrow", ""): minor},
            services.free_hold, about=ABOUT, part=part, amount=Money(minor, "CNY"), reason="settled",
        )  # fmt: skip

    @rule(minor=AMOUNTS, part=PART)
    def retain(self, minor: int, part: str) -> None:
        """Some of a hold is kept back."""
        self.move(
            {("held", part): -minor, ("retained", part): minor},
            services.retain, about=ABOUT, part=part, amount=Money(minor, "CNY"),
        )  # fmt: skip

    @rule(minor=AMOUNTS, kept=st.integers(min_value=0, max_value=10_00), part=PART)
    def release(self, minor: int, kept: int, part: str) -> None:
        """A payable is paid, wholly or in part, some of it kept back; fee and tax come from the rates."""
        legs = {("held", part): -minor - kept, **self._paid(minor)}
        if kept:
            legs["retained", part] = kept
        done = self.move(
            legs, services.release, about=ABOUT, payee_id=self.payee.pk, part=part, amount=Money(minor, "CNY"),
            retained=Money(kept, "CNY"),
        )  # fmt: skip
        self.released += minor if done else 0

    @rule(minor=AMOUNTS, fee=st.integers(min_value=0, max_value=70_00))
    def release_at_own_charges(self, minor: int, fee: int) -> None:
        """What is not held is paid with a fee that was agreed; charges above the amount are refused."""
        asked = {"about": ABOUT, "payee_id": self.payee.pk, "amount": Money(minor, "CNY")}
        asked |= {"fee": Money(fee, "CNY"), "tax": Money(0, "CNY")}
        if fee > minor:
            with pytest.raises(ChargesTooHigh):
                services.release(key="never", by=SYSTEM, clock=CLOCK, **asked)
            return
        legs = {("escrow", ""): -minor, ("client", "payee"): minor - fee, ("fee", ""): fee}
        done = self.move(
            {where: change for where, change in legs.items() if change}, services.release, **asked
        )
        self.released += minor if done else 0

    @rule(minor=AMOUNTS, part=PART)
    def release_retention(self, minor: int, part: str) -> None:
        """What was kept back is paid."""
        done = self.move(
            {("retained", part): -minor, **self._paid(minor)},
            services.release_retention, about=ABOUT, payee_id=self.payee.pk, part=part, amount=Money(minor, "CNY"),
        )  # fmt: skip
        self.released += minor if done else 0

    @rule(minor=AMOUNTS, part=st.sampled_from(("", *PARTS)))
    def refund(self, minor: int, part: str) -> None:
        """The payer gets free or retained money back."""
        source = ("retained", part) if part else ("escrow", "")
        self.move(
            {source: -minor, ("client", "payer"): minor},
            services.refund, about=ABOUT, part=part, amount=Money(minor, "CNY"), reason="settled",
        )  # fmt: skip

    @rule(which=st.integers(min_value=0, max_value=30))
    def reverse(self, which: int) -> None:
        """A posting is reversed once, if what it moved is still there."""
        if not self.moves:
            return
        posting_id, legs = self.moves[which % len(self.moves)]
        if posting_id in self.reversed:
            with pytest.raises(AlreadyReversed):
                services.reverse(posting_id=posting_id, reason="again", key="other", by=SYSTEM, clock=CLOCK)
            return
        opposite = {where: -minor for where, minor in legs.items()}
        was_release = Posting.objects.get(pk=posting_id).kind == "released"
        done = self.move(opposite, services.reverse, posting_id=posting_id, reason="wrong")
        if done:
            self.reversed.add(posting_id)
            gross = sum(legs.get(where, 0) for where in (("client", "payee"), ("fee", ""), ("tax", "")))
            self.released -= gross if was_release else 0

    @invariant()
    def book_agrees_with_the_model(self) -> None:
        """Every account has what the model says; the sum over all is zero in every state."""
        if not hasattr(self, "payer"):
            return
        owners = {self.payer.pk: "payer", self.payee.pk: "payee"}
        found: defaultdict[Where, int] = defaultdict(int)
        for account in Account.objects.all():
            where = (
                account.kind,
                account.part or (owners[account.organization_id] if account.kind == "client" else ""),
            )
            found[where] += sum(
                AccountBalance.objects.filter(account=account).values_list("balance_minor", flat=True)
            )
        assert {w: m for w, m in found.items() if m} == {w: m for w, m in self.model.items() if m}
        assert sum(self.model.values()) == 0
        state = escrow_of(ABOUT)
        assert state.released.minor == self.released
        assert state.funded == state.balance + state.released
        assert verify().is_good
        with connection.cursor() as cursor:  # the deferred check speaks now, not at a commit that never comes
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    def _paid(self, minor: int) -> dict[Where, int]:
        charges = services.charges_for(amount=Money(minor, "CNY"), payee_id=self.payee.pk, clock=CLOCK)
        legs = {
            ("client", "payee"): charges.net.minor,
            ("fee", ""): charges.fee.minor,
            ("tax", ""): charges.tax.minor,
        }
        return {where: change for where, change in legs.items() if change}


@pytest.mark.django_db
def test_any_sequence_of_movements_balances_and_moves_each_amount_once():
    run_state_machine_as_test(
        Book,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
