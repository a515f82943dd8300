"""Coalitions for a large request, and what each losing bidder of another would have had to change.

    .venv/bin/python tools/bench/coalitions.py [--quick] [--json] [--seeds 1,2,3]

coalition   three proposals for 40 sites out of 60 small suppliers that reach 4 to 14 of them each, at most six
            members (where so few cannot cover every site: the least number that can)
losers      a request of 200 lines, 40 bidders and 1,000 bundles: award, three runners-up, and price cut and
            added line for every bidder without an award; each stated cut is tried: with one minor unit more
            the bid wins

Seconds are processor time of one thread.
"""

import argparse
import json
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parent)]

import bundle_market  # noqa: E402

from triallink.engines.matching import Coalition, Member, build_coalitions, determine  # noqa: E402

MOST_MEMBERS = 6


def suppliers(sites: list[str], count: int, seed: int) -> list[Member]:
    """Small suppliers around a home: near sites are cheap, far ones are not offered."""
    rng = random.Random(seed)
    place = {site: (rng.random(), rng.random()) for site in sites}
    found = []
    for n in range(count):
        x, y = rng.random(), rng.random()
        distance = {site: ((x - a) ** 2 + (y - b) ** 2) ** 0.5 for site, (a, b) in place.items()}
        near = sorted(sites, key=distance.__getitem__)[: rng.randint(4, 14)]
        level = rng.gauss(80_000, 8_000)
        price = {site: round(level * (1 + distance[site]) * rng.lognormvariate(0, 0.08)) for site in near}
        found.append(Member(f"smo-{n:02}", price, rating=rng.uniform(3, 5), led_contracts=rng.randint(0, 6)))
    return found


def propose(n_sites: int, n_suppliers: int, seed: int) -> tuple[list[Coalition], int, float]:
    """Three coalitions, how many members they may have, and the processor seconds of that call."""
    sites = [f"site-{n:02}" for n in range(n_sites)]
    members = suppliers(sites, n_suppliers, seed)
    for most in range(MOST_MEMBERS, n_suppliers + 1):
        began = time.process_time()
        found = build_coalitions(sites, members, count=3, max_members=most, member_cost_minor=20_000)
        if found:
            return found, most, time.process_time() - began
    return [], n_suppliers, 0.0


def explain(lines: int, bidders: int, bundles: int, seed: int, checks: int) -> dict[str, Any]:
    """Award with runners-up and shortfalls; try so many of the stated cuts."""
    request, bids = bundle_market.one_request(lines=lines, bidders=bidders, bundles=bundles, seed=seed)
    began = time.process_time()
    found = determine(request, bids, runners_up=3, explain_losers=True, threads=1)
    seconds = time.process_time() - began
    wrong = tried = 0
    for shortfall in found.shortfalls[:checks]:
        bid = next(one for one in bids if one.id == shortfall.bid_id)
        price = bid.price_minor - shortfall.price_cut_minor
        for less, should_win in ((1, True), (-1, False)):
            changed = replace(bid, price_minor=price - less)
            again = determine(request, [changed if one.id == bid.id else one for one in bids])
            wrong += (bid.id in again.award.bid_ids) != should_win
            tried += 1
    awards = (found.award, *found.runners_up)
    return {
        "bids": len(bids), "losers": len(found.shortfalls), "losers_cpu_seconds": seconds,
        "proven": sum(award.is_proven for award in awards), "cuts_tried": tried, "cuts_wrong": wrong,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one seed, two cuts tried")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    parser.add_argument("--seeds", default="1,2,3", help="comma-separated")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")][: 1 if options.quick else None]
    slowest = {"coalition_cpu_seconds": 0.0, "losers_cpu_seconds": 0.0, "cuts_wrong": 0}
    build_coalitions(["s"], [Member("m", {"s": 1})])  # loads the solver
    for seed in seeds:
        found, most, seconds = propose(40, 60, seed)
        costs = ", ".join(f"{one.cost_minor:,} ({len(one.members)} members)" for one in found)
        print(f"seed {seed}  coalition  {seconds:6.2f} s cpu   at most {most} members: {costs}", flush=True)
        row = explain(200, 40, 1000, seed, 2 if options.quick else 5)
        print(
            f"seed {seed}  losers     {row['losers_cpu_seconds']:6.2f} s cpu   {row['bids']} bids, {row['losers']} losing bidders, "
            f"{row['proven']} of 4 awards proven; {row['cuts_tried']} changed prices tried, {row['cuts_wrong']} wrong",
            flush=True,
        )
        slowest["coalition_cpu_seconds"] = max(slowest["coalition_cpu_seconds"], seconds)
        slowest["losers_cpu_seconds"] = max(slowest["losers_cpu_seconds"], row["losers_cpu_seconds"])
        slowest["cuts_wrong"] += row["cuts_wrong"]
    if options.json:
        print(json.dumps(slowest))


if __name__ == "__main__":
    main()
