"""The situations a design can be in after every subject, and how they lead to one another, in arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .chain import RARE
from .design import Design
from .edges import MOST_NUMBERS, edges_of, is_unbounded


@dataclass(frozen=True, slots=True)
class Layer:
    """All situations after i subjects that have positive probability, and how they lead to the next layer.

    counts      shape (n_nodes, n_arms), subjects.
    chances     shape (n_nodes, n_arms), conditional probability of every arm for subject i + 1.
    source, target, share  one entry per edge: node here, node in the next layer, conditional probability.
    certain     shape (n_nodes,), whether one arm is certain.
    """

    counts: np.ndarray
    chances: np.ndarray
    certain: np.ndarray
    source: np.ndarray
    target: np.ndarray
    share: np.ndarray
    n_next: int


def layers(design: Design, n: int, max_states: int) -> list[Layer]:
    """Return the layers of a design for subjects 1..n.

    design      looks at earlier allocations only.
    n           subjects, >= 1.
    max_states  refuse beyond this many situations in all.
    Returns     n + 1 layers; layer i has the situations after i subjects.
    Raises      ValueError if the design is exhausted before n, or there are too many situations.
    Source      enumeration; tests compare every kind of edges with `Design.outcomes`.
    """
    edges = edges_of(design, n)
    rare = RARE if is_unbounded(design) else 0.0
    counts = np.zeros((1, len(design.arms)), dtype=np.int64)
    states = np.zeros(1, dtype=np.int64)
    masses: np.ndarray = np.ones(1)
    made: list[Layer] = []
    seen = 1
    for _ in range(n):
        chances, certain, source, arm, following, share = edges.leaving(counts, states)
        if rare:
            met = share * masses[source] >= rare
            source, arm, following, share = source[met], arm[met], following[met], share[met]
        after = counts[source]
        after[np.arange(len(arm)), arm] += 1
        first, target = _situations(after, following)
        made.append(
            Layer(
                counts,
                chances,
                certain,
                source.astype(np.int32),
                target.astype(np.int32),
                share,
                len(first),
            )
        )
        masses = np.bincount(target, share * masses[source], len(first))
        counts, states = after[first], following[first]
        seen += len(states)
        if seen > max_states:
            raise ValueError(f"{design.procedure} has more than {max_states} situations within {n} subjects")
    nothing = np.zeros(0, dtype=np.int32)
    zeros = np.zeros(counts.shape)
    made.append(Layer(counts, zeros, zeros[:, 0] > 0, nothing, nothing, np.zeros(0), 0))
    return made


def _situations(counts: np.ndarray, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of every different (counts, state) and the number of each row's situation."""
    base = int(counts.sum(axis=1).max()) + 1
    wide = base ** (counts.shape[1] - 1) >= MOST_NUMBERS
    code = np.zeros(len(counts), dtype=object if wide else np.int64)
    for arm in range(counts.shape[1] - 1):  # the last count follows from the others
        code = code * base + counts[:, arm]
    _, place = np.unique(code, return_inverse=True)
    n_places = int(place.max()) + 1
    if int(states.max()) >= MOST_NUMBERS // n_places:
        _, states = np.unique(states, return_inverse=True)
    _, first, number = np.unique(states * n_places + place, return_index=True, return_inverse=True)
    return first, number


def scaled_deviation(counts: np.ndarray, ratio: tuple[int, ...]) -> np.ndarray:
    """Return total * count - n * share for rows of counts, shape as counts, integers."""
    shares = np.array(ratio, dtype=np.int64)
    return counts * shares.sum() - counts.sum(axis=1, keepdims=True) * shares
