"""A power that costs little: what the loops of adaptive rules filter with before the exact core is asked."""

from __future__ import annotations

from math import log2

import numpy as np

from .kernels import compiled

# Parts of [1, 2) and of an octave that have an entry in the tables.
PARTS = 128
LOG2_E = 1.4426950408889634
LN_2 = 0.6931471805599453
# Below this a power is taken for 2**-1000, which is nothing beside a probability.
LEAST_LOG2 = -1000.0
# The relative error stays below this times (1 + exponent).
POWER_ERROR = 1e-11

_MIDDLES = [1 + (part + 0.5) / PARTS for part in range(PARTS)]
RECIPROCALS = np.array([1 / middle for middle in _MIDDLES])
LOGARITHMS = np.array([-log2(1 / middle) for middle in _MIDDLES])
ROOTS = np.array([2 ** (part / PARTS) for part in range(PARTS)])
# Powers of two from 2**-1022 to 2**1022.
SCALES = np.array([2.0**exponent for exponent in range(-1022, 1023)])
TABLES = (RECIPROCALS, LOGARITHMS, ROOTS, SCALES)


@compiled
def powers(
    arms: tuple[int, ...],
    base: np.ndarray,
    bits: np.ndarray,
    exponent: float,
    reciprocals: np.ndarray,
    logarithms: np.ndarray,
    roots: np.ndarray,
    scales: np.ndarray,
    raw: np.ndarray,
) -> None:
    """Write base ** exponent into raw, for bases in [1e-300, 1] (a rounding error more is no harm) and exponent >= 0.

    arms    as many integers as there are bases, so that the compiler knows how many.
    bits    the same memory as base, read as int64.
    reciprocals, logarithms, roots, scales  the tables of this module.
    """
    for k in range(len(arms)):
        octave = (bits[k] >> 52) - 1023
        part = (bits[k] >> 45) & 127
        r = base[k] * scales[1022 - octave] * reciprocals[part] - 1.0
        # |r| stays below 1/256 and |p| below 1/369: these few terms err by less than 4e-13 and 3e-12.
        series = r * (1.0 - 0.5 * r + r * r * (1 / 3 - 0.25 * r))
        y = exponent * (octave + (logarithms[part] + LOG2_E * series))
        y = min(max(y, LEAST_LOG2), 1.0)
        n = int(np.floor(y * 128.0 + 0.5))
        p = (y - n * 0.0078125) * LN_2
        rest = 1.0 + p + p * p * (0.5 + p * (1 / 6))
        raw[k] = roots[n & 127] * scales[1022 + (n >> 7)] * rest
