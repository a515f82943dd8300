"""Kenward and Roger's covariance of fixed effects and degrees of freedom, for small samples."""

import numpy as np

from triallink.engines.analysis.design import Array
from triallink.engines.analysis.mmrm_information import Point


def adjusted_covariance(at: Point, w: Array) -> Array:
    """Return the covariance of the fixed effects, enlarged for not knowing theta.

    at      the restricted likelihood at its maximum.
    w       covariance of theta, shape (q, q).
    Source  Kenward, Roger (1997), Biometrics 53, equation 5; an unstructured covariance is linear, its R_jk are 0.
    """
    inner = at.q - np.einsum("jpr,rs,kst->jkpt", at.p, at.phi, at.p, optimize=True)
    bias = at.phi @ np.einsum("jk,jkpr->pr", w, inner) @ at.phi
    result: Array = at.phi + 2 * (bias + bias.T) / 2
    return result


def approximation(at: Point, w: Array, rows: Array) -> tuple[float, float]:
    """Return the degrees of freedom of the denominator and the scale of the F statistic of a hypothesis.

    rows    shape (l, p), linearly independent combinations of coefficients.
    Source  Kenward, Roger (1997), section 3.
    """
    length = len(rows)
    theta = rows.T @ np.linalg.solve(rows @ at.phi @ rows.T, rows)
    pieces = np.einsum("pr,rs,jst,tu->jpu", theta, at.phi, at.p, at.phi, optimize=True)
    traces = np.einsum("jpp->j", pieces)
    a1 = float(traces @ w @ traces)
    a2 = float(np.einsum("jk,jps,ksp->", w, pieces, pieces, optimize=True))
    b = (a1 + 6 * a2) / (2 * length)
    g = ((length + 1) * a1 - (length + 4) * a2) / ((length + 2) * a2)
    under = 3 * length + 2 * (1 - g)
    c1, c2, c3 = g / under, (length - g) / under, (length + 2 - g) / under
    mean = 1 / (1 - a2 / length)
    variance = (2 / length) * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    rho = variance / (2 * mean**2)
    df = 4 + (length + 2) / (length * rho - 1)
    return float(df), float(df / (mean * (df - 2)))


def satterthwaite(at: Point, w: Array, row: Array) -> float:
    """Return the degrees of freedom of one combination of coefficients, shape (p,), after Satterthwaite."""
    spread = float(row @ at.phi @ row)
    slopes = -np.einsum("p,pr,jrs,st,t->j", row, at.phi, at.p, at.phi, row, optimize=True)
    return float(2 * spread**2 / (slopes @ w @ slopes))
