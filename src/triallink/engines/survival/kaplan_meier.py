"""The product-limit estimate of survival, its bands, quantiles, mean and numbers at risk."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from triallink.engines.survival.observations import Array, check_confidence, observations

Band = Literal["plain", "log", "log-log", "logit", "arcsine"]
# Products of fractions meet 0.5 only up to rounding; R's survfit allows as much.
_FUZZ = 1e-9


@dataclass(frozen=True)
class Estimate:
    """A figure with its confidence interval; NaN where the data do not reach it."""

    value: float
    lower: float
    upper: float
    std_error: float = float("nan")


@dataclass(frozen=True)
class SurvivalCurve:
    """A survival curve at every distinct time, all arrays of shape (k,).

    times         when somebody had the event or was censored, ascending.
    at_risk       subjects at risk just before.
    events, censored  at that time.
    survival      probability of being free of the event after that time.
    std_error     of the survival (Greenwood).
    lower, upper  pointwise confidence limits; NaN where the scale has none (survival 0, or 1 before the first event).
    """

    times: Array
    at_risk: Array
    events: Array
    censored: Array
    survival: Array
    std_error: Array
    lower: Array
    upper: Array
    confidence: float
    band: Band

    @property
    def n(self) -> int:
        """Number of subjects."""
        return int(self.events.sum() + self.censored.sum())

    @property
    def median(self) -> Estimate:
        """When half of the subjects had the event."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> Estimate:
        """Return when a share of the subjects had the event.

        share    between 0 and 1.
        Returns  the time at which survival falls to 1 - share or below; where it stays there exactly, the middle of
                 that flat piece. The limits come from the confidence band (Brookmeyer, Crowley).
        Raises   ValueError for a share outside of (0, 1).
        Source   Brookmeyer, Crowley (1982), Biometrics 38; R survival 3.5 quantile.survfit, SAS PROC LIFETEST.
        """
        if not 0 < share < 1:
            raise ValueError(f"share must lie between 0 and 1, not {share}")
        left = 1 - share
        return Estimate(*(self._reached(row, left) for row in (self.survival, self.lower, self.upper)))

    def at(self, times: ArrayLike) -> list[Estimate]:
        """Return the survival at given times, each with its limits; NaN beyond the last observation."""
        asked = np.atleast_1d(np.asarray(times, dtype=np.float64))
        found = []
        for moment, place in zip(asked, np.searchsorted(self.times, asked, side="right") - 1, strict=True):
            if place < 0:
                found.append(Estimate(1.0, 1.0, 1.0, 0.0))
            elif moment > self.times[-1]:
                found.append(Estimate(*(float("nan"),) * 3))
            else:
                found.append(
                    Estimate(
                        *(
                            float(row[place])
                            for row in (self.survival, self.lower, self.upper, self.std_error)
                        )
                    )
                )
        return found

    def number_at_risk(self, times: ArrayLike) -> list[int]:
        """Return how many subjects are still under observation at given times, as printed below a figure."""
        asked = np.atleast_1d(np.asarray(times, dtype=np.float64))
        places = np.searchsorted(self.times, asked, side="left")
        return [int(self.at_risk[place]) if place < len(self.times) else 0 for place in places]

    def restricted_mean(self, until: float | None = None) -> Estimate:
        """Return the mean time free of the event up to a horizon: the area under the curve.

        until    the horizon, in the unit of time; None for the last observation.
        Returns  the mean with its standard error and a normal confidence interval.
        Raises   ValueError if the horizon is not positive.
        Source   Klein, Moeschberger (2003), section 4.5; R survival 3.5 (km_table.csv).
        """
        horizon = float(self.times[-1]) if until is None else until
        if not horizon > 0:
            raise ValueError(f"until must be positive, not {horizon}")
        inside = self.times < horizon
        edges = np.concatenate(([0.0], self.times[inside], [horizon]))
        pieces = np.diff(edges) * np.concatenate(([1.0], self.survival[inside]))
        beyond = np.cumsum(pieces[::-1])[::-1][1:]
        risk, events = self.at_risk[inside], self.events[inside]
        counted = risk > events
        variance = float(np.sum((beyond**2 * events)[counted] / (risk * (risk - events))[counted]))
        mean, error = float(pieces.sum()), float(np.sqrt(variance))
        reach = float(ndtri(0.5 + self.confidence / 2)) * error
        return Estimate(mean, mean - reach, mean + reach, error)

    def _reached(self, row: Array, left: float) -> float:
        """Return when a falling row of numbers reaches a level."""
        known = np.isfinite(row)
        times, values = self.times[known], row[known]
        reached = np.flatnonzero(values <= left + _FUZZ)
        if not len(reached):
            return float("nan")
        first = reached[0]
        below = np.flatnonzero(values < left - _FUZZ)
        if values[first] < left - _FUZZ:
            return float(times[first])
        return float((times[first] + (times[below[0]] if len(below) else self.times[-1])) / 2)


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    confidence: float = 0.95,
    band: Band = "log-log",
) -> SurvivalCurve:
    """Return the Kaplan–Meier estimate of one group of subjects.

    time, event  shape (n,): end of observation, and 1 if it ended with the event.
    entry        shape (n,), start of observation for late entries.
    band         the scale on which the confidence limits are symmetric: SAS takes "log-log", R "log" unless told.
    Returns      the curve at every distinct time.
    Raises       ValueError for malformed observations, an unknown band or confidence outside of (0, 1).
    Source       Kaplan, Meier (1958); Kalbfleisch, Prentice (2002), 1.4; R survival 3.5 survfit (km_curve_lung_sex_loglog.csv).
    """
    check_confidence(confidence)
    seen = observations(time, event, entry)
    times = np.unique(seen.time)
    place = np.searchsorted(times, seen.time)
    events = np.bincount(place[seen.event], minlength=len(times)).astype(np.float64)
    censored = np.bincount(place[~seen.event], minlength=len(times)).astype(np.float64)
    at_risk = seen.at_risk(times)
    survival = np.cumprod(1 - events / at_risk, dtype=np.float64)
    # Somebody is always at risk at an observed time; only where all of them have the event the sum is infinite.
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
        error = np.where(survival > 0, survival * relative, 0.0)
    lower, upper = _limits(survival, relative, float(ndtri(0.5 + confidence / 2)), band)
    return SurvivalCurve(times, at_risk, events, censored, survival, error, lower, upper, confidence, band)


def _limits(survival: Array, relative: Array, z: float, band: Band) -> tuple[Array, Array]:
    """Return the limits; `relative` is the standard error of the logarithm of survival."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if band == "plain":
            lower, upper = survival * (1 - z * relative), survival * (1 + z * relative)
        elif band == "log":
            lower, upper = survival * np.exp(-z * relative), survival * np.exp(z * relative)
        elif band == "log-log":
            reach = z * relative / np.log(survival)
            lower, upper = survival ** np.exp(-reach), survival ** np.exp(reach)
        elif band == "logit":
            odds, reach = survival / (1 - survival), z * relative / (1 - survival)
            lower, upper = (1 - 1 / (1 + odds * np.exp(side * reach)) for side in (-1, 1))
        elif band == "arcsine":
            angle, reach = (
                np.arcsin(np.sqrt(survival)),
                0.5 * z * relative * np.sqrt(survival / (1 - survival)),
            )
            lower = np.sin(np.maximum(0.0, angle - reach)) ** 2
            upper = np.sin(np.minimum(np.pi / 2, angle + reach)) ** 2
        else:
            raise ValueError(f"band must be plain, log, log-log, logit or arcsine, not {band!r}")
    # Before the first event nothing is uncertain yet; after the last subject at risk no scale has a limit.
    sure = relative == 0
    gone = survival == 0
    lower, upper = np.where(sure, 1.0, np.maximum(lower, 0.0)), np.where(sure, 1.0, np.minimum(upper, 1.0))
    return np.where(gone, np.nan, lower), np.where(gone, np.nan, upper)
