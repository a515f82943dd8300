"""Compiled loops for rules with real-valued probabilities and any number of arms, guarded as in `kernels_real`."""

from __future__ import annotations

import numpy as np

from .kernels import compiled
from .kernels_real import SCALE

# A posterior probability carries an absolute error far below this after thousands of responses (measured: 1e-15).
POSTERIOR_ERROR = 1e-12


@compiled
def bayesian_many(
    u: np.ndarray,
    responses: np.ndarray,
    start: np.ndarray,
    prior_a: int,
    prior_b: int,
    power: float,
    total: int,
    burn_in: int,
    floor: float,
    out: np.ndarray,
    unsure: np.ndarray,
) -> None:
    """Allocate by the tempered posterior probability that an arm is the best of K.

    responses  (n_trials, n, K), of open arms alone.
    start      (2**K,) float64: q of every set of arms (bit k: arm k) before any response.
    power      the exponent, or negative for n / (2 total).
    With B(S) = Beta(sum of a, sum of b) over the arms of S, q(S) = beta(S) P(B(S) exceeds every arm outside S), where
    beta(S) is the beta function of the sums over the product of the arms' own. Integrating the change of a beta
    distribution function by parts, x**a (1-x)**b / (a B(a, b)), gives every q after a response from the q of sets
    with one arm more: Cook's recursion for two arms, for any number. q of one arm is its probability to be best.
    """
    n_arms = responses.shape[2]
    sets = start.shape[0]
    q = np.zeros(sets)
    alpha = np.zeros(sets, dtype=np.int64)
    both = np.zeros(sets, dtype=np.int64)
    counts = np.zeros(n_arms, dtype=np.int64)
    raw = np.zeros(n_arms)
    doubt = np.zeros(n_arms)
    share = np.zeros(n_arms)
    low = np.zeros(n_arms, dtype=np.bool_)
    inverse = np.zeros((prior_a + prior_b) * n_arms + u.shape[1] + 2)
    for value in range(1, inverse.shape[0]):
        inverse[value] = 1.0 / value
    for trial in range(u.shape[0]):
        q[:] = start
        counts[:] = 0
        for chosen in range(sets):
            members = 0
            for k in range(n_arms):
                members += chosen >> k & 1
            alpha[chosen] = members * prior_a
            both[chosen] = members * (prior_a + prior_b)
        burning = burn_in > 0
        for i in range(u.shape[1]):
            if burning:
                burning = counts.min() < burn_in
            if burning:
                whole = 0.0
                for k in range(n_arms):
                    share[k] = max(0, burn_in - counts[k])
                    whole += share[k]
                error = 1e-15
                for k in range(n_arms):
                    share[k] /= whole
            else:
                tempered = power if power >= 0.0 else min(i, total) / (2.0 * total)
                whole = 0.0
                for k in range(n_arms):
                    best = max(q[1 << k], 0.0)
                    if tempered == 1.0:
                        raw[k] = best
                        doubt[k] = POSTERIOR_ERROR
                    else:
                        raw[k] = np.sqrt(best) if tempered == 0.5 else best**tempered
                        if best > 1e-6:
                            doubt[k] = raw[k] * tempered * 2.0 * (POSTERIOR_ERROR / best)
                        elif tempered > 0.0:
                            doubt[k] = (best + 2.0 * POSTERIOR_ERROR) ** tempered
                        else:
                            doubt[k] = 0.0
                    whole += raw[k]
                error = 1e-14
                if floor == 0.0:
                    for k in range(n_arms):
                        share[k] = raw[k] / whole
                        error += 2.0 * doubt[k] / whole
                else:
                    # Raise what is below the floor and scale the rest down, until none is below it.
                    low[:] = False
                    rest, free = whole, 1.0
                    more = True
                    while more:
                        more = False
                        scaled = free / rest if rest > 0.0 else 0.0
                        for k in range(n_arms):
                            if not low[k] and raw[k] * scaled < floor:
                                low[k] = True
                                more = True
                        if more:
                            rest, free = 0.0, 1.0
                            for k in range(n_arms):
                                if low[k]:
                                    free -= floor
                                else:
                                    rest += raw[k]
                    scaled = free / rest if rest > 0.0 else 0.0
                    for k in range(n_arms):
                        share[k] = floor if low[k] else raw[k] * scaled
                        # An arm that is surely below the floor is given the floor, however rough its probability.
                        if not low[k] or (raw[k] + doubt[k]) * scaled >= floor:
                            error += 4.0 * doubt[k] * scaled
            x = float(u[trial, i]) * SCALE
            cumulative = 0.0
            arm = -1
            last = 0
            for k in range(n_arms):
                if share[k] > 0.0:
                    last = k
            for k in range(last):
                cumulative += share[k]
                if abs(x - cumulative) <= error:
                    unsure[trial] = True
                if arm < 0 and x < cumulative:
                    arm = k
            if arm < 0:
                arm = last
            out[trial, i] = arm
            counts[arm] += 1
            bit = 1 << arm
            good = responses[trial, i, arm] != 0
            own = alpha[bit] if good else both[bit] - alpha[bit]
            sign = 1.0 if good else -1.0
            step = sign * inverse[own]
            growth = both[bit] * inverse[own]
            # Sets with one arm more have larger numbers: they still hold the values from before the response.
            for chosen in range(1, sets):
                if chosen & bit:
                    others = 0.0
                    for k in range(n_arms):
                        if not chosen >> k & 1:
                            others += q[chosen | 1 << k]
                    part = alpha[chosen] if good else both[chosen] - alpha[chosen]
                    q[chosen] = growth * inverse[both[chosen]] * (part * q[chosen] + sign * others)
                    both[chosen] += 1
                    alpha[chosen] += good
                else:
                    q[chosen] -= step * q[chosen | bit]
