"""Complete randomization and the procedures that allocate from a block or to a fixed total."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import ClassVar

from .design import CountDesign, Design, Outcome, State, Subject, positive_int
from .exact import integer_weights


@dataclass(frozen=True, kw_only=True)
class CompleteRandomization(CountDesign):
    """Every subject independently, with the ratio as probabilities."""

    procedure: ClassVar[str] = "complete"

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        return self.open_ratio

    def memory(self, state: State) -> Hashable:
        return ()


@dataclass(frozen=True, kw_only=True)
class _FixedTotal(CountDesign):
    """A procedure that ends with exactly the planned number of subjects on every arm."""

    total: int

    def _validate(self) -> None:
        positive_int("total", self.total)
        if self.total % sum(self.ratio):
            raise ValueError(f"total {self.total} is not a multiple of the ratio's sum {sum(self.ratio)}")

    def planned(self) -> tuple[int, ...]:
        """Return how many subjects each open arm receives in all."""
        return tuple(self.total // sum(self.ratio) * share for share in self.open_ratio)

    def left(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        """Return how many subjects each open arm still receives; ValueError when none is left."""
        if sum(counts) >= self.total:
            raise ValueError(f"all {self.total} planned subjects are allocated")
        return tuple(planned - count for planned, count in zip(self.planned(), counts, strict=True))


@dataclass(frozen=True, kw_only=True)
class RandomAllocationRule(_FixedTotal):
    """Every arrangement of the planned totals is equally likely (Lehmann's rule)."""

    procedure: ClassVar[str] = "random-allocation-rule"

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        return self.left(counts)


@dataclass(frozen=True, kw_only=True)
class TruncatedBinomial(_FixedTotal):
    """Ratio-weighted tosses until an arm is full, then the remaining arms; with K arms, truncated multinomial."""

    procedure: ClassVar[str] = "truncated-binomial"

    def weights(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        left = self.left(counts)
        return tuple(share if room else 0 for share, room in zip(self.open_ratio, left, strict=True))


@dataclass(frozen=True, slots=True)
class InBlock(State):
    """Counts, and what is left of the current block on each open arm (all zero: a new block begins)."""

    counts: tuple[int, ...]
    left: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class _Blocks(Design):
    """Block sizes and the weights with which they follow one another."""

    block_sizes: tuple[int, ...]
    size_weights: tuple[int, ...] = ()

    def _validate(self) -> None:
        sizes = tuple(self.block_sizes) if not isinstance(self.block_sizes, int) else (self.block_sizes,)
        weights = tuple(self.size_weights) or (1,) * len(sizes)
        total = sum(self.ratio)
        if not sizes or len(set(sizes)) != len(sizes):
            raise ValueError(f"block sizes must be different numbers: {sizes!r}")
        for size in sizes:
            if positive_int("a block size", size) % total:
                raise ValueError(f"block size {size} is not a multiple of the ratio's sum {total}")
        if len(weights) != len(sizes) or any(positive_int("a size weight", w) < 1 for w in weights):
            raise ValueError(f"one positive weight per block size is needed: {weights!r}")
        self._set("block_sizes", sizes)
        self._set("size_weights", weights)

    def _composition(self, size: int) -> tuple[int, ...]:
        return tuple(size // sum(self.ratio) * share for share in self.open_ratio)

    def compositions(self) -> tuple[tuple[int, ...], ...]:
        """Return the balls of every open arm in a block of each size."""
        return tuple(self._composition(size) for size in self.block_sizes)

    def _add(self, counts: tuple[int, ...], arm: int) -> tuple[int, ...]:
        return (*counts[:arm], counts[arm] + 1, *counts[arm + 1 :])


@dataclass(frozen=True, kw_only=True)
class PermutedBlocks(_Blocks):
    """Random permutations of balanced blocks, of one size or of sizes drawn at random block by block.

    block_sizes   different multiples of the ratio's sum; one size gives the classical fixed block.
    size_weights  integers > 0, how often each size is drawn; equal when left out.
    """

    procedure: ClassVar[str] = "permuted-blocks"

    def start(self) -> InBlock:
        return InBlock((0,) * len(self.arms), (0,) * len(self.open_arms))

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, InBlock)
        if any(state.left):
            return self._draws(state.counts, state.left)
        # The first arm of a new block and the block's size are one outcome of one draw, listed arm by arm. The
        # common factor of the integer weights is left in: size s with weight w contributes w * ratio, whatever s is.
        by_size = [self._draws(state.counts, self._composition(size)) for size in self.block_sizes]
        return [
            Outcome(weight * share, arm, drawn[place].state)
            for place, (share, arm) in enumerate(zip(self.open_ratio, self.open_arms, strict=True))
            for weight, drawn in zip(self.size_weights, by_size, strict=True)
        ]

    def _draws(self, counts: tuple[int, ...], left: tuple[int, ...]) -> list[Outcome]:
        return [
            Outcome(
                balls,
                arm,
                InBlock(self._add(counts, arm), (*left[:place], balls - 1, *left[place + 1 :])),
            )
            for place, (balls, arm) in enumerate(zip(left, self.open_arms, strict=True))
            if balls
        ]

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, InBlock)
        return state.left


@dataclass(frozen=True, slots=True)
class BlockBeliefs(State):
    """Counts, and the weight of every composition the current block may still have."""

    counts: tuple[int, ...]
    beliefs: tuple[tuple[tuple[int, ...], int], ...]


@dataclass(frozen=True, kw_only=True)
class HiddenBlocks(_Blocks):
    """Permuted blocks of random sizes whose sizes are never drawn, so no record can reveal them.

    Arms follow the same law as in PermutedBlocks with the same sizes and weights. Each arm is drawn from its
    probability given the earlier arms alone, and the weights of the possible blocks are updated by Bayes' rule.
    """

    procedure: ClassVar[str] = "hidden-blocks"

    def start(self) -> BlockBeliefs:
        return BlockBeliefs((0,) * len(self.arms), (((0,) * len(self.open_arms), 1),))

    def _now(self, state: BlockBeliefs) -> list[tuple[tuple[int, ...], Fraction]]:
        """Return the compositions the next ball may come from: an ended block is replaced by a new one."""
        now: list[tuple[tuple[int, ...], Fraction]] = []
        for left, belief in state.beliefs:
            if any(left):
                now.append((left, Fraction(belief)))
            else:
                whole = sum(self.size_weights)
                now += [
                    (self._composition(size), Fraction(belief * weight, whole))
                    for size, weight in zip(self.block_sizes, self.size_weights, strict=True)
                ]
        return now

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, BlockBeliefs)
        now = self._now(state)
        shares: list[Fraction] = []
        states: list[BlockBeliefs] = []
        for place, arm in enumerate(self.open_arms):
            after: dict[tuple[int, ...], Fraction] = {}
            for left, belief in now:
                if left[place]:
                    rest = (*left[:place], left[place] - 1, *left[place + 1 :])
                    after[rest] = after.get(rest, Fraction(0)) + belief * Fraction(left[place], sum(left))
            shares.append(sum(after.values(), Fraction(0)))
            kept = sorted(after)
            weights = integer_weights([after[left] for left in kept]) if kept else ()
            states.append(BlockBeliefs(self._add(state.counts, arm), tuple(zip(kept, weights, strict=True))))
        return [
            Outcome(weight, arm, after_state)
            for weight, arm, after_state in zip(integer_weights(shares), self.open_arms, states, strict=True)
            if weight
        ]

    def most_running(self) -> int:
        """Return how many blocks may be running at one time: of each size one for every possible beginning."""
        step = gcd(*self.block_sizes)
        return sum(size // step + 1 for size in self.block_sizes)

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, BlockBeliefs)
        return state.beliefs

    def mechanism(self) -> Design:
        return PermutedBlocks(
            arms=self.arms, ratio=self.ratio, block_sizes=self.block_sizes, size_weights=self.size_weights
        )
