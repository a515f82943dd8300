"""Payment rules: what fact earns how much. A plan is a few of them with caps, floors and a retention.

Amounts are whole minor units of the plan's currency. A rule names the facts it pays by an opaque word, `fact`; whoever
uses the engine decides what the words mean.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from triallink.kernel.money import MINOR_DIGITS

# The codes the plan's own parts carry; no rule may take them.
PLAN_FLOOR = "floor"


@dataclass(frozen=True)
class Tier:
    """From this many units on, each costs `price_minor`."""

    above: int
    price_minor: int


@dataclass(frozen=True)
class Step:
    """So many facts in time earn this amount; a malus is negative."""

    at_least: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class FixedRule:
    """An amount paid once, at the first fact."""

    code: str
    fact: str
    amount_minor: int
    kind: str = "fixed"

    def __post_init__(self) -> None:
        _not_negative(self.code, "amount_minor", self.amount_minor)


@dataclass(frozen=True, kw_only=True)
class UnitRule:
    """A price per unit: a visit, a subject, an hour, as the facts count.

    tiers      dearer or cheaper units beyond a number of them, ascending; the price holds below the first.
    cap_minor  the most the rule pays.
    floor_minor  the least it pays once the contract closes.
    """

    code: str
    fact: str
    price_minor: int
    tiers: tuple[Tier, ...] = ()
    cap_minor: int | None = None
    floor_minor: int = 0
    kind: str = "unit"

    def __post_init__(self) -> None:
        _not_negative(self.code, "price_minor", self.price_minor)
        _not_negative(self.code, "floor_minor", self.floor_minor)
        _cap_above_floor(self.code, self.cap_minor, self.floor_minor)
        starts = [tier.above for tier in self.tiers]
        if starts != sorted(set(starts)) or any(start <= 0 for start in starts):
            raise ValueError(f"rule {self.code!r}: tiers begin at ascending numbers above 0, not {starts!r}")
        for tier in self.tiers:
            _not_negative(self.code, "price_minor", tier.price_minor)


@dataclass(frozen=True, kw_only=True)
class TargetRule:
    """Bonus and malus for a number of facts by a day, such as subjects randomized: the highest step reached pays.

    by             the last day that counts; the rule is decided after it, or when the contract closes.
    steps          ascending; empty steps pay nothing.
    missed_minor   what not even the first step costs: zero or negative.
    """

    code: str
    fact: str
    by: dt.date
    steps: tuple[Step, ...]
    missed_minor: int = 0
    kind: str = "target"

    def __post_init__(self) -> None:
        counts = [step.at_least for step in self.steps]
        if not counts or counts != sorted(set(counts)) or counts[0] <= 0:
            raise ValueError(f"rule {self.code!r}: steps ask for ascending numbers above 0, not {counts!r}")
        if self.missed_minor > 0:
            raise ValueError(
                f"rule {self.code!r}: a missed target costs 0 or less, not {self.missed_minor!r}"
            )


@dataclass(frozen=True, kw_only=True)
class QualityRule:
    """A share of what other rules pay, by how many facts were right at the first submission; decided at the close.

    base           codes of the rules whose pay it is a share of.
    good_percent   from this share of first-time-right on, `bonus_percent` is added.
    poor_percent   below this share, `malus_percent` is taken.
    """

    code: str
    fact: str
    base: tuple[str, ...]
    good_percent: int
    bonus_percent: int
    poor_percent: int = 0
    malus_percent: int = 0
    kind: str = "quality"

    def __post_init__(self) -> None:
        if not 0 <= self.poor_percent <= self.good_percent <= 100:
            raise ValueError(
                f"rule {self.code!r}: 0 <= poor <= good <= 100 percent, "
                f"not {self.poor_percent!r} and {self.good_percent!r}"
            )
        for name in ("bonus_percent", "malus_percent"):
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(f"rule {self.code!r}: {name} is from 0 to 100, not {getattr(self, name)!r}")


Rule = FixedRule | UnitRule | TargetRule | QualityRule
KINDS: dict[str, type[Rule]] = {
    "fixed": FixedRule,
    "unit": UnitRule,
    "target": TargetRule,
    "quality": QualityRule,
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The rules of one contract.

    cap_minor          the most all rules pay together.
    floor_minor        the least they pay together once the contract closes; a supplier never owes in the end.
    retention_percent  kept back of every amount until the close.
    """

    currency: str
    rules: tuple[Rule, ...] = ()
    cap_minor: int | None = None
    floor_minor: int = 0
    retention_percent: int = 0

    def __post_init__(self) -> None:
        if self.currency not in MINOR_DIGITS:
            raise ValueError(f"unknown currency {self.currency!r}")
        codes = [rule.code for rule in self.rules]
        if len(set(codes)) != len(codes) or PLAN_FLOOR in codes or "" in codes:
            raise ValueError(f"each rule has a code of its own, other than {PLAN_FLOOR!r}; not {codes!r}")
        _not_negative("plan", "floor_minor", self.floor_minor)
        _cap_above_floor("plan", self.cap_minor, self.floor_minor)
        if not 0 <= self.retention_percent <= 50:
            raise ValueError(f"retention is from 0 to 50 percent, not {self.retention_percent!r}")
        for rule in self.rules:
            if isinstance(rule, QualityRule):
                _base_is_known(rule, self.rules)

    def rule(self, code: str) -> Rule | None:
        """Return the rule of a code, or None."""
        return next((rule for rule in self.rules if rule.code == code), None)


def highest(plan: Plan) -> int | None:
    """Return the most a plan can ever pay, in minor units; None if nothing limits it."""
    tops = {rule.code: _top(rule) for rule in plan.rules if not isinstance(rule, QualityRule)}
    for rule in plan.rules:
        if isinstance(rule, QualityRule):
            bases = [tops[code] for code in rule.base]
            tops[rule.code] = (
                None
                if None in bases
                # Rounded up: what must never be exceeded may not be rounded down.
                else -(-sum(b for b in bases if b is not None) * rule.bonus_percent // 100)
            )
    if None in tops.values():
        return plan.cap_minor
    together = sum(top for top in tops.values() if top is not None)
    capped = together if plan.cap_minor is None else min(together, plan.cap_minor)
    return max(capped, plan.floor_minor)


def plan_as_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON-ready values; `plan_of` restores it."""
    data = asdict(plan)
    for rule in data["rules"]:
        if rule["kind"] == "target":
            rule["by"] = rule["by"].isoformat()
    data["rules"] = [{**rule, **_lists(rule)} for rule in data["rules"]]
    return data


def plan_of(data: Mapping[str, Any]) -> Plan:
    """Return the plan that `plan_as_data` described.

    Raises ValueError if a value is out of range or a kind is unknown.
    """
    return Plan(**{**data, "rules": tuple(_rule_of(rule) for rule in data.get("rules", ()))})


def _rule_of(data: Mapping[str, Any]) -> Rule:
    values = dict(data)
    kind = values.get("kind", "")
    if kind not in KINDS:
        raise ValueError(f"unknown kind of rule {kind!r}")
    if "tiers" in values:
        values["tiers"] = tuple(Tier(**tier) for tier in values["tiers"])
    if "steps" in values:
        values["steps"] = tuple(Step(**step) for step in values["steps"])
    if "base" in values:
        values["base"] = tuple(values["base"])
    if kind == "target":
        values["by"] = dt.date.fromisoformat(values["by"])
    return KINDS[kind](**values)


def _lists(rule: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: list(value) for name, value in rule.items() if isinstance(value, tuple)}


def _top(rule: FixedRule | UnitRule | TargetRule) -> int | None:
    if isinstance(rule, FixedRule):
        return rule.amount_minor
    if isinstance(rule, UnitRule):
        return rule.cap_minor
    return max(0, *(step.amount_minor for step in rule.steps))


def _base_is_known(rule: QualityRule, rules: tuple[Rule, ...]) -> None:
    known = {other.code for other in rules if not isinstance(other, QualityRule)}
    if not rule.base or not set(rule.base) <= known:
        raise ValueError(f"rule {rule.code!r} is a share of other rules, not of {rule.base!r}")


def _not_negative(code: str, name: str, value: int) -> None:
    if value < 0:
        raise ValueError(f"rule {code!r}: {name} is not negative, as {value!r} is")


def _cap_above_floor(code: str, cap_minor: int | None, floor_minor: int) -> None:
    if cap_minor is not None and cap_minor < floor_minor:
        raise ValueError(f"rule {code!r}: the cap {cap_minor!r} is below the floor {floor_minor!r}")
