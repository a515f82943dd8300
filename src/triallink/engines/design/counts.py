"""Event counts: Poisson and negative binomial rates, with one exposure for all or recruitment over time."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from triallink.engines.design.answer import Answer, answer_of, check_positive, split

Array = NDArray[np.float64]


def count_information(
    rates: tuple[float, float], exposures: tuple[Array, Array], *, dispersion: float = 0.0
) -> float:
    """Return the information of the log rate ratio of subjects observed for different times.

    rates       events per unit of time of treatment and control, > 0.
    exposures   time each subject has been observed, per group, any shape; zeros carry nothing.
    dispersion  variance is mean + dispersion * mean²; 0 is Poisson.
    Returns     inverse of the variance of the log rate ratio.
    Raises      ValueError if a rate is not positive or dispersion is negative.
    Source      Mütze, Glimm, Schmidli, Friede (2019), Statistical Methods in Medical Research 28.
    """
    check_positive(treatment_rate=rates[0], control_rate=rates[1])
    if dispersion < 0:
        raise ValueError(f"dispersion is {dispersion}")
    means = [rate * np.maximum(exposure, 0.0) for rate, exposure in zip(rates, exposures, strict=True)]
    first, second = (float(np.sum(mean / (1 + dispersion * mean))) for mean in means)
    return first * second / (first + second) if first and second else 0.0


def two_rates(
    *,
    rate_ratio: float | None = None,
    control_rate: float,
    exposure: float = 1.0,
    dispersion: float = 0.0,
    null: float = 1.0,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    ratio: float = 1.0,
    upward: bool = False,
) -> Answer:
    """Return size, power or rate ratio of a test of two rates, all subjects observed equally long.

    rate_ratio    treatment divided by control; give two of rate_ratio, n and power.
    control_rate  events per unit of time, > 0.
    exposure      time every subject is observed, > 0.
    dispersion    variance is mean + dispersion * mean²; 0 is Poisson.
    null          rate ratio under the null hypothesis.
    ratio         subjects of treatment divided by control.
    upward        when the rate ratio is asked for: whether it lies above null.
    Raises        ValueError if a value is out of range or not exactly one is asked for.
    Source        Zhu, Lakkis (2014), Statistics in Medicine 33, method 2; Friede, Schmidli (2010); rpact 4.1.0.
    """
    check_positive(
        control_rate=control_rate, exposure=exposure, null=null, ratio=ratio, rate_ratio=rate_ratio
    )
    if dispersion < 0:
        raise ValueError(f"dispersion is {dispersion}")

    def power_at(effect: float, size: float) -> float:
        if effect <= 0:
            return 1.0
        one, two = split(size, ratio)
        variance = (1 / (control_rate * effect * exposure) + dispersion) / one
        variance += (1 / (control_rate * exposure) + dispersion) / two
        away = abs(math.log(effect / null)) / math.sqrt(variance)
        return float(ndtr(away - ndtri(1 - alpha / sided)))

    return answer_of(
        power_at,
        effect=rate_ratio,
        n=n,
        power=power,
        alpha=alpha,
        sided=sided,
        null=null,
        ratio=ratio,
        most=math.inf if upward else 0.0,
    )


def rates_of_blinded(overall: float, rate_ratio: float, *, ratio: float = 1.0) -> tuple[float, float]:
    """Return the rates of treatment and control that have an overall rate and a rate ratio.

    Raises  ValueError if a value is not positive.
    Source  Friede, Schmidli (2010), Methods of Information in Medicine 49.
    """
    check_positive(overall=overall, rate_ratio=rate_ratio, ratio=ratio)
    control = (1 + ratio) * overall / (1 + ratio * rate_ratio)
    return rate_ratio * control, control


def even_entries(subjects: int, start: float, end: float) -> Array:
    """Return entry times spread evenly over a period, the first at its start and the last at its end.

    Returns  shape (subjects,).
    """
    return np.linspace(start, end, subjects)


def time_of_information(
    information: float,
    rates: tuple[float, float],
    entries: tuple[Array, Array],
    *,
    dispersion: float = 0.0,
    exposure: float = math.inf,
) -> float:
    """Return the time of the study by which the log rate ratio has a given information.

    entries   times at which subjects came in, per group, shape (n_subjects,).
    exposure  longest time a subject is observed.
    Raises    ValueError if that much information is never reached: over-dispersion bounds it.
    Source    Mütze et al. (2019); rpact 4.1.0 calendarTime.
    """

    def missing(time: float) -> float:
        first, second = (np.minimum(time - entry, exposure) for entry in entries)
        return count_information(rates, (first, second), dispersion=dispersion) - information

    high = max(float(entries[0].max()), float(entries[1].max()), 1.0)
    while missing(high) < 0:
        high *= 2
        if high > 1e9:
            raise ValueError(f"an information of {information:.6g} is never reached")
    return float(brentq(missing, 0.0, high, xtol=1e-11))


def subjects_for_information(
    information: float,
    rates: tuple[float, float],
    *,
    accrual_duration: float,
    follow_up: float,
    dispersion: float = 0.0,
    ratio: float = 1.0,
) -> tuple[int, int]:
    """Return the least subjects of treatment and control, coming in evenly, that give a log rate ratio its information.

    follow_up  time between the last subject in and the end of the study.
    Raises     ValueError if a value is out of range.
    Source     Mütze et al. (2019): the smallest control group that is enough, treatment rounded up to the ratio.
    """
    check_positive(information=information, accrual_duration=accrual_duration, ratio=ratio)

    def enough(control: int) -> bool:
        groups = (math.ceil(ratio * control - 1e-9), control)
        first, second = (
            accrual_duration + follow_up - even_entries(size, 0.0, accrual_duration) for size in groups
        )
        return count_information(rates, (first, second), dispersion=dispersion) >= information

    high = 2
    while not enough(high):
        high *= 2
        if high > 2**24:
            raise ValueError(f"an information of {information:.6g} is not reached by {high} subjects")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return math.ceil(ratio * high - 1e-9), high
