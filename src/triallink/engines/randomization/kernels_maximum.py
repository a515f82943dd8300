"""The compiled recursion of the largest imbalance on the way: for every level, the probability of never exceeding it."""

from __future__ import annotations

import numpy as np

from .kernels import compiled

# Levels carried at a time, so that a layer's probabilities stay in the processor's cache.
PORTION = 256


@compiled
def shortfall(
    begins: np.ndarray,
    entering: np.ndarray,
    source: np.ndarray,
    share: np.ndarray,
    met: np.ndarray,
    mass: np.ndarray,
    gaps: np.ndarray,
) -> np.ndarray:
    """Return for every layer the sum over levels of gap * P(some level beyond this one was met).

    begins    (n_layers + 1,) int64, the first node of every layer among all nodes.
    entering  (n_nodes + 1,) int64, the first edge that enters every node; nodes in order.
    source    (n_edges,) int64, the node an edge leaves, among all nodes.
    share     (n_edges,) float64, its conditional probability.
    met       (n_nodes,) int64, the level of every node's imbalance.
    mass      (n_nodes,) float64, its probability.
    gaps      (n_levels,) float64, the distance of every level to the next.
    """
    n_layers, n_levels = begins.shape[0] - 1, gaps.shape[0]
    found = np.zeros(n_layers)
    widest = 0
    furthest = np.zeros(n_layers, dtype=np.int64)
    for layer in range(n_layers):
        widest = max(widest, begins[layer + 1] - begins[layer])
        for node in range(begins[layer], begins[layer + 1]):
            furthest[layer] = max(furthest[layer], met[node])
    before = np.zeros((widest, PORTION))
    after = np.zeros((widest, PORTION))
    below = np.zeros(PORTION)
    for low in range(0, n_levels, PORTION):
        high = min(low + PORTION, n_levels)
        # Until a layer goes beyond the lowest of these levels none of them can have been exceeded.
        first = 1
        while first < n_layers and furthest[first] <= low:
            first += 1
        if first >= n_layers:
            break
        for node in range(begins[first - 1], begins[first]):
            before[node - begins[first - 1]] = mass[node]
        for layer in range(first, n_layers):
            here, there = begins[layer - 1], begins[layer]
            below[:] = 0.0
            for node in range(there, begins[layer + 1]):
                row = after[node - there]
                if met[node] >= high:
                    row[:] = 0.0
                    continue
                # Slices from zero let the compiler see that no index is negative, which the inner loops need to be fast.
                start = max(0, met[node] - low)
                width = high - low - start
                row[:start] = 0.0
                kept = row[start:]
                total = below[start:]
                # Edges two at a time: every pass over a row is a pass over memory.
                edge, end = entering[node], entering[node + 1]
                if end - edge == 2:
                    old, each = before[source[edge] - here, start:], share[edge]
                    last, other = before[source[edge + 1] - here, start:], share[edge + 1]
                    for level in range(width):
                        kept[level] = each * old[level] + other * last[level]
                elif end - edge == 1:
                    old, each = before[source[edge] - here, start:], share[edge]
                    for level in range(width):
                        kept[level] = each * old[level]
                else:
                    kept[:] = 0.0
                    for each_edge in range(edge, end):
                        old, each = before[source[each_edge] - here, start:], share[each_edge]
                        for level in range(width):
                            kept[level] += each * old[level]
                for level in range(width):
                    total[level] += kept[level]
            for level in range(high - low):
                found[layer] += gaps[low + level] * max(0.0, 1.0 - below[level])
            before, after = after, before
    return found
