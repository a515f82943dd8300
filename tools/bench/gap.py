"""Generalized assignment as a special case of the market: one week, one unit per package.

    .venv/bin/python tools/bench/gap.py [--quick] [--json] [--data FOLDER] [--types cde]

FOLDER holds data.csv with best-known values and the instances (default: market/gap/data below the
folder of TRIALLINK_DATA, else beside the checkout). HiGHS and CP-SAT run on the same instances for the
same time. `mean_gap` is the mean distance of our cost to the best-known value.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import bench_clock  # noqa: E402
import clearing_peers as peers  # noqa: E402
import numpy as np  # noqa: E402

from triallink.engines.matching import Market, Watch, clear  # noqa: E402

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
Show = Callable[[str, list[peers.Result], float], None]
QUICK = ("yagiura2004/c10400", "yagiura2004/d10400", "yagiura2004/e10400")


def read(path: Path) -> Market:
    """An instance: agents, jobs, costs by agent, weights by agent, capacities."""
    numbers = np.array(path.read_text().split(), np.int64)
    agents, jobs = int(numbers[0]), int(numbers[1])
    size = agents * jobs
    cost, weight, capacity = numbers[2 : 2 + size], numbers[2 + size : 2 + 2 * size], numbers[2 + 2 * size :]
    agent, job = np.divmod(np.arange(size), jobs)
    return Market.of(
        capacity=capacity[:agents, None],
        start=np.zeros(jobs, int),
        end=np.ones(jobs, int),
        # Every job must be done: leaving one undone costs more than any exchange could save.
        unfilled_cost=np.full(jobs, 3.0 * cost.max()),
        edge_package=job,
        edge_worker=agent,
        edge_cost=cost,
        edge_hours=weight,
    )


def folder_of(given: str) -> Path:
    """Where the instances are."""
    return (
        Path(given) if given else Path(os.environ.get("TRIALLINK_DATA", BESIDE)) / "market" / "gap" / "data"
    )


def measure(
    folder: Path,
    names: Sequence[str] | None,
    seconds: float,
    *,
    show: Show,
    types: str = "cde",
    has_peers: bool = True,
    clock: str = "wall",
) -> dict[str, Any]:
    """Run ours and the peers on the instances; return the mean distance to the best-known values.

    names   instances, default all of these types;  show   told the name, the results and the best-known value.
    """
    with (folder / "data.csv").open() as file:
        known = {row["Path"]: float(row["Best known solution value"]) for row in csv.DictReader(file)}
    if names is None:
        names = sorted(n for n in known if n.startswith("yagiura2004/") and n.split("/")[1][0] in types)
    clear(read(folder / names[0]), iterations=2, passes=1, watch=Watch(lambda: 1.0, 1.0))  # compiles
    gaps: dict[str, list[float]] = {}
    for name in names:
        market = read(folder / name)
        wall, cpu = time.perf_counter(), time.process_time()
        found = clear(market, iterations=2000, passes=20, watch=Watch(bench_clock.CLOCKS[clock](), seconds))
        spent = time.perf_counter() - wall, time.process_time() - cpu
        results = [peers.Result("Trial.Link", *spent, found.cost, found.bound, peers.peak_mb())]
        if has_peers:
            results += [peers.highs(market, seconds, relaxed=False), peers.cp_sat(market, seconds)]
        short = name.split("/")[1]
        gaps.setdefault(short[0], []).append(found.cost / known[name] - 1)
        show(short, results, known[name])
    means = {kind: float(np.mean(values)) for kind, values in gaps.items()}
    worst = max(max(values) for values in gaps.values())
    every = [gap for values in gaps.values() for gap in values]
    print(
        f"mean gap to best known {100 * np.mean(every):.3f} % over {len(every)} instances, worst {100 * worst:.3f} %; "
        + ", ".join(f"type {kind.upper()} {100 * mean:.3f} %" for kind, mean in means.items())
    )
    return {
        "mean_gap": float(np.mean(every)), "worst_gap": worst, "instances": len(every), "seconds_each": seconds,
        **{f"mean_gap_{kind}": mean for kind, mean in means.items()},
    }  # fmt: skip


def _print(name: str, results: list[peers.Result], known: float) -> None:
    """One line per instance."""
    cells = "".join(
        f"   {r.method} {'-' if r.cost is None else f'{r.cost:,.0f} ({100 * (r.cost / known - 1):.3f} %)'}"
        for r in results
    )
    print(
        f"{name:<10}{known:>10,.0f}{cells}   {results[0].seconds:.1f} s, {results[0].cpu_seconds:.1f} s cpu",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three instances of 10 x 400, under 45 s")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--data", default="", help="folder with data.csv and the instances")
    parser.add_argument("--types", default="cde")
    parser.add_argument("--seconds", type=float, default=0.0, help="time limit per method and instance")
    parser.add_argument("--clock", choices=tuple(bench_clock.CLOCKS), default="wall")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    figures = measure(
        folder_of(options.data), QUICK if options.quick else None, options.seconds or (4.0 if options.quick else 60.0),
        show=_print, types=options.types, has_peers=not options.no_peers, clock=options.clock,
    )  # fmt: skip
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
