"""Counts of rows by columns, in strata, and the chi-square test of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from triallink.engines.analysis.design import Array, factor


@dataclass(frozen=True)
class ChiSquare:
    """A chi-square statistic with its degrees of freedom and p-value (NaN where nothing can be compared)."""

    chi_square: float
    df: int
    p_value: float


@dataclass(frozen=True)
class CrossTable:
    """Counts, shape (strata, rows, columns), with the labels of each."""

    strata: tuple[Any, ...]
    rows: tuple[Any, ...]
    columns: tuple[Any, ...]
    counts: Array


def cross_table(
    row: ArrayLike, column: ArrayLike, strata: ArrayLike | None = None, weights: ArrayLike | None = None
) -> CrossTable:
    """Return how often each row goes with each column, in each stratum.

    row, column, strata  labels, shape (n,); strata None for one table.
    weights              counts of each line, shape (n,); 1 unless told.
    Raises               ValueError for lengths that differ or missing labels.
    """
    rows, columns = factor("row", row), factor("column", column)
    n = len(rows.values)
    groups = factor("strata", np.zeros(n) if strata is None else strata)
    amounts = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    lengths = {len(each) for each in (columns.values, groups.values, amounts)}
    if lengths != {n}:
        raise ValueError(f"rows are {n}, the others {sorted(lengths)}")
    counts = np.zeros((len(groups.levels), len(rows.levels), len(columns.levels)))
    places = tuple(each.values.astype(int) for each in (groups, rows, columns))
    np.add.at(counts, places, amounts)
    return CrossTable(groups.levels, rows.levels, columns.levels, counts)


def checked(table: ArrayLike, shape: Sequence[int | None]) -> Array:
    """Return counts as an array of some shape (None: any length).

    Raises  ValueError for another shape or for what is no count.
    """
    counts = np.asarray(table, dtype=np.float64)
    fits = counts.ndim == len(shape) and all(
        want in (None, has) for want, has in zip(shape, counts.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"counts of shape {tuple(shape)} are needed, not {counts.shape}")
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError(f"{counts[~(np.isfinite(counts) & (counts >= 0))][0]} is no count")
    return counts


def chi_square(table: ArrayLike, *, corrected: bool = False) -> ChiSquare:
    """Return Pearson's test that rows and columns are independent.

    table      counts, shape (rows, columns); empty rows and columns are left out.
    corrected  Yates's continuity correction (2 × 2).
    Raises     ValueError for what are no counts.
    Source     SAS PROC FREQ CHISQ; CDISC pilot table 14-2.01.
    """
    counts = checked(table, (None, None))
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if df == 0:
        return ChiSquare(float("nan"), 0, float("nan"))
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    away = np.abs(counts - expected)
    if corrected:
        away = np.maximum(away - 0.5, 0.0)
    value = float(np.sum(away**2 / expected))
    return ChiSquare(value, df, float(chdtrc(df, value)))
