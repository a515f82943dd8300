"""Distributions of demand in closed form: Poisson-gamma enrollment, base-stock buffers, thinning by arm."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf

import numba
import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class PoissonGamma:
    """Enrollment at sites whose rates differ: each rate is drawn from Gamma(alpha, rate beta).

    alpha   shape of the gamma distribution of site rates, > 0.
    beta    rate of that distribution, > 0; alpha / beta is the mean number of subjects per site and unit time.
    Source  Anisimov & Fedorov (2007), Statistics in Medicine 26:4958.
    """

    alpha: float
    beta: float

    def __post_init__(self) -> None:
        if self.alpha <= 0 or self.beta <= 0:
            raise ValueError(f"alpha and beta must be positive, got {self.alpha} and {self.beta}")

    def mean(self, sites: int, time: float) -> float:
        """Return the expected number of subjects of some sites, each open for the given time."""
        _check_exposure(sites, time)
        return sites * self.alpha * time / self.beta

    def variance(self, sites: int, time: float) -> float:
        """Return the variance of the number of subjects of some sites, each open for the given time."""
        return self.mean(sites, time) + sites * self.alpha * (time / self.beta) ** 2

    def quantile(self, probability: float, sites: int, time: float) -> int:
        """Return the smallest number n with P(subjects <= n) >= probability.

        Raises  ValueError if the probability is not in (0, 1).
        Source  the sum over sites is negative binomial; qnbinom of R 4.2.2 (tests/engines/supply).
        """
        _check_open_probability(probability)
        _check_exposure(sites, time)
        if time == 0 or sites == 0:
            return 0
        return int(stats.nbinom.ppf(probability, sites * self.alpha, self.beta / (self.beta + time)))

    def updated(self, subjects: int, time: float) -> PoissonGamma:
        """Return the distribution of one site's rate after it recruited some subjects in the given time."""
        if subjects < 0 or time < 0:
            raise ValueError(f"subjects and time must not be negative, got {subjects} and {time}")
        return PoissonGamma(self.alpha + subjects, self.beta + time)


def base_stock_buffer(mean_demand: float, stockout_risk: float) -> int:
    """Return the smallest buffer b with P(Poisson demand in the lead time > b) <= risk.

    mean_demand    expected kits demanded in the lead time, >= 0.
    stockout_risk  in (0, 1).
    Raises         ValueError outside these limits.
    Source         base-stock rule, e.g. Zipkin (2000), "Foundations of inventory management"; qpois of R 4.2.2 (tests/engines/supply).
    """
    _check_open_probability(stockout_risk)
    if mean_demand < 0:
        raise ValueError(f"mean_demand must not be negative, got {mean_demand}")
    return int(stats.poisson.isf(stockout_risk, mean_demand)) if mean_demand else 0


def stockout_risk(mean_demand: float, buffer: int) -> float:
    """Return P(Poisson demand > buffer).

    Raises  ValueError if demand or buffer is negative.
    Source  ppois of R 4.2.2 (tests/engines/supply).
    """
    if mean_demand < 0 or buffer < 0:
        raise ValueError(f"demand and buffer must not be negative, got {mean_demand} and {buffer}")
    return float(stats.poisson.sf(buffer, mean_demand))


def arm_quantile(probability: float, subjects: int, share: float) -> int:
    """Return the smallest n with P(subjects randomized to an arm <= n) >= probability.

    share   the arm's share of the allocation ratio.
    Raises  ValueError if a probability or share is not in (0, 1), or subjects is negative.
    Source  binomial thinning under complete randomization; qbinom of R 4.2.2 (tests/engines/supply).
    """
    _check_open_probability(probability)
    _check_open_probability(share)
    _check_exposure(1, subjects)
    return int(stats.binom.ppf(probability, subjects, share))


def arm_excess_risk(subjects: int, share: float, factor: float) -> float:
    """Return P(an arm gets more than factor times its expected number of subjects).

    share   the arm's share of the allocation ratio.
    Raises  ValueError if the share is not in (0, 1), or subjects is negative.
    Source  binomial thinning under complete randomization, pbinom of R 4.2.2 (tests/engines/supply).
    """
    _check_open_probability(share)
    _check_exposure(1, subjects)
    return float(stats.binom.sf(np.floor(factor * subjects * share + 1e-9), subjects, share))


def site_risk(study_risk: float, sites: int) -> float:
    """Return the stock-out risk each of some independent sites may have so that the study's risk is as given.

    Raises  ValueError unless study_risk is in (0, 1) and there is a site.
    Source  1 - (1 - study_risk) ** (1 / sites); R 4.2.2 (tests/engines/supply).
    """
    _check_open_probability(study_risk)
    if sites < 1:
        raise ValueError(f"a study needs at least one site, got {sites}")
    return float(-np.expm1(np.log1p(-study_risk) / sites))


@numba.njit(cache=True, nogil=True)
def count_quantile(probability: float, mean: float, variance: float) -> int:  # pragma: no cover - compiled
    """Return the quantile of the count distribution with this mean and variance.

    The distribution is the member of the (a, b, 0) class with these moments: Poisson when they are equal, negative
    binomial when the variance is larger, binomial (trials rounded up) when it is smaller. Above a mean of 300 a
    normal quantile with skewness correction stands in.

    Source  Panjer (1981), ASTIN Bulletin 12:22 for the recursion p(k) = (a + b / k) p(k - 1).
    """
    if mean <= 1e-12:
        return 0
    if mean > 300.0:
        z = _normal_quantile(probability)
        skew = (2.0 * variance / mean - 1.0) / np.sqrt(max(variance, 1e-12))
        return int(np.ceil(mean + np.sqrt(variance) * (z + skew * (z * z - 1.0) / 6.0) - 0.5))
    a, b, chance, most = panjer(mean, variance)
    total = chance
    k = 0
    # The slack absorbs the rounding of the running sum, so that a quantile that falls exactly on a step is found.
    while total < probability - 1e-13 and k < most:
        k += 1
        chance *= a + b / k
        total += chance
    return k


@numba.njit(cache=True, nogil=True)
def panjer(mean: float, variance: float) -> tuple[float, float, float, int]:  # pragma: no cover - compiled
    """Return a, b, the chance of 0 and the largest possible count of the (a, b, 0) member with these moments."""
    ratio = variance / mean
    if ratio > 1.0 + 1e-9:
        size = mean / (ratio - 1.0)
        a = 1.0 - 1.0 / ratio
        return a, (size - 1.0) * a, np.exp(-size * np.log(ratio)), 100_000
    if ratio >= 1.0 - 1e-9:
        return 0.0, mean, np.exp(-mean), 100_000
    trials = np.ceil(mean / (1.0 - ratio) - 1e-9)
    # A certain count is a binomial whose failures are too rare to matter.
    p = min(mean / trials, 1.0 - 1e-12)
    a = -p / (1.0 - p)
    return a, -(trials + 1.0) * a, np.exp(trials * np.log1p(-p)), int(trials)


@numba.njit(cache=True, nogil=True)
def sum_quantile(  # pragma: no cover - compiled
    probability: float, chances: np.ndarray, n_chances: int, mean: float, variance: float
) -> int:
    """Return the quantile of the sum of a count with the given chances of 0..n_chances-1 and one with these moments."""
    if mean <= 1e-12:
        total = 0.0
        for k in range(n_chances):
            total += chances[k]
            if total >= probability - 1e-13:
                return k
        return n_chances - 1
    a, b, none, most = panjer(mean, variance)
    total = 0.0
    count = 0
    room = 4096
    other = np.empty(room)  # counts beyond it have no weight at the means below 300 this is called with
    other[0] = none
    while True:
        if count > 0:
            other[count] = other[count - 1] * (a + b / count) if count <= most else 0.0
        for k in range(min(count + 1, n_chances)):
            total += chances[k] * other[count - k]
        if total >= probability - 1e-13 or count == room - 1:
            return count
        count += 1


@numba.njit(cache=True, nogil=True)
def _normal_quantile(probability: float) -> float:  # pragma: no cover - compiled
    """Return the normal quantile by Newton's method on the error function."""
    x = 0.0
    for _ in range(60):
        error = 0.5 * (1.0 + erf(x / np.sqrt(2.0))) - probability
        density = np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)
        step = error / max(density, 1e-12)
        x -= min(max(step, -1.0), 1.0)
        if abs(step) < 1e-12:
            break
    return x


def _check_open_probability(value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"a probability must lie strictly between 0 and 1, got {value}")


def _check_exposure(sites: int, amount: float) -> None:
    if sites < 0 or amount < 0:
        raise ValueError(f"numbers and times must not be negative, got {sites} and {amount}")
