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
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import bundle_market  # noqa: E402
import reference_market as reference  # noqa: E402
from ortools.sat.python import cp_model  # noqa: E402

from triallink.engines.matching import Bid, Request, Watch, determine, determine_coupled, merit_minor  # noqa: E402


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the coupled market, under 45 s")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--generator", default="", help="path of the reference generator")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    request, bids = bundle_market.one_request(lines=200, bidders=40, bundles=1000, seed=options.seed)
    wall, cpu = time.perf_counter(), time.process_time()
    award = determine(request, bids, seconds=60.0, threads=1).award
    seconds, spent = time.perf_counter() - wall, time.process_time() - cpu
    gap = (award.merit_minor - award.bound_minor) / award.bound_minor
    print(
        f"one request, {len(request.lines)} lines, {len(bids)} bids   Trial.Link {seconds:6.2f} s "
        f"{spent:6.2f} s cpu   merit {award.merit_minor:,}   gap {100 * gap:.4f} %   proven {award.is_proven}"
    )
    wall, cpu = time.perf_counter(), time.process_time()
    cost, bound = cp_sat(request, bids, max(5.0, 2 * seconds))
    print(
        f"{'':40}CP-SAT     {time.perf_counter() - wall:6.2f} s {time.process_time() - cpu:6.2f} s cpu   "
        f"merit {cost:,.0f}   gap {100 * (cost - bound) / max(bound, 1):.4f} %"
    )
    figures: dict[str, Any] = {"gap": gap, "seconds": seconds, "cpu_seconds": spent, "bids": len(bids)}
    generator = reference.generator_path(options.generator)
    if generator:
        scale = 0.1 if options.quick else 1.0
        z = reference.arrays(generator, seed=options.seed, scale=scale, utilization=0.62)
        table = bundle_market.all_requests(z, seed=5, capacity_share=0.5)
        limit = 12.0 if options.quick else 120.0
        wall, cpu = time.perf_counter(), time.process_time()
        watch = Watch(elapsed=lambda: time.perf_counter() - wall, seconds=limit)
        found = determine_coupled(table, watch=watch)
        seconds, spent = time.perf_counter() - wall, time.process_time() - cpu
        print(
            f"all requests, {len(table.line_undone)} lines, {len(table.bid_merit)} bids   {seconds:.1f} s "
            f"{spent:.1f} s cpu   merit {found.merit:,.0f}   bound {found.bound:,.0f}   gap {100 * found.gap:.3f} %"
        )
        figures |= {
            "coupled_gap": found.gap,
            "coupled_seconds": seconds,
            "coupled_bids": len(table.bid_merit),
        }
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
