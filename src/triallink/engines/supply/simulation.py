"""Simulating the supply of a trial: many random courses under one policy, and what came of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np
from numpy.typing import NDArray

from . import state
from .arrays import Int, LotArrays, TrialArrays, lot_arrays, trial_arrays
from .flow import run_flow
from .model import Lot, Trial
from .path import draw_path
from .policies import DepotResupply, ResupplyPolicy
from .state import N_KIT_COLUMNS, N_TALLY_COLUMNS, Rules


@dataclass(frozen=True, slots=True)
class SupplyOutcomes:
    """What came of every simulated course; rows are courses, columns of the kit arrays kit types.

    released = dispensed + expired_at_sites + expired_at_depots + left_at_sites + left_at_depots + in_transit.
    shipped         kits sent from depots to sites.
    missed_kits     kits of visits that could not be served.
    visits          dispensing visits that took place; missed_visits of them without kits.
    sites_out       sites with at least one missed visit.
    unfilled_kits   kits a site was due to be sent that its depot did not have.
    shipment_cost   minor units.
    """

    kit_types: tuple[str, ...]
    released: Int
    dispensed: Int
    expired_at_sites: Int
    expired_at_depots: Int
    left_at_sites: Int
    left_at_depots: Int
    in_transit: Int
    shipped: Int
    missed_kits: Int
    screened: Int
    randomized: Int
    visits: Int
    missed_visits: Int
    shipments: Int
    sites_out: Int
    unfilled_kits: Int
    shipment_cost: Int

    @property
    def n_simulations(self) -> int:
        """The number of courses."""
        return len(self.visits)

    @property
    def missed_share(self) -> float:
        """The share of dispensing visits that could not be served, over all courses."""
        return float(self.missed_visits.sum() / max(self.visits.sum(), 1))

    @property
    def study_stockout_risk(self) -> float:
        """The share of courses in which any subject at any site met an empty shelf."""
        return float((self.missed_visits > 0).mean())

    @property
    def depot_stockout_risk(self) -> float:
        """The share of courses in which a depot could not fill an order."""
        return float((self.unfilled_kits > 0).mean())

    @property
    def surplus(self) -> NDArray[np.float64]:
        """Kits sent to sites that reached no subject, mean per course and kit type."""
        return np.asarray((self.shipped - self.dispensed).mean(axis=0))

    @property
    def overage(self) -> float:
        """Kits sent to sites that reached no subject, per kit dispensed, over all kit types."""
        return float((self.shipped.sum() - self.dispensed.sum()) / max(self.dispensed.sum(), 1))

    @property
    def mean_shipments(self) -> float:
        """Shipments to sites, mean per course."""
        return float(self.shipments.mean())


def simulate_supply(
    trial: Trial,
    lots: Sequence[Lot],
    policy: ResupplyPolicy,
    *,
    n_simulations: int,
    seed: int,
    depot_resupply: DepotResupply | None = None,
    threads: int | None = None,
    first_simulation: int = 0,
) -> SupplyOutcomes:
    """Return what came of n_simulations courses of the trial under a policy.

    seed              course i depends on seed and i alone: other policies meet the same subjects and delays, and
                      neither the number of threads nor of courses changes it.
    first_simulation  number of the first course.
    Returns           one row per course.
    Raises            ValueError if a policy cannot serve the trial: it waits for screening though kits travel longer than
                      screening lasts, or kits cannot be at a site when it opens.
    Source            model and invariants: docs/guide/supply.md; tests/engines/supply.
    """
    if n_simulations < 1:
        raise ValueError(f"n_simulations must be at least 1, got {n_simulations}")
    return simulate_arrays(
        trial,
        trial_arrays(trial),
        lot_arrays(trial, tuple(lots)),
        policy,
        n_simulations=n_simulations,
        seed=seed,
        depot_resupply=depot_resupply or DepotResupply(),
        threads=threads,
        first_simulation=first_simulation,
    )


def simulate_arrays(
    trial: Trial,
    arrays: TrialArrays,
    lots: LotArrays,
    policy: ResupplyPolicy,
    *,
    n_simulations: int,
    seed: int,
    depot_resupply: DepotResupply,
    threads: int | None = None,
    first_simulation: int = 0,
) -> SupplyOutcomes:
    """Return what simulate_supply does, for a trial already turned into arrays."""
    names = tuple(kit.name for kit in trial.kit_types)
    rules = encode_rules(trial, policy, depot_resupply)
    kits = np.zeros((n_simulations, len(names), N_KIT_COLUMNS), dtype=np.int64)
    tally = np.zeros((n_simulations, N_TALLY_COLUMNS), dtype=np.int64)
    workers = max(1, min(threads or os.cpu_count() or 1, n_simulations))
    edges = np.linspace(0, n_simulations, workers + 1).astype(int)

    def run(start: int, stop: int) -> None:
        _run_courses(arrays, lots, rules, seed, first_simulation + start, kits[start:stop], tally[start:stop])

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(run, int(a), int(b)) for a, b in pairwise(edges)]:
            done.result()
    return SupplyOutcomes(
        kit_types=names,
        released=kits[:, :, state.RELEASED],
        dispensed=kits[:, :, state.DISPENSED],
        expired_at_sites=kits[:, :, state.EXPIRED_SITE],
        expired_at_depots=kits[:, :, state.EXPIRED_DEPOT],
        left_at_sites=kits[:, :, state.LEFT_SITE],
        left_at_depots=kits[:, :, state.LEFT_DEPOT],
        in_transit=kits[:, :, state.IN_TRANSIT],
        shipped=kits[:, :, state.SHIPPED],
        missed_kits=kits[:, :, state.MISSED],
        screened=tally[:, state.SCREENED],
        randomized=tally[:, state.RANDOMIZED_SUBJECTS],
        visits=tally[:, state.VISITS],
        missed_visits=tally[:, state.MISSED_VISITS],
        shipments=tally[:, state.SHIPMENTS],
        sites_out=tally[:, state.SITES_OUT],
        unfilled_kits=tally[:, state.UNFILLED_KITS],
        shipment_cost=tally[:, state.SHIPMENT_COST],
    )


def encode_rules(trial: Trial, policy: ResupplyPolicy, depot_resupply: DepotResupply) -> Rules:
    """Return the policy as the compiled code reads it.

    Raises  ValueError if the policy cannot serve the trial.
    """
    leads = {country.name: country.lead_time.longest for country in trial.countries}
    waits = policy.first_shipment == "screening"
    if waits and trial.longest_lead_days > trial.screening_days:
        raise ValueError(
            f"waiting for screening needs a screening of at least the longest lead time "
            f"({trial.longest_lead_days} days), it lasts {trial.screening_days}"
        )
    code, parameter, minimum, maximum = policy.encoded(tuple(kit.name for kit in trial.kit_types))
    return Rules(
        code,
        parameter,
        minimum,
        maximum,
        np.array([policy.windows(leads[site.country]) for site in trial.sites], dtype=np.int64),
        policy.review_days,
        waits,
        policy.ships_together,
        depot_resupply.trigger_days,
        depot_resupply.resupply_days,
        depot_resupply.review_days,
        float(depot_resupply.probability),
    )


@numba.njit(cache=True, nogil=True)
def _run_courses(  # pragma: no cover - compiled
    trial: TrialArrays, lots: LotArrays, rules: Rules, seed: int, first: int, kits: Int, tally: Int
) -> None:
    for i in range(len(tally)):
        path = draw_path(trial, seed, first + i)
        run_flow(trial, lots, rules, path, seed, first + i, kits[i], tally[i])
