"""What every randomization design is: frozen, self-validating, serializable, and a law of the next arm.

A design answers one question, `outcomes(state, subject)`: what can happen next, with which integer weights.
Everything else (allocation, proof, exact properties, batch simulation) is derived from that one answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from .exact import Number, exact


@dataclass(frozen=True, slots=True)
class Subject:
    """The person to be allocated: an identifier, levels of factors, and numeric covariates."""

    id: str = ""
    factors: Mapping[str, str] = field(default_factory=dict)
    covariates: Mapping[str, Number] = field(default_factory=dict)

    @staticmethod
    def of(value: Subject | Mapping[str, str] | str | None) -> Subject:
        """Return a subject from a subject, a mapping of factor levels, an identifier, or nothing."""
        if isinstance(value, Subject):
            return value
        if value is None or isinstance(value, str):
            return Subject(id=value or "")
        return Subject(factors=dict(value))

    def level(self, factor: str) -> str:
        """Return the subject's level of a factor; ValueError names what is missing."""
        try:
            return self.factors[factor]
        except KeyError:
            raise ValueError(f"subject {self.id!r} has no level of factor {factor!r}") from None


class State:
    """Where a design stands. Every state knows how many subjects each arm has: `counts`."""

    __slots__ = ()
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counts(State):
    """The state of a design that needs only the number of subjects on each arm."""

    counts: tuple[int, ...]


class Outcome(NamedTuple):
    """One thing that can happen next: an arm, its integer weight, and the state it leads to."""

    weight: int
    arm: int
    state: State


@dataclass(frozen=True, slots=True)
class Factor:
    """A stratification or minimization factor.

    levels  the permitted levels; empty means that any level is accepted (new sites join during a trial).
    weight  its weight in minimization, >= 0.
    """

    name: str
    levels: tuple[str, ...] = ()
    weight: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))
        object.__setattr__(self, "weight", exact(self.weight))
        if not self.name:
            raise ValueError(f"a factor needs a name, not {self.name!r}")
        if len(set(self.levels)) != len(self.levels):
            raise ValueError(f"factor {self.name!r} repeats a level: {self.levels!r}")
        if self.weight < 0:
            raise ValueError(f"factor {self.name!r} has a negative weight: {self.weight}")

    def level_of(self, subject: Subject) -> str:
        """Return the subject's level; ValueError if it is missing or not one of the permitted levels."""
        level = subject.level(self.name)
        if self.levels and level not in self.levels:
            raise ValueError(f"factor {self.name!r} has no level {level!r}, only {self.levels!r}")
        return level


def as_factors(value: Any) -> tuple[Factor, ...]:
    """Return factors from factors, their names, their JSON form, or a mapping of names to levels.

    Raises ValueError if an item is none of these.
    """
    if isinstance(value, Mapping):
        value = [Factor(name, tuple(levels)) for name, levels in value.items()]
    factors = []
    for item in value:
        if isinstance(item, str):
            item = Factor(item)
        elif isinstance(item, Mapping):
            item = Factor(**item)
        if not isinstance(item, Factor):
            raise ValueError(f"not a factor: {item!r}")
        factors.append(item)
    names = [factor.name for factor in factors]
    if len(set(names)) != len(names):
        raise ValueError(f"a factor is named twice: {names!r}")
    return tuple(factors)


@dataclass(frozen=True, kw_only=True)
class Design:
    """A randomization procedure with its arms and allocation ratio.

    arms    at least two different names.
    ratio   one non-negative integer per arm, equal when left out. An arm of ratio zero is closed: it keeps its
            place and is never allocated.
    """

    procedure: ClassVar[str]
    version: ClassVar[int] = 1
    looks_at: ClassVar[str] = "counts"
    """What an allocation depends on: "counts" (earlier allocations), "subject" (its factors), or "responses"."""
    unbounded: ClassVar[bool] = False
    """True when one allocation can lead to any number of states, however rarely."""

    arms: tuple[str, ...]
    ratio: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        arms = tuple(self.arms)
        ratio = tuple(self.ratio) or (1,) * len(arms)
        if len(arms) < 2 or len(set(arms)) != len(arms) or not all(isinstance(a, str) and a for a in arms):
            raise ValueError(f"arms must be at least two different names: {arms!r}")
        if len(ratio) != len(arms):
            raise ValueError(f"ratio {ratio!r} needs one number for each of the arms {arms!r}")
        if any(isinstance(share, bool) or not isinstance(share, int) or share < 0 for share in ratio):
            raise ValueError(f"ratio must be non-negative integers: {ratio!r}")
        if not any(ratio):
            raise ValueError(f"ratio leaves no arm open: {ratio!r}")
        self._set("arms", arms)
        self._set("ratio", ratio)
        self._set("open_arms", tuple(k for k, share in enumerate(ratio) if share))
        self._set("open_ratio", tuple(share for share in ratio if share))
        self._validate()

    # Derived by __post_init__; not fields, so they take part in neither equality nor JSON.
    open_arms: ClassVar[tuple[int, ...]]
    open_ratio: ClassVar[tuple[int, ...]]

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _validate(self) -> None:
        """Normalize and check the parameters; ValueError shows the offending value."""

    def start(self) -> State:
        """Return the state before the first allocation."""
        raise NotImplementedError

    def outcomes(self, state: State, subject: Subject) -> Sequence[Outcome]:
        """Return everything that can happen next, with integer weights; weights are never negative."""
        raise NotImplementedError

    def memory(self, state: State) -> Hashable:
        """Return what of the state decides the law of all future allocations."""
        return state  # type: ignore[return-value]  # every state is a frozen dataclass

    def place(self, state: State, subject: Subject) -> tuple[str, int]:
        """Return the stratum and position of the draw that the next subject takes from a stream."""
        return "", sum(state.counts) + 1

    def mechanism(self) -> Design:
        """Return the design whose chain of states is smallest with the same law of allocations."""
        return self

    def given(self, state: State, arm: str, subject: Subject | None = None) -> State:
        """Return the state after a subject received an arm, however that came about (`state_after` for a history).

        ValueError if the arm is unknown, or if arms alone do not tell the state (blocks of random size, some urns).
        """
        self._place_of(arm)
        after = [o.state for o in self.outcomes(state, Subject.of(subject)) if self.arms[o.arm] == arm]
        if len(after) != 1:
            reason = (
                "never gives it here"
                if not after
                else "keeps more than the arms given, which the arm does not tell"
            )
            raise ValueError(f"arm {arm!r} leads to no single state: {self.procedure} {reason}")
        return after[0]

    def _place_of(self, arm: str) -> int:
        if arm not in self.arms:
            raise ValueError(f"unknown arm {arm!r}, not one of {self.arms!r}")
        return self.arms.index(arm)

    def observe(self, state: State, arm: str, success: bool, subject: Subject | None = None) -> State:
        """Return the state after a subject's response is known; only response-adaptive designs use it."""
        raise ValueError(f"{self.procedure} does not adapt to responses (arm {arm!r})")

    def as_dict(self) -> dict[str, Any]:
        """Return the design as plain values, with its procedure and the version of its meaning."""
        plain = {item.name: _plain(getattr(self, item.name)) for item in fields(self)}
        return {"procedure": self.procedure, "version": self.version, **plain}

    def to_json(self) -> str:
        """Return the canonical JSON text: sorted keys, no spaces, fractions as "2/3"."""
        return json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the canonical JSON: equal designs agree on it on every machine and in every run."""
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()


def factors_of(design: Design) -> tuple[Factor, ...]:
    """Return all factors a design needs of a subject: its own, then those only designs inside it name.

    design   any design.
    Returns  factors in the order in which simulations take their levels.
    Raises   nothing.
    Source   own definition.
    """
    own: tuple[Factor, ...] = getattr(design, "factors", ())
    inner = getattr(design, "design", None)
    names = {factor.name for factor in own}
    return (*own, *(f for f in (factors_of(inner) if inner is not None else ()) if f.name not in names))


def covariates_of(design: Design) -> tuple[str, ...]:
    """Return the names of all numeric covariates a design needs of a subject, those of designs inside it included.

    design   any design.
    Returns  names in the order in which simulations take their values.
    Raises   nothing.
    Source   own definition.
    """
    own: tuple[str, ...] = getattr(design, "covariates", ())
    inner = getattr(design, "design", None)
    return tuple(dict.fromkeys((*own, *(covariates_of(inner) if inner is not None else ()))))


def adapts(design: Design) -> bool:
    """Return whether a design, or one inside it, looks at responses.

    design   any design.
    Returns  True if it does.
    Raises   nothing.
    Source   own definition.
    """
    inner = getattr(design, "design", None)
    return design.looks_at == "responses" or (inner is not None and adapts(inner))


def _plain(value: Any) -> Any:
    if isinstance(value, Design):
        return value.as_dict()
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return value


@dataclass(frozen=True, kw_only=True)
class CountDesign(Design):
    """A design whose next allocation depends on the numbers of subjects per arm alone."""

    by_deviation: ClassVar[bool] = False
    """True when only the deviations from the target, not the counts themselves, decide."""

    def start(self) -> Counts:
        return Counts((0,) * len(self.arms))

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        """Return the integer weight of every open arm.

        counts   subjects so far on each open arm.
        Returns  integers >= 0, not all zero.
        """
        raise NotImplementedError

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        counts = state.counts
        open_arms = self.open_arms
        if len(open_arms) == len(counts):
            weights = self.weights(counts)
        else:
            weights = self.weights(tuple(counts[k] for k in open_arms))
        return [
            Outcome(weight, arm, Counts((*counts[:arm], counts[arm] + 1, *counts[arm + 1 :])))
            for weight, arm in zip(weights, open_arms, strict=True)
            if weight
        ]

    def given(self, state: State, arm: str, subject: Subject | None = None) -> Counts:
        place = self._place_of(arm)
        return Counts(tuple(count + (k == place) for k, count in enumerate(state.counts)))

    def memory(self, state: State) -> Hashable:
        return self.deviation(state.counts) if self.by_deviation else state.counts

    def deviation(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        """Return total * count - n * share for every arm: zero when the ratio is met exactly."""
        return deviation(counts, self.ratio)


def deviation(counts: Sequence[int], ratio: Sequence[int]) -> tuple[int, ...]:
    """Return total * count - n * share for every arm, an integer measure of departure from the ratio."""
    total, n = sum(ratio), sum(counts)
    return tuple(total * count - n * share for count, share in zip(counts, ratio, strict=True))


def positive_int(name: str, value: object, least: int = 1) -> int:
    """Return value if it is an integer of at least `least`; ValueError shows it otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer >= {least}, not {value!r}")
    return value


def fraction_in(
    name: str,
    value: Number,
    low: Number,
    high: Number | None = None,
    *,
    above: bool = False,
    below: bool = False,
) -> Fraction:
    """Return value exactly if it lies in [low, high], else raise ValueError; `above`, `below` exclude the ends."""
    number = exact(value)
    start = exact(low)
    ok = number > start if above else number >= start
    if high is not None:
        end = exact(high)
        ok = ok and (number < end if below else number <= end)
    if not ok:
        left, right = "(" if above else "[", ")" if below or high is None else "]"
        raise ValueError(
            f"{name} must lie in {left}{low}, {'∞' if high is None else high}{right}, not {value!r}"
        )
    return number
