"""How far a site stands from its study: one score per group from numerators and denominators."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import contingency

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores and what they were computed from.

    score     shape (n,), NaN where there is none.
    expected  shape (n,), the numerator a group would have at the rate of the study.
    overall   the rate or share of the study.
    factor    over-dispersion: the mean squared z; 1 when there is none to estimate it from.
    exponent  expected = level * exposure ** exponent; 1 unless a slope was fitted.
    """

    score: Array
    expected: Array
    overall: float
    factor: float = 1.0
    level: float = 0.0
    exponent: float = 1.0

    def expected_at(self, denominator: Array) -> Array:
        """Return the numerator the study's rate lets expect of each exposure, shape (n,)."""
        return np.asarray(self.level * denominator**self.exponent, dtype=np.float64)


def normal_approximation(numerator: Array, denominator: Array, *, binary: bool = False) -> Scores:
    """Return z-scores adjusted for over-dispersion: the funnel plot with variable limits.

    numerator    shape (n,), >= 0.
    denominator  shape (n,), > 0: exposure for a rate, trials for a share.
    binary       a share; the scores are the same, because the factor that tells both variances apart cancels out,
                 but `factor` differs.
    Returns      score = z / sqrt(mean z²); 0 for all if nothing, or everything, has happened.
    Raises       ValueError if the shapes differ, a number is missing or infinite, a count negative or an exposure not positive.
    Source       Zink, Castro-Schilo, Ding (2018), Ther Innov Regul Sci 52(5); Spiegelhalter (2005), Stat Med 24.
    """
    y, n = _checked(numerator, denominator)
    if not n.size:
        return Scores(n, n, float("nan"))
    overall = float(y.sum() / n.sum())
    spread = overall * (1 - overall) if binary else overall
    if spread <= 0:
        return Scores(np.zeros_like(y), overall * n, overall, 1.0, overall)
    z = (y / n - overall) / np.sqrt(spread / n)
    factor = float(np.mean(z**2))
    score = z / np.sqrt(factor) if factor > 0 else np.zeros_like(z)
    return Scores(score, overall * n, overall, factor, overall)


def normal_bounds(scores: Scores, denominator: Array, threshold: float, *, binary: bool = False) -> Array:
    """Return the rate at which a group of each size would have this score.

    denominator  shape (n,), > 0.
    threshold    a score, such as 2 or -3.
    Returns      shape (n,); not cut off at 0 or 1.
    Source       the inverse of `normal_approximation`.
    """
    spread = scores.overall * (1 - scores.overall) if binary else scores.overall
    return scores.overall + threshold * np.sqrt(scores.factor * spread / denominator)


def poisson(numerator: Array, denominator: Array, *, compatible: bool = False) -> Scores:
    """Return deviance residuals of counts against the rate of the study.

    numerator    shape (n,), >= 0.
    denominator  shape (n,), > 0, exposure.
    compatible   fit log(exposure) as a covariate with a slope, as a public package does by mistake, instead of
                 holding the slope at 1; only to compare with its numbers.
    Returns      signed square root of each group's contribution to the deviance.
    Raises       ValueError if the shapes differ, a number is missing or infinite, a count negative or an exposure not positive, or if the fit
                 with a slope does not converge.
    Source       McCullagh, Nelder, Generalized Linear Models, 2nd ed., section 2.4.3.
    """
    y, n = _checked(numerator, denominator)
    if not n.size:
        return Scores(n, n, float("nan"))
    overall = float(y.sum() / n.sum())
    level, exponent = _poisson_fit(y, np.log(n)) if compatible else (overall, 1.0)
    expected = level * n**exponent
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(y > 0, y * np.log(y / expected), 0.0)
    deviance = np.maximum(2 * (term - (y - expected)), 0)
    return Scores(np.sign(y - expected) * np.sqrt(deviance), expected, overall, 1.0, level, exponent)


def deviance_residual(count: float, expected: float) -> float:
    """Return the signed square root of a count's contribution to the Poisson deviance.

    count     >= 0.
    expected  > 0.
    Raises    ValueError if one is out of range.
    Source    McCullagh, Nelder, Generalized Linear Models, 2nd ed., section 2.4.3.
    """
    if count < 0 or expected <= 0:
        raise ValueError(f"a count of {count:g} where {expected:g} is expected")
    term = count * np.log(count / expected) if count > 0 else 0.0
    return float(np.sign(count - expected) * np.sqrt(max(2 * (term - (count - expected)), 0.0)))


def _poisson_fit(y: Array, x: Array) -> tuple[float, float]:
    design = np.column_stack([np.ones_like(x), x])
    fitted = y + 0.1
    for _ in range(50):
        eta = np.log(fitted)
        weight = fitted
        response = eta + (y - fitted) / fitted
        weighted = design * weight[:, None]
        beta = np.linalg.solve(weighted.T @ design, weighted.T @ response)
        new = np.exp(design @ beta)
        if np.max(np.abs(new - fitted) / new) < 1e-13:
            return float(np.exp(beta[0])), float(beta[1])
        fitted = new
    raise ValueError("the Poisson regression with a slope does not converge")


def poisson_bounds(scores: Scores, denominator: Array, threshold: float) -> Array:
    """Return the count at which a group of each exposure would have this deviance residual.

    denominator  shape (n,), > 0.
    threshold    a residual, such as 5 or -5.
    Returns      shape (n,); NaN where even no event at all is not so low.
    Source       the inverse of `poisson`: y log(y/μ) − y + μ = t²/2, solved for y on the side of the sign.
    """
    return np.array([_count_at(float(mean), threshold) for mean in scores.expected_at(denominator)])


def _count_at(expected: float, threshold: float) -> float:
    half = threshold**2 / 2

    def excess(y: float) -> float:
        return (y * np.log(y / expected) if y > 0 else 0.0) - y + expected - half

    if threshold >= 0:
        upper = expected + half + abs(threshold) * np.sqrt(expected) * 2 + 10
        return float(brentq(excess, expected, upper, xtol=1e-12))
    if expected < half:
        return float("nan")
    return float(brentq(excess, 0.0, expected, xtol=1e-12))


def fisher(numerator: Array, denominator: Array) -> tuple[Array, Array]:
    """Return the p-value of each group against all others and the odds ratio.

    numerator    shape (n,), whole numbers >= 0.
    denominator  shape (n,), whole numbers >= numerator.
    Returns      two-sided p, and the conditional maximum-likelihood odds ratio, each shape (n,).
    Raises       ValueError if the shapes differ, or a count is missing, negative, no whole number or larger than its denominator.
    Source       Fisher's exact test; the estimate as in R's fisher.test.
    """
    values = fisher_p(numerator, denominator)
    y, n = _checked(numerator, denominator)
    ratios = np.empty_like(y)
    for i in range(len(y)):
        table = np.array([[y[i], n[i] - y[i]], [y.sum() - y[i], n.sum() - n[i] - y.sum() + y[i]]]).astype(int)
        ratios[i] = contingency.odds_ratio(table, kind="conditional").statistic
    return values, ratios


def fisher_p(numerator: Array, denominator: Array) -> Array:
    """Return the two-sided p-value of each group against all others, without the odds ratio.

    numerator    shape (n,), whole numbers >= 0.
    denominator  shape (n,), whole numbers >= numerator.
    Returns      shape (n,): the chance of all tables no likelier than the one seen, given its margins.
    Raises       ValueError if the shapes differ, or a count is missing, negative, no whole number or larger than its denominator.
    Source       Fisher's exact test; tables are as likely within 1e-7, as in R's fisher.test.
    """
    y, n = _checked(numerator, denominator)
    for counts in (y, n):
        if (counts != np.round(counts)).any():
            raise ValueError(f"{counts[counts != np.round(counts)][0]:g} is no whole count")
    if (y > n).any():
        raise ValueError(f"{y[y > n][0]:g} events among {n[y > n][0]:g}")
    marked, total = int(y.sum()), int(n.sum())
    found = np.ones_like(y)
    for i, (seen, size) in enumerate(zip(y.astype(int), n.astype(int), strict=True)):
        count = np.arange(max(0, size + marked - total), min(size, marked) + 1)
        parts = (count, size - count, marked - count, total - size - marked + count)
        logs = -sum(gammaln(part + 1.0) for part in parts)
        mass = np.exp(logs - logs.max())
        found[i] = mass[mass <= mass[seen - count[0]] * (1 + 1e-7)].sum() / mass.sum()
    return np.minimum(found, 1.0)


def tolerance_interval(
    numerator: float, denominator: float, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the exact confidence interval of a study-wide share, to hold against a quality tolerance limit.

    numerator    0 to denominator.
    denominator  > 0.
    Raises       ValueError if the counts are not such, or no whole numbers.
    Source       Clopper, Pearson (1934), Biometrika 26; ICH E6(R3) 3.10.1.3.
    """
    if not 0 <= numerator <= denominator or denominator <= 0:
        raise ValueError(f"{numerator} of {denominator} is no share")
    if numerator != int(numerator) or denominator != int(denominator):
        raise ValueError(f"{numerator} of {denominator} are no whole counts")
    found = stats.binomtest(int(numerator), int(denominator)).proportion_ci(
        confidence_level=confidence, method="exact"
    )
    return float(found.low), float(found.high)


def _checked(numerator: Array, denominator: Array) -> tuple[Array, Array]:
    y, n = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    if y.shape != n.shape or y.ndim != 1:
        raise ValueError(f"numerators have the shape {y.shape}, denominators {n.shape}")
    for name, values in (("numerator", y), ("denominator", n)):
        if not np.isfinite(values).all():
            raise ValueError(f"a {name} is {values[~np.isfinite(values)][0]}")
    if y.size and (y < 0).any():
        raise ValueError(f"a numerator is {y.min():g}")
    if n.size and not (n > 0).all():
        raise ValueError(f"a denominator is {n.min():g}")
    return y, n
