"""What one- and two-parameter CRM share: a skeleton, restrictions on steps, a safety stop."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .design import Decisions, Design, TrialStates, check_probability, closest_level
from .outcomes import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class SkeletonDesign(Design):
    """The frame of the CRM: restrictions on steps, safety stop and final choice shared by its models.

    skeleton          prior guesses of the toxicity probability, increasing.
    target            toxicity probability sought.
    max_step          levels the dose may rise per cohort, counted from the latest; None leaves it free.
    is_coherent       True never escalates right after a cohort whose toxicity rate reached the target.
    stop_probability  stop for toxicity when P(rate at level 1 > target | data) exceeds this; None never stops.
    """

    skeleton: tuple[float, ...]
    target: float
    max_step: int | None = 1
    is_coherent: bool = True
    stop_probability: float | None = None

    def __post_init__(self) -> None:
        check_probability("target", self.target)
        for value in self.skeleton:
            check_probability("a skeleton value", value)
        if not self.skeleton or any(b <= a for a, b in pairwise(self.skeleton)):
            raise ValueError(f"the skeleton must increase, got {self.skeleton}")
        if self.max_step is not None and self.max_step < 1:
            raise ValueError(f"max_step must be at least 1, got {self.max_step}")

    @property
    def n_doses(self) -> int:  # type: ignore[override]
        """The number of dose levels."""
        return len(self.skeleton)

    @abstractmethod
    def toxicity_estimates(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        """Return the estimated toxicity probability of every dose, shape (n_trials, n_doses)."""

    @abstractmethod
    def excess_toxicity_first(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        """Return P(rate at level 1 > target | data), shape (n_trials,)."""

    def decide(self, states: TrialStates) -> Decisions:
        level = self._closest(states.subjects, states.toxicities)
        if self.max_step is not None:
            level = np.minimum(level, states.level + self.max_step)
        if self.is_coherent:
            # A tiny slack keeps rates equal to the target, such as 1/5 for 0.2, on the toxic side.
            is_toxic = states.latest_toxicities >= self.target * states.latest_subjects - 1e-12
            level = np.where(is_toxic, np.minimum(level, states.level), level)
        stops = self._stops(states.subjects, states.toxicities)
        return Decisions(level=np.where(stops, 0, level), is_continuing=~stops)

    def select(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        """Return the level closest to the target, at most one above the highest tried."""
        level = self._closest(subjects, toxicities)
        levels = np.arange(1, self.n_doses + 1)
        highest = np.where(subjects > 0, levels, 0).max(axis=1)
        if self.max_step is not None:
            level = np.minimum(level, np.maximum(highest, 1))
        return np.where(self._stops(subjects, toxicities), 0, level)

    def _closest(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        estimates = self.toxicity_estimates(subjects, toxicities)
        return closest_level(estimates, self.target, np.ones(estimates.shape, dtype=np.bool_))

    def _stops(self, subjects: IntArray, toxicities: IntArray) -> BoolArray:
        if self.stop_probability is None:
            return np.zeros(len(subjects), dtype=np.bool_)
        return self.excess_toxicity_first(subjects, toxicities) > self.stop_probability


def indifference_skeleton(
    halfwidth: float, target: float, prior_level: int, n_doses: int
) -> tuple[float, ...]:
    """Return the empiric skeleton whose indifference interval has the given half width around the target.

    halfwidth    half width of the indifference interval, in (0, target).
    prior_level  the level thought to be the maximum tolerated dose, from 1.
    Returns      n_doses increasing probabilities, the prior level at the target.
    Raises       ValueError if the half width or the level is out of range.
    Source       Lee & Cheung (2009), Clinical Trials 6:227; getprior of the R package dfcrm (empiric model).
    """
    check_probability("target", target)
    if not 0 < halfwidth < min(target, 1 - target):
        raise ValueError(f"halfwidth must lie in (0, {min(target, 1 - target)}), got {halfwidth}")
    if not 1 <= prior_level <= n_doses:
        raise ValueError(f"prior_level must be one of 1..{n_doses}, got {prior_level}")
    ratio = np.log(target + halfwidth) / np.log(target - halfwidth)
    steps = np.arange(1, n_doses + 1) - prior_level
    return tuple(float(p) for p in np.exp(np.log(target) * ratio**steps))
