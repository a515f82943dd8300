"""A design as a Markov chain: every state that can be met, found once, with its exact law.

Exact properties walk this chain forward; the batch simulator turns it into integer tables. Both therefore follow
the one definition of a procedure, `Design.outcomes`, and cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from .adaptive_urns import DropTheLoserUrn
from .design import CountDesign, Design, State, Subject

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


@dataclass(frozen=True, slots=True)
class Layer:
    """All situations after i subjects that have positive probability, and how they lead to the next layer.

    counts      shape (n_nodes, n_arms), subjects.
    chances     shape (n_nodes, n_arms), conditional probability of every arm for subject i + 1.
    source, target, share  one entry per edge: node here, node in the next layer, conditional probability.
    certain     shape (n_nodes,), whether one arm is certain.
    """

    counts: np.ndarray
    chances: np.ndarray
    certain: np.ndarray
    source: np.ndarray
    target: np.ndarray
    share: np.ndarray
    n_next: int


class Leaving(NamedTuple):
    """The laws of the situations of a layer, shape (n_nodes, n_arms) and (n_nodes,), and one entry per edge."""

    chances: np.ndarray
    certain: np.ndarray
    source: np.ndarray
    arm: np.ndarray
    following: np.ndarray
    share: np.ndarray


def layers(design: Design, n: int, max_states: int) -> list[Layer]:
    """Return the layers of a chain for subjects 1..n.

    design      looks at earlier allocations only.
    n           subjects, >= 1.
    max_states  refuse beyond this many situations in all.
    Returns     n + 1 layers; layer i has the situations after i subjects.
    Raises      ValueError if the design is exhausted before n, or there are too many situations.
    Source      enumeration of the chain.
    """
    chain = Chain(design)
    law = chain.design
    edges: CountEdges | UrnEdges | ChainEdges
    if isinstance(law, CountDesign):
        edges = CountEdges(law)
    else:
        edges = UrnEdges(law) if isinstance(law, DropTheLoserUrn) else ChainEdges(chain)
    rare = RARE if chain.design.unbounded else 0.0
    counts = np.zeros((1, len(design.arms)), dtype=np.int64)
    states = np.zeros(1, dtype=np.int64)
    masses: np.ndarray = np.ones(1)
    made: list[Layer] = []
    seen = 1
    for _ in range(n):
        chances, certain, source, arm, following, share = edges.leaving(counts, states)
        if rare:
            met = share * masses[source] >= rare
            source, arm, following, share = source[met], arm[met], following[met], share[met]
        after = counts[source]
        after[np.arange(len(arm)), arm] += 1
        first, target = _situations(after, following)
        made.append(
            Layer(
                counts,
                chances,
                certain,
                source.astype(np.int32),
                target.astype(np.int32),
                share,
                len(first),
            )
        )
        masses = np.bincount(target, share * masses[source], len(first))
        counts, states = after[first], following[first]
        seen += len(states)
        if seen > max_states:
            raise ValueError(f"{design.procedure} has more than {max_states} situations within {n} subjects")
    nothing = np.zeros(0, dtype=np.int32)
    zeros = np.zeros(counts.shape)
    made.append(Layer(counts, zeros, zeros[:, 0] > 0, nothing, nothing, np.zeros(0), 0))
    return made


def _situations(counts: np.ndarray, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of every different (counts, state) and the number of each row's situation."""
    base = int(counts.sum(axis=1).max()) + 1
    wide = base ** (counts.shape[1] - 1) >= 1 << 62
    code = np.zeros(len(counts), dtype=object if wide else np.int64)
    for arm in range(counts.shape[1] - 1):  # the last count follows from the others
        code = code * base + counts[:, arm]
    _, place = np.unique(code, return_inverse=True)
    _, first, number = np.unique(
        states * (int(place.max()) + 1) + place, return_index=True, return_inverse=True
    )
    return first, number


class CountEdges:
    """The edges of a design that looks at counts alone: a situation is its counts, there are no further states."""

    def __init__(self, design: CountDesign) -> None:
        """Begin without known laws."""
        self._design = design
        self._laws: dict[Hashable, tuple[tuple[float, ...], bool]] = {}

    def leaving(self, counts: np.ndarray, states: np.ndarray) -> Leaving:
        """Return the laws of the situations and the edges that leave them."""
        laws = [self._law(tuple(row)) for row in counts.tolist()]
        chances = np.zeros(counts.shape)
        chances[:, list(self._design.open_arms)] = [law for law, _ in laws]
        source, arm = np.nonzero(chances)
        certain = np.array([sure for _, sure in laws])
        return Leaving(chances, certain, source, arm, np.zeros_like(source), chances[source, arm])

    def _law(self, counts: tuple[int, ...]) -> tuple[tuple[float, ...], bool]:
        design = self._design
        memory = design.deviation(counts) if design.by_deviation else counts
        known = self._laws.get(memory)
        if known is None:
            weights = design.weights(tuple(counts[arm] for arm in design.open_arms))
            total = sum(weights)
            known = tuple(w / total for w in weights), sum(1 for w in weights if w) == 1
            self._laws[memory] = known
        return known


class UrnEdges:
    """The edges of the drop-the-loser urn: a situation is its counts and how often an immigration ball was drawn."""

    def __init__(self, design: DropTheLoserUrn) -> None:
        """Begin with the urn's rule."""
        self._open = np.array(design.open_arms)
        self._ratio = np.array(design.open_ratio, dtype=np.int64)
        self._sets = design.sets

    def leaving(self, counts: np.ndarray, states: np.ndarray) -> Leaving:
        """Return the laws of the situations and the edges that leave them."""
        chances = np.zeros(counts.shape)
        reached = np.ones(len(states))
        found = []
        balls = self._ratio * (1 + self._sets * states[:, None]) - counts[:, self._open]
        immigrations = 0
        while True:
            # The immigration ball is one more; drawing it is the way to the next round.
            total = balls.sum(axis=1) + 1
            share = reached[:, None] * balls / total[:, None]
            source, place = np.nonzero(share > RARE)
            arm = self._open[place]
            chances[source, arm] += share[source, place]
            found.append((source, arm, states[source] + immigrations, share[source, place]))
            reached = reached / total
            if reached.max() <= RARE:
                break
            balls = balls + self._sets * self._ratio
            immigrations += 1
        source, arm, following, shares = (np.concatenate(part) for part in zip(*found, strict=True))
        certain = np.full(len(states), len(self._open) == 1)
        return Leaving(chances, certain, source, arm, following, shares)


class ChainEdges:
    """The edges of a chain as arrays that grow while states are met: those of one state lie side by side."""

    def __init__(self, chain: Chain) -> None:
        """Begin without edges."""
        self._chain = chain
        self._begins = np.zeros(0, dtype=np.int64)
        self._lengths = np.zeros(0, dtype=np.int64)
        self._chances = np.zeros((0, len(chain.design.arms)))
        self._certain = np.zeros(0, dtype=bool)
        self._share = np.zeros(0)
        self._arm = np.zeros(0, dtype=np.int64)
        self._following = np.zeros(0, dtype=np.int64)

    def leaving(self, counts: np.ndarray, states: np.ndarray) -> Leaving:
        """Return the laws of the situations and the edges that leave them."""
        more = len(self._chain) - len(self._begins)
        self._begins = np.concatenate([self._begins, np.zeros(more, dtype=np.int64)])
        self._lengths = np.concatenate([self._lengths, np.zeros(more, dtype=np.int64)])
        self._chances = np.concatenate([self._chances, np.zeros((more, self._chances.shape[1]))])
        self._certain = np.concatenate([self._certain, np.zeros(more, dtype=bool)])
        self._learn(np.unique(states[self._lengths[states] == 0]))
        lengths = self._lengths[states]
        ends = np.cumsum(lengths)
        source = np.repeat(np.arange(len(states)), lengths)
        edge = self._begins[states][source] + np.arange(int(ends[-1])) - np.repeat(ends - lengths, lengths)
        return Leaving(
            self._chances[states],
            self._certain[states],
            source,
            self._arm[edge],
            self._following[edge],
            self._share[edge],
        )

    def _learn(self, states: np.ndarray) -> None:
        found: list[tuple[float, int, int]] = []
        for state in states.tolist():
            law = self._chain.law(state)
            self._begins[state] = len(self._share) + len(found)
            self._lengths[state] = len(law.edges)
            self._certain[state] = len(set(law.arms)) == 1
            found += law.edges
            for chance, arm, _ in law.edges:
                self._chances[state, arm] += chance
        if found:
            share, arms, following = zip(*found, strict=True)
            self._share = np.concatenate([self._share, np.array(share)])
            self._arm = np.concatenate([self._arm, np.array(arms, dtype=np.int64)])
            self._following = np.concatenate([self._following, np.array(following, dtype=np.int64)])


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


def scaled_deviation(counts: np.ndarray, ratio: tuple[int, ...]) -> np.ndarray:
    """Return total * count - n * share for rows of counts, shape as counts, integers."""
    shares = np.array(ratio, dtype=np.int64)
    return counts * shares.sum() - counts.sum(axis=1, keepdims=True) * shares
