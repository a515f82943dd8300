"""What a group-sequential trial shows at a look and at its end: p-values and intervals that count the looks."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import brentq

from triallink.engines.design.recursion import Path
from triallink.engines.design.sequential import Boundaries

_WIDEST = 40.0


def repeated_p_value(bounds_at: Callable[[float], Boundaries], look: int, z: float) -> float:
    """Return the smallest error with which a design of the same kind would reject at a look.

    bounds_at  the design by its type I error, for instance `lambda alpha: spending_boundaries(spending, t, alpha)`.
    look       1 to n_looks.
    z          at the look; two-sided designs take its absolute value.
    Returns    one half where even that error does not reject.
    Raises     ValueError if there is no such look.
    Source     Jennison, Turnbull (1989), JRSS B 51; Posch et al. (2008), Statistics in Medicine 27.
    """
    first = bounds_at(0.025)
    if not 1 <= look <= len(first.upper):
        raise ValueError(f"look {look} of {len(first.upper)}")
    value = abs(z) if first.sided == 2 else z

    def excess(alpha: float) -> float:
        # Infinite bounds only mean "far": the search needs a number.
        return min(float(bounds_at(alpha).upper[look - 1]), 40.0) - value

    low, high = 1e-9, 0.5 - 1e-9
    if excess(high) >= 0:
        return 0.5
    return low if excess(low) <= 0 else float(brentq(excess, low, high, xtol=1e-12))


def repeated_interval(
    boundaries: Boundaries, look: int, estimate: float, standard_error: float
) -> tuple[float, float]:
    """Return the interval that at all looks together covers the effect with 1 - alpha (two-sided: 1 - alpha, else 1 - 2 alpha).

    estimate, standard_error  at the look, on a scale on which the estimate is normal.
    Raises  ValueError if there is no such look or the standard error is not positive.
    Source  Jennison, Turnbull (1989), JRSS B 51.
    """
    if not 1 <= look <= len(boundaries.upper):
        raise ValueError(f"look {look} of {len(boundaries.upper)}")
    if not standard_error > 0:
        raise ValueError(f"standard error is {standard_error}")
    reach = float(boundaries.upper[look - 1]) * standard_error
    return estimate - reach, estimate + reach


def final_p_value(boundaries: Boundaries, look: int, z: float, *, drift: float = 0.0) -> float:
    """Return the chance of an end at least as favourable: stopped above an earlier bound, or above z at this look.

    look    at which the trial ended, 1 to n_looks.
    drift   expected z at the largest information; zero: the one-sided p-value.
    Raises  ValueError if there is no such look.
    Source  Armitage (1957), Biometrika 44; Tsiatis, Rosner, Mehta (1984), Biometrics 40: stage-wise ordering. Futility
            counts only when it binds.
    """
    if not 1 <= look <= len(boundaries.upper):
        raise ValueError(f"look {look} of {len(boundaries.upper)}")
    path, chance = Path(drift), 0.0
    for k in range(look):
        at = float(boundaries.information[k])
        upper = z if k == look - 1 else float(boundaries.upper[k])
        chance += path.beyond(at, upper)
        if k < look - 1:
            two = boundaries.sided == 2
            low = -upper if two else float(boundaries.lower[k]) if boundaries.is_binding else -math.inf
            hole = float(boundaries.inner[k]) if boundaries.is_binding else 0.0
            path.go_on(at, low, upper, hole)
    return chance


@dataclass(frozen=True)
class FinalEstimate:
    """Effect at the end of a trial, as expected z at the largest information; times its standard error there: the effect.

    median  the effect with which an end as favourable has a chance of one half.
    lower, upper  limits of the interval with confidence 1 - 2 alpha of the one side.
    """

    median: float
    lower: float
    upper: float


def final_estimate(boundaries: Boundaries, look: int, z: float) -> FinalEstimate:
    """Return the median-unbiased estimate and the interval after a trial has ended.

    Raises  ValueError as `final_p_value`.
    Source  Tsiatis, Rosner, Mehta (1984), Biometrics 40; Wassmer, Brannath (2016), chapter 4.
    """
    alpha = boundaries.alpha / boundaries.sided

    def drift_of(chance: float) -> float:
        return float(
            brentq(
                lambda drift: final_p_value(boundaries, look, z, drift=drift) - chance,
                -_WIDEST,
                _WIDEST,
                xtol=1e-11,
            )
        )

    return FinalEstimate(drift_of(0.5), drift_of(alpha), drift_of(1 - alpha))
