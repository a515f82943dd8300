"""Correlation, diagnostic accuracy and the comparison of several means."""

import math
from typing import Literal

from scipy.special import ndtr, ndtri
from scipy.stats import f as fisher_f
from scipy.stats import ncf

from triallink.engines.design.answer import Answer, answer_of, check_error, check_positive, find_size
from triallink.engines.design.proportions import check_proportion


def correlation(
    *,
    value: float | None = None,
    null: float = 0.0,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.05,
    sided: Literal[1, 2] = 2,
    upward: bool = True,
) -> Answer:
    """Return size, power or value of a test of Pearson's correlation; give two of value, n and power.

    value    correlation under the alternative, between -1 and 1.
    upward   when the value is asked for: whether it lies above null.
    Raises   ValueError if a value is out of range or not exactly one is asked for.
    Source   Fisher's z: variance 1 / (n - 3); Hulley et al. (2013), Designing Clinical Research, appendix 6C.
    """
    for each in (value, null):
        if each is not None and not -1 < each < 1:
            raise ValueError(f"a correlation of {each}")

    def power_at(effect: float, size: float) -> float:
        if size <= 3:
            return 0.0
        away = abs(math.atanh(effect) - math.atanh(null)) * math.sqrt(size - 3)
        return float(ndtr(away - ndtri(1 - alpha / sided)))

    return answer_of(
        power_at,
        effect=value,
        n=n,
        power=power,
        alpha=alpha,
        sided=sided,
        null=null,
        ratio=None,
        most=1.0 if upward else -1.0,
    )


def accuracy_precision(
    *, proportion: float, half_width: float, prevalence: float = 1.0, confidence: float = 0.95
) -> float:
    """Return the subjects needed to know a sensitivity (or specificity) to within a half-width.

    prevalence  share of subjects with the condition; for specificity, without it.
    Returns     subjects in all, not rounded.
    Raises      ValueError if a value is out of range.
    Source      Buderer (1996), Academic Emergency Medicine 3: Wald interval among those with the condition.
    """
    check_proportion(proportion=proportion, half_width=half_width, confidence=confidence)
    if not 0 < prevalence <= 1:
        raise ValueError(f"prevalence is {prevalence}")
    z = float(ndtri(0.5 + confidence / 2))
    return z**2 * proportion * (1 - proportion) / half_width**2 / prevalence


def auc_standard_error(auc: float, diseased: float, healthy: float) -> float:
    """Return the standard error of an area under the ROC curve.

    Raises  ValueError if the area is not between 0 and 1 or a group is empty.
    Source  Hanley, McNeil (1982), Radiology 143, exponential ratings.
    """
    check_proportion(auc=auc)
    check_positive(diseased=diseased, healthy=healthy)
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (diseased - 1) * (q1 - auc**2) + (healthy - 1) * (q2 - auc**2)
    return math.sqrt(variance / (diseased * healthy))


def area_under_curve(
    *,
    auc: float,
    null: float = 0.5,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.05,
    sided: Literal[1, 2] = 2,
    ratio: float = 1.0,
) -> Answer:
    """Return size or power of a test of one area under the ROC curve.

    ratio    healthy divided by diseased subjects.
    Returns  groups are healthy and diseased.
    Raises   ValueError if a value is out of range or not exactly one of n and power is given.
    Source   Hanley, McNeil (1982), Radiology 143: standard errors under both hypotheses.
    """
    check_proportion(auc=auc, null=null)

    def power_at(effect: float, size: float) -> float:
        diseased = size / (1 + ratio)
        healthy = size - diseased
        at_null, at_effect = (auc_standard_error(area, diseased, healthy) for area in (null, effect))
        return float(ndtr((abs(effect - null) - ndtri(1 - alpha / sided) * at_null) / at_effect))

    return answer_of(power_at, effect=auc, n=n, power=power, alpha=alpha, sided=sided, null=null, ratio=ratio)


def several_means(
    *,
    means: tuple[float, ...] | None = None,
    effect_f: float | None = None,
    sd: float = 1.0,
    groups: int | None = None,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.05,
) -> Answer:
    """Return size or power of a one-way analysis of variance with equal groups.

    means     of the groups, with sd; or effect_f with the number of groups.
    effect_f  Cohen's f: standard deviation of the group means divided by that within groups.
    Returns   effect is f.
    Raises    ValueError unless either means or effect_f with groups is given, and one of n and power.
    Source    noncentral F with n f²; Cohen (1988), Statistical Power Analysis, 8; tests/vectors/design.
    """
    check_error(alpha, 1, power)
    check_positive(sd=sd, n=n)
    if (means is None) == (effect_f is None) or (means is None and groups is None):
        raise ValueError(f"either means or effect_f with groups is given: {means}, {effect_f}, {groups}")
    if means is not None:
        count = len(means)
        center = sum(means) / count
        size_f = math.sqrt(sum((each - center) ** 2 for each in means) / count) / sd
    else:
        assert effect_f is not None
        assert groups is not None
        count, size_f = groups, effect_f
    if count < 2 or size_f <= 0:
        raise ValueError(f"{count} groups with f = {size_f}")
    if (n is None) == (power is None):
        raise ValueError(f"exactly one of n and power is given, not {n} and {power}")

    def power_at(size: float) -> float:
        within = size - count
        if within <= 0:
            return 0.0
        critical = fisher_f.isf(alpha, count - 1, within)
        return float(ncf.sf(critical, count - 1, within, size * size_f**2))

    if n is None:
        assert power is not None
        n = find_size(power_at, power, count + 1e-6)
    else:
        power = power_at(n)
    assert power is not None
    return Answer(n, (n / count,) * count, power, size_f, alpha, 1)
