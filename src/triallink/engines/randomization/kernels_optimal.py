"""The compiled loop of Atkinson's D_A-optimal coin, guarded as in `kernels_real`."""

from __future__ import annotations

import numpy as np

from .kernels import compiled
from .kernels_real import SCALE


@compiled
def atkinson(
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

    starts   (n_factors,) int64: the model column of a factor's second level; the first level is the reference.
    size     columns of the model: the open arms, the factors' further levels, the covariates.
    ratio    (n_arms,) float64; equal when there are more than two arms.
    With V = inverse(M) and the contrasts C of arms against the last one, the gain of an arm is r' inverse(C'VC) r with
    r = C'Vx. V follows every subject by one rank-one step, and is compared with a fresh inverse from time to time.
    """
    n_factors, n_covariates, n_arms = levels.shape[2], covariates.shape[2], ratio.shape[0]
    matrix = np.zeros((size, size))
    inverse = np.zeros((size, size))
    fresh = np.zeros((size, size))
    row = np.zeros(size)
    reached = np.zeros(size)
    first_covariate = size - n_covariates
    places = np.zeros(size, dtype=np.int64)
    free = n_arms - 1
    middle = np.zeros((free, free))
    reach = np.zeros((n_arms, free))
    share = np.zeros(n_arms)
    left = ratio[0] if n_arms == 2 else 1.0
    right = ratio[1] if n_arms == 2 else 1.0
    for trial in range(u.shape[0]):
        matrix[:] = 0.0
        estimable = False
        renewed = 0
        for i in range(u.shape[1]):
            # Columns of the row that are not zero, beside the arm's own.
            filled = 0
            for f in range(n_factors):
                level = levels[trial, i, f]
                if level > 0:
                    places[filled] = starts[f] + level - 1
                    row[filled] = 1.0
                    filled += 1
            for j in range(n_covariates):
                places[filled] = first_covariate + j
                row[filled] = covariates[trial, i, j]
                filled += 1
            whole = 0.0
            if estimable:
                reached[:] = 0.0
                for k in range(filled):
                    at, value = places[k], row[k]
                    for j in range(size):
                        reached[j] += inverse[at, j] * value
                if free == 1:
                    for k in range(n_arms):
                        share[k] = left * (inverse[k, 0] + reached[0]) - right * (inverse[k, 1] + reached[1])
                        share[k] *= ratio[k] * share[k]
                        whole += share[k]
                    # The one contrast's variance divides both gains.
                    scale = left * left * inverse[0, 0] + right * right * inverse[1, 1]
                    scale -= 2.0 * left * right * inverse[0, 1]
                elif free == 2:
                    corner = inverse[2, 2]
                    first = inverse[0, 0] - 2.0 * inverse[0, 2] + corner
                    second = inverse[1, 1] - 2.0 * inverse[1, 2] + corner
                    both = inverse[0, 1] - inverse[0, 2] - inverse[1, 2] + corner
                    for k in range(3):
                        toward = inverse[k, 0] - inverse[k, 2] + reached[0] - reached[2]
                        across = inverse[k, 1] - inverse[k, 2] + reached[1] - reached[2]
                        share[k] = (
                            toward * toward * second - 2.0 * toward * across * both + across * across * first
                        )
                        whole += share[k]
                    scale = first * second - both * both
                else:
                    whole = _gains(inverse, reached, middle, reach, share)
                    scale = 1.0
                # Gains are about 1 / n; far smaller ones are differences of doubles that say nothing.
                if whole * (i + 1) < 1e-4 * scale:
                    unsure[trial] = True
            else:
                for k in range(n_arms):
                    share[k] = ratio[k]
                    whole += ratio[k]
            x = float(u[trial, i]) * SCALE * whole
            cumulative = 0.0
            arm = free
            for k in range(free):
                cumulative += share[k]
                if abs(x - cumulative) <= 1e-9 * whole:
                    unsure[trial] = True
                if x < cumulative:
                    arm = k
                    break
            out[trial, i] = arm
            places[filled] = arm
            row[filled] = 1.0
            filled += 1
            for j in range(filled):
                at, value = places[j], row[j]
                for k in range(j + 1):
                    matrix[at, places[k]] += value * row[k]
            if estimable:
                bottom = 1.0
                for j in range(size):
                    reached[j] += inverse[arm, j]
                for k in range(filled):
                    bottom += reached[places[k]] * row[k]
                over = 1.0 / bottom
                for j in range(size):
                    step = reached[j] * over
                    for k in range(size):
                        inverse[j, k] -= step * reached[k]
                if i + 1 == renewed or i + 1 == u.shape[1]:
                    regular, sure = _invert(matrix, first_covariate, fresh)
                    if not (regular and sure and _near(inverse, fresh)):
                        unsure[trial] = True
                    inverse[:] = fresh
                    renewed *= 4
            elif i + 1 >= size:
                estimable, sure = _invert(matrix, first_covariate, inverse)
                renewed = 2 * (i + 1)
                if not sure:
                    unsure[trial] = True


@compiled
def _gains(
    inverse: np.ndarray, reached: np.ndarray, middle: np.ndarray, reach: np.ndarray, share: np.ndarray
) -> float:
    """Write the gains of any number of arms into share and return their sum, by elimination.

    middle, reach   room for (n_arms - 1, n_arms - 1) and (n_arms, n_arms - 1) numbers.
    """
    n_arms = share.shape[0]
    free = n_arms - 1
    share[:] = 0.0
    for j in range(free):
        for k in range(j + 1):
            middle[j, k] = inverse[j, k] - inverse[j, free] - inverse[k, free] + inverse[free, free]
    for k in range(n_arms):
        for j in range(free):
            reach[k, j] = inverse[k, j] - inverse[k, free] + reached[j] - reached[free]
    # A gain is the sum of squares over pivots.
    for j in range(free):
        over = 1.0 / middle[j, j]
        for other in range(j + 1, free):
            times = middle[other, j] * over
            for k in range(j + 1, other + 1):
                middle[other, k] -= times * middle[k, j]
            for k in range(n_arms):
                reach[k, other] -= times * reach[k, j]
        for k in range(n_arms):
            share[k] += reach[k, j] * reach[k, j] * over
    return share.sum()


@compiled
def _near(inverse: np.ndarray, fresh: np.ndarray) -> bool:
    """Return whether an inverse that was carried along is as good as a fresh one."""
    for j in range(fresh.shape[0]):
        for k in range(fresh.shape[0]):
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
