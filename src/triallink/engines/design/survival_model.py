"""A time-to-event trial that can be simulated subject by subject, with the log-rank test at every look."""

import math
from dataclasses import dataclass

import numpy as np

from triallink.engines.design.accrual import Accrual, Hazard
from triallink.engines.design.recursion import Array
from triallink.engines.design.sequential import Boundaries
from triallink.engines.design.simulation import Flags, Outcomes
from triallink.engines.design.survival import SurvivalPlan


def logrank_z(times: Array, events: Flags, treated: Flags) -> float:
    """Return z of the log-rank test, positive when the treated have fewer events than expected.

    times    shape (n,), without ties.
    events   shape (n,), whether the time is that of an event.
    treated  shape (n,).
    Returns  0 where nothing can be told.
    Source   Mantel (1966), Cancer Chemotherapy Reports 50; Peto, Peto (1972), JRSS A 135.
    """
    order = np.argsort(times)
    happened, treatment = events[order], treated[order].astype(np.float64)
    at_risk = np.arange(len(times), 0, -1)
    share = (treatment[::-1].cumsum()[::-1] / at_risk)[happened]
    variance = float((share * (1 - share)).sum())
    return float(share.sum() - treatment[happened].sum()) / math.sqrt(variance) if variance > 0 else 0.0


def draw_entries(accrual: Accrual, n: int, draw: np.random.Generator) -> Array:
    """Return entry times of subjects who come in as a recruitment says, shape (n,)."""
    ends = np.array((0.0, *accrual.ends))
    shares = np.diff(ends) * np.array(accrual.rates)
    known = np.concatenate([[0.0], shares.cumsum() / shares.sum()])
    return np.asarray(np.interp(draw.random(n), known, ends))


def draw_times(hazard: Hazard, n: int, draw: np.random.Generator) -> Array:
    """Return times to event with a hazard, shape (n,)."""
    risk = draw.standard_exponential(n)
    if hazard.shape != 1:
        return np.asarray(risk ** (1 / hazard.shape) / hazard.rates[0])
    starts, rates = np.array(hazard.starts), np.array(hazard.rates)
    reached = np.concatenate([[0.0], (np.diff(starts) * rates[:-1]).cumsum()])
    piece = np.searchsorted(reached, risk, side="right") - 1
    return np.asarray(starts[piece] + (risk - reached[piece]) / rates[piece])


@dataclass(frozen=True)
class SurvivalModel:
    """A group-sequential trial with looks at fractions of its events; rejects when the treated have fewer.

    plan           its hazards are the truth; for the null hypothesis replace treatment by control.
    obey_futility  futility bounds stop the trial; overruled ones do not.
    """

    boundaries: Boundaries
    plan: SurvivalPlan
    obey_futility: bool = True

    def simulate(self, draw: np.random.Generator, trials: int) -> Outcomes:
        """Return how that many independent trials end; size is subjects recruited by then."""
        looks = np.ceil(self.plan.events * self.boundaries.information - 1e-9).astype(np.int64)
        rejected = np.zeros((trials, 1), dtype=np.bool_)
        look, size = np.zeros(trials, dtype=np.int64), np.zeros(trials)
        for trial in range(trials):
            rejected[trial, 0], look[trial], size[trial] = self._one(draw, looks)
        return Outcomes(rejected, look, size)

    def _one(self, draw: np.random.Generator, looks: np.ndarray) -> tuple[bool, int, int]:
        one, two = self.plan.whole
        n = one + two
        treated = np.arange(n) < one
        entry = draw_entries(self.plan.accrual, n, draw)
        event = np.concatenate(
            [draw_times(self.plan.treatment, one, draw), draw_times(self.plan.control, two, draw)]
        )
        gone = np.full(n, np.inf)
        for rate, group in zip(self.plan.dropouts, (treated, ~treated), strict=True):
            if rate > 0:
                gone[group] = draw.exponential(1 / rate, int(group.sum()))
        happens = np.sort((entry + event)[event < gone])
        for number, needed in enumerate(looks):
            # A trial that runs out of events is analysed when the last has happened.
            cut = float(happens[min(int(needed), len(happens)) - 1]) if len(happens) else math.inf
            there = entry < cut
            times = np.minimum(np.minimum(event, gone), cut - entry)[there]
            seen = ((event <= gone) & (entry + event <= cut))[there]
            z = logrank_z(times, seen, treated[there])
            is_last = number == len(looks) - 1
            crossed = z >= self.boundaries.upper[number] or (
                self.boundaries.sided == 2 and z <= -self.boundaries.upper[number]
            )
            if crossed or is_last or (self.obey_futility and self._futile(number, z)):
                return bool(crossed), number + 1, int(there.sum())
        raise AssertionError("the last look ends every trial")

    def _futile(self, number: int, z: float) -> bool:
        if self.boundaries.sided == 2:
            return abs(z) < float(self.boundaries.inner[number])
        return z < float(self.boundaries.lower[number])
