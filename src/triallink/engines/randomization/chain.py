"""A design as a Markov chain: every state that can be met, found once, with its exact law.

Exact properties walk this chain forward; the batch simulator turns it into integer tables. Both therefore follow
the one definition of a procedure, `Design.outcomes`, and cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction

from .design import Design, State, Subject

NOBODY = Subject()

# Situations of an unbounded design that are rarer than this are left out; together they stay below 1e-12.
RARE = 1e-17


@dataclass(frozen=True, slots=True)
class Law:
    """What happens next from one state: integer weights, the arm and the following state of every outcome.

    edges  the same with conditional probabilities in double precision, without outcomes rarer than RARE.
    """

    weights: tuple[int, ...]
    arms: tuple[int, ...]
    following: tuple[int, ...]
    total: int
    edges: tuple[tuple[float, int, int], ...]


class Chain:
    """The states of a design that looks at earlier allocations only, numbered in the order they were met."""

    def __init__(self, design: Design) -> None:
        """Begin at the design's start; ValueError if allocations depend on the subject or on responses."""
        if design.looks_at != "counts":
            raise ValueError(
                f"{design.procedure} looks at the {design.looks_at}: its properties need a model, see simulate"
            )
        self.design = design.mechanism()
        self._number: dict[Hashable, int] = {}
        self._states: list[State] = []
        self._laws: list[Law | None] = []
        self._meet(self.design.start())

    def _meet(self, state: State) -> int:
        memory = self.design.memory(state)
        number = self._number.get(memory)
        if number is None:
            number = self._number[memory] = len(self._states)
            self._states.append(state)
            self._laws.append(None)
        return number

    def __len__(self) -> int:
        return len(self._states)

    def law(self, number: int) -> Law:
        """Return the law of a state; ValueError if the design is exhausted there."""
        known = self._laws[number]
        if known is not None:
            return known
        outcomes = self.design.outcomes(self._states[number], NOBODY)
        weights = tuple(outcome.weight for outcome in outcomes)
        arms = tuple(outcome.arm for outcome in outcomes)
        following = tuple(self._meet(outcome.state) for outcome in outcomes)
        total = sum(weights)
        chances = [weight / total for weight in weights]
        edges = tuple(edge for edge in zip(chances, arms, following, strict=True) if edge[0] > RARE)
        law = Law(weights, arms, following, total, edges)
        self._laws[number] = law
        return law


def step_probabilities(design: Design, n: int) -> list[dict[str, Fraction]]:
    """Return the unconditional probability of every arm at every step, in exact rational arithmetic.

    design   looks at earlier allocations only.
    n        subjects, >= 1; the size of the fractions grows with n, 40 takes seconds.
    Returns  n mappings of arm to Fraction.
    Raises   ValueError if the design looks at the subject or at responses, is exhausted before n, or is unbounded.
    Source   forward recursion of the chain.
    """
    chain = Chain(design)
    if chain.design.unbounded:
        raise ValueError(f"{design.procedure} has no finite exact recursion: see properties(...).steps.arm")
    masses: dict[int, Fraction] = {0: Fraction(1)}
    steps = []
    for _ in range(n):
        after: dict[int, Fraction] = {}
        step = dict.fromkeys(design.arms, Fraction(0))
        for state, mass in masses.items():
            law = chain.law(state)
            for weight, arm, following in zip(law.weights, law.arms, law.following, strict=True):
                moved = mass * weight / law.total
                step[design.arms[arm]] += moved
                after[following] = after.get(following, Fraction(0)) + moved
        masses = after
        steps.append(step)
    return steps
