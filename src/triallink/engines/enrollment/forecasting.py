"""What comes next: simulated courses of the study and its sites, with the width past forecasts call for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .calibration import Calibration, calibrate, site_step_variance
from .history import Counts, History, Reals, SiteOpening
from .model import Beliefs, SiteRates, aging, opened_share, season_factors, site_rates


@dataclass(frozen=True)
class Interval:
    """A central interval around the median; for dates in months, where infinity means not within the horizon."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """Simulated courses from the origin on.

    origin     months of history the forecast was made from; its first month is number `origin`.
    enrolled   subjects before the origin.
    courses    shape (n_paths, horizon), subjects since the origin, cumulative.
    sites      n_sites names: those with a history, then the planned ones.
    site_mean, site_low, site_high
               shape (horizon, n_sites), subjects of each site since the origin, cumulative: mean and the calibrated
               interval of `level`.
    level      coverage of intervals unless another is asked for.
    """

    origin: int
    enrolled: int
    courses: Counts = field(repr=False)
    sites: tuple[str, ...] = field(repr=False)
    site_mean: Reals = field(repr=False)
    site_low: Reals = field(repr=False)
    site_high: Reals = field(repr=False)
    level: float

    @property
    def horizon(self) -> int:
        """How many months it looks ahead."""
        return int(self.courses.shape[1])

    def mean(self, months: int) -> float:
        """Return the mean number of subjects of the next so many months.

        Raises  ValueError if months is not 1 to the horizon.
        """
        return float(self._after(months).mean())

    def interval(self, months: int, level: float | None = None) -> Interval:
        """Return median and central interval of the subjects of the next so many months.

        months  1 to the horizon.
        level   coverage; the forecast's own by default. The width is calibrated at that one.
        Raises  ValueError if months or level lies outside.
        """
        tail = (1 - _checked(self.level if level is None else level)) / 2
        low, middle, high = np.quantile(
            self._after(months), [tail, 0.5, 1 - tail], method="inverted_cdf"
        ).tolist()
        return Interval(middle, low, high)

    def probability(self, total: int, by: int) -> float:
        """Return P(at least `total` subjects, those before the origin included, within the next `by` months).

        Raises  ValueError if by is not 1 to the horizon.
        """
        return float((self._after(by) >= total - self.enrolled).mean())

    def months_until(self, total: int, level: float | None = None) -> Interval:
        """Return when the study will have `total` subjects, in months from the origin, those before it included.

        Within a month subjects are spread evenly. A bound that the horizon does not reach is infinite.

        Raises  ValueError if level is not in (0, 1).
        """
        tail = (1 - _checked(self.level if level is None else level)) / 2
        need = total - self.enrolled
        if need <= 0:
            return Interval(0.0, 0.0, 0.0)
        reached = self.courses >= need
        month = reached.argmax(axis=1)
        rows = np.arange(len(month))
        before = np.where(month > 0, self.courses[rows, np.maximum(month - 1, 0)], 0)
        grown = np.maximum(self.courses[rows, month] - before, 1)
        when = np.where(reached.any(axis=1), month + (need - before) / grown, np.inf)
        low, middle, high = np.quantile(when, [tail, 0.5, 1 - tail], method="inverted_cdf").tolist()
        return Interval(middle, low, high)

    def site_interval(self, site: str, months: int) -> tuple[float, int, int]:
        """Return mean, low and high of one site's subjects in the next so many months.

        Raises  ValueError if the site is unknown or months is not 1 to the horizon.
        """
        self._after(months)
        if site not in self.sites:
            raise ValueError(f"no site {site!r} in this forecast")
        at = months - 1, self.sites.index(site)
        return float(self.site_mean[at]), int(self.site_low[at]), int(self.site_high[at])

    def _after(self, months: int) -> Counts:
        if not 1 <= months <= self.horizon:
            raise ValueError(f"months is 1 to {self.horizon}, got {months!r}")
        return self.courses[:, months - 1]


@dataclass(frozen=True)
class EnrollmentModel:
    """A history, what it says, and how far past forecasts went wrong."""

    history: History = field(repr=False)
    rates: SiteRates = field(repr=False)
    calibration: Calibration
    beliefs: Beliefs

    def forecast(
        self,
        horizon: int,
        *,
        openings: Iterable[SiteOpening] | None = None,
        closures: Mapping[str, int] | None = None,
        site_caps: Mapping[str, int] | None = None,
        study_cap: int | None = None,
        n_paths: int = 2000,
        seed: int = 1,
    ) -> Forecast:
        """Return the next `horizon` months.

        openings   the sites that will open; () for none. None: there is no plan, and new sites arrive at the pace
                   of the last months, unnamed.
        closures   site -> first month (since the history began) in which it no longer enrolls.
        site_caps  site -> most subjects it may ever enroll, those of the history included.
        study_cap  most subjects of the study, those of the history included.
        n_paths    how many courses are simulated.
        seed       the same seed gives the same answer; what two what-ifs share is simulated alike, so that their
                   difference is that of the plans.
        Raises     ValueError if a number is below 1 or no whole one, a cap negative, a site unknown or opens twice.
        Source     docs/guide/enrollment.md; tests/engines/enrollment/test_enrollment_forecast.py.
        """
        plan = None if openings is None else tuple(openings)
        _check(self.history, horizon, n_paths, plan, closures or {}, site_caps or {}, study_cap)
        return _Simulation(self, horizon, plan, n_paths, seed).run(closures or {}, site_caps or {}, study_cap)


def fit(
    history: History,
    *,
    beliefs: Beliefs | None = None,
    level: float = 0.9,
    calibration: Calibration | None = None,
) -> EnrollmentModel:
    """Return the model of a study's enrollment.

    beliefs      what is held true before the data speak.
    level        the coverage intervals are calibrated for.
    calibration  a calibration at hand; by default it is made from the history's own past.
    Raises       ValueError if no site has opened or level is not in (0, 1).
    Source       Anisimov, Fedorov (2007), Stat Med 26:4958, extended as docs/guide/enrollment.md tells.
    """
    held = beliefs or Beliefs()
    rates = site_rates(history, held)
    return EnrollmentModel(history, rates, calibration or calibrate(history, held, level), held)


def moved(
    openings: Iterable[SiteOpening], months: float, *, not_before: float = 0.0
) -> tuple[SiteOpening, ...]:
    """Return the plan with every opening later by so many months, or earlier if negative.

    not_before  no opening is moved before this month; one that was planned earlier stays.
    """
    return tuple(
        replace(opening, month=max(opening.month + months, min(not_before, opening.month)))
        for opening in openings
    )


class _Simulation:
    """One run: sites with a history, planned or arriving sites, and the factor all share."""

    def __init__(
        self,
        model: EnrollmentModel,
        horizon: int,
        plan: tuple[SiteOpening, ...] | None,
        n_paths: int,
        seed: int,
    ) -> None:
        self.model, self.plan, self.n_paths = model, plan, n_paths
        self.origin = model.history.n_months
        self.months = self.origin + np.arange(horizon)
        self.start, self.noise, self.old, self.new = (
            np.random.default_rng(source) for source in np.random.SeedSequence(seed).spawn(4)
        )

    def run(self, closures: Mapping[str, int], caps: Mapping[str, int], study_cap: int | None) -> Forecast:
        history, rates = self.model.history, self.model.rates
        names = history.sites + tuple(opening.site for opening in self.plan or ())
        never = np.iinfo(np.int64).max
        closed = np.array([*history.closed.tolist(), *([never] * (len(names) - len(history.sites)))])
        closed = np.minimum(closed, [closures.get(site, never) for site in names])
        before = np.zeros(len(names), dtype=np.int64)
        before[: len(history.sites)] = history.counts.sum(axis=1)
        most = np.array([caps.get(site, never) for site in names], dtype=np.int64)
        room = np.maximum(most - before, 0)
        common = self._common()
        # Columns: sites with a history, then planned ones; unplanned arrivals come as one column per month.
        old = (
            self.old.standard_gamma(rates.shape[:, None], (len(rates.shape), self.n_paths)).T
        ) / rates.exposure
        old_age = aging(self.months - history.opened[:, None], rates.decay)
        old_age = np.where(self.months >= history.opened[:, None], old_age, 0.0)
        new, new_age = self._planned() if self.plan is not None else self._arriving()
        so_far = np.zeros((self.n_paths, len(names)), dtype=np.int64)
        unnamed = np.zeros(self.n_paths, dtype=np.int64)
        courses = np.zeros((self.n_paths, len(self.months)), dtype=np.int64)
        shape = (len(self.months), len(names))
        mean, low, high = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        tail = (1 - self.model.calibration.site_level) / 2
        step = np.sqrt(site_step_variance(rates, self.model.beliefs))
        for at, month in enumerate(self.months):
            draw_old, draw_new = self.old.spawn(1)[0], self.new.spawn(1)[0]
            # Each site strays on its own; the mean of its rate stays.
            stray = draw_old.standard_normal((len(step), self.n_paths)).T
            old *= np.exp(step * stray - 0.5 * step**2)
            came = draw_old.poisson((old * old_age[:, at] * common[:, at, None]).T).T
            more = draw_new.poisson((new * new_age(at) * common[:, at, None]).T).T
            if self.plan is None:
                unnamed += more.sum(axis=1)
            else:
                came = np.concatenate([came, more], axis=1)
            came[:, month >= closed] = 0
            so_far = np.minimum(so_far + came, room)
            total = so_far.sum(axis=1) + unnamed
            courses[:, at] = (
                total if study_cap is None else np.minimum(total, max(study_cap - history.n_subjects, 0))
            )
            if names:
                mean[at] = so_far.mean(axis=0)
                low[at], high[at] = np.quantile(so_far, [tail, 1 - tail], axis=0, method="inverted_cdf")
        return Forecast(
            self.origin, history.n_subjects, courses, names, mean, low, high, self.model.calibration.level
        )

    def _common(self) -> Reals:
        """Return (n_paths, horizon): drift, noise of the month, season and the recent rate."""
        rates, calibration = self.model.rates, self.model.calibration
        step = calibration.drift_sd if self.plan is not None else calibration.arrival_drift_sd
        size = (self.n_paths, len(self.months))
        walk = step * np.cumsum(self.noise.standard_normal(size[::-1]), axis=0).T
        noise = rates.month_sd * self.noise.standard_normal(size[::-1]).T
        season = season_factors(rates.season, self.model.history.calendar_month, self.months)
        return np.asarray(season * np.exp(rates.recent + walk + noise), dtype=np.float64)

    def _planned(self) -> tuple[Reals, Callable[[int], Reals]]:
        plan, rates = self.plan or (), self.model.rates
        law = rates.rates
        size = (len(plan), self.n_paths)
        start = np.array([opening.month for opening in plan], float)[:, None] + np.array(
            [opening.sd_months for opening in plan], float
        )[:, None] * self.start.standard_normal(size)
        start = np.maximum(start, self.origin)
        opens = self.start.random(size) < np.array([opening.chance for opening in plan], float)[:, None]
        factor = np.array([opening.rate_factor for opening in plan], float)[:, None]
        rate = (factor * opens * self.new.standard_gamma(law.shape, size) / law.rate).T
        return (
            rate,
            lambda at: opened_share(self.months[at : at + 1], start.ravel(), rates.decay).reshape(size).T,
        )

    def _arriving(self) -> tuple[Reals, Callable[[int], Reals]]:
        rates, law = self.model.rates, self.model.rates.rates
        window = float(min(self.model.beliefs.arrival_months, self.origin))
        size = (len(self.months), self.n_paths)
        pace = self.start.standard_gamma(rates.arrivals * window, self.n_paths) / window
        n_sites = self.start.poisson(np.broadcast_to(pace, size))
        rate = (self.new.standard_gamma(law.shape * n_sites) / law.rate).T
        months = np.arange(len(self.months))
        return rate, lambda at: np.where(months <= at, aging(at - months, rates.decay), 0.0)


def _check(
    history: History,
    horizon: int,
    n_paths: int,
    plan: Sequence[SiteOpening] | None,
    closures: Mapping[str, int],
    caps: Mapping[str, int],
    study_cap: int | None,
) -> None:
    if (study_cap is not None and study_cap < 0) or any(cap < 0 for cap in caps.values()):
        raise ValueError(f"caps are at least 0, got {study_cap!r} and {dict(caps)!r}")
    if horizon != int(horizon) or n_paths != int(n_paths):
        raise ValueError(f"horizon and n_paths are whole numbers, got {horizon!r} and {n_paths!r}")
    if horizon < 1 or n_paths < 1:
        raise ValueError(f"horizon and n_paths are at least 1, got {horizon!r} and {n_paths!r}")
    names = [*history.sites, *(opening.site for opening in plan or ())]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"sites that open twice: {twice}")
    unknown = sorted((set(closures) | set(caps)) - set(names))
    if unknown:
        raise ValueError(f"no site is called {unknown}")


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level lies strictly between 0 and 1, got {level!r}")
    return level
