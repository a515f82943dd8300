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
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import clearing_peers as peers  # noqa: E402
import numpy as np  # noqa: E402

from triallink.engines.matching import Market, Watch, clear  # noqa: E402

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three instances of 10 x 400, under 45 s")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--data", default="", help="folder with data.csv and the instances")
    parser.add_argument("--types", default="cde")
    parser.add_argument("--seconds", type=float, default=0.0, help="time limit per method and instance")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    base = Path(os.environ.get("TRIALLINK_DATA", BESIDE))
    folder = Path(options.data) if options.data else base / "market" / "gap" / "data"
    seconds = options.seconds or (4.0 if options.quick else 60.0)
    with (folder / "data.csv").open() as file:
        known = {row["Path"]: float(row["Best known solution value"]) for row in csv.DictReader(file)}
    names = [n for n in known if n.startswith("yagiura2004/") and n.split("/")[1][0] in options.types]
    gaps: list[float] = []
    print(
        f"{'instance':<22}{'best known':>11}{'bound':>12}{'Trial.Link':>12}{'gap':>9}{'HiGHS':>10}{'CP-SAT':>10}"
    )
    for name in QUICK if options.quick else sorted(names):
        market = read(folder / name)
        clear(market, iterations=2, passes=1, watch=Watch(elapsed=lambda: 1.0, seconds=1.0))  # compiles
        wall, cpu = time.perf_counter(), time.process_time()
        found = clear(
            market,
            iterations=2000,
            passes=20,
            watch=Watch(lambda wall=wall: time.perf_counter() - wall, seconds),
        )
        spent, busy = time.perf_counter() - wall, time.process_time() - cpu
        gaps.append(found.cost / known[name] - 1)
        rivals: list[Any] = []
        if not options.no_peers:
            rivals = [peers.highs(market, seconds, relaxed=False), peers.cp_sat(market, seconds)]
        others = "".join(
            f"{100 * (r.cost / known[name] - 1):>8.3f} %" if r.cost else f"{'-':>10}" for r in rivals
        )
        print(
            f"{name:<22}{known[name]:>11,.0f}{found.bound:>12,.1f}{found.cost:>12,.0f}{100 * gaps[-1]:>7.3f} %"
            f"{others}   {spent:.1f} s, {busy:.1f} s cpu",
            flush=True,
        )
    mean = float(np.mean(gaps))
    print(f"mean gap {100 * mean:.3f} % over {len(gaps)} instances")
    if options.json:
        print(json.dumps({"mean_gap": mean, "instances": len(gaps), "seconds_each": seconds}))


if __name__ == "__main__":
    main()
