"""Comparing survival of several groups: the log-rank test, weighted, stratified, for trend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from triallink.engines.survival.observations import (
    Array,
    Integers,
    Observations,
    labels_of,
    observations,
    strata_of,
)

Weight = Literal["logrank", "gehan", "tarone-ware", "peto"]


@dataclass(frozen=True)
class LogRank:
    """The outcome of a log-rank test.

    groups      labels, in order.
    observed, expected  shape (groups,), events, weighted when the test is.
    covariance  shape (groups, groups), of observed minus expected.
    chi_square, df, p_value  two-sided; z is signed for two groups: positive when the first has more events than expected.
    """

    groups: tuple[Any, ...]
    n: tuple[int, ...]
    observed: Array
    expected: Array
    covariance: Array
    chi_square: float
    df: int
    p_value: float

    @property
    def z(self) -> float:
        """Return the signed statistic of two groups.

        Raises  ValueError for more than two.
        """
        if len(self.groups) != 2:
            raise ValueError(f"{len(self.groups)} groups have no sign")
        return float(np.sign(self.observed[0] - self.expected[0]) * np.sqrt(self.chi_square))


def logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | Sequence[ArrayLike] | None = None,
    entry: ArrayLike | None = None,
    weight: Weight = "logrank",
    rho: float = 0.0,
    gamma: float = 0.0,
    scores: Sequence[float] | None = None,
) -> LogRank:
    """Return the test of equal survival in two or more groups.

    time, event, entry  shape (n,), see `kaplan_meier`.
    group    shape (n,), labels.
    strata   shape (n,) or several such rows, crossed; groups are compared within strata only.
    weight   of each event time: 1, subjects at risk (Gehan, Breslow), its root (Tarone, Ware), Peto's estimate of survival.
    rho, gamma  Fleming and Harrington's weight S(t-)**rho * (1 - S(t-))**gamma, of the strata's pooled survival.
    scores   one per group in the order of the labels: a test for trend with one degree of freedom.
    Raises   ValueError for fewer than two groups, no event, both kinds of weight, or malformed observations.
    Source   Kalbfleisch, Prentice (2002), 1.5; Harrington, Fleming (1982), Biometrika 69; Tarone (1975) for trend;
             R survival 3.5 survdiff (survival_results.json).
    """
    seen = observations(time, event, entry)
    groups, index = labels_of(group, seen.n, "group")
    if len(groups) < 2:
        raise ValueError(f"a test needs two groups, not {groups}")
    if weight != "logrank" and (rho or gamma):
        raise ValueError(f"weight {weight!r} and rho {rho}, gamma {gamma} exclude each other")
    if not seen.event.any():
        raise ValueError("there is no event")
    if scores is not None and len(scores) != len(groups):
        raise ValueError(f"scores must be {len(groups)}, one per group, not {len(scores)}")
    observed, expected = np.zeros(len(groups)), np.zeros(len(groups))
    covariance = np.zeros((len(groups), len(groups)))
    stratum = strata_of(strata, seen.n)
    for each in range(stratum.max() + 1):
        inside = stratum == each
        if seen.event[inside].any():
            parts = _stratum(seen.of(inside), index[inside], len(groups), weight, rho, gamma)
            observed, expected, covariance = (
                total + part for total, part in zip((observed, expected, covariance), parts, strict=True)
            )
    chi_square, df = _statistic(observed - expected, covariance, expected > 0, scores)
    sizes = tuple(np.bincount(index, minlength=len(groups)).tolist())
    return LogRank(
        tuple(groups), sizes, observed, expected, covariance, chi_square, df, float(chdtrc(df, chi_square))
    )


def _stratum(
    seen: Observations, index: Integers, groups: int, weight: Weight, rho: float, gamma: float
) -> tuple[Array, Array, Array]:
    times = np.unique(seen.time[seen.event])
    member = np.eye(groups)[index]
    at_risk = seen.at_risk(times, member)
    events = np.zeros((len(times), groups))
    np.add.at(events, (np.searchsorted(times, seen.time[seen.event]), index[seen.event]), 1.0)
    risk, deaths = at_risk.sum(axis=1), events.sum(axis=1)
    weights = _weights(risk, deaths, weight, rho, gamma)
    share = at_risk / risk[:, None]
    # One subject at risk alone compares with nobody: its variance is 0, not 0/0.
    spread = weights**2 * deaths * (risk - deaths) / np.maximum(risk - 1, 1)
    covariance = np.diag(spread @ share) - np.einsum("k,ki,kj->ij", spread, share, share)
    return weights @ events, weights @ (share * deaths[:, None]), covariance


def _weights(risk: Array, deaths: Array, weight: Weight, rho: float, gamma: float) -> Array:
    if weight == "gehan":
        return risk
    if weight == "tarone-ware":
        root: Array = np.sqrt(risk)
        return root
    if weight == "peto":
        peto: Array = np.cumprod(1 - deaths / (risk + 1), dtype=np.float64)
        return peto
    if weight != "logrank":
        raise ValueError(f"weight must be logrank, gehan, tarone-ware or peto, not {weight!r}")
    before = np.concatenate(([1.0], np.cumprod(1 - deaths / risk)[:-1]))
    result: Array = before**rho * (1 - before) ** gamma
    return result


def _statistic(
    excess: Array, covariance: Array, compared: np.ndarray, scores: Sequence[float] | None
) -> tuple[float, int]:
    if scores is not None:
        slopes = np.asarray(scores, dtype=np.float64)
        variance = float(slopes @ covariance @ slopes)
        if variance <= 0:
            raise ValueError(f"scores {list(scores)} do not tell the groups apart")
        return float(slopes @ excess) ** 2 / variance, 1
    kept = np.flatnonzero(compared)[1:]
    if not len(kept):
        raise ValueError("events happened only where one group was at risk")
    inner = covariance[np.ix_(kept, kept)]
    df = int(np.linalg.matrix_rank(inner))
    if not df:
        raise ValueError("nobody of another group was at risk at any event")
    return float(excess[kept] @ np.linalg.pinv(inner) @ excess[kept]), df
