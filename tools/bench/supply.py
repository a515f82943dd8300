"""Simulate the supply of a 200-site, two-year trial with four kit types, and say how fast and how good.

    .venv/bin/python tools/bench/supply.py [--quick] [--json] [--threads N]

The yardsticks run beside it: the same program without compilation (on a tenth of the trial, courses compared
kit for kit), and, without --quick, a tuned min/max policy on every reference scenario at the same risk limits.
Wall and process time are both printed, because the machine may be shared.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src")]

from triallink.engines.supply import (  # noqa: E402
    REFERENCE_SCENARIOS,
    QuantileMean,
    Trial,
    ample_lots,
    cheapest_plan,
    evaluate_plan,
    simulate_supply,
    tuned_min_max,
)
from triallink.engines.supply.scenarios import blinded_four_types  # noqa: E402

POLICY = QuantileMean(probability=0.9999, long_days=28)
SMALL_SITES, SMALL_COURSES = 20, 2


def timed(trial: Trial, courses: int, threads: int | None) -> tuple[float, float, list[list[int]]]:
    """Return wall seconds, process seconds and kits shipped per course."""
    lots = ample_lots(trial)
    wall, cpu = time.perf_counter(), time.process_time()
    outcomes = simulate_supply(trial, lots, POLICY, n_simulations=courses, seed=1, threads=threads)
    return time.perf_counter() - wall, time.process_time() - cpu, outcomes.shipped.tolist()


def interpreted() -> tuple[float, list[list[int]]]:
    """Return process seconds and results of the same program run without compilation, in a fresh process."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
    answer = subprocess.run(
        [sys.executable, __file__, "--plain"], env=environment, capture_output=True, text=True, check=True
    )
    found = json.loads(answer.stdout.splitlines()[-1])
    return found["cpu_seconds"], found["shipped"]


def surplus_against_min_max(courses: int) -> dict[str, dict[str, float]]:
    """Return, per reference scenario, surplus and risk of the cheapest plan and of a tuned min/max."""
    found = {}
    for name, make in REFERENCE_SCENARIOS.items():
        trial = make()
        plan = cheapest_plan(trial, n_simulations=courses, seed=11)
        starts = ("opening", "screening") if trial.longest_lead_days <= trial.screening_days else ("opening",)
        rivals = [
            evaluate_plan(
                trial,
                tuned_min_max(trial, n_simulations=courses, seed=11, first_shipment=start),
                n_simulations=courses,
                seed=11,
                first_simulation=courses,
            )
            for start in starts
        ]
        rival = min(rivals, key=lambda one: one.site_overage)
        found[name] = {
            "overage": plan.site_overage,
            "min_max_overage": rival.site_overage,
            "surplus_saved": 1 - plan.site_overage / rival.site_overage,
            "missed": plan.missed_share,
            "stockout": plan.study_stockout,
            "min_max_missed": rival.missed_share,
            "min_max_stockout": rival.study_stockout,
            "shipments": plan.shipments,
            "min_max_shipments": rival.shipments,
            "cost_ratio": plan.cost_minor / rival.cost_minor,
        }
        row = found[name]
        print(
            f"{name:<24} surplus {plan.site_overage:.3f} against {rival.site_overage:.3f} of min/max "
            f"({100 * row['surplus_saved']:.0f} % less); missed {plan.missed_share:.6f} / {rival.missed_share:.6f}; "
            f"studies out {plan.study_stockout:.4f} / {rival.study_stockout:.4f}; {plan.policy}; {rival.policy}",
            flush=True,
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under 45 s on two cores")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    small = blinded_four_types(SMALL_SITES)
    if options.plain:
        _, cpu, shipped = timed(small, SMALL_COURSES, 1)
        print(json.dumps({"cpu_seconds": cpu, "shipped": shipped}))
        return

    trial = blinded_four_types()
    timed(trial, 1, 1)  # the first course compiles, or loads what was compiled
    courses = 200 if options.quick else 1000
    wall, cpu, _ = timed(trial, courses, options.threads)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _, small_cpu, small_shipped = timed(small, 20 * SMALL_COURSES, 1)
    plain_cpu, plain_shipped = interpreted()
    result: dict[str, object] = {
        "simulations_per_s": round(courses / wall, 2),
        "peak_mb": round(peak_mb, 1),
        "cpu_ms_per_simulation": round(1000 * cpu / courses, 2),
        "seconds_for_1000": round(1000 * wall / courses, 1),
        "interpreted_ratio": round((plain_cpu / SMALL_COURSES) / (small_cpu / (20 * SMALL_COURSES)), 1),
        "interpreted_agrees": plain_shipped == small_shipped[:SMALL_COURSES],
    }
    print(
        f"{courses} courses of {len(trial.sites)} sites, {trial.last_day} days, {len(trial.kit_types)} kit types: "
        f"{wall:.1f} s, {cpu:.1f} s process time, peak {peak_mb:.0f} MB; without compilation "
        f"{result['interpreted_ratio']}x the time, results equal: {result['interpreted_agrees']}"
    )
    if not options.quick:
        result["scenarios"] = surplus_against_min_max(courses=400)
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
