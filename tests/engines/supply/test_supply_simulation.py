"""What must hold in every simulated course of a trial's supply."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.supply import (
    Arm,
    Country,
    Depot,
    DepotResupply,
    DoseLevel,
    KitType,
    LeadTime,
    Lot,
    MinMax,
    PoissonGamma,
    ProjectedDemand,
    QuantileMean,
    Site,
    Trial,
    TriggerResupply,
    ample_lots,
    simulate_supply,
)
from triallink.engines.supply.arrays import trial_arrays
from triallink.engines.supply.path import draw_path


def trial(**changes) -> Trial:
    """Two arms and a titrated one, three kit types, six sites in two countries behind two depots."""
    settings = {
        "kit_types": (KitType("A", 100, 40, 20), KitType("B", 100, 40, 20), KitType("C", 100, 40, 20, False)),
        "arms": (
            Arm("A", 1, (DoseLevel({"A": 1}),)),
            Arm("B", 2, (DoseLevel({"B": 1}), DoseLevel({"B": 2, "C": 1})), ((0.5, 0.5), (0.2, 0.8))),
        ),
        "visit_days": (0, 21, 42, 63, 84),
        "depots": (Depot("Central"), Depot("Region", "Central", 6)),
        "countries": (
            Country("X", "Central", LeadTime((2, 4), (0.8, 0.2)), 500),
            Country("Y", "Region", LeadTime((3, 5, 8), (0.5, 0.3, 0.2)), 900),
        ),
        "sites": tuple(Site(f"S{i}", "XY"[i % 2], 20 + 5 * i, 1.5, 1.0) for i in range(6)),
        "target_subjects": 60,
        "enrollment_days": 250,
        "screening_days": 10,
        "screening_failure": 0.2,
        "dropout_probability": 0.2,
        "visit_window_days": 2,
    }
    return Trial(**(settings | changes))


POLICIES = [
    MinMax(minimum={"A": 2, "B": 4, "C": 2}, maximum={"A": 4, "B": 8, "C": 4}),
    TriggerResupply(trigger_days=14, resupply_days=42, minimum={"A": 1, "B": 1}, maximum={"A": 2, "B": 2}),
    ProjectedDemand(trigger_days=14, resupply_days=42, safety_factor=1.5),
    QuantileMean(probability=0.99, long_days=21),
    QuantileMean(probability=0.9999, long_days=21, first_shipment="screening"),
]
every_policy = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: repr(policy)[:60])


def assert_kits_are_conserved(outcomes) -> None:
    where = (
        outcomes.dispensed,
        outcomes.expired_at_sites,
        outcomes.expired_at_depots,
        outcomes.left_at_sites,
        outcomes.left_at_depots,
        outcomes.in_transit,
    )
    assert all((part >= 0).all() for part in where)
    assert (sum(where) == outcomes.released).all()
    assert (outcomes.dispensed <= outcomes.shipped).all()
    assert (outcomes.missed_visits <= outcomes.visits).all()


@every_policy
def test_no_kit_appears_or_vanishes(policy):
    lots = (
        *(Lot(kit, "Central", 120, 0, 150) for kit in "ABC"),
        *(Lot(kit, "Central", 400, 60, 500) for kit in "ABC"),
        *(Lot(kit, "Region", 60, 10, 200) for kit in "ABC"),
    )
    outcomes = simulate_supply(trial(), lots, policy, n_simulations=30, seed=5)
    assert_kits_are_conserved(outcomes)
    assert outcomes.expired_at_depots.sum() > 0


@given(
    quantity=st.integers(0, 60),
    expiry=st.integers(30, 400),
    share=st.floats(0, 0.9),
    lead=st.integers(1, 9),
    seed=st.integers(0, 2**40),
    policy=st.sampled_from(POLICIES),
)
@settings(max_examples=30, deadline=None)
def test_kits_are_conserved_whatever_the_trial(quantity, expiry, share, lead, seed, policy):
    study = trial(
        dropout_probability=share,
        screening_failure=share,
        countries=(
            Country("X", "Central", LeadTime((lead,)), 500),
            Country("Y", "Region", LeadTime((1, lead + 1), (0.4, 0.6)), 900),
        ),
    )
    lots = tuple(Lot(kit, "Central", quantity, day, day + expiry) for kit in "ABC" for day in (0, 90))
    assert_kits_are_conserved(simulate_supply(study, lots, policy, n_simulations=4, seed=seed))


def visit_days(study: Trial, seed: int, number: int) -> list[int]:
    """Return the day of every dispensing visit of one course."""
    path = draw_path(trial_arrays(study), seed, number)
    days = []
    for day, first in enumerate(path.first_of_day):
        event = first
        while event >= 0:
            if path.event_visit[event] >= 0:
                days.append(day)
            event = path.following[event]
    return days


@every_policy
def test_expired_kits_are_never_dispensed(policy):
    study = trial()
    last_usable = 160 - 20
    lots = tuple(Lot(kit, "Central", 5000, 0, 160) for kit in "ABC")
    outcomes = simulate_supply(study, lots, policy, n_simulations=10, seed=9)
    for i in range(10):
        days = np.array(visit_days(study, 9, i))
        assert outcomes.visits[i] == len(days)
        served = outcomes.visits[i] - outcomes.missed_visits[i]
        assert served <= (days <= last_usable).sum()
    assert (outcomes.left_at_sites == 0).all()


@every_policy
def test_renaming_kit_types_renames_the_results(policy):
    study = trial()
    order = (2, 0, 1)
    permuted = replace(study, kit_types=tuple(study.kit_types[i] for i in order))
    lots = tuple(Lot(kit, "Central", 90, 0, 200) for kit in "ABC") + tuple(
        Lot(kit, "Central", 300, 50, 600) for kit in "ABC"
    )
    one = simulate_supply(study, lots, policy, n_simulations=10, seed=2)
    other = simulate_supply(permuted, lots[::-1], policy, n_simulations=10, seed=2)
    for name in ("dispensed", "shipped", "expired_at_sites", "left_at_sites", "missed_kits"):
        assert (getattr(one, name)[:, order] == getattr(other, name)).all()
    assert (one.shipments == other.shipments).all()


def test_policies_meet_the_same_subjects():
    visits = {
        tuple(simulate_supply(trial(), ample_lots(trial()), policy, n_simulations=12, seed=4).visits.tolist())
        for policy in POLICIES
    }
    assert len(visits) == 1


def test_threads_and_slices_do_not_change_a_course():
    study, policy = trial(), POLICIES[3]
    lots = ample_lots(study)
    whole = simulate_supply(study, lots, policy, n_simulations=12, seed=4, threads=1)
    threaded = simulate_supply(study, lots, policy, n_simulations=12, seed=4, threads=3)
    part = simulate_supply(study, lots, policy, n_simulations=5, seed=4, first_simulation=7)
    assert (whole.shipped == threaded.shipped).all()
    assert (whole.shipped[7:] == part.shipped).all()
    assert (whole.visits != simulate_supply(study, lots, policy, n_simulations=12, seed=5).visits).any()


def test_enrollment_has_the_moments_of_the_poisson_gamma_model():
    study = trial(
        target_subjects=2_000,
        screening_failure=0.0,
        sites=tuple(Site(f"S{i}", "X", 0, 1.2, 2.0) for i in range(20)),
        enrollment_days=round(365.25 / 2) - 1,
    )
    arrays = trial_arrays(study)
    counts = np.array([draw_path(arrays, 7, i).n_subjects for i in range(4000)])
    model = PoissonGamma(1.2, 2.0)
    mean, variance = model.mean(20, 6), model.variance(20, 6)
    assert abs(counts.mean() - mean) < 4.5 * np.sqrt(variance / 4000) + 0.01 * mean
    assert counts.var() == pytest.approx(variance, rel=0.12)
    assert abs(np.quantile(counts, 0.95) - model.quantile(0.95, 20, 6)) <= 2


def test_arms_are_thinned_by_their_ratio():
    arrays = trial_arrays(trial())
    paths = [draw_path(arrays, 3, i) for i in range(300)]
    arms = np.concatenate([path.subject_arm[: path.n_subjects] for path in paths])
    share = (arms == 0).mean()
    assert abs(share - 1 / 3) < 4.5 * np.sqrt(2 / 9 / len(arms))


def test_screening_closes_at_the_target():
    study = trial(screening_failure=0.0, screening_days=0, target_subjects=17)
    arrays = trial_arrays(study)
    assert {draw_path(arrays, 1, i).n_randomized for i in range(200)} <= set(range(18))
    assert max(draw_path(arrays, 1, i).n_randomized for i in range(200)) == 17


def test_forecast_moments_equal_the_kits_subjects_use():
    """Mean and variance of the kits of a subject, and of those still to come, against drawn courses."""
    study = trial(screening_failure=0.3, visit_window_days=0)
    arrays = trial_arrays(study)
    kits = []
    for i in range(400):
        path = draw_path(arrays, 12, i)
        used = np.zeros((path.n_subjects, 3))
        for first in path.first_of_day:
            event = first
            while event >= 0:
                n, visit = path.event_subject[event], path.event_visit[event]
                if visit >= 0:
                    used[n] += arrays.kits[path.subject_arm[n], path.event_level[event], visit]
                event = path.following[event]
        kits.append(used[used.sum(axis=1) > 0])
    kits = np.concatenate(kits)
    end = len(study.visit_days)
    error = kits.std(axis=0) / np.sqrt(len(kits))
    assert (np.abs(kits.mean(axis=0) - arrays.start_mean[end]) < 4.5 * error).all()
    assert np.allclose((kits**2).mean(axis=0), arrays.start_square[end], rtol=0.06)


@every_policy
def test_ample_stock_serves_nearly_every_visit(policy):
    outcomes = simulate_supply(trial(), ample_lots(trial()), policy, n_simulations=40, seed=8)
    assert outcomes.missed_share < 0.2


def test_higher_probability_misses_less_and_longer_cover_ships_less():
    study = trial()
    lots = ample_lots(study)

    def run(probability, long_days):
        policy = QuantileMean(probability=probability, long_days=long_days)
        return simulate_supply(study, lots, policy, n_simulations=150, seed=6)

    assert run(0.9999, 21).missed_share < run(0.6, 21).missed_share
    assert run(0.99, 63).mean_shipments < run(0.99, 7).mean_shipments
    assert run(0.9999, 21).missed_share < 0.001


def test_without_stock_every_visit_is_missed():
    lots = tuple(Lot(kit, "Central", 0, 0, 900) for kit in "ABC")
    outcomes = simulate_supply(trial(), lots, POLICIES[0], n_simulations=5, seed=1)
    assert (outcomes.missed_visits == outcomes.visits).all()
    assert (outcomes.shipments == 0).all()


def test_a_regional_depot_is_refilled_before_its_sites_run_dry():
    study = trial()
    outcomes = simulate_supply(
        study,
        ample_lots(study),
        QuantileMean(probability=0.999, long_days=21),
        n_simulations=50,
        seed=3,
        depot_resupply=DepotResupply(trigger_days=30, resupply_days=60),
    )
    assert outcomes.missed_share < 0.002
    assert outcomes.depot_stockout_risk < 0.3


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: KitType("A", do_not_ship_days=5, do_not_dispense_days=9), "kit type A"),
        (lambda: Lot("A", "Central", 5, 10, 10), "day 10"),
        (lambda: LeadTime((3, 2), (0.5, 0.5)), r"\(3, 2\)"),
        (lambda: LeadTime((2, 3), (0.5, 0.4)), "0.9"),
        (lambda: trial(visit_days=(0, 21, 20)), "20"),
        (lambda: trial(visit_window_days=11), "window of 11"),
        (lambda: trial(arms=(Arm("A", 1, (DoseLevel({"Q": 1}),)),)), "'Q'"),
        (lambda: trial(depots=(Depot("Central", "Mars"),)), "Mars"),
        (lambda: trial(sites=(Site("S", "Z", 0, 1, 1),)), "'Z'"),
        (lambda: MinMax(minimum={"A": 3}, maximum={"A": 2}), "3 <= 2"),
        (lambda: QuantileMean(probability=1.0, long_days=1), "1.0"),
        (
            lambda: simulate_supply(
                trial(), (), MinMax(minimum={"Q": 1}, maximum={"Q": 1}), n_simulations=1, seed=1
            ),
            "Q",
        ),
        (
            lambda: simulate_supply(trial(screening_days=5), (), POLICIES[4], n_simulations=1, seed=1),
            "lasts 5",
        ),
        (
            lambda: simulate_supply(
                trial(), (Lot("Q", "Central", 1, 0, 9),), POLICIES[0], n_simulations=1, seed=1
            ),
            "Q",
        ),
    ],
)
def test_impossible_settings_are_refused_with_their_value(make, shown):
    with pytest.raises(ValueError, match=shown):
        make()
