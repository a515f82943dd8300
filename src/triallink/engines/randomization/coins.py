"""Biased coins for two arms in ratio 1:1: each favours the arm that has fewer subjects."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import ClassVar

from .design import CountDesign, fraction_in, positive_int
from .exact import power

HALF = Fraction(1, 2)


@dataclass(frozen=True, kw_only=True)
class _Coin(CountDesign):
    """A coin whose bias depends on the imbalance; the literature defines it for two arms in ratio 1:1."""

    by_deviation: ClassVar[bool] = True
    instead: ClassVar[str] = ""
    """What a refusal names for other arms and ratios, where the literature has an extension."""

    def _validate(self) -> None:
        if len(self.open_arms) != 2 or self.open_ratio[0] != self.open_ratio[1]:
            raise ValueError(
                f"{self.procedure} is defined for two arms in ratio 1:1 only, not {self.arms!r} in {self.ratio!r}{self.instead}"
            )
        self._validate_coin()

    def _validate_coin(self) -> None:
        """Check the coin's own parameters."""

    def lagging(self, fewer: int, more: int) -> Fraction:
        """Return the probability of the arm with fewer subjects; called only when fewer < more."""
        raise NotImplementedError

    def odds(self, fewer: int, more: int) -> tuple[int, int]:
        """Return the smallest integer weights of the arm with fewer and of the arm with more subjects."""
        p = self.lagging(fewer, more)
        return p.numerator, p.denominator - p.numerator

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        first, second = counts
        if first == second:
            return (1, 1)
        odds = self.odds(min(first, second), max(first, second))
        return odds if first < second else odds[::-1]


@dataclass(frozen=True, kw_only=True)
class Efron(_Coin):
    """Efron's coin: probability p for the arm with fewer subjects.

    p   in [1/2, 1]; 2/3 in Efron's paper.
    """

    procedure: ClassVar[str] = "efron"
    instead: ClassVar[str] = "; wei-urn takes any number of arms, block-urn any ratio too"
    p: Fraction = Fraction(2, 3)

    def _validate_coin(self) -> None:
        self._set("p", fraction_in("p", self.p, HALF, 1))

    def lagging(self, fewer: int, more: int) -> Fraction:
        return self.p


@dataclass(frozen=True, kw_only=True)
class AdjustableBiasedCoin(_Coin):
    """Bias grows with the imbalance d: d**a / (d**a + 1).

    a   >= 0; 0 is a fair coin, larger values balance harder. A fractional a is evaluated on the 2**-64 grid.
    """

    procedure: ClassVar[str] = "adjustable-biased-coin"
    a: Fraction

    def _validate_coin(self) -> None:
        self._set("a", fraction_in("a", self.a, 0))

    def odds(self, fewer: int, more: int) -> tuple[int, int]:
        strength = power(Fraction(more - fewer), self.a)
        return strength.numerator, strength.denominator


@dataclass(frozen=True, kw_only=True)
class GeneralizedBiasedCoin(_Coin):
    """Smith's coin: the other arm's count to the power rho decides.

    rho   >= 0; 0 is complete randomization, 1 is Wei's adaptive coin. A fractional rho is evaluated on the grid.
    """

    procedure: ClassVar[str] = "generalized-biased-coin"
    instead: ClassVar[str] = "; doubly-adaptive-biased-coin takes any arms and ratio"
    by_deviation: ClassVar[bool] = False
    rho: Fraction

    def _validate_coin(self) -> None:
        self._set("rho", fraction_in("rho", self.rho, 0))

    def odds(self, fewer: int, more: int) -> tuple[int, int]:
        return _smallest(power(Fraction(more), self.rho), power(Fraction(fewer), self.rho))


@dataclass(frozen=True, kw_only=True)
class BayesianBiasedCoin(_Coin):
    """Ball, Smith and Verdinelli's coin: balance weighed against randomness by gamma.

    gamma   > 0; smaller balances harder. The second subject always balances the first.

    The odds are ((1 + more / (n * fewer)) / (1 + fewer / (n * more))) ** (1 / gamma), for a fractional exponent one
    power on the 2**-64 grid.
    """

    procedure: ClassVar[str] = "bayesian-biased-coin"
    version: ClassVar[int] = 2  # 1 put numerator and denominator of the odds on the grid one by one
    by_deviation: ClassVar[bool] = False
    gamma: Fraction

    def _validate_coin(self) -> None:
        self._set("gamma", fraction_in("gamma", self.gamma, 0, above=True))

    def odds(self, fewer: int, more: int) -> tuple[int, int]:
        if fewer == 0:
            return 1, 0
        n = fewer + more
        odds = power(Fraction(more * (n * fewer + more), fewer * (n * more + fewer)), 1 / self.gamma)
        return odds.numerator, odds.denominator


@dataclass(frozen=True, kw_only=True)
class _Tolerance(_Coin):
    """A coin that turns deterministic, or strongly biased, at a tolerated imbalance.

    tolerance   the largest tolerated difference between the arms, >= 1.
    """

    instead: ClassVar[str] = "; block-urn and mass-weighted-urn bound the imbalance for any arms and ratio"
    tolerance: int

    def _validate_coin(self) -> None:
        positive_int("tolerance", self.tolerance)


@dataclass(frozen=True, kw_only=True)
class BigStick(_Tolerance):
    """A fair coin until the tolerated imbalance is reached, then the arm with fewer subjects."""

    procedure: ClassVar[str] = "big-stick"

    def lagging(self, fewer: int, more: int) -> Fraction:
        return Fraction(1) if more - fewer >= self.tolerance else HALF


@dataclass(frozen=True, kw_only=True)
class SoaresWu(_Tolerance):
    """The big stick without certainty: a fair coin below the limit, probability p for the lagging arm from it on.

    p   in [1/2, 1]; 1 is the big stick.
    """

    procedure: ClassVar[str] = "soares-wu"
    p: Fraction

    def _validate_coin(self) -> None:
        positive_int("tolerance", self.tolerance)
        self._set("p", fraction_in("p", self.p, HALF, 1))

    def lagging(self, fewer: int, more: int) -> Fraction:
        return self.p if more - fewer >= self.tolerance else HALF


@dataclass(frozen=True, kw_only=True)
class Chen(_Tolerance):
    """Efron's coin with imbalance tolerance: bias p below the limit, the lagging arm at it.

    p   in [1/2, 1]; 1/2 is the big stick.
    """

    procedure: ClassVar[str] = "chen"
    p: Fraction = Fraction(2, 3)

    def _validate_coin(self) -> None:
        positive_int("tolerance", self.tolerance)
        self._set("p", fraction_in("p", self.p, HALF, 1))

    def lagging(self, fewer: int, more: int) -> Fraction:
        return Fraction(1) if more - fewer >= self.tolerance else self.p


@dataclass(frozen=True, kw_only=True)
class EhrenfestUrn(_Coin):
    """An urn of 2w balls, w of each arm at first; a drawn ball is exchanged for one of the other arm.

    balls   w >= 1, also the largest possible imbalance.
    """

    procedure: ClassVar[str] = "ehrenfest-urn"
    instead: ClassVar[str] = "; wei-urn takes any number of arms"
    balls: int

    def _validate_coin(self) -> None:
        positive_int("balls", self.balls)

    def lagging(self, fewer: int, more: int) -> Fraction:
        return Fraction(self.balls + min(more - fewer, self.balls), 2 * self.balls)


@dataclass(frozen=True, kw_only=True)
class MaximalProcedure(_Coin):
    """Every sequence that stays within the tolerance and ends in balance is equally likely.

    total       planned number of subjects, even.
    tolerance   the largest tolerated difference between the arms, >= 1.
    """

    procedure: ClassVar[str] = "maximal-procedure"
    instead: ClassVar[str] = "; brick-tunnel takes two or three arms in any ratio"
    by_deviation: ClassVar[bool] = False
    total: int
    tolerance: int

    def _validate_coin(self) -> None:
        if positive_int("total", self.total, 2) % 2:
            raise ValueError(f"total must be even to end in balance, not {self.total}")
        positive_int("tolerance", self.tolerance)

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        first, second = counts
        if first + second >= self.total:
            raise ValueError(f"all {self.total} planned subjects are allocated")
        left = self.total - first - second - 1
        difference = first - second
        completions = _completions(self.total, self.tolerance)[left]
        reach = self.tolerance
        up = completions[difference + 1 + reach] if difference + 1 <= reach else 0
        down = completions[difference - 1 + reach] if difference - 1 >= -reach else 0
        return up, down


def _smallest(left: Fraction, right: Fraction) -> tuple[int, int]:
    """Return the smallest integers in the proportion of two positive fractions, without forming their quotient."""
    one, other = left.numerator * right.denominator, right.numerator * left.denominator
    divisor = gcd(one, other)
    return one // divisor, other // divisor


@lru_cache(maxsize=64)
def _completions(total: int, tolerance: int) -> tuple[tuple[int, ...], ...]:
    """Return, for 0..total subjects left and each imbalance, how many sequences end in balance within tolerance."""
    reach = tolerance
    table = [tuple(1 if difference == 0 else 0 for difference in range(-reach, reach + 1))]
    for _ in range(total):
        last = (0, *table[-1], 0)
        table.append(tuple(last[place] + last[place + 2] for place in range(2 * reach + 1)))
    return tuple(table)
