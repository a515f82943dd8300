"""Reviewing sites and depots in a simulated course, and sending what they lack. Compiled."""

from __future__ import annotations

import numba
import numpy as np

from .arrays import LotArrays, TrialArrays
from .demand import count_quantile
from .forecast import covering_stock, known_demand, new_demand, site_rate
from .path import stream, uniform
from .policies import QUANTILE_MEAN, order_levels, order_quantities
from .state import (
    RANDOMIZED_SUBJECTS,
    SHIPMENT_COST,
    SHIPMENTS,
    SHIPPED,
    UNFILLED_KITS,
    Course,
    Rules,
)


@numba.njit(cache=True, nogil=True)
def review_sites(  # pragma: no cover - compiled
    trial: TrialArrays, lots: LotArrays, rules: Rules, day: int, in_screening: int, course: Course
) -> None:
    """Send every site due for review what its policy orders, and on depot days refill the regional depots."""
    share = share_still_wanted(trial, rules, day, in_screening, course)
    scratch = course.scratch
    for s in range(len(trial.site_opens)):
        lead = trial.lead_days[trial.site_country[s], -1]
        if rules.waits_for_screening:
            is_started = course.n_screened[s] > 0
        else:
            is_started = day >= trial.site_opens[s] - lead - rules.review_days
        if not is_started or not (course.is_reviewed[s] or (day + s) % rules.review_days == 0):
            continue
        site_levels(trial, rules, s, day, share, course)
        for k in range(len(scratch.position)):
            scratch.position[k] = course.stock.site_coming[s, k]
            for j in range(lots.first[k], lots.first[k + 1]):
                # Kits that end before a replacement could arrive are not counted on.
                if lots.usable_until[j] >= day + lead:
                    scratch.position[k] += course.stock.site[s, j]
        if order_quantities(
            scratch.position,
            scratch.below,
            scratch.fill,
            trial.is_blinded,
            rules.ships_together,
            scratch.order,
        ):
            ship_to_site(trial, lots, s, day, course)
    if day % rules.depot_review_days == 0:
        for d in range(len(trial.depot_source)):
            if trial.depot_source[d] >= 0:
                resupply_depot(trial, lots, rules, d, day, share, course)


@numba.njit(cache=True, nogil=True)
def share_still_wanted(  # pragma: no cover - compiled
    trial: TrialArrays, rules: Rules, day: int, in_screening: int, course: Course
) -> float:
    """Return by how much the enrollment target shortens the enrollment expected in the long window, in [0, 1]."""
    passes = 1.0 - trial.screening_failure
    randomized = course.tally[RANDOMIZED_SUBJECTS]
    missing = (trial.target_subjects - randomized - in_screening * passes) / passes
    if missing <= 1e-9 or day >= trial.enrollment_days:
        return 0.0
    expected = 0.0
    for s in range(len(course.n_screened)):
        window = max(rules.windows[s, 1], 1)
        open_days = max(min(day + window, trial.enrollment_days) - max(day, trial.site_opens[s]), 0)
        observed = max(day - trial.site_opens[s] + 1, 0)
        expected += open_days * (trial.site_alpha[s] + course.n_screened[s]) / (trial.site_beta[s] + observed)
    return min(1.0, missing / expected) if expected > 0.0 else 1.0


@numba.njit(cache=True, nogil=True)
def site_levels(  # pragma: no cover - compiled
    trial: TrialArrays, rules: Rules, s: int, day: int, share: float, course: Course
) -> None:
    """Write the site's levels into scratch.below and scratch.fill."""
    scratch = course.scratch
    known, new, windows = scratch.known, scratch.new, rules.windows[s]
    if windows[1] > 0:
        first = course.first_subject[s]
        rate, rate_variance = site_rate(trial, s, day, course.n_screened[s], share)
        known_demand(trial, course.subjects, first, day, windows, known)
        new_demand(trial, trial.site_opens[s], day, windows, rate, rate_variance, new)
        if rules.code == QUANTILE_MEAN:
            covering_stock(
                trial,
                course.subjects,
                first,
                day,
                windows[0],
                rules.parameter,
                new[0],
                new[1],
                scratch.chances,
                scratch.cover,
            )
    order_levels(
        rules.code,
        rules.parameter,
        rules.minimum,
        rules.maximum,
        known,
        new,
        scratch.cover,
        scratch.below,
        scratch.fill,
    )


@numba.njit(cache=True, nogil=True)
def ship_to_site(  # pragma: no cover - compiled
    trial: TrialArrays, lots: LotArrays, s: int, day: int, course: Course
) -> None:
    """Send a site what scratch.order asks for, as far as its depot has it, earliest expiry first."""
    stock, order = course.stock, course.scratch.order
    c = trial.site_country[s]
    d = trial.country_depot[c]
    # The lead time depends on site and day only, so that two policies meet the same delays.
    draw = uniform(stream(course.seed, course.number, 1_000_003 + day * len(trial.site_opens) + s))
    lead = trial.lead_days[c, np.searchsorted(trial.lead_shares[c], draw, side="right")]
    longest = trial.lead_days[c, -1]
    slab = (day + lead) % stock.site_due.shape[0]
    total = 0
    for k in range(len(order)):
        rest = order[k]
        for j in range(lots.first[k], lots.first[k + 1]):
            # Kits that would end on the way, or before the next order could come, are not sent.
            if rest == 0 or day > lots.shippable_until[j] or day + 2 * longest > lots.usable_until[j]:
                continue
            taken = min(rest, stock.depot[d, j])
            stock.depot[d, j] -= taken
            stock.site_due[slab, s, j] += taken
            stock.site_coming[s, k] += taken
            course.kits[k, SHIPPED] += taken
            total += taken
            rest -= taken
        course.tally[UNFILLED_KITS] += rest
    if total > 0:
        course.tally[SHIPMENTS] += 1
        course.tally[SHIPMENT_COST] += trial.shipment_cost[c]


@numba.njit(cache=True, nogil=True)
def resupply_depot(  # pragma: no cover - compiled
    trial: TrialArrays, lots: LotArrays, rules: Rules, d: int, day: int, share: float, course: Course
) -> None:
    """Order for a regional depot if its position does not cover what its sites will draw.

    In T days the sites will have drawn the demand of those days and stand at fill levels that look W days ahead: today's
    fill levels, plus demand over T + W days, less that over W days, which the fill levels hold already.
    """
    stock, scratch = course.stock, course.scratch
    n_kits = stock.site_coming.shape[1]
    windows = np.zeros(2, dtype=np.int64)
    base, mean, variance, goal = np.zeros(n_kits), np.zeros(n_kits), np.zeros(n_kits), np.zeros(n_kits)
    held = stock.depot_coming[d].astype(np.float64)
    for j in range(len(lots.kit_type)):
        held[lots.kit_type[j]] += stock.depot[d, j]
    for s in range(len(trial.site_opens)):
        if trial.country_depot[trial.site_country[s]] != d:
            continue
        for k in range(n_kits):
            held[k] += stock.site_coming[s, k] + stock.site[s, lots.first[k] : lots.first[k + 1]].sum()
        if trial.site_opens[s] > day + rules.depot_resupply_days:
            continue
        site_levels(trial, rules, s, day, share, course)
        base += scratch.fill
        if rules.windows[s, 1] > 0:
            base -= scratch.known[2] + scratch.new[2]
        windows[0] = rules.depot_trigger_days + rules.windows[s, 1]
        windows[1] = rules.depot_resupply_days + rules.windows[s, 1]
        rate, rate_variance = site_rate(trial, s, day, course.n_screened[s], share)
        known_demand(trial, course.subjects, course.first_subject[s], day, windows, scratch.known)
        new_demand(trial, trial.site_opens[s], day, windows, rate, rate_variance, scratch.new)
        mean += scratch.known[0] + scratch.new[0]
        variance += scratch.known[1] + scratch.new[1]
        goal += scratch.known[2] + scratch.new[2]
    is_triggered = False
    for k in range(n_kits):
        safe = count_quantile(rules.depot_probability, mean[k], variance[k])
        is_triggered |= held[k] < base[k] + safe
        goal[k] += base[k] + safe - mean[k] - held[k]
    if is_triggered:
        _ship_to_depot(trial, lots, d, day, goal, course)


@numba.njit(cache=True, nogil=True)
def _ship_to_depot(  # pragma: no cover - compiled
    trial: TrialArrays, lots: LotArrays, d: int, day: int, wanted: np.ndarray, course: Course
) -> None:
    stock, source = course.stock, trial.depot_source[d]
    arrives = day + trial.depot_lead[d]
    slab = arrives % stock.depot_due.shape[0]
    for k in range(len(wanted)):
        rest = int(np.ceil(max(wanted[k], 0.0)))
        for j in range(lots.first[k], lots.first[k + 1]):
            if rest > 0 and arrives <= lots.shippable_until[j]:
                taken = min(rest, stock.depot[source, j])
                stock.depot[source, j] -= taken
                stock.depot_due[slab, d, j] += taken
                stock.depot_coming[d, k] += taken
                rest -= taken
