"""The end-of-trial choice of interval designs: isotonic regression of the toxicity rates."""

from __future__ import annotations

import numpy as np

from .outcomes import BoolArray, FloatArray, IntArray


def isotonic(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted least-squares non-decreasing fit of every row.

    values, weights  shape (n_rows, n_doses); weight 0 leaves a dose out (its fit is NaN).
    Returns          shape (n_rows, n_doses).
    Source           max-min formula, Barlow et al. (1972), "Statistical inference under order restrictions";
                     equal to pooling adjacent violators.
    """
    n_rows, n_doses = values.shape
    mass = np.concatenate([np.zeros((n_rows, 1)), np.cumsum(weights, axis=1)], axis=1)
    moment = np.concatenate([np.zeros((n_rows, 1)), np.cumsum(weights * values, axis=1)], axis=1)
    used = weights > 0
    fit = np.full(values.shape, np.nan)
    for i in range(n_doses):
        best = np.full(n_rows, -np.inf)
        for j in range(i + 1):
            lowest = np.full(n_rows, np.inf)
            for k in range(i, n_doses):
                block = mass[:, k + 1] - mass[:, j]
                with np.errstate(invalid="ignore", divide="ignore"):
                    average = (moment[:, k + 1] - moment[:, j]) / block
                lowest = np.where(used[:, k], np.minimum(lowest, average), lowest)
            best = np.where(used[:, j], np.maximum(best, lowest), best)
        fit[:, i] = np.where(used[:, i], best, np.nan)
    return fit


def isotonic_choice(
    subjects: IntArray,
    toxicities: IntArray,
    target: float,
    excluded: BoolArray,
    prior: tuple[float, float] = (0.05, 0.05),
) -> IntArray:
    """Return the tried, admissible level whose isotonic posterior mean is closest to the target, 0 for none.

    subjects, toxicities, excluded  shape (n_trials, n_doses).
    prior                           shape parameters of the beta prior of each rate.
    Source                          Liu & Yuan (2015), JRSS C 64:507; select.mtd of the R package BOIN, whose
                                    tie rule is kept: of equal rates below the target the highest dose wins,
                                    of equal rates above it the lowest.
    """
    a = toxicities + prior[0]
    b = subjects - toxicities + prior[1]
    mean = a / (a + b)
    variance = a * b / ((a + b) ** 2 * (a + b + 1))
    eligible = (subjects > 0) & ~excluded
    fit = isotonic(mean, np.where(eligible, 1 / variance, 0.0))
    ranked = fit + np.arange(1, subjects.shape[1] + 1) * 1e-10
    distance = np.where(eligible, np.abs(np.nan_to_num(ranked, nan=2.0) - target), np.inf)
    return np.where(eligible.any(axis=1), distance.argmin(axis=1) + 1, 0).astype(np.int64)
