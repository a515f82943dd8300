"""What the clearing driver runs in a process of its own: ours, a re-clearing, a peer, a small truth."""

import time
from dataclasses import dataclass
from typing import Any

import bench_clock
import clearing_peers as peers
import numpy as np
import reference_market as reference

from triallink.engines.matching import Clearing, Market, Watch, clear, reclear

CHURN_COST = 50.0  # what moving a unit to somebody else costs after the illness
SMALL_SCALE = 0.0012  # 42 workers, 60 packages


@dataclass(frozen=True)
class Repeated:
    """A clearing again after the busiest worker fell ill."""

    result: peers.Result
    moved: int
    dropped: int


def warm_up() -> None:
    """Load the compiled code (the first time: compile it), so that the clock does not count it."""
    tiny = reference.own_arrays(seed=1, scale=0.002)
    for block_hours in (2, 0):
        found = clear(reference.market_of(tiny, block_hours=block_hours), iterations=2)
        again_after_illness(found)


def clear_market(
    z: dict[str, Any], block_hours: int, seconds: float, clock: str, again: bool
) -> tuple[peers.Result, Repeated | None]:
    """Clear once within the time; then, if asked, again after an illness."""
    market = reference.market_of(z, block_hours=block_hours)
    warm_up()
    wall, cpu = time.perf_counter(), time.process_time()
    found = clear(market, watch=Watch(elapsed=bench_clock.CLOCKS[clock](), seconds=seconds))
    spent = time.perf_counter() - wall, time.process_time() - cpu
    result = peers.Result("Trial.Link", *spent, found.cost, found.bound, peers.peak_mb())
    return result, again_after_illness(found) if again else None


def again_after_illness(found: Clearing) -> Repeated:
    """The busiest worker is away from now on."""
    m = found.market
    hours = np.bincount(m.edge_worker, weights=found.edge_units * m.edge_hours, minlength=m.n_workers)
    capacity = m.capacity.copy()
    capacity[int(hours.argmax())] = 0
    ill = m.altered(capacity=capacity)
    wall, cpu = time.perf_counter(), time.process_time()
    after = reclear(found, ill, churn_cost=CHURN_COST)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    result = peers.Result("again", *spent, after.clearing.cost, after.clearing.bound, peers.peak_mb())
    return Repeated(result, after.moved_units, after.dropped_units)


def peer(name: str, z: dict[str, Any], block_hours: int, seconds: float) -> peers.Result:
    """Another method on the same market."""
    market = reference.market_of(z, block_hours=block_hours)
    if name == "flow":
        return peers.weekly_flow(market, seconds)
    if name == "cp_sat":
        return peers.cp_sat(market, seconds)
    return peers.highs(market, seconds, relaxed=name == "lp")


def beside_optimum(seed: int, block_hours: int, seconds: float) -> tuple[peers.Result, peers.Result]:
    """Ours and CP-SAT, which proves the optimum, on a small market of our own generator."""
    market = _scarce(
        reference.market_of(reference.own_arrays(seed=seed, scale=SMALL_SCALE), block_hours=block_hours)
    )
    warm_up()
    wall, cpu = time.perf_counter(), time.process_time()
    found = clear(market, seed=seed)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    ours = peers.Result("Trial.Link", *spent, found.cost, found.bound, peers.peak_mb())
    return ours, peers.cp_sat(market, seconds)


def _scarce(market: Market) -> Market:
    """Half the hours, so that people compete for work and work for people."""
    return market.altered(capacity=market.capacity // 4 * 2)
