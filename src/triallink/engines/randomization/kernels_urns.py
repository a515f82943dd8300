"""The compiled loop of the urn that learns from responses: integers only, so it equals the exact core."""

from __future__ import annotations

import numpy as np

from .kernels import compiled

# Urns with more balls are left to tables: a draw times the balls has to fit in 96 bits.
MOST_BALLS = 1 << 32
HALF = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)


@compiled
def play_the_winner(
    u: np.ndarray, responses: np.ndarray, places: np.ndarray, initial: int, reward: int, out: np.ndarray
) -> None:
    """Allocate by the randomized play-the-winner urn.

    responses  (n_trials, n, n_arms) uint8.
    places     (n_open,) int64, the open arms among all arms.
    out        (n_trials, n) int8, places among the open arms.
    The ball at floor(u * balls) is drawn, balls lying arm by arm: the arm is the first whose cumulative number of balls
    exceeds u * balls.
    """
    n_arms = places.shape[0]
    balls = np.zeros(n_arms, dtype=np.int64)
    for trial in range(u.shape[0]):
        balls[:] = initial
        total = initial * n_arms
        for i in range(u.shape[1]):
            m, whole = u[trial, i], np.uint64(total)
            ball = np.int64(((m >> HALF) * whole + ((m & LOW) * whole >> HALF)) >> HALF)
            cumulative, arm = 0, 0
            for k in range(n_arms - 1):
                cumulative += balls[k]
                arm += ball >= cumulative
            out[trial, i] = arm
            if responses[trial, i, places[arm]]:
                balls[arm] += (n_arms - 1) * reward
            else:
                for k in range(n_arms):
                    balls[k] += reward
                balls[arm] -= reward
            total += (n_arms - 1) * reward
