"""What a design does, written out for a protocol: decision tables, and the pathways of the first cohorts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from .design import Action, Design
from .outcomes import BoolArray, Cohort, IntArray, Outcomes

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


class TabulatedDesign(Protocol):
    """A design whose decision depends on the counts at the current dose alone: 3+3 and the interval designs."""

    def actions(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        """Return the Action for each pair of counts."""
        ...

    def is_excluded(self, subjects: IntArray, toxicities: IntArray) -> BoolArray:
        """Return whether the counts exclude the dose."""
        ...


def decision_table(design: TabulatedDesign, max_subjects: int) -> tuple[TableRow, ...]:
    """Return the decision table of a design for 1..max_subjects subjects at the current dose.

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


@dataclass(frozen=True, slots=True)
class Pathway:
    """One possible course of the first cohorts and what the design says after it.

    outcomes  cohorts with their numbers of toxicities, such as "1NNN 2NNT".
    dose      the dose then recommended, None when every dose is too toxic.
    """

    outcomes: str
    dose: int | None
    is_continuing: bool


def transition_pathways(
    design: Design, *, cohort_size: int, n_cohorts: int, start_level: int = 1
) -> tuple[Pathway, ...]:
    """Return every possible course of the first cohorts with the dose recommended after each, in order.

    A course ends early when the design stops; the numbers of toxicities of a cohort count, not their order.
    Raises  ValueError if sizes are not positive or the courses would exceed 100,000.
    Source  dose transition pathways: Yap et al. (2017), Clinical Cancer Research 23:7440.
    """
    if cohort_size < 1 or n_cohorts < 1:
        raise ValueError(f"sizes must be at least 1: {cohort_size=}, {n_cohorts=}")
    if (cohort_size + 1) ** n_cohorts > 100_000:
        raise ValueError(f"{(cohort_size + 1) ** n_cohorts} courses are more than 100,000")

    def follow(seen: tuple[Cohort, ...], level: int) -> Iterator[Pathway]:
        for toxic in range(cohort_size + 1):
            cohorts = (*seen, Cohort(level, (False,) * (cohort_size - toxic) + (True,) * toxic))
            next_step = design.recommend(Outcomes(cohorts))
            if next_step.is_continuing and next_step.dose is not None and len(cohorts) < n_cohorts:
                yield from follow(cohorts, next_step.dose)
            else:
                yield Pathway(str(Outcomes(cohorts)), next_step.dose, next_step.is_continuing)

    return tuple(follow((), start_level))


def _first(holds: np.ndarray) -> int | None:
    return int(holds.argmax()) if holds.any() else None


def _last(holds: np.ndarray) -> int | None:
    return int(np.flatnonzero(holds)[-1]) if holds.any() else None
