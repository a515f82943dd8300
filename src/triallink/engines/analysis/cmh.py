"""Cochran–Mantel–Haenszel: association in strata, common odds and risk ratios, their homogeneity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtri

from triallink.engines.analysis.design import Array
from triallink.engines.analysis.tables import ChiSquare, checked

Scores = Literal["table", "rank", "ridit", "modified ridit"]


@dataclass(frozen=True)
class CmhTests:
    """The three tests: any association; row means differ (columns ordered); correlation (both ordered)."""

    general: ChiSquare
    row_means: ChiSquare
    correlation: ChiSquare


def cmh(
    tables: ArrayLike,
    *,
    scores: Scores = "table",
    row_scores: Sequence[float] | None = None,
    column_scores: Sequence[float] | None = None,
) -> CmhTests:
    """Return the tests of rows against columns, adjusted for strata.

    tables   counts, shape (strata, rows, columns), or (rows, columns) for one stratum.
    scores   of rows and columns: numbers ("table": 1, 2, … unless row_scores and column_scores are given), midranks
             within the stratum, ridits (ranks / n) or modified ridits (ranks / (n + 1), van Elteren).
    Returns  p-values NaN and df 0 where no stratum has two rows and two columns.
    Raises   ValueError for what are no counts, or scores of another length.
    Source   Landis, Heyman, Koch (1978), Int Stat Rev 46; SAS PROC FREQ CMH; CDISC pilot tables 14-3.13, 14-6.05.
    """
    counts = np.asarray(tables, dtype=np.float64)
    counts = checked(counts[None] if counts.ndim == 2 else counts, (None, None, None))
    _, r, c = counts.shape
    given = []
    for name, length, chosen in (("row", r, row_scores), ("column", c, column_scores)):
        values = np.arange(1.0, length + 1) if chosen is None else np.asarray(chosen, dtype=np.float64)
        if values.shape != (length,):
            raise ValueError(f"{name} scores must be {length}, not {values.shape}")
        given.append(values)
    totals = [(np.zeros(k), np.zeros((k, k))) for k in (r * c, r, 1)]
    for table in counts:
        n, rows, columns = table.sum(), table.sum(axis=1), table.sum(axis=0)
        if n < 2:
            continue
        excess = (table - np.outer(rows, columns) / n).ravel()
        spread = np.kron(
            n * np.diag(rows) - np.outer(rows, rows), n * np.diag(columns) - np.outer(columns, columns)
        )
        spread /= n * n * (n - 1)
        row_line, column_line = _scores(rows, given[0], scores), _scores(columns, given[1], scores)
        maps = (np.eye(r * c), np.kron(np.eye(r), column_line), np.kron(row_line, column_line)[None])
        totals = [
            (sum_ + line @ excess, cov + line @ spread @ line.T)
            for (sum_, cov), line in zip(totals, maps, strict=True)
        ]
    return CmhTests(*(_quadratic(*total) for total in totals))


def _scores(margin: Array, values: Array, scores: Scores) -> Array:
    if scores == "table":
        return values
    # Midranks of the ordered levels within the stratum.
    ranks: Array = np.cumsum(margin) - margin / 2 + 0.5
    if scores == "rank":
        return ranks
    if scores == "ridit":
        return ranks / margin.sum()
    if scores == "modified ridit":
        return ranks / (margin.sum() + 1)
    raise ValueError(f"scores must be table, rank, ridit or modified ridit, not {scores!r}")


def _quadratic(excess: Array, spread: Array) -> ChiSquare:
    largest = float(np.abs(spread).max(initial=0.0))
    df = int(np.linalg.matrix_rank(spread, tol=1e-10 * largest, hermitian=True)) if largest else 0
    if not df:
        return ChiSquare(float("nan"), 0, float("nan"))
    value = float(excess @ np.linalg.pinv(spread, rcond=1e-10, hermitian=True) @ excess)
    return ChiSquare(value, df, float(chdtrc(df, value)))


@dataclass(frozen=True)
class CommonRatio:
    """A ratio common to all strata with its confidence interval; std_error is that of the logarithm."""

    value: float
    lower: float
    upper: float
    std_error: float


Ratio = Literal["odds", "risk"]


def common_ratio(tables: ArrayLike, ratio: Ratio = "odds", *, confidence: float = 0.95) -> CommonRatio:
    """Return Mantel and Haenszel's common odds ratio or risk ratio.

    tables  counts, shape (strata, 2, 2): rows are arms, the first column is the event.
    Raises  ValueError for what are no such counts, or where a denominator is 0.
    Source  Mantel, Haenszel (1959); Robins, Breslow, Greenland (1986), Biometrics 42; Greenland, Robins (1985).
    """
    counts = checked(tables, (None, 2, 2))
    counts = counts[counts.sum(axis=(1, 2)) > 0]
    (a, b), (c, d) = counts.transpose(1, 2, 0)
    n = a + b + c + d
    if ratio == "odds":
        up, down = a * d / n, b * c / n
        r, s = _positive(up, down)
        agree, differ = (a + d) / n, (b + c) / n
        variance = (
            np.sum(agree * up) / (2 * r * r)
            + np.sum(agree * down + differ * up) / (2 * r * s)
            + np.sum(differ * down) / (2 * s * s)
        )
    elif ratio == "risk":
        first, second = a + b, c + d
        r, s = _positive(a * second / n, c * first / n)
        variance = np.sum((first * second * (a + c) - a * c * n) / n**2) / (r * s)
    else:
        raise ValueError(f"ratio must be odds or risk, not {ratio!r}")
    error = float(np.sqrt(variance))
    reach = float(ndtri(0.5 + confidence / 2)) * error
    value = r / s
    return CommonRatio(value, float(value * np.exp(-reach)), float(value * np.exp(reach)), error)


def _positive(up: Array, down: Array) -> tuple[float, float]:
    sums = float(up.sum()), float(down.sum())
    if min(sums) <= 0:
        raise ValueError(f"a ratio of {sums[0]:g} and {sums[1]:g} has no interval")
    return sums


def breslow_day(tables: ArrayLike, *, tarone: bool = False) -> ChiSquare:
    """Return the test that the odds ratio is the same in all strata.

    tables  counts, shape (strata, 2, 2); strata with an empty row or column are left out.
    tarone  subtract Tarone's correction.
    Raises  ValueError as `common_ratio`.
    Source  Breslow, Day (1980), Statistical Methods in Cancer Research 1, 4.4; Tarone (1985), Biometrika 72.
    """
    counts = checked(tables, (None, 2, 2))
    kept = (counts.sum(axis=1) > 0).all(axis=1) & (counts.sum(axis=2) > 0).all(axis=1)
    counts = counts[kept]
    psi = common_ratio(counts).value
    first, event, n = counts[:, 0].sum(axis=1), counts[:, :, 0].sum(axis=1), counts.sum(axis=(1, 2))
    expected = _expected(first, event, n, psi)
    inverse = (
        1 / expected + 1 / (first - expected) + 1 / (event - expected) + 1 / (n - first - event + expected)
    )
    away = counts[:, 0, 0] - expected
    value = float(np.sum(away**2 * inverse))
    if tarone:
        value -= float(away.sum() ** 2 / np.sum(1 / inverse))
    df = len(counts) - 1
    return ChiSquare(value, df, float(chdtrc(df, value)) if df else float("nan"))


def _expected(first: Array, event: Array, n: Array, psi: float) -> Array:
    """Return the expected first count of tables with given margins and odds ratio."""
    if abs(psi - 1) < 1e-12:
        return first * event / n
    middle = n + (psi - 1) * (first + event)
    root = np.sqrt(middle**2 - 4 * psi * (psi - 1) * first * event)
    # This form of the quadratic's root loses no digits when psi is near 1.
    result: Array = 2 * psi * first * event / (middle + root)
    return result
