"""How good the forecasts would have been: made at every past month from the months before it alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .calibration import calibrate, past_rates
from .forecasting import EnrollmentModel
from .history import History
from .model import Beliefs


@dataclass(frozen=True)
class Backcast:
    """One forecast of the past beside what came.

    origin, horizon  months known, months forecast.
    forecast         median of the subjects of those months; low and high bound its interval.
    actual           subjects that came.
    n_sites          sites open at the origin; site_covered of them came within their own interval.
    """

    origin: int
    horizon: int
    forecast: float
    low: float
    high: float
    actual: int
    n_sites: int
    site_covered: int

    @property
    def error(self) -> float:
        """Forecast against actual, relative; infinite if nobody came."""
        return self.forecast / self.actual - 1 if self.actual else float("inf")

    @property
    def is_covered(self) -> bool:
        """Whether the interval holds what came."""
        return self.low <= self.actual <= self.high


@dataclass(frozen=True)
class Backtest:
    """All of them, and how they did together."""

    rows: tuple[Backcast, ...]

    @property
    def mape(self) -> float:
        """Mean absolute relative error."""
        return float(np.mean([abs(row.error) for row in self.rows]))

    @property
    def study_coverage(self) -> float:
        """Share of study intervals that held."""
        return float(np.mean([row.is_covered for row in self.rows]))

    @property
    def site_coverage(self) -> float:
        """Share of site intervals that held."""
        return sum(row.site_covered for row in self.rows) / max(sum(row.n_sites for row in self.rows), 1)


def backtest(
    history: History,
    *,
    origins: Iterable[int],
    horizons: Iterable[int] = (6, 12),
    knows_openings: bool = True,
    beliefs: Beliefs | None = None,
    level: float = 0.9,
    n_paths: int = 2000,
    seed: int = 1,
) -> Backtest:
    """Return the forecasts of the past beside what came.

    origins         months at which to forecast; one whose horizon ends beyond the history is left out.
    knows_openings  whether the opening months of sites that opened within the horizon are given to the forecast, as
                    a plan would. Their subjects never are. False: new sites arrive at the recent pace.
    Raises          ValueError if no origin is left or one lies in the first six months or before a site is open, or
                    level is not in (0, 1).
    Source          rolling-origin evaluation: Tashman (2000), Int J Forecasting 16:437.
    """
    held = beliefs or Beliefs()
    asked = sorted(set(horizons))
    pairs = [
        (origin, [h for h in asked if origin + h <= history.n_months]) for origin in sorted(set(origins))
    ]
    pairs = [(origin, fitting) for origin, fitting in pairs if fitting]
    if not pairs:
        raise ValueError(f"no origin leaves room for horizons {asked} in {history.n_months} months")
    known = past_rates(history.until(pairs[-1][0] + 1), held)
    early = [origin for origin, _ in pairs if origin not in known]
    if early:
        raise ValueError(f"origins {early} come before the first at which a forecast is made, {min(known)}")
    rows: list[Backcast] = []
    for origin, fitting in pairs:
        past = history.until(origin)
        rates = known[origin]
        # Only rates of origins before this one are looked at, each found from the months before it.
        earlier = {month: found for month, found in known.items() if month < origin}
        model = EnrollmentModel(past, rates, calibrate(past, held, level, earlier), held)
        plan = history.openings(origin, origin + max(fitting)) if knows_openings else None
        forecast = model.forecast(max(fitting), openings=plan, n_paths=n_paths, seed=seed)
        seen = np.flatnonzero(history.opened < origin)
        for horizon in fitting:
            interval = forecast.interval(horizon)
            came = history.counts[:, origin : origin + horizon].sum(axis=1)
            own = slice(0, len(seen))
            low, high = forecast.site_low[horizon - 1, own], forecast.site_high[horizon - 1, own]
            rows.append(
                Backcast(
                    origin,
                    horizon,
                    interval.median,
                    interval.low,
                    interval.high,
                    int(came.sum()),
                    len(seen),
                    int(((low <= came[seen]) & (came[seen] <= high)).sum()),
                )
            )
    return Backtest(tuple(rows))
