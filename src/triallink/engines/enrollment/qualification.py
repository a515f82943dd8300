"""What shows, on the installed copy, that enrollment laws agree with print and that forecasts cover what they say."""

from __future__ import annotations

from itertools import product

import numpy as np

from triallink.kernel.qualification import Check, CheckResult

from .candidates import Activation, CandidateSite, Goal, reach_probability
from .forecasting import fit
from .history import History
from .poisson_gamma import PoissonGamma
from .portfolio import Portfolio, choose_portfolio

# shape, rate, sites, months: mean, variance and the 5, 50, 95 and 99 % quantiles of qnbinom in R 4.2.2.
_R_CASES = {
    (1.2, 2.0, 1, 6): (3.6, 14.4, 0, 2, 11, 17),
    (1.2, 2.0, 20, 6): (72.0, 288.0, 46, 71, 102, 117),
    (1.2, 5.0, 80, 6): (115.2, 253.44, 90, 115, 142, 155),
    (2.0, 2.0, 80, 6): (480.0, 1920.0, 410, 479, 554, 587),
    (2.0, 5.0, 20, 1): (8.0, 9.6, 3, 8, 13, 16),
}
_STUDIES = 30


def checks() -> tuple[Check, ...]:
    """Return the qualification checks of the enrollment engine."""
    return (
        Check(
            "Moments and quantiles of subjects at equal sites are those of the negative binomial law.",
            "qnbinom of R 4.2.2; law of Anisimov, Fedorov (2007), Stat Med 26:4958",
            "exact quantiles; 1e-9 of the moments",
            _closed_form,
        ),
        Check(
            "Forecast intervals at 90 % cover the next half year of studies whose sites never change.",
            "simulation of Poisson-gamma studies, this engine",
            f"at least 26 of {_STUDIES} at a fixed seed: intervals allow for drift, so they cover more than 90 %",
            _coverage,
        ),
        Check(
            "The portfolio chosen is the cheapest of all 80 of a small instance that reach the goal.",
            "every portfolio, enumerated",
            "exact",
            _cheapest,
        ),
    )


def _closed_form() -> CheckResult:
    right = 0
    for (shape, rate, sites, months), (mean, variance, *quantiles) in _R_CASES.items():
        law, exposure = PoissonGamma(shape, rate), np.full(sites, float(months))
        found = [law.quantile(p, exposure) for p in (0.05, 0.5, 0.95, 0.99)]
        moments = np.allclose([law.mean(exposure), law.variance(exposure)], [mean, variance], rtol=1e-9)
        right += int(found == quantiles and moments)
    return CheckResult(right == len(_R_CASES), f"{right} of {len(_R_CASES)} cases", f"{len(_R_CASES)}")


def _coverage() -> CheckResult:
    random = np.random.default_rng(7)
    covered = 0
    for number in range(_STUDIES):
        counts = random.poisson(random.gamma(1.5, 1.0, 30)[:, None], (30, 18))
        records = [(f"{site}", month, int(counts[site, month])) for site in range(30) for month in range(12)]
        history = History.from_records(records, n_months=12, opened={f"{site}": 0 for site in range(30)})
        interval = fit(history).forecast(6, openings=(), n_paths=300, seed=number).interval(6)
        covered += int(interval.low <= counts[:, 12:].sum() <= interval.high)
    return CheckResult(covered >= 26, f"{covered} of {_STUDIES} covered", "at least 26")


def _cheapest() -> CheckResult:
    activations = (Activation(0, 55), Activation(2, 40, sd_months=1, chance=0.9))
    candidates = tuple(
        CandidateSite(f"S{number}", "FR", PoissonGamma(1 + number / 2, 1.0), activations)
        for number in range(4)
    )
    goal = Goal(subjects=20, months=8, probability=0.8)
    costs = []
    for ways in product((None, *activations), repeat=4):
        chosen = {one.site: way for one, way in zip(candidates, ways, strict=True) if way is not None}
        if reach_probability(chosen, candidates, 20, 8) >= 0.8:
            costs.append(sum(way.cost_minor for way in chosen.values()))
    found = choose_portfolio(candidates, goal)
    cost = found.cost_minor if isinstance(found, Portfolio) else None
    return CheckResult(cost == min(costs), f"cost {cost}", f"cost {min(costs)}")
