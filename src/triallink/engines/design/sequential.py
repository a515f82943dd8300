"""Group-sequential designs: boundaries that keep the type I error over several looks, and what they cost."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from triallink.engines.design.recursion import Array, Path, exit_probabilities

Shape = Literal["obrien_fleming", "pocock", "wang_tsiatis", "haybittle_peto"]
Spending: TypeAlias = Callable[[float, float], float]
MOST_LOOKS = 20
# Beyond this no bound is worth a number: the chance is below 1e-20.
_HIGHEST = 9.3


@dataclass(frozen=True)
class Boundaries:
    """A design's bounds on the scale of z.

    information  shape (n_looks,), fractions of the largest information, the last is 1.
    upper        shape (n_looks,); for two-sided designs the lower bounds are their mirror image.
    sided        1 or 2.
    alpha        type I error: of the one side, or of both together.
    futility     shape (n_looks,), minus infinity where there is none; two-sided designs stop within ± these.
    is_binding   whether the upper bounds count on stopping at the futility bounds.
    """

    information: Array
    upper: Array
    sided: Literal[1, 2]
    alpha: float
    futility: Array = field(default_factory=lambda: np.empty(0))
    is_binding: bool = False

    def __post_init__(self) -> None:
        if self.sided not in (1, 2):
            raise ValueError(f"a test has 1 or 2 sides, not {self.sided}")

    @property
    def lower(self) -> Array:
        """Bounds below which a trial stops, shape (n_looks,)."""
        if self.sided == 2:
            return -self.upper
        return self.futility if self.futility.size else np.full_like(self.upper, -np.inf)

    @property
    def inner(self) -> Array:
        """Bounds of a two-sided design within which, on both sides of zero, a trial stops, shape (n_looks,)."""
        if self.sided == 1 or not self.futility.size:
            return np.zeros_like(self.upper)
        return np.maximum(self.futility, 0.0)

    @property
    def nominal_levels(self) -> Array:
        """One-sided p-value at each look below which it stops, shape (n_looks,)."""
        return np.asarray(ndtr(-self.upper))

    @property
    def alpha_spent(self) -> Array:
        """Type I error used up to each look, shape (n_looks,), without the help of futility bounds unless binding."""
        lower = self.lower if self.sided == 2 or self.is_binding else np.full_like(self.upper, -np.inf)
        inner = self.inner if self.is_binding else None
        found = exit_probabilities(self.information, self.upper, lower, inner=inner)
        spent: Array = np.cumsum(found.upper) * self.sided
        return spent


def obrien_fleming_spending(fraction: float, alpha: float) -> float:
    """Return the error spent by an information fraction: Lan–DeMets, like O'Brien–Fleming; alpha is one-sided."""
    return float(2 * ndtr(-ndtri(1 - alpha / 2) / np.sqrt(fraction)))


def pocock_spending(fraction: float, alpha: float) -> float:
    """Return the error spent by an information fraction: Lan–DeMets, like Pocock."""
    return float(alpha * np.log(1 + (np.e - 1) * fraction))


def kim_demets_spending(rho: float) -> Spending:
    """Return the spending function alpha * t^rho.

    Raises  ValueError unless rho is positive.
    Source  Kim, DeMets (1987), Biometrika 74.
    """
    if not (rho > 0 and math.isfinite(rho)):
        raise ValueError(f"rho is {rho}")
    return lambda fraction, alpha: float(alpha * fraction**rho)


def hwang_shih_decani_spending(gamma: float) -> Spending:
    """Return the spending function alpha * (1 - exp(-gamma t)) / (1 - exp(-gamma)); linear for gamma 0.

    Raises  ValueError unless gamma is a finite number.
    Source  Hwang, Shih, DeCani (1990), Statistics in Medicine 9.
    """
    if not math.isfinite(gamma):
        raise ValueError(f"gamma is {gamma}")
    if gamma == 0:
        return lambda fraction, alpha: alpha * fraction
    return lambda fraction, alpha: float(alpha * np.expm1(-gamma * fraction) / np.expm1(-gamma))


def shaped_boundaries(
    shape: Shape,
    information: Sequence[float],
    alpha: float,
    *,
    sided: Literal[1, 2] = 1,
    delta: float | None = None,
    early: float = 3.0,
    futility: Sequence[float] = (),
    is_binding: bool = False,
) -> Boundaries:
    """Return bounds of a family with one constant, found so that the type I error is alpha.

    shape        bounds c * t^(delta - 1/2): O'Brien–Fleming delta 0, Pocock 1/2, Wang–Tsiatis any; or Haybittle–Peto,
                 `early` before the last look.
    information  fractions, ascending to 1; at most 20 looks, unequally spaced if need be.
    alpha        between 0 and 1/2, of the one side or of both together.
    futility     z-values per look, the last may be left out and is not used; one-sided designs only.
    is_binding   lower the constant for what stopping at futility saves; otherwise futility may be overruled.
    Raises       ValueError if the fractions do not ascend to 1, there are too many, alpha is out of range, delta is
                 missing or not wanted, futility bounds do not fit, or early looks alone spend more than alpha.
    Source       O'Brien, Fleming (1979); Pocock (1977); Wang, Tsiatis (1987); Haybittle (1971); Peto et al. (1976).
    """
    t = fractions_of(information, alpha)
    if shape not in get_args(Shape):
        raise ValueError(f"bounds are {', '.join(get_args(Shape))}, not {shape!r}")
    deltas = {"obrien_fleming": 0.0, "pocock": 0.5, "wang_tsiatis": delta}
    if (shape == "wang_tsiatis") != (delta is not None):
        raise ValueError(f"delta belongs to wang_tsiatis, not to {shape}; it is {delta}")
    if shape == "haybittle_peto":

        def bounds(constant: float) -> Array:
            return np.append(np.full(len(t) - 1, early), constant)

    else:
        power = deltas[shape]
        assert power is not None

        def bounds(constant: float) -> Array:
            return np.asarray(constant * t ** (power - 0.5))

    low = _futility(futility, t, sided)
    hold = low if is_binding else np.full_like(low, -np.inf)

    def excess(constant: float) -> float:
        upper = bounds(constant)
        lower = -upper if sided == 2 else np.minimum(hold, upper)
        return sided * float(exit_probabilities(t, upper, lower).upper.sum()) - alpha

    if excess(_HIGHEST) > 0:
        raise ValueError(f"bounds of {early} at the early looks spend more than {alpha}")
    upper = bounds(float(brentq(excess, 0.0, _HIGHEST, xtol=1e-13)))
    return Boundaries(t, upper, sided, alpha, low if len(futility) else np.empty(0), is_binding)


def _futility(futility: Sequence[float], t: Array, sided: int) -> Array:
    low = np.full(len(t), -np.inf)
    if len(futility):
        if sided == 2 or len(futility) not in (len(t), len(t) - 1):
            raise ValueError(f"{len(futility)} futility bounds for {len(t)} looks of a {sided}-sided design")
        low[:-1] = np.asarray(futility, dtype=np.float64)[: len(t) - 1]
        if np.isnan(low).any():
            raise ValueError(f"a futility bound is missing: {list(futility)}")
    return low


def spending_boundaries(
    spending: Spending | Sequence[float],
    information: Sequence[float],
    alpha: float,
    *,
    sided: Literal[1, 2] = 1,
    futility: Sequence[float] = (),
    is_binding: bool = False,
) -> Boundaries:
    """Return the bounds that spend the type I error as a function of information says.

    spending     a function of (fraction, one-sided alpha), or the cumulative error per look, of the one side or of
                 both together as alpha is.
    information  fractions, ascending to 1; at most 20 looks. When a look comes at another fraction than planned, call
                 again with what was observed: bounds of earlier looks come out the same.
    futility     z-values per look, the last may be left out and is not used; one-sided designs only.
    is_binding   lower the upper bounds for what stopping at futility saves; otherwise futility may be overruled.
    Raises       ValueError if the fractions do not ascend to 1, there are too many, alpha is out of range, the error
                 spent descends or is not alpha at the end, or futility bounds do not fit.
    Source       Lan, DeMets (1983), Biometrika 70; two-sided bounds spend half on each side.
    """
    t = fractions_of(information, alpha)
    cumulative = cumulative_spending(spending, t, alpha, sided)
    low = _futility(futility, t, sided)
    path, upper = Path(), np.empty(len(t))
    for k, at in enumerate(t):
        spend = float(cumulative[k] - (cumulative[k - 1] if k else 0.0))
        upper[k] = bound_spending(path, float(at), spend)
        if k < len(t) - 1:
            down = -upper[k] if sided == 2 else (low[k] if is_binding else -np.inf)
            path.go_on(float(at), float(down), float(upper[k]))
    return Boundaries(t, upper, sided, alpha, low if len(futility) else np.empty(0), is_binding)


def cumulative_spending(spending: Spending | Sequence[float], t: Array, alpha: float, sided: int) -> Array:
    """Return the error spent on one side up to each look, shape (n_looks,).

    Raises  ValueError if it descends or is not alpha / sided at the end.
    """
    if callable(spending):
        cumulative = np.array([spending(float(fraction), alpha / sided) for fraction in t])
    else:
        cumulative = np.asarray(spending, dtype=np.float64) / sided
    if cumulative.shape != t.shape or not (np.diff(cumulative, prepend=0.0) >= 0).all():
        raise ValueError(f"the error spent must not descend, one value per look: {cumulative * sided}")
    if abs(cumulative[-1] * sided - alpha) > 1e-9:
        raise ValueError(f"{cumulative[-1] * sided} is spent in the end, not {alpha}")
    return cumulative


def bound_spending(path: Path, information: float, spend: float) -> float:
    """Return the bound above which a path has a chance to be at the next look; infinity for next to none."""
    if spend < 1e-20 or path.beyond(information, _HIGHEST) >= spend:
        return float("inf")
    return float(brentq(lambda z: path.beyond(information, z) - spend, -_HIGHEST, _HIGHEST, xtol=1e-13))


def fractions_of(information: Sequence[float], alpha: float) -> Array:
    """Return the information fractions as an array, shape (n_looks,).

    Raises  ValueError if they do not ascend to 1, there are too many, or alpha is not between 0 and 1/2.
    """
    t = np.asarray(information, dtype=np.float64)
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha is {alpha}")
    if t.ndim != 1 or not 1 <= len(t) <= MOST_LOOKS:
        raise ValueError(f"1 to {MOST_LOOKS} looks, not {t.size}")
    if not (np.diff(t, prepend=0.0) > 0).all() or abs(t[-1] - 1) > 1e-12:
        raise ValueError(f"information fractions must ascend to 1: {t}")
    return t
