"""Many p-values of one site as one, and which sites and findings stand when many are looked at."""

import numpy as np

from triallink.engines.monitoring.roster import Array

# A single p-value of one would outweigh everything else in Cauchy's sum.
_LARGEST = 0.99
_SMALLEST = 1e-300


def cauchy(p: Array, weights: Array) -> Array:
    """Return one p-value per row; valid for small p whatever the dependence between the p-values.

    p        shape (n, k); NaN where a test could not run: it counts neither for nor against.
    weights  shape (k,), >= 0.
    Returns  shape (n,); NaN where no test ran.
    Source   Liu, Xie (2020), JASA 115.
    """
    known = ~np.isnan(p)
    clipped = np.clip(np.where(known, p, 0.5), _SMALLEST, _LARGEST)
    term = np.where(clipped < 1e-8, 1 / (np.pi * clipped), np.tan(np.pi * (0.5 - clipped)))
    weight = known * weights
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (term * weight).sum(axis=1) / total
        combined = np.where(mean > 1e8, 1 / (np.pi * mean), 0.5 - np.arctan(mean) / np.pi)
    return np.where(total > 0, combined, np.nan)


def false_discovery(p: Array) -> Array:
    """Return p-values adjusted for the false discovery rate; NaN where there is none.

    p       shape (n,).
    Source  Benjamini, Hochberg (1995), JRSS B 57, step-up.
    """
    adjusted = np.full(p.shape, np.nan)
    at = np.flatnonzero(~np.isnan(p))
    order = at[np.argsort(p[at], kind="stable")[::-1]]
    ranks = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum.accumulate(np.minimum(p[order] * len(order) / ranks, 1.0))
    return adjusted
