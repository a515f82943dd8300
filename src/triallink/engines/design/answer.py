"""What a sample-size question is answered with, and how the unknown one of effect, size and power is found."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtri

LARGEST = 1e9


@dataclass(frozen=True)
class Answer:
    """A design with one analysis.

    n       subjects in all, as the formula gives it; `whole` rounds up.
    groups  subjects per group, treatment first; one value for one group.
    power   chance to reject in the direction of the effect.
    effect  on the scale the question was put in.
    alpha   type I error, of the one side or of both together.
    sided   1 or 2.
    """

    n: float
    groups: tuple[float, ...]
    power: float
    effect: float
    alpha: float
    sided: int

    @property
    def whole(self) -> tuple[int, ...]:
        """Subjects per group, each rounded up."""
        # What is within 1e-9 of a whole number is that number: rounding errors must not cost a subject.
        return tuple(math.ceil(group - 1e-9 * max(1.0, group)) for group in self.groups)

    @property
    def whole_n(self) -> int:
        """Subjects in all when each group is rounded up."""
        return sum(self.whole)

    @property
    def drift(self) -> float:
        """Expected z of the normal test that has this power: what a group-sequential design goes on from."""
        return drift_of(self.power, self.alpha, self.sided)


def drift_of(power: float, alpha: float, sided: int) -> float:
    """Return the expected z of the normal test that has a power on the one side it counts."""
    return float(ndtri(1 - alpha / sided) + ndtri(power))


def check_error(alpha: float, sided: int, power: float | None = None) -> None:
    """Refuse a type I error outside (0, 1), other sides than 1 and 2, and a power not between the error and 1.

    Raises  ValueError naming the value.
    """
    if sided not in (1, 2):
        raise ValueError(f"a test has 1 or 2 sides, not {sided}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}")
    if power is not None and not alpha / sided < power < 1:
        raise ValueError(f"a power of {power} with an error of {alpha / sided} on the one side")


def check_positive(**values: float | None) -> None:
    """Refuse values that are not above zero and finite.

    Raises  ValueError naming the value.
    """
    for name, value in values.items():
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be above zero: {value}")


def split(n: float, ratio: float) -> tuple[float, float]:
    """Return subjects of treatment and control; ratio is treatment divided by control."""
    return n * ratio / (1 + ratio), n / (1 + ratio)


def check_unknown(**values: float | None) -> str:
    """Return the name of the one value that is asked for.

    Raises  ValueError unless exactly one is None.
    """
    missing = [name for name, value in values.items() if value is None]
    if len(missing) != 1:
        raise ValueError(f"exactly one of {', '.join(values)} is asked for, not {missing or 'none'}")
    return missing[0]


def find_size(power_at: Callable[[float], float], power: float, least: float) -> float:
    """Return the smallest real size at which an increasing power reaches a value.

    least   size with which the search begins; smaller ones make no sense.
    Raises  ValueError if no size up to 1e9 is enough.
    """
    if power_at(least) >= power:
        return least
    high = 2 * least
    while power_at(high) < power:
        high *= 2
        if high > 2 * LARGEST:
            raise ValueError(f"no size up to {LARGEST:g} reaches a power of {power}")
    return float(brentq(lambda n: power_at(n) - power, high / 2, high, xtol=1e-10, rtol=1e-14))


def find_effect(power_at: Callable[[float], float], power: float, none: float, most: float) -> float:
    """Return the effect between none and the most there can be at which power reaches a value.

    Raises  ValueError if even the largest effect does not.
    """
    if math.isinf(most):
        away = [math.copysign(1e-3 * 2.0**k, most) for k in range(40)]
    else:
        # Power may fall again near the edge, where there is nothing left to see: the first crossing is taken.
        away = [(most - none) * share for share in (*(k / 64 for k in range(1, 64)), 0.99, 0.999, 0.999999)]
    low = 0.0
    for high in away:
        if power_at(none + high) >= power:
            return float(brentq(lambda step: power_at(none + step) - power, low, high, xtol=1e-13)) + none
        low = high
    raise ValueError(f"no effect up to {none + away[-1]:g} reaches a power of {power}")


def answer_of(
    power_at: Callable[[float, float], float],
    *,
    effect: float | None,
    n: float | None,
    power: float | None,
    alpha: float,
    sided: int,
    null: float = 0.0,
    ratio: float | None = 1.0,
    most: float = math.inf,
) -> Answer:
    """Return the answer in which the one of effect, n and power that is None has been found.

    power_at  chance to reject by effect and size; increases with the size and away from the null effect.
    null      effect under the null hypothesis.
    ratio     treatment divided by control; None for one group.
    most      effect the search goes towards, from the null effect on.
    Raises    ValueError if a value is out of range or not exactly one is asked for.
    """
    check_error(alpha, sided, power)
    check_positive(n=n, ratio=ratio)
    check_unknown(effect=effect, n=n, power=power)
    if effect is not None and not math.isfinite(effect):
        raise ValueError(f"the effect is {effect}")
    if not math.isfinite(null):
        raise ValueError(f"the effect under the null hypothesis is {null}")
    least = (1.0 if ratio is None else 2.0) + 1e-6
    if n is not None and n < least - 1e-6:
        raise ValueError(f"{n} subjects are too few for {1 if ratio is None else 2} groups")
    if n is None:
        assert effect is not None
        assert power is not None
        if effect == null:
            raise ValueError(f"no size shows an effect that is the one of the null hypothesis: {effect}")
        given = effect
        n = find_size(lambda size: power_at(given, size), power, least)
    elif effect is None:
        assert power is not None
        size = n
        effect = find_effect(lambda each: power_at(each, size), power, null, most)
    else:
        power = power_at(effect, n)
    return Answer(n, (n,) if ratio is None else split(n, ratio), power, effect, alpha, sided)
