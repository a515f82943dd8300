"""The law of a whole layer of situations at once: one class of edges for every kind of design."""

from __future__ import annotations

from collections.abc import Hashable
from math import prod
from typing import NamedTuple, Protocol

import numpy as np

from .adaptive_urns import DropTheLoserUrn
from .blocks import PermutedBlocks
from .chain import RARE, Chain
from .design import CountDesign, Design
from .strata import Capped

# Numbers of states and situations stay below this, so that 64-bit integers hold them.
MOST_NUMBERS = 1 << 62


class Leaving(NamedTuple):
    """The laws of the situations of a layer, shape (n_nodes, n_arms) and (n_nodes,), and one entry per edge."""

    chances: np.ndarray
    certain: np.ndarray
    source: np.ndarray
    arm: np.ndarray
    following: np.ndarray
    share: np.ndarray


class Edges(Protocol):
    """What `layers` asks of a design."""

    def leaving(self, counts: np.ndarray, states: np.ndarray) -> Leaving:
        """Return the laws of the situations and the edges that leave them."""


def edges_of(design: Design, n: int) -> Edges:
    """Return the edges of a design by the quickest way to its law; the first situation has state 0.

    design   looks at earlier allocations only.
    n        subjects that will be followed.
    Returns  edges.
    Raises   ValueError if allocations depend on the subject or on responses.
    Source   own definition.
    """
    chain = Chain(design)
    law = chain.design
    if isinstance(law, CountDesign):
        return CountEdges(law)
    if isinstance(law, DropTheLoserUrn):
        return UrnEdges(law)
    if isinstance(law, PermutedBlocks) and BlockEdges.can_number(law, n):
        return BlockEdges(law, n)
    if isinstance(law, Capped) and law.design.mechanism() is law.design:
        return CappedEdges(law, edges_of(law.design, n))
    return ChainEdges(chain)


def is_unbounded(design: Design) -> bool:
    """Return whether one allocation of a design, or of one inside it, can lead to any number of states."""
    inner = getattr(design, "design", None)
    return design.unbounded or (inner is not None and is_unbounded(inner))


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


class BlockEdges:
    """The edges of permuted blocks: a state is what is left of the block on every open arm, written as one number.

    Only what n subjects can leave is numbered, so blocks far larger than the trial need no larger numbers.
    """

    def __init__(self, design: PermutedBlocks, n: int) -> None:
        """Begin with the balls of a block of every size."""
        self._open = np.array(design.open_arms)
        compositions = np.array(design.compositions(), dtype=np.int64)
        # A digit per arm: the place of what is left in the sorted list of all that can be left. One ball less is one
        # place less, and nothing left (a new block) is place 0.
        self._left = [_reachable(balls, n) for balls in compositions.T]
        self._bases = np.array([len(left) for left in self._left])
        self._places = np.concatenate([[1], np.cumprod(self._bases[:-1])])
        whole = sum(
            np.searchsorted(left, balls) * place
            for left, balls, place in zip(self._left, compositions.T, self._places, strict=True)
        )
        # A new block: its size and its first arm are one draw, listed arm by arm as in `PermutedBlocks.outcomes`.
        weights = np.outer(design.open_ratio, design.size_weights)
        self._first_share = (weights / weights.sum()).ravel()
        self._first_arm = np.repeat(np.arange(len(self._open)), len(compositions))
        self._first_following = (whole - self._places[:, None]).ravel()

    @staticmethod
    def can_number(design: PermutedBlocks, n: int) -> bool:
        """Return whether 64-bit integers hold the number of every state that n subjects can leave."""
        balls = np.array(design.compositions(), dtype=object)
        if balls.max() >= MOST_NUMBERS or sum(design.ratio) * sum(design.size_weights) >= MOST_NUMBERS:
            return False
        return prod(len(_reachable(each.astype(np.int64), n)) for each in balls.T) < MOST_NUMBERS

    def leaving(self, counts: np.ndarray, states: np.ndarray) -> Leaving:
        """Return the laws of the situations and the edges that leave them."""
        digits = states[:, None] // self._places % self._bases
        left = np.stack([values[digits[:, k]] for k, values in enumerate(self._left)], axis=1)
        total = left.sum(axis=1)
        share = left / np.maximum(total, 1)[:, None]
        source, place = np.nonzero(left)
        new = np.flatnonzero(total == 0)
        source = np.concatenate([source, np.repeat(new, len(self._first_arm))])
        following = np.concatenate(
            [
                states[source[: len(place)]] - self._places[place],
                np.tile(self._first_following, len(new)),
            ]
        )
        shares = np.concatenate([share[source[: len(place)], place], np.tile(self._first_share, len(new))])
        place = np.concatenate([place, np.tile(self._first_arm, len(new))])
        share[new] = np.bincount(self._first_arm, self._first_share)
        chances = np.zeros(counts.shape)
        chances[:, self._open] = share
        certain = np.count_nonzero(share, axis=1) == 1
        return Leaving(chances, certain, source, self._open[place], following, shares)


def _reachable(balls: np.ndarray, n: int) -> np.ndarray:
    """Return in order what n draws can leave of these balls (one number per block size), and always nothing."""
    spans = [np.arange(max(0, each - n), each + 1) for each in balls.tolist()]
    return np.unique(np.concatenate([[0], *spans]))


class CappedEdges:
    """The edges of a design under caps that no factor divides: the counts tell which arms are closed."""

    def __init__(self, design: Capped, inner: Edges) -> None:
        """Begin with the edges of the design inside."""
        self._inner = inner
        self._caps = [
            (cap.limit, None if cap.arm is None else design.arms.index(cap.arm)) for cap in design.caps
        ]

    def leaving(self, counts: np.ndarray, states: np.ndarray) -> Leaving:
        """Return the laws of the situations and the edges that leave them."""
        within = self._inner.leaving(counts, states)
        is_open = np.ones(counts.shape, dtype=bool)
        for limit, arm in self._caps:
            if arm is None:
                is_open[counts.sum(axis=1) >= limit] = False
            else:
                is_open[counts[:, arm] >= limit, arm] = False
        chances = np.where(is_open, within.chances, 0.0)
        whole = chances.sum(axis=1)
        if not whole.all():
            full = counts[np.argmin(whole)].tolist()
            raise ValueError(f"no arm is left: caps reached with {full} subjects on the arms")
        kept = is_open[within.source, within.arm]
        source = within.source[kept]
        return Leaving(
            chances / whole[:, None],
            np.count_nonzero(chances, axis=1) == 1,
            source,
            within.arm[kept],
            within.following[kept],
            within.share[kept] / whole[source],
        )


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
