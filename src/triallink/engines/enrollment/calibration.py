"""How wide a forecast has to be: learnt from the forecasts one would have made in the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when first asked for

from .history import History, Reals
from .model import Beliefs, SiteRates, aging, expected, site_rates

_FIRST_ORIGIN = 6
_MOST_ORIGINS = 24
_STUDY_HORIZONS = (3, 6, 9, 12)
_SITE_HORIZONS = (3, 6, 12)
# Past site intervals are believed once they outnumber this many taken at their nominal level.
_SITE_WORTH = 50.0
_SITE_LEVELS = np.round(np.arange(0.50, 0.996, 0.01), 2)


@dataclass(frozen=True)
class Calibration:
    """What past forecasts say about the width of the next.

    level            the coverage it was done for.
    drift_sd         standard deviation of the monthly step of the common factor when openings are planned.
    arrival_drift_sd  the same when new sites arrive unplanned.
    site_level       nominal level at which intervals of single sites covered as often as `level` says.
    errors           how many past study forecasts were judged.
    site_intervals   how many past site intervals were judged.
    """

    level: float
    drift_sd: float
    arrival_drift_sd: float
    site_level: float
    errors: int
    site_intervals: int


def past_rates(history: History, beliefs: Beliefs) -> dict[int, SiteRates]:
    """Return what would have been known at each past month, each from the months before it alone."""
    first = max(_FIRST_ORIGIN, int(history.opened.min(initial=history.n_months)) + 1)
    return {month: site_rates(history.until(month), beliefs) for month in range(first, history.n_months)}


def calibrate(
    history: History, beliefs: Beliefs, level: float, known: Mapping[int, SiteRates] | None = None
) -> Calibration:
    """Return the widths at which past forecasts of this study would have covered what came.

    known    what `past_rates` returns, if at hand; origins at or beyond the end of the history are left out.
    Raises   ValueError if level is not in (0, 1).
    Source   split conformal prediction on rolling origins: Lei et al. (2018), JASA 113:1094, with the belief of
             `Beliefs` mixed in as further scores, because a young study has few errors of its own;
             tests/engines/enrollment/test_enrollment_forecast.py.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies strictly between 0 and 1, got {level!r}")
    rates = known if known is not None else past_rates(history, beliefs)
    origins = [month for month in sorted(rates) if month < history.n_months][-_MOST_ORIGINS:]
    steps, arrival_steps, weights = _steps(history, rates, origins, level)
    site_level, n_intervals = _site_level(history, rates, origins, beliefs, level)
    return Calibration(
        level,
        _mixed_quantile(steps, weights, beliefs, level),
        _mixed_quantile(arrival_steps, weights, beliefs, level),
        site_level,
        len(steps),
        n_intervals,
    )


def walk_variance(horizon: int) -> float:
    """Return the variance of the mean of a random walk of unit steps over its first months."""
    return (horizon + 1) * (2 * horizon + 1) / (6 * horizon)


def site_step_variance(known: SiteRates, beliefs: Beliefs) -> Reals:
    """Return the variance of the monthly step of each site's log rate: what its fading memory implies, and more.

    Source  Harvey, Fernandes (1989), JBES 7:407: a gamma law's shape shrinks by the memory each month, its mean stays.
    """
    return np.asarray(
        (1.0 - known.memory) / (known.memory * known.shape) + beliefs.site_step_sd**2, dtype=np.float64
    )


def _steps(
    history: History, rates: Mapping[int, SiteRates], origins: list[int], level: float
) -> tuple[Reals, Reals, Reals]:
    """Return, per past forecast, the monthly step that would just have covered it, planned and not, and its weight.

    Forecasts over h months from neighbouring origins share h - 1 months, so each weighs 1/h; over the horizons
    they are averaged.
    """
    z = float(scipy.special.ndtri((1 + level) / 2))
    planned, unplanned, weights = [], [], []
    for origin in origins:
        known, past = rates[origin], history.until(origin)
        for horizon in _STUDY_HORIZONS:
            if origin + horizon > history.n_months:
                break
            plan = history.openings(origin, origin + horizon)
            ahead = slice(origin, origin + horizon)
            with_plan = expected(known, past, horizon, plan)
            without = expected(known, past, horizon, None)
            came = history.counts[:, ahead].sum() + 0.5
            of_plan = history.counts[history.opened < origin, ahead].sum()
            planned.append(_step(float(with_plan.sum()), float(came), horizon, known, z))
            # Unplanned arrivals are simulated with noise of their own: only the sites already open tell of drift.
            old = float(expected(known, past, horizon, ()).sum())
            unplanned.append(
                _step(old, float(of_plan) + 0.5, horizon, known, z)
                if old > 0
                else _step(float(without.sum()), float(came), horizon, known, z)
            )
            weights.append(1.0 / (horizon * len(_STUDY_HORIZONS)))
    return np.array(planned), np.array(unplanned), np.array(weights)


def _step(mean: float, came: float, horizon: int, known: SiteRates, z: float) -> float:
    miss = np.log(came / (mean + 0.5))
    sites = max(len(known.shape), 1)
    own = 1.0 / (mean + 0.5) + 1.0 / (sites * known.rates.shape) + known.month_sd**2 / horizon
    return float(np.sqrt(max(miss**2 / z**2 - own, 0.0) / walk_variance(horizon)))


def _mixed_quantile(steps: Reals, weights: Reals, beliefs: Beliefs, level: float) -> float:
    """Return the `level` quantile of past scores and of those the belief would produce."""
    z = float(scipy.special.ndtri((1 + level) / 2))
    places = (np.arange(200) + 0.5) / 200
    believed = beliefs.drift_sd * scipy.special.ndtri((1 + places) / 2) / z
    score = np.concatenate([steps, believed])
    weight = np.concatenate([weights, np.full(200, beliefs.drift_worth / 200)])
    order = np.argsort(score)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(score[order][min(int(np.searchsorted(share, level)), len(score) - 1)])


def _site_level(
    history: History, rates: Mapping[int, SiteRates], origins: list[int], beliefs: Beliefs, level: float
) -> tuple[float, int]:
    covered, judged = np.zeros(len(_SITE_LEVELS)), 0
    for origin in origins:
        known, past = rates[origin], history.until(origin)
        rows = history.opened < origin
        for horizon in _SITE_HORIZONS:
            if origin + horizon > history.n_months:
                break
            ages = origin + np.arange(horizon) - past.opened[:, None]
            months = aging(ages, known.decay).sum(axis=1) * np.exp(known.recent)
            came = history.counts[rows, origin : origin + horizon].sum(axis=1)
            mean = known.shape / known.exposure * months
            step = beliefs.drift_sd**2 + site_step_variance(known, beliefs)
            spread = 1.0 / known.shape + step * walk_variance(horizon)
            size = 1.0 / spread
            chance = size / (size + mean)
            below = scipy.stats.nbinom.cdf(came - 1, size, chance)
            upto = scipy.stats.nbinom.cdf(came, size, chance)
            tail = (1 - _SITE_LEVELS[:, None]) / 2
            # low = ppf(tail) <= came  and  high = ppf(1 - tail) >= came
            covered += ((upto >= tail) & (below < 1 - tail)).sum(axis=1)
            judged += len(came)
    share = (covered + _SITE_WORTH * _SITE_LEVELS) / (judged + _SITE_WORTH)
    # Past coverage may only widen: a good past told nothing of the months in which sites began to fall silent.
    enough = np.flatnonzero((share >= level) & (level - 1e-9 <= _SITE_LEVELS))
    return float(_SITE_LEVELS[enough[0]] if len(enough) else _SITE_LEVELS[-1]), judged
