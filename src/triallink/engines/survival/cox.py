"""Cox's proportional hazards model: hazard ratios, tests, concordance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh
from scipy.special import chdtrc, ndtri

from triallink.engines.survival.covariates import columns_of
from triallink.engines.survival.kaplan_meier import Estimate
from triallink.engines.survival.observations import (
    Array,
    Integers,
    Observations,
    check_confidence,
    observations,
    strata_of,
)
from triallink.engines.survival.partial_likelihood import Terms, Ties, terms

_STEPS = 60
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class ChiSquare:
    """A chi-square statistic with its degrees of freedom and p-value."""

    chi_square: float
    df: int
    p_value: float


@dataclass(frozen=True)
class CoxModel:
    """A fitted proportional hazards model.

    names         of the p columns, "name" or "name=level".
    coefficients  shape (p,), logarithms of hazard ratios.
    covariance    shape (p, p), inverse of the observed information.
    log_likelihoods  partial, with all coefficients 0 and as fitted.
    score         the score test of all coefficients (for one arm and no ties the log-rank test).
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    log_likelihoods: tuple[float, float]
    score: ChiSquare
    n: int
    events: int
    ties: Ties
    confidence: float
    observed: Observations
    columns: Array
    stratum: Integers

    @property
    def std_errors(self) -> Array:
        """Standard errors of the coefficients."""
        errors: Array = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def p_values(self) -> Array:
        """Two-sided p-values of the coefficients (Wald)."""
        values: Array = chdtrc(1, (self.coefficients / self.std_errors) ** 2)
        return values

    @property
    def likelihood_ratio(self) -> ChiSquare:
        """Likelihood-ratio test of all coefficients."""
        return _chi_square(2 * (self.log_likelihoods[1] - self.log_likelihoods[0]), len(self.names))

    @property
    def wald(self) -> ChiSquare:
        """Wald test of all coefficients."""
        return _chi_square(
            float(self.coefficients @ np.linalg.solve(self.covariance, self.coefficients)), len(self.names)
        )

    def hazard_ratio(self, name: str) -> Estimate:
        """Return the hazard ratio of one column with its Wald interval; std_error is that of the logarithm.

        Raises  ValueError for a name the model does not have.
        """
        if name not in self.names:
            raise ValueError(f"{name!r} is none of {list(self.names)}")
        place = self.names.index(name)
        at, error = self.coefficients[place], self.std_errors[place]
        reach = ndtri(0.5 + self.confidence / 2) * error
        return Estimate(float(np.exp(at)), float(np.exp(at - reach)), float(np.exp(at + reach)), float(error))

    @property
    def concordance(self) -> float:
        """Return Harrell's share of comparable pairs in which who fails first has the higher risk; ties count half."""
        risk = self.columns @ self.coefficients
        agree = pairs = 0.0
        for each in np.flatnonzero(self.observed.event):
            time = self.observed.time
            later = (time > time[each]) | ((time == time[each]) & ~self.observed.event)
            later &= (self.stratum == self.stratum[each]) & (self.observed.entry < time[each])
            agree += np.count_nonzero(risk[later] < risk[each]) + 0.5 * np.count_nonzero(
                risk[later] == risk[each]
            )
            pairs += np.count_nonzero(later)
        return agree / pairs if pairs else float("nan")


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: Mapping[str, ArrayLike],
    *,
    strata: ArrayLike | Sequence[ArrayLike] | None = None,
    entry: ArrayLike | None = None,
    reference: Mapping[str, Any] | None = None,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> CoxModel:
    """Return the fitted proportional hazards model.

    time, event, entry  shape (n,), see `kaplan_meier`.
    covariates  by name, each shape (n,): numbers, or labels that become one column per level beyond the reference.
    strata      shape (n,) or several such rows, crossed: a baseline hazard each.
    ties        "efron", "breslow" or "exact" (discrete; SAS TIES=DISCRETE).
    Raises      ValueError for malformed input, no event, columns that determine each other, or a likelihood without
                a maximum (a coefficient grows without bound: name and direction are said).
    Source      Cox (1972); Therneau, Grambsch (2000), chapter 3; R survival 3.5 coxph (survival_results.json).
    """
    check_confidence(confidence)
    seen = observations(time, event, entry)
    names, x = columns_of(covariates, seen.n, reference)
    if not seen.event.any():
        raise ValueError("there is no event")
    x = x - x.mean(axis=0)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError(f"columns {list(names)} determine each other")
    problem = _Problem(seen, x, strata_of(strata, seen.n), ties)
    beta, start = np.zeros(x.shape[1]), problem.at(np.zeros(x.shape[1]))
    here = start
    for _ in range(_STEPS):
        step = _newton_step(here, names)
        beta, there = _uphill(problem, beta, step, here)
        done = abs(there.value - here.value) <= _TOLERANCE * (1 + abs(there.value)) and np.all(
            np.abs(there.slope) <= 1e-6 * np.sqrt(np.maximum(np.diag(there.curve), 1e-12))
        )
        here = there
        if done:
            break
    else:
        raise ValueError(f"the likelihood of {list(names)} has no maximum within {_STEPS} steps")
    _refuse_unbounded(here, start, beta, names)
    score = float(start.slope @ np.linalg.solve(start.curve, start.slope))
    return CoxModel(
        names, beta, np.asarray(np.linalg.inv(here.curve), np.float64), (start.value, here.value), _chi_square(score, len(names)),
        seen.n, int(seen.event.sum()), ties, confidence, seen, x, problem.stratum,
    )  # fmt: skip


def model_terms(model: CoxModel) -> list[tuple[Terms, Array, Array]]:
    """Return per stratum with events the terms at the fitted coefficients, and time and columns of its events."""
    return _Problem(model.observed, model.columns, model.stratum, model.ties).terms_at(model.coefficients)


@dataclass(frozen=True)
class _Point:
    """The partial likelihood at some coefficients: value, gradient and observed information."""

    value: float
    slope: Array
    curve: Array


@dataclass(frozen=True)
class _Problem:
    seen: Observations
    x: Array
    stratum: Integers
    ties: Ties

    def terms_at(self, beta: Array) -> list[tuple[Terms, Array, Array]]:
        found = []
        for each in range(self.stratum.max() + 1):
            inside = self.stratum == each
            part = self.seen.of(inside)
            if part.event.any():
                x = self.x[inside]
                found.append((terms(part, x, beta, self.ties), part.time[part.event], x[part.event]))
        return found

    def at(self, beta: Array) -> _Point:
        value, slope = 0.0, np.zeros(len(beta))
        curve = np.zeros((len(beta), len(beta)))
        for part, _, x in self.terms_at(beta):
            value += float((x @ beta).sum() - part.logs.sum())
            slope += x.sum(axis=0) - part.means.sum(axis=0)
            curve += part.variances.sum(axis=0)
        return _Point(value, slope, curve)


def _newton_step(here: _Point, names: tuple[str, ...]) -> Array:
    if np.linalg.matrix_rank(here.curve, tol=1e-14 * max(1.0, float(np.abs(here.curve).max()))) < len(names):
        raise ValueError(f"the events say nothing about some of {list(names)}")
    step: Array = np.asarray(np.linalg.solve(here.curve, here.slope), np.float64)
    return step


def _uphill(problem: _Problem, beta: Array, step: Array, here: _Point) -> tuple[Array, _Point]:
    """Return the next coefficients: the whole Newton step, or as much of it as does not lose likelihood."""
    for _ in range(30):
        with np.errstate(over="ignore", invalid="ignore"):
            there = problem.at(beta + step)
        if np.isfinite(there.value) and there.value >= here.value - _TOLERANCE * (1 + abs(here.value)):
            return beta + step, there
        step = step / 2
    return beta, here


def _refuse_unbounded(here: _Point, start: _Point, beta: Array, names: tuple[str, ...]) -> None:
    # Where a coefficient runs away the information in its direction fades: nothing is left of what there was at 0.
    shares, directions = eigh(here.curve, start.curve)
    if not np.isfinite(shares).all() or shares[0] < 1e-6:
        place = int(np.argmax(np.abs(directions[:, 0])))
        raise ValueError(
            f"the likelihood has no maximum: {names[place]} grows without bound ({beta[place]:+.3g})"
        )


def _chi_square(chi_square: float, df: int) -> ChiSquare:
    return ChiSquare(chi_square, df, float(chdtrc(df, chi_square)))
