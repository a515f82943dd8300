"""Atkinson's D_A-optimal biased coin: allocate in proportion to what an arm adds to precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from .design import Design, Factor, Outcome, State, Subject, as_factors
from .exact import exact, integer_weights

Matrix = list[list[Fraction]]


@dataclass(frozen=True, slots=True)
class Information(State):
    """Counts, and the information matrix of arm means and covariates, exact, row by row."""

    counts: tuple[int, ...]
    matrix: tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True, kw_only=True)
class AtkinsonOptimal(Design):
    """Atkinson's biased coin for linear models with prognostic factors and numeric covariates.

    factors      each with its listed levels; the first level is the reference.
    covariates   names of numeric covariates, read exactly.

    The probability of an arm is proportional to its ratio times d(arm), the reduction of the generalized variance
    of the arm contrasts. Until the model can be estimated the ratio decides. Unequal ratios are defined for two arms.
    """

    procedure: ClassVar[str] = "atkinson"
    looks_at: ClassVar[str] = "subject"
    factors: tuple[Factor, ...] = ()
    covariates: tuple[str, ...] = ()

    def _validate(self) -> None:
        self._set("factors", as_factors(self.factors))
        self._set("covariates", tuple(self.covariates))
        for factor in self.factors:
            if len(factor.levels) < 2:
                raise ValueError(f"factor {factor.name!r} needs its levels listed, not {factor.levels!r}")
        if len(self.open_arms) < 2:
            raise ValueError(f"atkinson needs two open arms, not ratio {self.ratio!r}")
        if len(self.open_arms) > 2 and len(set(self.open_ratio)) != 1:
            raise ValueError(
                f"atkinson is defined for unequal ratios with two arms only, not {self.arms!r} in {self.ratio!r}: no "
                "weighted D_A criterion for more arms is least at every ratio; use ratio_preserving"
            )

    def _size(self) -> int:
        return len(self.open_arms) + sum(len(f.levels) - 1 for f in self.factors) + len(self.covariates)

    def start(self) -> Information:
        size = self._size()
        return Information((0,) * len(self.arms), ((Fraction(0),) * size,) * size)

    def row(self, place: int, subject: Subject) -> list[Fraction]:
        """Return the model row of the subject if given the open arm at this place."""
        arms = [Fraction(int(place == other)) for other in range(len(self.open_arms))]
        dummies = [
            Fraction(int(factor.level_of(subject) == level))
            for factor in self.factors
            for level in factor.levels[1:]
        ]
        return arms + dummies + [self._covariate(name, subject) for name in self.covariates]

    @staticmethod
    def _covariate(name: str, subject: Subject) -> Fraction:
        if name not in subject.covariates:
            raise ValueError(f"subject {subject.id!r} has no covariate {name!r}")
        return exact(subject.covariates[name])

    def contrasts(self) -> Matrix:
        """Return the contrasts whose precision counts, shape (model size, number of contrasts)."""
        arms, size = len(self.open_arms), self._size()
        if arms == 2:
            columns = [[Fraction(self.open_ratio[0]), Fraction(-self.open_ratio[1])]]
        else:
            columns = [
                [Fraction(int(place == first) - int(place == arms - 1)) for place in range(arms)]
                for first in range(arms - 1)
            ]
        return [[column[i] if i < arms else Fraction(0) for column in columns] for i in range(size)]

    def gains(self, state: State, subject: Subject) -> tuple[Fraction, ...] | None:
        """Return d(arm) for every open arm, or None while the model cannot be estimated."""
        assert isinstance(state, Information)
        spread = _solve([list(row) for row in state.matrix], self.contrasts())
        if spread is None:
            return None
        contrasts = self.contrasts()
        middle = [
            [_dot([row[i] for row in contrasts], [row[j] for row in spread]) for j in range(len(spread[0]))]
            for i in range(len(spread[0]))
        ]
        gains = []
        for place in range(len(self.open_arms)):
            row = self.row(place, subject)
            reach = [_dot(row, [line[j] for line in spread]) for j in range(len(spread[0]))]
            solved = _solve([list(line) for line in middle], [[value] for value in reach])
            assert solved is not None  # the contrasts are independent and the matrix is positive definite
            gains.append(_dot(reach, [line[0] for line in solved]))
        return tuple(gains)

    def outcomes(self, state: State, subject: Subject) -> list[Outcome]:
        assert isinstance(state, Information)
        gains = self.gains(state, subject)
        shares: Sequence[Fraction | int] = self.open_ratio
        if gains is not None and any(gains):
            shares = [share * gain for share, gain in zip(self.open_ratio, gains, strict=True)]
        return [
            Outcome(weight, arm, self._after(state, place, subject))
            for place, (weight, arm) in enumerate(zip(integer_weights(shares), self.open_arms, strict=True))
            if weight
        ]

    def given(self, state: State, arm: str, subject: Subject | None = None) -> Information:
        assert isinstance(state, Information)
        place = self._place_of(arm)
        if place not in self.open_arms:
            raise ValueError(f"arm {arm!r} is closed: it has no place in the model")
        return self._after(state, self.open_arms.index(place), Subject.of(subject))

    def _after(self, state: Information, place: int, subject: Subject) -> Information:
        arm, row = self.open_arms[place], self.row(place, subject)
        matrix = tuple(
            tuple(old + row[i] * row[j] for j, old in enumerate(line)) for i, line in enumerate(state.matrix)
        )
        counts = state.counts
        return Information((*counts[:arm], counts[arm] + 1, *counts[arm + 1 :]), matrix)


def _dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def _solve(matrix: Matrix, right: Matrix) -> Matrix | None:
    """Return x with matrix @ x = right by exact elimination, or None if the matrix is singular."""
    size = len(matrix)
    rows = [[*line, *extra] for line, extra in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = next((i for i in range(column, size) if rows[i][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        lead = rows[column][column]
        rows[column] = [value / lead for value in rows[column]]
        for i in range(size):
            if i != column and rows[i][column]:
                times = rows[i][column]
                rows[i] = [a - times * b for a, b in zip(rows[i], rows[column], strict=True)]
    return [line[size:] for line in rows]
