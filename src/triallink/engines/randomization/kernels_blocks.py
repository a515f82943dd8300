"""The compiled loop of permuted blocks of hidden size, guarded as in `kernels_real`."""

from __future__ import annotations

import numpy as np

from .kernels import compiled
from .kernels_real import SCALE


@compiled
def hidden_blocks(
    u: np.ndarray,
    groups: np.ndarray,
    n_groups: int,
    compositions: np.ndarray,
    weights: np.ndarray,
    room: int,
    out: np.ndarray,
    unsure: np.ndarray,
) -> None:
    """Allocate from permuted blocks of hidden size: every block that may be running, with its probability.

    groups        (n_trials, n) int32, the stratum of every subject, or empty.
    compositions  (n_sizes, n_arms) int64, the balls of a block of every size.
    weights       (n_sizes,) float64, the probability of every size.
    room          how many blocks may be running at one time.
    All terms are positive and no step rounds more than ten times, which bounds the error of a probability.
    """
    n_sizes, n_arms = compositions.shape
    belief = np.zeros((n_groups, room))
    left = np.zeros((n_groups, room, n_arms), dtype=np.int64)
    balls = np.zeros((n_groups, room), dtype=np.int64)
    running = np.zeros(n_groups, dtype=np.int64)
    sizes = compositions.sum(axis=1)
    inverse = np.zeros(sizes.max() + 1)
    for value in range(1, inverse.shape[0]):
        inverse[value] = 1.0 / value
    share = np.zeros(n_arms)
    grouped = groups.shape[0] > 0
    for trial in range(u.shape[0]):
        running[:] = 0
        group = 0
        for i in range(u.shape[1]):
            if grouped:
                group = groups[trial, i]
            n_running = running[group]
            if n_running == 0:
                n_running = n_sizes
                for s in range(n_sizes):
                    belief[group, s] = weights[s]
                    left[group, s] = compositions[s]
                    balls[group, s] = sizes[s]
            share[:] = 0.0
            for b in range(n_running):
                each = belief[group, b] * inverse[balls[group, b]]
                for k in range(n_arms):
                    share[k] += each * left[group, b, k]
            whole = 0.0
            last = 0
            for k in range(n_arms):
                whole += share[k]
                if share[k] > 0.0:
                    last = k
            x = float(u[trial, i]) * SCALE * whole
            error = 1e-14 * (i + 1) * whole
            cumulative = 0.0
            arm = last
            for k in range(last):
                cumulative += share[k]
                if share[k] > 0.0 and abs(x - cumulative) <= error:
                    unsure[trial] = True
                if x < cumulative:
                    arm = k
                    break
            out[trial, i] = arm
            scale = 1.0 / share[arm]
            kept = 0
            ended = 0.0
            for b in range(n_running):
                own = left[group, b, arm]
                if own == 0:
                    continue
                each = belief[group, b] * inverse[balls[group, b]] * own * scale
                if balls[group, b] == 1:
                    ended += each
                    continue
                belief[group, kept] = each
                balls[group, kept] = balls[group, b] - 1
                for k in range(n_arms):
                    left[group, kept, k] = left[group, b, k]
                left[group, kept, arm] -= 1
                kept += 1
            if ended > 0.0:
                for s in range(n_sizes):
                    belief[group, kept] = ended * weights[s]
                    left[group, kept] = compositions[s]
                    balls[group, kept] = sizes[s]
                    kept += 1
            running[group] = kept
