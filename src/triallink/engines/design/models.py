"""Trials that can be simulated: group-sequential, with subjects' responses, adaptive, and with several treatments."""

import math
from dataclasses import dataclass

import numpy as np

from triallink.engines.design.adaptive import Interim, promising_from, promising_zone
from triallink.engines.design.multiarm import dunnett_critical
from triallink.engines.design.recursion import Array
from triallink.engines.design.sequential import Boundaries
from triallink.engines.design.simulation import Flags, Outcomes


def _ends(z: Array, boundaries: Boundaries, sizes: Array, *, obey_futility: bool) -> Outcomes:
    """Return how trials with these statistics end, z of shape (trials, n_looks)."""
    upper = z >= boundaries.upper
    up_or_down = upper | (z <= -boundaries.upper) if boundaries.sided == 2 else upper
    stop = up_or_down.copy()
    if obey_futility and boundaries.futility.size:
        stop |= np.abs(z) < boundaries.inner if boundaries.sided == 2 else z < boundaries.lower
    stop[:, -1] = True
    look = stop.argmax(axis=1)
    rows = np.arange(len(z))
    return Outcomes(up_or_down[rows, look][:, None], look + 1, np.asarray(sizes)[look])


@dataclass(frozen=True)
class SequentialModel:
    """A group-sequential trial by its statistic alone.

    drift          expected z at the largest information.
    obey_futility  futility bounds stop the trial; overruled ones do not.
    """

    boundaries: Boundaries
    drift: float = 0.0
    obey_futility: bool = True

    def simulate(self, draw: np.random.Generator, trials: int) -> Outcomes:
        """Return how that many independent trials end; size is information."""
        t = self.boundaries.information
        steps = np.diff(t, prepend=0.0)
        moves = draw.standard_normal((trials, len(t))) * np.sqrt(steps) + self.drift * steps
        z = moves.cumsum(axis=1) / np.sqrt(t)
        return _ends(z, self.boundaries, t, obey_futility=self.obey_futility)


@dataclass(frozen=True)
class ResponseModel:
    """A group-sequential comparison of two response rates, subject by subject, tested with pooled variance.

    treatment, control  true rates.
    sizes               shape (n_looks, 2), subjects of treatment and control at each look.
    """

    boundaries: Boundaries
    treatment: float
    control: float
    sizes: tuple[tuple[int, int], ...]
    obey_futility: bool = True

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.boundaries.upper):
            raise ValueError(f"{len(self.sizes)} sizes for {len(self.boundaries.upper)} looks")

    def simulate(self, draw: np.random.Generator, trials: int) -> Outcomes:
        """Return how that many independent trials end; size is subjects."""
        sizes = np.array(self.sizes)
        added = np.diff(sizes, axis=0, prepend=0)
        rates = np.array([self.treatment, self.control])
        events = draw.binomial(added, rates, (trials, *added.shape)).cumsum(axis=1)
        shares = events / sizes
        pooled = events.sum(axis=2) / sizes.sum(axis=1)
        error = np.sqrt(pooled * (1 - pooled) * (1 / sizes).sum(axis=1))
        difference = shares[..., 0] - shares[..., 1]
        # Where nobody or everybody responded nothing is shown.
        z = np.divide(difference, error, out=np.zeros_like(difference), where=error > 0)
        return _ends(z, self.boundaries, sizes.sum(axis=1), obey_futility=self.obey_futility)


@dataclass(frozen=True)
class PromisingZoneModel:
    """A trial whose size may grow at one interim analysis.

    drift     expected z at the end of the trial as planned.
    weighted  test with the planned weights (Cui–Hung–Wang); otherwise all subjects count alike.
    least     conditional power from which the result is promising; none: `promising_from`.
    """

    interim: Interim
    drift: float = 0.0
    weighted: bool = True
    least: float | None = None

    def simulate(self, draw: np.random.Generator, trials: int) -> Outcomes:
        """Return how that many independent trials end; size is subjects."""
        trial = self.interim
        slope = self.drift / math.sqrt(trial.planned)
        first = draw.standard_normal(trials) + slope * math.sqrt(trial.first)
        start = promising_from(trial) if self.least is None else self.least
        n = np.array([promising_zone(trial, float(z), least=start).n for z in first])
        added = n - trial.first
        second = draw.standard_normal(trials) + slope * np.sqrt(added)
        if self.weighted:
            share = trial.first / trial.planned
            z = math.sqrt(share) * first + math.sqrt(1 - share) * second
        else:
            z = (np.sqrt(trial.first) * first + np.sqrt(added) * second) / np.sqrt(n)
        rejected: Flags = (z >= trial.critical)[:, None]
        return Outcomes(rejected, np.full(trials, 2), n)


@dataclass(frozen=True)
class DunnettModel:
    """Treatments against one control, tested with the closed (step-down) test of Dunnett, variance known.

    effects  true mean of each treatment minus control.
    sd       of one measurement.
    control  subjects of the control group; each treatment has ratio times as many.
    """

    effects: tuple[float, ...]
    sd: float
    control: int
    ratio: float = 1.0
    alpha: float = 0.025

    def simulate(self, draw: np.random.Generator, trials: int) -> Outcomes:
        """Return how that many independent trials end; size is subjects, hypotheses are treatments."""
        arms = len(self.effects)
        size = self.control * self.ratio
        control = draw.standard_normal(trials) * self.sd / math.sqrt(self.control)
        means = np.array(self.effects) + draw.standard_normal((trials, arms)) * self.sd / math.sqrt(size)
        z = (means - control[:, None]) / (self.sd * math.sqrt(1 / size + 1 / self.control))
        # Equal groups: the closed test is the step-down test from the largest statistic on.
        criticals = np.array(
            [dunnett_critical(left, self.alpha, ratio=self.ratio) for left in range(arms, 0, -1)]
        )
        order = np.argsort(-z, axis=1)
        steps = np.take_along_axis(z, order, axis=1) >= criticals
        rejected = np.zeros((trials, arms), dtype=np.bool_)
        np.put_along_axis(rejected, order, np.logical_and.accumulate(steps, axis=1), axis=1)
        return Outcomes(
            rejected, np.ones(trials, dtype=np.int64), np.full(trials, self.control + arms * size)
        )
