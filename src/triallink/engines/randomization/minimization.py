"""Covariate-adaptive procedures that balance arms over factors: Pocock and Simon, Hu and Hu, Shao."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, ClassVar

from .coins import HALF
from .design import Design, Factor, Outcome, State, Subject, as_factors, fraction_in
from .exact import RootSum, integer_weights
from .tallies import Tallies, margin, stratum

MEASURES = ("range", "sd", "variance")


@dataclass(frozen=True, kw_only=True)
class _Balancing(Design):
    """A design that looks at tallies of groups the subject belongs to."""

    looks_at: ClassVar[str] = "subject"

    factors: tuple[Factor, ...]

    def _validate(self) -> None:
        self._set("factors", as_factors(self.factors))
        if not self.factors:
            raise ValueError(f"{self.procedure} needs at least one factor")
        self._validate_balancing()

    def _validate_balancing(self) -> None:
        """Check the procedure's own parameters."""

    def groups(self, subject: Subject) -> list[str]:
        """Return the groups whose tallies this subject will change."""
        return [margin(factor, subject) for factor in self.factors]

    def start(self) -> Tallies:
        return Tallies((0,) * len(self.arms))

    def given(self, state: State, arm: str, subject: Subject | None = None) -> Tallies:
        assert isinstance(state, Tallies)
        return state.add(self._place_of(arm), self.groups(Subject.of(subject)))

    def _open(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(counts[arm] for arm in self.open_arms)

    def _outcomes(self, state: Tallies, subject: Subject, weights: Sequence[int]) -> list[Outcome]:
        groups = self.groups(subject)
        return [
            Outcome(weight, arm, state.add(arm, groups))
            for weight, arm in zip(weights, self.open_arms, strict=True)
            if weight
        ]


@dataclass(frozen=True, kw_only=True)
class Minimization(_Balancing):
    """Pocock and Simon's minimization for any number of arms and any integer ratio.

    factors   with weights; include Factor("site") to balance within sites.
    measure   "range", "sd" or "variance" of count / ratio over the arms, as if the subject were added.
    p         probability of the preferred arm when it is the arm of smallest ratio; the other arms' follow from
              Han, Enas and McEntegart (2009). 1 is deterministic except for ties.
    """

    procedure: ClassVar[str] = "minimization"
    measure: str = "range"
    p: Fraction = Fraction(4, 5)

    def _validate_balancing(self) -> None:
        if self.measure not in MEASURES:
            raise ValueError(f"measure must be one of {MEASURES}, not {self.measure!r}")
        if len(self.open_arms) < 2:
            raise ValueError(f"minimization needs two open arms, not ratio {self.ratio!r}")
        least = Fraction(min(self.open_ratio), sum(self.open_ratio))
        self._set("p", fraction_in("p", self.p, least, 1))

    def scores(self, state: State, subject: Subject | Any) -> tuple[Fraction | RootSum, ...]:
        """Return the weighted imbalance each open arm would cause, exact; the least is preferred."""
        assert isinstance(state, Tallies)
        subject = Subject.of(subject)
        tallies = [(factor.weight, self._open(state.of(margin(factor, subject)))) for factor in self.factors]
        return tuple(
            total_imbalance(
                [(weight, _with_one_more(counts, arm)) for weight, counts in tallies],
                self.open_ratio,
                self.measure,
            )
            for arm in range(len(self.open_arms))
        )

    def preferred(self, state: State, subject: Subject | Any) -> tuple[int, ...]:
        """Return the places (among open arms) of all arms with the least score: the exact tie set."""
        scores: tuple[Any, ...] = self.scores(state, subject)
        best = scores[0]
        for score in scores[1:]:
            if score < best:
                best = score
        return tuple(place for place, score in enumerate(scores) if score == best)

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Tallies)
        weights = biased_coin_weights(self.open_ratio, self.preferred(state, subject), self.p)
        return self._outcomes(state, subject, weights)


def _with_one_more(counts: tuple[int, ...], place: int) -> tuple[int, ...]:
    return (*counts[:place], counts[place] + 1, *counts[place + 1 :])


def total_imbalance(
    tallies: Sequence[tuple[Fraction, Sequence[int]]], ratio: Sequence[int], measure: str
) -> Fraction | RootSum:
    """Return the weighted sum of an imbalance measure over groups, exact.

    tallies  pairs of a weight and the counts per arm of one group (shape (n_arms,), subjects).
    ratio    allocation ratio per arm, integers > 0; counts are divided by it.
    measure  "range" (largest minus smallest), "sd" or "variance" (with divisor n_arms - 1).
    Returns  a Fraction, or a RootSum for "sd"; dimensionless.
    Raises   ValueError for an unknown measure.
    Source   Pocock & Simon 1975, Biometrics 31:103; minirand_imbalance.json (Minirand 0.1.3).
    """
    common = lcm(*ratio)
    whole = [
        (weight, [count * (common // r) for count, r in zip(c, ratio, strict=True)]) for weight, c in tallies
    ]
    if measure == "range":
        spread = sum((weight * (max(levels) - min(levels)) for weight, levels in whole), Fraction(0))
        return Fraction(spread) / common
    arms = len(ratio)
    squares = [
        (
            weight,
            Fraction(
                arms * sum(level * level for level in levels) - sum(levels) ** 2,
                arms * (arms - 1) * common * common,
            ),
        )
        for weight, levels in whole
    ]
    if measure == "variance":
        return sum((weight * square for weight, square in squares), Fraction(0))
    if measure == "sd":
        return RootSum(squares)
    raise ValueError(f"measure must be one of {MEASURES}, not {measure!r}")


def biased_coin_table(ratio: Sequence[int], p: Any) -> tuple[tuple[Fraction, ...], ...]:
    """Return the allocation probabilities of every arm (columns) when one arm (row) is preferred.

    ratio    integers > 0, shape (n_arms,).
    p        probability of the arm of smallest ratio when it is preferred.
    Returns  shape (n_arms, n_arms); H_i = 1 - (R - r_i) / (R - r_min) * (1 - p) on the diagonal and
             L_ij = r_j / (R - r_min) * (1 - p) beside it; every row sums to exactly 1.
    Raises   ValueError if p is not in [r_min / R, 1].
    Source   Han, Enas & McEntegart 2009, Stat Med 28:3329; randi2_han2009 tables.
    """
    total, least = sum(ratio), min(ratio)
    p = fraction_in("p", p, Fraction(least, total), 1)
    rest = (1 - p) / (total - least)
    return tuple(
        tuple(1 - (total - ratio[i]) * rest if i == j else ratio[j] * rest for j in range(len(ratio)))
        for i in range(len(ratio))
    )


def biased_coin_weights(ratio: Sequence[int], preferred: Sequence[int], p: Fraction) -> tuple[int, ...]:
    """Return integer weights when several arms may be equally preferred.

    ratio      integers > 0, shape (n_arms,).
    preferred  places of the tied arms; a tie is broken among them alone, in proportion to their ratio.
    p          as in `biased_coin_table`.
    Returns    integers, shape (n_arms,).
    Raises     ValueError as `biased_coin_table`.
    Source     mixture of the rows of Han's table; when all arms tie it is exactly the ratio.
    """
    table = biased_coin_table(ratio, p)
    return integer_weights(
        [sum((ratio[i] * table[i][j] for i in preferred), Fraction(0)) for j in range(len(ratio))]
    )


@dataclass(frozen=True, kw_only=True)
class HuHu(_Balancing):
    """Hu and Hu's balance of the whole trial, of every factor level and of every stratum at once.

    overall   weight of the overall imbalance, >= 0.
    stratum   weight of the imbalance in the subject's stratum, >= 0.
    factors   each with the weight of its margin; at least one of all weights is positive.
    p         in [1 / number of arms, 1]: probability of the arm that leaves the smallest weighted sum of squared
              deviations from equality; the other arms share the rest equally, as do arms that tie.

    Two arms are Hu and Hu's; more arms, in equal ratio, are Hu, Ye and Zhang's.
    """

    procedure: ClassVar[str] = "hu-hu"
    p: Fraction = Fraction(17, 20)
    overall: Fraction = Fraction(1)
    stratum: Fraction = Fraction(1)

    def _validate_balancing(self) -> None:
        if len(self.open_arms) < 2 or len(set(self.open_ratio)) != 1:
            raise ValueError(
                f"hu-hu is defined for two or more arms in equal ratio, not {self.arms!r} in {self.ratio!r}: for an "
                "unequal one use ratio_preserving"
            )
        self._set("p", fraction_in("p", self.p, Fraction(1, len(self.open_arms)), 1))
        self._set("overall", fraction_in("overall", self.overall, 0))
        self._set("stratum", fraction_in("stratum", self.stratum, 0))
        if not (self.overall or self.stratum or any(factor.weight for factor in self.factors)):
            raise ValueError("hu-hu needs at least one positive weight")

    def groups(self, subject: Subject) -> list[str]:
        margins = [margin(factor, subject) for factor in self.factors]
        return list(dict.fromkeys([*margins, stratum(self.factors, subject)]))

    def scores(self, state: State, subject: Subject | Any) -> tuple[Fraction, ...]:
        """Return the weighted counts of every open arm in the subject's groups; the least is preferred.

        With D the deviation of a count from the mean over arms, one more subject on arm k changes the sum of D**2 by
        2 D_k and a number that is the same for all arms, so the counts themselves compare the sums of squares.
        """
        assert isinstance(state, Tallies)
        subject = Subject.of(subject)
        tallies = [
            (self.overall, state.counts),
            (self.stratum, state.of(stratum(self.factors, subject))),
            *((factor.weight, state.of(margin(factor, subject))) for factor in self.factors),
        ]
        return tuple(
            sum((weight * counts[arm] for weight, counts in tallies), Fraction(0)) for arm in self.open_arms
        )

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Tallies)
        scores = self.scores(state, subject)
        preferred = [place for place, score in enumerate(scores) if score == min(scores)]
        return self._outcomes(state, subject, biased_coin_weights((1,) * len(scores), preferred, self.p))


@dataclass(frozen=True, kw_only=True)
class Shao(_Balancing):
    """Shao, Yu and Zhong's stratified biased coin: Efron's coin within each stratum of all factors.

    p   in [1/2, 1]: probability of the arm with fewer subjects in the subject's stratum.
    """

    procedure: ClassVar[str] = "shao"
    p: Fraction = Fraction(17, 20)

    def _validate_balancing(self) -> None:
        if len(self.open_arms) != 2 or self.open_ratio[0] != self.open_ratio[1]:
            raise ValueError(
                f"shao is defined for two arms in ratio 1:1 only, not {self.arms!r} in {self.ratio!r}: for more arms "
                "hu-hu with the weight of the stratum alone is its extension"
            )
        self._set("p", fraction_in("p", self.p, HALF, 1))

    def groups(self, subject: Subject) -> list[str]:
        return [stratum(self.factors, subject)]

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Tallies)
        counts = self._open(state.of(stratum(self.factors, subject)))
        preferred = [place for place, count in enumerate(counts) if count == min(counts)]
        return self._outcomes(state, subject, biased_coin_weights((1, 1), preferred, self.p))
