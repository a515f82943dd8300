"""What a group-sequential design does: where it stops, what it costs, what may still come of a trial under way."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from triallink.engines.design.recursion import Array, Path, exit_probabilities
from triallink.engines.design.sequential import Boundaries


@dataclass(frozen=True)
class Stopping:
    """Where a trial ends when its effect is what a drift says.

    drift     expected z at the largest information.
    efficacy  shape (n_looks,), chance to reject at each look in the direction of positive drift.
    opposite  shape (n_looks,), chance to reject on the far side; zero for one-sided designs.
    futility  shape (n_looks - 1,), chance to stop for futility at each look but the last.
    expected  information at the end, as a fraction of the largest.
    """

    drift: float
    efficacy: Array
    opposite: Array
    futility: Array
    expected: float

    @property
    def power(self) -> float:
        """Chance to reject in the direction of positive drift."""
        return float(self.efficacy.sum())

    @property
    def stops(self) -> Array:
        """Chance that each look is the last one, shape (n_looks,)."""
        early = (self.efficacy + self.opposite)[:-1] + self.futility
        result: Array = np.append(early, 1 - early.sum())
        return result

    def mean_of(self, amounts: Array) -> float:
        """Return the expectation of an amount known per look: subjects, events, time; shape (n_looks,)."""
        return float(self.stops @ np.asarray(amounts, dtype=np.float64))


def stopping(boundaries: Boundaries, drift: float) -> Stopping:
    """Return where a trial with these looks ends.

    drift   expected z at the largest information: effect divided by its standard error then; zero: null hypothesis.
            Futility bounds are obeyed, binding or not.
    Source  Jennison, Turnbull (2000), chapter 19.
    """
    found = exit_probabilities(
        boundaries.information, boundaries.upper, boundaries.lower, drift, boundaries.inner
    )
    two = boundaries.sided == 2
    opposite = found.lower if two else np.zeros_like(found.upper)
    futility = (found.inner if two else found.lower)[:-1]
    early = (found.upper + opposite)[:-1] + futility
    t = boundaries.information
    return Stopping(drift, found.upper, opposite, futility, float(early @ t[:-1] + (1 - early.sum()) * t[-1]))


@dataclass(frozen=True)
class Cost:
    """What a design needs for its power, against a trial with one look.

    inflation          largest information divided by that of the fixed design.
    expected           information expected under the alternative, divided likewise.
    drift              expected z at the end under the alternative.
    expected_halfway   information expected when the effect is half the alternative.
    expected_null      information expected when there is no effect.
    """

    inflation: float
    expected: float
    drift: float
    expected_halfway: float
    expected_null: float


def cost(boundaries: Boundaries, power: float) -> Cost:
    """Return how much larger a trial with these looks must be.

    power    between alpha and 1.
    Raises   ValueError if it is not.
    Source   Jennison, Turnbull (2000), sections 2.3 and 3.2; stopping at the far side does not count as success.
    """
    alpha = boundaries.alpha / boundaries.sided
    if not alpha < power < 1:
        raise ValueError(f"a power of {power} with an error of {alpha} on the one side")
    drift = drift_for(boundaries, power)
    fixed = float(ndtri(1 - alpha) + ndtri(power)) ** 2
    inflation = drift**2 / fixed
    expected, halfway, null = (stopping(boundaries, share * drift).expected for share in (1.0, 0.5, 0.0))
    return Cost(inflation, inflation * expected, drift, inflation * halfway, inflation * null)


def drift_for(boundaries: Boundaries, power: float) -> float:
    """Return the drift with which a design has a power.

    Raises  ValueError if futility bounds keep it from ever having it.
    """

    def missing(drift: float) -> float:
        return stopping(boundaries, drift).power - power

    if missing(20.0) < 0:
        raise ValueError(f"these bounds do not reach a power of {power}")
    return float(brentq(missing, 0.0, 20.0, xtol=1e-12))


def conditional_power(boundaries: Boundaries, look: int, z: float, drift: float | None = None) -> float:
    """Return the chance to cross an upper bound later, given the value at a look.

    look    1 to n_looks - 1.
    drift   expected z at the end; None: what the data so far suggest, z / √t.
    Raises  ValueError if there is no such look, or z or the drift is no finite number.
    Source  Lan, Simon, Halperin (1982); Jennison, Turnbull (2000), section 10.2.
    """
    t = boundaries.information
    if not 1 <= look < len(t):
        raise ValueError(f"look {look} of {len(t)}")
    if not math.isfinite(z) or (drift is not None and not math.isfinite(drift)):
        raise ValueError(f"z is {z}, the drift {drift}")
    now = float(t[look - 1])
    slope = z / np.sqrt(now) if drift is None else drift
    path = Path(slope)
    path.information, path.points, path.masses = now, np.array([z]), np.ones(1)
    chance = 0.0
    for k in range(look, len(t)):
        chance += path.beyond(float(t[k]), float(boundaries.upper[k]))
        if k < len(t) - 1:
            path.go_on(
                float(t[k]),
                float(boundaries.lower[k]),
                float(boundaries.upper[k]),
                float(boundaries.inner[k]),
            )
    return chance


def predictive_power(
    boundaries: Boundaries, look: int, z: float, *, prior_drift: float = 0.0, prior_sd: float = math.inf
) -> float:
    """Return conditional power averaged over what the drift may be, given the value at a look.

    look         1 to n_looks - 1.
    prior_drift  prior mean of the expected z at the end.
    prior_sd     its prior standard deviation; infinite: the data alone speak.
    Raises       ValueError if there is no such look or the prior deviation is not positive.
    Source       Spiegelhalter, Freedman, Blackburn (1986), Controlled Clinical Trials 7; 40 Gauss–Hermite points.
    """
    if not prior_sd > 0:
        raise ValueError(f"prior standard deviation is {prior_sd}")
    if not math.isfinite(z) or not math.isfinite(prior_drift):
        raise ValueError(f"z is {z}, the prior drift {prior_drift}")
    if not 1 <= look < len(boundaries.information):
        raise ValueError(f"look {look} of {len(boundaries.information)}")
    # z at fraction t has mean drift √t and variance 1: its information on the drift is t.
    now = float(boundaries.information[look - 1])
    precision = now + (0.0 if math.isinf(prior_sd) else prior_sd**-2)
    mean = (z * math.sqrt(now) + (0.0 if math.isinf(prior_sd) else prior_drift * prior_sd**-2)) / precision
    if look == len(boundaries.information) - 1:
        # With one look left the average has a closed form.
        left = 1 - now
        gain = z * math.sqrt(now) + mean * left - float(boundaries.upper[-1])
        return float(ndtr(gain / math.sqrt(left + left**2 / precision)))
    points, weights = np.polynomial.hermite_e.hermegauss(40)
    chances = [
        conditional_power(boundaries, look, z, mean + float(point) / math.sqrt(precision)) for point in points
    ]
    return float(weights @ np.array(chances) / weights.sum())
