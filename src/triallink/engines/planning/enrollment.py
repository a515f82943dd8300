"""How many subjects will have been enrolled by when: a Poisson–gamma forecast with its band."""

from dataclasses import dataclass

import numpy as np
import scipy  # its stats load when first asked: a second that no process should pay at its start
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class EnrollmentBand:
    """Enrolled subjects, now included, at each horizon; arrays of shape (n_horizons,).

    low, high  the central interval of the probability asked for.
    """

    mean: Reals
    low: Reals
    high: Reals


def enrollment_band(
    enrolled: ArrayLike,
    open_days: ArrayLike,
    planned_rate: ArrayLike,
    horizons: ArrayLike,
    *,
    opens_in: ArrayLike | None = None,
    prior_days: float = 60.0,
    level: float = 0.8,
) -> EnrollmentBand:
    """Return the forecast of all sites together at each horizon.

    enrolled      shape (n_sites,), subjects so far.
    open_days     shape (n_sites,), days each site has been open; 0 if it is not.
    planned_rate  shape (n_sites,), planned subjects per day, > 0.
    horizons      shape (n_horizons,), days from now, >= 0.
    opens_in      shape (n_sites,), days until a site opens; 0 by default.
    prior_days    how many days of experience the plan is worth: a site's rate is gamma with shape
                  planned_rate * prior_days + enrolled and exposure prior_days + open_days.
    level         probability of the band, between 0 and 1.
    Returns       EnrollmentBand; the total is matched by a negative binomial of equal mean and variance.
    Raises        ValueError if shapes differ or a value lies outside what is said above.
    Source        Anisimov and Fedorov (2007), Statistics in Medicine 26:4958; the sum over sites is matched by
                  moments, checked against simulation in tests/engines/planning/test_enrollment_band.py.
    """
    count, days, rate, ahead = (
        np.atleast_1d(np.asarray(values, float)) for values in (enrolled, open_days, planned_rate, horizons)
    )
    wait = np.zeros(len(count)) if opens_in is None else np.atleast_1d(np.asarray(opens_in, float))
    if not len(count) == len(days) == len(rate) == len(wait):
        raise ValueError(f"sites of {len(count)}, {len(days)}, {len(rate)} and {len(wait)} entries")
    for name, values, least in (("enrolled", count, 0), ("open_days", days, 0), ("horizons", ahead, 0)):
        if len(values) and values.min() < least:
            raise ValueError(f"{name} is at least {least}, got {values.min()!r}")
    if len(rate) and rate.min() <= 0:
        raise ValueError(f"a planned rate is more than 0, got {rate.min()!r}")
    if not 0 < level < 1 or prior_days <= 0:
        raise ValueError(
            f"level lies between 0 and 1 and prior_days above 0, got {level!r} and {prior_days!r}"
        )
    shape, exposure = rate * prior_days + count, prior_days + days
    still = np.maximum(ahead[:, None] - wait[None, :], 0.0)
    more = (shape / exposure * still).sum(axis=1)
    variance = (shape / exposure * still + shape * (still / exposure) ** 2).sum(axis=1)
    low, high = np.zeros(len(ahead)), np.zeros(len(ahead))
    moves = more > 0
    p = more[moves] / variance[moves]
    size = more[moves] * p / np.maximum(1 - p, 1e-12)
    low[moves] = scipy.stats.nbinom.ppf((1 - level) / 2, size, p)
    high[moves] = scipy.stats.nbinom.ppf((1 + level) / 2, size, p)
    base = count.sum()
    return EnrollmentBand(base + more, base + low, base + high)
