"""Urns and related procedures for any number of arms: their weights come from how far each arm is behind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import ClassVar

from .design import CountDesign, fraction_in, positive_int
from .exact import DECIMALS, decimal_of, exponential, grid_weights, integer_weights, power


@dataclass(frozen=True, kw_only=True)
class WeiUrn(CountDesign):
    """Wei's urn: after each draw `own` balls of the drawn arm and `other` balls of every other arm are added.

    initial   balls of every arm at first, >= 0 (0: the first subject gets every arm alike).
    own       balls added for the drawn arm, >= 0.
    other     balls added for every other arm, > own unless both are zero.
    """

    procedure: ClassVar[str] = "wei-urn"
    initial: int = 1
    own: int = 0
    other: int = 1

    def _validate(self) -> None:
        if len(set(self.open_ratio)) != 1:
            raise ValueError(f"wei-urn is defined for equal allocation only, not {self.ratio!r}")
        for name in ("initial", "own", "other"):
            positive_int(name, getattr(self, name), 0)
        if self.initial + self.other == 0:
            raise ValueError(f"an urn without balls: initial {self.initial}, other {self.other}")
        if self.own > self.other:
            raise ValueError(f"own {self.own} above other {self.other} would drive the arms apart")

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        n = sum(counts)
        balls = tuple(self.initial + self.own * count + self.other * (n - count) for count in counts)
        return balls if any(balls) else (1,) * len(counts)


@dataclass(frozen=True, kw_only=True)
class BlockUrn(CountDesign):
    """Zhao and Weng's block urn: a drawn ball stays out until its minimal balanced set is complete.

    balanced_sets   minimal balanced sets in the full urn (lambda), >= 1; for 1:1 the block size is 2 lambda.
    """

    procedure: ClassVar[str] = "block-urn"
    by_deviation: ClassVar[bool] = True
    balanced_sets: int

    def _validate(self) -> None:
        positive_int("balanced_sets", self.balanced_sets)
        self._set("_unit", integer_weights(self.open_ratio))

    _unit: ClassVar[tuple[int, ...]]

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        complete = min(count // share for count, share in zip(counts, self._unit, strict=True))
        sets = self.balanced_sets + complete
        return tuple(share * sets - count for count, share in zip(counts, self._unit, strict=True))


@dataclass(frozen=True, kw_only=True)
class MassWeightedUrn(CountDesign):
    """Zhao's mass-weighted urn: an arm's mass is its deficit plus alpha times its share.

    alpha   > 0; bounds the imbalance, larger is freer.
    """

    procedure: ClassVar[str] = "mass-weighted-urn"
    by_deviation: ClassVar[bool] = True
    alpha: Fraction

    def _validate(self) -> None:
        self._set("alpha", fraction_in("alpha", self.alpha, 0, above=True))

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        n, total = sum(counts), sum(self.open_ratio)
        over, under = self.alpha.numerator, self.alpha.denominator
        return tuple(
            max(0, over * share + under * (n * share - total * count))
            for count, share in zip(counts, self.open_ratio, strict=True)
        )


@dataclass(frozen=True, kw_only=True)
class DoublyAdaptiveBiasedCoin(CountDesign):
    """Hu and Zhang's coin for a fixed target: share * (share / proportion) ** gamma.

    gamma   >= 0; 0 is complete randomization. Until every arm has a subject the ratio itself decides.
    """

    procedure: ClassVar[str] = "doubly-adaptive-biased-coin"
    gamma: Fraction = Fraction(2)

    def _validate(self) -> None:
        self._set("gamma", fraction_in("gamma", self.gamma, 0))

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        if not all(counts):
            return self.open_ratio
        return integer_weights(
            [
                share * power(Fraction(share, count), self.gamma)
                for share, count in zip(self.open_ratio, counts, strict=True)
            ]
        )


@dataclass(frozen=True, kw_only=True)
class MaximumEntropy(CountDesign):
    """Klotz's rule: the most random probabilities whose expected lack of balance is small enough.

    eta   in [0, 1]; 0 is complete randomization, 1 always takes an arm that leaves the least imbalance.
          Probabilities are share * exp(-mu * lack), with mu solved and rounded on the 2**-64 grid.
    """

    procedure: ClassVar[str] = "maximum-entropy"
    by_deviation: ClassVar[bool] = True
    eta: Fraction

    def _validate(self) -> None:
        self._set("eta", fraction_in("eta", self.eta, 0, 1))

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        n, total = sum(counts) + 1, sum(self.open_ratio)
        lack = tuple(
            max(
                abs(total * (count + (place == chosen)) - n * share)
                for place, (count, share) in enumerate(zip(counts, self.open_ratio, strict=True))
            )
            for chosen in range(len(counts))
        )
        return _entropy_weights(self.open_ratio, lack, self.eta)


@lru_cache(maxsize=1 << 16)
def _entropy_weights(ratio: tuple[int, ...], lack: tuple[int, ...], eta: Fraction) -> tuple[int, ...]:
    """Return weights of share * exp(-mu * lack) whose mean lack is eta * least + (1 - eta) * mean under the ratio."""
    least, total = min(lack), sum(ratio)
    if eta == 0 or max(lack) == least:
        return ratio
    if eta == 1:
        return tuple(share if value == least else 0 for share, value in zip(ratio, lack, strict=True))
    excess = [value - least for value in lack]
    if len(set(excess)) == 2:
        # Two values (always so with two arms): the constraint alone fixes both groups, exactly.
        better = sum(share for share, value in zip(ratio, excess, strict=True) if not value)
        # share * (1 - eta) / total for a worse arm, and what that leaves for the better ones, in whole numbers.
        over, under = eta.denominator - eta.numerator, eta.denominator * total
        weights = [
            share * (over * better if value else under - over * (total - better))
            for share, value in zip(ratio, excess, strict=True)
        ]
        divisor = gcd(*weights)
        return tuple(weight // divisor for weight in weights)
    wanted = (1 - eta) * Fraction(sum(s * e for s, e in zip(ratio, excess, strict=True)), total)
    goal = decimal_of(wanted)

    def shares(mu: Decimal) -> list[Decimal]:
        return [Decimal(s) * exponential(-mu * e) for s, e in zip(ratio, excess, strict=True)]

    # The caller's decimal context must not matter: the weights are the same on every machine and thread.
    with localcontext(DECIMALS):
        low, high = Decimal(0), Decimal(1)
        while _mean(shares(high), excess) > goal:
            low, high = high, high * 2
        for _ in range(90):
            middle = (low + high) / 2
            if _mean(shares(middle), excess) > goal:
                low = middle
            else:
                high = middle
        found = shares(high)
        whole = sum(found)
        return grid_weights([share / whole for share in found])


def _mean(shares: list[Decimal], values: list[int]) -> Decimal:
    return sum((s * v for s, v in zip(shares, values, strict=True)), Decimal(0)) / sum(shares)
