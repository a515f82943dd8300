"""The market cleared and how far from proven: one table, ours beside HiGHS, CP-SAT and flows.

    .venv/bin/python tools/bench/clearing.py [--part national|growth|peers|small|gap|requests …] [--quick] [--json]

national   the whole market in 2-hour blocks and with one person per package, and cleared again after an illness
growth     a tenth, the whole and three times the market
peers      ours, branch and cut, CP-SAT, the linear relaxation and a flow per week, same instance, same time
small      instances whose optimum CP-SAT proves: our bound below, our cost above
gap        generalized assignment against the best-known values (gap.py)
requests   winner determination, single and coupled by capacity (awards.py)

Without --part: all of them; with --quick peers and small at 3 % of the market, about 35 CPU s. A gap is the distance
to the best bound of the instance, or to its proven or best-known optimum. Wall time and process time (all threads)
are printed, because the machine may be shared; `--clock busy` limits ours by the processor time of its busiest
thread, which is the wall time of a machine with a core for each. The JSON line is about the largest market in
2-hour blocks; keys of other parts carry the part's name.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import awards  # noqa: E402
import bench_clock  # noqa: E402
import clearing_peers as peers  # noqa: E402
import clearing_runs as runs  # noqa: E402
import gap  # noqa: E402
import reference_market as reference  # noqa: E402

PARTS = ("national", "growth", "peers", "small", "gap", "requests")
KINDS = {"both": (2, 0), "blocks": (2,), "one_person": (0,)}  # hours per block, 0 = whole packages
QUICK_SCALE = 0.03


def apart(function: Any, *arguments: Any) -> Any:
    """Run in a fresh process, so that peak memory is the method's own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def show(instance: str, results: list[peers.Result], truth: float | None = None) -> None:
    """Print a line per method."""
    bounds = [r.bound for r in results if r.bound is not None]
    against = truth if truth is not None else max(bounds, default=None)
    for result in results:
        cost = "-" if result.cost is None else f"{result.cost:,.0f}"
        bound = "-" if result.bound is None else f"{result.bound:,.0f}"
        gap = "-"
        if result.cost is not None and against:
            gap = f"{100 * (result.cost - against) / abs(against):.3f} %"
        print(
            f"{instance:<30}{result.method:<15}{result.seconds:>7.1f} s{result.cpu_seconds:>8.1f} s cpu"
            f"{cost:>17}{bound:>17}{gap:>11}{result.peak_mb:>8.0f} MB",
            flush=True,
        )


def own_gap(result: peers.Result) -> float:
    """Distance of our cost to our own bound."""
    assert result.cost is not None
    assert result.bound is not None
    return (result.cost - result.bound) / abs(result.bound)


def whole(options: argparse.Namespace, scales: list[float], *, again: bool) -> dict[str, Any]:
    """Ours alone on markets of these sizes; how cost grows is told of markets that were cleared to their end."""
    figures: dict[str, Any] = {"growth": []} if not again else {}
    for scale in scales:
        z = market(options, scale)
        for block_hours in KINDS[options.kind]:
            kind = "2-hour blocks" if block_hours else "one person"
            seconds = options.seconds if again else options.seconds * max(1.0, scale) ** 2
            found, repeated = apart(runs.clear_market, z, block_hours, seconds, options.clock, again)
            show(f"{scale:g} x, {kind}", [found])
            if repeated is not None:
                show(f"{scale:g} x, {kind}, one ill", [repeated.result])
                print(f"{'':<30}{repeated.moved} units moved, {repeated.dropped} had to leave")
            row = {
                "gap": own_gap(found), "seconds": found.seconds, "cpu_seconds": found.cpu_seconds,
                "peak_mb": found.peak_mb, "packages": len(z["p_h"]),
            }  # fmt: skip
            if not again:
                figures["growth"].append({"blocks": block_hours, **row})
                continue
            if block_hours:
                figures |= row | {"reclear_cpu_seconds": repeated.result.cpu_seconds}
            else:
                figures |= {"one_person_gap": row["gap"], "one_person_seconds": row["seconds"]}
    return figures


def beside(options: argparse.Namespace, scales: list[float]) -> dict[str, Any]:
    """Ours and the peers, same instance, same time."""
    figures: dict[str, Any] = {}
    for scale in scales:
        z = market(options, scale)
        for block_hours in KINDS[options.kind]:
            found, _ = apart(runs.clear_market, z, block_hours, options.seconds, options.clock, False)
            rivals = ["mip", "cp_sat"] if block_hours or not options.quick else []
            rivals += ["flow", "lp"] if block_hours else []
            others = [apart(runs.peer, rival, z, block_hours, options.seconds) for rival in rivals]
            show(f"{scale:g} x, {'2-hour blocks' if block_hours else 'one person'}", [found, *others])
            if block_hours:
                bound = max(r.bound for r in [found, *others] if r.bound is not None)
                costs = [(r.cost - bound) / abs(bound) for r in others if r.cost is not None]
                figures = {
                    "gap": own_gap(found), "seconds": found.seconds, "cpu_seconds": found.cpu_seconds,
                    "peak_mb": found.peak_mb, "packages": len(z["p_h"]), "peer_gap": min(costs, default=None),
                }  # fmt: skip
            else:
                figures["one_person_gap"] = own_gap(found)
    return figures


def small(options: argparse.Namespace) -> dict[str, Any]:
    """Small markets against the optimum that CP-SAT proves."""
    worst, proven, broken = 0.0, 0, 0
    for seed in range(options.seed, options.seed + (3 if options.quick else 10)):
        for block_hours in (2, 0):
            found, exact = apart(runs.beside_optimum, seed, block_hours, 8.0 if options.quick else 60.0)
            is_proven = exact.cost is not None and exact.cost - exact.bound <= 1.0
            name = f"small {seed}, {'2-hour blocks' if block_hours else 'one person'}"
            show(name, [found, exact], exact.cost if is_proven else None)
            if is_proven:
                proven += 1
                worst = max(worst, found.cost / exact.cost - 1)
                broken += found.bound > exact.cost + 1.0 or found.cost < exact.bound - 1.0
    print(
        f"{proven} optima proven; ours at most {100 * worst:.3f} % above; {broken} certificates contradicted"
    )
    return {"small_proven": proven, "small_worst": worst, "small_contradicted": broken}


def market(options: argparse.Namespace, scale: float) -> dict[str, Any]:
    generator = reference.generator_path(options.generator)
    return reference.arrays(generator, seed=options.seed, scale=scale, utilization=options.utilization)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="may be given several times")
    parser.add_argument("--quick", action="store_true", help="3 %% of the market, a few seconds per method")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--generator", default="", help="path of the reference generator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--utilization", type=float, help="hours asked for against free hours; default as generated"
    )
    parser.add_argument("--scales", default="", help="comma-separated shares of the market, e.g. 0.1,1,3")
    parser.add_argument("--seconds", type=float, default=0.0, help="time limit per method")
    parser.add_argument("--clock", choices=tuple(bench_clock.CLOCKS), default="wall")
    parser.add_argument("--kind", choices=tuple(KINDS), default="both")
    parser.add_argument("--data", default="", help="folder of the generalized assignment instances")
    options = parser.parse_args()
    options.seconds = options.seconds or (8.0 if options.quick else 60.0)
    parts = options.part or (["peers", "small"] if options.quick else list(PARTS))
    given = [float(s) for s in options.scales.split(",") if s]
    generator = reference.generator_path(options.generator)
    print(f"generator: {reference.name_of(generator)}; {options.seconds:.0f} s per method")
    print(
        f"{'instance':<30}{'method':<15}{'wall':>9}{'':>14}{'objective':>15}{'bound':>17}{'gap':>11}{'peak':>11}"
    )
    figures: dict[str, Any] = {}
    quick = [QUICK_SCALE] if options.quick else None
    if "peers" in parts:
        figures |= beside(options, given or quick or [QUICK_SCALE, 0.1])
    if "national" in parts:
        figures |= whole(options, given or quick or [1.0], again=True)
    if "growth" in parts:
        figures |= whole(
            options, given or ([0.01, 0.03, 0.09] if options.quick else [0.1, 1.0, 3.0]), again=False
        )
    if "small" in parts:
        figures |= small(options)
    if "gap" in parts:
        figures |= gap.measure(
            gap.folder_of(options.data), gap.QUICK if options.quick else None, 4.0 if options.quick else options.seconds,
            show=show, clock=options.clock,
        )  # fmt: skip
    if "requests" in parts:
        figures |= awards.measure(
            seed=options.seed,
            generator=generator,
            quick=options.quick,
            show=lambda name, results: show(name, results),
            clock=options.clock,
        )
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
