"""Sample size and power for proportions by normal tests: one sample, two groups on three scales, pairs.

The two-group test is the score test: variances under the null hypothesis are those of the restricted maximum-likelihood
estimates, as Farrington and Manning and Miettinen and Nurminen compute them.
"""

import math
from typing import Literal, NamedTuple

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from triallink.engines.design.answer import Answer, answer_of, check_positive, split

Scale = Literal["difference", "ratio", "odds_ratio"]
Variance = Literal["score", "unpooled"]


class Restricted(NamedTuple):
    """Proportions of treatment and control that fit best among those with the effect of the null hypothesis."""

    treatment: float
    control: float


def check_proportion(**values: float | None) -> None:
    """Refuse what is not strictly between 0 and 1.

    Raises  ValueError naming the value.
    """
    for name, value in values.items():
        if value is not None and not 0 < value < 1:
            raise ValueError(f"{name} must be between 0 and 1: {value}")


def effect_of(treatment: float, control: float, scale: Scale) -> float:
    """Return the effect of two proportions on a scale: treatment minus control, their quotient, or the odds ratio.

    Raises  ValueError if the scale is not known.
    """
    if scale == "difference":
        return treatment - control
    if scale == "ratio":
        return treatment / control
    if scale == "odds_ratio":
        return treatment * (1 - control) / ((1 - treatment) * control)
    raise ValueError(f"there is no scale {scale}")


def treatment_proportion(control: float, effect: float, scale: Scale) -> float:
    """Return the proportion of the treatment group that has an effect against control.

    Raises  ValueError if the scale is not known.
    """
    if scale == "difference":
        return control + effect
    if scale == "ratio":
        return control * effect
    if scale == "odds_ratio":
        return effect * control / (1 - control + effect * control)
    raise ValueError(f"there is no scale {scale}")


def restricted_proportions(
    treatment: float, control: float, null: float, *, ratio: float = 1.0, scale: Scale = "difference"
) -> Restricted:
    """Return the maximum-likelihood proportions under the null hypothesis.

    treatment, control  observed or assumed proportions, 0 to 1.
    null                effect under the null hypothesis, on the scale.
    ratio               size of treatment divided by size of control.
    Raises              ValueError if a value is out of range or no proportions have that effect.
    Source              Miettinen, Nurminen (1985), Statistics in Medicine 4; Farrington, Manning (1990), ibid. 9.
    """
    check_positive(ratio=ratio)
    if not (0 <= treatment <= 1 and 0 <= control <= 1):
        raise ValueError(f"proportions must be between 0 and 1: {treatment}, {control}")
    neutral = 0.0 if scale == "difference" else 1.0
    if null == neutral:
        pooled = (ratio * treatment + control) / (1 + ratio)
        return Restricted(pooled, pooled)
    out_of_range = not -1 < null < 1 if scale == "difference" else null <= 0
    if out_of_range:
        raise ValueError(f"no proportions have an effect of {null} as {scale}")
    low, high = 0.0, 1.0
    if scale == "difference":
        low, high = max(0.0, -null), min(1.0, 1 - null)
    elif scale == "ratio":
        high = min(1.0, 1 / null)

    # The derivative of the log likelihood with respect to the control proportion falls from plus to minus infinity.
    # Its single root is found by bracketing: the published cubic cancels badly where proportions are extreme.
    def slope(p2: float) -> float:
        p1 = treatment_proportion(p2, null, scale)
        rise = {"difference": 1.0, "ratio": null, "odds_ratio": null / (1 - p2 + null * p2) ** 2}[scale]
        first = ratio * rise * (_part(treatment, p1) - _part(1 - treatment, 1 - p1))
        return first + _part(control, p2) - _part(1 - control, 1 - p2)

    edge = 1e-13 * (high - low)
    left, right = low + edge, high - edge
    if slope(left) <= 0:
        p2 = low
    elif slope(right) >= 0:
        p2 = high
    else:
        p2 = float(brentq(slope, left, right, xtol=1e-16, rtol=1e-15))
    return Restricted(min(max(treatment_proportion(p2, null, scale), 0.0), 1.0), p2)


def _part(share: float, proportion: float) -> float:
    return 0.0 if share == 0 else share / proportion


def score_statistic(
    events: tuple[int, int],
    sizes: tuple[int, int],
    *,
    null: float = 0.0,
    scale: Scale = "difference",
    corrected: bool = False,
) -> float:
    """Return z of the score test that two proportions have an effect.

    events, sizes  treatment and control.
    corrected      multiply the variance with N / (N - 1) as Miettinen and Nurminen; Farrington and Manning do not.
    Returns        z, positive when the effect is above null; 0 where nothing varies.
    Raises         ValueError if events exceed sizes or no proportions have the effect.
    Source         Miettinen, Nurminen (1985); Farrington, Manning (1990); tests/vectors/design.
    """
    for count, size in zip(events, sizes, strict=True):
        if not 0 <= count <= size or size < 1:
            raise ValueError(f"{count} events among {size}")
    p1, p2 = events[0] / sizes[0], events[1] / sizes[1]
    under = restricted_proportions(p1, p2, null, ratio=sizes[0] / sizes[1], scale=scale)
    first, second = (p * (1 - p) / size for p, size in zip(under, sizes, strict=True))
    if scale == "odds_ratio":
        # The score of the log odds ratio, standardized; both margins of the likelihood enter the information.
        if not first * second:
            return 0.0
        information = 1 / (1 / (first * sizes[0] ** 2) + 1 / (second * sizes[1] ** 2))
        z = (p1 - under.treatment) * sizes[0] / math.sqrt(information)
    else:
        weight = null if scale == "ratio" else 1.0
        variance = first + weight**2 * second
        if variance == 0:
            return 0.0
        z = (p1 - weight * p2 - (null if scale == "difference" else 0.0)) / math.sqrt(variance)
    total = sum(sizes)
    return z * math.sqrt((total - 1) / total) if corrected else z


def log_odds_ratio_statistic(
    events: tuple[int, int], sizes: tuple[int, int], *, null: float = 0.0, restricted: bool = False
) -> float:
    """Return z of a log odds ratio against a null value, also a log odds ratio.

    restricted  variance of the proportions under the null hypothesis; otherwise of those observed (Wald).
    Raises      ValueError if a cell of the table is empty.
    Source      Lachin (2000), Biostatistical Methods, 2; gsDesign testBinomial scale "lnor" is the restricted one.
    """
    a, c = events
    b, d = sizes[0] - a, sizes[1] - c
    if min(a, b, c, d) <= 0:
        raise ValueError(f"an empty cell has no log odds ratio: {a}, {b}, {c}, {d}")
    shares = Restricted(a / sizes[0], c / sizes[1])
    if restricted:
        shares = restricted_proportions(
            *shares, math.exp(null), ratio=sizes[0] / sizes[1], scale="odds_ratio"
        )
    variance = sum(1 / (size * p * (1 - p)) for size, p in zip(sizes, shares, strict=True))
    return (math.log(a * d / (b * c)) - null) / math.sqrt(variance)


def one_proportion(
    *,
    proportion: float | None = None,
    null: float,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    upward: bool = True,
) -> Answer:
    """Return size, power or proportion of the normal test of one proportion; give two of proportion, n and power.

    null     proportion under the null hypothesis, which gives the variance of the test.
    upward   when the proportion is asked for: whether it lies above null.
    Raises   ValueError if a value is out of range or not exactly one is asked for.
    Source   Chow, Shao, Wang (2008), 4.1; rpact 4.1.0 getSampleSizeRates(groups = 1). Exact: `exact_one_proportion`.
    """
    check_proportion(proportion=proportion, null=null)

    def power_at(p: float, size: float) -> float:
        reject = ndtri(1 - alpha / sided) * math.sqrt(null * (1 - null))
        return float(ndtr((abs(p - null) * math.sqrt(size) - reject) / math.sqrt(p * (1 - p))))

    return answer_of(
        power_at,
        effect=proportion,
        n=n,
        power=power,
        alpha=alpha,
        sided=sided,
        null=null,
        ratio=None,
        most=float(upward),
    )


def two_proportions(
    *,
    treatment: float | None = None,
    control: float,
    null: float | None = None,
    scale: Scale = "difference",
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    ratio: float = 1.0,
    variance: Variance = "score",
    upward: bool = True,
) -> Answer:
    """Return size, power or treatment proportion of a test of two proportions; give two of treatment, n and power.

    null      effect under the null hypothesis on the scale; none: no effect. Superiority by a margin, or
              non-inferiority when the alternative is on the better side of it.
    n         subjects in all.
    ratio     treatment divided by control.
    variance  score: under the null hypothesis restricted maximum likelihood; unpooled: that of the alternative.
    upward    when the treatment proportion is asked for: whether it lies above that of the null hypothesis.
    Returns   effect is the treatment proportion.
    Raises    ValueError if a value is out of range or not exactly one is asked for.
    Source    Farrington, Manning (1990), table I; rpact 4.1.0 getSampleSizeRates; gsDesign nBinomial (scales rr and or).
    """
    check_proportion(treatment=treatment, control=control)
    check_positive(ratio=ratio)
    at = (0.0 if scale == "difference" else 1.0) if null is None else null
    boundary = treatment_proportion(control, at, scale)

    def power_at(p1: float, size: float) -> float:
        one, two = split(1.0, ratio)
        under = restricted_proportions(p1, control, at, ratio=ratio, scale=scale)
        sigma1 = _spread(p1, control, one, two, at, scale)
        sigma0 = sigma1 if variance == "unpooled" else _spread(*under, one, two, at, scale)
        distance = abs(_distance(p1, control, at, scale))
        return float(ndtr((distance * math.sqrt(size) - ndtri(1 - alpha / sided) * sigma0) / sigma1))

    if treatment is not None and abs(treatment - boundary) < 1e-15 and n is None:
        raise ValueError(f"{treatment} against {control} is the null hypothesis: no size shows an effect")
    if treatment is None and not 0 < boundary < 1:
        raise ValueError(f"control {control} and an effect of {at} as {scale} give no proportion")
    return answer_of(
        power_at,
        effect=treatment,
        n=n,
        power=power,
        alpha=alpha,
        sided=sided,
        null=boundary,
        ratio=ratio,
        most=float(upward),
    )


def _distance(p1: float, p2: float, null: float, scale: Scale) -> float:
    if scale == "difference":
        return p1 - p2 - null
    if scale == "ratio":
        return p1 - null * p2
    return math.log(effect_of(p1, p2, scale) / null)


def _spread(p1: float, p2: float, one: float, two: float, null: float, scale: Scale) -> float:
    first, second = p1 * (1 - p1), p2 * (1 - p2)
    if scale == "odds_ratio":
        return math.sqrt(1 / (one * first) + 1 / (two * second))
    weight = null if scale == "ratio" else 1.0
    return math.sqrt(first / one + weight**2 * second / two)


def equivalent_proportions(
    *,
    treatment: float,
    control: float,
    margin: float,
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.025,
    ratio: float = 1.0,
) -> Answer:
    """Return size or power of two one-sided score tests that a difference of proportions is within ± margin.

    alpha    of each of the two tests.
    Returns  effect is the treatment proportion.
    Raises   ValueError if a value is out of range, the difference is not within the margin, or not one is asked for.
    Source   Farrington, Manning (1990); Chow, Shao, Wang (2008), 4.2.
    """
    check_proportion(treatment=treatment, control=control)
    if not abs(treatment - control) < margin < 1:
        raise ValueError(f"{treatment} against {control} is not within ± {margin}")

    def power_at(_: float, size: float) -> float:
        one, two = split(size, ratio)
        sigma1 = math.sqrt(treatment * (1 - treatment) / one + control * (1 - control) / two)
        missed = 0.0
        for null in (-margin, margin):
            under = restricted_proportions(treatment, control, null, ratio=ratio)
            sigma0 = math.sqrt(under[0] * (1 - under[0]) / one + under[1] * (1 - under[1]) / two)
            distance = abs(treatment - control - null)
            missed += float(ndtr((ndtri(1 - alpha) * sigma0 - distance) / sigma1))
        return max(0.0, 1 - missed)

    return answer_of(
        power_at, effect=treatment, n=n, power=power, alpha=alpha, sided=1, null=control + margin, ratio=ratio
    )


def mcnemar(
    *,
    discordant: tuple[float, float],
    n: float | None = None,
    power: float | None = None,
    alpha: float = 0.05,
    sided: Literal[1, 2] = 2,
) -> Answer:
    """Return number of pairs or power of McNemar's test.

    discordant  proportions of pairs (treatment succeeds only, control succeeds only), each > 0, together at most 1.
    Returns     effect is the difference of the two.
    Raises      ValueError if a value is out of range or not exactly one is asked for.
    Source      Miettinen (1968); Connor (1987), Biometrics 43: unconditional normal approximation.
    """
    p10, p01 = discordant
    check_proportion(treatment_only=p10, control_only=p01)
    total, difference = p10 + p01, p10 - p01
    if total > 1:
        raise ValueError(f"discordant pairs are more than all: {discordant}")

    def power_at(_: float, size: float) -> float:
        reject = ndtri(1 - alpha / sided) * math.sqrt(total)
        return float(ndtr((abs(difference) * math.sqrt(size) - reject) / math.sqrt(total - difference**2)))

    return answer_of(power_at, effect=difference, n=n, power=power, alpha=alpha, sided=sided, ratio=None)
