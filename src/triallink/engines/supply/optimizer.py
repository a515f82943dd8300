"""Finding the cheapest supply plan that keeps the risks within limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .arrays import LotArrays, TrialArrays, lot_arrays, trial_arrays
from .limits import RiskLimits, study_stockout_upper
from .model import Lot, Trial
from .policies import DepotResupply, MinMax, QuantileMean, ResupplyPolicy
from .scenarios import ample_lots
from .simulation import SupplyOutcomes, simulate_arrays

# Courses on which candidates are compared; with the same subjects for all, few are enough to rank their costs.
_SCREENING_COURSES = 60
_PROBABILITIES = (0.99, 0.999, 0.9999, 0.99999)
_LONG_DAYS = (0, 14, 28, 42, 56, 84)
_SPREADS = (1, 2, 3, 4, 6)


@dataclass(frozen=True, slots=True)
class SupplyPlan:
    """A policy, what to produce for it, and what it does on courses it was not chosen on.

    production         kits to produce per kit type.
    overage            kits produced but not dispensed, per kit dispensed.
    site_overage       kits sent to sites that reached no subject, per kit dispensed.
    study_stockout     observed share, with the upper end of its one-sided interval (the confidence of the limits, else 95 %).
    cost_minor         kits produced, shipments, and destruction of what is left; mean per course.
    """

    policy: ResupplyPolicy
    production: Mapping[str, int]
    missed_share: float
    study_stockout: float
    study_stockout_upper: float
    overage: float
    site_overage: float
    shipments: float
    cost_minor: float
    n_simulations: int


class NoPlanFound(ValueError):
    """No candidate kept the risk limits."""


def cheapest_plan(
    trial: Trial,
    *,
    limits: RiskLimits | None = None,
    candidates: Iterable[ResupplyPolicy] | None = None,
    n_simulations: int = 400,
    seed: int,
    destruction_cost_minor: int = 0,
    lots: Sequence[Lot] | None = None,
    depot_resupply: DepotResupply | None = None,
    threads: int | None = None,
) -> SupplyPlan:
    """Return the cheapest candidate plan that keeps the limits on courses it was not chosen on.

    Every candidate is costed on a few courses, the same for all; from the cheapest up, the first that keeps the limits on
    n_simulations courses and again on as many fresh ones is the plan.
    candidates              default: quantile_mean_candidates(trial).
    destruction_cost_minor  per kit produced that reaches no subject.
    lots                    when kits are released and expire; default: one lot per type that lasts. Give quantities that do
                            not run out: what to produce is what the plan answers.
    Raises                  NoPlanFound if no candidate keeps the limits; ValueError if n_simulations courses cannot show
                            them with the confidence asked for.
    Source                  docs/guide/supply.md; simulation with common random numbers (same courses for every candidate).
    """
    limits = limits or RiskLimits()
    limits.check_courses(n_simulations)
    bench = _Bench(trial, lots, seed, depot_resupply or DepotResupply(), threads)
    scored: list[tuple[float, int, ResupplyPolicy]] = []
    for i, policy in enumerate(quantile_mean_candidates(trial) if candidates is None else candidates):
        outcomes = bench.run(policy, min(_SCREENING_COURSES, n_simulations))
        if not limits.are_out_of_reach(outcomes):
            cost = _plan(trial, policy, outcomes, limits, destruction_cost_minor).cost_minor
            scored.append((cost, i, policy))
    for _, _, policy in sorted(scored, key=lambda entry: entry[:2]):
        if not limits.are_met(bench.run(policy, n_simulations)):
            continue
        # Chosen as the first of many, a policy looks better than it is; fresh courses tell.
        outcomes = bench.run(policy, n_simulations, first_simulation=n_simulations)
        if limits.are_met(outcomes):
            return _plan(trial, policy, outcomes, limits, destruction_cost_minor)
    raise NoPlanFound(f"none of the candidates keeps {limits}")


def quantile_mean_candidates(trial: Trial) -> tuple[QuantileMean, ...]:
    """Return the quantile and mean policies worth trying for a trial.

    Source  docs/guide/supply.md: four probabilities, six lengths of cover, and both first shipments where screening is long
            enough to wait for.
    """
    starts: tuple[Literal["opening", "screening"], ...] = ("opening",)
    if trial.longest_lead_days <= trial.screening_days:
        starts = ("screening", "opening")
    return tuple(
        QuantileMean(probability=probability, long_days=long_days, first_shipment=start)
        for start in starts
        for probability in _PROBABILITIES
        for long_days in _LONG_DAYS
    )


def tuned_min_max(
    trial: Trial,
    *,
    limits: RiskLimits | None = None,
    n_simulations: int = 400,
    seed: int,
    first_shipment: Literal["opening", "screening"] = "opening",
    lots: Sequence[Lot] | None = None,
    depot_resupply: DepotResupply | None = None,
    threads: int | None = None,
) -> MinMax:
    """Return the min/max policy with the least surplus at sites among those that keep the limits.

    For each spread between minimum and maximum the smallest common minimum is found by bisection; then the minimum of each
    kit type in turn is lowered as far as the limits allow. This is the yardstick for other policies.
    lots    as cheapest_plan().
    Raises  NoPlanFound if 64 kits of every type do not keep the limits.
    Source  docs/guide/supply.md; tests/engines/supply.
    """
    limits = limits or RiskLimits()
    bench = _Bench(trial, lots, seed, depot_resupply or DepotResupply(), threads)
    names = [kit.name for kit in trial.kit_types]

    def keeps(policy: MinMax) -> bool:
        if limits.are_out_of_reach(bench.run(policy, min(_SCREENING_COURSES, n_simulations))):
            return False
        return limits.are_met(bench.run(policy, n_simulations))

    best: MinMax | None = None
    best_overage = math.inf
    for spread in _SPREADS:
        low, high = 0, 64
        while high - low > 1:
            middle = (low + high) // 2
            if keeps(_min_max(dict.fromkeys(names, middle), spread, first_shipment)):
                high = middle
            else:
                low = middle
        policy = _min_max(dict.fromkeys(names, high), spread, first_shipment)
        if high == 64 and not keeps(policy):
            continue
        overage = bench.run(policy, n_simulations).overage
        if overage < best_overage:
            best, best_overage = policy, overage
    if best is None:
        raise NoPlanFound(f"64 kits of every type at every site do not keep {limits}")
    spread = best.maximum[names[0]] - best.minimum[names[0]]
    for name in names:
        while best.minimum[name] > 1:
            lowered = _min_max({**best.minimum, name: best.minimum[name] - 1}, spread, first_shipment)
            if not keeps(lowered):
                break
            best = lowered
    return best


def evaluate_plan(
    trial: Trial,
    policy: ResupplyPolicy,
    *,
    limits: RiskLimits | None = None,
    n_simulations: int = 400,
    seed: int,
    first_simulation: int = 0,
    destruction_cost_minor: int = 0,
    lots: Sequence[Lot] | None = None,
    depot_resupply: DepotResupply | None = None,
    threads: int | None = None,
) -> SupplyPlan:
    """Return the plan of a given policy: what to produce, its risks and its cost.

    lots    as cheapest_plan().
    Source  docs/guide/supply.md; tests/engines/supply.
    """
    bench = _Bench(trial, lots, seed, depot_resupply or DepotResupply(), threads)
    outcomes = bench.run(policy, n_simulations, first_simulation=first_simulation)
    return _plan(trial, policy, outcomes, limits or RiskLimits(), destruction_cost_minor)


class _Bench:
    """One trial and its lots on which policies are tried."""

    def __init__(
        self,
        trial: Trial,
        lots: Sequence[Lot] | None,
        seed: int,
        depot_resupply: DepotResupply,
        threads: int | None,
    ) -> None:
        self._trial = trial
        self._arrays: TrialArrays = trial_arrays(trial)
        self._lots: LotArrays = lot_arrays(trial, ample_lots(trial) if lots is None else tuple(lots))
        self._seed = seed
        self._depot_resupply = depot_resupply
        self._threads = threads
        self._known: dict[tuple[str, int, int], SupplyOutcomes] = {}

    def run(self, policy: ResupplyPolicy, n_simulations: int, first_simulation: int = 0) -> SupplyOutcomes:
        # A search comes back to the policies it has tried; their courses would be the same again.
        key = repr(policy), n_simulations, first_simulation
        if key not in self._known:
            self._known[key] = simulate_arrays(
                self._trial,
                self._arrays,
                self._lots,
                policy,
                n_simulations=n_simulations,
                seed=self._seed,
                depot_resupply=self._depot_resupply,
                threads=self._threads,
                first_simulation=first_simulation,
            )
        return self._known[key]


def _plan(
    trial: Trial,
    policy: ResupplyPolicy,
    outcomes: SupplyOutcomes,
    limits: RiskLimits,
    destruction_cost_minor: int,
) -> SupplyPlan:
    production = production_quantities(outcomes, limits.production)
    produced = np.array([production[kit.name] for kit in trial.kit_types])
    dispensed = outcomes.dispensed.mean(axis=0)
    kit_cost = np.array([kit.cost_minor for kit in trial.kit_types])
    return SupplyPlan(
        policy=policy,
        production=production,
        missed_share=outcomes.missed_share,
        study_stockout=outcomes.study_stockout_risk,
        study_stockout_upper=study_stockout_upper(outcomes, limits.confidence or 0.95),
        overage=float((produced - dispensed).sum() / max(dispensed.sum(), 1e-9)),
        site_overage=outcomes.overage,
        shipments=outcomes.mean_shipments,
        cost_minor=float(
            produced @ kit_cost
            + outcomes.shipment_cost.mean()
            + destruction_cost_minor * np.maximum(produced - dispensed, 0).sum()
        ),
        n_simulations=outcomes.n_simulations,
    )


def production_quantities(outcomes: SupplyOutcomes, shortfall: float) -> dict[str, int]:
    """Return the kits of every type to produce so that they do not last in at most this share of courses.

    The share is divided evenly among the kit types, then each type takes the quantile of what left the depots.
    Returns  kits per kit type.
    Source   Bonferroni's inequality; tests/engines/supply.
    """
    share = 1 - shortfall / len(outcomes.kit_types)
    needs = np.quantile(outcomes.shipped, share, axis=0, method="higher")
    return {name: int(need) for name, need in zip(outcomes.kit_types, needs, strict=True)}


def _min_max(
    minimum: Mapping[str, int], spread: int, first_shipment: Literal["opening", "screening"]
) -> MinMax:
    return MinMax(
        minimum=dict(minimum),
        maximum={name: least + spread for name, least in minimum.items()},
        first_shipment=first_shipment,
    )
