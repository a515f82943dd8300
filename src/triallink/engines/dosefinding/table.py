"""Decision tables: what a design does for every count at the current dose, as printed in protocols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .interval import Action, IntervalDesign

Letter = Literal["E", "S", "D", "DU"]
_LETTERS: dict[int, Letter] = {Action.ESCALATE: "E", Action.STAY: "S", Action.DEESCALATE: "D"}


@dataclass(frozen=True, slots=True)
class TableRow:
    """The decisions after n subjects at one dose.

    decisions      one letter per number of toxicities 0..subjects: E escalate, S stay, D de-escalate, DU de-escalate and
                   exclude the dose and all above it.
    escalate_if    escalate when toxicities <= this; None when no count escalates.
    deescalate_if  de-escalate when toxicities >= this; None when no count does.
    eliminate_if   exclude the dose when toxicities >= this; None when no count does.
    """

    subjects: int
    decisions: tuple[Letter, ...]
    escalate_if: int | None
    deescalate_if: int | None
    eliminate_if: int | None


def decision_table(design: IntervalDesign, max_subjects: int) -> tuple[TableRow, ...]:
    """Return the decision table of an interval design for 1..max_subjects subjects at the current dose.

    Raises  ValueError if max_subjects is not positive.
    Source  the layout of Ji et al. (2010), figure 2, and of get.boundary in the R package BOIN.
    """
    if max_subjects < 1:
        raise ValueError(f"max_subjects must be at least 1, got {max_subjects}")
    rows = []
    for n in range(1, max_subjects + 1):
        x = np.arange(n + 1)
        subjects = np.full(n + 1, n)
        actions = design.actions(subjects, x)
        excluded = design.is_excluded(subjects, x)
        letters: tuple[Letter, ...] = tuple(
            "DU" if out else _LETTERS[int(action)] for action, out in zip(actions, excluded, strict=True)
        )
        rows.append(
            TableRow(
                subjects=n,
                decisions=letters,
                escalate_if=_last(actions == Action.ESCALATE),
                deescalate_if=_first((actions == Action.DEESCALATE) | excluded),
                eliminate_if=_first(excluded),
            )
        )
    return tuple(rows)


def _first(holds: np.ndarray) -> int | None:
    return int(holds.argmax()) if holds.any() else None


def _last(holds: np.ndarray) -> int | None:
    return int(np.flatnonzero(holds)[-1]) if holds.any() else None
