"""Bounds of a group-sequential design as the estimates a reader knows: means, proportions, hazard and rate ratios."""

import math
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import t as student

from triallink.engines.design.answer import check_positive
from triallink.engines.design.means import Test
from triallink.engines.design.proportions import Scale, check_proportion, restricted_proportions
from triallink.engines.design.recursion import Array


def means_at_bounds(
    bounds: Array,
    sizes: Array,
    *,
    sd: float,
    null: float = 0.0,
    ratio: float | None = 1.0,
    test: Test = "t",
    is_quotient: bool = False,
) -> Array:
    """Return the mean, difference or quotient of means that just reaches each bound.

    bounds       shape (n_looks,), z-values.
    sizes        shape (n_looks,), subjects in all at each look.
    sd           standard deviation; of quotients divided by the mean of control.
    ratio        treatment divided by control; None for one group.
    test         t: the bound's one-sided level is put in Student's t with the degrees of freedom of the look.
    Raises       ValueError if sd is not positive.
    Source       Jennison, Turnbull (2000), 4.4; rpact 4.1.0 criticalValuesEffectScale.
    """
    check_positive(sd=sd, ratio=ratio)
    bounds, sizes = np.asarray(bounds, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if ratio is None:
        factor, freedom = 1.0, sizes - 1
    else:
        control = null if is_quotient else 1.0
        factor, freedom = (1 + ratio) / ratio + (1 + ratio) * control**2, sizes - 2
    reach = student.isf(ndtr(-bounds), freedom) if test == "t" else bounds
    result: Array = null + reach * sd * np.sqrt(factor / sizes)
    return result


def proportions_at_bounds(
    bounds: Array,
    sizes: Array,
    *,
    null: float,
    control: float | None = None,
    scale: Scale = "difference",
    ratio: float = 1.0,
) -> Array:
    """Return the proportion (one group) or the effect on a scale (two groups) that just reaches each bound.

    null     proportion, or effect on the scale, under the null hypothesis.
    control  proportion of control, taken as observed; None for one group.
    Returns  shape (n_looks,); not a number where no proportion between 0 and 1 reaches the bound.
    Raises   ValueError if a proportion is out of range.
    Source   Farrington, Manning (1990) inverted at the look; rpact 4.1.0 criticalValuesEffectScale.
    """
    bounds, sizes = np.asarray(bounds, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if control is None:
        check_proportion(null=null)
        found = null + bounds * np.sqrt(null * (1 - null) / sizes)
        return np.where((found > 0) & (found < 1), found, np.nan)
    check_proportion(control=control)
    at = control
    found = np.full(bounds.shape, np.nan)
    weight = null if scale == "ratio" else 1.0
    shift = null if scale == "difference" else 0.0
    if scale == "odds_ratio":
        raise ValueError(f"no closed inversion on the scale {scale}")
    for k, (bound, size) in enumerate(zip(bounds, sizes, strict=True)):
        one, two = size * ratio / (1 + ratio), size / (1 + ratio)

        def excess(p1: float, z: float = bound, first: float = one, second: float = two) -> float:
            under = restricted_proportions(p1, at, null, ratio=ratio, scale=scale)
            variance = under[0] * (1 - under[0]) / first + weight**2 * under[1] * (1 - under[1]) / second
            return p1 - weight * at - shift - z * math.sqrt(variance)

        if math.isfinite(bound) and excess(0.0) < 0 < excess(1.0):
            p1 = float(brentq(excess, 0.0, 1.0, xtol=1e-14))
            found[k] = p1 - control if scale == "difference" else p1 / control
    return found


def hazard_ratios_at_bounds(bounds: Array, events: Array, *, null: float = 1.0, ratio: float = 1.0) -> Array:
    """Return the hazard ratio that just reaches each bound.

    bounds   shape (n_looks,), z-values; negative ones give ratios below null.
    events   shape (n_looks,), events at each look.
    ratio    subjects of treatment divided by control.
    Raises   ValueError if a value is not positive.
    Source   Schoenfeld (1981) inverted, whatever method planned the events; rpact 4.1.0 criticalValuesEffectScale.
    """
    check_positive(null=null, ratio=ratio)
    z = np.asarray(bounds, dtype=np.float64) / np.sqrt(np.asarray(events, dtype=np.float64))
    return np.asarray(null * np.exp(z * (1 + ratio) / math.sqrt(ratio)))


def rate_ratios_at_bounds(
    bounds: Array, information: Array, *, null: float = 1.0, direction: Literal[1, -1] = 1
) -> Array:
    """Return the rate ratio that just reaches each bound.

    information  shape (n_looks,), of the log rate ratio.
    direction    1: large ratios reject; -1: small ones do.
    Raises       ValueError if null is not positive.
    Source       Mütze et al. (2019); rpact 4.1.0 criticalValuesEffectScale.
    """
    check_positive(null=null)
    z = np.asarray(bounds, dtype=np.float64) / np.sqrt(np.asarray(information, dtype=np.float64))
    return np.asarray(null * np.exp(direction * z))
