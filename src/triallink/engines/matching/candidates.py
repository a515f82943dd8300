"""Candidate edges: who could do which package, and for everybody else the reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triallink.engines.matching.market import Floats, Ints
from triallink.kernel.refusals import N_


@dataclass(frozen=True)
class Workforce:
    """Workers as arrays of length n_workers.

    city         position in the distance table;  role, level   whole numbers, level 3 = senior.
    areas        shape (n_workers, n_areas), therapeutic areas the worker is experienced in.
    valid_until  shape (n_workers, n_credentials), last week of validity, -1 = never had it.
    hour_price   per hour;  rating   1 to 5;  travel_km   most kilometres to a site.
    capacity     shape (n_workers, n_weeks), free hours.
    """

    city: Ints
    role: Ints
    level: Ints
    areas: NDArray[np.bool_]
    valid_until: Ints
    hour_price: Floats
    rating: Floats
    travel_km: Floats
    capacity: NDArray[np.int32]


@dataclass(frozen=True)
class Work:
    """Packages as arrays of length n_packages.

    hours          per week and unit;  start, end   first week and the week after the last.
    credentials    shape (n_packages, n_credentials), which are required.
    price_limit    most per hour.
    blocked        pairs (package, worker) with a conflict of interest or a refusal.
    """

    city: Ints
    role: Ints
    level: Ints
    area: Ints
    hours: Ints
    start: Ints
    end: Ints
    credentials: NDArray[np.bool_]
    price_limit: Floats
    blocked: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Terms:
    """What an hour costs beside its price.

    distance_km, trip_cost   shape (n_cities, n_cities); trip_cost is per week of presence.
    rating_cost              per hour and missing point of rating.
    """

    distance_km: Floats
    trip_cost: Floats
    rating_cost: float = 6.0


@dataclass(frozen=True)
class Edges:
    """Sparse candidates: package, worker and cost of one unit for the whole window."""

    package: Ints
    worker: Ints
    cost: Floats


@dataclass(frozen=True)
class WhyNot:
    """One reason why a worker is no candidate for a package."""

    code: str
    template: str
    params: Mapping[str, Any]


def candidate_edges(workforce: Workforce, work: Work, terms: Terms, *, most: int = 30) -> Edges:
    """Return the cheapest candidates of every package among those nearest to it.

    most       edges per package; five times as many qualified workers are looked at, nearest first.
    Returns    Edges, by package and then by cost.
    Raises     ValueError if most < 1.
    Source     workers indexed by qualification and city; cities by distance.
    """
    if most < 1:
        raise ValueError(f"a package needs at least one candidate, got {most!r}")
    nearest = np.argsort(terms.distance_km, axis=1, kind="stable")
    index: dict[tuple[int, int, int], tuple[Ints, Ints]] = {}
    packages, workers, costs = [], [], []
    for j in range(len(work.city)):
        key = (int(work.role[j]), int(work.area[j]), int(work.level[j]))
        if key not in index:
            index[key] = _by_city(workforce, key, len(nearest))
        found, first = index[key]
        pool: list[Ints] = []
        seen = 0
        for city in nearest[work.city[j]]:
            here = found[first[city] : first[city + 1]]
            if len(here):
                pool.append(here[_is_free(workforce, work, terms, here, j)])
                seen += len(pool[-1])
            if seen >= 5 * most:
                break
        near = np.concatenate(pool) if pool else np.zeros(0, np.int64)
        cost = _cost(workforce, work, terms, near, j)
        best = np.lexsort((near, cost))[:most]
        packages.append(np.full(len(best), j))
        workers.append(near[best])
        costs.append(cost[best])
    if not packages:
        return Edges(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return Edges(np.concatenate(packages), np.concatenate(workers), np.concatenate(costs))


def why_not(
    workforce: Workforce, work: Work, terms: Terms, edges: Edges, j: int, w: int
) -> tuple[WhyNot, ...]:
    """Return every reason why worker w is no candidate for package j; empty if it is one.

    Returns    reasons, hard ones first; a qualified worker that only others beat in cost or nearness
               has the reason "others_cost_less".
    Raises     IndexError if there is no such worker or package.
    Source     the same rules as `candidate_edges`.
    """
    found: list[WhyNot] = []

    def add(is_so: bool, code: str, template: str, **params: Any) -> None:
        if is_so:
            found.append(WhyNot(code, template, params))

    km = float(terms.distance_km[workforce.city[w], work.city[j]])
    window = slice(int(work.start[j]), int(work.end[j]))
    free = int(workforce.capacity[w, window].min(initial=np.iinfo(np.int32).max))
    until = workforce.valid_until[w][work.credentials[j]]
    add((j, w) in work.blocked, "blocked", N_("Conflict of interest or refused before."))
    add(workforce.role[w] != work.role[j], "wrong_role", N_("Works in another role."))
    add(
        workforce.level[w] < work.level[j], "level_too_low", N_("Works at level %(level)s; level %(needed)s is needed."),
        level=int(workforce.level[w]), needed=int(work.level[j]),
    )  # fmt: skip
    add(
        not workforce.areas[w, work.area[j]],
        "area_missing",
        N_("Has no experience in this therapeutic area."),
    )
    add(
        bool((until < work.end[j] - 1).any()),
        "credential",
        N_("A required credential is missing or ends too early."),
    )
    add(
        free < work.hours[j], "too_few_hours", N_("Has only %(free)s free hours in some week; %(needed)s are needed."),
        free=free, needed=int(work.hours[j]),
    )  # fmt: skip
    add(
        km > workforce.travel_km[w], "too_far", N_("The site is %(km)s km away; travels at most %(limit)s km."),
        km=round(km), limit=round(float(workforce.travel_km[w])),
    )  # fmt: skip
    add(workforce.hour_price[w] > work.price_limit[j], "too_dear", N_("Asks more than the limit per hour."))
    if not found and not ((edges.package == j) & (edges.worker == w)).any():
        add(True, "others_cost_less", N_("Qualified, but others are nearer or cost less."))
    return tuple(found)


def _by_city(workforce: Workforce, key: tuple[int, int, int], n_cities: int) -> tuple[Ints, Ints]:
    """Workers with this role, area and at least this level, sorted by city, and where cities begin."""
    role, area, level = key
    found = np.flatnonzero((workforce.role == role) & (workforce.level >= level) & workforce.areas[:, area])
    found = found[np.argsort(workforce.city[found], kind="stable")]
    return found, np.searchsorted(workforce.city[found], np.arange(n_cities + 1))


def _is_free(workforce: Workforce, work: Work, terms: Terms, workers: Ints, j: int) -> NDArray[np.bool_]:
    """Which of these qualified workers pass everything else that is hard."""
    good = workforce.capacity[workers, work.start[j] : work.end[j]].min(axis=1) >= work.hours[j]
    good &= terms.distance_km[workforce.city[workers], work.city[j]] <= workforce.travel_km[workers]
    good &= workforce.hour_price[workers] <= work.price_limit[j]
    if work.credentials[j].any():
        good &= (workforce.valid_until[workers][:, work.credentials[j]] >= work.end[j] - 1).all(axis=1)
    if work.blocked:
        good &= np.array([(j, int(w)) not in work.blocked for w in workers], bool)
    return good


def _cost(workforce: Workforce, work: Work, terms: Terms, workers: Ints, j: int) -> Floats:
    weeks = int(work.end[j] - work.start[j])
    hour = workforce.hour_price[workers] + terms.rating_cost * (5.0 - workforce.rating[workers])
    trip = terms.trip_cost[workforce.city[workers], work.city[j]]
    return weeks * (int(work.hours[j]) * hour + trip)
