"""Time one simulated allocation of every procedure, with a plain numpy loop beside it in the same run.

    .venv/bin/python tools/bench/randomization.py [--quick] [--json]

Figures: ns_per_allocation (Pocock-Simon, factors of 2, 3 and 4 levels, 1,000 trials of 500 subjects),
numpy_ns (the same rule by recounting with numpy), procedures_over_100ns (how many of all simulated procedures
need more). Times are processor time of one core, the best of several runs after one that builds the tables.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np

from triallink.engines import randomization as r
from triallink.engines.randomization.design import factors_of

LEVELS = (2, 3, 4)
FACTORS = tuple(r.Factor(f"f{k}", tuple(str(j) for j in range(n))) for k, n in enumerate(LEVELS))


def cpu_seconds(run: Callable[[], object], repeats: int) -> float:
    """Return the least processor time of several runs."""
    best = float("inf")
    for _ in range(repeats):
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
    return best


def numpy_recount(u: np.ndarray, levels: np.ndarray, p: float) -> np.ndarray:
    """Pocock and Simon by the textbook: recount the history with numpy for every subject."""
    out = np.zeros(u.shape, dtype=np.int8)
    for trial in range(u.shape[0]):
        for i in range(u.shape[1]):
            past, arms = levels[trial, :i], out[trial, :i]
            same = past == levels[trial, i]
            first = same[arms == 0].sum(axis=0)
            second = same[arms == 1].sum(axis=0)
            give_first = np.abs(first + 1 - second).sum()
            give_second = np.abs(first - second - 1).sum()
            chance = 0.5 if give_first == give_second else (p if give_first < give_second else 1 - p)
            out[trial, i] = 0 if u[trial, i] < chance else 1
    return out


def nanoseconds(design: r.Design, trials: int, subjects: int, repeats: int) -> tuple[float, float]:
    """Return (ns per allocation, seconds of the first run, which meets the states and builds the tables)."""
    rng = np.random.default_rng(1)
    factors = factors_of(design)
    u = rng.integers(0, 2**64, (trials, subjects), dtype=np.uint64)
    levels = (
        np.stack([rng.integers(0, len(f.levels), u.shape) for f in factors], -1).astype(np.uint8)
        if factors
        else None
    )
    responses = (rng.random((*u.shape, len(design.arms))) < 0.4).astype(np.uint8)

    def run() -> None:
        r.batch(design, u, levels, responses)

    first = cpu_seconds(run, 1)
    return cpu_seconds(run, repeats) / u.size * 1e9, first


def typical(procedure: r.Procedure, subjects: int) -> r.Design:
    """Return the procedure's typical design for this many subjects."""
    parameters = dict(procedure.example)
    if "total" in parameters:
        parameters["total"] = subjects
    if "factors" in parameters and procedure.family == "covariate":
        parameters["factors"] = FACTORS
    if procedure.name == "stratified":
        return r.Stratified(design=r.PermutedBlocks(arms=("A", "B"), block_sizes=(4, 6)), factors=FACTORS)
    if procedure.family in ("composed", "restricted") and "total" not in parameters:
        return procedure.typical()
    return procedure.design(arms=("A", "B"), **parameters)


def _variant(design: r.Design) -> str:
    """Return what tells a design from others of its procedure, arms and ratio."""
    if isinstance(design, r.Minimization):
        return f" {design.measure}"
    return f" power {design.power}" if isinstance(design, r.BayesianAdaptive) else ""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="fewer repeats and a smaller numpy run")
    arguments.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    options = arguments.parse_args()
    repeats = 3 if options.quick else 15
    trials, subjects = 1000, 500

    minimization = r.Minimization(arms=("A", "B"), factors=FACTORS, p="4/5")
    ours, first = nanoseconds(minimization, trials, subjects, repeats)
    three, _ = nanoseconds(
        r.Minimization(arms=("A", "B", "C"), factors=FACTORS, p="4/5"), trials, subjects, repeats
    )
    rng = np.random.default_rng(1)
    slow = 4 if options.quick else 20
    u, levels = (
        rng.random((slow, subjects)),
        np.stack([rng.integers(0, n, (slow, subjects)) for n in LEVELS], -1),
    )
    plain = cpu_seconds(lambda: numpy_recount(u, levels, 0.8), 1) / u.size * 1e9

    print(f"Pocock-Simon, two arms, factors of {LEVELS} levels: {ours:.1f} ns per allocation")
    print(f"Pocock-Simon, three arms, the same factors:        {three:.1f} ns")
    print(
        f"plain numpy recount in this run:                   {plain:.0f} ns, {plain / ours:.0f} times ours\n"
    )
    per_procedure: dict[str, float] = {}
    for procedure in r.PROCEDURES:
        if procedure.name in ("uploaded-list", "capped"):
            continue  # a list is not simulated; caps that last for all subjects follow below
        ns, first = nanoseconds(typical(procedure, subjects), trials, subjects, repeats)
        per_procedure[procedure.name] = ns
        print(f"{procedure.name:32} {ns:8.1f} ns   first run {first:6.2f} s")
    for design in (
        *(r.HuHu(arms=arms, factors=FACTORS) for arms in ("ABC", "ABCDE")),
        *(r.AtkinsonOptimal(arms=arms, factors=FACTORS) for arms in ("ABC", "ABCD")),
        *(r.BayesianAdaptive(arms=arms, burn_in=2) for arms in ("ABC", "ABCD", "ABCDE")),
        *(
            r.BayesianAdaptive(arms=arms, power="1/2", burn_in=2, floor="1/10")
            for arms in ("ABC", "ABCD", "ABCDE")
        ),
        *(r.BayesianAdaptive(arms=arms, power="n/2N", total=subjects) for arms in ("AB", "ABC", "ABCD")),
        *(
            r.Minimization(arms=arms, factors=FACTORS, measure=measure, p="4/5")
            for arms in ("ABC", "ABCD")
            for measure in ("range", "sd", "variance")
        ),
        r.DropTheLoser(arms="ABC"),
        r.RandomizedPlayTheWinner(arms="ABCD"),
        r.ResponseAdaptiveCoin(arms="ABCD", burn_in=2),
        r.HiddenBlocks(arms="ABC", block_sizes=(6, 9)),
        r.Minimization(arms="ABC", ratio=(2, 1, 1), factors=FACTORS, p="4/5"),
        r.BrickTunnel(arms="ABC", ratio=(1, 2, 3)),
        r.ratio_preserving(r.BlockUrn, arms="AB", ratio=(2, 1), balanced_sets=2),
        r.Capped(design=r.Efron(arms="AB", p="2/3"), caps=(r.Cap(subjects), r.Cap(200, arm="A"))),
        r.Capped(
            design=r.Stratified(design=r.Efron(arms="AB", p="2/3"), factors=FACTORS),
            caps=(r.Cap(subjects), r.Cap(80, arm="A", factors=("f1",))),
        ),
    ):
        name = f"{design.procedure} {':'.join(map(str, design.ratio))}{_variant(design)}"
        name += " by factor" * bool(getattr(design, "caps", ()) and design.looks_at == "subject")
        ns, first = nanoseconds(design, trials, subjects, repeats)
        per_procedure[name] = ns
        print(f"{name:40} {ns:8.1f} ns   first run {first:6.2f} s")
    over = sorted(name for name, ns in per_procedure.items() if ns > 100)
    print(f"\nover 100 ns: {', '.join(over) or 'none'}")
    if options.json:
        print(
            json.dumps(
                {
                    "ns_per_allocation": round(ours, 2),
                    "ns_per_allocation_three_arms": round(three, 2),
                    "numpy_ns": round(plain, 1),
                    "procedures_over_100ns": len(over),
                    "procedures": {name: round(ns, 1) for name, ns in per_procedure.items()},
                }
            )
        )


if __name__ == "__main__":
    main()
