"""Compiled loops for rules with real-valued probabilities, each guarded by a bound on its rounding error.

Where a draw lies within the bound of a probability the trial is marked unsure and the exact core repeats it, so
that results equal the exact core's although these loops use double precision.
"""

from __future__ import annotations

import numpy as np

from .kernels import compiled

SCALE = 2.0**-64
GUARD = 1e-11


@compiled
def bayesian_two(
    u: np.ndarray,
    responses: np.ndarray,
    prior_a: int,
    prior_b: int,
    power: float,
    total: int,
    burn_in: int,
    floor: float,
    out: np.ndarray,
    unsure: np.ndarray,
) -> None:
    """Allocate by the tempered posterior probability that an arm is the better of two.

    power   the exponent, or negative for n / (2 total).
    The probability g that arm 0 is better and h = B(a + c, b + d) / (B(a, b) B(c, d)) follow from their values before
    the last response by one multiplication each (Cook 2003, exact calculation of beta inequalities).
    """
    # h of two equal priors: B(2a, 2b) / B(a, b)**2, by the same steps from h(1, 1, 1, 1) = 1/6 / 1 = 1/6.
    for trial in range(u.shape[0]):
        a, b, c, d = 1.0, 1.0, 1.0, 1.0
        h = 1.0 / 6.0
        for _ in range(prior_a - 1):
            h *= (a + c) / (a + b + c + d) * (a + b) / a
            a += 1.0
            h *= (a + c) / (a + b + c + d) * (c + d) / c
            c += 1.0
        for _ in range(prior_b - 1):
            h *= (b + d) / (a + b + c + d) * (a + b) / b
            b += 1.0
            h *= (b + d) / (a + b + c + d) * (c + d) / d
            d += 1.0
        g = 0.5
        first, second = 0, 0
        for i in range(u.shape[1]):
            x = float(u[trial, i]) * SCALE
            if min(first, second) < burn_in:
                left, right = max(0, burn_in - first), max(0, burn_in - second)
                chance = left / (left + right)
                error = 1e-15 if left > 0 and right > 0 else 0.0
            else:
                tempered = power if power >= 0.0 else min(first + second, total) / (2.0 * total)
                better = min(max(g, 1e-300), 1.0)
                worse = min(max(1.0 - g, 1e-300), 1.0)
                strong, weak = better**tempered, worse**tempered
                chance = strong / (strong + weak)
                # g carries an absolute error below GUARD / 100 after thousands of steps.
                error = 1e-14 + tempered * chance * (1.0 - chance) * (GUARD / 100.0) * (
                    1.0 / better + 1.0 / worse
                )
                chance = min(max(chance, floor), 1.0 - floor)
            arm = 0 if x < chance else 1
            if abs(x - chance) <= error:
                unsure[trial] = True
            out[trial, i] = arm
            s = a + b + c + d
            if arm == 0:
                first += 1
                if responses[trial, i, 0]:
                    g += h / a
                    h *= (a + c) / s * (a + b) / a
                    a += 1.0
                else:
                    g -= h / b
                    h *= (b + d) / s * (a + b) / b
                    b += 1.0
            else:
                second += 1
                if responses[trial, i, 1]:
                    g -= h / c
                    h *= (a + c) / s * (c + d) / c
                    c += 1.0
                else:
                    g += h / d
                    h *= (b + d) / s * (c + d) / d
                    d += 1.0


URN, RSIHR, NEYMAN = 0, 1, 2


@compiled
def target_coin(
    u: np.ndarray,
    responses: np.ndarray,
    places: np.ndarray,
    target: int,
    gamma: float,
    burn_in: int,
    out: np.ndarray,
    unsure: np.ndarray,
) -> None:
    """Allocate by Hu and Zhang's coin with the target estimated from successes and failures.

    places   (n_open,) int64, the open arms among all arms.
    """
    n_arms = places.shape[0]
    counts = np.zeros(n_arms, dtype=np.int64)
    successes = np.zeros(n_arms, dtype=np.int64)
    weights = np.zeros(n_arms, dtype=np.float64)
    for trial in range(u.shape[0]):
        counts[:] = 0
        successes[:] = 0
        for i in range(u.shape[1]):
            burning = False
            for k in range(n_arms):
                if counts[k] < burn_in:
                    burning = True
            total = 0.0
            for k in range(n_arms):
                if burning:
                    weights[k] = max(0, burn_in - counts[k])
                else:
                    p = (successes[k] + 0.5) / (counts[k] + 1.0)
                    if target == URN:
                        share = 1.0 / (1.0 - p)
                    elif target == RSIHR:
                        share = np.sqrt(p)
                    else:
                        share = np.sqrt(p * (1.0 - p))
                    ratio = share / counts[k]
                    if gamma == 2.0:
                        weights[k] = share * ratio * ratio
                    else:
                        weights[k] = share * ratio**gamma
                total += weights[k]
            x = float(u[trial, i]) * SCALE * total
            cumulative = 0.0
            arm = -1
            for k in range(n_arms):
                cumulative += weights[k]
                if k < n_arms - 1 and abs(x - cumulative) <= GUARD * total and weights[k] > 0.0:
                    unsure[trial] = True
                if arm < 0 and x < cumulative:
                    arm = k
            if arm < 0:
                arm = n_arms - 1
                unsure[trial] = True
            out[trial, i] = arm
            counts[arm] += 1
            successes[arm] += responses[trial, i, places[arm]]


@compiled
def atkinson_two(
    u: np.ndarray,
    levels: np.ndarray,
    starts: np.ndarray,
    covariates: np.ndarray,
    size: int,
    first_share: float,
    second_share: float,
    out: np.ndarray,
    unsure: np.ndarray,
) -> None:
    """Allocate to two arms by Atkinson's D_A-optimal coin.

    starts   (n_factors,) int64: the model column of a factor's second level; the first level is the reference.
    size     columns of the model: two arms, the factors' further levels, the covariates.
    With v = inverse(M) (share_1, -share_2, 0, ...) the gain of an arm is proportional to the square of its row times v.
    """
    n_factors, n_covariates = levels.shape[2], covariates.shape[2]
    matrix = np.zeros((size, size))
    inverse = np.zeros((size, size))
    row = np.zeros(size)
    moved = np.zeros(size)
    first_covariate = size - n_covariates
    places = np.zeros(size, dtype=np.int64)
    for trial in range(u.shape[0]):
        matrix[:] = 0.0
        estimable = False
        for i in range(u.shape[1]):
            # Columns of the row that are not zero, beside the arm's own.
            filled = 0
            for f in range(n_factors):
                level = levels[trial, i, f]
                if level > 0:
                    places[filled] = starts[f] + level - 1
                    row[places[filled]] = 1.0
                    filled += 1
            for j in range(n_covariates):
                places[filled] = first_covariate + j
                row[places[filled]] = covariates[trial, i, j]
                filled += 1
            if not estimable:
                chance = first_share / (first_share + second_share)
            else:
                common = 0.0
                for j in range(filled):
                    at = places[j]
                    common += row[at] * (first_share * inverse[0, at] - second_share * inverse[1, at])
                gain = first_share * inverse[0, 0] - second_share * inverse[1, 0] + common
                other = first_share * inverse[0, 1] - second_share * inverse[1, 1] + common
                left = first_share * gain * gain
                right = second_share * other * other
                if left + right < 1e-12:
                    unsure[trial] = True
                    chance = 0.5
                else:
                    chance = left / (left + right)
            x = float(u[trial, i]) * SCALE
            if abs(x - chance) <= 1e-9:
                unsure[trial] = True
            arm = 0 if x < chance else 1
            out[trial, i] = arm
            places[filled] = arm
            row[arm] = 1.0
            filled += 1
            if estimable:
                bottom = 1.0
                for j in range(size):
                    value = 0.0
                    for k in range(filled):
                        value += inverse[j, places[k]] * row[places[k]]
                    moved[j] = value
                for k in range(filled):
                    bottom += moved[places[k]] * row[places[k]]
                for j in range(size):
                    step = moved[j] / bottom
                    for k in range(size):
                        inverse[j, k] -= step * moved[k]
            else:
                for j in range(filled):
                    for k in range(filled):
                        matrix[places[j], places[k]] += row[places[j]] * row[places[k]]
                if i + 1 >= size:
                    estimable, sure = _invert(matrix, inverse)
                    if not sure:
                        unsure[trial] = True
            for k in range(filled):
                row[places[k]] = 0.0


@compiled
def _invert(matrix: np.ndarray, inverse: np.ndarray) -> tuple[bool, bool]:
    """Invert a positive semidefinite matrix; return whether it is regular, and whether that is certain."""
    size = matrix.shape[0]
    work = matrix.copy()
    inverse[:] = 0.0
    for j in range(size):
        inverse[j, j] = 1.0
    for column in range(size):
        pivot = work[column, column]
        scale = matrix[column, column]
        if pivot <= 1e-9 * scale or scale == 0.0:
            return False, True
        if pivot <= 1e-6 * scale:
            return False, False
        work[column] /= pivot
        inverse[column] /= pivot
        for other in range(size):
            if other != column:
                times = work[other, column]
                work[other] -= times * work[column]
                inverse[other] -= times * inverse[column]
    return True, True
