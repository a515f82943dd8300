"""Exact binomial tests: one proportion, Fisher's test of two, and the intervals of a single proportion."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import binom, hypergeom

from triallink.engines.design.answer import check_error
from triallink.engines.design.proportions import check_proportion

MOST_SUBJECTS = 100_000


@dataclass(frozen=True)
class ExactTest:
    """An exact test of one proportion.

    n         subjects.
    critical  events from which (upward), or down to which, the null hypothesis is rejected.
    size      chance to reject under the null hypothesis, at most the error of the one side.
    power     chance to reject under the alternative.
    """

    n: int
    critical: int
    size: float
    power: float


def exact_one_proportion(
    *,
    proportion: float,
    null: float,
    n: int | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    lasting: bool = False,
) -> ExactTest:
    """Return the exact binomial test with n subjects, or with the fewest that have a power; give one of the two.

    proportion  under the alternative; above null the test is upward, below it downward.
    lasting     power must hold for every larger size too: the power of a discrete test goes up and down.
    Raises      ValueError if a value is out of range or both or none of n and power are given.
    Source      gsDesign nBinomial1Sample against East 6.5; rpact 4.1.0 getSampleSizeRates(normalApproximation = FALSE).
    """
    check_error(alpha, sided, power)
    check_proportion(proportion=proportion, null=null)
    if proportion == null:
        raise ValueError(f"both proportions are {null}")
    if (n is None) == (power is None):
        raise ValueError(f"exactly one of n and power is given, not {n} and {power}")
    if n is not None:
        if n < 1:
            raise ValueError(f"{n} subjects")
        return _test(n, proportion, null, alpha / sided)
    assert power is not None
    high, run = 16, 64
    while True:
        # Beyond twice the first size that is enough, a saw tooth does not fall below it again.
        sizes = np.arange(1, high + 1)
        powers = _powers(sizes, proportion, null, alpha / sided)
        enough = np.nonzero(powers >= power)[0]
        if len(enough) and (not lasting or high >= 2 * (enough[0] + 1) + run):
            if not lasting:
                return _test(int(sizes[enough[0]]), proportion, null, alpha / sided)
            short = np.nonzero(powers < power)[0]
            return _test(int(sizes[short[-1]]) + 1 if len(short) else 1, proportion, null, alpha / sided)
        high *= 2
        if high > MOST_SUBJECTS:
            raise ValueError(f"{MOST_SUBJECTS} subjects do not reach a power of {power}")


def _critical(n, null, alpha, upward):  # type: ignore[no-untyped-def]
    # The least c with P(X >= c) <= alpha is one above the quantile of 1 - alpha, unless that already is attained.
    if upward:
        return binom.isf(alpha, n, null) + 1
    count = binom.ppf(alpha, n, null)
    return np.where(binom.cdf(count, n, null) <= alpha, count, count - 1)


def _powers(n, proportion, null, alpha):  # type: ignore[no-untyped-def]
    critical = _critical(n, null, alpha, proportion > null)
    if proportion > null:
        return binom.sf(critical - 1, n, proportion)
    return binom.cdf(critical, n, proportion)


def _test(n: int, proportion: float, null: float, alpha: float) -> ExactTest:
    critical = int(_critical(n, null, alpha, proportion > null))
    tail = (
        (lambda p: binom.sf(critical - 1, n, p))
        if proportion > null
        else (lambda p: binom.cdf(critical, n, p))
    )
    return ExactTest(n, critical, float(tail(null)), float(tail(proportion)))


def fisher_power(
    treatment: float,
    control: float,
    sizes: tuple[int, int],
    *,
    alpha: float = 0.05,
    sided: Literal[1, 2] = 2,
) -> float:
    """Return the unconditional power of Fisher's exact test of two proportions.

    treatment, control  proportions, 0 to 1; a one-sided test is in the direction of their difference.
    sizes               subjects of treatment and control.
    Returns             chance of a p-value of at most alpha; two-sided p-values add all tables not more likely.
    Raises              ValueError if a value is out of range.
    Source              Fisher (1935); enumeration of all tables; R stats::fisher.test for the two-sided p-value.
    """
    check_error(alpha, sided)
    if not (0 <= treatment <= 1 and 0 <= control <= 1) or min(sizes) < 1:
        raise ValueError(f"proportions {treatment}, {control} in groups of {sizes}")
    one, two = sizes
    chances = np.outer(
        binom.pmf(np.arange(one + 1), one, treatment), binom.pmf(np.arange(two + 1), two, control)
    )
    found = 0.0
    for events in range(one + two + 1):
        low, high = max(0, events - two), min(events, one)
        counts = np.arange(low, high + 1)
        masses = hypergeom.pmf(counts, one + two, one, events)
        if sided == 1:
            tail = np.cumsum(masses[::-1])[::-1] if treatment >= control else np.cumsum(masses)
        else:
            order = np.argsort(masses)
            # Tables equally likely up to rounding errors count together, as in R.
            ranks = np.searchsorted(masses[order], masses * (1 + 1e-7), side="right")
            tail = np.concatenate([[0.0], np.cumsum(masses[order])])[ranks]
        rejected = tail <= alpha * (1 + 1e-12)
        found += float(chances[counts[rejected], events - counts[rejected]].sum())
    return found


def fisher_size(
    treatment: float,
    control: float,
    *,
    power: float,
    alpha: float = 0.05,
    sided: Literal[1, 2] = 2,
    ratio: float = 1.0,
    most: int = 2000,
) -> tuple[int, int]:
    """Return the smallest groups with which Fisher's exact test has a power.

    ratio    treatment divided by control; the treatment group is rounded up.
    most     control group the search ends at.
    Raises   ValueError if a value is out of range or no size up to `most` is enough.
    Source   `fisher_power`. Power goes up and down with the size: the smallest size is given, not one that lasts.
    """
    check_error(alpha, sided, power)
    if treatment == control:
        raise ValueError(f"both proportions are {control}")

    def enough(size: int) -> bool:
        groups = (math.ceil(ratio * size - 1e-9), size)
        return fisher_power(treatment, control, groups, alpha=alpha, sided=sided) >= power

    high = 4
    while not enough(high):
        high *= 2
        if high > most:
            raise ValueError(f"groups up to {most} do not reach a power of {power}")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    # Below a size that is not enough there may be another that is: look back over the width of a saw tooth.
    for size in range(max(2, high - 12), high):
        if enough(size):
            return math.ceil(ratio * size - 1e-9), size
    return math.ceil(ratio * high - 1e-9), high
