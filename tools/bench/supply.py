"""Simulate the supply of a 200-site, two-year trial with four kit types, and say how fast and how good.

    .venv/bin/python tools/bench/supply.py [--quick] [--json] [--threads N]

The yardsticks run beside it: the same program without compilation (on a tenth of the trial, courses compared
kit for kit), and on every reference scenario a tuned min/max policy and trigger/resupply days at the same risk limits
(--quick: on a tenth of each scenario's sites).
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
    NoPlanFound,
    QuantileMean,
    RiskLimits,
    SupplyPlan,
    Trial,
    TriggerResupply,
    ample_lots,
    cheapest_plan,
    evaluate_plan,
    quantile_mean_candidates,
    simulate_supply,
    tuned_min_max,
)
from triallink.engines.supply.scenarios import blinded_four_types  # noqa: E402

POLICY = QuantileMean(probability=0.9999, long_days=28)
SMALL_SITES, SMALL_COURSES = 20, 2
SEED = 11
QUICK_PROBABILITIES = (0.999, 0.9999)


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


def trigger_candidates(trial: Trial) -> list[TriggerResupply]:
    """Return the settings of trigger and resupply days and buffers among which the cheapest is taken."""
    names = [kit.name for kit in trial.kit_types]
    trigger = trial.longest_lead_days + 7
    return [
        TriggerResupply(
            trigger_days=trigger,
            resupply_days=trigger + more,
            minimum=dict.fromkeys(names, low),
            maximum=dict.fromkeys(names, high),
        )
        for more in (14, 42, 70)
        for low in range(5)
        for high in (low, low + 1)
    ]


def compared(trial: Trial, courses: int, threads: int | None, quick: bool) -> dict[str, SupplyPlan]:
    """Return the plan, the cheapest trigger/resupply setting and the tuned min/max, on courses none was chosen on."""
    candidates = [
        policy
        for policy in quantile_mean_candidates(trial)
        if not quick or policy.probability in QUICK_PROBABILITIES
    ]
    plans = {
        "quantile + mean (plan)": cheapest_plan(
            trial, candidates=candidates, n_simulations=courses, seed=SEED, threads=threads
        )
    }
    try:
        plans["trigger/resupply"] = cheapest_plan(
            trial,
            candidates=trigger_candidates(trial),
            n_simulations=courses,
            seed=SEED,
            threads=threads,
        )
    except NoPlanFound:
        print("no trigger/resupply setting keeps the limits", flush=True)
    starts = ("opening", "screening") if trial.longest_lead_days <= trial.screening_days else ("opening",)
    rivals = [
        evaluate_plan(
            trial,
            tuned_min_max(trial, n_simulations=courses, seed=SEED, first_shipment=start, threads=threads),
            n_simulations=courses,
            seed=SEED,
            first_simulation=courses,
            threads=threads,
        )
        for start in starts
    ]
    plans["min/max, tuned"] = min(rivals, key=lambda one: one.site_overage)
    return plans


def surplus_against_min_max(courses: int, share: int, threads: int | None) -> dict[str, dict[str, float]]:
    """Print scenario by policy, and return per scenario surplus and risks of the plan and of a tuned min/max.

    share  one in how many of a scenario's sites take part.
    """
    found = {}
    limits = RiskLimits()
    print(
        f"\n{courses} courses to choose, {courses} others to report; limits {100 * limits.missed_share:.1f} % missed, "
        f"{100 * limits.study_stockout:.0f} % of studies out"
        + (f"; a {share}th of the sites (the docs' figures are without --quick)" if share > 1 else "")
    )
    print(
        f"{'scenario':<24}{'policy':<24}{'missed %':>10}{'studies out %':>15}{'surplus %':>11}{'less than min/max %':>21}"
    )
    for name, make in REFERENCE_SCENARIOS.items():
        whole = make()
        trial = make(len(whole.sites) // share) if share > 1 else whole
        plans = compared(trial, courses, threads, quick=share > 1)
        rival = plans["min/max, tuned"]
        for label, plan in plans.items():
            less = "" if plan is rival else f"{100 * (1 - plan.site_overage / rival.site_overage):.0f}"
            print(
                f"{name:<24}{label:<24}{100 * plan.missed_share:>10.4f}{100 * plan.study_stockout:>15.2f}"
                f"{100 * plan.site_overage:>11.1f}{less:>21}",
                flush=True,
            )
        plan = plans["quantile + mean (plan)"]
        found[name] = {
            "sites": len(trial.sites),
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
    courses = 100 if options.quick else 1000
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
    courses, share = (24, 10) if options.quick else (400, 1)
    scenarios = surplus_against_min_max(courses, share, options.threads)
    result["least_surplus_saved"] = round(min(one["surplus_saved"] for one in scenarios.values()), 3)
    result["most_missed"] = max(one["missed"] for one in scenarios.values())
    result["most_stockout"] = max(one["stockout"] for one in scenarios.values())
    result["scenarios"] = scenarios
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
