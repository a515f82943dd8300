"""Sample size and power for means: one sample, pairs, two groups, ratio of two means, 2 × 2 crossover."""

import math
from typing import Literal

from scipy.special import ndtr, ndtri
from scipy.stats import nct, t

from triallink.engines.design.answer import (
    Answer,
    answer_of,
    check_positive,
    split,
)

Test = Literal["t", "z"]


def one_mean(
    *,
    difference: float | None = None,
    sd: float,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    test: Test = "t",
) -> Answer:
    """Return size, power or effect of a test of one mean; give two of difference, n and power.

    difference  mean under the alternative minus mean under the null hypothesis; its sign is the direction tested.
    sd          standard deviation, > 0.
    n           subjects, > 1.
    test        t: exact by the noncentral t distribution; z: standard deviation known.
    Raises      ValueError if a value is out of range or not exactly one is asked for.
    Source      Chow, Shao, Wang (2008), Sample Size Calculations in Clinical Research, 3.1; rpact 4.1.0 getSampleSizeMeans.
    """
    check_positive(sd=sd)

    def power_at(effect: float, size: float) -> float:
        return _power(effect / sd * math.sqrt(size), size - 1, alpha, sided, test)

    return answer_of(power_at, effect=difference, n=n, power=power, alpha=alpha, sided=sided, ratio=None)


def paired_means(
    *,
    difference: float | None = None,
    sd: float,
    correlation: float,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    test: Test = "t",
) -> Answer:
    """Return number of pairs, power or effect of a test of the mean difference within pairs.

    sd           standard deviation of one measurement, > 0.
    correlation  between the two measurements of a pair, below 1.
    Raises       ValueError as `one_mean`, or if the correlation is not between -1 and 1.
    Source       Chow, Shao, Wang (2008), 3.1; the standard deviation of differences is sd √(2 (1 - correlation)).
    """
    if not -1 <= correlation < 1:
        raise ValueError(f"correlation is {correlation}")
    return one_mean(
        difference=difference,
        sd=sd * math.sqrt(2 * (1 - correlation)),
        n=n,
        power=power,
        alpha=alpha,
        sided=sided,
        test=test,
    )


def two_means(
    *,
    difference: float | None = None,
    sd: float | tuple[float, float],
    null: float = 0.0,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    ratio: float = 1.0,
    test: Test = "t",
) -> Answer:
    """Return size, power or effect of a test of two means; give two of difference, n and power.

    difference  treatment minus control.
    sd          standard deviation of both groups, or (treatment, control): then t takes Welch's degrees of freedom.
    null        difference under the null hypothesis; non-inferiority with margin m, more being better: -m.
    n           subjects in all.
    ratio       treatment divided by control.
    Raises      ValueError if a value is out of range or not exactly one is asked for.
    Source      Chow, Shao, Wang (2008), 3.2; rpact 4.1.0 getSampleSizeMeans; tests/vectors/design.
    """
    both = sd if isinstance(sd, tuple) else (sd, sd)
    check_positive(sd=min(both), ratio=ratio)

    def power_at(effect: float, size: float) -> float:
        one, two = split(size, ratio)
        first, second = both[0] ** 2 / one, both[1] ** 2 / two
        freedom = size - 2
        if isinstance(sd, tuple) and size > 2:
            freedom = (first + second) ** 2 / (first**2 / max(one - 1, 1e-9) + second**2 / max(two - 1, 1e-9))
        return _power((effect - null) / math.sqrt(first + second), freedom, alpha, sided, test)

    return answer_of(
        power_at, effect=difference, n=n, power=power, alpha=alpha, sided=sided, null=null, ratio=ratio
    )


def ratio_of_means(
    *,
    quotient: float | None = None,
    cv: float,
    null: float = 1.0,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    ratio: float = 1.0,
    test: Test = "t",
) -> Answer:
    """Return size, power or effect of a test of the quotient of two means, equal standard deviations.

    quotient  mean of treatment divided by mean of control.
    cv        standard deviation divided by the mean of control, > 0.
    null      quotient under the null hypothesis, > 0.
    Raises    ValueError as `two_means`.
    Source    Sasabuchi (1988); rpact 4.1.0 getSampleSizeMeans(meanRatio = TRUE).
    """
    check_positive(cv=cv, null=null, ratio=ratio)

    def power_at(effect: float, size: float) -> float:
        one, two = split(size, ratio)
        error = cv * math.sqrt(1 / one + null**2 / two)
        return _power((effect - null) / error, size - 2, alpha, sided, test)

    return answer_of(
        power_at, effect=quotient, n=n, power=power, alpha=alpha, sided=sided, null=null, ratio=ratio
    )


def crossover_means(
    *,
    difference: float | None = None,
    sd_within: float,
    null: float = 0.0,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    test: Test = "t",
) -> Answer:
    """Return size, power or effect of a 2 × 2 crossover with equal sequences.

    sd_within  standard deviation within a subject, > 0.
    n          subjects of both sequences together.
    Raises     ValueError as `one_mean`.
    Source     Senn (2002), Cross-over Trials in Clinical Research, 3; Chow, Shao, Wang (2008), 10.2.
    """
    check_positive(sd_within=sd_within)

    def power_at(effect: float, size: float) -> float:
        return _power((effect - null) / (sd_within * math.sqrt(2 / size)), size - 2, alpha, sided, test)

    return answer_of(power_at, effect=difference, n=n, power=power, alpha=alpha, sided=sided, null=null)


def _power(noncentrality: float, freedom: float, alpha: float, sided: int, test: Test) -> float:
    # The far side is not counted: to reject there would be a wrong conclusion.
    away = abs(noncentrality)
    if test == "z":
        return float(ndtr(away - ndtri(1 - alpha / sided)))
    if freedom <= 0:
        return 0.0
    if away > 35:  # the distribution's own tail is lost there, and power is one to fifteen digits
        return (
            1.0
            if t.ppf(1 - alpha / sided, freedom) < 20
            else float(ndtr(away - t.ppf(1 - alpha / sided, freedom)))
        )
    return float(nct.sf(t.ppf(1 - alpha / sided, freedom), freedom, away))
