"""A mix of money movements for the bench and the kill test: every operation follows from its number, so it can be repeated."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.db import OperationalError, connections

from triallink.domains.accounts.models import Organization
from triallink.domains.ledger import services
from triallink.domains.ledger.rail.choosing import callback_secret
from triallink.domains.ledger.rail.port import BankMessage, signature_of
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.money import Money
from triallink.kernel.refusals import Refusal

CURRENCY = "CNY"
PARTS = 4
# What one operation is, and how often per hundred.
WEIGHTS = {
    "receive": 15, "fund": 20, "hold": 18, "release": 25, "retain": 6, "release_retention": 5, "refund": 5,
    "payout": 6,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Who pays whom: every payer has some escrows. `run` keeps the keys of one run apart from others."""

    run: str
    seed: int
    payers: tuple[int, ...]
    payees: tuple[int, ...]
    escrows: int
    first_about: int

    def about(self, payer: int, escrow: int) -> tuple[str, int]:
        """Return the reference of a payer's escrow."""
        return ("bench", self.first_about + self.payers.index(payer) * self.escrows + escrow)


def build(run: str, seed: int, *, payers: int = 8, payees: int = 8, escrows: int = 4) -> World:
    """Make the organizations, and give every payer money that is already in its escrows."""
    made = Organization.objects.bulk_create(
        Organization(kind="sponsor" if number < payers else "cro", name_en=f"{run} {number}")
        for number in range(payers + payees)
    )
    keys = tuple(one.pk for one in made)
    world = World(run, seed, keys[:payers], keys[payers:], escrows, keys[0] * 1000)
    for payer in world.payers:
        services.receive_funds(
            organization_id=payer, amount=Money(10**11, CURRENCY), key=f"{run}:begin:{payer}", by=SYSTEM
        )
        for number in range(escrows):
            about = world.about(payer, number)
            services.open_escrow(
                about=about, payer_id=payer, payee_ids=world.payees, currency=CURRENCY, by=SYSTEM
            )
            services.fund_escrow(
                about=about,
                payer_id=payer,
                amount=Money(10**10, CURRENCY),
                key=f"{run}:begin:{about[1]}",
                by=SYSTEM,
            )
    return world


def received_minor(world: World, workers: int, operations: int) -> int:
    """Return what came in from the bank when every operation was done exactly once."""
    total = len(world.payers) * 10**11
    for worker in range(workers):
        for number in range(operations):
            step = Step.of(world, worker, number)
            total += step.amount.minor if step.what == "receive" else 0
    return total


@dataclass(frozen=True)
class Step:
    """One operation, whole: what, how much, whose."""

    what: str
    key: str
    amount: Money
    payer: int
    payee: int
    about: tuple[str, int]
    part: str

    @classmethod
    def of(cls, world: World, worker: int, number: int) -> "Step":
        """Return an operation by its number; always the same one."""
        draw = Random(f"{world.seed}-{worker}-{number}")
        what = draw.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        payer = draw.choice(world.payers)
        return cls(
            what=what,
            key=f"{world.run}:{worker}:{number}",
            amount=Money(draw.randint(1, 50_000), CURRENCY),
            payer=payer,
            payee=draw.choice(world.payees),
            about=world.about(payer, draw.randrange(world.escrows)),
            part=f"part:{draw.randrange(PARTS)}",
        )

    def act(self) -> None:
        """Do it; a business "no" is an answer like any other."""
        call: Callable[[], object] = getattr(self, f"_{self.what}")
        call()

    def _receive(self) -> None:
        services.receive_funds(organization_id=self.payer, amount=self.amount, key=self.key, by=SYSTEM)

    def _fund(self) -> None:
        services.fund_escrow(
            about=self.about, payer_id=self.payer, amount=self.amount, key=self.key, by=SYSTEM
        )

    def _hold(self) -> None:
        services.hold_from_escrow(
            about=self.about, part=self.part, amount=self.amount, key=self.key, by=SYSTEM
        )

    def _release(self) -> None:
        services.release(
            about=self.about,
            payee_id=self.payee,
            amount=self.amount,
            key=self.key,
            reason=self.key,
            by=SYSTEM,
        )

    def _retain(self) -> None:
        services.retain(about=self.about, part=self.part, amount=self.amount, key=self.key, by=SYSTEM)

    def _release_retention(self) -> None:
        services.release_retention(
            about=self.about, payee_id=self.payee, amount=self.amount, part=self.part, key=self.key,
            reason=self.key, by=SYSTEM,
        )  # fmt: skip

    def _refund(self) -> None:
        services.refund(about=self.about, amount=self.amount, key=self.key, reason=self.key, by=SYSTEM)

    def _payout(self) -> None:
        finance = Actor(
            person_id=None, label="bench", organization_id=self.payer, organization_kind="sponsor",
            roles=frozenset({"finance"}), source="bench",
        )  # fmt: skip
        order = services.request_payout(amount=self.amount, bank_account="1", key=self.key, by=finance)
        message = BankMessage(f"{order.reference}-1", order.reference, "failed", self.amount)
        for _ in range(2):  # the bank says everything twice
            body = message.body()
            services.receive_callback(body=body, signature=signature_of(body, callback_secret()))


def work(world: World, worker: int, operations: int, done, refused) -> None:  # type: ignore[no-untyped-def]
    """Do the operations of a worker from where it was; the last few before a kill are done again.

    done, refused  shared counters, one place per worker.
    """
    connections.close_all()
    number = max(0, done[worker] - 3)
    while number < operations:
        try:
            Step.of(world, worker, number).act()
        except Refusal:
            refused[worker] += 1
        except OperationalError as error:
            if "deadlock" not in str(error):
                raise
            continue
        number += 1
        done[worker] = max(done[worker], number)
    connections.close_all()
    os._exit(0)
