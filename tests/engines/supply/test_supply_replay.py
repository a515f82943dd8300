"""The compiled simulation does what a plain day-by-day replay with site_order does.

The replay shares nothing with the compiled flow but the drawn course and the public site_order: it keeps kits in lists, one
entry per kit, and walks the calendar.
"""

import numpy as np
import pytest

from triallink.engines.supply import (
    Arm,
    Country,
    Depot,
    DoseLevel,
    HeldKits,
    KitType,
    LeadTime,
    Lot,
    MinMax,
    ProjectedDemand,
    QuantileMean,
    Site,
    SiteSubject,
    Trial,
    TriggerResupply,
    simulate_supply,
    site_order,
)
from triallink.engines.supply.arrays import trial_arrays
from triallink.engines.supply.path import ENTERS_SCREENING, LEAVES, draw_path

LEAD = 4
TRIAL = Trial(
    kit_types=(KitType("A", 1, 50, 25), KitType("B", 1, 50, 25)),
    arms=(
        Arm("A", 1, (DoseLevel({"A": 1}),)),
        Arm("B", 2, (DoseLevel({"B": 1}), DoseLevel({"B": 2})), ((0.4, 0.6), (0.3, 0.7))),
    ),
    visit_days=(0, 28, 56, 84),
    depots=(Depot("Central"),),
    countries=(Country("X", "Central", LeadTime((LEAD,)), 7),),
    sites=tuple(Site(f"S{i}", "X", 20 + 9 * i, 1.5, 1.0) for i in range(5)),
    target_subjects=40,
    enrollment_days=200,
    screening_days=7,
    screening_failure=0.25,
    dropout_probability=0.3,
    visit_window_days=2,
)
LOTS = (
    Lot("A", "Central", 60, 0, 190),
    Lot("B", "Central", 80, 0, 190),
    Lot("A", "Central", 50, 60, 420),
    Lot("B", "Central", 90, 60, 420),
)
POLICIES = [
    MinMax(minimum={"A": 2, "B": 3}, maximum={"A": 3, "B": 6}),
    TriggerResupply(trigger_days=14, resupply_days=35, minimum={"A": 1, "B": 1}, maximum={"A": 1, "B": 2}),
    ProjectedDemand(trigger_days=14, resupply_days=35, safety_factor=1.3),
    QuantileMean(probability=0.99, long_days=20, review_days=5),
    QuantileMean(probability=0.999, long_days=20, first_shipment="screening"),
]
DND, DNS = 25, 50


class Replay:
    """One course of the trial with every kit as an entry of a list: (expiry, arrival day)."""

    def __init__(self, policy, seed: int, number: int) -> None:
        self.policy = policy
        self.arrays = trial_arrays(TRIAL)
        self.path = draw_path(self.arrays, seed, number)
        self.depot = {"A": [], "B": []}
        self.site = [{"A": [], "B": []} for _ in TRIAL.sites]
        self.subjects: list[dict[int, SiteSubject]] = [{} for _ in TRIAL.sites]
        self.entered = [0] * len(TRIAL.sites)
        self.randomized = self.in_screening = 0
        self.counts = dict.fromkeys(
            ("dispensed", "missed", "visits", "shipments", "shipped", "unfilled", "expired_at_sites"), 0
        )

    def run(self) -> dict[str, int]:
        for day in range(TRIAL.last_day + 1):
            for lot in LOTS:
                if lot.released_on_day == day:
                    self.depot[lot.kit_type] += [lot.expires_on_day] * lot.quantity
            for stock in self.site:
                for kits in stock.values():
                    expired = [kit for kit in kits if kit[1] <= day and day > kit[0] - DND]
                    self.counts["expired_at_sites"] += len(expired)
                    kits[:] = [kit for kit in kits if kit not in expired]
            reviewed = self.visits(day)
            share = self.enrollment_share(day)
            for s, site in enumerate(TRIAL.sites):
                due = s in reviewed or (day + s) % self.policy.review_days == 0
                if self.policy.first_shipment == "screening":
                    due = due and self.entered[s] > 0
                else:
                    due = due and day >= site.opens_on_day - LEAD - self.policy.review_days
                if due:
                    self.ship(day, s, share)
        return self.counts

    def visits(self, day: int) -> set[int]:
        reviewed = set()
        event = self.path.first_of_day[day]
        while event >= 0:
            n, visit = int(self.path.event_subject[event]), int(self.path.event_visit[event])
            s, level = int(self.path.subject_site[n]), int(self.path.event_level[event])
            arm = TRIAL.arms[self.path.subject_arm[n]]
            here = self.subjects[s]
            if visit == ENTERS_SCREENING:
                here[n] = SiteSubject(day=day)
                self.entered[s] += 1
                self.in_screening += 1
                reviewed.add(s)
            else:
                if here[n].arm is None:
                    self.in_screening -= 1
                started = day if visit == 0 else here[n].day
                if visit >= 0:
                    self.randomized += visit == 0
                    self.dispense(day, s, arm.levels[level].kits)
                    here[n] = SiteSubject(day=started, arm=arm.name, next_visit=visit + 1, level=level)
                if visit in (LEAVES, len(TRIAL.visit_days) - 1):
                    del here[n]
            event = self.path.following[event]
        return reviewed

    def dispense(self, day: int, s: int, needs) -> None:
        self.counts["visits"] += 1
        usable = {name: sorted(kit for kit in self.site[s][name] if kit[1] <= day) for name in needs}
        if any(len(usable[name]) < count for name, count in needs.items()):
            self.counts["missed"] += 1
            return
        for name, count in needs.items():
            for kit in usable[name][:count]:
                assert day <= kit[0] - DND
                self.site[s][name].remove(kit)
                self.counts["dispensed"] += 1

    def enrollment_share(self, day: int) -> float:
        passes = 1 - TRIAL.screening_failure
        missing = (TRIAL.target_subjects - self.randomized - self.in_screening * passes) / passes
        if missing <= 1e-9 or day >= TRIAL.enrollment_days:
            return 0.0
        window = max(self.policy.windows(LEAD)[1], 1)
        expected = 0.0
        for s, site in enumerate(TRIAL.sites):
            until = min(day + window, TRIAL.enrollment_days)
            days = max(until - max(day, site.opens_on_day), 0)
            seen = max(day - site.opens_on_day + 1, 0)
            expected += days * (site.alpha + self.entered[s]) / (site.beta * 365.25 / 12 + seen)
        return min(1.0, missing / expected) if expected > 0 else 1.0

    def ship(self, day: int, s: int, share: float) -> None:
        stock = self.site[s]
        order = site_order(
            TRIAL,
            self.policy,
            site=TRIAL.sites[s].name,
            today=day,
            subjects=list(self.subjects[s].values()),
            held=[HeldKits(name, 1, kit[0]) for name, kits in stock.items() for kit in kits if kit[1] <= day],
            in_transit={name: sum(kit[1] > day for kit in kits) for name, kits in stock.items()},
            n_screened=self.entered[s],
            enrollment_share=share,
            arrays=self.arrays,
        )
        sent = 0
        for name, count in order.kits.items():
            fit = sorted(e for e in self.depot[name] if day <= e - DNS and day + 2 * LEAD <= e - DND)[:count]
            for expiry in fit:
                self.depot[name].remove(expiry)
                stock[name].append((expiry, day + LEAD))
            sent += len(fit)
            self.counts["unfilled"] += count - len(fit)
        self.counts["shipped"] += sent
        self.counts["shipments"] += sent > 0


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: repr(policy)[:70])
def test_simulation_equals_a_day_by_day_replay_with_site_order(policy):
    found = simulate_supply(TRIAL, LOTS, policy, n_simulations=4, seed=21)
    for number in range(4):
        replayed = Replay(policy, 21, number).run()
        assert replayed == {
            "dispensed": found.dispensed[number].sum(),
            "missed": found.missed_visits[number],
            "visits": found.visits[number],
            "shipments": found.shipments[number],
            "shipped": found.shipped[number].sum(),
            "unfilled": found.unfilled_kits[number],
            "expired_at_sites": found.expired_at_sites[number].sum(),
        }
    assert found.visits.sum() > 100
    assert np.ptp(found.shipped.sum(axis=1)) > 0
