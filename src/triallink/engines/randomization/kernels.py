"""Compiled inner loops of the batch simulator: integers only, one trial after the other.

A draw is an unsigned 64-bit integer m that stands for u = m / 2**64. An outcome with exact cumulative probability c
is reached when m < ceil(c * 2**64), which for these draws is the same as u < c.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

compiled: Any = njit(cache=True, nogil=True)


@compiled
def walk(
    limits: np.ndarray,
    arms: np.ndarray,
    following: np.ndarray,
    known: np.ndarray,
    u: np.ndarray,
    groups: np.ndarray,
    responses: np.ndarray,
    current: np.ndarray,
    reached: np.ndarray,
    out: np.ndarray,
) -> bool:
    """Walk every trial through its tables until it ends or meets a state whose law is not known yet.

    limits     (n_states, width - 1) uint64; arms (n_states, width) int8; following (n_states, width, 1 or 2) int32.
    known      (n_states,) bool.
    u          (n_trials, n) uint64; groups (n_trials, n) int32, the stratum of every subject, or empty.
    responses  (n_trials, n, n_arms) uint8, or empty when responses are not used.
    current    (n_trials, n_groups) int32, the state of every stratum; changed in place.
    reached    (n_trials,) int64, the subject every trial stands before; changed in place.
    out        (n_trials, n) int8, the arms.
    Returns    whether every trial has ended.
    """
    width = arms.shape[1]
    grouped = groups.shape[0] > 0
    adaptive = following.shape[2] == 2
    done = True
    for trial in range(u.shape[0]):
        group = 0
        state = current[trial, 0]
        i = reached[trial]
        while i < u.shape[1]:
            if grouped:
                group = groups[trial, i]
                state = current[trial, group]
            if not known[state]:
                done = False
                break
            m = u[trial, i]
            place = 0
            while place < width - 1 and m >= limits[state, place]:
                place += 1
            arm = arms[state, place]
            out[trial, i] = arm
            if adaptive:
                state = following[state, place, responses[trial, i, arm]]
            else:
                state = following[state, place, 0]
            current[trial, group] = state
            i += 1
        reached[trial] = i
    return done


@compiled
def balance_two(
    u: np.ndarray,
    levels: np.ndarray,
    offsets: np.ndarray,
    margins: np.ndarray,
    overall: int,
    stratum: int,
    strides: np.ndarray,
    n_strata: int,
    by_sign: bool,
    limits: np.ndarray,
    certain: np.ndarray,
    out: np.ndarray,
) -> None:
    """Allocate to two arms in ratio 1:1 by the sign of a weighted sum of differences.

    levels    (n_trials, n, n_factors) uint8; offsets (n_factors,) first cell of every factor; strides for strata.
    margins   (n_factors,) int64 weights; overall, stratum int64 weights.
    by_sign   True sums signs of differences (range and sd), False sums differences (variance, Hu and Hu).
    limits    (3,) uint64: below it the first arm is given, when the first is behind, level, ahead.
    certain   (3,) int64: 1 where the first arm is given for every draw.
    """
    n_factors = levels.shape[2]
    cells = np.zeros(256 * max(n_factors, 1), dtype=np.int32)
    strata = np.zeros(max(n_strata, 1), dtype=np.int32)
    for trial in range(u.shape[0]):
        cells[:] = 0
        if stratum != 0:
            strata[:] = 0
        whole = 0
        for i in range(u.shape[1]):
            lean = overall * whole
            place = 0
            for f in range(n_factors):
                level = levels[trial, i, f]
                difference = cells[offsets[f] + level]
                # Without branches: the signs are as good as random, and a wrong guess costs more than this.
                if by_sign:
                    lean += margins[f] * ((difference > 0) - (difference < 0))
                else:
                    lean += margins[f] * difference
                place += strides[f] * level
            if stratum != 0:
                lean += stratum * strata[place]
            lead = 1 + (lean > 0) - (lean < 0)
            second = np.int64(u[trial, i] >= limits[lead]) & (1 - certain[lead])
            step = 1 - 2 * second
            out[trial, i] = second
            for f in range(n_factors):
                cells[offsets[f] + levels[trial, i, f]] += step
            whole += int(step)
            if stratum != 0:
                strata[place] += step


@compiled
def balance_many(
    u: np.ndarray,
    levels: np.ndarray,
    offsets: np.ndarray,
    margins: np.ndarray,
    overall: int,
    stratum: int,
    strides: np.ndarray,
    n_strata: int,
    limits: np.ndarray,
    last: np.ndarray,
    out: np.ndarray,
) -> None:
    """Allocate to K arms in equal ratio by the least weighted sum of counts; arguments as above and in `minimize`."""
    n_arms, n_factors = limits.shape[1] + 1, levels.shape[2]
    cells = np.zeros((256 * n_factors, n_arms), dtype=np.int64)
    strata = np.zeros((n_strata, n_arms), dtype=np.int64)
    whole = np.zeros(n_arms, dtype=np.int64)
    for trial in range(u.shape[0]):
        cells[:] = 0
        strata[:] = 0
        whole[:] = 0
        for i in range(u.shape[1]):
            place = 0
            for f in range(n_factors):
                place += strides[f] * levels[trial, i, f]
            best = np.int64(0)
            ties = 0
            for k in range(n_arms):
                score = overall * whole[k] + stratum * strata[place, k]
                for f in range(n_factors):
                    score += margins[f] * cells[offsets[f] + levels[trial, i, f], k]
                if ties == 0 or score < best:
                    best = score
                    ties = 1 << k
                elif score == best:
                    ties |= 1 << k
            arm = 0
            while arm < last[ties] and u[trial, i] >= limits[ties, arm]:
                arm += 1
            out[trial, i] = arm
            for f in range(n_factors):
                cells[offsets[f] + levels[trial, i, f], arm] += 1
            whole[arm] += 1
            strata[place, arm] += 1


RANGE, VARIANCE, SD = 0, 1, 2


@compiled
def minimize(
    u: np.ndarray,
    levels: np.ndarray,
    offsets: np.ndarray,
    weights: np.ndarray,
    stretch: np.ndarray,
    measure: int,
    limits: np.ndarray,
    last: np.ndarray,
    outside: np.ndarray,
    inside: np.ndarray,
    out: np.ndarray,
    unsure: np.ndarray,
) -> None:
    """Allocate by Pocock and Simon's method to K arms with any ratio.

    weights   (n_factors,) int64, proportional to the factors' weights.
    stretch   (n_arms,) int64: common multiple of the ratio over each share, so counts * stretch compare.
    limits    (2 ** n_arms, n_arms - 1) uint64, cumulative limits for every tie set (bit k: arm k is tied).
    last      (2 ** n_arms,) int64, the last arm with a positive weight for every tie set.
    outside, inside  square-root tables: value = outside**2 * inside, for the sd measure.
    unsure    (n_trials,) bool, set where integers of this size cannot decide; the exact core repeats those trials.
    """
    n_arms, n_factors = stretch.shape[0], levels.shape[2]
    counts = np.zeros((256 * max(n_factors, 1), n_arms), dtype=np.int64)
    whole = np.zeros(n_arms, dtype=np.int64)
    roots = np.zeros(n_arms, dtype=np.float64)
    squares = np.zeros((n_factors, n_arms), dtype=np.int64)
    for trial in range(u.shape[0]):
        counts[:] = 0
        for i in range(u.shape[1]):
            whole[:] = 0
            roots[:] = 0.0
            for f in range(n_factors):
                row = counts[offsets[f] + levels[trial, i, f]]
                if measure == RANGE:
                    # Without branches, as above; with a tie the second smallest is the smallest.
                    low, high = min(row[0], row[1]), max(row[0], row[1])
                    second = high
                    for j in range(2, n_arms):
                        second = min(second, max(low, row[j]))
                        low = min(low, row[j])
                        high = max(high, row[j])
                    for k in range(n_arms):
                        value = row[k] + stretch[k]
                        rest = second if row[k] == low else low
                        whole[k] += weights[f] * (max(high, value) - min(rest, value))
                else:
                    total = 0
                    square = 0
                    for j in range(n_arms):
                        total += row[j]
                        square += row[j] * row[j]
                    for k in range(n_arms):
                        more = stretch[k]
                        spread = n_arms * (square + more * (2 * row[k] + more)) - (total + more) ** 2
                        if measure == VARIANCE:
                            whole[k] += weights[f] * spread
                        else:
                            squares[f, k] = spread
                    if measure == SD:
                        heavy = float(weights[f])
                        for k in range(n_arms):
                            roots[k] += heavy * np.sqrt(float(squares[f, k]))
            if measure == SD:
                ties, sure = _least_root(roots, squares, weights, outside, inside)
                if not sure:
                    unsure[trial] = True
            else:
                best = whole.min()
                ties = 0
                for k in range(n_arms):
                    if whole[k] == best:
                        ties |= 1 << k
            m = u[trial, i]
            arm = 0
            for k in range(n_arms - 1):
                arm += m >= limits[ties, k]
            arm = min(arm, last[ties])
            out[trial, i] = arm
            for f in range(n_factors):
                counts[offsets[f] + levels[trial, i, f], arm] += stretch[arm]


@compiled
def _least_root(
    roots: np.ndarray, squares: np.ndarray, weights: np.ndarray, outside: np.ndarray, inside: np.ndarray
) -> tuple[int, bool]:
    """Return the tie set of the least sum of roots, and whether it is certain.

    Sums that are close are compared by their coefficients of squarefree roots, which tells ties from near ties.
    """
    n_factors, n_arms = squares.shape
    best = 0
    for k in range(1, n_arms):
        if roots[k] < roots[best]:
            best = k
    near = 1e-9 * (1.0 + roots[best])
    ties = 1 << best
    sure = True
    for k in range(n_arms):
        if k == best or roots[k] - roots[best] > near:
            continue
        tied = True
        for f in range(n_factors):
            for side in range(2):
                square = squares[f, k] if side == 0 else squares[f, best]
                if square >= inside.shape[0]:
                    return ties, False
                if square == 0:
                    continue
                free = inside[square]
                balance = 0
                for g in range(n_factors):
                    ours, theirs = squares[g, k], squares[g, best]
                    if ours < inside.shape[0] and ours > 0 and inside[ours] == free:
                        balance += weights[g] * outside[ours]
                    if theirs < inside.shape[0] and theirs > 0 and inside[theirs] == free:
                        balance -= weights[g] * outside[theirs]
                if balance != 0:
                    tied = False
        if tied:
            ties |= 1 << k
        else:
            sure = False
    return ties, sure


@compiled
def square_tables(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (outside, inside) with value == outside**2 * inside, inside squarefree, for values below size."""
    outside = np.ones(size, dtype=np.int64)
    inside = np.arange(size).astype(np.int64)
    root = 2
    while root * root < size:
        square = root * root
        for value in range(square, size, square):
            while inside[value] % square == 0:
                inside[value] //= square
                outside[value] *= root
        root += 1
    return outside, inside
