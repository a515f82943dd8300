"""The terms of Cox's partial likelihood under three ways of treating tied events."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from triallink.engines.survival.observations import Array, Observations

Ties = Literal["efron", "breslow", "exact"]


@dataclass(frozen=True)
class Terms:
    """What each event (or, under "exact", each event time) compares its covariates with.

    times      shape (k,).
    logs       shape (k,), logarithm of the denominator.
    means      shape (k, p), expected covariates.
    variances  shape (k, p, p), their covariance.
    """

    times: Array
    logs: Array
    means: Array
    variances: Array


def terms(seen: Observations, x: Array, beta: Array, ties: Ties) -> Terms:
    """Return the terms of one stratum.

    x        shape (n, p).
    beta     shape (p,).
    Raises   ValueError for an unknown way of treating ties, or "exact" with late entries.
    Source   Efron (1977), JASA 72; Breslow (1974), Biometrics 30; Cox (1972) for the exact discrete likelihood, which
             SAS calls TIES=DISCRETE, by the recursion of Gail, Lubin, Rubinstein (1981), Biometrika 68.
    """
    if ties not in ("efron", "breslow", "exact"):
        raise ValueError(f"ties must be efron, breslow or exact, not {ties!r}")
    if ties == "exact":
        return _exact(seen, x, beta)
    risk = np.exp(x @ beta)
    times, place = np.unique(seen.time[seen.event], return_inverse=True)
    first, second = risk[:, None] * x, risk[:, None, None] * x[:, :, None] * x[:, None, :]
    sums = [seen.at_risk(times, amount)[place] for amount in (risk, first, second)]
    if ties == "efron":
        share = _share_already_gone(place)
        for i, amount in enumerate((risk, first, second)):
            dying = np.zeros((len(times), *amount.shape[1:]))
            np.add.at(dying, place, amount[seen.event])
            sums[i] = sums[i] - share.reshape(-1, *[1] * (amount.ndim - 1)) * dying[place]
    total, linear, square = sums
    means = linear / total[:, None]
    variances = square / total[:, None, None] - means[:, :, None] * means[:, None, :]
    return Terms(times[place], np.log(total), means, variances)


def _share_already_gone(place: np.ndarray) -> Array:
    """Return l/d for the l-th (from 0) of the d events at one time."""
    order = np.argsort(place, kind="stable")
    counts = np.bincount(place)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    share = np.empty(len(place))
    share[order] = (np.arange(len(place)) - starts) / np.repeat(counts, counts)
    return share


def _exact(seen: Observations, x: Array, beta: Array) -> Terms:
    """Return the terms whose denominators sum over all sets of subjects at risk as large as that of the events."""
    if seen.has_late_entry:
        raise ValueError("ties='exact' knows no late entry; take efron or breslow")
    times, counts = np.unique(seen.time[seen.event], return_counts=True)
    most, p = int(counts.max()), x.shape[1]
    # Divided by n the symmetric functions stay near 1/j! and never leave the range of numbers.
    risk = np.exp(x @ beta) / seen.n
    sets = np.zeros(most + 1)
    sets[0] = 1.0
    slopes, curves = np.zeros((most + 1, p)), np.zeros((most + 1, p, p))
    logs, means, variances = np.zeros(len(times)), np.zeros((len(times), p)), np.zeros((len(times), p, p))
    order = np.argsort(-seen.time, kind="stable")
    added = 0
    for k in range(len(times) - 1, -1, -1):
        while added < seen.n and seen.time[order[added]] >= times[k]:
            r, row = risk[order[added]], x[order[added]]
            cross = row[None, :, None] * slopes[:-1, None, :]
            curves[1:] += r * (
                curves[:-1] + cross + cross.transpose(0, 2, 1) + sets[:-1, None, None] * np.outer(row, row)
            )
            slopes[1:] += r * (slopes[:-1] + sets[:-1, None] * row)
            sets[1:] += r * sets[:-1]
            added += 1
        d = counts[k]
        means[k] = slopes[d] / sets[d]
        variances[k] = curves[d] / sets[d] - np.outer(means[k], means[k])
        logs[k] = np.log(sets[d]) + d * np.log(seen.n)
    return Terms(times, logs, means, variances)
