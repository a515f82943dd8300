"""Packages for one person each, cleared by region: people belong to regions, and packages are priced.

At given values of packages every worker chooses a set of work alone, so each region finds the sets of
the people at home in it, wherever it is computed. Values and sets do not depend on how the market is cut.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from triallink.engines.matching.market import Floats, Ints, Market
from triallink.engines.matching.patterns import Pricing, find_sets, hour_unit_of
from triallink.engines.matching.shards import Shard, cut_out


class Each(Protocol):
    """Calls function(market of region r, *arguments[r]) for every region and returns the answers in order."""

    def __call__(self, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], /) -> list[Any]:
        """Call and wait for all."""
        ...


def cut_by_home(market: Market, region: Ints) -> list[Shard]:
    """Cut a market by the region in which each worker has most candidates.

    region     shape (n_packages,), whole numbers from 0.
    Returns    a shard per region that is home to somebody; no worker is in two, packages may be.
    Raises     nothing.
    Source     dual decomposition by worker (Dantzig & Wolfe 1960).
    """
    if market.n_edges == 0:
        return []
    count = int(region.max()) + 1
    at = region[market.edge_package] * market.n_workers + market.edge_worker
    home = np.bincount(at, minlength=count * market.n_workers).reshape(count, -1).argmax(axis=0)
    edge_home = home[market.edge_worker]
    return [cut_out(market, np.flatnonzero(edge_home == r)) for r in np.unique(edge_home)]


class RegionalPricing(Pricing):
    """A pricing whose regions find their people's sets somewhere else; the state stays here."""

    def __init__(self, market: Market, prices: Floats, shards: Sequence[Shard], each: Each) -> None:
        self.market, self.shards, self.each = market, shards, each
        unit = hour_unit_of(market)
        self.parts = [Pricing(shard.market, prices[shard.workers], unit) for shard in shards]

    def __call__(
        self, value: Floats, units: NDArray[np.int32], rent: Floats, effort: tuple[int, int]
    ) -> tuple[float, Ints, tuple[Ints, Ints, Ints]]:
        """Return the bound at these values, how often each package is picked, and better sets."""
        arguments = [
            (*part.state(), value[shard.packages], units[shard.packages], rent[shard.workers], effort)
            for part, shard in zip(self.parts, self.shards, strict=True)
        ]
        count = np.zeros(self.market.n_packages, np.int64)
        worth, worker, length, edge = 0.0, [], [], []
        for part, shard, found in zip(self.parts, self.shards, self.each(find_sets, arguments), strict=True):
            part.keep(found)
            worth += found.worth
            count[shard.packages] += found.count
            worker.append(shard.workers[found.worker])
            length.append(np.diff(found.ptr))
            edge.append(shard.edges[found.edge])
        none = np.zeros(0, np.int64)
        ptr = np.cumsum(np.concatenate([[0], *length]), dtype=np.int64)
        sets = np.concatenate([none, *worker]), ptr, np.concatenate([none, *edge])
        return float(value.sum()) - worth, count, sets

    def retire(self, workers: NDArray[np.bool_]) -> None:
        """Give these workers, shape (n_workers,), no further sets."""
        for part, shard in zip(self.parts, self.shards, strict=True):
            part.retire(workers[shard.workers])
