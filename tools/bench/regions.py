"""The market cleared by region on the compute port: cost, bound and what each region costs to compute.

    .venv/bin/python tools/bench/regions.py [--quick] [--json] [--scale 0.1] [--one-person] [--dask] [--generator PATH]

First `clear` in one piece, then the same market in 1, 2, 4 and 8 regions in this process, with the processor time
of each region's calls and the bytes that travel; then 4 regions on 1, 2 and 4 processes and, with --dask, on a local
dask cluster of 2 workers. Wall time and processor time (this process, and all it started) are both printed.
"""

import argparse
import json
import pickle
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import clearing_peers as peers  # noqa: E402
import numpy as np  # noqa: E402
import reference_market as reference  # noqa: E402
from django.conf import settings  # noqa: E402

from triallink.engines.matching import Clearing, Market, clear, clear_by_region, cut_regions  # noqa: E402
from triallink.foundation.compute import held  # noqa: E402


class Meter:
    """Holds regions in this process, and counts what their calls cost and what would travel."""

    def __init__(self) -> None:
        self.seconds: dict[str, np.ndarray] = {}
        self.megabytes, self.calls = 0.0, 0

    @contextmanager
    def hold(self, markets: Sequence[Any]) -> Iterator[Any]:
        def each(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
            spent, answers = np.zeros(len(markets)), []
            for n, (market, given) in enumerate(zip(markets, arguments, strict=True)):
                began = time.process_time()
                answers.append(function(market, *given))
                spent[n] = time.process_time() - began
            if self.calls == 0:
                self.megabytes = len(pickle.dumps((arguments, answers), protocol=5)) / 1e6
            self.calls += 1
            self.seconds[function.__name__] = self.seconds.get(function.__name__, 0.0) + spent
            return answers

        yield each


def timed(solve: Callable[[], Clearing]) -> tuple[Clearing, float, float]:
    """The clearing, wall time and processor time of this process and those it started and that have ended."""

    def cpu() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    wall, spent = time.perf_counter(), cpu()
    found = solve()
    return found, time.perf_counter() - wall, cpu() - spent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="3 %% of the market, under 45 s")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--generator", default="", help="path of the reference generator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=0.0)
    parser.add_argument("--dask", action="store_true", help="also on a local dask cluster")
    parser.add_argument("--one-person", action="store_true", help="whole packages instead of 2-hour blocks")
    parser.add_argument("--regions", default="1,2,4,8", help="cuts to try in this process, comma-separated")
    parser.add_argument("--workers", default="1,2,4", help="processes to try, comma-separated")
    options = parser.parse_args()
    scale = options.scale or (0.03 if options.quick else 0.1)
    settings.configure(COMPUTE="processes")
    generator = reference.generator_path(options.generator)
    z = reference.arrays(generator, seed=options.seed, scale=scale)
    block_hours = 0 if options.one_person else 2
    market = reference.market_of(z, block_hours=block_hours)
    place = z["ll"][z["p_city"]] if "ll" in z else np.stack([z["p_trial"], z["p_s"]], axis=1)
    weight = np.diff(market.edge_ptr)
    tiny = reference.market_of(reference.own_arrays(seed=1, scale=0.002), block_hours=block_hours)
    clear(tiny, iterations=2)
    clear_by_region(tiny, np.arange(tiny.n_packages) % 2, iterations=2)
    print(f"generator: {reference.name_of(generator)}; {scale:g} of the market, {market.n_edges:,} edges")
    whole, *spent = timed(lambda: clear(market))
    line("one piece", whole, whole, *spent)
    figures: dict[str, Any] = {"packages": market.n_packages, "cost_regions": {}, "cost_workers": {}}
    for count in [int(n) for n in options.regions.split(",") if n]:
        region, meter = cut_regions(place, count, weight), Meter()
        found, *spent = timed(
            lambda region=region, meter=meter: clear_by_region(market, region, hold=meter.hold)
        )
        line(f"{count} regions here", found, whole, *spent)
        figures["cost_regions"][count] = found.cost / whole.cost - 1
        people = [len(np.unique(market.edge_worker[region[market.edge_package] == r])) for r in range(count)]
        calls = ", ".join(
            f"{name} {spent_in.min():.2f} to {spent_in.max():.2f} s"
            for name, spent_in in meter.seconds.items()
        )
        inside = sum(spent_in.sum() for spent_in in meter.seconds.values())
        print(
            f"{'':<24}per region {calls}; all regions together {inside:.1f} s of {spent[1]:.1f} s; "
            f"{meter.megabytes:.1f} MB the first step; {100 * sum(people) / market.n_workers / count:.0f} % of people in a region"
        )
    region = cut_regions(place, 4, weight)
    for workers in [int(n) for n in options.workers.split(",") if n]:
        found, *spent = timed(lambda w=workers: clear_by_region(market, region, hold=on_port(w)))
        line(f"4 regions, {workers} processes", found, whole, *spent)
        figures["cost_workers"][workers] = found.cost / whole.cost - 1
    if options.dask:
        with cluster() as address:
            settings.COMPUTE = address
            found, *spent = timed(lambda: clear_by_region(market, region, hold=on_port(None)))
            line("4 regions, dask", found, whole, *spent)
            figures["cost_dask"] = found.cost / whole.cost - 1
    if options.json:
        print(json.dumps(figures))


def on_port(workers: int | None) -> Callable[[Sequence[Market]], Any]:
    """The compute port with so many processes."""
    return lambda parts: held(parts, workers=workers)


@contextmanager
def cluster() -> Iterator[str]:
    """A dask cluster of two workers on this machine; its scheduler's address."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as found:
        yield found.scheduler_address


def line(name: str, found: Clearing, whole: Clearing, wall: float, cpu: float) -> None:
    """One row of the table."""
    print(
        f"{name:<24}{found.cost:>16,.0f}{found.bound:>16,.0f}   gap {100 * found.gap:6.3f} %   "
        f"{100 * (found.cost / whole.cost - 1):+7.3f} % of one piece{wall:>8.1f} s{cpu:>8.1f} s cpu"
        f"{peers.peak_mb():>7.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
