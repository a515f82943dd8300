"""Compiled loops for rules with real-valued probabilities and any number of arms, guarded as in `kernels_real`."""

from __future__ import annotations

import numpy as np

from .kernels import compiled
from .kernels_power import POWER_ERROR, powers
from .kernels_real import SCALE

# A posterior probability carries an absolute error far below this after thousands of responses (measured: 1e-15).
POSTERIOR_ERROR = 1e-12

# Where every posterior probability is at least this, doubt moves a limit by less than NEAR * (1 + exponent).
PLAIN = 1e-6
NEAR = 1e-4

PROPORTIONAL, ROOT, TEMPERED = 0, 1, 2


@compiled
def bayesian_many(
    arms: tuple[int, ...],
    u: np.ndarray,
    responses: np.ndarray,
    start: np.ndarray,
    prior_a: int,
    prior_b: int,
    power: float,
    total: int,
    burn_in: int,
    floor: float,
    reciprocals: np.ndarray,
    logarithms: np.ndarray,
    roots: np.ndarray,
    scales: np.ndarray,
    out: np.ndarray,
    unsure: np.ndarray,
) -> None:
    """Allocate by the tempered posterior probability that an arm is the best of K.

    arms       any K integers: loops over a tuple have a length the compiler knows.
    responses  (n_trials, n, K), of open arms alone.
    start      (2**K,) float64: q of every set of arms (bit k: arm k) before any response.
    power      the exponent, or negative for n / (2 total).
    reciprocals, logarithms, roots, scales  the tables of `kernels_power`.
    With B(S) = Beta(sum of a, sum of b) over the arms of S, q(S) = beta(S) P(B(S) exceeds every arm outside S), where
    beta(S) is the beta function of the sums over the product of the arms' own. Integrating the change of a beta
    distribution function by parts, x**a (1-x)**b / (a B(a, b)), gives every q after a response from the q of sets
    with one arm more: Cook's recursion for two arms, for any number. q of one arm is its probability to be best.
    """
    n_arms = len(arms)
    sets = 1 << n_arms
    half = 1 << (n_arms - 1)
    having, lacking = _halves(n_arms)
    q = np.zeros(sets)
    before = np.zeros(half)
    others = np.zeros(half)
    both = np.zeros(sets, dtype=np.int64)
    # Failures and successes of every set, priors included.
    seen = np.zeros((2, sets))
    counts = np.zeros(n_arms, dtype=np.int64)
    best = np.zeros(n_arms)
    bits = best.view(np.int64)
    raw = np.zeros(n_arms)
    share = np.zeros(n_arms)
    low = np.zeros(n_arms, dtype=np.bool_)
    inverse = np.zeros((prior_a + prior_b) * n_arms + u.shape[1] + 2)
    for value in range(1, inverse.shape[0]):
        inverse[value] = 1.0 / value
    kind = PROPORTIONAL if power == 1.0 else (ROOT if power == 0.5 else TEMPERED)
    for trial in range(u.shape[0]):
        q[:] = start
        counts[:] = 0
        for chosen in range(sets):
            inside = 0
            for k in range(n_arms):
                inside += chosen >> k & 1
            seen[0, chosen] = inside * prior_b
            seen[1, chosen] = inside * prior_a
            both[chosen] = inside * (prior_a + prior_b)
        burning = burn_in > 0
        for i in range(u.shape[1]):
            if burning:
                burning = counts.min() < burn_in
            tempered = power if power >= 0.0 else min(i, total) / (2.0 * total)
            whole, scaled, least = 0.0, 1.0, 1.0
            if burning:
                for k in range(n_arms):
                    share[k] = max(0, burn_in - counts[k])
                    whole += share[k]
                for k in range(n_arms):
                    share[k] /= whole
            else:
                for k in range(n_arms):
                    best[k] = max(q[1 << k], 0.0 if kind == PROPORTIONAL else 1e-300)
                    least = min(least, best[k])
                if kind == PROPORTIONAL:
                    raw[:] = best
                elif kind == ROOT:
                    for k in range(n_arms):
                        raw[k] = np.sqrt(best[k])
                else:
                    powers(arms, best, bits, tempered, reciprocals, logarithms, roots, scales, raw)
                smallest = raw[0]
                for k in range(n_arms):
                    whole += raw[k]
                    smallest = min(smallest, raw[k])
                scaled = 1.0 / whole
                low[:] = False
                if smallest * scaled < floor:
                    scaled = _raised(raw, scaled, floor, low)
                for k in range(n_arms):
                    share[k] = floor if low[k] else raw[k] * scaled
            x = float(u[trial, i]) * SCALE
            last = n_arms - 1
            while share[last] <= 0.0:
                last -= 1
            # Without branches: which arm it is is as good as random.
            cumulative, arm, gap = 0.0, 0, 1.0
            for k in range(last):
                cumulative += share[k]
                gap = min(gap, abs(x - cumulative))
                arm += x >= cumulative
            if burning:
                if gap <= 1e-15:
                    unsure[trial] = True
            elif (gap <= NEAR * (1.0 + tempered) or least < PLAIN) and gap <= _doubt(
                best, raw, low, tempered, scaled, floor
            ):
                unsure[trial] = True
            out[trial, i] = arm
            counts[arm] += 1
            bit = 1 << arm
            good = 1 if responses[trial, i, arm] != 0 else 0
            own = int(seen[good, bit])
            sign = 2.0 * good - 1.0
            step = sign * inverse[own]
            growth = both[bit] * inverse[own]
            for j in range(half):
                before[j] = q[having[arm, j]]
                others[j] = 0.0
            # Sets with one arm more, of those that have the arm; then the sets without it.
            for k in range(n_arms - 1):
                apart = 1 << k
                for low_end in range(0, half, 2 * apart):
                    for j in range(low_end, low_end + apart):
                        others[j] += before[j + apart]
            for j in range(half):
                q[lacking[arm, j]] -= step * before[j]
            for j in range(half):
                chosen = having[arm, j]
                after = seen[good, chosen] * before[j] + sign * others[j]
                q[chosen] = growth * inverse[both[chosen]] * after
                both[chosen] += 1
                seen[good, chosen] += 1.0


@compiled
def _halves(n_arms: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the sets with and without every arm, shape (n_arms, 2**(n_arms - 1)), numbered alike by their other arms."""
    half = 1 << (n_arms - 1)
    having = np.zeros((n_arms, half), dtype=np.int64)
    lacking = np.zeros((n_arms, half), dtype=np.int64)
    for k in range(n_arms):
        for j in range(half):
            lacking[k, j] = (j >> k << (k + 1)) | (j & ((1 << k) - 1))
            having[k, j] = lacking[k, j] | 1 << k
    return having, lacking


@compiled
def _raised(raw: np.ndarray, scaled: float, floor: float, low: np.ndarray) -> float:
    """Mark what the floor raises, scaling the rest down until none is below it; return the rest's scale."""
    more = True
    while more:
        more = False
        for k in range(raw.shape[0]):
            if not low[k] and raw[k] * scaled < floor:
                low[k] = True
                more = True
        if more:
            rest, free = 0.0, 1.0
            for k in range(raw.shape[0]):
                if low[k]:
                    free -= floor
                else:
                    rest += raw[k]
            scaled = free / rest if rest > 0.0 else 0.0
    return scaled


@compiled
def _doubt(
    best: np.ndarray, raw: np.ndarray, low: np.ndarray, tempered: float, scaled: float, floor: float
) -> float:
    """Return how far the limits between arms may be off."""
    error = 1e-14
    for k in range(best.shape[0]):
        if best[k] > 1e-9:
            doubt = raw[k] * (tempered * 2.0 * (POSTERIOR_ERROR / best[k]) + POWER_ERROR * (1.0 + tempered))
        elif tempered > 0.0:
            doubt = (best[k] + 2.0 * POSTERIOR_ERROR) ** tempered
        else:
            doubt = 0.0
        # An arm that is surely below the floor is given the floor, however rough its probability.
        if not low[k] or (raw[k] + doubt) * scaled >= floor:
            error += 4.0 * doubt * scaled
    return error
