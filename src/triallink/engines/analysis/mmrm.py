"""Mixed model for repeated measures: arm by visit, unstructured covariance, restricted likelihood, Kenward–Roger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc

from triallink.engines.analysis.design import Array, Design, Variable, Weights, covariate, design, factor
from triallink.engines.analysis.kenward_roger import adjusted_covariance, approximation, satterthwaite
from triallink.engines.analysis.linear import Contrast, FTest, contrast
from triallink.engines.analysis.mmrm_information import Pattern, Point, basis, log_likelihood, patterns, point

Degrees = Literal["kenward-roger", "satterthwaite"]
Information = Literal["observed", "expected"]
_STEPS = 200


@dataclass(frozen=True)
class Mmrm:
    """A fitted mixed model for repeated measures.

    covariance      of a subject's responses, shape (visits, visits), in the order of `visits`.
    coefficients, fixed_covariance  shapes (p,), (p, p), in the order of `design.names`; adjusted under Kenward–Roger.
    log_likelihood  restricted.
    """

    arms: tuple[Any, ...]
    visits: tuple[Any, ...]
    subjects: int
    n: int
    covariance: Array
    coefficients: Array
    fixed_covariance: Array
    log_likelihood: float
    degrees: Degrees
    confidence: float
    design: Design
    at: Point
    theta_covariance: Array

    def estimate(self, row: ArrayLike) -> Contrast:
        """Return a combination of coefficients, row of shape (p,), with its own degrees of freedom."""
        along = np.asarray(row, dtype=np.float64)
        if self.degrees == "satterthwaite":
            df = satterthwaite(self.at, self.theta_covariance, along)
        else:
            df = approximation(self.at, self.theta_covariance, along[None, :])[0]
        error = float(np.sqrt(along @ self.fixed_covariance @ along))
        return contrast(float(along @ self.coefficients), error, df, self.confidence)

    def coefficient(self, name: str) -> Contrast:
        """Return one coefficient by its name.

        Raises  ValueError for a name the model does not have.
        """
        if name not in self.design.names:
            raise ValueError(f"{name!r} is none of {self.design.names}")
        return self.estimate(np.eye(len(self.coefficients))[self.design.names.index(name)])

    def mean(self, arm: Any, visit: Any = None, weights: Weights = "equal") -> Contrast:
        """Return the least-squares mean of an arm at a visit; without a visit the average over all visits."""
        return self.estimate(self._row(arm, visit, weights))

    def difference(self, arm: Any, visit: Any = None, reference: Any = None) -> Contrast:
        """Return the difference of an arm from the reference (the first arm unless told) at a visit, or averaged."""
        base = self.arms[0] if reference is None else reference
        return self.estimate(self._row(arm, visit, "equal") - self._row(base, visit, "equal"))

    def test(self, rows: ArrayLike) -> FTest:
        """Return the F-test that several combinations of coefficients, shape (l, p), are all 0 (Kenward–Roger).

        Raises  ValueError under another way of counting degrees of freedom.
        """
        if self.degrees != "kenward-roger":
            raise ValueError(f"the joint test needs kenward-roger, not {self.degrees}")
        lines = np.atleast_2d(np.asarray(rows, dtype=np.float64))
        df, scale = approximation(self.at, self.theta_covariance, lines)
        values = lines @ self.coefficients
        inner = lines @ self.fixed_covariance @ lines.T
        f = scale * float(values @ np.linalg.solve(inner, values)) / len(lines)
        return FTest(f, (len(lines), df), float(fdtrc(len(lines), df, f)))

    def _row(self, arm: Any, visit: Any, weights: Weights) -> Array:
        fixed = {"arm": arm} if visit is None else {"arm": arm, "visit": visit}
        return self.design.average_row(fixed, weights)


def mmrm(
    response: ArrayLike,
    subject: ArrayLike,
    visit: ArrayLike,
    arm: ArrayLike,
    *,
    factors: Mapping[str, ArrayLike] | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    by_visit: Sequence[str] = (),
    reference: Any = None,
    degrees: Degrees = "kenward-roger",
    information: Information = "observed",
    confidence: float = 0.95,
) -> Mmrm:
    """Return the model arm × visit with further factors and covariates and an unstructured covariance, by REML.

    response, subject, visit, arm  shape (n,), one row per subject and visit; rows without a response (NaN) are left out.
    factors, covariates  by name, shape (n,).
    by_visit     names of those whose effect differs between visits (for example the baseline).
    reference    the arm others are compared with; the first in order unless told.
    information  of the covariance parameters that Kenward–Roger and Satterthwaite use: as observed at the maximum
                 (SAS PROC MIXED, R mmrm) or expected (R pbkrtest).
    Raises       ValueError for malformed rows, a subject twice at a visit, fewer than two arms or visits, a pair of
                 visits nobody has, columns that determine each other, or a likelihood whose maximum is not found.
    Source       Mallinckrodt et al. (2008), Drug Inf J 42; Kenward, Roger (1997), Biometrics 53; SAS PROC MIXED TYPE=UN
                 DDFM=KR on the CDISC pilot (table 14-3.11, Week 24).
    """
    if degrees not in get_args(Degrees) or information not in get_args(Information):
        raise ValueError(
            f"degrees are {get_args(Degrees)}, information {get_args(Information)}: {degrees!r}, {information!r}"
        )
    y = np.asarray(response, dtype=np.float64)
    if np.isinf(y).any():
        raise ValueError(f"a response is {y[np.isinf(y)][0]}")
    used = np.isfinite(y)
    given = {"subject": subject, "visit": visit, "arm": arm, **(factors or {}), **(covariates or {})}
    wrong = [name for name, values in given.items() if np.asarray(values).shape != y.shape]
    if wrong:
        raise ValueError(f"{wrong} must have {y.shape} values as the response")
    kept = {name: np.asarray(values)[used] for name, values in given.items()}
    y = y[used]
    variables = [factor("arm", kept["arm"], reference), factor("visit", kept["visit"])]
    variables += [factor(name, kept[name]) for name in factors or {}]
    variables += [covariate(name, kept[name]) for name in covariates or {}]
    terms = [(each.name,) for each in variables]
    unknown = [name for name in by_visit if (name,) not in terms[2:]]
    if unknown:
        raise ValueError(f"by_visit names {unknown}, which are no factors or covariates")
    made = design(variables, [*terms, ("arm", "visit"), *((name, "visit") for name in by_visit)], len(y))
    who = factor("subject", kept["subject"])
    arms, visits = variables[0], variables[1]
    groups = _groups(made, y, who, visits, len(arms.levels))
    try:
        sigma, at = _fit(groups, _start(made.matrix, y, who, visits))
    except np.linalg.LinAlgError:
        raise ValueError(f"the covariance of visits {list(visits.levels)} is singular") from None
    # A covariance on the edge has no curvature to speak of; the generalized inverse is what SAS takes there.
    w = np.asarray(np.linalg.pinv(at.observed if information == "observed" else at.expected))
    fixed = adjusted_covariance(at, w) if degrees == "kenward-roger" else at.phi
    return Mmrm(
        arms.levels, visits.levels, len(who.levels), len(y), sigma, at.beta, fixed, at.value, degrees, confidence,
        made, at, w,
    )  # fmt: skip


def _groups(made: Design, y: Array, who: Variable, visits: Variable, arms: int) -> list[Pattern]:
    m = len(visits.levels)
    if arms < 2 or m < 2:
        raise ValueError(f"repeated measures need two arms and two visits, not {arms} and {m}")
    subject, visit = who.values.astype(np.int64), visits.values.astype(np.int64)
    places, counts = np.unique(subject * m + visit, return_counts=True)
    if counts.max() > 1:
        twice = places[np.argmax(counts)]
        raise ValueError(f"subject {who.levels[twice // m]!r} is twice at visit {visits.levels[twice % m]!r}")
    groups = patterns(made.matrix, y, subject, visit, m)
    together = np.sum([each.n * np.outer(each.seen, each.seen) for each in groups], axis=0)
    if together.min() < 2:
        a, b = np.unravel_index(np.argmin(together), together.shape)
        raise ValueError(
            f"fewer than two subjects have both visit {visits.levels[a]!r} and {visits.levels[b]!r}"
        )
    return groups


def _start(x: Array, y: Array, who: Variable, visits: Variable) -> Array:
    """Return the covariance of ordinary residuals, made positive definite."""
    wide = np.full((len(who.levels), len(visits.levels)), np.nan)
    wide[who.values.astype(int), visits.values.astype(int)] = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    seen = np.isfinite(wide)
    filled = np.where(seen, wide, 0.0)
    sigma = (filled.T @ filled) / (seen.T.astype(float) @ seen)
    values, vectors = np.linalg.eigh(sigma)
    if not values.mean() > 1e-20 * max(float(np.mean(y**2)), 1e-280):
        raise ValueError("the responses do not vary beyond the model: there is no covariance to estimate")
    return np.asarray((vectors * np.maximum(values, 0.05 * values.mean())) @ vectors.T)


def _fit(groups: list[Pattern], sigma: Array) -> tuple[Array, Point]:
    """Return the covariance of greatest restricted likelihood: scoring far away, Newton's steps near it."""
    e = basis(len(sigma))
    here = point(groups, sigma)
    for _ in range(_STEPS):
        step = _step(here)
        change = np.einsum("j,jab->ab", step, e)
        if float(here.slope @ step) < 1e-9:
            # Newton's step squares what is missing; the likelihood itself could no longer tell the difference.
            return sigma + change, point(groups, sigma + change)
        sigma = _uphill(groups, sigma, change, here.value)
        here = point(groups, sigma)
    raise ValueError(
        f"the likelihood has not reached its maximum in {_STEPS} steps: the covariance is near an edge"
    )


def _step(here: Point) -> Array:
    curve = here.observed if np.linalg.eigvalsh(here.observed)[0] > 0 else here.expected
    return np.asarray(np.linalg.solve(curve, here.slope))


def _uphill(groups: list[Pattern], sigma: Array, step: Array, value: float) -> Array:
    for halving in range(40):
        there = sigma + step * 0.5**halving
        try:
            if log_likelihood(groups, there)[0] >= value - 1e-10 * abs(value):
                return np.asarray(there)
        except np.linalg.LinAlgError:
            continue
    raise ValueError("the likelihood has no maximum inside: the covariance of some visits is singular")
