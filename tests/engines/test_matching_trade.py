"""Coalitions, settlement and fairness: inside the limits, and nothing hidden."""

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.matching import (
    Market,
    Member,
    Order,
    build_coalitions,
    clear,
    clear_with_quota,
    concentration,
    report,
    settle,
    settle_pair,
    shadow_prices,
)

SITES = tuple(f"site-{n}" for n in range(6))


def _members(seed: int) -> list[Member]:
    rng = random.Random(seed)
    return [
        Member(
            f"smo-{n}",
            {site: rng.randint(10, 90) for site in rng.sample(SITES, rng.randint(1, 4))},
            free_hours=rng.choice([None, 2]),
            site_hours=dict.fromkeys(SITES, 1),
            rating=rng.uniform(2, 5),
        )
        for n in range(6)
    ]


@given(st.integers(0, 5000))
@settings(max_examples=30, deadline=None)
def test_the_first_coalition_is_the_cheapest_that_covers_every_site(seed: int) -> None:
    members = _members(seed)
    costs: dict[frozenset[str], int] = {}
    choices = [[m for m in members if site in m.site_cost_minor] for site in SITES]
    for chosen in itertools.product(*choices):
        used = frozenset(m.id for m in chosen)
        room = all(m.free_hours is None or chosen.count(m) <= m.free_hours for m in members)
        if len(used) <= 4 and room:
            cost = sum(m.site_cost_minor[site] for m, site in zip(chosen, SITES, strict=True)) + 7 * len(used)
            costs[used] = min(cost, costs.get(used, cost))
    found = build_coalitions(SITES, members, count=3, max_members=4, member_cost_minor=7)
    assert [one.cost_minor + 7 * len(one.members) for one in found] == sorted(costs.values())[:3]
    assert len({one.members for one in found}) == len(found)
    for one in found:
        assert set(one.coverage) == set(SITES)
        assert one.lead in one.members
        for member, sites in one.single_points.items():
            others = [m for m in members if m.id in one.members and m.id != member]
            assert not any(site in m.site_cost_minor for m in others for site in sites)


@st.composite
def orders(draw: st.DrawFn) -> list[Order]:
    limits = draw(st.lists(st.tuples(st.integers(50, 150), st.integers(1, 40)), max_size=8))
    return [Order(f"o{n}", limit, hours, n) for n, (limit, hours) in enumerate(limits)]


@given(orders(), orders(), st.fractions(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_settlement_lies_inside_both_limits_and_no_gain_is_left(
    needs: list[Order], offers: list[Order], k: Fraction
) -> None:
    found = settle(needs, offers, k)
    need, offer = {o.id: o for o in needs}, {o.id: o for o in offers}
    for trade in found.trades:
        assert offer[trade.offer_id].limit_minor <= trade.price_minor <= need[trade.need_id].limit_minor
    for side, field in ((need, "need_id"), (offer, "offer_id")):
        for order in side.values():
            given_hours = sum(t.hours for t in found.trades if getattr(t, field) == order.id)
            assert given_hours <= order.hours
    spare_need = [o for o in needs if sum(t.hours for t in found.trades if t.need_id == o.id) < o.hours]
    spare_offer = [o for o in offers if sum(t.hours for t in found.trades if t.offer_id == o.id) < o.hours]
    assert all(n.limit_minor < o.limit_minor for n in spare_need for o in spare_offer)
    assert found == settle(list(reversed(needs)), list(reversed(offers)), k)


def test_a_pair_settles_between_its_limits_and_wrong_limits_are_refused() -> None:
    assert settle_pair(100, 111) == 105
    assert settle_pair(100, 111, Fraction(1)) == 111
    with pytest.raises(ValueError, match="112"):
        settle_pair(112, 111)
    with pytest.raises(ValueError, match="positive hours"):
        Order("x", 5, 0)


def _market() -> Market:
    rng = np.random.default_rng(4)
    n_workers, n_packages = 30, 15
    package, worker = np.divmod(np.arange(n_workers * n_packages), n_workers)
    keep = rng.random(len(package)) < 0.4
    return Market.of(
        capacity=np.repeat(rng.integers(8, 20, (n_workers, 1)), 5, axis=1), start=np.zeros(n_packages), end=np.full(n_packages, 5),
        unfilled_cost=np.full(n_packages, 900.0), edge_package=package[keep], edge_worker=worker[keep],
        edge_cost=rng.integers(100, 600, keep.sum()), edge_hours=np.full(keep.sum(), 4), units=np.full(n_packages, 2),
    )  # fmt: skip


def test_the_fairness_report_adds_up_and_a_quota_shows_its_cost() -> None:
    market = _market()
    plain = clear(market, iterations=200)
    is_new = np.arange(market.n_workers) < 6
    shares = report(plain, is_new)
    assert sum(share.share_of_work for share in shares) == pytest.approx(1)
    before = next(share for share in shares if share.group)
    quota = min(1.0, before.share_of_work + 0.05)
    found = clear_with_quota(market, is_new, quota, iterations=200)
    assert found.is_reached
    assert found.share >= quota
    assert found.extra_cost > 0
    assert found.clearing.cost == pytest.approx(
        clear(market, iterations=200).cost + found.extra_cost, rel=0.01
    )
    assert not clear_with_quota(market, is_new, 1.0, iterations=100, steps=1).is_reached


@pytest.mark.parametrize("costs", [(200.0,) * 4, (200.0, 210.0, 190.0, 200.0)])
def test_scarce_hours_have_the_price_at_which_the_next_best_work_gives_up(costs) -> None:
    # One person, 4 hours a week; four packages of 4 hours over weeks 1 to 4; week 0 has no hours and no work.
    market = Market.of(
        capacity=[[0, 4, 4, 4, 4, 9]],
        start=[1] * 4,
        end=[5] * 4,
        unfilled_cost=[1000.0, 900.0, 800.0, 700.0],
        edge_package=[0, 1, 2, 3],
        edge_worker=[0] * 4,
        edge_cost=costs,
        edge_hours=[4] * 4,
    )
    found = clear(market, seed=1)
    surplus = sorted(np.array([1000.0, 900.0, 800.0, 700.0]) - costs)
    assert found.edge_units.tolist() == [1, 0, 0, 0]
    assert surplus[-2] - 2 <= 4 * found.prices[0, 1:5].sum() <= surplus[-1] + 2
    assert found.prices[0, [0, 5]].tolist() == [0.0, 0.0]


def test_shadow_prices_are_group_means_of_the_dual_and_gini_has_its_known_values() -> None:
    found = clear(_market(), iterations=200)
    prices = shadow_prices(found, np.arange(30) % 2)
    assert set(prices) == {0, 1}
    assert all(row.shape == (5,) and (row >= 0).all() for row in prices.values())
    assert concentration(np.array([1, 1, 1, 1])) == pytest.approx(0)
    assert concentration(np.array([0, 0, 0, 1])) == pytest.approx(0.75)
