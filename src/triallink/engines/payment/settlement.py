"""The interpreter: what a plan owes for the facts there are, part by part, and what is new since the last time.

The total is a function of the set of facts, whatever the order they came in. Parts already paid keep their amounts
where they can: they are served first, so that a fact that comes late moves nobody's payment.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from triallink.engines.payment.rules import (
    PLAN_FLOOR,
    FixedRule,
    Plan,
    QualityRule,
    TargetRule,
    UnitRule,
)
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_

ONCE = "once"


@dataclass(frozen=True, order=True)
class Occurrence:
    """One fact: what it is, which one, when it became true, and how much it counts.

    is_first_time  whether the work was right at its first submission; None where nobody submits.
    """

    on: dt.date
    key: str
    fact: str
    quantity: Decimal = Decimal(1)
    is_first_time: bool | None = None


@dataclass(frozen=True)
class Paid:
    """A part owed before: the sum of its rows, reversals included. The order is that of their making."""

    rule: str
    key: str
    amount_minor: int


@dataclass(frozen=True)
class Part:
    """What one rule owes for one fact, with its reason: a marked template and its values.

    retained_minor  of the amount, kept back until the close.
    """

    rule: str
    key: str
    amount_minor: int
    template: str
    params: dict[str, Any] = field(default_factory=dict)
    on: dt.date | None = None
    retained_minor: int = 0


@dataclass(frozen=True)
class Settlement:
    """What is owed in all, and what is new.

    parts   one per rule and fact; they add up to `total_minor`.
    new     parts that were never paid, and corrections (key "KEY~N") of those whose amount has changed.
    """

    parts: tuple[Part, ...]
    new: tuple[Part, ...]

    @property
    def total_minor(self) -> int:
        """Return what is owed in all, retention included."""
        return sum(part.amount_minor for part in self.parts)

    @property
    def retained_minor(self) -> int:
        """Return what of it is kept back until the close."""
        return sum(part.retained_minor for part in self.parts)


def settle(
    plan: Plan,
    occurrences: Iterable[Occurrence],
    *,
    as_of: dt.date,
    is_closing: bool = False,
    paid: Sequence[Paid] = (),
) -> Settlement:
    """Return what a plan owes for these facts on a day.

    occurrences  any order; the same fact and key twice counts once.
    as_of        targets whose day has passed are decided.
    is_closing   the contract ends: targets, quality and floors are decided now.
    paid         what was owed before, oldest first; its rows stay, and the new parts make up the difference.
    Returns      parts in minor units of the plan's currency.
    Raises       ValueError if a quantity is not positive.
    Source       the rules' own definitions (rules.py); the invariants are checked in tests/engines/payment.
    """
    order = {(one.rule, one.key): position for position, one in enumerate(reversed(paid))}
    order = {one: -position for one, position in order.items()}
    by_fact = _by_fact(occurrences)
    parts: list[Part] = []
    for rule in plan.rules:
        served = _served_first(by_fact[rule.fact], rule.code, order)
        if isinstance(rule, FixedRule):
            parts += _fixed(plan, rule, served)
        elif isinstance(rule, UnitRule):
            parts += _units(plan, rule, served, is_closing)
        elif isinstance(rule, TargetRule):
            parts += _target(plan, rule, served, as_of, is_closing)
    base = _totals(parts)
    for rule in plan.rules:
        if isinstance(rule, QualityRule) and is_closing:
            parts += _quality(plan, rule, by_fact[rule.fact], sum(base[code] for code in rule.base))
    parts = _capped(plan, sorted(parts, key=lambda part: _place(part, order)))
    if is_closing:
        parts += _floor(plan, parts)
    kept = tuple(replace(part, retained_minor=_retained(plan, part.amount_minor)) for part in parts)
    return Settlement(kept, tuple(_new(plan, kept, paid)))


def _by_fact(occurrences: Iterable[Occurrence]) -> dict[str, list[Occurrence]]:
    found: dict[str, dict[str, Occurrence]] = defaultdict(dict)
    for one in occurrences:
        if one.quantity <= 0:
            raise ValueError(f"a fact counts more than nothing, not {one.quantity!r} ({one.key!r})")
        found[one.fact][one.key] = one
    rows = defaultdict(list, {fact: sorted(by_key.values()) for fact, by_key in found.items()})
    return rows


def _served_first(rows: list[Occurrence], rule: str, order: dict[tuple[str, str], int]) -> list[Occurrence]:
    known = [row for row in rows if (rule, row.key) in order]
    fresh = [row for row in rows if (rule, row.key) not in order]
    return sorted(known, key=lambda row: order[rule, row.key]) + fresh


def _place(part: Part, order: dict[tuple[str, str], int]) -> tuple[bool, int, dt.date, str, str]:
    paid_at = order.get((part.rule, part.key))
    return (paid_at is None, paid_at or 0, part.on or dt.date.max, part.rule, part.key)


def _fixed(plan: Plan, rule: FixedRule, served: list[Occurrence]) -> Iterator[Part]:
    for one in served[:1]:
        template = N_("Agreed amount: %(amount)s.")
        yield _part(plan, rule.code, one.key, rule.amount_minor, template, on=one.on)


def _units(plan: Plan, rule: UnitRule, served: list[Occurrence], is_closing: bool) -> Iterator[Part]:
    worth = _cumulative(rule)
    count, before = Decimal(0), 0
    for one in served:
        count += one.quantity
        full = worth(count) - worth(count - one.quantity)
        after = worth(count) if rule.cap_minor is None else min(worth(count), rule.cap_minor)
        amount, before = after - before, after
        if amount < full:
            template = N_("%(amount)s of %(full)s: the cap of %(cap)s is reached.")
            more = {"full": _shown(plan, full), "cap": _shown(plan, rule.cap_minor or 0)}
        elif rule.tiers:
            template = N_("%(quantity)s by the price of its tier, %(count)s in all: %(amount)s.")
            more = {"quantity": _plain(one.quantity), "count": _plain(count)}
        else:
            template = N_("%(quantity)s × %(price)s = %(amount)s.")
            more = {"quantity": _plain(one.quantity), "price": _shown(plan, rule.price_minor)}
        yield _part(plan, rule.code, one.key, amount, template, on=one.on, **more)
    if is_closing and before < rule.floor_minor:
        template = N_("%(amount)s up to the floor of %(floor)s.")
        lacking = rule.floor_minor - before
        yield _part(plan, rule.code, "floor", lacking, template, floor=_shown(plan, rule.floor_minor))


def _cumulative(rule: UnitRule) -> Callable[[Decimal], int]:
    """Return the worth of the first so many units, rounded half to even to the minor unit."""
    bounds = [(Decimal(0), rule.price_minor), *((Decimal(t.above), t.price_minor) for t in rule.tiers)]
    ends = [*(start for start, _ in bounds[1:]), None]

    def worth(count: Decimal) -> int:
        value = Decimal(0)
        for (start, price), end in zip(bounds, ends, strict=True):
            within = count - start if end is None else min(count, end) - start
            value += max(within, Decimal(0)) * price
        return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))

    return worth


def _target(
    plan: Plan, rule: TargetRule, served: list[Occurrence], as_of: dt.date, is_closing: bool
) -> Iterator[Part]:
    if as_of <= rule.by and not is_closing:
        return
    count = sum((one.quantity for one in served if one.on <= rule.by), Decimal(0))
    reached = [step for step in rule.steps if count >= step.at_least]
    words: dict[str, Any] = {"count": _plain(count), "day": rule.by.isoformat()}
    if reached:
        template = N_("%(count)s by %(day)s, at least %(at_least)s: %(amount)s.")
        best = reached[-1]
        yield _part(
            plan, rule.code, ONCE, best.amount_minor, template, on=rule.by, at_least=best.at_least, **words
        )
    elif rule.missed_minor:
        template = N_("%(count)s by %(day)s, fewer than %(at_least)s: %(amount)s.")
        first = rule.steps[0].at_least
        yield _part(plan, rule.code, ONCE, rule.missed_minor, template, on=rule.by, at_least=first, **words)


def _quality(plan: Plan, rule: QualityRule, rows: list[Occurrence], base_minor: int) -> Iterator[Part]:
    judged = [one for one in rows if one.is_first_time is not None]
    if not judged:
        return
    right = sum(1 for one in judged if one.is_first_time)
    # Compared as whole numbers: 90 percent of 10 is 9, never 8.999….
    is_good = right * 100 >= rule.good_percent * len(judged)
    is_poor = right * 100 < rule.poor_percent * len(judged)
    words: dict[str, Any] = {"right": right, "all": len(judged), "base": _shown(plan, base_minor)}
    if is_good and rule.bonus_percent:
        template = N_("%(right)s of %(all)s right at first submission: %(percent)s %% of %(base)s.")
        amount = _share(base_minor, rule.bonus_percent)
        yield _part(plan, rule.code, ONCE, amount, template, percent=rule.bonus_percent, **words)
    elif is_poor and rule.malus_percent:
        template = N_("Only %(right)s of %(all)s right at first submission: %(percent)s %% of %(base)s less.")
        amount = -_share(base_minor, rule.malus_percent)
        yield _part(plan, rule.code, ONCE, amount, template, percent=rule.malus_percent, **words)


def _capped(plan: Plan, parts: list[Part]) -> list[Part]:
    """Cut what is positive so that all parts together stay within the plan's cap."""
    if plan.cap_minor is None:
        return parts
    room = plan.cap_minor - sum(part.amount_minor for part in parts if part.amount_minor < 0)
    kept = []
    for part in parts:
        if part.amount_minor > room:
            template = N_("%(amount)s of %(full)s: the cap of %(cap)s is reached.")
            more = {"full": _shown(plan, part.amount_minor), "cap": _shown(plan, plan.cap_minor)}
            part = _part(plan, part.rule, part.key, room, template, on=part.on, **more)
        room -= max(part.amount_minor, 0)
        kept.append(part)
    return kept


def _floor(plan: Plan, parts: list[Part]) -> Iterator[Part]:
    lacking = plan.floor_minor - sum(part.amount_minor for part in parts)
    if lacking > 0:
        template = N_("%(amount)s up to the floor of %(floor)s.")
        yield _part(plan, PLAN_FLOOR, ONCE, lacking, template, floor=_shown(plan, plan.floor_minor))


def _new(plan: Plan, parts: Sequence[Part], paid: Sequence[Paid]) -> Iterator[Part]:
    before: dict[tuple[str, str], int] = defaultdict(int)
    rows: dict[tuple[str, str], int] = defaultdict(int)
    for one in paid:
        # A correction carries the key of what it corrects, with its number.
        whole = (one.rule, one.key.partition("~")[0])
        before[whole] += one.amount_minor
        rows[whole] += 1
    for part in parts:
        whole = (part.rule, part.key)
        if whole not in rows:
            yield part
        elif before[whole] != part.amount_minor:
            difference = part.amount_minor - before[whole]
            template = N_("Corrected by %(amount)s to %(whole)s.")
            more = {"whole": _shown(plan, part.amount_minor)}
            yield _correction(plan, part.rule, part.key, rows[whole], difference, template, **more)
    standing = {(part.rule, part.key) for part in parts}
    for (rule, key), amount in before.items():
        if (rule, key) not in standing and amount:
            template = N_("The fact does not stand any more: %(amount)s.")
            yield _correction(plan, rule, key, rows[rule, key], -amount, template)


def _correction(
    plan: Plan, rule: str, key: str, number: int, amount: int, template: str, **more: Any
) -> Part:
    part = _part(plan, rule, f"{key}~{number}", amount, template, **more)
    return replace(part, retained_minor=_retained(plan, amount))


def _part(
    plan: Plan, rule: str, key: str, amount: int, template: str, on: dt.date | None = None, **more: Any
) -> Part:
    return Part(rule, key, amount, template, {"amount": _shown(plan, amount), **more}, on)


def _totals(parts: Iterable[Part]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for part in parts:
        found[part.rule] += part.amount_minor
    return found


def _retained(plan: Plan, amount_minor: int) -> int:
    return _share(amount_minor, plan.retention_percent)


def _share(amount_minor: int, percent: int) -> int:
    """Return so many percent of an amount, rounded half to even to the minor unit."""
    value = Decimal(amount_minor) * percent / 100
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def _shown(plan: Plan, minor: int) -> str:
    return f"{plan.currency} {Money(minor, plan.currency).amount:,}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
