"""Few cases say little: a supplier's figure is moved towards the mean of its service, the more the fewer it has.

Shares (on time, right at first submission) are binomial with a beta prior, findings are Poisson with a gamma prior,
stars and hours are means with known spread. Each prior weighs as much as CASES_OF_PRIOR cases at the service's mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, sqrt

import scipy  # its stats load when first asked: a second that no process should pay at its start

from triallink.kernel.refusals import N_

CASES_OF_PRIOR = 4.0
INTERVAL = 0.90
Z = 1.6448536269514722  # the 95 % quantile of the normal distribution: 90 % lie within ± Z

# What the overall score is made of; each figure is first turned into 0 (worst) … 1 (best).
WEIGHTS = {"on_time": 30.0, "first_time": 25.0, "findings": 15.0, "hours": 10.0, "rating": 20.0}
FORMULAS = {
    "on_time": N_("(milestones on time + 4 × service mean) ÷ (milestones with a date + 4)"),
    "first_time": N_("(accepted at first submission + 4 × service mean) ÷ (milestones + 4)"),
    "findings": N_("(findings + 4 × service mean) ÷ (milestones + 4); scored as e to the power of minus it"),
    "hours": N_("(Σ |hours used − planned| ÷ planned + 4 × service mean) ÷ (lines by the hour + 4)"),
    "rating": N_("(Σ stars + 4 × service mean) ÷ (ratings + 4); scored as (stars − 1) ÷ 4"),
    "overall": N_("30 on time + 25 first submission + 15 findings + 10 hours + 20 rating, each from 0 to 1"),
}


@dataclass(frozen=True)
class Tally:
    """What was measured: how many cases, and the sum of their values."""

    cases: int
    total: float


@dataclass(frozen=True)
class Estimate:
    """A figure with what it rests on: cases, and the interval that holds it with 90 % probability."""

    value: float
    low: float
    high: float
    cases: int


def shrunk_share(good: int, cases: int, service_mean: float) -> Estimate:
    """Return a share of good cases, shrunk to the mean of the service.

    good, cases   counts, 0 <= good <= cases.
    service_mean  share from 0 to 1 over all suppliers of the service.
    Returns       posterior mean and 90 % interval of a beta distribution, dimensionless.
    Raises        ValueError if the counts or the mean are out of range.
    Source        beta-binomial posterior; Gelman et al., Bayesian Data Analysis, 3rd ed., §2.4.
    """
    if not 0 <= good <= cases:
        raise ValueError(f"good cases lie between 0 and all, not {good!r} of {cases!r}")
    if not 0 <= service_mean <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {service_mean!r}")
    # A mean of exactly 0 or 1 would make a prior that no case can move.
    mean = min(max(service_mean, 0.01), 0.99)
    a, b = good + CASES_OF_PRIOR * mean, cases - good + CASES_OF_PRIOR * (1 - mean)
    low, high = scipy.stats.beta.ppf([(1 - INTERVAL) / 2, (1 + INTERVAL) / 2], a, b)
    return Estimate(a / (a + b), float(low), float(high), cases)


def shrunk_rate(events: int, cases: int, service_mean: float) -> Estimate:
    """Return events per case, shrunk to the mean of the service.

    events, cases  counts >= 0.
    service_mean   events per case over all suppliers, >= 0.
    Returns        posterior mean and 90 % interval of a gamma distribution, events per case.
    Raises         ValueError if anything is negative.
    Source         gamma-Poisson posterior; Gelman et al., Bayesian Data Analysis, 3rd ed., §2.6.
    """
    if min(events, cases) < 0 or service_mean < 0:
        raise ValueError(f"counts and means are not negative: {events!r}, {cases!r}, {service_mean!r}")
    shape = events + CASES_OF_PRIOR * max(service_mean, 0.01)
    exposure = cases + CASES_OF_PRIOR
    low, high = scipy.stats.gamma.ppf([(1 - INTERVAL) / 2, (1 + INTERVAL) / 2], shape, scale=1 / exposure)
    return Estimate(shape / exposure, float(low), float(high), cases)


def shrunk_mean(
    tally: Tally, service_mean: float, spread: float, least: float = 0.0, most: float = float("inf")
) -> Estimate:
    """Return a mean of measured values, shrunk to the mean of the service.

    tally         cases and the sum of their values.
    service_mean  over all suppliers, in the values' unit.
    spread        standard deviation of one case, > 0, in the values' unit.
    least, most   the interval is cut to these bounds.
    Returns       posterior mean and 90 % interval of a normal distribution, in the values' unit.
    Raises        ValueError if the spread is not positive or there are fewer than no cases.
    Source        normal mean with known variance; Gelman et al., Bayesian Data Analysis, 3rd ed., §2.5.
    """
    if spread <= 0 or tally.cases < 0:
        raise ValueError(f"a spread above 0 and no fewer than 0 cases, not {spread!r} and {tally.cases!r}")
    weight = tally.cases + CASES_OF_PRIOR
    value = (tally.total + CASES_OF_PRIOR * service_mean) / weight
    half = Z * spread / sqrt(weight)
    return Estimate(value, max(value - half, least), min(value + half, most), tally.cases)


def overall(estimates: Mapping[str, Estimate]) -> float:
    """Return one score from 0 to 100 out of the estimates there are; weights of missing ones are shared out.

    estimates  by the names of WEIGHTS; shares from 0 to 1, findings per milestone, relative error, stars from 1 to 5.
    Raises     ValueError if there is none or a name is unknown.
    Source     WEIGHTS and FORMULAS of this module.
    """
    if not estimates or not set(estimates) <= set(WEIGHTS):
        raise ValueError(f"estimates are some of {sorted(WEIGHTS)}, not {sorted(estimates)}")
    scored = {name: _scored(name, one.value) for name, one in estimates.items()}
    weight = sum(WEIGHTS[name] for name in scored)
    return 100 * sum(WEIGHTS[name] * value for name, value in scored.items()) / weight


def _scored(name: str, value: float) -> float:
    if name == "findings":
        return exp(-value)
    if name == "hours":
        return max(0.0, 1 - value)
    if name == "rating":
        return (value - 1) / 4
    return value
