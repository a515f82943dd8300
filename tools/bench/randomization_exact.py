"""Time the exact properties of every sequential two-arm design at 200 subjects, over ratios and awkward parameters.

    .venv/bin/python tools/bench/randomization_exact.py [--quick] [--json]

Figures: slowest_s and slowest_design (processor time of one call of `properties`, nothing kept from an earlier one),
designs (how many were timed), over_1s (how many took a second or more). --quick leaves ratios and parameters out, never a
procedure, and keeps the slowest known.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from triallink.engines import randomization as r

ARMS = ("A", "B")
SUBJECTS = 200
EQUAL = ((1, 1),)
RATIOS = ((1, 1), (2, 1), (37, 21), (3, 2), (7, 5), (1, 10), (99, 100), (1, 199), (1000, 999))
QUICK_RATIOS = 3

# Parameters per procedure, the slowest and the most usual first; block sizes and totals are multiples of the ratio's sum.
PARAMETERS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "complete": ({},),
    "random-allocation-rule": ({"total": 1}, {"total": 50}),
    "truncated-binomial": ({"total": 1}, {"total": 50}),
    "permuted-blocks": (
        {"block_sizes": (500, 1000, 1500, 2000)},
        {"block_sizes": tuple(range(1, 13))},
        {"block_sizes": (2, 3)},
        {"block_sizes": (100_000_000, 30_000_000)},
        {"block_sizes": (1,)},
    ),
    "hidden-blocks": ({"block_sizes": (500, 1000, 1500, 2000)}, {"block_sizes": (2, 3)}),
    "efron": ({"p": "2/3"}, {"p": "1/2"}, {"p": "999/1000"}, {"p": 1}),
    "adjustable-biased-coin": ({"a": "7.77"}, {"a": 2}, {"a": "1/3"}, {"a": 0}, {"a": 50}),
    "wei-urn": (
        {"initial": 1},
        {"initial": 0},
        {"initial": 1000, "own": 1, "other": 3},
        {"initial": 5, "other": 0},
    ),
    "generalized-biased-coin": ({"rho": "10.37"}, {"rho": 2}, {"rho": "1/3"}, {"rho": 0}, {"rho": 200}),
    "bayesian-biased-coin": ({"gamma": "0.37"}, {"gamma": "1/10"}, {"gamma": "1/200"}, {"gamma": "3.7"}),
    "big-stick": ({"tolerance": 200}, {"tolerance": 3}, {"tolerance": 1}),
    "soares-wu": ({"tolerance": 200, "p": "9/10"}, {"tolerance": 3, "p": "9/10"}),
    "chen": ({"tolerance": 200, "p": "11/20"}, {"tolerance": 3, "p": "2/3"}),
    "ehrenfest-urn": ({"balls": 400}, {"balls": 5}, {"balls": 1}),
    "maximal-procedure": (
        {"total": 1000, "tolerance": 500},
        {"total": 100, "tolerance": 3},
        {"total": 100, "tolerance": 100},
    ),
    "block-urn": ({"balanced_sets": 100}, {"balanced_sets": 2}, {"balanced_sets": 1}),
    "mass-weighted-urn": ({"alpha": 100}, {"alpha": 2}, {"alpha": "1/10"}),
    "doubly-adaptive-biased-coin": ({"gamma": "20.5"}, {"gamma": 2}, {"gamma": "1/3"}, {"gamma": 0}),
    "maximum-entropy": ({"eta": "1/1000"}, {"eta": "1/2"}, {"eta": 0}, {"eta": 1}),
    "brick-tunnel": ({},),
    "drop-the-loser-urn": ({"sets": 1}, {"sets": 40}),
}


def sequential() -> Iterator[tuple[str, r.Design, int]]:
    """Yield a name, a design of two arms that looks at earlier allocations only, and its rank among its kind."""
    for procedure in r.PROCEDURES:
        if procedure.family != "restricted":
            continue
        for nth, parameters in enumerate(PARAMETERS[procedure.name]):
            for mth, ratio in enumerate(RATIOS if procedure.ratio == "any" else EQUAL):
                design = procedure.design(
                    arms=ARMS, ratio=ratio, **_fitted(procedure.name, parameters, ratio)
                )
                given = ", ".join(f"{key}={_short(value)}" for key, value in parameters.items())
                yield (
                    f"{procedure.name} {ratio[0]}:{ratio[1]} {given}",
                    design,
                    mth if nth == 0 else mth + nth,
                )
    for inner in (r.Efron(arms=ARMS, p="2/3"), r.BlockUrn(arms=ARMS, ratio=(3, 2), balanced_sets=20)):
        caps = (r.Cap(SUBJECTS), r.Cap(150, arm="A"))
        yield f"capped {inner.procedure}", r.Capped(design=inner, caps=caps), 0
    for ratio in ((2, 1), (3, 2), (7, 5)):
        design = r.ratio_preserving(r.BlockUrn, arms=ARMS, ratio=ratio, balanced_sets=2)
        yield f"ratio-preserving block-urn {ratio[0]}:{ratio[1]}", design, 0


def _fitted(procedure: str, parameters: Mapping[str, Any], ratio: tuple[int, int]) -> dict[str, Any]:
    whole = sum(ratio)
    fitted = dict(parameters)
    if "total" in fitted:
        # At least as many as are followed, in whole units of the ratio.
        fitted["total"] = whole * max(-(-SUBJECTS // whole), fitted["total"])
    if "block_sizes" in fitted:
        fitted["block_sizes"] = tuple(size * whole for size in fitted["block_sizes"])
    return fitted


def _short(value: object) -> str:
    text = str(value).replace(" ", "")
    return text if len(text) <= 24 else f"{text[:21]}..."


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument(
        "--quick", action="store_true", help="fewer ratios and parameters, every procedure"
    )
    arguments.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    options = arguments.parse_args()
    r.properties(r.CompleteRandomization(arms=ARMS), 4)  # compiles, or loads what was compiled
    seconds: dict[str, float] = {}
    for name, design, rank in sequential():
        if options.quick and rank >= QUICK_RATIOS:
            continue
        begun = time.process_time()
        r.properties(design, SUBJECTS)
        seconds[name] = time.process_time() - begun
        print(f"{name:72} {seconds[name]:6.3f} s", flush=True)
    slowest = max(seconds, key=lambda name: seconds[name])
    over = sorted(name for name, each in seconds.items() if each >= 1)
    print(
        f"\n{len(seconds)} designs, slowest: {slowest}, {seconds[slowest]:.3f} s; over a second: {over or 'none'}"
    )
    if options.json:
        print(
            json.dumps(
                {
                    "slowest_s": round(seconds[slowest], 3),
                    "slowest_design": slowest,
                    "designs": len(seconds),
                    "over_1s": len(over),
                }
            )
        )


if __name__ == "__main__":
    main()
