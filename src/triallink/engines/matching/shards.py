"""Parts of a market that share no worker, cleared side by side."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from triallink.engines.matching.market import Ints, Market

OWN_SHARE = 0.08  # a component with at least this share of the edges is a shard of its own


@dataclass(frozen=True)
class Shard:
    """A market of its own and where its rows come from in the whole."""

    market: Market
    workers: Ints
    packages: Ints
    edges: Ints


def split(market: Market) -> list[Shard]:
    """Return independent parts: each large connected component, and the small ones together.

    The parts depend on the market alone, never on how many threads there are, so the result of a
    clearing does not either.

    Returns    shards in falling order of edges; workers and packages without an edge are in none.
    Raises     nothing.
    Source     connected components of the candidate graph.
    """
    if market.n_edges == 0:
        return []
    n = market.n_packages + market.n_workers
    rows, columns = market.edge_package, market.n_packages + market.edge_worker.astype(np.int64)
    graph = coo_array((np.ones(market.n_edges, np.int8), (rows, columns)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    edge_label = label[market.edge_package]
    size = np.bincount(edge_label, minlength=label.max() + 1)
    large = np.flatnonzero(size >= OWN_SHARE * market.n_edges)
    large = large[np.lexsort((large, -size[large]))]
    group = np.full(len(size), len(large))
    group[large] = np.arange(len(large))
    return [
        cut_out(market, np.flatnonzero(group[edge_label] == number))
        for number in range(len(large) + 1)
        if (group[edge_label] == number).any()
    ]


def cut_out(market: Market, edges: Ints) -> Shard:
    """Cut out the market of these edges, keeping every order."""
    packages, package_of = np.unique(market.edge_package[edges], return_inverse=True)
    workers, worker_of = np.unique(market.edge_worker[edges], return_inverse=True)
    part = replace(
        market,
        worker_id=market.worker_id[workers],
        package_id=market.package_id[packages],
        capacity=np.ascontiguousarray(market.capacity[workers]),
        start=market.start[packages],
        end=market.end[packages],
        units=market.units[packages],
        unfilled_cost=market.unfilled_cost[packages],
        max_workers=market.max_workers[packages],
        site=market.site[packages],
        max_sites=market.max_sites[workers],
        edge_ptr=np.searchsorted(package_of, np.arange(len(packages) + 1)).astype(np.int64),
        edge_worker=worker_of.astype(np.int32),
        edge_cost=market.edge_cost[edges],
        edge_hours=market.edge_hours[edges],
    )
    return Shard(part, workers.astype(np.int64), packages, edges)
