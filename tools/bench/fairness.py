"""Who gets the work, and what a quota for new freelancers adds to its cost.

    .venv/bin/python tools/bench/fairness.py [--quick] [--json] [--generator PATH]

Work against free hours by size of supplier and by hub city of the reference market (2-hour blocks), then the share
of a group of newcomers (a random fifth of the freelancers) held to rising quotas. Needs the reference generator.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
import reference_market as reference  # noqa: E402

from triallink.engines.matching import (  # noqa: E402
    clear,
    clear_with_quota,
    concentration,
    hours_given,
    report,
)

SIZES = (("up to 30", 30), ("31 to 100", 100), ("101 to 300", 300), ("above 300", 10**9))
RISES = (1.05, 1.1, 1.15, 1.5)  # quotas relative to the share the group has without one


def size_of_supplier(z: dict[str, Any]) -> np.ndarray:
    """A label per worker: freelancer, or how many the employer has."""
    employer = z["w_smo"]
    staff = np.bincount(employer[employer >= 0], minlength=employer.max() + 1)
    names = np.array([name for name, _ in SIZES])
    label = names[np.searchsorted([most for _, most in SIZES], staff[np.maximum(employer, 0)])]
    return np.where(employer >= 0, label, "freelancer")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="2 %% of the market, under 45 s")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--generator", default="", help="path of the reference generator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=0.0)
    options = parser.parse_args()
    generator = reference.generator_path(options.generator)
    if generator is None:
        parser.error("the reference generator is needed: --generator or TRIALLINK_MARKET")
    scale = options.scale or (0.02 if options.quick else 0.1)
    z = reference.arrays(generator, seed=options.seed, scale=scale)
    market = reference.market_of(z, block_hours=2)
    found = clear(market)
    print(f"{scale:g} of the market, {market.n_workers} workers, gap {100 * found.gap:.2f} %")
    print(f"{'group':<16}{'workers':>9}{'hours free':>12}{'hours of work':>15}{'share':>9}{'parity':>9}")
    parity = {}
    for label in (size_of_supplier(z), np.where(z["w_city"] < 31, "hub city", "other city")):
        for row in report(found, label):
            parity[str(row.group)] = row.parity
            print(
                f"{row.group!s:<16}{row.workers:>9,}{row.hours_free:>12,}{row.hours_given:>15,}"
                f"{100 * row.share_of_work:>8.1f} %{row.parity:>8.2f}"
            )
    gini = concentration(hours_given(found))
    print(
        f"Gini coefficient of hours of work {gini:.3f}, of free hours {concentration(market.capacity.sum(axis=1)):.3f}"
    )
    rng = np.random.default_rng(options.seed)
    is_new = (z["w_smo"] < 0) & (rng.random(market.n_workers) < 0.2)
    now = next(row.share_of_work for row in report(found, is_new) if row.group)
    print(f"newcomers: {is_new.sum()} of the freelancers, {100 * now:.2f} % of the work without a quota")
    added = {}
    for rise in RISES:
        cpu = time.process_time()
        held = clear_with_quota(market, is_new, rise * now)
        added[rise] = held.extra_cost / found.cost
        print(
            f"quota {100 * rise * now:.2f} %: reached {held.is_reached}, share {100 * held.share:.2f} %, "
            f"{100 * added[rise]:+.3f} % of the cost, {held.subsidy:.1f} off per hour, {time.process_time() - cpu:.1f} s cpu",
            flush=True,
        )
    if options.json:
        print(json.dumps({"gini": gini, "parity": parity, "quota_extra_cost": added}))


if __name__ == "__main__":
    main()
