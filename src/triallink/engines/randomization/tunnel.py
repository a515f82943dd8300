"""The brick tunnel: counts stay next to the target line, and every single step keeps the ratio exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import gcd, prod
from typing import ClassVar

from .design import CountDesign
from .exact import GRID_BITS, integer_weights

_GRID = 1 << GRID_BITS

# The arms that stand above the whole part of their target: a corner of the unit cube around the target line.
Corner = frozenset[int]


@dataclass(frozen=True, kw_only=True)
class BrickTunnel(CountDesign):
    """Kuznetsova and Tymofyeyev's tunnel of the unit cubes that the target line runs through, for two or three arms.

    Every arm's count is the whole part of its target n * share or one more. For two and three arms the ratio at
    every step fixes the probability of every corner; where it leaves the steps of three arms one free number, the
    most random steps are taken (greatest entropy, the number rounded to 2**-64, which leaves the ratio exact).
    """

    procedure: ClassVar[str] = "brick-tunnel"
    by_deviation: ClassVar[bool] = True

    def _validate(self) -> None:
        if not 2 <= len(self.open_arms) <= 3:
            raise ValueError(
                f"brick-tunnel is defined for two or three arms, not {self.arms!r}: with more the ratio at every step "
                "no longer fixes the probabilities (Kuznetsova & Tymofyeyev 2015)"
            )
        divisor = gcd(*self.open_ratio)
        self._set("_unit", tuple(share // divisor for share in self.open_ratio))

    _unit: ClassVar[tuple[int, ...]]

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        n, total = sum(counts), sum(self._unit)
        above = tuple(count - n * share // total for count, share in zip(counts, self._unit, strict=True))
        corner = frozenset(arm for arm, more in enumerate(above) if more)
        known = _steps(self._unit)[n % total]
        if any(more not in (0, 1) for more in above) or corner not in known:
            raise ValueError(f"counts {counts!r} lie outside the tunnel of ratio {self.open_ratio!r}")
        return known[corner]


@lru_cache(maxsize=256)
def _steps(ratio: tuple[int, ...]) -> tuple[Mapping[Corner, tuple[int, ...]], ...]:
    """Return, for 0..total - 1 subjects, the weights of the arms at every corner with positive probability."""
    total = sum(ratio)
    steps = []
    for n in range(total):
        here, there = _corners(ratio, n), _corners(ratio, n + 1)
        passed = [(n + 1) * share // total - n * share // total for share in ratio]
        flows: dict[tuple[Corner, int], Fraction] = {}
        paths: dict[tuple[Corner, Corner], int] = {}
        for corner in here:
            for arm in range(len(ratio)):
                above = {k: (k in corner) + (k == arm) - passed[k] for k in range(len(ratio))}
                end = frozenset(k for k, more in above.items() if more)
                if end in there and all(more in (0, 1) for more in above.values()):
                    paths[corner, end] = arm
        for (corner, end), share_of_all in _transport(here, there, list(paths)).items():
            flows[corner, paths[corner, end]] = share_of_all
        steps.append(
            {
                corner: integer_weights([flows.get((corner, arm), Fraction(0)) for arm in range(len(ratio))])
                for corner in here
            }
        )
    return tuple(steps)


def _corners(ratio: tuple[int, ...], n: int) -> dict[Corner, Fraction]:
    """Return the probability of every corner after n subjects; the mean of the counts is exactly on the target line."""
    total = sum(ratio)
    parts = [Fraction(n * share % total, total) for share in ratio]
    arms = range(len(ratio))
    if sum(parts) == 0:
        return {frozenset(): Fraction(1)}
    if sum(parts) == 1:
        chances = {frozenset({arm}): parts[arm] for arm in arms}
    else:
        chances = {frozenset(arms) - {arm}: 1 - parts[arm] for arm in arms}
    return {corner: chance for corner, chance in chances.items() if chance}


def _transport(
    here: Mapping[Corner, Fraction], there: Mapping[Corner, Fraction], paths: list[tuple[Corner, Corner]]
) -> dict[tuple[Corner, Corner], Fraction]:
    """Return how much probability goes along every path; only three arms between passings leave a choice."""
    left, wanted = dict(here), dict(there)
    moved: dict[tuple[Corner, Corner], Fraction] = {}
    open_paths = list(paths)
    while open_paths:
        for path in open_paths:
            start, end = path
            if sum(1 for other in open_paths if other[0] == start) == 1:
                amount = left[start]
            elif sum(1 for other in open_paths if other[1] == end) == 1:
                amount = wanted[end]
            else:
                continue
            moved[path] = amount
            left[start] -= amount
            wanted[end] -= amount
            open_paths.remove(path)
            break
        else:
            return moved | _around(left, wanted)
    return moved


def _around(
    here: Mapping[Corner, Fraction], there: Mapping[Corner, Fraction]
) -> dict[tuple[Corner, Corner], Fraction]:
    """Return the most random flow from {A}, {B}, {C} to {A, B}, {B, C}, {C, A}: six paths that form a ring."""
    first, second, third = (frozenset({arm}) for arm in range(3))
    ring = [
        (first, first | second),
        (second, first | second),
        (second, second | third),
        (third, second | third),
        (third, third | first),
        (first, third | first),
    ]
    # One flow from nothing on the first path; adding s to every second path and taking it from the others keeps
    # what leaves and what arrives. s is counted from where both halves of the ring carry the same, so that renaming
    # arms at most changes its sign, and is rounded towards zero.
    flow = [Fraction(0)]
    for (start, end), (next_start, _) in pairwise(ring):
        whole = there[end] if start != next_start else here[start]
        flow.append(whole - flow[-1])
    middle = sum((flow[place + 1] - flow[place] for place in (0, 2, 4)), Fraction(0)) / 6
    ups, downs = [amount + middle for amount in flow[::2]], [amount - middle for amount in flow[1::2]]
    s = _most_random(ups, downs)
    return {
        path: ups[place // 2] + s if place % 2 == 0 else downs[place // 2] - s
        for place, path in enumerate(ring)
    }


def _most_random(ups: list[Fraction], downs: list[Fraction]) -> Fraction:
    """Return the s that makes ups + s and downs - s most random, rounded towards zero to the grid.

    The derivative of the entropy in s is the logarithm of prod(downs - s) / prod(ups + s), which falls as s grows.
    """
    low, high = -min(ups), min(downs)

    def is_beyond(s: Fraction) -> bool:
        if not low <= s <= high:
            return s > high
        return prod(up + s for up in ups) >= prod(down - s for down in downs)

    sign = -1 if is_beyond(Fraction(0)) else 1
    near, far = 0, int((high if sign > 0 else -low) * _GRID) + 1
    while far - near > 1:
        tried = (near + far) // 2
        if is_beyond(Fraction(sign * tried, _GRID)) == (sign > 0):
            far = tried
        else:
            near = tried
    return max(low, min(high, Fraction(sign * near, _GRID)))
