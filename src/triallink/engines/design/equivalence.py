"""Equivalence of means: exact power of two one-sided t-tests, for groups, pairs and 2 × 2 crossovers."""

import math
from typing import Literal

import numpy as np
from scipy.special import ndtr
from scipy.stats import chi2, t

from triallink.engines.design.answer import Answer, answer_of, check_positive, split

Layout = Literal["groups", "crossover", "pairs"]
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(200)


def equivalent_means(
    *,
    difference: float = 0.0,
    limits: tuple[float, float],
    sd: float,
    layout: Layout = "groups",
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.05,
    ratio: float = 1.0,
) -> Answer:
    """Return size or power of two one-sided t-tests that a difference of means lies within limits.

    difference  true one, inside the limits.
    limits      lower and upper. Bioequivalence: logarithms, limits log(0.8) and log(1.25), sd √log(1 + cv²).
    sd          of one measurement (groups), within subjects (crossover), of differences (pairs); > 0.
    n           subjects in all, both sequences of a crossover together, or pairs.
    alpha       of each of the two tests.
    ratio       treatment divided by control, groups only.
    Raises      ValueError if a value is out of range, the difference is outside the limits, or not one is asked for.
    Source      Owen (1965), Biometrika 52; Phillips (1990), Journal of Pharmacokinetics and Biopharmaceutics 18.
    """
    check_positive(sd=sd)
    low, high = limits
    if not low < difference < high:
        raise ValueError(f"a difference of {difference} is not within {limits}")

    def power_at(_: float, size: float) -> float:
        if layout == "groups":
            one, two = split(size, ratio)
            error, freedom = sd * math.sqrt(1 / one + 1 / two), size - 2
        elif layout == "crossover":
            error, freedom = sd * math.sqrt(2 / size), size - 2
        elif layout == "pairs":
            error, freedom = sd / math.sqrt(size), size - 1
        else:
            raise ValueError(f"there is no layout {layout}")
        return tost_power((low - difference) / error, (high - difference) / error, freedom, alpha)

    return answer_of(
        power_at,
        effect=difference,
        n=n,
        power=power,
        alpha=alpha,
        sided=1,
        null=high,
        ratio=None if layout == "pairs" else ratio,
    )


def tost_power(lower: float, upper: float, freedom: float, alpha: float = 0.05) -> float:
    """Return the chance that both one-sided t-tests reject.

    lower, upper  limits minus true difference, in standard errors: lower below zero, upper above.
    freedom       degrees of freedom of the standard error; below one nothing is concluded.
    Raises        ValueError unless lower < upper.
    Source        Owen (1965): over the standard deviation s, the chance that the estimate keeps t s away from both limits.
    """
    if not lower < upper:
        raise ValueError(f"limits {lower} and {upper}")
    if freedom < 1:
        return 0.0
    critical = float(t.isf(alpha, freedom))
    # Beyond this the interval between the two rejection limits is empty.
    widest = (upper - lower) / (2 * critical)
    start = math.sqrt(float(chi2.ppf(1e-15, freedom)) / freedom)
    stop = min(widest, math.sqrt(float(chi2.isf(1e-15, freedom)) / freedom))
    if stop <= start:
        return 0.0
    half = (stop - start) / 2
    s = start + half * (1 + _POINTS)
    density = 2 * freedom * s * chi2.pdf(freedom * s**2, freedom)
    inside = ndtr(upper - critical * s) - ndtr(lower + critical * s)
    return float(half * (_WEIGHTS * density) @ np.maximum(inside, 0.0))
