"""What has been seen so far: the dose level and the toxicity of each subject, in order of treatment."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_COHORT = re.compile(r"([1-9]\d*)([NT]+)")


@dataclass(frozen=True, slots=True)
class Cohort:
    """Subjects treated together at one dose level (levels count from 1), with their toxicities."""

    level: int
    toxicities: tuple[bool, ...]

    def __post_init__(self) -> None:
        if self.level < 1:
            raise ValueError(f"dose levels count from 1, got {self.level}")
        if not self.toxicities:
            raise ValueError(f"the cohort at level {self.level} has no subject")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """All cohorts of a dose-finding trial in order."""

    cohorts: tuple[Cohort, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Outcomes:
        """Read the field's shorthand: level, then N (no toxicity) or T per subject: "1NNN 2NTN".

        Raises  ValueError showing the cohort that is not of that form.
        Source  outcome notation of Brock (2019), arXiv:1903.03434 and the R package escalation.
        """
        cohorts = []
        for word in text.split():
            match = _COHORT.fullmatch(word)
            if match is None:
                raise ValueError(f"a cohort is written like 2NTN, got {word!r}")
            cohorts.append(Cohort(int(match[1]), tuple(letter == "T" for letter in match[2])))
        return cls(tuple(cohorts))

    @classmethod
    def from_subjects(cls, levels: list[int], toxicities: list[int]) -> Outcomes:
        """Read one level and one 0/1 toxicity per subject; subjects in a row at one level form a cohort.

        Raises  ValueError if the lists differ in length.
        Source  the calling convention of dfcrm::crm (level, tox).
        """
        if len(levels) != len(toxicities):
            raise ValueError(f"{len(levels)} levels but {len(toxicities)} toxicities")
        cohorts: list[Cohort] = []
        for level, toxicity in zip(levels, toxicities, strict=True):
            if cohorts and cohorts[-1].level == level:
                cohorts[-1] = Cohort(level, (*cohorts[-1].toxicities, bool(toxicity)))
            else:
                cohorts.append(Cohort(level, (bool(toxicity),)))
        return cls(tuple(cohorts))

    def __str__(self) -> str:
        """Return the shorthand that parse() reads."""
        return " ".join(
            f"{cohort.level}{''.join('T' if toxic else 'N' for toxic in cohort.toxicities)}"
            for cohort in self.cohorts
        )

    def counts(self, n_doses: int) -> tuple[IntArray, IntArray]:
        """Return subjects and toxicities per dose level, each of shape (n_doses,).

        Raises  ValueError if a cohort was treated above the highest level.
        """
        subjects = np.zeros(n_doses, dtype=np.int64)
        toxicities = np.zeros(n_doses, dtype=np.int64)
        for cohort in self.cohorts:
            if cohort.level > n_doses:
                raise ValueError(f"level {cohort.level} is above the highest of {n_doses} doses")
            subjects[cohort.level - 1] += len(cohort.toxicities)
            toxicities[cohort.level - 1] += sum(cohort.toxicities)
        return subjects, toxicities
