"""The columns of a linear model, and the row that stands for an average subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Weights = Literal["equal", "observed"]


@dataclass(frozen=True)
class Variable:
    """A factor with levels, or a covariate of numbers (no levels); values holds indices or numbers, shape (n,)."""

    name: str
    levels: tuple[Any, ...]
    values: Array

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.levels) - 1 if self.levels else 1

    def encoded(self, values: Array) -> Array:
        """Return columns, shape (len(values), width); a factor has one per level but the first."""
        if not self.levels:
            return values[:, None]
        return np.asarray(values[:, None] == np.arange(1, len(self.levels)), dtype=np.float64)

    @property
    def shares(self) -> Array:
        """How often each level is seen."""
        counts = np.bincount(self.values.astype(int), minlength=len(self.levels))
        return np.asarray(counts / counts.sum(), dtype=np.float64)


@dataclass(frozen=True)
class Design:
    """Variables and terms; a term is a tuple of variables' names, several for an interaction."""

    variables: Mapping[str, Variable]
    terms: tuple[tuple[str, ...], ...]

    @property
    def matrix(self) -> Array:
        """The model matrix, shape (n, p), with the intercept first."""
        return self.rows({name: each.values for name, each in self.variables.items()})

    @property
    def names(self) -> list[str]:
        """A name for each column."""
        parts = ["(Intercept)"]
        for term in self.terms:
            each = [
                [f"{name}={level}" for level in self.variables[name].levels[1:]] or [name] for name in term
            ]
            parts += [":".join(combination) for combination in product(*each)]
        return parts

    def rows(self, values: Mapping[str, Array]) -> Array:
        """Return the rows of given values of all variables."""
        n = len(next(iter(values.values())))
        columns = [np.ones((n, 1))]
        for term in self.terms:
            block = np.ones((n, 1))
            for name in term:
                part = self.variables[name].encoded(values[name])
                block = (block[:, :, None] * part[:, None, :]).reshape(n, -1)
            columns.append(block)
        return np.concatenate(columns, axis=1)

    def columns_of(self, term: tuple[str, ...]) -> slice:
        """Return where the columns of a term stand."""
        start = 1
        for each in self.terms:
            width = int(np.prod([self.variables[name].width for name in each]))
            if each == term:
                return slice(start, start + width)
            start += width
        raise ValueError(f"{term} is none of {list(self.terms)}")

    def average_row(self, at: Mapping[str, Any], weights: Weights = "equal") -> Array:
        """Return the row of an average subject, shape (p,).

        at       levels of factors that are fixed; covariates stand at their mean.
        weights  of the levels of all other factors: each the same (SAS LSMEANS) or as often as seen (option OM).
        Raises   ValueError for a level or variable the model does not have.
        """
        grids: list[list[tuple[float, float]]] = []
        for name, variable in self.variables.items():
            if name in at:
                if variable.levels and at[name] not in variable.levels:
                    raise ValueError(f"{name} has levels {list(variable.levels)}, not {at[name]!r}")
                where = variable.levels.index(at[name]) if variable.levels else float(at[name])
                grids.append([(where, 1.0)])
            elif variable.levels:
                k = len(variable.levels)
                shares = variable.shares if weights == "observed" else np.full(k, 1 / k)
                grids.append(list(zip(range(k), shares.tolist(), strict=True)))
            else:
                grids.append([(float(variable.values.mean()), 1.0)])
        unknown = sorted(set(at) - set(self.variables))
        if unknown:
            raise ValueError(f"the model has no {unknown}")
        points = list(product(*grids))
        values = {
            name: np.array([point[place][0] for point in points]) for place, name in enumerate(self.variables)
        }
        share = np.array([np.prod([weight for _, weight in point]) for point in points])
        row: Array = share @ self.rows(values)
        return row


def factor(name: str, values: ArrayLike, first: Any = None) -> Variable:
    """Return a factor; its levels in order, the reference first.

    Raises  ValueError for a missing value or a reference nobody has.
    """
    given = np.asarray(values)
    if given.size == 0:
        raise ValueError(f"{name} has no value: there is no subject")
    if given.dtype == object:
        # Joined with texts, NaN would become the label "nan".
        if any(each is None or each != each for each in given.ravel().tolist()):
            raise ValueError(f"{name} has a missing value")
        given = np.asarray(given.tolist())
    if given.dtype.kind == "O" or (given.dtype.kind == "f" and not np.isfinite(given).all()):
        raise ValueError(f"{name} has a missing value")
    levels = np.unique(given).tolist()
    if first is not None:
        if first not in levels:
            raise ValueError(f"{name} has levels {levels}, not {first!r}")
        levels = [first, *(level for level in levels if level != first)]
    place = {level: i for i, level in enumerate(levels)}
    return Variable(name, tuple(levels), np.array([place[each] for each in given.tolist()], dtype=np.float64))


def covariate(name: str, values: ArrayLike) -> Variable:
    """Return a covariate of numbers.

    Raises  ValueError for a missing value.
    """
    given = np.asarray(values, dtype=np.float64)
    if not np.isfinite(given).all():
        raise ValueError(f"{name} has a missing value")
    return Variable(name, (), given)


def design(variables: Sequence[Variable], terms: Sequence[tuple[str, ...]], n: int) -> Design:
    """Return a design of full rank.

    Raises  ValueError for variables of another length than n, or columns that determine each other.
    """
    for each in variables:
        if each.values.shape != (n,):
            raise ValueError(f"{each.name} must have {n} values, not {each.values.shape}")
    made = Design({each.name: each for each in variables}, tuple(terms))
    x = made.matrix
    if np.linalg.matrix_rank(x / np.maximum(np.linalg.norm(x, axis=0), 1e-300)) < x.shape[1]:
        raise ValueError(
            f"the columns {made.names} determine each other: a level or combination has no subject"
        )
    return made
