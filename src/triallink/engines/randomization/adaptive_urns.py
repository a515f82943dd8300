"""Urns that learn from responses, and the drop-the-loser urn for a fixed ratio."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import ClassVar

from .adaptive import ResponseAdaptive, Responses, one_more
from .design import Design, Outcome, State, Subject, positive_int

# Ways to an arm that need so many immigrations that all of them together are rarer than 2**-256 are left out: no draw
# of a sealed stream, which has 256 bits, could reach them.
IMMIGRATION_BITS = 256


@dataclass(frozen=True, kw_only=True)
class RandomizedPlayTheWinner(ResponseAdaptive):
    """An urn that gains `reward` balls of an arm for its success, and of every other arm for its failure.

    initial   balls of every arm at first, >= 1.
    reward    >= 1. With K arms a success adds (K - 1) * reward balls, so that both responses add as many.
    """

    procedure: ClassVar[str] = "randomized-play-the-winner"
    initial: int = 1
    reward: int = 1

    def _validate_adaptive(self) -> None:
        positive_int("initial", self.initial)
        positive_int("reward", self.reward)

    def weights(self, state: Responses) -> tuple[int, ...]:
        others = len(self.open_arms) - 1
        failures = sum(state.failures[arm] for arm in self.open_arms)
        return tuple(
            self.initial + self.reward * (others * state.successes[arm] + failures - state.failures[arm])
            for arm in self.open_arms
        )

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, Responses)
        return self.weights(state)


@dataclass(frozen=True, slots=True)
class Urn(State):
    """Subjects per arm, balls of every open arm, and subjects whose ball is still out."""

    counts: tuple[int, ...]
    balls: tuple[int, ...]
    out: tuple[int, ...]


def _immigration(balls: tuple[int, ...], added: tuple[int, ...]) -> list[tuple[int, tuple[int, ...], int]]:
    """Return (weight, balls before the draw, place) for every way to reach a treatment ball.

    One immigration ball lies in the urn: drawing it adds `added` and the drawing goes on. Weights are exact over a
    common total; ways that need so many immigrations that all of them together are rarer than 2**-256 are left out.
    """
    urns, totals, reached = [], [], 1
    while reached.bit_length() <= IMMIGRATION_BITS:
        urns.append(balls)
        totals.append(sum(balls) + 1)
        reached *= totals[-1]
        balls = tuple(ball + more for ball, more in zip(balls, added, strict=True))
    ways: list[tuple[int, tuple[int, ...], int]] = []
    later = 1
    for before, total in zip(reversed(urns), reversed(totals), strict=True):
        ways += [(ball * later, before, place) for place, ball in enumerate(before) if ball]
        later *= total
    # Arm by arm, as everywhere (the arm is the first whose cumulative probability exceeds u), few immigrations first.
    ways.reverse()
    ways.sort(key=lambda way: way[2])
    return ways


@dataclass(frozen=True, kw_only=True)
class DropTheLoser(ResponseAdaptive):
    """Ivanova's urn: a drawn ball comes back only after a success; an immigration ball adds one of each arm.

    initial   balls of every arm at first, >= 1.
    """

    procedure: ClassVar[str] = "drop-the-loser"
    unbounded: ClassVar[bool] = True
    initial: int = 1

    def _validate_adaptive(self) -> None:
        positive_int("initial", self.initial)

    def start(self) -> Urn:
        zeros = (0,) * len(self.arms)
        return Urn(zeros, (self.initial,) * len(self.open_arms), zeros)

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Urn)
        ways = _immigration(state.balls, (1,) * len(state.balls))
        return [
            Outcome(
                weight,
                self.open_arms[place],
                Urn(
                    one_more(state.counts, self.open_arms[place]),
                    (*before[:place], before[place] - 1, *before[place + 1 :]),
                    one_more(state.out, self.open_arms[place]),
                ),
            )
            for weight, before, place in ways
        ]

    def observe(self, state: State, arm: str, success: bool, subject: Subject | None = None) -> State:
        assert isinstance(state, Urn)
        index = self.arms.index(arm) if arm in self.arms else -1
        if index < 0 or not state.out[index]:
            raise ValueError(f"no subject on arm {arm!r} waits for a response in {state!r}")
        out = (*state.out[:index], state.out[index] - 1, *state.out[index + 1 :])
        balls = one_more(state.balls, self.open_arms.index(index)) if success else state.balls
        return replace(state, balls=balls, out=out)

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, Urn)
        return state.balls


@dataclass(frozen=True, kw_only=True)
class DropTheLoserUrn(Design):
    """The drop-the-loser urn for a fixed ratio: no ball comes back; immigration adds `sets` times the ratio.

    sets   >= 1; larger is freer. The urn starts with one ball per unit of ratio and one immigration ball.
    """

    procedure: ClassVar[str] = "drop-the-loser-urn"
    unbounded: ClassVar[bool] = True
    sets: int = 1

    def _validate(self) -> None:
        positive_int("sets", self.sets)

    def start(self) -> Urn:
        zeros = (0,) * len(self.arms)
        return Urn(zeros, self.open_ratio, zeros)

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Urn)
        ways = _immigration(state.balls, tuple(self.sets * share for share in self.open_ratio))
        return [
            Outcome(
                weight,
                self.open_arms[place],
                Urn(
                    one_more(state.counts, self.open_arms[place]),
                    (*before[:place], before[place] - 1, *before[place + 1 :]),
                    state.out,
                ),
            )
            for weight, before, place in ways
        ]

    def memory(self, state: State) -> Hashable:
        assert isinstance(state, Urn)
        return state.balls
