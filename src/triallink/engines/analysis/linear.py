"""Linear models of one response: analysis of covariance, least-squares means, differences, tests of terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc, stdtr, stdtrit

from triallink.engines.analysis.design import Array, Design, Weights, covariate, design, factor


@dataclass(frozen=True)
class Contrast:
    """An estimate with its t-test and confidence interval."""

    value: float
    std_error: float
    df: float
    p_value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class FTest:
    """An F statistic with its degrees of freedom and p-value."""

    statistic: float
    df: tuple[float, float]
    p_value: float


def contrast(value: float, std_error: float, df: float, confidence: float) -> Contrast:
    """Return an estimate with its two-sided t-test against 0 and its interval."""
    t = value / std_error if std_error > 0 else float("nan")
    reach = float(stdtrit(df, 0.5 + confidence / 2)) * std_error
    return Contrast(value, std_error, df, float(2 * stdtr(df, -abs(t))), value - reach, value + reach)


@dataclass(frozen=True)
class LinearModel:
    """A fitted linear model.

    coefficients, covariance  shapes (p,), (p, p), in the order of `design.names`.
    sigma   residual standard deviation; df its degrees of freedom.
    """

    design: Design
    coefficients: Array
    covariance: Array
    sigma: float
    df: int
    n: int
    confidence: float

    def estimate(self, row: ArrayLike) -> Contrast:
        """Return a combination of coefficients, row of shape (p,)."""
        at = np.asarray(row, dtype=np.float64)
        error = float(np.sqrt(at @ self.covariance @ at))
        return contrast(float(at @ self.coefficients), error, self.df, self.confidence)

    def coefficient(self, name: str) -> Contrast:
        """Return one coefficient by its name.

        Raises  ValueError for a name the model does not have.
        """
        if name not in self.design.names:
            raise ValueError(f"{name!r} is none of {self.design.names}")
        return self.estimate(np.eye(len(self.coefficients))[self.design.names.index(name)])

    def mean(self, weights: Weights = "equal", **at: Any) -> Contrast:
        """Return the least-squares mean where some factors are fixed (see `Design.average_row`)."""
        return self.estimate(self.design.average_row(at, weights))

    def test(self, name: str) -> FTest:
        """Return the test that a variable has no effect, given all others (type III; there are no interactions here)."""
        where = self.design.columns_of((name,))
        part = self.coefficients[where]
        df = len(part)
        if not self.sigma > 0:
            raise ValueError(f"the responses leave no residual variance: it is {self.sigma}")
        f = float(part @ np.linalg.solve(self.covariance[where, where], part)) / df
        return FTest(f, (df, self.df), float(fdtrc(df, self.df, f)))


def linear_model(
    response: ArrayLike,
    *,
    factors: Mapping[str, ArrayLike] | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
) -> LinearModel:
    """Return the least-squares fit of additive factors and covariates.

    response    shape (n,); rows where it is missing (NaN) are left out.
    factors     by name, labels of shape (n,); covariates likewise, numbers.
    reference   first level of a factor, by name.
    Raises      ValueError for lengths that differ, missing values, no degrees of freedom, columns that determine each other;
                `test` also where responses are fitted exactly.
    Source      SAS PROC GLM, R lm; CDISC pilot tables 14-2.01, 14-3.01 to 14-3.12.
    """
    y = np.asarray(response, dtype=np.float64)
    if np.isinf(y).any():
        raise ValueError(f"a response is {y[np.isinf(y)][0]}")
    used = np.isfinite(y)
    first = reference or {}
    try:
        variables = [factor(k, np.asarray(v)[used], first.get(k)) for k, v in (factors or {}).items()]
        variables += [covariate(k, np.asarray(v)[used]) for k, v in (covariates or {}).items()]
    except IndexError as error:
        raise ValueError(f"every variable must have {len(y)} values: {error}") from None
    n = int(used.sum())
    made = design(variables, [(each.name,) for each in variables], n)
    x, y = made.matrix, y[used]
    df = n - x.shape[1]
    if df <= 0:
        raise ValueError(f"{n} responses leave no degree of freedom for {x.shape[1]} coefficients")
    # The QR decomposition, as SAS and R; the normal equations would lose half of the digits.
    q, r = np.linalg.qr(x)
    beta = np.linalg.solve(r, q.T @ y)
    sigma2 = float(np.sum((y - x @ beta) ** 2)) / df
    # What is left of an exact fit is rounding, not variance: nothing may be tested against it.
    sigma2 = sigma2 if sigma2 > (1e-13 * float(np.abs(y).max())) ** 2 else 0.0
    inverse = np.linalg.inv(r)
    return LinearModel(
        made, beta, np.asarray(sigma2 * inverse @ inverse.T), float(np.sqrt(sigma2)), df, n, confidence
    )


@dataclass(frozen=True)
class Ancova:
    """An analysis of covariance of several arms.

    n            subjects used, by arm.
    means        least-squares means, by arm.
    differences  of each arm from the reference, by arm.
    arm_test     that all arms are equal.
    """

    reference: Any
    n: Mapping[Any, int]
    means: Mapping[Any, Contrast]
    differences: Mapping[Any, Contrast]
    arm_test: FTest
    model: LinearModel

    def difference(self, arm: Any, reference: Any) -> Contrast:
        """Return the difference of two arms' least-squares means."""
        rows = [self.model.design.average_row({"arm": each}) for each in (arm, reference)]
        return self.model.estimate(rows[0] - rows[1])


def ancova(
    response: ArrayLike,
    arm: ArrayLike,
    *,
    factors: Mapping[str, ArrayLike] | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    reference: Any = None,
    weights: Weights = "equal",
    confidence: float = 0.95,
) -> Ancova:
    """Return the comparison of arms, adjusted for factors and covariates.

    response, arm  shape (n,); rows without a response are left out.
    reference      the arm others are compared with; the first in order unless told.
    weights        of the levels of factors in least-squares means: "equal" (SAS LSMEANS) or "observed" (OM).
    Raises         ValueError as `linear_model`, or for a variable called "arm" or a single arm.
    Source         SAS PROC GLM; CDISC pilot table 14-3.01.
    """
    if "arm" in {**(factors or {}), **(covariates or {})}:
        raise ValueError("arm is given already; call the other variable otherwise")
    start = {} if reference is None else {"arm": reference}
    model = linear_model(
        response,
        factors={"arm": arm, **(factors or {})},
        covariates=covariates,
        reference=start,
        confidence=confidence,
    )
    arms = model.design.variables["arm"]
    if len(arms.levels) < 2:
        raise ValueError(f"an analysis compares arms, not {list(arms.levels)} alone")
    base, *others = arms.levels
    counts = np.bincount(arms.values.astype(int)).tolist()
    return Ancova(
        base,
        dict(zip(arms.levels, counts, strict=True)),
        {each: model.mean(weights, arm=each) for each in arms.levels},
        {each: model.coefficient(f"arm={each}") for each in others},
        model.test("arm"),
        model,
    )
