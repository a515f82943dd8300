"""Several treatments against one control: Dunnett's critical values, closed testing, power and size."""

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import chi2

from triallink.engines.design.answer import check_error, check_positive
from triallink.engines.design.recursion import Array

Success = Literal["any", "all"]
MOST_ARMS = 12
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(96)
# The common part of the statistics, the control mean, is normal: ± 8.5 leaves out less than 1e-16.
_X = 8.5 * _NODES
_DENSITY = 8.5 * _NODE_WEIGHTS * np.exp(-0.5 * _X**2) / math.sqrt(2 * math.pi)


def dunnett_probability(
    critical: float,
    *,
    ratios: tuple[float, ...],
    drifts: tuple[float, ...] | None = None,
    freedom: float = math.inf,
    sided: Literal[1, 2] = 1,
) -> float:
    """Return the chance that no statistic exceeds a critical value.

    ratios   subjects of each treatment divided by control, > 0; one per treatment, at most 12.
    drifts   expected z of each comparison; none: no treatment differs from control.
    freedom  degrees of freedom of the pooled variance; infinite: known.
    Raises   ValueError if a value is out of range.
    Source   Dunnett (1955), JASA 50; Hsu (1996), Multiple Comparisons, appendix: integrals over control and variance.
    """
    if not 1 <= len(ratios) <= MOST_ARMS:
        raise ValueError(f"1 to {MOST_ARMS} treatments, not {len(ratios)}")
    for ratio in ratios:
        check_positive(ratio=ratio)
    check_error(0.5, sided)
    shifts = np.zeros(len(ratios)) if drifts is None else np.asarray(drifts, dtype=np.float64)
    if shifts.shape != (len(ratios),):
        raise ValueError(f"{shifts.size} drifts for {len(ratios)} treatments")
    # z = own part √(1 - λ²) + shared part λ, with λ² the share of the variance that is the control's.
    loads = np.sqrt(np.asarray(ratios) / (1 + np.asarray(ratios)))

    def at(scale: float) -> float:
        own = np.sqrt(1 - loads**2)[:, None]
        middle = shifts[:, None] + loads[:, None] * _X
        below = ndtr((critical * scale - middle) / own)
        if sided == 2:
            below = below - ndtr((-critical * scale - middle) / own)
        return float(_DENSITY @ np.prod(below, axis=0))

    if math.isinf(freedom):
        return at(1.0)
    check_positive(freedom=freedom)
    start, stop = (math.sqrt(float(chi2.ppf(p, freedom)) / freedom) for p in (1e-13, 1 - 1e-13))
    half = (stop - start) / 2
    scales = start + half * (1 + _NODES)
    density = 2 * freedom * scales * chi2.pdf(freedom * scales**2, freedom)
    return float(half * (_NODE_WEIGHTS * density) @ np.array([at(float(scale)) for scale in scales]))


def dunnett_critical(
    arms: int,
    alpha: float,
    *,
    ratio: float = 1.0,
    freedom: float = math.inf,
    sided: Literal[1, 2] = 1,
) -> float:
    """Return Dunnett's critical value for equal treatment groups.

    arms     treatments compared with control.
    ratio    subjects of one treatment divided by control.
    freedom  degrees of freedom of the pooled variance.
    Raises   ValueError if a value is out of range.
    Source   Dunnett (1955), table 1 and (1964), Biometrics 20, table II (tests/vectors/design).
    """
    check_error(alpha, sided)

    def missing(critical: float) -> float:
        return dunnett_probability(critical, ratios=(ratio,) * arms, freedom=freedom, sided=sided) - (
            1 - alpha
        )

    low, high = 0.0 if sided == 2 else -10.0, 10.0
    while missing(high) < 0:
        high *= 2
    return float(brentq(missing, low, high, xtol=1e-11))


@dataclass(frozen=True)
class ClosedTest:
    """The closed test of all treatments.

    adjusted   p-value of each treatment against control that keeps the error over all of them.
    rejected   whether it is at most the error asked for.
    """

    adjusted: tuple[float, ...]
    rejected: tuple[bool, ...]


def closed_dunnett(
    statistics: tuple[float, ...],
    *,
    alpha: float = 0.025,
    ratios: tuple[float, ...] | None = None,
    freedom: float = math.inf,
    sided: Literal[1, 2] = 1,
) -> ClosedTest:
    """Return the closed test that takes Dunnett's test in every intersection of hypotheses.

    statistics  z or t of each treatment against control, positive in favour of the treatment.
    ratios      subjects of each treatment divided by control; none: all equal.
    Raises      ValueError if a value is out of range.
    Source      Marcus, Peritz, Gabriel (1976), Biometrika 63; Bretz et al. (2006), Biometrical Journal 48.
    """
    check_error(alpha, sided)
    arms = len(statistics)
    sizes = (1.0,) * arms if ratios is None else ratios
    if len(sizes) != arms:
        raise ValueError(f"{len(sizes)} ratios for {arms} treatments")
    adjusted = [0.0] * arms
    for count in range(1, arms + 1):
        for subset in itertools.combinations(range(arms), count):
            values = [abs(statistics[arm]) if sided == 2 else statistics[arm] for arm in subset]
            p = 1 - dunnett_probability(
                max(values), ratios=tuple(sizes[arm] for arm in subset), freedom=freedom, sided=sided
            )
            for arm in subset:
                adjusted[arm] = max(adjusted[arm], p)
    return ClosedTest(tuple(adjusted), tuple(p <= alpha for p in adjusted))


def dunnett_power(
    effects: tuple[float, ...],
    *,
    sd: float,
    control: float,
    ratio: float = 1.0,
    alpha: float = 0.025,
    success: Success = "any",
    known: bool = True,
) -> float:
    """Return the one-sided power of Dunnett's single-step test of treatments against control.

    effects  mean of each treatment minus control, positive in favour.
    sd       standard deviation of one measurement.
    control  subjects of the control group; each treatment has ratio times as many.
    success  any: at least one treatment rejected; all: every one.
    known    variance known; otherwise Student's with all groups' degrees of freedom.
    Raises   ValueError if a value is out of range.
    Source   Dunnett (1955); Hsu (1996). The closed test rejects at least as often, and "any" equally often.
    """
    check_positive(sd=sd, control=control, ratio=ratio)
    arms = len(effects)
    freedom = math.inf if known else control * (1 + arms * ratio) - arms - 1
    critical = dunnett_critical(arms, alpha, ratio=ratio, freedom=freedom)
    error = sd * math.sqrt(1 / control + 1 / (ratio * control))
    drifts = tuple(effect / error for effect in effects)
    ratios = (ratio,) * arms
    if success == "any":
        return 1 - dunnett_probability(critical, ratios=ratios, drifts=drifts, freedom=freedom)
    if success != "all":
        raise ValueError(f"there is no success {success}")
    # All statistics above c: with signs turned, all below -c.
    mirrored = tuple(-drift for drift in drifts)
    return dunnett_probability(-critical, ratios=ratios, drifts=mirrored, freedom=freedom)


def dunnett_size(
    effects: tuple[float, ...],
    *,
    sd: float,
    power: float,
    ratio: float = 1.0,
    alpha: float = 0.025,
    success: Success = "any",
) -> float:
    """Return the subjects of the control group with which Dunnett's test has a power, variance known.

    ratio    subjects of one treatment divided by control; 1 / √arms is the best for known variance.
    Returns  control group, not rounded.
    Raises   ValueError if a value is out of range or no treatment is better (for all: one is not).
    Source   `dunnett_power`.
    """
    check_error(alpha, 1, power)
    if (max if success == "any" else min)(effects) <= 0:
        raise ValueError(f"no size shows effects of {effects}")
    critical = dunnett_critical(len(effects), alpha, ratio=ratio)
    sign = 1.0 if success == "any" else -1.0

    def missing(control: float) -> float:
        error = sd * math.sqrt(1 / control + 1 / (ratio * control))
        drifts = tuple(sign * effect / error for effect in effects)
        below = dunnett_probability(sign * critical, ratios=(ratio,) * len(effects), drifts=drifts)
        return (1 - below if success == "any" else below) - power

    high = 2.0
    while missing(high) < 0:
        high *= 2
        if high > 1e9:
            raise ValueError(f"no size shows effects of {effects}")
    return float(brentq(missing, 1e-3, high, xtol=1e-9))


def dunnett_z(means: Array, control_mean: float, sd: float, sizes: Array, control_size: float) -> Array:
    """Return the statistics of all treatments against control.

    means, sizes  shape (n_arms,).
    Raises        ValueError if sd is not positive.
    Source        Dunnett (1955).
    """
    check_positive(sd=sd, control_size=control_size)
    errors = sd * np.sqrt(1 / np.asarray(sizes, dtype=np.float64) + 1 / control_size)
    result: Array = (np.asarray(means, dtype=np.float64) - control_mean) / errors
    return result
