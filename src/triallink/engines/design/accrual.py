"""When subjects come in, when they have their event or drop out, and how many events there are by a day of the study."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from triallink.engines.design.answer import check_positive

Array = NDArray[np.float64]

# Between its breaks a chance of an event is an entire function of time: sixteen points integrate it to rounding error.
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class Accrual:
    """Recruitment in periods of constant intensity.

    ends   times at which the periods end, ascending, the first begins at 0.
    rates  subjects per unit of time in each period.
    """

    ends: tuple[float, ...]
    rates: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.ends) != len(self.rates) or not self.ends:
            raise ValueError(f"{len(self.rates)} intensities for {len(self.ends)} periods")
        if any(b <= a for a, b in itertools.pairwise((0.0, *self.ends))):
            raise ValueError(f"accrual periods must ascend: {self.ends}")
        if any(rate < 0 for rate in self.rates) or not any(self.rates):
            raise ValueError(f"accrual intensities must not be negative or all zero: {self.rates}")

    @property
    def duration(self) -> float:
        """Time at which recruitment ends."""
        return self.ends[-1]

    @property
    def total(self) -> float:
        """Subjects recruited in all."""
        return self.by(self.duration)

    def by(self, time: float) -> float:
        """Return the subjects recruited up to a time."""
        starts = (0.0, *self.ends[:-1])
        return sum(
            rate * max(0.0, min(end, time) - start)
            for start, end, rate in zip(starts, self.ends, self.rates, strict=True)
        )

    def scaled(self, total: float) -> "Accrual":
        """Return the same pattern for another number of subjects."""
        factor = total / self.total
        return Accrual(self.ends, tuple(rate * factor for rate in self.rates))

    def until(self, total: float) -> "Accrual":
        """Return recruitment at the same intensities that ends when there are enough; the last one goes on.

        Raises  ValueError if it would never reach that number.
        """
        ends: list[float] = []
        rates: list[float] = []
        count, start = 0.0, 0.0
        for end, rate in zip(self.ends, self.rates, strict=True):
            if count + rate * (end - start) >= total - 1e-12 * total:
                return Accrual((*ends, start + (total - count) / rate), (*rates, rate))
            ends.append(end)
            rates.append(rate)
            count, start = count + rate * (end - start), end
        if rates[-1] <= 0:
            raise ValueError(f"{count} subjects are recruited, {total} are needed")
        ends[-1] += (total - count) / rates[-1]
        return Accrual(tuple(ends), tuple(rates))


@dataclass(frozen=True)
class Hazard:
    """Hazard of the event in pieces, or Weibull.

    rates   events per unit of time in each piece; with a shape other than 1 survival is exp(-(rate t)^shape).
    starts  times at which the pieces begin, the first 0.
    shape   of the Weibull distribution; 1 for constant hazards.
    """

    rates: tuple[float, ...]
    starts: tuple[float, ...] = (0.0,)
    shape: float = 1.0

    def __post_init__(self) -> None:
        if len(self.rates) != len(self.starts) or self.starts[0] != 0:
            raise ValueError(f"{len(self.rates)} hazards for pieces that begin at {self.starts}")
        if any(b <= a for a, b in itertools.pairwise(self.starts)):
            raise ValueError(f"pieces must ascend: {self.starts}")
        check_positive(hazard=min(self.rates), shape=self.shape)
        if self.shape != 1 and len(self.rates) > 1:
            raise ValueError(f"pieces have no Weibull shape {self.shape}")

    @classmethod
    def of_median(cls, median: float, *, shape: float = 1.0) -> "Hazard":
        """Return the hazard with a median time to event."""
        check_positive(median=median, shape=shape)
        return cls((math.log(2) ** (1 / shape) / median,), shape=shape)

    @classmethod
    def of_share(cls, share: float, time: float, *, shape: float = 1.0) -> "Hazard":
        """Return the hazard with which a share of subjects has had the event by a time."""
        check_positive(time=time, shape=shape)
        if not 0 < share < 1:
            raise ValueError(f"a share of {share} has the event by {time}")
        return cls(((-math.log1p(-share)) ** (1 / shape) / time,), shape=shape)

    def times(self, ratio: float) -> "Hazard":
        """Return the hazard multiplied with a hazard ratio."""
        check_positive(hazard_ratio=ratio)
        factor = ratio ** (1 / self.shape)
        return Hazard(tuple(rate * factor for rate in self.rates), self.starts, self.shape)

    @property
    def median(self) -> float:
        """Time by which half of the subjects have had the event."""
        rest = math.log(2)
        if self.shape != 1:
            return float(rest ** (1 / self.shape) / self.rates[0])
        for rate, start, end in zip(self.rates, self.starts, (*self.starts[1:], math.inf), strict=True):
            if rest <= rate * (end - start):
                return start + rest / rate
            rest -= rate * (end - start)
        raise AssertionError("the last piece has no end")

    def events_by(self, time: Array, dropout: float = 0.0) -> Array:
        """Return the chance of the event within a time since entry, before dropping out at a constant hazard."""
        if self.shape != 1:
            if dropout:
                raise ValueError(
                    f"Weibull times with a drop-out hazard of {dropout} have no closed form here"
                )
            return np.asarray(-np.expm1(-((self.rates[0] * np.maximum(time, 0.0)) ** self.shape)))
        chance, survival = np.zeros_like(time, dtype=np.float64), 1.0
        for rate, start, end in zip(self.rates, self.starts, (*self.starts[1:], math.inf), strict=True):
            both = rate + dropout
            inside = np.clip(time - start, 0.0, end - start)
            chance += survival * rate / both * -np.expm1(-both * inside)
            survival *= math.exp(-both * (end - start))
        return chance


def event_share(hazard: Hazard, dropout: float, accrual: Accrual, time: float) -> float:
    """Return the share of the subjects of a whole recruitment who have had their event by a time of the study.

    hazard   of the event, since entry.
    dropout  hazard of dropping out, >= 0.
    time     since the first subject came in.
    Raises   ValueError if drop-out is negative or together with a Weibull hazard.
    Source   Lachin, Foulkes (1986), Biometrics 42; integrated by Gauss and Legendre between all breaks.
    """
    if dropout < 0:
        raise ValueError(f"drop-out hazard is {dropout}")
    found = 0.0
    for start, end, rate in zip((0.0, *accrual.ends[:-1]), accrual.ends, accrual.rates, strict=True):
        # Subjects of this period have been in the study between `low` and `high`.
        low, high = max(0.0, time - end), time - start
        if high <= 0 or rate == 0:
            continue
        breaks = [low, *(each for each in hazard.starts if low < each < high), high]
        for left, right in itertools.pairwise(breaks):
            # Weibull chances are no polynomials near zero: more pieces there.
            parts = np.array([left, right])
            if hazard.shape != 1:
                parts = left + (right - left) * np.linspace(0, 1, 9) ** 3
            half = np.diff(parts)[:, None] / 2
            points = parts[:-1, None] + half * (1 + _POINTS)
            found += rate * float(np.sum(half * _WEIGHTS * hazard.events_by(points, dropout)))
    return found / accrual.total


def time_of_events(
    hazards: Sequence[Hazard],
    dropouts: Sequence[float],
    sizes: Sequence[float],
    accrual: Accrual,
    events: float,
) -> float:
    """Return the time of the study by which a number of events is expected.

    hazards, dropouts, sizes  per group; sizes add up to the subjects recruited.
    Raises                    ValueError if there will never be that many events.
    """

    def by(time: float) -> float:
        return sum(
            size * event_share(hazard, dropout, accrual, time)
            for hazard, dropout, size in zip(hazards, dropouts, sizes, strict=True)
        )

    high = accrual.duration
    while by(high) < events:
        high *= 2
        if high > 1e6 * accrual.duration:
            raise ValueError(f"{events:.6g} events never happen among {sum(sizes):.6g} subjects")
    return float(brentq(lambda time: by(time) - events, 0.0, high, xtol=1e-11, rtol=1e-14))
