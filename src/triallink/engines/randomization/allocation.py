"""One allocation: the arm, the exact probabilities it was drawn with, the next state, and a proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .design import Design, State, Subject
from .exact import Number, exact
from .stream import DRAW_BITS, Draw


@dataclass(frozen=True, slots=True)
class Proof:
    """All an auditor needs to repeat the decision with other code.

    design       fingerprint of the design's canonical JSON.
    message      what was fed to HMAC-SHA256, empty when u did not come from a sealed stream.
    numerator    u = numerator / denominator, exact.
    weights      integer weight of every outcome, in order.
    outcomes     the arm each weight leads to; one arm may appear more than once.
    arm          the arm allocated: the first outcome whose cumulative weight exceeds u * sum(weights).
    """

    design: str
    message: str
    numerator: int
    denominator: int
    weights: tuple[int, ...]
    outcomes: tuple[str, ...]
    arm: str

    def holds(self) -> bool:
        """Return whether the arm follows from u and the weights."""
        return self.outcomes[_choose(self.numerator, self.denominator, self.weights)] == self.arm

    def to_json(self) -> str:
        """Return canonical JSON; integers beyond 53 bits are written as decimal text."""
        return json.dumps(
            {
                "design": self.design,
                "message": self.message,
                "numerator": str(self.numerator),
                "denominator": str(self.denominator),
                "weights": [str(weight) for weight in self.weights],
                "outcomes": list(self.outcomes),
                "arm": self.arm,
            },
            sort_keys=True,
            separators=(",", ":"),
        )

    @staticmethod
    def from_json(text: str) -> Proof:
        """Return the proof written by `to_json`."""
        plain: dict[str, Any] = json.loads(text)
        return Proof(
            design=plain["design"],
            message=plain["message"],
            numerator=int(plain["numerator"]),
            denominator=int(plain["denominator"]),
            weights=tuple(int(weight) for weight in plain["weights"]),
            outcomes=tuple(plain["outcomes"]),
            arm=plain["arm"],
        )


@dataclass(frozen=True, slots=True)
class Allocation:
    """The result of one allocation; `state` is where the design stands afterwards."""

    arm: str
    probabilities: Mapping[str, Fraction]
    state: State
    proof: Proof


def allocate(
    design: Design,
    state: State,
    subject: Subject | Mapping[str, str] | str | None,
    u: Draw | Number,
) -> Allocation:
    """Return the arm of the next subject, with the exact probabilities it was drawn with.

    design    any design of this package.
    state     `design.start()` or the `state` of the previous allocation.
    subject   a Subject, a mapping of factor levels, an identifier, or None where the design needs none.
    u         0 <= u < 1, dimensionless: a draw of a sealed stream, or any exact number.
    Returns   the arm, the probability of every arm (they sum to exactly 1), the next state and the proof.
    Raises    ValueError if u is outside [0, 1), a factor level is missing, or the design is exhausted.
    Source    inverse cumulative distribution in listed order; Zhao & Weng 2011, Table 1 (zhao2011_block_urn).
    """
    message, numerator, denominator = _unit(u)
    outcomes = design.outcomes(state, Subject.of(subject))
    weights = tuple(outcome.weight for outcome in outcomes)
    chosen = outcomes[_choose(numerator, denominator, weights)]
    arm = design.arms[chosen.arm]
    proof = Proof(
        design=design.fingerprint,
        message=message,
        numerator=numerator,
        denominator=denominator,
        weights=weights,
        outcomes=tuple(design.arms[outcome.arm] for outcome in outcomes),
        arm=arm,
    )
    return Allocation(arm, _by_arm(design, outcomes), chosen.state, proof)


def probabilities(
    design: Design, state: State, subject: Subject | Mapping[str, str] | str | None = None
) -> dict[str, Fraction]:
    """Return the exact probability of every arm for the next subject, before any draw.

    design, state, subject  as for `allocate`.
    Returns  arm name to Fraction; closed arms have probability 0; the sum is exactly 1.
    Raises   ValueError as `allocate` does.
    Source   the design's own reference.
    """
    return _by_arm(design, design.outcomes(state, Subject.of(subject)))


def state_after(
    design: Design, history: Iterable[tuple[Subject | Mapping[str, str] | str | None, str]]
) -> State:
    """Return where a design stands after a history of subjects and the arms they received.

    design   any design; the history need not be one the design could have produced.
    history  pairs of a subject (as for `allocate`) and an arm, in order of allocation.
    Returns  the state to go on from.
    Raises   ValueError if an arm is unknown, a factor level is missing, or arms alone do not tell the state.
    Source   own definition; vectors of minimization start from histories.
    """
    state = design.start()
    for subject, arm in history:
        state = design.given(state, arm, Subject.of(subject))
    return state


def _by_arm(design: Design, outcomes: Any) -> dict[str, Fraction]:
    sums = [0] * len(design.arms)
    for outcome in outcomes:
        sums[outcome.arm] += outcome.weight
    total = sum(sums)
    return {arm: Fraction(weight, total) for arm, weight in zip(design.arms, sums, strict=True)}


def _unit(u: Draw | Number) -> tuple[str, int, int]:
    if isinstance(u, Draw):
        return u.message, u.numerator, 1 << DRAW_BITS
    value = exact(u)
    if not 0 <= value < 1:
        raise ValueError(f"u must lie in [0, 1), not {u!r}")
    return "", value.numerator, value.denominator


def _choose(numerator: int, denominator: int, weights: tuple[int, ...]) -> int:
    """Return the first position whose cumulative weight exceeds u * total; zero weights are passed over."""
    target = numerator * sum(weights)
    cumulative = 0
    for position, weight in enumerate(weights):
        cumulative += weight
        if target < cumulative * denominator:
            return position
    raise ValueError(f"no outcome has a positive weight: {weights!r}")
