"""Group-sequential designs whose futility bounds come from a planned power: beta spending, Pampallona–Tsiatis, optimal shapes."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtri

from triallink.engines.design.answer import check_error
from triallink.engines.design.operation import cost
from triallink.engines.design.recursion import Array, Path, exit_probabilities
from triallink.engines.design.sequential import (
    Boundaries,
    Spending,
    bound_spending,
    cumulative_spending,
    fractions_of,
    shaped_boundaries,
)

_MOST_DRIFT = 15.0


def beta_spending_boundaries(
    alpha_spending: Spending | Sequence[float],
    beta_spending: Spending | Sequence[float],
    information: Sequence[float],
    alpha: float,
    beta: float,
    *,
    sided: Literal[1, 2] = 1,
    is_binding: bool = False,
) -> Boundaries:
    """Return bounds that spend the type I error upwards and the type II error on futility, and meet at the last look.

    alpha_spending  as in `spending_boundaries`.
    beta_spending   a function of (fraction, beta), or the cumulative type II error per look, ending at beta.
    beta            1 - power, under the drift the design is found for; `cost(…, 1 - beta).drift` gives it.
    is_binding      lower the upper bounds for what stopping at futility saves; otherwise futility may be overruled.
    Returns         two-sided designs stop within ± the futility bounds. Looks at which a one-sided bound would lie below
                    zero have none, and the type II error planned there is spent later, in proportion.
    Raises          ValueError if fractions or errors are out of range or no drift makes the bounds meet.
    Source          Pampallona, Tsiatis, Kim (2001), Drug Information Journal 35; Rudser, Emerson (2008); rpact 4.1.0.
    """
    t = fractions_of(information, alpha)
    check_error(alpha, sided, 1 - beta)
    up = np.diff(cumulative_spending(alpha_spending, t, alpha, sided), prepend=0.0)
    down = _cumulative_beta(beta_spending, t, beta)
    first = 0
    if sided == 2:
        one_sided = _meeting(t, up, np.diff(down, prepend=0.0), is_binding, False)[1]
        kept = np.nonzero(one_sided[:-1] > 0)[0]
        first = int(kept[0]) if len(kept) else len(t) - 1
        if first:
            # What the looks without futility would have spent is spread over the others in proportion.
            spared = down[first - 1]
            down = np.where(np.arange(len(t)) < first, 0.0, (down - spared) / (beta - spared) * beta)
    upper, lower = _meeting(t, up, np.diff(down, prepend=0.0), is_binding, sided == 2)
    lower[:first] = -np.inf
    lower[-1] = -np.inf
    return Boundaries(t, upper, sided, alpha, lower, is_binding)


def _cumulative_beta(spending: Spending | Sequence[float], t: Array, beta: float) -> Array:
    if callable(spending):
        return np.array([spending(float(fraction), beta) for fraction in t])
    cumulative = np.asarray(spending, dtype=np.float64)
    if cumulative.shape != t.shape or (np.diff(cumulative, prepend=0.0) < 0).any():
        raise ValueError(f"the type II error spent must not descend, one value per look: {cumulative}")
    if abs(cumulative[-1] - beta) > 1e-9:
        raise ValueError(f"{cumulative[-1]} is spent in the end, not {beta}")
    return cumulative


def _meeting(t: Array, up: Array, down: Array, is_binding: bool, both: bool) -> tuple[Array, Array]:
    """Return upper and futility bounds that meet at the last look."""

    def bounds(drift: float) -> tuple[Array, Array, float]:
        null, other = Path(), Path(drift)
        upper, lower = np.empty(len(t)), np.full(len(t), -np.inf)
        for k, at in enumerate(t):
            at = float(at)
            if null.masses.sum() <= up[k]:
                # Binding futility has left too little under the null hypothesis: the drift is too large.
                return upper, lower, -1.0
            upper[k] = bound_spending(null, at, float(up[k]))
            if k == len(t) - 1:
                break
            if down[k] > 0:
                lower[k] = _futile(other, at, float(down[k]), both, float(upper[k]))
                if lower[k] >= upper[k]:
                    # The bounds cross before the last look: the drift is too large.
                    return upper, lower, -1.0
            hole = max(0.0, float(lower[k])) if both else 0.0
            hold = -float(upper[k]) if both else float(lower[k])
            free = -float(upper[k]) if both else -np.inf
            null.go_on(at, hold if is_binding else free, float(upper[k]), hole if is_binding else 0.0)
            other.go_on(at, hold, float(upper[k]), hole)
        last = float(upper[-1])
        # What is left at the end is missed power: between the bounds for two-sided designs, below for one-sided.
        left = other.below(float(t[-1]), last) - (other.below(float(t[-1]), -last) if both else 0.0)
        return upper, lower, left - float(down[-1])

    low, high = 1e-6, 1.0
    while bounds(high)[2] > 0:
        low, high = high, high * 1.25
        if high > _MOST_DRIFT:
            raise ValueError(f"no drift makes the bounds meet with errors of {up} and {down}")
    drift = float(brentq(lambda each: bounds(each)[2], low, high, xtol=1e-11))
    upper, lower, rest = bounds(drift)
    if abs(rest) > 1e-6:
        raise ValueError(f"the bounds cross before the last look with errors of {up} and {down}")
    return upper, lower


def _futile(path: Path, at: float, spend: float, both: bool, upper: float) -> float:
    def excess(bound: float) -> float:
        return path.below(at, bound) - (path.below(at, -bound) if both else 0.0) - spend

    start = 0.0 if both else -20.0
    stop = min(upper, 20.0)
    if excess(stop) <= 0:
        return stop
    return float(brentq(excess, start, stop, xtol=1e-13))


def pampallona_tsiatis_boundaries(
    information: Sequence[float],
    alpha: float,
    beta: float,
    *,
    delta_upper: float = 0.0,
    delta_futility: float = 0.0,
    sided: Literal[1, 2] = 1,
    is_binding: bool = True,
) -> Boundaries:
    """Return Pampallona and Tsiatis' bounds for both errors.

    delta_upper, delta_futility  shapes, at most 1/2: 0 like O'Brien–Fleming, 1/2 like Pocock.
    beta                         1 - power.
    Returns                      upper a t^(delta - 1/2), futility drift √t - b t^(delta - 1/2), with a + b = drift.
    Raises                       ValueError if fractions, errors or shapes are out of range.
    Source                       Pampallona, Tsiatis (1994), Journal of Statistical Planning and Inference 42; rpact 4.1.0.
    """
    t = fractions_of(information, alpha)
    check_error(alpha, sided, 1 - beta)
    for delta in (delta_upper, delta_futility):
        if delta > 0.5:
            raise ValueError(f"a shape of {delta}")
    both = sided == 2

    def bounds(a: float, b: float) -> tuple[Array, Array, Array, Array]:
        upper = a * t ** (delta_upper - 0.5)
        lower = np.minimum((a + b) * np.sqrt(t) - b * t ** (delta_futility - 0.5), upper)
        hole = np.maximum(lower, 0.0) if both else np.zeros_like(upper)
        return upper, lower, hole, -upper if both else lower

    def over(a: float, b: float) -> float:
        upper, _, hole, low = bounds(a, b)
        if not is_binding:
            low, hole = (-upper if both else np.full_like(upper, -np.inf)), np.zeros_like(upper)
        return float(exit_probabilities(t, upper, low, 0.0, hole).upper.sum()) - alpha / sided

    def short(a: float, b: float) -> float:
        upper, _, hole, low = bounds(a, b)
        found = exit_probabilities(t, upper, low, a + b, hole)
        return 1 - beta - float(found.upper.sum() + (found.lower.sum() if both else 0.0))

    def constant(b: float) -> float:
        return float(brentq(lambda a: over(a, b), 1e-3, 10.0, xtol=1e-13))

    low = 1e-3 - min(0.0, float(ndtri(1 - beta)))
    b = float(brentq(lambda each: short(constant(each), each), low, 10.0, xtol=1e-12))
    upper, lower, _, _ = bounds(constant(b), b)
    lower = np.where(lower > 0, lower, -np.inf) if both else lower
    lower[-1] = -np.inf
    return Boundaries(t, np.asarray(upper), sided, alpha, lower, is_binding)


def optimal_wang_tsiatis(
    information: Sequence[float],
    alpha: float,
    power: float,
    *,
    sided: Literal[1, 2] = 1,
    criterion: Literal["alternative", "alternative_halfway_null"] = "alternative",
) -> tuple[float, Boundaries]:
    """Return the Wang–Tsiatis shape, to three digits, with the least expected information, and its bounds.

    criterion  expected under the alternative, or summed over the alternative, half of it, and no effect.
    Raises     ValueError as `shaped_boundaries` and `cost`.
    Source     Wang, Tsiatis (1987), Biometrics 43; rpact 4.1.0 typeOfDesign "WToptimum".
    """

    def of(delta: float) -> Boundaries:
        return shaped_boundaries("wang_tsiatis", information, alpha, sided=sided, delta=delta)

    def expected(delta: float) -> float:
        found = cost(of(delta), power)
        if criterion == "alternative":
            return found.expected
        return found.expected + found.expected_halfway + found.expected_null

    best = minimize_scalar(expected, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-5}).x
    # The minimum is flat: a fourth digit of the shape buys nothing, and three can be written in a protocol.
    delta = round(float(best), 3)
    return delta, of(delta)
