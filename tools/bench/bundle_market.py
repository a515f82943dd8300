"""Bids for the awards driver: one large request, and every trial of the market as a request."""

import random
from typing import Any

import numpy as np

from triallink.engines.matching import Bid, BidTable, Line, Request


def one_request(*, lines: int, bidders: int, bundles: int, seed: int) -> tuple[Request, list[Bid]]:
    """A request of so many lines with single bids and bundles with a discount for scale."""
    rng = random.Random(seed)
    region = [rng.randrange(max(1, lines // 8)) for _ in range(lines)]
    reserve = [rng.randint(80_000, 300_000) for _ in range(lines)]
    request = Request(
        lines=tuple(Line(f"l{n:04}", reserve[n]) for n in range(lines)),
        weights={"price": 6.0, "quality": 2.0, "speed": 1.0},
    )
    level = {b: rng.gauss(0.62, 0.06) for b in range(bidders)}
    quality = {b: {"quality": rng.uniform(0.5, 1), "speed": rng.uniform(0.4, 1)} for b in range(bidders)}
    price = {
        (b, n): reserve[n] * level[b] * rng.lognormvariate(0, 0.1)
        for b in range(bidders)
        for n in range(lines)
        if rng.random() < 0.5
    }
    bids = [
        Bid(f"s-{b}-{n}", f"b{b}", frozenset({f"l{n:04}"}), round(p), criteria=quality[b])
        for (b, n), p in price.items()
    ]
    for number in range(bundles):
        b = rng.randrange(bidders)
        own = [n for n in range(lines) if (b, n) in price]
        here = region[rng.choice(own)]
        near = [n for n in own if abs(region[n] - here) <= 1]
        chosen = rng.sample(near, rng.randint(2, max(2, min(len(near), 12)))) if len(near) > 1 else near
        total = sum(price[b, n] for n in chosen) * (0.97 - 0.02 * len(chosen) ** 0.5)
        names = frozenset(f"l{n:04}" for n in chosen)
        bids.append(Bid(f"x-{number}", f"b{b}", names, round(total), "bundle", quality[b]))
    return request, bids


def all_requests(z: dict[str, Any], *, seed: int, capacity_share: float) -> BidTable:
    """Every trial a request, every package a line; suppliers bid where they have people near."""
    rng = np.random.default_rng(seed)
    n_lines, weeks = len(z["p_h"]), z["w_cap"].shape[1]
    order = np.argsort(z["p_trial"], kind="stable")
    trial = z["p_trial"][order]
    hours, city, role = z["p_h"][order], z["p_city"][order], z["p_role"][order].astype(int)
    start, end = z["p_s"][order], z["p_e"][order]
    employed = z["w_smo"] >= 0
    n_suppliers, n_cities = len(z["smo_city"]), len(z["ll"])
    present = np.zeros((n_suppliers, n_cities), bool)
    present[z["w_smo"][employed], z["w_city"][employed]] = True
    periods = [(first, min(first + 4, weeks)) for first in range(0, weeks, 4)]
    capacity = np.zeros((n_suppliers, 2, len(periods)))
    load = np.zeros((n_lines, len(periods)))
    for number, (first, last) in enumerate(periods):
        spare = z["w_cap"][:, first:last].sum(axis=1)
        np.add.at(
            capacity[:, :, number], (z["w_smo"][employed], z["w_role"][employed].astype(int)), spare[employed]
        )
        load[:, number] = hours * np.clip(np.minimum(end, last) - np.maximum(start, first), 0, None)
    level, quality = rng.normal(1.0, 0.08, n_suppliers), np.clip(rng.normal(4.2, 0.4, n_suppliers), 2.5, 5)
    total = hours * (end - start)
    request_of, merits, groups, line_sets = [], [], [], []
    use_resource, use_amount, use_count = [], [], []
    group = 0
    bounds = np.searchsorted(trial, np.arange(trial.max() + 2))
    for t in range(len(bounds) - 1):
        mine = np.arange(bounds[t], bounds[t + 1])
        if not len(mine):
            continue
        near = present[:, city[mine]].sum(axis=1) + 3 * rng.random(n_suppliers)
        for s in np.argsort(-near)[: rng.integers(6, 16)]:
            far = z["D"][z["smo_city"][s], city[mine]]
            can = present[s, city[mine]] | (far < 250)
            own = mine[can]
            if not len(own):
                continue
            away = np.where(present[s, city[own]], 0, 3000 + 4 * far[can])
            price = total[own] * (85 + 25 * role[own]) * level[s] * rng.lognormal(0, 0.08, len(own)) + away
            sets = [(np.array([n]), 0) for n in range(len(own))]
            by_city = [np.flatnonzero(city[own] == c) for c in np.unique(city[own])]
            by_province = [np.flatnonzero(z["prov"][city[own]] == p) for p in np.unique(z["prov"][city[own]])]
            some = [
                rng.choice(len(own), rng.integers(2, len(own) + 1), replace=False)
                for _ in range(3 * (len(own) > 3))
            ]
            seen = set()
            for members in [*by_city, *by_province, *some, np.arange(len(own))]:
                key = tuple(sorted(members))
                if len(key) > 1 and key not in seen:
                    seen.add(key)
                    sets.append((np.array(key), 1))
            for members, is_bundle in sets:
                discount = (0.03 + 0.02 * np.log2(len(members))) if is_bundle else 0.0
                merits.append(round(price[members].sum() * (1 - discount) * (1 + 0.05 * (5 - quality[s]))))
                request_of.append(t)
                groups.append(group if is_bundle else -1)
                line_sets.append(own[members])
                used = np.zeros((2, len(periods)))
                np.add.at(used, role[own[members]], load[own[members]])
                at = np.flatnonzero(used.ravel())
                use_resource.append(s * used.size + at)
                use_amount.append(used.ravel()[at])
                use_count.append(len(at))
            group += 1
    return BidTable(
        line_request=trial.astype(np.int64),
        line_undone=total * 180.0,
        bid_request=np.array(request_of, np.int64),
        bid_merit=np.array(merits, np.float64),
        bid_group=np.array(groups, np.int64),
        line_ptr=np.concatenate([[0], np.cumsum([len(s) for s in line_sets])]).astype(np.int64),
        bid_line=np.concatenate(line_sets).astype(np.int64),
        use_ptr=np.concatenate([[0], np.cumsum(use_count)]).astype(np.int64),
        use_resource=np.concatenate(use_resource).astype(np.int64),
        use_amount=np.concatenate(use_amount),
        capacity=capacity.ravel() * capacity_share,
    )
