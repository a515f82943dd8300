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
