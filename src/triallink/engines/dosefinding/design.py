"""The one interface of every dose-finding design: from what was seen to the next dose.

A design decides for many trials at once (one row each). The decision for a real trial is the batch of one, so
that the rule simulated is the rule used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .outcomes import BoolArray, FloatArray, IntArray, Outcomes


class Action(IntEnum):
    """What the rate at the current dose asks for."""

    DEESCALATE = -1
    STAY = 0
    ESCALATE = 1


@dataclass(frozen=True, slots=True)
class TrialStates:
    """What a design sees, one row per trial.

    subjects, toxicities                    shape (n_trials, n_doses), counts.
    level                                   shape (n_trials,), level of the latest cohort, from 1.
    latest_subjects, latest_toxicities      shape (n_trials,), the latest cohort alone.
    """

    subjects: IntArray
    toxicities: IntArray
    level: IntArray
    latest_subjects: IntArray
    latest_toxicities: IntArray

    def rows(self, chosen: IntArray | BoolArray) -> TrialStates:
        """Return the chosen trials only."""
        return TrialStates(
            self.subjects[chosen],
            self.toxicities[chosen],
            self.level[chosen],
            self.latest_subjects[chosen],
            self.latest_toxicities[chosen],
        )


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a design answers, one row per trial.

    level          shape (n_trials,), recommended level from 1; 0 when no dose is acceptable.
    is_continuing  shape (n_trials,), whether the design would treat another cohort at that level.
    """

    level: IntArray
    is_continuing: BoolArray


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The decision for one trial. `dose` is a level from 1, or None when every dose is too toxic."""

    dose: int | None
    is_continuing: bool
    subjects: tuple[int, ...]
    toxicities: tuple[int, ...]


class Design(ABC):
    """A rule that names the next dose after every cohort and one dose at the end."""

    n_doses: int

    @abstractmethod
    def decide(self, states: TrialStates) -> Decisions:
        """Return the next level of every trial."""

    @abstractmethod
    def select(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        """Return the level each finished trial declares the maximum tolerated dose, 0 for none.

        subjects, toxicities  shape (n_trials, n_doses).
        Returns               shape (n_trials,).
        """

    def recommend(self, outcomes: Outcomes | str) -> Recommendation:
        """Return the next dose after the outcomes seen so far.

        outcomes  Outcomes, or their shorthand ("1NNN 2NTN"); nothing seen recommends level 1.
        Raises    ValueError if a cohort was treated above the highest level.
        """
        seen = Outcomes.parse(outcomes) if isinstance(outcomes, str) else outcomes
        subjects, toxicities = seen.counts(self.n_doses)
        if not seen.cohorts:
            return Recommendation(1, True, tuple(subjects.tolist()), tuple(toxicities.tolist()))
        latest = seen.cohorts[-1]
        decisions = self.decide(
            TrialStates(
                subjects[None, :],
                toxicities[None, :],
                np.array([latest.level]),
                np.array([len(latest.toxicities)]),
                np.array([sum(latest.toxicities)]),
            )
        )
        level = int(decisions.level[0])
        return Recommendation(
            dose=level or None,
            is_continuing=bool(decisions.is_continuing[0]),
            subjects=tuple(subjects.tolist()),
            toxicities=tuple(toxicities.tolist()),
        )

    def select_dose(self, outcomes: Outcomes | str) -> int | None:
        """Return the maximum tolerated dose declared when the trial ends here, None when there is none."""
        seen = Outcomes.parse(outcomes) if isinstance(outcomes, str) else outcomes
        subjects, toxicities = seen.counts(self.n_doses)
        return int(self.select(subjects[None, :], toxicities[None, :])[0]) or None


def check_n_doses(n_doses: int) -> None:
    """Raise ValueError unless there is at least one dose."""
    if n_doses < 1:
        raise ValueError(f"a design needs at least one dose, got {n_doses}")


def check_probability(name: str, value: float) -> None:
    """Raise ValueError unless the value lies strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value}")


def closest_level(toxicity: FloatArray, target: float, eligible: BoolArray) -> IntArray:
    """Return the eligible level whose toxicity is closest to the target; the lowest wins ties; 0 if none.

    toxicity, eligible  shape (n_trials, n_doses).
    """
    distance = np.where(eligible, np.abs(toxicity - target), np.inf)
    level = distance.argmin(axis=1) + 1
    return np.where(eligible.any(axis=1), level, 0).astype(np.int64)
