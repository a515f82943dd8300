"""Simon's two-stage designs of a single-arm trial with a response rate."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import binom

from triallink.engines.design.proportions import check_proportion
from triallink.engines.design.recursion import Array

Criterion = Literal["optimal", "minimax"]


@dataclass(frozen=True)
class SimonDesign:
    """A two-stage design: stop with at most first_limit responses of first_n, reject above limit of n.

    alpha, power     attained: chance to go on to a positive end with the low and with the high rate.
    expected_n       subjects expected with the low rate.
    early_stop       chance to stop after the first stage with the low rate.
    """

    first_limit: int
    first_n: int
    limit: int
    n: int
    alpha: float
    power: float
    expected_n: float
    early_stop: float


def simon_design(
    low: float,
    high: float,
    *,
    alpha: float,
    power: float,
    criterion: Criterion = "optimal",
    most: int = 150,
) -> SimonDesign:
    """Return the two-stage design with the least expected size (optimal), or with the least largest size (minimax).

    low      response rate that is not of interest.
    high     response rate that is.
    alpha    highest chance of a positive end with the low rate.
    power    lowest chance of a positive end with the high rate.
    most     subjects the search ends at.
    Raises   ValueError if rates are out of order or no design up to `most` subjects exists.
    Source   Simon (1989), Controlled Clinical Trials 10, tables 1 and 2 (tests/vectors/design).
    """
    check_proportion(low=low, high=high, alpha=alpha, power=power)
    if low >= high:
        raise ValueError(f"the low rate {low} is not below the high rate {high}")
    best: SimonDesign | None = None
    for n in range(2, most + 1):
        if best is not None and criterion == "minimax":
            break
        if best is not None and _least(n, low, high, alpha, power) > best.expected_n:
            break
        for first_n in range(1, n):
            if best is not None and criterion == "optimal" and first_n >= best.expected_n:
                break
            found = _best_limits(first_n, n, low, high, alpha, power)
            if found is not None and (best is None or found.expected_n < best.expected_n - 1e-12):
                best = found
    if best is None:
        raise ValueError(f"no design up to {most} subjects tells {low} from {high} with {alpha} and {power}")
    return best


def _least(n: int, low: float, high: float, alpha: float, power: float) -> float:
    """Return a bound below which no design with n subjects has its expected size."""
    # The first stage must keep the power: with limit r1 at most 1 - power of trials with the high rate may stop there.
    firsts = np.arange(1, n)
    limits = binom.ppf(1 - power, firsts, high)
    limits = np.where(binom.cdf(limits, firsts, high) <= 1 - power, limits, limits - 1)
    stop = binom.cdf(limits, firsts, low)
    return float((firsts + (1 - stop) * (n - firsts)).min())


def _best_limits(
    first_n: int, n: int, low: float, high: float, alpha: float, power: float
) -> SimonDesign | None:
    x = np.arange(first_n + 1)
    limits = np.arange(n)
    second = n - first_n
    ends = []
    for rate in (low, high):
        # positive[r, x]: x responses first, then more than r in all.
        positive = binom.pmf(x, first_n, rate) * binom.sf(limits[:, None] - x, second, rate)
        # After stopping with at most r1 responses only x > r1 count: sums from the right.
        ends.append(np.cumsum(positive[:, ::-1], axis=1)[:, ::-1])
    # Column r1 + 1 holds what goes on after more than r1 responses.
    errors, powers = ends[0][:, 1:], ends[1][:, 1:]
    fits = (errors <= alpha) & (powers >= power) & (limits[:, None] >= np.arange(first_n))
    if not fits.any():
        return None
    # A higher first limit stops earlier: the last column that fits has the least expected size.
    column = int(np.nonzero(fits.any(axis=0))[0][-1])
    row = int(np.nonzero(fits[:, column])[0][0])
    stop = float(binom.cdf(column, first_n, low))
    return SimonDesign(
        column, first_n, row, n, float(errors[row, column]), float(powers[row, column]),
        first_n + (1 - stop) * second, stop,
    )  # fmt: skip


def two_stage_chance(design: SimonDesign, rate: float) -> float:
    """Return the chance of a positive end with any response rate.

    Raises  ValueError if the rate is not between 0 and 1.
    Source  Simon (1989).
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate is {rate}")
    x: Array = np.arange(design.first_limit + 1, design.first_n + 1, dtype=np.float64)
    rest = design.n - design.first_n
    return float(binom.pmf(x, design.first_n, rate) @ binom.sf(design.limit - x, rest, rate))
