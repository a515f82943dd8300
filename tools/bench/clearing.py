"""Clear the reference market and say how far from proven: ours beside HiGHS, CP-SAT and flows.

    .venv/bin/python tools/bench/clearing.py [--quick] [--json] [--generator PATH] [--seed N …]

Wall time and process time (all threads) are both printed, because the machine may be shared. The
JSON line is about the largest market in 2-hour blocks; `one_person_gap` about one person per package.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import clearing_peers as peers  # noqa: E402
import reference_market as reference  # noqa: E402

from triallink.engines.matching import Watch, clear  # noqa: E402


def ours(z: dict[str, Any], block_hours: int, seconds: float) -> peers.Result:
    market = reference.market_of(z, block_hours=block_hours)
    clear(reference.market_of(reference.own_arrays(seed=1, scale=0.002), block_hours=2), iterations=2)
    # The clock starts after the compiled code has been loaded (the first time: compiled).
    wall, cpu = time.perf_counter(), time.process_time()
    watch = Watch(elapsed=lambda: time.perf_counter() - wall, seconds=seconds)
    found = clear(market, watch=watch)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    return peers.Result("Trial.Link", *spent, found.cost, found.bound, peers.peak_mb())


def peer(name: str, z: dict[str, Any], block_hours: int, seconds: float) -> peers.Result:
    market = reference.market_of(z, block_hours=block_hours)
    if name == "flow":
        return peers.weekly_flow(market, seconds)
    if name == "cp_sat":
        return peers.cp_sat(market, seconds)
    return peers.highs(market, seconds, relaxed=name == "lp")


def apart(function: Any, *arguments: Any) -> peers.Result:
    """Run in a fresh process, so that peak memory is the method's own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def line(instance: str, result: peers.Result, bound: float) -> str:
    cost = "-" if result.cost is None else f"{result.cost:,.0f}"
    own = "-" if result.bound is None else f"{result.bound:,.0f}"
    gap = "-" if result.cost is None else f"{100 * (result.cost - bound) / abs(bound):.3f} %"
    return (
        f"{instance:<26}{result.method:<15}{result.seconds:>7.1f} s{result.cpu_seconds:>8.1f} s cpu"
        f"{cost:>18}{own:>18}{gap:>11}{result.peak_mb:>8.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 % of the market, under 45 s")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--generator", default="", help="path of the reference generator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--utilization", type=float, default=0.62)
    parser.add_argument("--scales", default="", help="comma-separated shares of the market, e.g. 0.1,1,3")
    parser.add_argument("--seconds", type=float, default=0.0, help="time limit per method")
    options = parser.parse_args()
    generator = reference.generator_path(options.generator)
    scales = [float(s) for s in (options.scales or ("0.03" if options.quick else "0.1,1")).split(",")]
    seconds = options.seconds or (8.0 if options.quick else 60.0)
    print(f"generator: {generator.name if generator else 'own'}; {seconds:.0f} s per method")
    figures: dict[str, Any] = {}
    for scale in scales:
        z = reference.arrays(generator, seed=options.seed, scale=scale, utilization=options.utilization)
        for block_hours in (2, 0):
            name = f"{scale:g} x, " + ("2-hour blocks" if block_hours else "one person")
            mine = apart(ours, z, block_hours, seconds)
            rivals = ["mip", "cp_sat"] if block_hours or not options.quick else []
            rivals += ["flow", "lp"] if block_hours and not options.quick else []
            results = [mine, *(apart(peer, rival, z, block_hours, seconds) for rival in rivals)]
            bound = max(r.bound for r in results if r.bound is not None)
            for result in results:
                print(line(name, result, bound), flush=True)
            assert mine.cost is not None
            assert mine.bound is not None
            gap = (mine.cost - mine.bound) / abs(mine.bound)
            if block_hours:
                costs = [(r.cost - bound) / abs(bound) for r in results[1:] if r.cost is not None]
                figures = {
                    "gap": gap, "seconds": mine.seconds, "cpu_seconds": mine.cpu_seconds,
                    "peak_mb": mine.peak_mb, "packages": len(z["p_h"]), "peer_gap": min(costs, default=None),
                }  # fmt: skip
            else:
                figures["one_person_gap"] = gap
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
