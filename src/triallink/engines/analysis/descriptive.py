"""What a table says of a column of numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from triallink.engines.analysis.design import Array


@dataclass(frozen=True)
class Description:
    """Numbers present, mean, standard deviation and quartiles; NaN where there are too few."""

    n: int
    mean: float
    sd: float
    minimum: float
    q1: float
    median: float
    q3: float
    maximum: float


def describe(values: ArrayLike) -> Description:
    """Return the description of the values that are present (not NaN), shape (n,)."""
    given = np.asarray(values, dtype=np.float64)
    seen: Array = given[~np.isnan(given)]
    if not len(seen):
        return Description(0, *[float("nan")] * 7)
    sd = float(seen.std(ddof=1)) if len(seen) > 1 else float("nan")
    # PCTLDEF=5 of SAS: the average at a step of the empirical distribution.
    five = np.quantile(seen, [0, 0.25, 0.5, 0.75, 1], method="averaged_inverted_cdf")
    return Description(len(seen), float(seen.mean()), sd, *(float(each) for each in five))
