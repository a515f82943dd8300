"""The flow of kits through one course of a trial: release, travel, dispensing, expiry, review. Compiled."""

from __future__ import annotations

import numba
import numpy as np

from .arrays import Int, LotArrays, TrialArrays
from .forecast import GONE, RANDOMIZED, SCREENING, SubjectArrays
from .path import ENTERS_SCREENING, LEAVES, Path
from .policies import order_quantities
from .replenishment import resupply_depots, share_still_wanted, ship_to_site, site_levels
from .state import (
    DISPENSED,
    EXPIRED_DEPOT,
    EXPIRED_SITE,
    IN_TRANSIT,
    LEFT_DEPOT,
    LEFT_SITE,
    MISSED,
    MISSED_VISITS,
    RANDOMIZED_SUBJECTS,
    RELEASED,
    SCREENED,
    SITES_OUT,
    VISITS,
    Rules,
    Scratch,
    Stock,
)


@numba.njit(cache=True, nogil=True)
def run_flow(  # pragma: no cover - compiled
    trial: TrialArrays,
    lots: LotArrays,
    rules: Rules,
    path: Path,
    seed: int,
    number: int,
    kits: Int,
    tally: Int,
) -> None:
    """Run one course and write its kit account (n_kit_types, 9) and its tally (8,)."""
    n_sites, n_lots = len(trial.site_opens), len(lots.kit_type)
    n_depots, n_kits = len(trial.depot_source), len(trial.is_blinded)
    slabs = max(trial.lead_days.max(), trial.depot_lead.max()) + 1
    stock = Stock(
        np.zeros((n_sites, n_lots), dtype=np.int64),
        np.zeros((n_depots, n_lots), dtype=np.int64),
        np.zeros((slabs, n_sites, n_lots), dtype=np.int64),
        np.zeros((slabs, n_depots, n_lots), dtype=np.int64),
        np.zeros((n_sites, n_kits), dtype=np.int64),
        np.zeros((n_depots, n_kits), dtype=np.int64),
    )
    n = max(path.n_subjects, 1)
    subjects = SubjectArrays(
        np.full(n, GONE),
        path.subject_arm,
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.full(n, -1),
    )
    first_subject = np.full(n_sites, -1)
    n_screened = np.zeros(n_sites, dtype=np.int64)
    is_out = np.zeros(n_sites, dtype=np.bool_)
    is_reviewed = np.zeros(n_sites, dtype=np.bool_)
    scratch = Scratch(
        np.zeros((4, n_kits)),
        np.zeros((4, n_kits)),
        np.zeros((n_kits, 256)),
        np.zeros(n_kits, dtype=np.int64),
        np.zeros(n_kits, dtype=np.int64),
        np.zeros(n_kits, dtype=np.int64),
    )
    position, order = np.zeros(n_kits, dtype=np.int64), np.zeros(n_kits, dtype=np.int64)
    usable_until = lots.expires - trial.do_not_dispense[lots.kit_type]
    shippable_until = lots.expires - trial.do_not_ship[lots.kit_type]
    kits[:] = 0
    tally[:] = 0
    randomized = 0
    in_screening = 0

    for day in range(trial.last_day + 1):
        _release_and_expire(lots, usable_until, shippable_until, day, stock, kits)
        _receive(lots, usable_until, shippable_until, day, stock, kits)
        is_reviewed[:] = False
        event = path.first_of_day[day]
        while event >= 0:
            n = path.event_subject[event]
            s = path.subject_site[n]
            visit = path.event_visit[event]
            if visit == ENTERS_SCREENING:
                subjects.state[n] = SCREENING
                subjects.day[n] = day
                subjects.following[n] = first_subject[s]
                first_subject[s] = n
                n_screened[s] += 1
                in_screening += 1
                is_reviewed[s] = True
            else:
                if subjects.state[n] == SCREENING:
                    in_screening -= 1
                if visit == LEAVES:
                    subjects.state[n] = GONE
                else:
                    if visit == 0:
                        subjects.state[n] = RANDOMIZED
                        subjects.day[n] = day
                        randomized += 1
                    level = path.event_level[event]
                    subjects.level[n] = level
                    subjects.next_visit[n] = visit + 1
                    needs = trial.kits[path.subject_arm[n], level, visit]
                    _dispense(lots, needs, s, stock, is_out, kits, tally)
                    if visit == len(trial.visit_days) - 1:
                        subjects.state[n] = GONE
                if subjects.state[n] == GONE:
                    _drop(subjects, first_subject, s, n)
            event = path.following[event]

        share = share_still_wanted(trial, rules, day, randomized, in_screening, n_screened)
        for s in range(n_sites):
            c = trial.site_country[s]
            lead = trial.lead_days[c, -1]
            if rules.waits_for_screening:
                is_due = n_screened[s] > 0 and (is_reviewed[s] or (day + s) % rules.review_days == 0)
            else:
                is_due = day >= trial.site_opens[s] - lead - rules.review_days and (
                    is_reviewed[s] or (day + s) % rules.review_days == 0
                )
            if not is_due:
                continue
            site_levels(trial, rules, subjects, first_subject[s], s, day, share, n_screened[s], scratch)
            for k in range(n_kits):
                position[k] = stock.site_coming[s, k]
                for j in range(lots.first[k], lots.first[k + 1]):
                    # Kits that end before a replacement could arrive are not counted on.
                    if usable_until[j] >= day + lead:
                        position[k] += stock.site[s, j]
            if order_quantities(
                position, scratch.below, scratch.fill, trial.is_blinded, rules.ships_together, order
            ):
                ship_to_site(
                    trial,
                    lots,
                    usable_until,
                    shippable_until,
                    s,
                    day,
                    order,
                    stock,
                    kits,
                    tally,
                    seed,
                    number,
                )
        if day % rules.depot_review_days == 0:
            resupply_depots(
                trial,
                lots,
                rules,
                subjects,
                first_subject,
                n_screened,
                shippable_until,
                day,
                share,
                stock,
                scratch,
            )

    tally[SCREENED] = path.n_subjects
    tally[RANDOMIZED_SUBJECTS] = randomized
    tally[SITES_OUT] = is_out.sum()
    for j in range(n_lots):
        k = lots.kit_type[j]
        kits[k, LEFT_SITE] += stock.site[:, j].sum()
        kits[k, LEFT_DEPOT] += stock.depot[:, j].sum()
        kits[k, IN_TRANSIT] += stock.site_due[:, :, j].sum() + stock.depot_due[:, :, j].sum()


@numba.njit(cache=True, nogil=True)
def _release_and_expire(  # pragma: no cover - compiled
    lots: LotArrays, usable_until: Int, shippable_until: Int, day: int, stock: Stock, kits: Int
) -> None:
    for j in range(len(lots.kit_type)):
        k = lots.kit_type[j]
        if lots.released[j] == day:
            stock.depot[lots.depot[j], j] += lots.quantity[j]
            kits[k, RELEASED] += lots.quantity[j]
        if day == usable_until[j] + 1:
            for s in range(stock.site.shape[0]):
                kits[k, EXPIRED_SITE] += stock.site[s, j]
                stock.site[s, j] = 0
        if day > shippable_until[j]:
            for d in range(stock.depot.shape[0]):
                kits[k, EXPIRED_DEPOT] += stock.depot[d, j]
                stock.depot[d, j] = 0


@numba.njit(cache=True, nogil=True)
def _receive(  # pragma: no cover - compiled
    lots: LotArrays, usable_until: Int, shippable_until: Int, day: int, stock: Stock, kits: Int
) -> None:
    slab = day % stock.site_due.shape[0]
    for s in range(stock.site.shape[0]):
        for k in range(stock.site_coming.shape[1]):
            if stock.site_coming[s, k] == 0:
                continue
            for j in range(lots.first[k], lots.first[k + 1]):
                arrived = stock.site_due[slab, s, j]
                if arrived == 0:
                    continue
                stock.site_due[slab, s, j] = 0
                stock.site_coming[s, k] -= arrived
                if day <= usable_until[j]:
                    stock.site[s, j] += arrived
                else:
                    kits[k, EXPIRED_SITE] += arrived
    for d in range(stock.depot.shape[0]):
        for j in range(len(lots.kit_type)):
            arrived = stock.depot_due[slab, d, j]
            if arrived == 0:
                continue
            k = lots.kit_type[j]
            stock.depot_due[slab, d, j] = 0
            stock.depot_coming[d, k] -= arrived
            if day <= shippable_until[j]:
                stock.depot[d, j] += arrived
            else:
                kits[k, EXPIRED_DEPOT] += arrived


@numba.njit(cache=True, nogil=True)
def _dispense(  # pragma: no cover - compiled
    lots: LotArrays, needs: Int, s: int, stock: Stock, is_out: np.ndarray, kits: Int, tally: Int
) -> None:
    """Dispense a visit's kits, earliest expiry first; a visit that cannot be served in full is missed."""
    wanted = 0
    is_short = False
    for k in range(len(needs)):
        wanted += needs[k]
        if needs[k] > 0:
            held = 0
            for j in range(lots.first[k], lots.first[k + 1]):
                held += stock.site[s, j]
            is_short |= held < needs[k]
    if wanted == 0:
        return
    tally[VISITS] += 1
    if is_short:
        tally[MISSED_VISITS] += 1
        is_out[s] = True
        for k in range(len(needs)):
            kits[k, MISSED] += needs[k]
        return
    for k in range(len(needs)):
        rest = needs[k]
        kits[k, DISPENSED] += rest
        for j in range(lots.first[k], lots.first[k + 1]):
            taken = min(rest, stock.site[s, j])
            stock.site[s, j] -= taken
            rest -= taken


@numba.njit(cache=True, nogil=True)
def _drop(
    subjects: SubjectArrays, first_subject: Int, s: int, gone: int
) -> None:  # pragma: no cover - compiled
    """Take a subject out of the chain of the site."""
    if first_subject[s] == gone:
        first_subject[s] = subjects.following[gone]
        return
    n = first_subject[s]
    while n >= 0 and subjects.following[n] != gone:
        n = subjects.following[n]
    if n >= 0:
        subjects.following[n] = subjects.following[gone]
