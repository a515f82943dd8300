"""Winner determination: one large request to proven optimality, and all requests of the market at once.

    .venv/bin/python tools/bench/awards.py [--quick] [--json] [--generator PATH]

The JSON line: `gap`, `seconds`, `bids` of the single request (beside CP-SAT as peer), and the same
with the prefix `coupled_` for all requests coupled by the suppliers' capacity (needs the reference
generator).
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import bench_clock  # noqa: E402
import bundle_market  # noqa: E402
import clearing_peers as peers  # noqa: E402
import numpy as np  # noqa: E402
import reference_market as reference  # noqa: E402
from ortools.sat.python import cp_model  # noqa: E402

from triallink.engines.matching import Bid, Request, Watch, determine, determine_coupled, merit_minor  # noqa: E402

Show = Callable[[str, list[peers.Result]], None]


def cp_sat(request: Request, bids: list[Bid], seconds: float) -> tuple[float, float]:
    """Objective and bound of CP-SAT on the same request."""
    model = cp_model.CpModel()
    wins = [model.new_bool_var("") for _ in bids]
    undone = {line.id: model.new_bool_var("") for line in request.lines}
    cover: dict[str, list[Any]] = {line: [flag] for line, flag in undone.items()}
    groups: dict[tuple[str, str], list[Any]] = {}
    for flag, bid in zip(wins, bids, strict=True):
        for line in bid.lines:
            cover[line].append(flag)
        if bid.xor_group:
            groups.setdefault((bid.bidder, bid.xor_group), []).append(flag)
    for flags in cover.values():
        model.add_exactly_one(flags)
    for flags in groups.values():
        model.add_at_most_one(flags)
    reserve = sum(line.undone_cost_minor * undone[line.id] for line in request.lines)
    model.minimize(sum(merit_minor(request, b) * w for b, w in zip(bids, wins, strict=True)) + reserve)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    solver.solve(model)
    return solver.objective_value, solver.best_objective_bound


def measure(
    *, seed: int, generator: Path | None, quick: bool, show: Show, clock: str = "wall"
) -> dict[str, Any]:
    """Award one large request, and with the reference generator all requests at once; return the figures.

    show   told the instance and the results, a merit for cost.
    """
    request, bids = bundle_market.one_request(lines=200, bidders=40, bundles=1000, seed=seed)
    wall, cpu = time.perf_counter(), time.process_time()
    award = determine(request, bids, seconds=60.0, threads=1).award
    seconds, spent = time.perf_counter() - wall, time.process_time() - cpu
    ours = peers.Result("Trial.Link", seconds, spent, award.merit_minor, award.bound_minor, peers.peak_mb())
    wall, cpu = time.perf_counter(), time.process_time()
    cost, bound = cp_sat(request, bids, max(5.0, 2 * seconds))
    other = time.perf_counter() - wall, time.process_time() - cpu
    show(
        f"one request, {len(bids)} bids", [ours, peers.Result("CP-SAT", *other, cost, bound, peers.peak_mb())]
    )
    print(f"{'':<30}{len(request.lines)} lines, proven optimal: {award.is_proven}")
    gap = (award.merit_minor - award.bound_minor) / award.bound_minor
    figures: dict[str, Any] = {
        "award_gap": gap,
        "award_seconds": seconds,
        "award_cpu_seconds": spent,
        "bids": len(bids),
    }
    if generator is None:
        return figures
    z = reference.arrays(generator, seed=seed, scale=0.1 if quick else 1.0)
    table = bundle_market.all_requests(z, seed=5, capacity_share=0.5)
    tiny = reference.arrays(generator, seed=seed, scale=0.005)
    determine_coupled(bundle_market.all_requests(tiny, seed=5, capacity_share=0.5), iterations=2)  # compiles
    wall, cpu = time.perf_counter(), time.process_time()
    watch = Watch(bench_clock.CLOCKS[clock](), 12.0 if quick else 120.0)
    found = determine_coupled(table, watch=watch)
    seconds, spent = time.perf_counter() - wall, time.process_time() - cpu
    coupled = peers.Result("Trial.Link", seconds, spent, found.merit, found.bound, peers.peak_mb())
    requests = len(np.unique(z["p_trial"]))
    show(f"{requests} requests, {len(table.bid_merit)} bids", [coupled])
    return figures | {
        "coupled_gap": found.gap, "coupled_seconds": seconds, "coupled_cpu_seconds": spent,
        "coupled_requests": requests, "coupled_bids": len(table.bid_merit),
    }  # fmt: skip


def _print(name: str, results: list[peers.Result]) -> None:
    """One line per method."""
    for r in results:
        assert r.cost is not None
        assert r.bound is not None
        print(
            f"{name:<28}{r.method:<12}{r.seconds:6.2f} s {r.cpu_seconds:6.2f} s cpu   merit {r.cost:,.0f}   "
            f"bound {r.bound:,.0f}   gap {100 * (r.cost - r.bound) / max(r.bound, 1):.4f} %"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the coupled market, under 45 s")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--generator", default="", help="path of the reference generator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clock", choices=tuple(bench_clock.CLOCKS), default="wall")
    options = parser.parse_args()
    figures = measure(
        seed=options.seed,
        generator=reference.generator_path(options.generator),
        quick=options.quick,
        show=_print,
        clock=options.clock,
    )
    if options.json:
        print(json.dumps({name.removeprefix("award_"): value for name, value in figures.items()}))


if __name__ == "__main__":
    main()
