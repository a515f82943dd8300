"""How often honest sites are flagged, and forged ones found: the tables of the guide page on monitoring."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "src"), str(HERE)]

import insights_data as data  # noqa: E402

from triallink.engines.monitoring import (  # noqa: E402
    KINDS,
    Battery,
    StudyData,
    StudyPlan,
    battery,
    fabricate,
    permuted_sites,
    simulate_study,
)

LEVELS = (0.05, 0.01, 0.001)
# Sites of 6, 10 and 20 subjects among 42 sites of 4 to 20.
FORGED = {"S001": 6, "S003": 10, "S006": 20}


def _run(study: StudyData) -> Battery:
    return battery(measurements=study.measurements, answers=study.answers, visits=study.visits)


def print_tables(studies: int, folder: str) -> None:
    """Print false flags and power as Markdown tables."""
    print(
        "| honest studies | with a flagged site | p of tests <= 0.05 / 0.01 / 0.001 | p of sites |\n|---|---|---|---|"
    )
    plan = StudyPlan()
    simulated = [simulate_study(plan, np.random.default_rng(seed)) for seed in range(studies)]
    _print_calibration("simulated, sites differ", [_run(each) for each in simulated])
    dealt = [permuted_sites(each, np.random.default_rng(seed)) for seed, each in enumerate(simulated)]
    _print_calibration("simulated, subjects dealt to sites at random", [_run(each) for each in dealt])
    if folder:
        _print_calibration("real labs, subjects dealt to sites at random", _real(folder, studies))
    print("\n| fabricated | share | 6 subjects | 10 subjects | 20 subjects | first of 42 | given away by |")
    print("|---|---|---|---|---|---|---|")
    for kind in KINDS:
        for share in (1.0, 0.5):
            _print_power(plan, kind, share, studies)


def _real(folder: str, studies: int) -> list[Battery]:
    labs, visits = data.laboratory(folder)
    pairs = labs.select("site", "subject").unique().sort("subject")
    found = []
    for seed in range(studies):
        dealt = np.random.default_rng(seed).permutation(pairs["site"].to_numpy())
        places = pairs.select("subject", site=pl.Series(dealt))
        tables = [each.drop("site").join(places, on="subject") for each in (labs, visits)]
        found.append(battery(measurements=tables[0], visits=tables[1]))
    return found


def _print_calibration(name: str, found: list[Battery]) -> None:
    flagged = sum(bool(each.sites["is_flagged"].any()) for each in found)
    shares = [
        " / ".join(f"{np.mean(np.concatenate(values) <= level):.4f}" for level in LEVELS)
        for values in (
            [each.tests["p"].drop_nulls().to_numpy() for each in found],
            [each.sites["p"].drop_nulls().to_numpy() for each in found],
        )
    ]
    print(f"| {name} | {flagged} of {len(found)} | {shares[0]} | {shares[1]} |", flush=True)


def _print_power(plan: StudyPlan, kind: str, share: float, studies: int) -> None:
    cells, first, named = [], 0, Counter[str]()
    for site in FORGED:
        hits = 0
        for seed in range(studies):
            draw = np.random.default_rng(1_000 + seed)
            sites = _run(fabricate(simulate_study(plan, draw), site, kind, draw, share=share)).sites
            row = sites.filter(pl.col("site") == site).row(0, named=True)
            hits += bool(row["is_flagged"])
            first += sites["site"][0] == site
            named[str(row["strongest"])] += 1
        cells.append(f"{hits / studies:.0%}")
    best = ", ".join(name for name, _ in named.most_common(2))
    of_first = first / (studies * len(FORGED))
    print(f"| {kind} | {share:.0%} | {' | '.join(cells)} | {of_first:.0%} | {best} |", flush=True)
