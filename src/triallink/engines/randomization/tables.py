"""A design as integer tables for the batch simulator, found state by state from the exact core."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from threading import Lock

import numpy as np

from .design import Design, Outcome, State, Subject

UNIT = 1 << 64


def limits_of(weights: tuple[int, ...]) -> list[int]:
    """Return ceil(cumulative * 2**64 / total) for all but the last weight.

    A limit of 2**64 does not fit in 64 bits and is written 2**64 - 1; it belongs to the last positive weight, whose
    place the caller has to know (`last_positive`).
    """
    total, cumulative, limits = sum(weights), 0, []
    for weight in weights[:-1]:
        cumulative += weight
        limits.append(min(UNIT - 1, -(-cumulative * UNIT // total)))
    return limits


def last_positive(weights: tuple[int, ...]) -> int:
    """Return the place of the last positive weight, which every draw beyond the earlier limits reaches."""
    return max(place for place, weight in enumerate(weights) if weight)


class Tables:
    """The states of a design met so far, as integer tables that grow while simulations meet new ones."""

    def __init__(self, design: Design, closings: tuple[frozenset[int], ...] = (frozenset(),)) -> None:
        """Begin at the design's start; a state has one row for every set of arms that may be closed meanwhile."""
        self.design = design
        self.closings = closings
        self.branches = 2 if design.looks_at == "responses" else 1
        self._number: dict[Hashable, int] = {}
        self._states: list[State] = []
        self.limits = np.zeros((64, 1), dtype=np.uint64)
        self.arms = np.zeros((64, 2), dtype=np.int8)
        self.following = np.zeros((64, 2, self.branches), dtype=np.int32)
        self.known = np.zeros(64, dtype=bool)
        self._lock = Lock()
        self._meet(self.design.start())
        self._grow(len(self.closings), 2)

    def __len__(self) -> int:
        return len(self._states)

    def _meet(self, state: State) -> int:
        memory = self.design.memory(state)
        number = self._number.get(memory)
        if number is None:
            number = self._number[memory] = len(self._states)
            self._states.append(state)
        return number

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return limits, arms, following and known as they are now; threads may expand them meanwhile."""
        with self._lock:
            return self.limits, self.arms, self.following, self.known

    def expand(self, numbers: np.ndarray) -> None:
        """Find the law of these rows; ValueError if the design is exhausted in one of them."""
        with self._lock:
            for number in numbers.tolist():
                if not self.known[number]:
                    state, closing = divmod(number, len(self.closings))
                    outcomes = [
                        outcome
                        for outcome in self.design.outcomes(self._states[state], Subject())
                        if outcome.arm not in self.closings[closing]
                    ]
                    if not outcomes:
                        raise ValueError("no arm is left: caps reached on every arm the design would give")
                    self._fill(number, self._distinct(outcomes))

    def _distinct(self, outcomes: object) -> list[tuple[int, Outcome]]:
        """Return outcomes with their limits, without those no 64-bit draw can reach."""
        found: list[tuple[int, Outcome]] = []
        listed: list[Outcome] = list(outcomes)  # type: ignore[call-overload]  # any sequence of outcomes
        total, cumulative, before = sum(outcome.weight for outcome in listed), 0, 0
        for outcome in listed:
            cumulative += outcome.weight
            limit = -(-cumulative * UNIT // total)
            if limit > before:
                found.append((limit, outcome))
            before = limit
            if limit == UNIT:
                break
        return found

    def _fill(self, number: int, outcomes: list[tuple[int, Outcome]]) -> None:
        rows = [(limit, outcome.arm, self._after(outcome)) for limit, outcome in outcomes]
        # Room first, then the row: whoever reads these arrays never finds a state that lies beyond them.
        self._grow(len(self._states) * len(self.closings), len(rows))
        for place in range(self.arms.shape[1]):
            limit, arm, following = rows[min(place, len(rows) - 1)]
            if place < self.limits.shape[1]:
                self.limits[number, place] = min(limit, UNIT - 1)
            self.arms[number, place] = arm
            self.following[number, place] = following
        self.known[number] = True

    def _after(self, outcome: Outcome) -> list[int]:
        """Return the number of the next state, for a failure and a success if the design looks at responses."""
        if self.branches == 1:
            return [self._meet(outcome.state)]
        arm = self.design.arms[outcome.arm]
        return [self._meet(self.design.observe(outcome.state, arm, success)) for success in (False, True)]

    def _grow(self, states: int, width: int) -> None:
        have_states, have_width = self.arms.shape
        if states > have_states:
            more = max(states, 2 * have_states) - have_states
            self.limits = np.pad(self.limits, ((0, more), (0, 0)))
            self.arms = np.pad(self.arms, ((0, more), (0, 0)))
            self.following = np.pad(self.following, ((0, more), (0, 0), (0, 0)))
            self.known = np.pad(self.known, (0, more))
        if width > have_width:
            # New places repeat the last one, whose limit becomes out of reach: results stay the same.
            more = width - have_width
            self.limits = np.pad(self.limits, ((0, 0), (0, more)), constant_values=UNIT - 1)
            self.arms = np.pad(self.arms, ((0, 0), (0, more)), mode="edge")
            self.following = np.pad(self.following, ((0, 0), (0, more), (0, 0)), mode="edge")


@lru_cache(maxsize=32)
def tables(design: Design) -> Tables:
    """Return the tables of a design, kept between simulations."""
    return Tables(design)


@lru_cache(maxsize=32)
def capped_tables(design: Design, arms: tuple[int, ...]) -> Tables:
    """Return the tables of a design any of these arms of which may be closed: bit j of a closing closes arms[j]."""
    every = range(1 << len(arms))
    return Tables(
        design, tuple(frozenset(arm for j, arm in enumerate(arms) if bits >> j & 1) for bits in every)
    )
