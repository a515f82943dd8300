"""What must hold of every clearing, counted again by hand from the people and the work it began with."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.matching import (
    Market,
    Terms,
    Watch,
    Work,
    Workforce,
    candidate_edges,
    clear,
    reclear,
)

WORKERS, PACKAGES, CITIES, WEEKS, UNDONE = 12, 14, 4, 5, 300.0


def _scene(seed: int) -> tuple[Workforce, Work, Terms]:
    rng = np.random.default_rng(seed)
    spot = rng.uniform(0, 800, (CITIES, 2))
    km = np.linalg.norm(spot[:, None] - spot[None], axis=2)
    start = rng.integers(0, WEEKS - 1, PACKAGES)
    workforce = Workforce(
        city=rng.integers(0, CITIES, WORKERS),
        role=rng.integers(0, 2, WORKERS),
        level=rng.integers(1, 4, WORKERS),
        areas=rng.random((WORKERS, 2)) < 0.8,
        valid_until=rng.integers(1, 9, (WORKERS, 2)),
        hour_price=rng.uniform(60, 140, WORKERS),
        rating=rng.uniform(2, 5, WORKERS),
        travel_km=rng.uniform(300, 1500, WORKERS),
        capacity=rng.integers(4, 25, (WORKERS, WEEKS)).astype(np.int32),
    )
    work = Work(
        city=rng.integers(0, CITIES, PACKAGES),
        role=rng.integers(0, 2, PACKAGES),
        level=rng.integers(1, 3, PACKAGES),
        area=rng.integers(0, 2, PACKAGES),
        hours=rng.integers(2, 7, PACKAGES),
        start=start,
        end=np.minimum(start + rng.integers(1, 4, PACKAGES), WEEKS),
        credentials=rng.random((PACKAGES, 2)) < 0.3,
        price_limit=rng.uniform(100, 150, PACKAGES),
        blocked=frozenset((int(j), int(w)) for j, w in rng.integers(0, 12, (10, 2))),
    )
    return workforce, work, Terms(km, 20 + 0.5 * km)


def _cleared(seed: int, units: int):
    workforce, work, terms = _scene(seed)
    edges = candidate_edges(workforce, work, terms, most=6)
    market = Market.of(
        capacity=workforce.capacity,
        start=work.start,
        end=work.end,
        units=np.full(PACKAGES, units),
        unfilled_cost=UNDONE * work.hours * (work.end - work.start),
        edge_package=edges.package,
        edge_worker=edges.worker,
        edge_cost=edges.cost,
        edge_hours=work.hours[edges.package],
    )
    return workforce, work, terms, clear(market, iterations=120)


@given(st.integers(0, 10_000), st.integers(1, 2))
@settings(max_examples=25, deadline=None)
def test_nobody_works_unqualified_too_far_blocked_or_beyond_free_hours(seed: int, units: int) -> None:
    workforce, work, terms, found = _cleared(seed, units)
    load = np.zeros((WORKERS, WEEKS), int)
    for k in np.flatnonzero(found.edge_units):
        j, w = int(found.market.edge_package[k]), int(found.market.edge_worker[k])
        assert workforce.role[w] == work.role[j]
        assert workforce.level[w] >= work.level[j]
        assert workforce.areas[w, work.area[j]]
        last_week = work.end[j] - 1
        for credential in np.flatnonzero(work.credentials[j]):
            assert workforce.valid_until[w, credential] >= last_week
        assert workforce.hour_price[w] <= work.price_limit[j]
        assert terms.distance_km[workforce.city[w], work.city[j]] <= workforce.travel_km[w]
        assert (j, w) not in work.blocked
        for week in range(work.start[j], work.end[j]):
            load[w, week] += found.edge_units[k] * work.hours[j]
    assert (load <= workforce.capacity).all()


@given(st.integers(0, 10_000), st.integers(1, 2))
@settings(max_examples=15, deadline=None)
def test_the_cost_is_what_the_people_and_the_undone_work_cost(seed: int, units: int) -> None:
    workforce, work, terms, found = _cleared(seed, units)
    total = 0.0
    for j in range(PACKAGES):
        weeks, done = int(work.end[j] - work.start[j]), 0
        for k in range(found.market.edge_ptr[j], found.market.edge_ptr[j + 1]):
            w, given_units = int(found.market.edge_worker[k]), int(found.edge_units[k])
            hour = workforce.hour_price[w] + terms.rating_cost * (5 - workforce.rating[w])
            trip = terms.trip_cost[workforce.city[w], work.city[j]]
            total += given_units * weeks * (work.hours[j] * hour + trip)
            done += given_units
        total += (units - done) * UNDONE * work.hours[j] * weeks
    assert found.cost == pytest.approx(total)
    assert found.bound <= found.cost + 1e-6


def _whole(seed: int, weeks: int) -> dict:
    """Whole packages only: sets of work with several weeks, generalized assignment with one."""
    rng = np.random.default_rng(seed)
    package, worker = np.divmod(np.arange(10 * 5), 5)
    start = rng.integers(0, weeks, 10)
    return {
        "capacity": rng.integers(8, 20, (5, weeks)),
        "start": start,
        "end": np.minimum(start + rng.integers(1, weeks + 1, 10), weeks),
        "unfilled_cost": np.full(10, 120.0),
        "edge_package": package,
        "edge_worker": worker,
        "edge_cost": rng.integers(5, 90, 50).astype(float),
        "edge_hours": rng.integers(2, 9, 50),
        "worker_id": np.array([f"w{w}" for w in range(5)]),
        "package_id": np.array([f"p{j}" for j in range(10)]),
    }


@given(st.integers(0, 10_000), st.sampled_from([1, 3]))
@settings(max_examples=8, deadline=None)
def test_whole_packages_clear_alike_in_any_order_of_the_input(seed: int, weeks: int) -> None:
    parts = _whole(seed, weeks)
    rng = np.random.default_rng(seed)
    packages, workers, edges = rng.permutation(10), rng.permutation(5), rng.permutation(50)
    shuffled = {
        **{name: parts[name][packages] for name in ("start", "end", "unfilled_cost", "package_id")},
        **{name: parts[name][workers] for name in ("capacity", "worker_id")},
        "edge_package": np.argsort(packages)[parts["edge_package"]][edges],
        "edge_worker": np.argsort(workers)[parts["edge_worker"]][edges],
        **{name: parts[name][edges] for name in ("edge_cost", "edge_hours")},
    }
    one, other = (clear(Market.of(**p), iterations=60) for p in (parts, shuffled))
    assert one.cost == other.cost
    assert one.bound == other.bound
    assert (one.edge_units == other.edge_units).all()


def test_a_search_for_a_wide_gap_ends_before_one_for_the_optimum() -> None:
    market = Market.of(**_whole(4, 1))
    asked = []

    def elapsed() -> float:
        asked.append(1)
        return 0.001 * len(asked)

    content = clear(market, good_gap=10.0, watch=Watch(elapsed, seconds=5.0))
    few = len(asked)
    asked.clear()
    clear(market, good_gap=0.0, watch=Watch(elapsed, seconds=5.0))
    assert content.gap <= 10.0
    assert few < len(asked)


@given(st.integers(0, 10_000), st.floats(0.0, 40.0))
@settings(max_examples=15, deadline=None)
def test_clearing_again_with_a_churn_cost_keeps_what_holds_and_costs_no_more_than_repairing(
    seed: int, churn_cost: float
) -> None:
    _, _, _, before = _cleared(seed, 2)
    same = reclear(before, before.market, churn_cost=churn_cost)
    assert same.dropped_units == 0
    assert same.clearing.cost <= before.cost + 1e-6
    assert before.cost - same.clearing.cost >= churn_cost * same.moved_units - 1e-6


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_an_illness_or_a_cancelled_package_leaves_the_bound_of_whole_packages_standing(seed: int) -> None:
    market = Market.of(**_whole(seed, 3))
    before = clear(market, iterations=150)
    capacity, units = market.capacity.copy(), market.units.copy()
    capacity[seed % 5], units[seed % 10] = 0, 0
    changed = market.altered(capacity=capacity, units=units)
    after, anew = reclear(before, changed).clearing, clear(changed, iterations=150)
    withdrawn = market.unfilled_cost[seed % 10]
    assert before.bound - withdrawn - 1e-3 <= after.bound <= anew.cost + 1e-6


def test_a_bound_that_took_bookings_for_granted_does_not_outlive_them() -> None:
    market = Market.of(**_whole(6, 3))
    free = clear(market, iterations=150)
    worst = np.zeros(market.n_edges, int)
    worst[market.edge_ptr[1] - 1] = 1  # the dearest way to have the first package done
    held = clear(market, iterations=150, fixed=worst)
    assert held.bound > free.bound
    assert reclear(held, market).clearing.bound <= free.cost + 1e-6
