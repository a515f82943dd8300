"""Who gets the work, and what a quota for newcomers costs."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from triallink.engines.matching.clearing import Clearing, clear
from triallink.engines.matching.market import Floats, Market, objective
from triallink.engines.matching.progress import Watch


@dataclass(frozen=True)
class GroupShare:
    """One group's part of the free hours and of the work; parity 1 = as much work as hours."""

    group: object
    workers: int
    hours_free: int
    hours_given: int
    share_of_hours: float
    share_of_work: float

    @property
    def parity(self) -> float:
        """Share of work over share of free hours."""
        return self.share_of_work / self.share_of_hours if self.share_of_hours else 0.0


@dataclass(frozen=True)
class QuotaClearing:
    """A clearing that gives a group at least its quota.

    clearing      certificate at the market's own costs (its bound ignores the quota).
    share         the group's share of the hours of work.
    extra_cost    what the quota adds to the cost, compared with clearing without it.
    subsidy       cost per hour taken off the group's work to reach it.
    is_reached    False if even the greatest subsidy does not reach the quota.
    """

    clearing: Clearing
    share: float
    extra_cost: float
    subsidy: float
    is_reached: bool


def hours_given(clearing: Clearing) -> NDArray[np.int64]:
    """Return the hours each worker got over the whole horizon, shape (n_workers,)."""
    m = clearing.market
    hours = clearing.edge_units * m.edge_hours * (m.end - m.start)[m.edge_package]
    return np.bincount(m.edge_worker, weights=hours, minlength=m.n_workers).astype(np.int64)


def report(clearing: Clearing, worker_group: ArrayLike) -> tuple[GroupShare, ...]:
    """Return who got the work, by group (size of supplier, region, newcomers …).

    worker_group   shape (n_workers,), a label per worker in the market's order.
    Returns        a GroupShare per label, in the order of the labels; shares add up to 1.
    Raises         ValueError if the labels do not match the workers.
    Source         –
    """
    labels = np.asarray(worker_group)
    if labels.shape != (clearing.market.n_workers,):
        raise ValueError(f"{clearing.market.n_workers} labels are needed, got shape {labels.shape}")
    free, given = clearing.market.capacity.sum(axis=1, dtype=np.int64), hours_given(clearing)
    shares = []
    for label in np.unique(labels):
        here = labels == label
        shares.append(
            GroupShare(
                group=label.item() if hasattr(label, "item") else label,
                workers=int(here.sum()),
                hours_free=int(free[here].sum()),
                hours_given=int(given[here].sum()),
                share_of_hours=float(free[here].sum() / max(free.sum(), 1)),
                share_of_work=float(given[here].sum() / max(given.sum(), 1)),
            )
        )
    return tuple(shares)


def concentration(values: Floats | NDArray[np.int64]) -> float:
    """Return the Gini coefficient of non-negative values: 0 = equal, towards 1 = all with one.

    Raises    ValueError if a value is negative.
    Source    Gini (1912), in its sorted form.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    if len(ordered) and ordered[0] < 0:
        raise ValueError(f"values must not be negative, got {ordered[0]!r}")
    if ordered.sum() == 0:
        return 0.0
    n = len(ordered)
    return float((2 * (np.arange(1, n + 1) * ordered).sum() / ordered.sum() - n - 1) / n)


def clear_with_quota(
    market: Market,
    in_group: NDArray[np.bool_],
    quota: float,
    *,
    steps: int = 7,
    seed: int = 0,
    iterations: int = 300,
    watch: Watch | None = None,
) -> QuotaClearing:
    """Clear so that a group of workers gets at least a share of the work, and show what that costs.

    in_group   shape (n_workers,), for example newcomers, or a supplier with a promised share.
    quota      share of the hours of work, 0 to 1.
    steps      halvings of the subsidy after its range is known.
    Returns    QuotaClearing with the smallest subsidy found that reaches the quota.
    Raises     ValueError if quota is outside 0 to 1.
    Source     Lagrangian price of one side constraint, found by bisection.
    """
    if not 0 <= quota <= 1:
        raise ValueError(f"a quota lies in 0 to 1, got {quota!r}")
    plain = clear(market, seed=seed, iterations=iterations, watch=watch)
    best = plain
    if _share(plain, in_group) >= quota:
        return QuotaClearing(plain, _share(plain, in_group), 0.0, 0.0, True)
    hours = market.edge_hours * (market.end - market.start)[market.edge_package]
    worth = (market.unfilled_cost[market.edge_package] - market.edge_cost) / hours
    low, high, is_reached, best_subsidy = 0.0, max(float(worth.max(initial=1.0)), 1.0), False, 0.0
    for step in range(steps + 1):
        subsidy = high if step == 0 else (low + high) / 2
        found = _subsidized(market, in_group, subsidy, hours, seed, iterations, watch)
        if _share(found, in_group) >= quota:
            best, best_subsidy, is_reached, high = found, subsidy, True, subsidy
        else:
            low = subsidy
            if step == 0:
                best, best_subsidy = found, subsidy
                break
    best = replace(best, bound=plain.bound, prices=plain.prices)
    return QuotaClearing(best, _share(best, in_group), best.cost - plain.cost, best_subsidy, is_reached)


def _share(clearing: Clearing, in_group: NDArray[np.bool_]) -> float:
    given = hours_given(clearing)
    return float(given[in_group].sum() / max(given.sum(), 1))


def _subsidized(
    market: Market,
    in_group: NDArray[np.bool_],
    subsidy: float,
    hours: NDArray[np.int64],
    seed: int,
    iterations: int,
    watch: Watch | None,
) -> Clearing:
    cost = market.edge_cost - subsidy * hours * in_group[market.edge_worker]
    order = np.lexsort((market.edge_worker, cost, market.edge_package))
    cheaper = replace(
        market,
        edge_worker=market.edge_worker[order],
        edge_cost=cost[order],
        edge_hours=market.edge_hours[order],
    )
    found = clear(cheaper, seed=seed, iterations=iterations, watch=watch)
    edge_units = np.empty(market.n_edges, np.int64)
    edge_units[order] = found.edge_units
    return Clearing(market, edge_units, found.prices, objective(market, edge_units), found.bound)
