"""Restricted likelihood of repeated measures with an unstructured covariance, and its derivatives.

Every subject is written over all m visits, with zeros where a visit is missing; subjects of one pattern of missing
visits share the inverse of their covariance, so that sums of products over them are all that is needed.
The covariance is linear in its parameters, V = sum of theta_j E_j, one for each pair of visits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triallink.engines.analysis.design import Array


@dataclass(frozen=True)
class Pattern:
    """Subjects with the same visits: how many, which visits, sums of x x', x y and y y' over pairs of visits."""

    n: int
    seen: NDArray[np.bool_]
    xx: Array
    xy: Array
    yy: Array


@dataclass(frozen=True)
class Point:
    """The restricted likelihood at one covariance.

    phi     inverse information of the fixed effects, shape (p, p); beta their estimates.
    slope   of the log-likelihood, shape (q,); expected, observed  information of theta, (q, q).
    p       shape (q, p, p), P_j of Kenward and Roger; q  shape (q, q, p, p), their Q_jk.
    """

    value: float
    beta: Array
    phi: Array
    slope: Array
    expected: Array
    observed: Array
    p: Array
    q: Array


def patterns(
    x: Array, y: Array, subject: NDArray[np.int64], visit: NDArray[np.int64], m: int
) -> list[Pattern]:
    """Return the sums of each pattern of visits; rows are one subject's one visit, at most once."""
    n = int(subject.max()) + 1
    wide_x, wide_y = np.zeros((n, m, x.shape[1])), np.zeros((n, m))
    seen = np.zeros((n, m), dtype=np.bool_)
    wide_x[subject, visit], wide_y[subject, visit], seen[subject, visit] = x, y, True
    kinds, kind = np.unique(seen, axis=0, return_inverse=True)
    found = []
    for place, row in enumerate(kinds):
        a, b = wide_x[kind == place], wide_y[kind == place]
        found.append(
            Pattern(
                len(b),
                row,
                np.einsum("iap,ibr->abpr", a, a),
                np.einsum("iap,ib->abp", a, b),
                np.einsum("ia,ib->ab", b, b),
            )
        )
    return found


def basis(m: int) -> Array:
    """Return E_j for each pair of visits, shape (m(m+1)/2, m, m)."""
    pairs = [(a, b) for a in range(m) for b in range(a + 1)]
    matrices = np.zeros((len(pairs), m, m))
    for j, (a, b) in enumerate(pairs):
        matrices[j, a, b] = matrices[j, b, a] = 1.0
    return matrices


def inverses(groups: list[Pattern], sigma: Array) -> list[tuple[Array, float]]:
    """Return for each pattern the inverse covariance over all visits (0 where missing) and its log determinant.

    Raises  LinAlgError if the covariance is not positive definite.
    """
    found = []
    for each in groups:
        kept = np.ix_(each.seen, each.seen)
        root = np.linalg.cholesky(sigma[kept])
        whole = np.zeros_like(sigma)
        whole[kept] = np.linalg.inv(sigma[kept])
        found.append((whole, 2 * float(np.log(np.diag(root)).sum())))
    return found


def log_likelihood(groups: list[Pattern], sigma: Array) -> tuple[float, Array, Array]:
    """Return the restricted log-likelihood, the fixed effects and their inverse information.

    Raises  LinAlgError if the covariance is not positive definite.
    """
    n, width = sum(each.n * int(each.seen.sum()) for each in groups), groups[0].xy.shape[-1]
    information, score, quadratic, logs = np.zeros((width, width)), np.zeros(width), 0.0, 0.0
    for each, (inverse, log) in zip(groups, inverses(groups, sigma), strict=True):
        information += np.einsum("ab,abpr->pr", inverse, each.xx)
        score += np.einsum("ab,abp->p", inverse, each.xy)
        quadratic += float(np.sum(inverse * each.yy))
        logs += each.n * log
    beta = np.linalg.solve(information, score)
    rest = quadratic - float(score @ beta)
    value = -0.5 * (logs + np.linalg.slogdet(information)[1] + rest + (n - width) * float(np.log(2 * np.pi)))
    return float(value), np.asarray(beta, np.float64), np.asarray(np.linalg.inv(information), np.float64)


def point(groups: list[Pattern], sigma: Array) -> Point:
    """Return likelihood, gradient and informations at a covariance.

    Source  Kenward, Roger (1997), Biometrics 53; Gilmour, Thompson, Cullis (1995), Biometrics 51.
    """
    value, beta, phi = log_likelihood(groups, sigma)
    e = basis(len(sigma))
    k, width = len(e), len(beta)
    p, q, gu = np.zeros((k, width, width)), np.zeros((k, k, width, width)), np.zeros((k, width))
    plain, fitted, trace = np.zeros((k, k)), np.zeros((k, k)), np.zeros(k)
    slope = np.zeros(k)
    for each, (inverse, _) in zip(groups, inverses(groups, sigma), strict=True):
        products = np.einsum("jab,bc,kcd->jkad", e, inverse, e, optimize=True)
        ax = np.einsum("ab,cd,bdpr->acpr", inverse, inverse, each.xx, optimize=True)
        residual = each.xy - np.einsum("abpr,r->abp", each.xx, beta)
        au = np.einsum("ab,cd,bdp->acp", inverse, inverse, residual, optimize=True)
        spread = each.yy - np.einsum("abp,p->ab", each.xy, beta) - np.einsum("abp,p->ba", residual, beta)
        uu = inverse @ spread @ inverse
        p -= np.einsum("jab,abpr->jpr", e, ax)
        q += np.einsum("jkad,adpr->jkpr", products, ax, optimize=True)
        gu += np.einsum("jab,abp->jp", e, au)
        plain += each.n * np.einsum("jkad,da->jk", products, inverse)
        fitted += np.einsum("jkad,da->jk", products, uu)
        trace += each.n * np.einsum("jab,ba->j", e, inverse)
        slope += np.einsum("jab,ba->j", e, uu)
    through = np.einsum("pr,jrs->jps", phi, p)
    of_p = plain - 2 * np.einsum("pr,jkrp->jk", phi, q) + np.einsum("jps,ksp->jk", through, through)
    expected = 0.5 * (of_p + of_p.T) / 2
    data = fitted - gu @ phi @ gu.T
    observed = 0.5 * (data + data.T) - expected
    slope = 0.5 * (slope - trace - np.einsum("pr,jrp->j", phi, p))
    return Point(value, beta, phi, slope, expected, observed, p, q)
