"""What a real site is sent, and that plans are found and judged fairly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.supply import (
    HeldKits,
    Lot,
    MinMax,
    NoPlanFound,
    QuantileMean,
    RiskLimits,
    SiteSubject,
    TriggerResupply,
    ample_lots,
    cheapest_plan,
    evaluate_plan,
    missed_share_upper,
    production_quantities,
    simulate_supply,
    site_order,
    study_stockout_upper,
    tuned_min_max,
)
from triallink.engines.supply.scenarios import blinded_four_types, oncology_open

TRIAL = blinded_four_types(8)
FAR = 2000


def test_min_max_orders_up_to_the_maximum_once_below_the_minimum():
    policy = MinMax(minimum=dict.fromkeys("ABCD", 3), maximum=dict.fromkeys("ABCD", 6))
    full = [HeldKits(kit, 3, FAR) for kit in "ABCD"]
    assert site_order(TRIAL, policy, site="S001", today=50, held=full).kits == {}
    low = [HeldKits("A", 2, FAR), *full[1:]]
    assert site_order(TRIAL, policy, site="S001", today=50, held=low).kits == {"A": 4, "B": 3, "C": 3, "D": 3}
    coming = site_order(TRIAL, policy, site="S001", today=50, held=low, in_transit={"A": 1})
    assert coming.kits == {}
    assert coming.position["A"] == 3


@given(stock=st.lists(st.integers(0, 9), min_size=4, max_size=4))
@settings(deadline=None)
def test_every_shipment_holds_every_blinded_kit_type(stock):
    policy = MinMax(minimum=dict.fromkeys("ABCD", 3), maximum=dict.fromkeys("ABCD", 5))
    held = [HeldKits(kit, count, FAR) for kit, count in zip("ABCD", stock, strict=True)]
    order = site_order(TRIAL, policy, site="S001", today=50, held=held)
    assert set(order.kits) == (set("ABCD") if min(stock) < 3 else set())


def test_scheduled_visits_are_covered_for_the_arm_they_belong_to():
    policy = TriggerResupply(
        trigger_days=14, resupply_days=40, minimum=dict.fromkeys("ABCD", 0), maximum=dict.fromkeys("ABCD", 0)
    )
    subject = SiteSubject(day=30, arm="B", next_visit=1)
    soon = site_order(TRIAL, policy, site="S001", today=50, subjects=[subject])
    assert soon.reorder_below == {"A": 0, "B": 1, "C": 0, "D": 0}
    later = site_order(TRIAL, policy, site="S001", today=35, subjects=[subject])
    assert later.kits == {}


def test_sure_and_uncertain_visits_are_covered_together():
    """Three sure visits and two subjects in screening may need five kits of one type; so many must be there."""
    policy = QuantileMean(probability=0.99, long_days=0)
    subjects = [SiteSubject(day=22, arm="A", next_visit=1) for _ in range(3)]
    subjects += [SiteSubject(day=40), SiteSubject(day=40)]
    order = site_order(TRIAL, policy, site="S001", today=44, subjects=subjects, enrollment_share=0.0)
    assert order.reorder_below["A"] >= 4
    surer = QuantileMean(probability=0.9999, long_days=0)
    order = site_order(TRIAL, surer, site="S001", today=44, subjects=subjects, enrollment_share=0.0)
    assert order.reorder_below["A"] == 5
    assert order.reorder_below["B"] == 2


def test_kits_that_end_before_a_replacement_could_come_are_not_counted_on():
    policy = MinMax(minimum=dict.fromkeys("ABCD", 1), maximum=dict.fromkeys("ABCD", 1))
    held = [HeldKits(kit, 5, 90) for kit in "ABCD"]
    assert site_order(TRIAL, policy, site="S001", today=40, held=held).kits == {}
    assert site_order(TRIAL, policy, site="S001", today=52, held=held).kits != {}


def test_a_site_without_subjects_after_enrollment_is_sent_nothing():
    policy = QuantileMean(probability=0.9999, long_days=28)
    assert site_order(TRIAL, policy, site="S001", today=500).kits == {}


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"site": "S999"}, "S999"),
        ({"subjects": [SiteSubject(day=1, arm="Z")]}, "'Z'"),
        ({"subjects": [SiteSubject(day=1, arm="A", next_visit=99)]}, "99"),
        ({"held": [HeldKits("Q", 1, FAR)]}, "'Q'"),
        ({"enrollment_share": 2.0}, "2.0"),
    ],
)
def test_unknown_things_are_refused_by_name(arguments, shown):
    policy = QuantileMean(probability=0.9, long_days=7)
    with pytest.raises(ValueError, match=shown):
        site_order(TRIAL, policy, **({"site": "S001", "today": 60} | arguments))


def test_production_lasts_in_all_but_the_allowed_share_of_courses():
    study = oncology_open(10)
    policy = QuantileMean(probability=0.999, long_days=28)
    outcomes = simulate_supply(study, ample_lots(study), policy, n_simulations=300, seed=2)
    needs = production_quantities(outcomes, 0.06)
    short = [(outcomes.shipped[:, k] > needs[kit.name]).mean() for k, kit in enumerate(study.kit_types)]
    assert max(short) <= 0.02
    assert sum(short) <= 0.06


def test_the_cheapest_plan_keeps_the_limits_with_far_less_surplus_than_min_max():
    study = oncology_open(12)
    limits = RiskLimits(missed_share=0.001, study_stockout=0.02)
    candidates = [QuantileMean(probability=0.9999, long_days=days) for days in (14, 42)]
    plan = cheapest_plan(study, limits=limits, candidates=candidates, n_simulations=150, seed=1)
    yardstick = evaluate_plan(
        study, tuned_min_max(study, limits=limits, n_simulations=150, seed=1), n_simulations=150, seed=1
    )
    assert plan.missed_share <= 0.001
    assert plan.study_stockout <= 0.02 <= plan.study_stockout_upper + 0.02
    assert plan.site_overage < 0.7 * yardstick.site_overage
    assert plan.cost_minor < yardstick.cost_minor


def test_limits_nobody_can_keep_are_reported():
    study = oncology_open(6)
    with pytest.raises(NoPlanFound):
        cheapest_plan(
            study,
            limits=RiskLimits(study_stockout=0.0, missed_share=0.0),
            candidates=[QuantileMean(probability=0.5, long_days=0)],
            n_simulations=60,
            seed=1,
        )


def test_with_a_confidence_the_upper_limits_of_the_risks_decide():
    study = oncology_open(6)
    sure = RiskLimits(missed_share=0.01, study_stockout=0.05, confidence=0.95)
    policy = QuantileMean(probability=0.99999, long_days=28)
    plan = cheapest_plan(study, limits=sure, candidates=[policy], n_simulations=80, seed=1)
    few = simulate_supply(study, ample_lots(study), policy, n_simulations=40, seed=1)

    assert plan.study_stockout_upper <= 0.05
    # No stock-out in 40 courses still allows 7 %: the share alone would pass, the limit does not.
    assert few.study_stockout_risk == 0
    assert study_stockout_upper(few, 0.95) == pytest.approx(1 - 0.05 ** (1 / 40))
    assert RiskLimits(study_stockout=0.05).are_met(few)
    assert not sure.are_met(few)
    assert few.missed_share <= missed_share_upper(few, 0.95) < 0.01
    with pytest.raises(ValueError, match="at least 59 are needed"):
        cheapest_plan(study, limits=sure, candidates=[policy], n_simulations=58, seed=1)


def test_short_shelf_life_makes_a_plan_produce_more():
    study = oncology_open(8)
    policy = QuantileMean(probability=0.999, long_days=56)
    short = tuple(
        Lot(kit.name, "Central", 1_000_000, day, day + 130)
        for kit in study.kit_types
        for day in range(0, 600, 60)
    )
    lasting = evaluate_plan(study, policy, n_simulations=60, seed=1)
    renewed = evaluate_plan(study, policy, n_simulations=60, seed=1, lots=short)
    assert renewed.site_overage > lasting.site_overage
    assert sum(renewed.production.values()) > sum(lasting.production.values())
