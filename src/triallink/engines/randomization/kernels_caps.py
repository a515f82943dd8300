"""The compiled loop of capped designs: the tables of the design inside, one row per set of closed arms."""

from __future__ import annotations

import numpy as np

from .kernels import compiled

ENDED, WAITING, FULL = 0, 1, 2


@compiled
def walk_capped(
    limits: np.ndarray,
    arms: np.ndarray,
    following: np.ndarray,
    known: np.ndarray,
    u: np.ndarray,
    groups: np.ndarray,
    responses: np.ndarray,
    levels: np.ndarray,
    cap_limits: np.ndarray,
    cap_bits: np.ndarray,
    cap_arms: np.ndarray,
    cap_starts: np.ndarray,
    cap_strides: np.ndarray,
    closings: int,
    current: np.ndarray,
    used: np.ndarray,
    reached: np.ndarray,
    standing: np.ndarray,
    out: np.ndarray,
) -> int:
    """Walk every trial until it ends or meets a row whose law is not known yet; arguments as in `kernels.walk`.

    cap_limits   (n_caps,) int64; cap_arms the arm of a cap or -1 for all arms; cap_bits its bit in a closing.
    cap_starts   (n_caps,) int64, the first counter of a cap; cap_strides (n_caps, n_factors) int64, its groups.
    closings     rows per state.
    used         (n_trials, n_counters) int64, changed in place.
    standing     (n_trials,) int64, the unknown row a trial waits for, or -1.
    Returns      ENDED, WAITING when rows are unknown, FULL when a cap on all arms refuses a subject.
    """
    width, n_caps, n_factors = arms.shape[1], cap_limits.shape[0], levels.shape[2]
    grouped = groups.shape[0] > 0
    adaptive = following.shape[2] == 2
    counters = np.zeros(n_caps, dtype=np.int64)
    answer = ENDED
    for trial in range(u.shape[0]):
        standing[trial] = -1
        group = 0
        i = reached[trial]
        while i < u.shape[1]:
            if grouped:
                group = groups[trial, i]
            closing = 0
            for c in range(n_caps):
                counter = cap_starts[c]
                for f in range(n_factors):
                    counter += cap_strides[c, f] * levels[trial, i, f]
                counters[c] = counter
                if used[trial, counter] >= cap_limits[c]:
                    if cap_arms[c] < 0:
                        return FULL
                    closing |= cap_bits[c]
            row = current[trial, group] * closings + closing
            if row >= known.shape[0] or not known[row]:
                standing[trial] = row
                answer = WAITING
                break
            m = u[trial, i]
            place = 0
            while place < width - 1 and m >= limits[row, place]:
                place += 1
            arm = arms[row, place]
            out[trial, i] = arm
            for c in range(n_caps):
                if cap_arms[c] < 0 or cap_arms[c] == arm:
                    used[trial, counters[c]] += 1
            current[trial, group] = following[row, place, responses[trial, i, arm] if adaptive else 0]
            i += 1
        reached[trial] = i
    return answer
