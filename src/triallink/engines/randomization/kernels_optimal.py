"""The compiled loop of Atkinson's D_A-optimal coin, guarded as in `kernels_real`."""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernels_real import SCALE

# No divisor is zero where it is used; without the check for it the loops are of straight lines.
compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})


@compiled
def atkinson(
    arms: tuple[int, ...],
    columns: tuple[int, ...],
    u: np.ndarray,
    levels: np.ndarray,
    starts: np.ndarray,
    covariates: np.ndarray,
    size: int,
    ratio: np.ndarray,
    out: np.ndarray,
    unsure: np.ndarray,
) -> None:
    """Allocate by Atkinson's D_A-optimal coin.

    arms     any K integers, columns any multiple of four of at least `size`: loops over a tuple have a length the
             compiler knows.
    starts   (n_factors,) int64: the model column of a factor's second level; the first level is the reference.
    size     columns of the model: the open arms, the factors' further levels, the covariates.
    ratio    (n_arms,) float64; equal when there are more than two arms.
    With V = inverse(M) and the contrasts C of arms against the last one, the gain of an arm is r' inverse(C'VC) r with
    r = C'Vx. V and that inverse (`precision`) follow every subject by one rank-one step each, and are compared with
    fresh ones from time to time.
    """
    n_factors, n_covariates, n_arms = levels.shape[2], covariates.shape[2], len(arms)
    width = len(columns)
    matrix = np.zeros((size, size))
    inverse = np.zeros((size, width))
    fresh = np.zeros((size, width))
    row = np.zeros(size)
    reached = np.zeros(width)
    first_covariate = size - n_covariates
    places = np.zeros(size, dtype=np.int64)
    free = n_arms - 1
    precision = np.zeros((free, free))
    renewed_precision = np.zeros((free, free))
    reach = np.zeros(free)
    pull = np.zeros(free)
    share = np.zeros(n_arms)
    left = ratio[0] if n_arms == 2 else 1.0
    right = ratio[1] if n_arms == 2 else 1.0
    for trial in range(u.shape[0]):
        matrix[:] = 0.0
        estimable = False
        renewed = 0
        for i in range(u.shape[1]):
            # Columns of the row beside the arm's own, one per factor: the reference level is a zero in the second's
            # column, which costs less than a branch nobody can foresee.
            for f in range(n_factors):
                level = np.int64(levels[trial, i, f])
                places[f] = starts[f] + max(level - 1, 0)
                row[f] = 1.0 if level > 0 else 0.0
            filled = n_factors
            for j in range(n_covariates):
                places[filled] = first_covariate + j
                row[filled] = covariates[trial, i, j]
                filled += 1
            whole, own = 0.0, 0.0
            if estimable:
                reached[:] = 0.0
                for k in range(filled):
                    at, value = places[k], row[k]
                    for j in range(width):
                        reached[j] += inverse[at, j] * value
                for k in range(filled):
                    own += reached[places[k]] * row[k]
                if free == 1:
                    for k in range(n_arms):
                        share[k] = left * (inverse[k, 0] + reached[0]) - right * (inverse[k, 1] + reached[1])
                        share[k] *= ratio[k] * share[k]
                        whole += share[k]
                    # The one contrast's variance divides both gains.
                    scale = left * left * inverse[0, 0] + right * right * inverse[1, 1]
                    scale -= 2.0 * left * right * inverse[0, 1]
                else:
                    # With r and p = precision r of the last arm, another arm's r is r + (C'VC) e and its p is p + e,
                    # so that all gains follow from one product.
                    corner = inverse[free, free]
                    for j in range(free):
                        reach[j] = inverse[j, free] - corner + reached[j] - reached[free]
                    least = 0.0
                    for j in range(free):
                        total = 0.0
                        for k in range(free):
                            total += precision[j, k] * reach[k]
                        pull[j] = total
                        least += total * reach[j]
                    # What does not wait for that product is summed before it.
                    for k in range(free):
                        share[k] = 2.0 * reach[k] + (inverse[k, k] - 2.0 * inverse[k, free] + corner)
                        whole += share[k]
                    whole += n_arms * least
                    for k in range(free):
                        share[k] += least
                    share[free] = least
                    scale = 1.0
                # Gains are about 1 / n; far smaller ones are differences of doubles that say nothing.
                if whole * (i + 1) < 1e-4 * scale:
                    unsure[trial] = True
            else:
                for k in range(n_arms):
                    share[k] = ratio[k]
                    whole += ratio[k]
            x = float(u[trial, i]) * SCALE * whole
            # Without branches: which arm it is is as good as random.
            cumulative, arm, gap = 0.0, 0, whole
            for k in range(free):
                cumulative += share[k]
                gap = min(gap, abs(x - cumulative))
                arm += x >= cumulative
            if gap <= 1e-9 * whole:
                unsure[trial] = True
            out[trial, i] = arm
            places[filled] = arm
            row[filled] = 1.0
            filled += 1
            for j in range(filled):
                at, value = places[j], row[j]
                for k in range(j + 1):
                    matrix[at, places[k]] += value * row[k]
            if estimable:
                bottom = 1.0 + own + 2.0 * reached[arm] + inverse[arm, arm]
                for j in range(width):
                    reached[j] += inverse[arm, j]
                over = 1.0 / bottom
                if free > 1:
                    # The contrasts' variance loses over * r r', so its inverse gains a rank too.
                    narrow = 1.0 / (bottom - share[arm])
                    if arm < free:
                        pull[arm] += 1.0
                    for j in range(free):
                        for k in range(free):
                            precision[j, k] += narrow * pull[j] * pull[k]
                for j in range(size):
                    step = reached[j] * over
                    for k in range(width):
                        inverse[j, k] -= step * reached[k]
                if i + 1 == renewed or i + 1 == u.shape[1]:
                    regular, sure = _invert(matrix, first_covariate, fresh)
                    if not (regular and sure and _near(inverse, fresh)):
                        unsure[trial] = True
                    inverse[:] = fresh
                    if free > 1:
                        if not (
                            _contrasts(inverse, renewed_precision) and _near(precision, renewed_precision)
                        ):
                            unsure[trial] = True
                        precision[:] = renewed_precision
                    renewed *= 4
            elif i + 1 >= size:
                estimable, sure = _invert(matrix, first_covariate, inverse)
                renewed = 2 * (i + 1)
                if not sure:
                    unsure[trial] = True
                if estimable and free > 1 and not _contrasts(inverse, precision):
                    unsure[trial] = True


@compiled
def _contrasts(inverse: np.ndarray, precision: np.ndarray) -> bool:
    """Write the inverse of the variance of the contrasts of arms against the last one; return whether it is certain."""
    free = precision.shape[0]
    middle = np.zeros((free, free))
    for j in range(free):
        for k in range(j + 1):
            middle[j, k] = inverse[j, k] - inverse[j, free] - inverse[k, free] + inverse[free, free]
    regular, sure = _invert(middle, free, precision)
    return regular and sure


@compiled
def _near(inverse: np.ndarray, fresh: np.ndarray) -> bool:
    """Return whether an inverse that was carried along is as good as a fresh one."""
    for j in range(fresh.shape[0]):
        for k in range(j + 1):
            gap = inverse[j, k] - fresh[j, k]
            if gap * gap > 1e-22 * fresh[j, j] * fresh[k, k]:
                return False
    return True


@compiled
def _invert(matrix: np.ndarray, first_covariate: int, inverse: np.ndarray) -> tuple[bool, bool]:
    """Invert a positive semidefinite matrix; return whether it is regular, and whether that is certain.

    matrix            every pair of columns in one of its two places, zero in the other.
    first_covariate   columns from here on are numeric: that they depend on the others is never certain in doubles.
    """
    size = matrix.shape[0]
    for j in range(size):
        for k in range(size):
            inverse[j, k] = matrix[j, k] + (matrix[k, j] if j != k else 0.0)
    for column in range(size):
        pivot = inverse[column, column]
        scale = matrix[column, column]
        if pivot <= 1e-9 * scale or scale == 0.0:
            return False, column < first_covariate or scale == 0.0
        if pivot <= 1e-6 * scale:
            return False, False
        over = 1.0 / pivot
        inverse[column, column] = 1.0
        for k in range(size):
            inverse[column, k] *= over
        for other in range(size):
            if other != column:
                times = inverse[other, column]
                inverse[other, column] = 0.0
                for k in range(size):
                    inverse[other, k] -= times * inverse[column, k]
    return True, True
