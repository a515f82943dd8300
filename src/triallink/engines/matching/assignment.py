"""An assignment under way: who has been given how much, and what is left of everything."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triallink.engines.matching import moves
from triallink.engines.matching.market import Floats, Ints, Market


@dataclass(frozen=True)
class Assignment:
    """The mutable arrays the compiled moves work on; always feasible.

    given    shape (n_edges,), units per edge.
    free     shape (n_workers, n_weeks), hours still free.
    left     shape (n_packages,), unfilled units.
    held, n_held, slot   the edges in use by worker, and where each edge stands there.
    people   shape (n_packages,), distinct workers;  sites   shape (n_workers,), distinct sites.
    floor    shape (n_edges,), units that no move may take back.
    """

    market: Market
    given: Ints
    free: Ints
    left: Ints
    held: Ints
    n_held: Ints
    slot: Ints
    people: Ints
    sites: Ints
    floor: Ints

    @classmethod
    def empty(cls, market: Market, floor: Ints | None = None) -> "Assignment":
        """Return the assignment in which nothing is done, or only what is fixed."""
        assignment = cls(
            market=market,
            given=np.zeros(market.n_edges, np.int64),
            free=market.capacity.astype(np.int64),
            left=market.units.astype(np.int64),
            held=np.zeros(market.n_edges, np.int64),
            n_held=np.zeros(market.n_workers, np.int64),
            slot=np.zeros(market.n_edges, np.int64),
            people=np.zeros(market.n_packages, np.int64),
            sites=np.zeros(market.n_workers, np.int64),
            floor=np.zeros(market.n_edges, np.int64) if floor is None else floor.astype(np.int64),
        )
        assignment.place(assignment.floor)
        if (assignment.given < assignment.floor).any():
            edge = int(np.flatnonzero(assignment.given < assignment.floor)[0])
            raise ValueError(f"the fixed booking on edge {edge} does not fit: {assignment.floor[edge]} units")
        return assignment

    def _market(self) -> tuple[NDArray[Any], ...]:
        m = self.market
        return (
            m.start, m.end, m.units, m.unfilled_cost, m.edge_package, m.edge_worker, m.edge_cost,
            m.edge_hours, m.max_workers, m.site, m.max_sites, m.worker_ptr,
        )  # fmt: skip

    def _state(self) -> tuple[NDArray[Any], ...]:
        return (
            self.given, self.free, self.left, self.held, self.n_held, self.slot, self.people, self.sites,
            self.floor,
        )  # fmt: skip

    @property
    def cost(self) -> float:
        """Cost of what is given plus cost of what is left undone."""
        undone = self.market.unfilled_cost * self.left
        return float((self.market.edge_cost * self.given).sum() + undone.sum())

    def place(self, edge_units: Ints) -> None:
        """Give edge_units (n_edges,) as far as hours and limits allow."""
        moves.place(self._market(), self._state(), edge_units, np.flatnonzero(edge_units))

    def offer(self, edges: Ints) -> None:
        """Give one edge after another as many of its unfilled units as fit, on these edges in this order."""
        wanted = np.zeros(self.market.n_edges, np.int64)
        wanted[edges] = self.market.units[self.market.edge_package[edges]]
        moves.place(self._market(), self._state(), wanted, edges)

    def give(self, edges: Ints, change: Ints) -> None:
        """Add units to (negative: take them from) edges; the caller knows that they fit."""
        moves.give(self._market(), self._state(), edges, change)

    def place_shares(self, edge_share: Floats) -> None:
        """Round shares (n_edges,) of packages to units, big packages first."""
        m = self.market
        share = np.array(edge_share, np.float64)
        moves.place_shares(self._market(), self._state(), m.edge_ptr, m.units, share, biggest_first(m))

    def fill(self, prices: Floats) -> None:
        """Give unfilled units to the best worker with room at the given worker-week prices."""
        m = self.market
        prefix = np.zeros((m.n_workers, m.n_weeks + 1))
        prefix[:, 1:] = prices.cumsum(axis=1)
        moves.fill(self._market(), self._state(), m.edge_ptr, prefix, biggest_first(m))

    def improve(self, order: Ints) -> float:
        """Run one pass of improving moves over packages in this order; return the cost saved."""
        saved, _ = moves.improve(self._market(), self._state(), self.market.edge_ptr, order)
        return float(saved)


def biggest_first(market: Market) -> Ints:
    """Packages by falling hours, because a big one no longer fits when it comes late."""
    first = np.minimum(market.edge_ptr[:-1], max(market.n_edges - 1, 0))
    hours = market.edge_hours[first] if market.n_edges else np.zeros(market.n_packages)
    return np.argsort(-(hours * market.units * (market.end - market.start)), kind="stable").astype(np.int64)
