"""Exact numbers: how a parameter is read, and integer weights for powers, roots and exponentials.

Nothing here uses binary floating point. Rational quantities stay rational. Where a published rule contains a
root or an exponential, its value is defined as an integer on a grid of 2**-64 computed with integers or with
correctly rounded decimals, so every machine finds the same weights, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt, lcm, log2

Number = Fraction | int | str | float | Decimal

GRID_BITS = 64
_GRID = 1 << GRID_BITS
DECIMALS = Context(prec=60)
_NEAR = Decimal("1e-9")


def exact(value: Number) -> Fraction:
    """Return the rational number a person means by `value`.

    value    a Fraction, int, Decimal, text such as "2/3", or a float, which is read as the decimal it prints
             as (0.7 means 7/10, not the nearest binary fraction).
    Returns  the exact Fraction.
    Raises   ValueError if the value is not a finite number.
    Source   own definition; checked in tests/engines/randomization.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool):
        raise ValueError(f"not a number: {value!r}")
    try:
        return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as refused:
        raise ValueError(f"not an exact number: {value!r}") from refused


def integer_weights(shares: Sequence[Fraction | int]) -> tuple[int, ...]:
    """Return the smallest integers proportional to the given non-negative rational shares.

    shares   length K, each >= 0, at least one > 0.
    Returns  length K integers with greatest common divisor 1.
    Raises   ValueError if a share is negative or all are zero.
    Source   arithmetic; no rounding takes place.
    """
    scale = 1
    for share in shares:
        if share < 0:
            raise ValueError(f"a weight is negative: {shares!r}")
        scale = lcm(scale, share.denominator)
    whole = [share.numerator * (scale // share.denominator) for share in shares]
    divisor = gcd(*whole)
    if divisor == 0:
        raise ValueError(f"all weights are zero: {shares!r}")
    return tuple(weight // divisor for weight in whole)


def integer_root(value: int, degree: int) -> int:
    """Return the largest integer whose `degree`-th power does not exceed `value`.

    value    >= 0.
    degree   >= 1.
    Returns  floor(value ** (1 / degree)), exact.
    Raises   ValueError if value < 0 or degree < 1.
    Source   Newton's iteration on integers, from above.
    """
    if value < 0 or degree < 1:
        raise ValueError(f"no integer root of {value} of degree {degree}")
    if degree == 1 or value < 2:
        return value
    if degree == 2:
        return isqrt(value)
    # Begin a little above the root, from the leading bits; the result does not depend on where the iteration begins.
    drop = max(0, value.bit_length() - 64)
    exponent = (log2(value >> drop) + drop) / degree
    whole = max(0, int(exponent) - 52)
    guess = (int(2.0 ** (exponent - whole) * (1 + 2.0**-40)) + 2) << whole
    while True:
        closer = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if closer >= guess:
            return guess
        guess = closer


def power(base: Fraction, exponent: Fraction) -> Fraction:
    """Return base ** exponent: exact when it is rational by an integer exponent, else rounded down to the grid.

    base      >= 0.
    exponent  >= 0.
    Returns   a Fraction; for a fractional exponent floor(base**exponent * 2**64) / 2**64 (relative error below
              2**-64 for results of at least one; base < 1 is inverted first so the relative error stays small).
    Raises    ValueError if base or exponent is negative.
    Source    own definition, see the module's first lines.
    """
    # Keyed by integers: the hash of a Fraction costs more than the look-up.
    return _power(base.numerator, base.denominator, exponent.numerator, exponent.denominator)


@lru_cache(maxsize=65536)
def _power(over: int, under: int, times: int, degree: int) -> Fraction:
    if over < 0 or times < 0:
        raise ValueError(f"power of {Fraction(over, under)} to {Fraction(times, degree)} is not defined here")
    if degree == 1:
        return Fraction(over, under) ** times
    if over in (0, under):
        return Fraction(over, under)
    if over < under:
        return 1 / _power(under, over, times, degree)
    on_grid = _grid_power(over, under, times, degree)
    if on_grid is None:
        on_grid = integer_root((over**times << (GRID_BITS * degree)) // under**times, degree)
    return Fraction(on_grid, _GRID)


def _grid_power(over: int, under: int, times: int, degree: int) -> int | None:
    """Return floor((over / under)**(times / degree) * 2**64) for over > under, or None where decimals cannot tell.

    The logarithm and the exponential are correctly rounded, so the error stays below (2 + ln result) units of the
    last of twelve digits behind the point; a result closer to an integer than 1e-9 is left to integer roots.
    """
    if log2(over / under) * times > 1000 * degree:
        return None
    size = log2(over / under) * times / degree  # decides only how many digits are carried
    digits = Context(prec=int((size + GRID_BITS) * 0.302) + 14)
    logarithm = digits.ln(digits.divide(Decimal(over), Decimal(under)))
    value = digits.exp(digits.divide(digits.multiply(logarithm, Decimal(times)), Decimal(degree)))
    scaled = digits.multiply(value, Decimal(_GRID))
    floor = int(scaled)
    return floor if _NEAR < scaled - floor < 1 - _NEAR else None


def decimal_of(value: Fraction) -> Decimal:
    """Return value as a decimal of 60 significant digits, correctly rounded."""
    return DECIMALS.divide(Decimal(value.numerator), Decimal(value.denominator))


def exponential(value: Decimal) -> Decimal:
    """Return e**value with 60 significant digits, correctly rounded on every platform."""
    return DECIMALS.exp(value)


def grid_weights(shares: Iterable[Decimal]) -> tuple[int, ...]:
    """Return each share as a whole number of 2**-64 steps, rounded down; a positive share stays positive.

    shares   non-negative decimals.
    Returns  integers, in the same order.
    Raises   nothing.
    Source   own definition, see the module's first lines.
    """
    return tuple(
        max(1, int(DECIMALS.multiply(share, Decimal(_GRID)))) if share > 0 else 0 for share in shares
    )


@lru_cache(maxsize=1 << 18)
def squarefree_split(value: int) -> tuple[int, int]:
    """Return (s, f) with value == s * s * f and f free of squares; (0, 1) for zero.

    value    >= 0.
    Returns  two integers.
    Raises   ValueError if value < 0.
    Source   trial division up to the cube root; what remains is a prime, its square, or two primes.
    """
    if value < 0:
        raise ValueError(f"not a squared measure: {value}")
    if value == 0:
        return 0, 1
    outside, inside, rest, divisor = 1, 1, value, 2
    while divisor * divisor * divisor <= rest:
        times = 0
        while rest % divisor == 0:
            rest //= divisor
            times += 1
        outside *= divisor ** (times // 2)
        inside *= divisor ** (times % 2)
        divisor += 1
    root = isqrt(rest)
    return (outside * root, inside) if root * root == rest else (outside, inside * rest)


class RootSum:
    """A sum of rational multiples of square roots, compared exactly.

    Roots of different squarefree numbers are linearly independent over the rationals, so two sums are equal
    exactly when their coefficients are; unequal sums are ordered with integer roots of growing precision.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Iterable[tuple[Fraction, Fraction]]) -> None:
        """Add up coefficient * sqrt(square) over (coefficient, square) pairs."""
        collected: dict[int, Fraction] = {}
        for coefficient, square in terms:
            outside, inside = squarefree_split(square.numerator * square.denominator)
            share = coefficient * outside / square.denominator
            if share:
                collected[inside] = collected.get(inside, Fraction(0)) + share
        self.terms = {inside: share for inside, share in collected.items() if share}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RootSum) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __lt__(self, other: RootSum) -> bool:
        difference = dict(self.terms)
        for inside, share in other.terms.items():
            difference[inside] = difference.get(inside, Fraction(0)) - share
        difference = {inside: share for inside, share in difference.items() if share}
        if not difference:
            return False
        bits = 64
        while True:
            low = high = Fraction(0)
            for inside, share in difference.items():
                floor = isqrt(inside << (2 * bits))
                near, far = Fraction(floor, 1 << bits), Fraction(floor + 1, 1 << bits)
                low += share * (near if share > 0 else far)
                high += share * (far if share > 0 else near)
            if high <= 0:
                return True
            if low >= 0:
                return False
            bits *= 2

    def __float__(self) -> float:
        return float(sum(float(share) * inside**0.5 for inside, share in self.terms.items()))

    def __repr__(self) -> str:
        return f"RootSum({self.terms!r})"
