"""Many trials of a capped design at once: the tables of the design inside, and a counter per cap and group."""

from __future__ import annotations

import numpy as np

from . import kernels_caps
from .design import Design, Factor
from .strata import Capped, Stratified
from .tables import capped_tables

# Beyond this many capped arms a state would have too many rows.
MOST_CAPPED = 6


def table_design(design: Capped) -> Design | None:
    """Return the design whose tables a capped design walks, or None if it is not made of tables."""
    inner = design.design.design if isinstance(design.design, Stratified) else design.design
    capped = {cap.arm for cap in design.caps if cap.arm is not None}
    return None if inner.looks_at == "subject" or len(capped) > MOST_CAPPED else inner


def capped_batch(
    design: Capped,
    inner: Design,
    factors: tuple[Factor, ...],
    u: np.ndarray,
    levels: np.ndarray,
    responses: np.ndarray,
    groups: np.ndarray,
    n_groups: int,
) -> np.ndarray:
    """Return the arms of many trials, shape (n_trials, n) int8.

    inner      from `table_design`; groups, n_groups the strata it runs in, or empty and 1.
    factors    those of the design, in the order of the last axis of levels.
    Raises     ValueError if a subject meets caps that leave no arm.
    Source     the definition of `batch`.
    """
    arms = tuple(sorted({design.arms.index(cap.arm) for cap in design.caps if cap.arm is not None}))
    known = capped_tables(inner, arms)
    n_caps = len(design.caps)
    starts, owners, bits = (np.zeros(n_caps, dtype=np.int64) for _ in range(3))
    strides = np.zeros((n_caps, len(factors)), dtype=np.int64)
    size = 0
    for c, cap in enumerate(design.caps):
        owners[c] = -1 if cap.arm is None else design.arms.index(cap.arm)
        bits[c] = 0 if cap.arm is None else 1 << arms.index(int(owners[c]))
        starts[c], width = size, 1
        for place, factor in enumerate(factors):
            if factor.name in cap.factors:
                strides[c, place] = width
                width *= len(factor.levels)
        size += width
    limits = np.array([cap.limit for cap in design.caps], dtype=np.int64)
    out = np.zeros(u.shape, dtype=np.int8)
    # In portions, so that the states of all strata of a portion stay within about 200 MB.
    portion = max(1, 50_000_000 // (n_groups + size))
    for start in range(0, len(u), portion):
        part = slice(start, start + portion)
        n_trials = len(u[part])
        current = np.zeros((n_trials, n_groups), dtype=np.int32)
        used = np.zeros((n_trials, size), dtype=np.int64)
        reached, standing = np.zeros(n_trials, dtype=np.int64), np.zeros(n_trials, dtype=np.int64)
        while True:
            answer = kernels_caps.walk_capped(
                *known.arrays(),
                u[part],
                groups[part] if groups.size else groups,
                responses[part] if responses.size else responses,
                levels[part],
                limits,
                bits,
                owners,
                starts,
                strides,
                len(known.closings),
                current,
                used,
                reached,
                standing,
                out[part],
            )
            if answer == kernels_caps.FULL:
                raise ValueError(
                    f"no arm is left for a subject: a cap on all arms is reached within {u.shape[1]}"
                )
            if answer == kernels_caps.ENDED:
                break
            known.expand(np.unique(standing[standing >= 0]))
    return out
