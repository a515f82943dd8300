"""Bayesian assurance: power averaged over what is believed of the effect."""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import beta, betabinom

from triallink.engines.design.answer import check_error, check_positive, find_size

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(64)


def normal_assurance(
    mean: float,
    sd: float,
    standard_error: float,
    *,
    null: float = 0.0,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
) -> float:
    """Return the chance that a normal test rejects upwards, when the effect has a normal prior.

    mean, sd        of the prior of the effect; sd 0 gives plain power.
    standard_error  of the estimate at the end, > 0; means: sd √(1/n1 + 1/n2), log hazard ratios: 2 / √events.
    Raises          ValueError if a value is out of range.
    Source          O'Hagan, Stevens, Campbell (2005), Pharmaceutical Statistics 4; Spiegelhalter et al. (1986).
    """
    check_error(alpha, sided)
    check_positive(standard_error=standard_error)
    if sd < 0:
        raise ValueError(f"a prior standard deviation of {sd}")
    away = mean - null - float(ndtri(1 - alpha / sided)) * standard_error
    return float(ndtr(away / math.sqrt(standard_error**2 + sd**2)))


def normal_assurance_size(
    mean: float,
    sd: float,
    *,
    deviation: float,
    assurance: float,
    null: float = 0.0,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    ratio: float = 1.0,
) -> float:
    """Return the subjects in all of two groups with which a comparison of means has an assurance.

    deviation  standard deviation of one measurement, known.
    ratio      treatment divided by control.
    Raises     ValueError if a value is out of range or the assurance exceeds the prior chance of an effect above null.
    Source     O'Hagan, Stevens, Campbell (2005), Pharmaceutical Statistics 4.
    """
    check_positive(deviation=deviation, ratio=ratio)
    limit = 1.0 if sd == 0 else float(ndtr((mean - null) / sd))
    if not 0 < assurance < limit:
        raise ValueError(f"an assurance of {assurance}; the prior chance of an effect is {limit:.6g}")

    def at(n: float) -> float:
        error = deviation * (1 + ratio) / math.sqrt(ratio * n)
        return normal_assurance(mean, sd, error, null=null, alpha=alpha, sided=sided)

    return find_size(at, assurance, 2.0)


def expected_power(power_of: Callable[[float], float], prior: Callable[[float], float]) -> float:
    """Return a power averaged over a prior.

    power_of  power by effect: any of the functions of this package, or a simulation.
    prior     quantile function of the effect, from (0, 1), for instance `scipy.stats.norm(…).ppf`.
    Source    O'Hagan, Stevens, Campbell (2005); 64 points of Gauss and Legendre on the scale of probability.
    """
    chances = (1 + _NODES) / 2
    return float(
        sum(w / 2 * power_of(float(prior(float(p)))) for p, w in zip(chances, _NODE_WEIGHTS, strict=True))
    )


def beta_assurance(
    power_of: Callable[[float, float], float],
    *,
    treatment: tuple[float, float],
    control: tuple[float, float],
    points: int = 32,
) -> float:
    """Return the power of a comparison of proportions averaged over independent beta priors.

    power_of            power by proportions of treatment and control.
    treatment, control  the two parameters of each prior.
    points              per prior, on the scale of probability.
    Raises              ValueError if a parameter is not positive.
    Source              O'Hagan, Stevens, Campbell (2005); Gauss–Legendre quadrature.
    """
    for pair in (treatment, control):
        check_positive(first=pair[0], second=pair[1])
    nodes, weights = np.polynomial.legendre.leggauss(points)
    chances, shares = (1 + nodes) / 2, weights / 2
    first, second = (beta.ppf(chances, *pair) for pair in (treatment, control))
    return float(
        sum(
            a * b * power_of(float(p), float(q))
            for p, a in zip(first, shares, strict=True)
            for q, b in zip(second, shares, strict=True)
        )
    )


def beta_posterior(prior: tuple[float, float], events: int, n: int) -> tuple[float, float]:
    """Return the parameters of a beta prior after seeing events among n subjects.

    Raises  ValueError if events are more than subjects or a parameter is not positive.
    Source  conjugacy; Spiegelhalter, Abrams, Myles (2004), Bayesian Approaches to Clinical Trials.
    """
    check_positive(first=prior[0], second=prior[1])
    if not 0 <= events <= n:
        raise ValueError(f"{events} events among {n}")
    return prior[0] + events, prior[1] + n - events


def single_arm_assurance(prior: tuple[float, float], *, n: int, critical: int) -> float:
    """Return the chance of at least critical responses among n when the response rate has a beta prior.

    Raises  ValueError if a value is out of range.
    Source  beta-binomial distribution; O'Hagan, Stevens, Campbell (2005).
    """
    check_positive(first=prior[0], second=prior[1])
    if not 0 <= critical <= n + 1:
        raise ValueError(f"{critical} responses of {n}")
    return float(betabinom.sf(critical - 1, n, *prior))
