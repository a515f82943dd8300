"""The Poisson-gamma law of enrollment in closed form: sites enroll at rates that differ as a gamma law says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when first asked for
from numpy.typing import ArrayLike

from .history import Reals


@dataclass(frozen=True)
class PoissonGamma:
    """The law of a site's rate: Gamma(shape, rate), rates in subjects per month (or whatever unit exposures have)."""

    shape: float
    rate: float

    def __post_init__(self) -> None:
        if not (self.shape > 0 and self.rate > 0):
            raise ValueError(f"shape and rate are more than 0, got {self.shape!r} and {self.rate!r}")

    def mean(self, exposure: ArrayLike) -> float:
        """Return the expected number of subjects of sites with these exposures.

        exposure  shape (n_sites,) or a number, months each site enrolls, >= 0.
        Raises    ValueError if an exposure is negative.
        Source    Anisimov, Fedorov (2007), Stat Med 26:4958, section 2.
        """
        return float(self.shape / self.rate * _exposures(exposure).sum())

    def variance(self, exposure: ArrayLike) -> float:
        """Return the variance of that number: Poisson part plus the spread of the rates.

        exposure  shape (n_sites,) or a number, months each site enrolls, >= 0.
        Raises    ValueError if an exposure is negative.
        Source    Anisimov, Fedorov (2007), Stat Med 26:4958, section 2.
        """
        months = _exposures(exposure)
        return float(self.mean(months) + self.shape * ((months / self.rate) ** 2).sum())

    def quantile(self, probability: float, exposure: ArrayLike) -> int:
        """Return the smallest n with P(subjects <= n) >= probability.

        exposure  shape (n_sites,) or a number, months each site enrolls, >= 0.
        Returns   exact when all exposures are equal (the sum is negative binomial); else the negative binomial of
                  equal mean and variance.
        Raises    ValueError if the probability is not in (0, 1) or an exposure is negative.
        Source    Anisimov, Fedorov (2007), Stat Med 26:4958; qnbinom of R 4.2.2 in tests/engines/enrollment.
        """
        if not 0 < probability < 1:
            raise ValueError(f"a probability lies strictly between 0 and 1, got {probability!r}")
        months = _exposures(exposure)
        if self.mean(months) == 0:
            return 0
        size, success = self._matched(months)
        return int(scipy.stats.nbinom.ppf(probability, size, success))

    def probability(self, subjects: int, exposure: ArrayLike) -> float:
        """Return P(at least this many subjects); exact or matched as in `quantile`.

        exposure  shape (n_sites,) or a number, months each site enrolls, >= 0.
        Raises    ValueError if an exposure is negative.
        Source    Anisimov, Fedorov (2007), Stat Med 26:4958, section 3.
        """
        months = _exposures(exposure)
        if subjects <= 0:
            return 1.0
        if self.mean(months) == 0:
            return 0.0
        size, success = self._matched(months)
        return float(scipy.stats.nbinom.sf(subjects - 1, size, success))

    def updated(self, subjects: int, exposure: float) -> PoissonGamma:
        """Return the law of one site's rate after it enrolled so many subjects in that exposure.

        Raises  ValueError if either is negative.
        Source  Anisimov, Fedorov (2007), Stat Med 26:4958, section 4: the gamma law is conjugate.
        """
        if subjects < 0 or exposure < 0:
            raise ValueError(f"subjects and exposure are at least 0, got {subjects!r} and {exposure!r}")
        return PoissonGamma(self.shape + subjects, self.rate + exposure)

    def _matched(self, months: Reals) -> tuple[float, float]:
        # In shares of the longest exposure, so that tiny ones do not cancel.
        longest = float(months.max())
        share = months / longest
        total, squares = float(share.sum()), float((share**2).sum())
        return self.shape * total**2 / squares, 1.0 / (1.0 + longest * squares / total / self.rate)


def estimate_rates(subjects: ArrayLike, exposure: ArrayLike) -> PoissonGamma:
    """Return the law of site rates that makes these sites most likely, held back from extremes when sites are few.

    subjects  shape (n_sites,), counts >= 0.
    exposure  shape (n_sites,), months > 0.
    Returns   PoissonGamma; the log of its shape has the prior N(0.5, 1), worth about one site: without it the shape
              of a handful of equal sites is infinite.
    Raises    ValueError if there is no site, shapes differ, or a value lies outside what is said above.
    Source    Anisimov, Fedorov (2007), Stat Med 26:4958, section 4 (empirical Bayes); recovery by simulation in
              tests/engines/enrollment/test_enrollment_poisson_gamma.py.
    """
    count, months = np.atleast_1d(np.asarray(subjects, float)), np.atleast_1d(np.asarray(exposure, float))
    if count.shape != months.shape or not len(count):
        raise ValueError(f"{count.shape} subjects and {months.shape} exposures")
    if count.min() < 0 or months.min() <= 0:
        raise ValueError(
            f"subjects are at least 0 and exposures above 0, got {count.min()!r} and {months.min()!r}"
        )
    mean = (count.sum() + 0.5) / months.sum()
    gammaln = scipy.special.gammaln

    def surprise(values: Reals) -> float:
        shape = float(np.exp(values[0]))
        rate = shape / (mean * float(np.exp(values[1])))
        fit = gammaln(shape + count) - gammaln(shape) - shape * np.log1p(months / rate)
        fit = fit + count * np.log(1.0 / (rate + months))
        return float(-fit.sum() + 0.5 * (values[0] - 0.5) ** 2)

    found = scipy.optimize.minimize(
        surprise, np.array([0.5, 0.0]), method="L-BFGS-B", bounds=[(-4.0, 6.0), (-5.0, 5.0)]
    )
    shape = float(np.exp(found.x[0]))
    return PoissonGamma(shape, shape / (mean * float(np.exp(found.x[1]))))


def _exposures(exposure: ArrayLike) -> Reals:
    months = np.atleast_1d(np.asarray(exposure, float))
    if months.size and months.min() < 0:
        raise ValueError(f"an exposure is at least 0, got {months.min()!r}")
    return months
