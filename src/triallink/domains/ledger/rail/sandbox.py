"""A bank to practise with. Everything it does wrong follows from its seed and the reference, so it can be repeated."""

import datetime as dt
import hashlib
import random
from dataclasses import dataclass

from triallink.domains.ledger.models import SandboxOrder
from triallink.domains.ledger.rail.port import BankLine, BankMessage, Instruction, RailUnavailable
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money


@dataclass(frozen=True)
class Faults:
    """How often the bank misbehaves: shares from 0 to 1, and how long it takes."""

    unavailable: float = 0.1
    fails: float = 0.05
    returns: float = 0.02
    repeats: float = 0.2
    late: float = 0.1
    statement_misses: float = 0.01
    statement_doubles: float = 0.01
    statement_differs: float = 0.01
    quickest: dt.timedelta = dt.timedelta(seconds=5)
    slowest: dt.timedelta = dt.timedelta(seconds=40)
    lateness: dt.timedelta = dt.timedelta(days=2)


PERFECT = Faults(
    unavailable=0,
    fails=0,
    returns=0,
    repeats=0,
    late=0,
    statement_misses=0,
    statement_doubles=0,
    statement_differs=0,
)


@dataclass(frozen=True)
class Fate:
    """What becomes of one reference."""

    is_failing: bool
    is_returned: bool
    refusals: int
    after: dt.timedelta
    repeats: int
    statement: str  # "right", "missing", "double" or "differs"


class SandboxBank:
    """Accepts instructions, sends signed messages when they are due, and writes a statement with mistakes."""

    name = "sandbox"

    def __init__(self, seed: int = 1, faults: Faults | None = None, clock: Clock = system_clock) -> None:
        self.seed, self.faults, self.clock = seed, faults or Faults(), clock

    def fate_of(self, reference: str) -> Fate:
        """Return what becomes of a reference; the same seed and reference always give the same."""
        digest = hashlib.sha256(f"{self.seed}:{reference}".encode()).digest()
        draw, faults = random.Random(digest), self.faults
        span = (faults.slowest - faults.quickest).total_seconds()
        after = faults.quickest + dt.timedelta(seconds=draw.random() * span)
        if draw.random() < faults.late:
            after += faults.lateness * draw.random()
        is_failing = draw.random() < faults.fails
        chance = draw.random()
        thresholds = (
            ("missing", faults.statement_misses),
            ("double", faults.statement_doubles),
            ("differs", faults.statement_differs),
        )
        statement, floor = "right", 0.0
        for name, share in thresholds:
            if floor <= chance < floor + share:
                statement = name
            floor += share
        return Fate(
            is_failing=is_failing,
            is_returned=not is_failing and draw.random() < faults.returns,
            refusals=1 if draw.random() < faults.unavailable else 0,
            after=after,
            repeats=draw.choice((1, 2)) if draw.random() < faults.repeats else 0,
            statement=statement,
        )

    def send(self, instruction: Instruction) -> None:
        """Accept an instruction once; be away first if that is its fate.

        Raises RailUnavailable.
        """
        order, _ = SandboxOrder.objects.get_or_create(
            reference=instruction.reference,
            defaults={
                "direction": instruction.direction,
                "amount_minor": instruction.amount.minor,
                "currency": instruction.amount.currency,
                "accepted_at": instruction.at,
            },
        )
        if order.refused < self.fate_of(instruction.reference).refusals:
            SandboxOrder.objects.filter(pk=order.pk).update(refused=order.refused + 1)
            raise RailUnavailable(instruction.reference)

    def next_message(self, order: SandboxOrder) -> BankMessage | None:
        """Return the next message about an order if it is due, and count it as sent."""
        messages = self.messages_of(order)
        if order.told < len(messages) and messages[order.told][0] > self.clock.now():
            return None
        message = messages[order.told][1] if order.told < len(messages) else None
        order.told += 1
        order.is_finished = order.told >= len(messages)
        order.save(update_fields=["told", "is_finished"])
        return message

    def messages_of(self, order: SandboxOrder) -> list[tuple[dt.datetime, BankMessage]]:
        """Return every message the bank will ever send about an order, with its instant."""
        fate, amount = self.fate_of(order.reference), Money(order.amount_minor, order.currency)
        at = order.accepted_at + fate.after
        outcome = "failed" if fate.is_failing and order.direction == "out" else "settled"
        if fate.is_failing and order.direction == "in":
            return []  # the payer never pays
        message = BankMessage(f"{order.reference}-1", order.reference, outcome, amount)
        messages = [(at + dt.timedelta(seconds=7 * copy), message) for copy in range(1 + fate.repeats)]
        if fate.is_returned and order.direction == "out":
            back = BankMessage(f"{order.reference}-2", order.reference, "returned", amount)
            messages.append((at + dt.timedelta(hours=20), back))
        return messages

    def statement(self, day: dt.date) -> list[BankLine]:
        """Return the bank's statement of a day, with the mistakes the seed decides."""
        lines: list[BankLine] = []
        start = dt.datetime.combine(day, dt.time(), dt.UTC)
        slack = self.faults.slowest + self.faults.lateness + dt.timedelta(days=1)
        orders = SandboxOrder.objects.filter(
            accepted_at__gte=start - slack, accepted_at__lt=start + dt.timedelta(days=1)
        ).order_by("id")
        for order in orders:
            seen: set[str] = set()
            for at, message in self.messages_of(order):
                if at.date() != day or message.outcome == "failed" or message.event_id in seen:
                    continue
                seen.add(message.event_id)
                lines += self._lines(order, message, len(lines))
        return lines

    def _lines(self, order: SandboxOrder, message: BankMessage, written: int) -> list[BankLine]:
        is_in = (order.direction == "in") == (message.outcome == "settled")
        amount = message.amount if is_in else message.amount.times(-1)
        fate = self.fate_of(order.reference).statement if message.outcome == "settled" else "right"
        if fate == "missing":
            return []
        if fate == "differs":
            amount = (
                amount.times(2) if abs(amount.minor) < 100 else Money(amount.minor - 100, amount.currency)
            )
        copies = 2 if fate == "double" else 1
        return [
            BankLine(written + copy + 1, order.reference, amount, f"sandbox {message.event_id}")
            for copy in range(copies)
        ]
