"""Clearing by region: prices whatever the cut, nothing sold twice, almost the same cost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.matching import Market, clear, clear_by_region, cut_regions, objective

WEEKS = 6


def _market(seed: int, n_workers: int = 60, n_packages: int = 90, **more) -> tuple[Market, np.ndarray]:
    """People and work on a map; half of the candidates live near, the others anywhere."""
    rng = np.random.default_rng(seed)
    home, place = rng.uniform(0, 100, (n_workers, 2)), rng.uniform(0, 100, (n_packages, 2)).round(-1)
    km = np.linalg.norm(place[:, None] - home[None], axis=2)
    near = np.argsort(km, axis=1)[:, :6]
    pairs = {(j, int(w)) for j in range(n_packages) for w in [*near[j], *rng.integers(0, n_workers, 5)]}
    package, worker = np.array(sorted(pairs)).T
    start = rng.integers(0, WEEKS - 1, n_packages)
    end = np.minimum(start + rng.integers(1, WEEKS, n_packages), WEEKS)
    price = rng.uniform(60, 120, n_workers)
    weeks = (end - start)[package]
    market = Market.of(
        capacity=rng.integers(0, 9, (n_workers, WEEKS)) * 2,
        start=start,
        end=end,
        units=rng.integers(1, 5, n_packages),
        unfilled_cost=260.0 * 2 * (end - start),
        edge_package=package,
        edge_worker=worker,
        edge_cost=weeks * (2 * price[worker] + km[package, worker]),
        edge_hours=np.full(len(package), 2),
        **more,
    )
    return market, place


@given(st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_one_two_and_four_regions_agree_on_prices_and_nearly_on_cost(seed: int) -> None:
    market, place = _market(seed)
    whole = clear(market, iterations=300)
    for count in (1, 2, 4):
        found = clear_by_region(market, cut_regions(place, count), iterations=300)
        assert found.bound == pytest.approx(whole.bound, rel=1e-9)
        assert (found.prices == whole.prices).all()
        assert objective(market, found.edge_units) == found.cost
        assert found.bound <= found.cost
        assert found.cost <= 1.01 * whole.cost  # 90 packages only; 0.2 % is measured on a market of thousands


@given(st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_packages_for_one_person_end_alike_however_the_market_is_cut(seed: int) -> None:
    market, place = _market(seed)
    whole = market.altered(units=np.ones(market.n_packages, np.int32))
    found = [clear_by_region(whole, cut_regions(place, count), iterations=120) for count in (1, 2, 4)]
    for one in found:
        assert one.bound == pytest.approx(found[0].bound, rel=1e-6)
        assert one.cost == pytest.approx(found[0].cost, rel=0.002)
        assert objective(whole, one.edge_units) == one.cost
        assert one.bound <= one.cost + 1e-6


def test_packages_for_one_person_keep_bookings_and_cost_little_more_than_in_one_piece() -> None:
    market, place = _market(5)
    whole = market.altered(units=np.ones(market.n_packages, np.int32))
    piece = clear(whole, iterations=300)
    found = clear_by_region(whole, cut_regions(place, 4), iterations=300)
    assert found.cost <= 1.01 * piece.cost  # 90 packages only, as above
    booked = np.zeros(market.n_edges, int)
    booked[np.flatnonzero(found.edge_units)[::3]] = 1
    kept = clear_by_region(whole, cut_regions(place, 3), iterations=60, fixed=booked)
    assert (kept.edge_units >= booked).all()
    assert objective(whole, kept.edge_units) == kept.cost
    nobody = whole.altered(capacity=np.zeros_like(whole.capacity))
    idle = clear_by_region(nobody, cut_regions(place, 2), iterations=30)
    assert idle.cost == nobody.unfilled_cost.sum()


@given(st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_limits_on_sites_and_bookings_hold_across_regions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    market, place = _market(seed, max_sites=rng.integers(0, 3, 60), max_workers=rng.integers(0, 3, 90))
    region = cut_regions(place, 3)
    free = clear_by_region(market, region, iterations=60)
    assert objective(market, free.edge_units) == free.cost
    booked = np.where(rng.random(market.n_edges) < 0.5, free.edge_units, 0)
    kept = clear_by_region(market, region, iterations=60, fixed=booked)
    assert (kept.edge_units >= booked).all()
    assert objective(market, kept.edge_units) == kept.cost
    assert kept.bound <= kept.cost + 1e-6


def test_regions_are_equally_heavy_and_do_not_part_a_place() -> None:
    rng = np.random.default_rng(1)
    place, weight = rng.integers(0, 12, (800, 2)), rng.uniform(1, 2, 800)
    region = cut_regions(place, 4, weight)
    load = np.bincount(region, weights=weight)
    assert len(load) == 4
    assert load.max() <= 1.15 * load.min()
    assert all(len(set(region[(place == spot).all(axis=1)])) == 1 for spot in np.unique(place, axis=0))
    order = rng.permutation(800)
    assert (cut_regions(place[order], 4, weight[order]) == region[order]).all()


def test_regions_without_work_or_people_are_no_trouble() -> None:
    market, place = _market(2)
    one_place = cut_regions(np.zeros((90, 2)), 4)
    assert clear_by_region(market, one_place, iterations=50).cost > 0
    nobody = market.altered(capacity=np.zeros_like(market.capacity))
    idle = clear_by_region(nobody, cut_regions(place, 4), iterations=50)
    assert idle.cost == (market.unfilled_cost * market.units).sum()
    none = np.zeros(0, int)
    empty = Market.of(
        capacity=np.zeros((3, 2)), start=[0], end=[1], unfilled_cost=[5.0],
        edge_package=none, edge_worker=none, edge_cost=none, edge_hours=none,
    )  # fmt: skip
    assert clear_by_region(empty, [0]).cost == 5.0


def test_wrong_regions_are_refused_with_the_value() -> None:
    market, place = _market(3, site=np.zeros(90, int), max_sites=np.full(60, 2))
    with pytest.raises(ValueError, match="90 regions are needed"):
        clear_by_region(market, [0, 1])
    with pytest.raises(ValueError, match="site 0 lies in two regions"):
        clear_by_region(market, cut_regions(place, 2))
    with pytest.raises(ValueError, match="at least one region is needed, got 0"):
        cut_regions(place, 0)
    with pytest.raises(ValueError, match="got \\(90,\\)"):
        cut_regions(place[:, 0], 2)
