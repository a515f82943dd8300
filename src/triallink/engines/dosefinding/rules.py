"""The 3+3 design: no model, six subjects at most per dose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .design import Action, Decisions, Design, TrialStates, check_n_doses
from .outcomes import BoolArray, IntArray


@dataclass(frozen=True, kw_only=True)
class ThreePlusThree(Design):
    """The 3+3 design.

    0 of 3 or at most 1 of 6 toxicities: escalate. 1 of 3: three more. 2 or more: the dose is too toxic, the maximum
    tolerated dose is the one below.
    allows_deescalation  True treats three more subjects at the dose below when it has fewer than six, so that the
                         dose declared has six (Korn et al. 1994); False declares it at once (Storer 1989).
    Source  Storer (1989), Biometrics 45:925; Korn et al. (1994), Statistics in Medicine 13:1799.
    """

    n_doses: int
    allows_deescalation: bool = False

    def __post_init__(self) -> None:
        check_n_doses(self.n_doses)

    def actions(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        """Return the Action for each pair of counts at one dose, any shape."""
        clears = ((subjects >= 3) & (toxicities == 0)) | ((subjects >= 6) & (toxicities == 1))
        excluded = self.is_excluded(subjects, toxicities)
        return np.where(clears, Action.ESCALATE, np.where(excluded, Action.DEESCALATE, Action.STAY))

    def is_excluded(self, subjects: IntArray, toxicities: IntArray) -> BoolArray:
        """Return whether the counts at one dose show it too toxic, any shape."""
        return np.asarray(toxicities >= 2)

    def decide(self, states: TrialStates) -> Decisions:
        row = np.arange(len(states.level))
        here = states.level - 1
        n, x = states.subjects[row, here], states.toxicities[row, here]
        ceiling = self._ceiling(states.subjects, states.toxicities)

        clears = self.actions(n, x) == Action.ESCALATE
        can_escalate = clears & (states.level < ceiling)
        is_too_toxic = states.level > ceiling
        below = np.maximum(ceiling - 1, 0)
        needs_six = self.allows_deescalation & (ceiling > 0) & (states.subjects[row, below] < 6)

        rests = clears & ~can_escalate
        level = np.where(can_escalate, states.level + 1, np.minimum(states.level, ceiling))
        is_continuing = np.where(
            is_too_toxic, needs_six, np.where(rests, self.allows_deescalation & (n < 6), True)
        )
        return Decisions(level=level, is_continuing=is_continuing.astype(np.bool_))

    def select(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        """Return the highest dose that was cleared, below every dose found too toxic.

        Cleared is 0 of 3 or at most 1 of 6; an unfinished dose (1 of 3) is not cleared.
        """
        ceiling = self._ceiling(subjects, toxicities)
        levels = np.arange(1, self.n_doses + 1)
        cleared = self.actions(subjects, toxicities) == Action.ESCALATE
        if self.allows_deescalation:
            cleared &= subjects >= 6
        return np.where(cleared & (levels <= ceiling[:, None]), levels, 0).max(axis=1)

    def _ceiling(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        """Return the highest level below every dose shown too toxic."""
        too_toxic: BoolArray = np.logical_or.accumulate(self.is_excluded(subjects, toxicities), axis=1)
        return (~too_toxic).sum(axis=1).astype(np.int64)
