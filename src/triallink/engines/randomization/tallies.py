"""Counts per arm overall and in groups of subjects: the memory of covariate-adaptive designs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .design import Factor, State, Subject


@dataclass(frozen=True, slots=True)
class Tallies(State):
    """Subjects per arm, overall and for every group met so far, groups in alphabetical order."""

    counts: tuple[int, ...]
    groups: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def of(self, group: str) -> tuple[int, ...]:
        """Return the counts of a group, zeros if nobody of it was allocated yet."""
        for name, counts in self.groups:
            if name == group:
                return counts
        return (0,) * len(self.counts)

    def add(self, arm: int, groups: Iterable[str]) -> Tallies:
        """Return the tallies after one more subject of these groups on this arm."""
        after = dict(self.groups)
        for group in groups:
            after[group] = _one_more(after.get(group, (0,) * len(self.counts)), arm)
        return Tallies(_one_more(self.counts, arm), tuple(sorted(after.items())))


def _one_more(counts: tuple[int, ...], arm: int) -> tuple[int, ...]:
    return (*counts[:arm], counts[arm] + 1, *counts[arm + 1 :])


def margin(factor: Factor, subject: Subject) -> str:
    """Return the name of the group of all subjects that share this subject's level of the factor."""
    return f"{factor.name}={factor.level_of(subject)}"


def stratum(factors: Sequence[Factor], subject: Subject) -> str:
    """Return the name of the group of all subjects that share this subject's level of every factor.

    factors  in the order in which they appear in the name.
    subject  has a level of every factor.
    Returns  "sex=F;site=01", or "" when there are no factors.
    Raises   ValueError if a level is missing, not permitted, or contains "|" or ";".
    Source   own definition; it is the stratum part of a draw's message.
    """
    for factor in factors:
        level = factor.level_of(subject)
        if "|" in level or ";" in level:
            raise ValueError(f"level {level!r} of factor {factor.name!r} must not contain '|' or ';'")
    return ";".join(margin(factor, subject) for factor in factors)
