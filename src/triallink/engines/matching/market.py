"""The clearing market: who could do which part of which work, at what cost."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Market:
    """Work packages, workers and candidate edges as arrays, in the order of their ids.

    A package consists of equal units (one unit = one person for the whole work; more units = blocks
    of hours that may go to different people). A unit takes the same hours in every week of the
    package's window from whoever does it.

    capacity        shape (n_workers, n_weeks), free hours per week.
    start, end      shape (n_packages,), first active week and the week after the last.
    units           shape (n_packages,), >= 0; 0 = withdrawn.
    unfilled_cost   shape (n_packages,), cost of leaving one unit undone.
    max_workers     shape (n_packages,), most people per package, 0 = any number.
    site            shape (n_packages,), the site at which the work is done.
    max_sites       shape (n_workers,), most different sites per worker, 0 = any number.
    edge_ptr        shape (n_packages + 1,), edges of package j are edge_ptr[j]:edge_ptr[j + 1].
    edge_worker, edge_cost, edge_hours   shape (n_edges,): who, cost of one unit for the whole
                    window, hours of one unit per week; sorted by cost within a package.
    """

    worker_id: NDArray[Any]
    package_id: NDArray[Any]
    capacity: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    units: NDArray[np.int32]
    unfilled_cost: Floats
    max_workers: NDArray[np.int32]
    site: Ints
    max_sites: NDArray[np.int32]
    edge_ptr: Ints
    edge_worker: NDArray[np.int32]
    edge_cost: Floats
    edge_hours: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        *,
        capacity: ArrayLike,
        start: ArrayLike,
        end: ArrayLike,
        unfilled_cost: ArrayLike,
        edge_package: ArrayLike,
        edge_worker: ArrayLike,
        edge_cost: ArrayLike,
        edge_hours: ArrayLike,
        units: ArrayLike | None = None,
        max_workers: ArrayLike | None = None,
        site: ArrayLike | None = None,
        max_sites: ArrayLike | None = None,
        worker_id: ArrayLike | None = None,
        package_id: ArrayLike | None = None,
    ) -> "Market":
        """Check the parts and put packages and workers in the order of their ids.

        edge_package, edge_worker   positions in the given order of packages and workers.
        worker_id, package_id       unique and sortable; given, the result of clearing does not
                                    depend on the order of the input. Default: the positions.
        Returns    Market, every array as stated on the class.
        Raises     ValueError naming the first wrong value.
        Source     model in docs/guide/matching.md.
        """
        cap = whole("capacity", capacity)
        if cap.ndim != 2:
            raise ValueError(f"capacity has shape (workers, weeks), got {cap.shape}")
        n_packages, n_workers, n_edges = np.size(start), len(cap), np.size(edge_package)
        first, last = _column("start", start, n_packages), _column("end", end, n_packages)
        _check("capacity", cap.ravel(), cap.ravel() >= 0)
        _check("start", first, (first >= 0) & (first < last))
        _check("end", last, last <= cap.shape[1])
        count = _column("units", 1 if units is None else units, n_packages)
        _check("units", count, count >= 0)
        most_workers = _column("max_workers", 0 if max_workers is None else max_workers, n_packages)
        _check("max_workers", most_workers, most_workers >= 0)
        most_sites = _column("max_sites", 0 if max_sites is None else max_sites, n_workers)
        _check("max_sites", most_sites, most_sites >= 0)
        place = np.arange(n_packages) if site is None else _column("site", site, n_packages, np.int64)
        undone = _column("unfilled_cost", unfilled_cost, n_packages, np.float64)
        _check("unfilled_cost", undone, np.isfinite(undone))
        package = _column("edge_package", edge_package, n_edges, np.int64)
        worker = _column("edge_worker", edge_worker, n_edges, np.int64)
        cost = _column("edge_cost", edge_cost, n_edges, np.float64)
        hours = _column("edge_hours", edge_hours, n_edges)
        _check("edge_package", package, (package >= 0) & (package < n_packages))
        _check("edge_worker", worker, (worker >= 0) & (worker < n_workers))
        _check("edge_cost", cost, np.isfinite(cost))
        _check("edge_hours", hours, hours > 0)
        package_order, package_rank, packages = _order(package_id, n_packages)
        worker_order, worker_rank, workers = _order(worker_id, n_workers)
        package, worker = package_rank[package], worker_rank[worker]
        by = np.lexsort((worker, cost, package))
        pair = package[by] * np.int64(max(n_workers, 1)) + worker[by]
        if len(np.unique(pair)) < len(pair):
            raise ValueError("a package and a worker are joined by two edges")
        return cls(
            worker_id=workers,
            package_id=packages,
            capacity=np.ascontiguousarray(cap[worker_order]),
            start=first[package_order],
            end=last[package_order],
            units=count[package_order],
            unfilled_cost=undone[package_order],
            max_workers=most_workers[package_order],
            site=place[package_order] if site is not None else place,
            max_sites=most_sites[worker_order],
            edge_ptr=np.searchsorted(package[by], np.arange(n_packages + 1)).astype(np.int64),
            edge_worker=worker[by].astype(np.int32),
            edge_cost=cost[by],
            edge_hours=hours[by],
        )

    def altered(self, **changes: Any) -> "Market":
        """Return the market with other hours, units or costs but the same edges, sharing their index."""
        fixed = {"edge_ptr", "edge_worker", "edge_cost", "worker_id", "package_id"} & changes.keys()
        if fixed:
            raise ValueError(f"these change the edges, use Market.of: {sorted(fixed)}")
        other = replace(self, **changes)
        other.__dict__.update(
            edge_package=self.edge_package, worker_ptr=self.worker_ptr, worker_edge=self.worker_edge
        )
        return other

    @property
    def n_workers(self) -> int:
        """Number of workers."""
        return len(self.capacity)

    @property
    def n_weeks(self) -> int:
        """Number of weeks."""
        return self.capacity.shape[1]

    @property
    def n_packages(self) -> int:
        """Number of work packages."""
        return len(self.start)

    @property
    def n_edges(self) -> int:
        """Number of candidate edges."""
        return len(self.edge_worker)

    @cached_property
    def edge_package(self) -> Ints:
        """The package of every edge."""
        return np.repeat(np.arange(self.n_packages, dtype=np.int64), np.diff(self.edge_ptr))

    @cached_property
    def worker_ptr(self) -> Ints:
        """Offsets into `worker_edge`, one more than workers."""
        counts = np.bincount(self.edge_worker, minlength=self.n_workers)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @cached_property
    def worker_edge(self) -> Ints:
        """Edges grouped by worker."""
        return np.argsort(self.edge_worker, kind="stable").astype(np.int64)


def objective(market: Market, edge_units: Ints) -> float:
    """Return the total cost of an assignment after checking every hard constraint.

    edge_units   shape (n_edges,), units of the package given to the edge's worker.
    Returns      cost of filled units plus cost of unfilled units.
    Raises       ValueError naming the broken constraint.
    Source       straight from the model, sharing no code with the solver.
    """
    given = np.asarray(edge_units, np.int64)
    if given.shape != (market.n_edges,):
        raise ValueError(f"edge_units has shape {given.shape}, not ({market.n_edges},)")
    _check("edge_units", given, given >= 0)
    filled = np.bincount(market.edge_package, weights=given, minlength=market.n_packages)
    _check("units filled of a package", filled, filled <= market.units)
    used = np.flatnonzero(given)
    package, worker = market.edge_package[used], market.edge_worker[used].astype(np.int64)
    hours = given[used] * market.edge_hours[used]
    load = np.zeros((market.n_workers, market.n_weeks + 1), np.int64)
    np.add.at(load, (worker, market.start[package]), hours)
    np.subtract.at(load, (worker, market.end[package]), hours)
    free = market.capacity - load.cumsum(axis=1)[:, :-1]
    _check("free hours after clearing", free.ravel(), free.ravel() >= 0)
    people = np.bincount(package, minlength=market.n_packages)
    _check("people of a package", people, (market.max_workers == 0) | (people <= market.max_workers))
    if market.max_sites.any():
        pairs = np.unique(np.stack([worker, market.site[package]], axis=1), axis=0)
        sites = np.bincount(pairs[:, 0], minlength=market.n_workers)
        _check("sites of a worker", sites, (market.max_sites == 0) | (sites <= market.max_sites))
    return float((market.edge_cost * given).sum() + (market.unfilled_cost * (market.units - filled)).sum())


def _check(name: str, values: NDArray[Any], is_good: NDArray[np.bool_]) -> None:
    if not is_good.all():
        at = int(np.flatnonzero(~is_good)[0])
        raise ValueError(f"{name} at position {at} must not be {values[at]}")


def whole(name: str, values: ArrayLike, kind: type = np.int32) -> NDArray[Any]:
    """Return whole numbers as such; a fraction or a number too large is refused, never cut off."""
    given = np.asarray(values)
    is_whole = np.isfinite(given) & (given == np.round(given)) if given.dtype.kind == "f" else given == given
    _check(name, given.ravel(), is_whole.ravel())
    limits = np.iinfo(kind)
    _check(name, given.ravel(), ((given >= limits.min) & (given <= limits.max)).ravel())
    return given.astype(kind)


def _column(name: str, values: ArrayLike, length: int, kind: type = np.int32) -> NDArray[Any]:
    """Return so many numbers of this kind; one number stands for all."""
    given = np.asarray(values)
    if given.shape not in {(), (length,)}:
        raise ValueError(f"{name} has shape {given.shape}, not ({length},)")
    numbers = given.astype(kind) if kind is np.float64 else whole(name, given, kind)
    return np.broadcast_to(numbers, (length,)).copy()


def _order(ids: ArrayLike | None, length: int) -> tuple[Ints, Ints, NDArray[Any]]:
    """Return the sorting order of the ids, its inverse and the sorted ids."""
    names = np.arange(length) if ids is None else np.asarray(ids)
    if names.shape != (length,):
        raise ValueError(f"{length} ids are needed, got shape {names.shape}")
    order = np.argsort(names, kind="stable")
    if (names[order][1:] == names[order][:-1]).any():
        raise ValueError("ids must be unique")
    rank = np.empty(length, np.int64)
    rank[order] = np.arange(length)
    return order, rank, names[order]
