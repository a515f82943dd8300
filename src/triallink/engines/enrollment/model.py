"""Learn from a history: how sites differ, how they slow down with age, and how far the study strays from its sites."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when first asked for

from .history import Counts, Flags, History, Reals, SiteOpening
from .poisson_gamma import PoissonGamma, estimate_rates


@dataclass(frozen=True)
class Beliefs:
    """What is held true before the history speaks; each gives way as months accumulate.

    decay, decay_sd        a site's rate at age a months is (1 + a) ** -decay of that in its first month; 0.2 halves
                           it within about 30 months.
    drift_sd, drift_worth  standard deviation of the monthly step of the study's common factor (log scale), and how
                           many past forecast errors that belief is worth.
    site_step_sd           standard deviation of the monthly step by which a site strays on its own (log scale), beyond
                           what its fading memory implies: staff leave, other trials compete.
    recent_months, recent_weight  the last months whose rate is blended in, and by how much (0 to 1, log scale).
    memories               candidates for how much of last month's knowledge of a site's rate still holds this month.
    arrival_months         over how many last months the pace of new sites is taken when no plan of openings is given.
    """

    decay: float = 0.2
    decay_sd: float = 0.03
    drift_sd: float = 0.1
    drift_worth: float = 5.0
    site_step_sd: float = 0.25
    recent_months: int = 3
    recent_weight: float = 0.5
    memories: tuple[float, ...] = (1.0, 0.97, 0.94, 0.9, 0.85)
    arrival_months: int = 6

    def __post_init__(self) -> None:
        if self.decay_sd <= 0 or self.drift_sd <= 0 or self.drift_worth <= 0 or self.site_step_sd < 0:
            raise ValueError(
                f"decay_sd {self.decay_sd!r}, drift_sd {self.drift_sd!r}, drift_worth {self.drift_worth!r} are more than 0, "
                f"site_step_sd {self.site_step_sd!r} at least 0"
            )
        if not 0 <= self.recent_weight <= 1 or self.recent_months < 1 or self.arrival_months < 1:
            raise ValueError(
                f"recent_weight {self.recent_weight!r}, recent_months {self.recent_months!r}, arrival_months {self.arrival_months!r}"
            )
        if not self.memories or not all(0 < memory <= 1 for memory in self.memories):
            raise ValueError(f"memories lie in (0, 1], got {self.memories!r}")


@dataclass(frozen=True)
class SiteRates:
    """What the history says, without uncertainty of the study as a whole.

    rates            law of the rate (subjects per month at age 0) of a site of which nothing is known.
    shape, exposure  shape (n_sites,), each site's own law Gamma(shape, exposure) at the origin.
    decay            how sites slow down, see Beliefs.
    memory           how much of last month's knowledge of a site still holds.
    recent           log of the study's recent rate against what its sites' rates say, already weighted.
    month_sd         standard deviation of the common noise of a month (log scale), beyond Poisson.
    season           shape (12,), factor of each calendar month, January first; ones when not looked for.
    arrivals         sites that opened per month, lately.
    """

    rates: PoissonGamma
    shape: Reals
    exposure: Reals
    decay: float
    memory: float
    recent: float
    month_sd: float
    season: Reals
    arrivals: float


def site_rates(history: History, beliefs: Beliefs) -> SiteRates:
    """Return what a history says about its sites.

    Raises  ValueError if no site is open for a month.
    Source  Anisimov, Fedorov (2007), Stat Med 26:4958 for the rates; Harvey, Fernandes (1989), JBES 7:407 for the
            fading memory; the rest is our own, tests/engines/enrollment/test_enrollment_forecast.py.
    """
    seen = history.opened < history.n_months
    if not seen.any():
        raise ValueError(f"no site opened in the {history.n_months} months of the history")
    counts = history.counts[seen]
    ages = np.arange(history.n_months) - history.opened[seen][:, None]
    is_open = (ages >= 0) & (np.arange(history.n_months) < history.closed[seen][:, None])
    season = _season(history, counts, is_open)
    calendar = season_factors(season, history.calendar_month, np.arange(history.n_months))
    decay = _decay(counts, ages, is_open, calendar, beliefs)
    weight = np.where(is_open, aging(ages, decay) * calendar, 0.0)
    rates = estimate_rates(counts.sum(axis=1), np.maximum(weight.sum(axis=1), 1e-9))
    memory = _memory(counts, weight, rates, beliefs.memories)
    fading = memory ** np.arange(history.n_months - 1, -1, -1.0)
    shape = np.full(len(history.sites), rates.shape)
    exposure = np.full(len(history.sites), rates.rate)
    shape[seen] += (counts * fading).sum(axis=1)
    exposure[seen] += (weight * fading).sum(axis=1)
    fitted = ((shape / exposure)[seen][:, None] * weight).sum(axis=0)
    totals = counts.sum(axis=0)
    lately = slice(max(history.n_months - beliefs.recent_months, 0), history.n_months)
    # Half a subject and one expected month's noise keep an empty month from meaning minus infinity.
    recent = beliefs.recent_weight * float(
        np.log((totals[lately].sum() + 0.5) / (fitted[lately].sum() + 0.5))
    )
    opened = history.opened[seen]
    pace_months = min(beliefs.arrival_months, history.n_months)
    arrivals = (float((opened >= history.n_months - pace_months).sum()) + 0.5) / pace_months
    return SiteRates(
        rates, shape, exposure, decay, memory, recent, _month_sd(totals, fitted), season, arrivals
    )


def aging(ages: Counts | Reals, decay: float) -> Reals:
    """Return the factor of a site's rate at each age in months; ages below 0 count as 0."""
    return np.asarray((1.0 + np.maximum(ages, 0)) ** -decay, dtype=np.float64)


def season_factors(season: Reals, calendar_month: int | None, months: Counts) -> Reals:
    """Return the factor of the calendar month of each month since the history began."""
    if calendar_month is None:
        return np.ones(len(months))
    return season[(months + calendar_month - 1) % 12]


def expected(
    found: SiteRates, history: History, horizon: int, openings: Sequence[SiteOpening] | None
) -> Reals:
    """Return the expected subjects of each of the next months, all sites together.

    openings  the plan; None lets new sites arrive at the recent pace.
    Returns   shape (horizon,).
    """
    months = history.n_months + np.arange(horizon)
    still = (months >= history.opened[:, None]) & (months < history.closed[:, None])
    old = (found.shape / found.exposure)[:, None] * np.where(
        still, aging(months - history.opened[:, None], found.decay), 0.0
    )
    total = old.sum(axis=0)
    new_mean = found.rates.shape / found.rates.rate
    if openings is None:
        young = aging(np.arange(horizon), found.decay)
        total = total + new_mean * found.arrivals * np.cumsum(young)
    else:
        start = np.array([opening.month for opening in openings], float)
        size = np.array([opening.chance * opening.rate_factor for opening in openings], float)
        total = total + new_mean * (size[:, None] * opened_share(months, start, found.decay)).sum(axis=0)
    season = season_factors(found.season, history.calendar_month, months)
    return np.asarray(total * season * np.exp(found.recent), dtype=np.float64)


def opened_share(months: Counts, start: Reals, decay: float) -> Reals:
    """Return (n_sites, n_months) factors: the open share of each month times the effect of the site's age."""
    ages = months - start[:, None]
    return np.clip(ages + 1.0, 0.0, 1.0) * aging(np.floor(np.maximum(ages, 0.0) + 1e-9), decay)


def _decay(counts: Counts, ages: Counts, is_open: Flags, calendar: Reals, beliefs: Beliefs) -> float:
    """Return the decay that, given each site's total, makes the course within sites most likely.

    The likelihood is tempered by how much more than Poisson the month totals scatter: months, not subjects, are the
    independent pieces of evidence about a course all sites share.
    """
    logs = np.log1p(np.maximum(ages, 0)).astype(float)
    base = np.where(is_open, calendar, 0.0)
    totals = counts.sum(axis=1)

    def loss(decay: float, dispersion: float) -> float:
        weight = base * np.exp(-decay * logs)
        told = (
            -decay * (counts * logs).sum() - (totals * np.log(np.maximum(weight.sum(axis=1), 1e-300))).sum()
        )
        return float(-told / dispersion + 0.5 * ((decay - beliefs.decay) / beliefs.decay_sd) ** 2)

    def least(dispersion: float) -> float:
        bounds = (beliefs.decay - 6 * beliefs.decay_sd, beliefs.decay + 6 * beliefs.decay_sd)
        return float(
            scipy.optimize.minimize_scalar(loss, bounds=bounds, args=(dispersion,), method="bounded").x
        )

    first = least(1.0)
    weight = base * np.exp(-first * logs)
    fitted = (totals[:, None] * weight / np.maximum(weight.sum(axis=1), 1e-300)[:, None]).sum(axis=0)
    used = fitted > 0
    free = max(int(used.sum()) - 2, 1)
    scatter = float(((counts.sum(axis=0) - fitted)[used] ** 2 / fitted[used]).sum() / free)
    return least(max(scatter, 1.0))


def _memory(counts: Counts, weight: Reals, rates: PoissonGamma, candidates: Sequence[float]) -> float:
    """Return the candidate under which each month was best foretold from the months before it."""
    gammaln = scipy.special.gammaln

    def told(memory: float) -> float:
        shape = np.full(len(counts), rates.shape)
        exposure = np.full(len(counts), rates.rate)
        total = 0.0
        for month in range(counts.shape[1]):
            count, months = counts[:, month], weight[:, month]
            on = months > 0
            total += float(
                (
                    gammaln(shape + count)
                    - gammaln(shape)
                    + shape * np.log(exposure / (exposure + months))
                    - count * np.log(exposure + months)
                )[on].sum()
            )
            shape = rates.shape + memory * (shape - rates.shape + count)
            exposure = rates.rate + memory * (exposure - rates.rate + months)
        return total

    return max(candidates, key=told)


def _month_sd(totals: Counts, fitted: Reals) -> float:
    """Return the noise of months beyond Poisson, by the method of moments on the log scale."""
    used = fitted > 5  # below, Poisson noise drowns the rest
    if used.sum() < 3:
        return 0.0
    ratio = totals[used] / fitted[used] - 1.0
    beyond = float(np.mean(ratio**2)) - float(np.mean(1.0 / fitted[used]))
    return math.sqrt(max(beyond, 0.0))


def _season(history: History, counts: Counts, is_open: Flags) -> Reals:
    """Return calendar-month factors, drawn towards 1 as if two years without season had been seen."""
    flat = np.ones(12)
    if history.calendar_month is None or history.n_months < 12:
        return flat
    n_open = np.maximum(is_open.sum(axis=0), 1)
    rate = (counts.sum(axis=0) + 0.5) / n_open
    # A centred year's mean removes the trend, so that growth does not look like a season.
    kernel = np.array([0.5, *np.ones(11), 0.5]) / 12.0
    reach = np.convolve(np.ones(len(rate)), kernel)[6:-6]
    level = np.convolve(rate, kernel)[6:-6] / reach
    place = (np.arange(history.n_months) + history.calendar_month - 1) % 12
    for month in range(12):
        seen = np.log(rate / level)[place == month]
        flat[month] = np.exp(seen.sum() / (len(seen) + 2.0)) if len(seen) else 1.0
    return np.asarray(flat / flat.mean(), dtype=np.float64)
