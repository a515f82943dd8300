"""Do hazards stay proportional? A test per covariate and one of all."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from scipy.special import chdtrc
from scipy.stats import rankdata

from triallink.engines.survival.cox import ChiSquare, CoxModel, model_terms
from triallink.engines.survival.kaplan_meier import kaplan_meier
from triallink.engines.survival.observations import Array

Clock = Literal["km", "rank", "identity", "log"]


def proportional_hazards(model: CoxModel, transform: Clock = "km") -> Mapping[str, ChiSquare]:
    """Return the score test of a coefficient that changes with time, per column, and of all under "GLOBAL".

    model      as `cox` fitted it.
    transform  of time: 1 - Kaplan–Meier just before ("km"), rank, identity or logarithm.
    Raises     ValueError for an unknown transform, or a logarithm of times that are not positive.
    Source     Grambsch, Therneau (1994), Biometrika 81; the exact score test of cox.zph in R survival 3.
    """
    clock = _clock(model, transform)
    p = len(model.names)
    slope, plain, mixed, square = np.zeros(p), np.zeros((p, p)), np.zeros((p, p)), np.zeros((p, p))
    for part, times, x in model_terms(model):
        on_events, on_terms = clock(times), clock(part.times)
        slope += on_events @ x - on_terms @ part.means
        plain += part.variances.sum(axis=0)
        mixed += np.einsum("k,kij->ij", on_terms, part.variances)
        square += np.einsum("k,kij->ij", on_terms**2, part.variances)
    # The coefficients themselves were fitted, so what they took up is taken from the information.
    left = square - mixed @ np.linalg.solve(plain, mixed)
    tests = {}
    for place, name in enumerate(model.names):
        statistic = float(slope[place] ** 2 / left[place, place])
        tests[name] = ChiSquare(statistic, 1, float(chdtrc(1, statistic)))
    together = float(slope @ np.linalg.solve(left, slope))
    return {**tests, "GLOBAL": ChiSquare(together, p, float(chdtrc(p, together)))}


class _clock:
    """A function of event times, the same for every stratum."""

    def __init__(self, model: CoxModel, transform: Clock) -> None:
        seen = model.observed
        self.times: Array = np.unique(seen.time[seen.event])
        if transform == "km":
            entry = seen.entry if seen.has_late_entry else None
            curve = kaplan_meier(seen.time, seen.event, entry=entry)
            after = curve.survival[curve.events > 0]
            self.values: Array = 1 - np.concatenate(([1.0], after[:-1]))
        elif transform == "rank":
            ranks = rankdata(seen.time[seen.event])
            self.values = ranks[np.unique(seen.time[seen.event], return_index=True)[1]]
        elif transform == "identity":
            self.values = self.times
        elif transform == "log":
            if self.times[0] <= 0:
                raise ValueError(f"time {self.times[0]} has no logarithm")
            self.values = np.log(self.times)
        else:
            raise ValueError(f"transform must be km, rank, identity or log, not {transform!r}")
        self.values = self.values - self.values.mean()

    def __call__(self, times: Array) -> Array:
        found: Array = self.values[np.searchsorted(self.times, times)]
        return found
