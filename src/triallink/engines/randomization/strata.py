"""Designs made of designs: one per stratum, caps, and ratios preserved by splitting arms."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from math import gcd
from typing import Any, ClassVar

from .blocks import CompleteRandomization, PermutedBlocks, RandomAllocationRule
from .design import (
    CountDesign,
    Counts,
    Design,
    Factor,
    Outcome,
    State,
    Subject,
    adapts,
    as_factors,
    factors_of,
    positive_int,
)
from .tallies import stratum
from .urns import WeiUrn


@dataclass(frozen=True, slots=True)
class Strata(State):
    """The state of every stratum met so far, in alphabetical order, and the counts over all."""

    counts: tuple[int, ...]
    strata: tuple[tuple[str, State], ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Wrapper(Design):
    """A design around another; arms and ratio are those of the inner design unless stated."""

    arms: tuple[str, ...] = ()
    ratio: tuple[int, ...] = ()
    design: Design

    def __post_init__(self) -> None:
        if not isinstance(self.design, Design):
            raise ValueError(f"not a design: {self.design!r}")
        for name in ("arms", "ratio"):
            own, inner = tuple(getattr(self, name)), getattr(self.design, name)
            if own and own != inner:
                raise ValueError(f"{name} {own!r} differ from the inner design's {inner!r}")
            self._set(name, inner)
        super().__post_init__()


@dataclass(frozen=True, kw_only=True)
class Stratified(_Wrapper):
    """The same procedure run separately in every stratum.

    design    any design of this package.
    factors   whose combinations are the strata; include Factor("site") to stratify by site.
    """

    procedure: ClassVar[str] = "stratified"
    looks_at: ClassVar[str] = "subject"
    factors: tuple[Factor, ...]

    def _validate(self) -> None:
        self._set("factors", as_factors(self.factors))
        if not self.factors:
            raise ValueError("stratified needs at least one factor")

    def start(self) -> Strata:
        return Strata((0,) * len(self.arms))

    def stratum(self, subject: Subject | Any) -> str:
        """Return the subject's stratum, the name under which its stream of draws runs."""
        return stratum(self.factors, Subject.of(subject))

    def inner(self, state: State, subject: Subject | Any) -> State:
        """Return the state of the subject's stratum."""
        assert isinstance(state, Strata)
        group = self.stratum(subject)
        return next((inner for name, inner in state.strata if name == group), self.design.start())

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Strata)
        group = self.stratum(subject)
        return [
            Outcome(weight, arm, self._with(state, group, after, arm))
            for weight, arm, after in self.design.outcomes(self.inner(state, subject), subject)
        ]

    def _with(self, state: Strata, group: str, inner: State, arm: int | None) -> Strata:
        counts = state.counts
        if arm is not None:
            counts = (*counts[:arm], counts[arm] + 1, *counts[arm + 1 :])
        strata = dict(state.strata)
        strata[group] = inner
        return Strata(counts, tuple(sorted(strata.items(), key=lambda item: item[0])))

    def given(self, state: State, arm: str, subject: Subject | None = None) -> Strata:
        after = self.design.given(self.inner(state, subject), arm, subject)
        assert isinstance(state, Strata)
        return self._with(state, self.stratum(subject), after, self._place_of(arm))

    def observe(self, state: State, arm: str, success: bool, subject: Subject | None = None) -> Strata:
        assert isinstance(state, Strata)
        after = self.design.observe(self.inner(state, subject), arm, success)
        return self._with(state, self.stratum(subject), after, None)

    def place(self, state: State, subject: Subject) -> tuple[str, int]:
        return self.stratum(subject), sum(self.inner(state, subject).counts) + 1

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, Strata)
        return tuple((name, self.design.memory(inner)) for name, inner in state.strata)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` subjects: of one arm or of all, overall or within every combination of factor levels.

    Cap(100) stops the study at 100; Cap(20, factors=("site",)) stops each site at 20; Cap(5, arm="A",
    factors=("site", "sex")) lets at most 5 subjects of each sex on arm A at a site.
    """

    limit: int
    arm: str | None = None
    factors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        positive_int("a cap's limit", self.limit, 0)
        object.__setattr__(self, "factors", tuple(self.factors))

    def group(self, subject: Subject) -> str:
        """Return the combination of levels the subject is counted in."""
        return ";".join(f"{name}={subject.level(name)}" for name in self.factors)


@dataclass(frozen=True, slots=True)
class CappedState(State):
    """The inner state, and how many subjects every cap has counted in each of its groups."""

    inner: State
    used: tuple[tuple[int, str, int], ...] = ()

    @property
    def counts(self) -> tuple[int, ...]:  # type: ignore[override]  # the inner design keeps them
        return self.inner.counts


@dataclass(frozen=True, kw_only=True)
class Capped(_Wrapper):
    """A design that closes arms for subjects whose cap is reached; the others keep their relative weights.

    design   any design of this package.
    caps     Cap values; a subject for whom no arm is left is refused with ValueError.
    """

    procedure: ClassVar[str] = "capped"
    caps: tuple[Cap, ...]

    def _validate(self) -> None:
        caps = tuple(cap if isinstance(cap, Cap) else Cap(**cap) for cap in self.caps)
        for cap in caps:
            if cap.arm is not None and cap.arm not in self.arms:
                raise ValueError(f"a cap names the unknown arm {cap.arm!r}, not one of {self.arms!r}")
        self._set("caps", caps)
        by_factor = any(cap.factors for cap in caps)
        self._set("looks_at", "subject" if by_factor else self.design.looks_at)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The factors of the design inside, then those only the caps name, which accept any level."""
        inner = factors_of(self.design)
        known = {factor.name for factor in inner}
        named = dict.fromkeys(name for cap in self.caps for name in cap.factors if name not in known)
        return (*inner, *(Factor(name) for name in named))

    def start(self) -> CappedState:
        return CappedState(self.design.start())

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, CappedState)
        used = {(number, group): n for number, group, n in state.used}
        groups = [cap.group(subject) for cap in self.caps]
        kept = []
        for weight, arm, inner in self.design.outcomes(state.inner, subject):
            touched = [
                (number, group)
                for number, (cap, group) in enumerate(zip(self.caps, groups, strict=True))
                if cap.arm is None or cap.arm == self.arms[arm]
            ]
            if any(used.get(key, 0) >= self.caps[key[0]].limit for key in touched):
                continue
            after = used | {key: used.get(key, 0) + 1 for key in touched}
            lines = tuple(sorted((number, group, n) for (number, group), n in after.items()))
            kept.append(Outcome(weight, arm, CappedState(inner, lines)))
        if not kept:
            raise ValueError(f"no arm is left for subject {subject.id!r}: caps reached in {groups!r}")
        return kept

    def observe(self, state: State, arm: str, success: bool, subject: Subject | None = None) -> CappedState:
        assert isinstance(state, CappedState)
        return CappedState(self.design.observe(state.inner, arm, success, subject), state.used)

    def place(self, state: State, subject: Subject) -> tuple[str, int]:
        assert isinstance(state, CappedState)
        return self.design.place(state.inner, subject)

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, CappedState)
        return self.design.memory(state.inner), state.used


@dataclass(frozen=True, slots=True)
class SplitState(State):
    """Counts of the arms, and the state of the design over the equal parts they are split into."""

    counts: tuple[int, ...]
    inner: State


@dataclass(frozen=True, kw_only=True)
class RatioPreserving(Design):
    """An unequal ratio kept at every single step: arms are split into equal parts, which are allocated equally.

    design   over as many equally weighted arms as the reduced ratio has units, see `ratio_preserving`.
    """

    procedure: ClassVar[str] = "ratio-preserving"
    design: Design

    def _validate(self) -> None:
        if not isinstance(self.design, Design):
            raise ValueError(f"not a design: {self.design!r}")
        parts = parts_of(self.ratio)
        if adapts(self.design):
            raise ValueError(
                f"{self.design.procedure} lets responses decide: no ratio, not even {self.ratio!r}, is kept at every step"
            )
        if len(self.design.arms) != len(parts) or len(set(self.design.ratio)) != 1:
            raise ValueError(
                f"ratio {self.ratio!r} needs {len(parts)} equal parts, not {self.design.arms!r} in {self.design.ratio!r}"
            )
        self._set("parts", parts)
        self._set("looks_at", self.design.looks_at)

    parts: ClassVar[tuple[int, ...]]

    def start(self) -> SplitState:
        return SplitState((0,) * len(self.arms), self.design.start())

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, SplitState)
        counts = state.counts
        found = []
        for weight, part, inner in self.design.outcomes(state.inner, subject):
            arm = self.parts[part]
            after = SplitState((*counts[:arm], counts[arm] + 1, *counts[arm + 1 :]), inner)
            found.append(Outcome(weight, arm, after))
        return found

    def place(self, state: State, subject: Subject) -> tuple[str, int]:
        assert isinstance(state, SplitState)
        return self.design.place(state.inner, subject)

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, SplitState)
        return self.design.memory(state.inner)

    def mechanism(self) -> Design:
        inner = self.design.mechanism()
        divisor = gcd(*self.ratio)
        ratio = tuple(share // divisor for share in self.ratio)
        if isinstance(inner, CompleteRandomization | RandomAllocationRule | PermutedBlocks):
            # These keep any ratio by themselves, with the very law of their parts.
            return replace(inner, arms=self.arms, ratio=ratio)
        if isinstance(inner, WeiUrn):
            return _PooledUrn(arms=self.arms, ratio=ratio, urn=inner)
        kind = _AlikeParts if isinstance(inner, CountDesign) else RatioPreserving
        return kind(arms=self.arms, ratio=self.ratio, design=inner)


@dataclass(frozen=True, kw_only=True)
class _AlikeParts(RatioPreserving):
    """The same law of arms from fewer states: which part of an arm has how many subjects decides nothing."""

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, SplitState)
        owned = zip(self.parts, state.inner.counts, strict=True)
        return self.design.memory(Counts(tuple(count for _, count in sorted(owned))))

    def mechanism(self) -> Design:
        return self


@dataclass(frozen=True, kw_only=True)
class _PooledUrn(CountDesign):
    """Wei's urn over equal parts, seen from the arms: the balls of an arm depend on the sum of its parts' counts."""

    procedure: ClassVar[str] = "ratio-preserving"
    urn: WeiUrn

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        n, urn = sum(counts), self.urn
        balls = tuple(
            parts * (urn.initial + urn.other * n) - (urn.other - urn.own) * count
            for parts, count in zip(self.open_ratio, counts, strict=True)
        )
        return balls if any(balls) else self.open_ratio


def parts_of(ratio: tuple[int, ...]) -> tuple[int, ...]:
    """Return the arm of every equal part: (2, 1) gives (0, 0, 1); common divisors are removed first."""
    divisor = gcd(*ratio)
    return tuple(arm for arm, share in enumerate(ratio) for _ in range(share // divisor))


def ratio_preserving(
    procedure: type[Design], *, arms: tuple[str, ...], ratio: tuple[int, ...], **parameters: Any
) -> Design:
    """Return the procedure for an unequal ratio such that every allocation has exactly that ratio beforehand.

    procedure   a design class that is defined for any number of arms in equal ratio and treats them alike.
    arms        names of the arms.
    ratio       integers >= 0, one per arm.
    parameters  the procedure's own parameters.
    Returns     the plain design if the ratio is equal, otherwise a RatioPreserving design.
    Raises      ValueError if the procedure is not defined for that many arms.
    Source      Kuznetsova & Tymofyeyev 2012, Stat Med 31:701: equal parts are exchangeable, so each has probability
                1 / parts at every step; checked exactly by `ratio_preservation`.
    """
    if len(set(ratio)) == 1:
        return procedure(arms=arms, ratio=ratio, **parameters)
    owners = parts_of(tuple(ratio))
    seen: dict[int, int] = {}
    names = []
    for owner in owners:
        seen[owner] = seen.get(owner, 0) + 1
        names.append(f"{arms[owner]}.{seen[owner]}")
    return RatioPreserving(arms=arms, ratio=ratio, design=procedure(arms=tuple(names), **parameters))
