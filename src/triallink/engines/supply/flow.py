"""The flow of kits through one course of a trial: release, travel, dispensing, expiry. Compiled."""

from __future__ import annotations

import numba
import numpy as np

from .arrays import Int, LotArrays, TrialArrays
from .forecast import GONE, RANDOMIZED, SCREENING, SubjectArrays
from .path import ENTERS_SCREENING, LEAVES, Path
from .replenishment import review_sites
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
    Course,
    Rules,
    Scratch,
    Stock,
)

# Kits one kit type may need in the short window of a site before its distribution is approximated.
_CHANCES_ROOM = 256


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
    """Run one course and write its kit account (n_kit_types, N_KIT_COLUMNS) and its tally (N_TALLY_COLUMNS,)."""
    course = _new_course(trial, lots, path, seed, number, kits, tally)
    in_screening = 0
    for day in range(trial.last_day + 1):
        _release_and_expire(lots, day, course)
        _receive(lots, day, course)
        in_screening += _attend_visits(trial, lots, path, day, course)
        review_sites(trial, lots, rules, day, in_screening, course)
    tally[SITES_OUT] = course.is_out.sum()
    for j in range(len(lots.kit_type)):
        k = lots.kit_type[j]
        kits[k, LEFT_SITE] += course.stock.site[:, j].sum()
        kits[k, LEFT_DEPOT] += course.stock.depot[:, j].sum()
        kits[k, IN_TRANSIT] += course.stock.site_due[:, :, j].sum() + course.stock.depot_due[:, :, j].sum()


@numba.njit(cache=True, nogil=True)
def _new_course(  # pragma: no cover - compiled
    trial: TrialArrays, lots: LotArrays, path: Path, seed: int, number: int, kits: Int, tally: Int
) -> Course:
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
    scratch = Scratch(
        np.zeros((4, n_kits)),
        np.zeros((4, n_kits)),
        np.zeros((n_kits, _CHANCES_ROOM)),
        np.zeros(n_kits, dtype=np.int64),
        np.zeros(n_kits, dtype=np.int64),
        np.zeros(n_kits, dtype=np.int64),
        np.zeros(n_kits, dtype=np.int64),
        np.zeros(n_kits, dtype=np.int64),
    )
    kits[:] = 0
    tally[:] = 0
    return Course(
        seed,
        number,
        stock,
        subjects,
        np.full(n_sites, -1),
        np.zeros(n_sites, dtype=np.int64),
        np.zeros(n_sites, dtype=np.bool_),
        np.zeros(n_sites, dtype=np.bool_),
        kits,
        tally,
        scratch,
    )


@numba.njit(cache=True, nogil=True)
def _release_and_expire(lots: LotArrays, day: int, course: Course) -> None:  # pragma: no cover - compiled
    stock, kits = course.stock, course.kits
    for j in range(len(lots.kit_type)):
        k = lots.kit_type[j]
        if lots.released[j] == day:
            stock.depot[lots.depot[j], j] += lots.quantity[j]
            kits[k, RELEASED] += lots.quantity[j]
        if day == lots.usable_until[j] + 1:
            for s in range(stock.site.shape[0]):
                kits[k, EXPIRED_SITE] += stock.site[s, j]
                stock.site[s, j] = 0
        if day > lots.shippable_until[j]:
            for d in range(stock.depot.shape[0]):
                kits[k, EXPIRED_DEPOT] += stock.depot[d, j]
                stock.depot[d, j] = 0


@numba.njit(cache=True, nogil=True)
def _receive(lots: LotArrays, day: int, course: Course) -> None:  # pragma: no cover - compiled
    stock, kits = course.stock, course.kits
    slab = day % stock.site_due.shape[0]
    for s in range(stock.site.shape[0]):
        for k in range(stock.site_coming.shape[1]):
            if stock.site_coming[s, k] == 0:
                continue
            for j in range(lots.first[k], lots.first[k + 1]):
                arrived = stock.site_due[slab, s, j]
                stock.site_due[slab, s, j] = 0
                stock.site_coming[s, k] -= arrived
                if day <= lots.usable_until[j]:
                    stock.site[s, j] += arrived
                else:
                    kits[k, EXPIRED_SITE] += arrived
    for d in range(stock.depot.shape[0]):
        for j in range(len(lots.kit_type)):
            arrived = stock.depot_due[slab, d, j]
            k = lots.kit_type[j]
            stock.depot_due[slab, d, j] = 0
            stock.depot_coming[d, k] -= arrived
            if day <= lots.shippable_until[j]:
                stock.depot[d, j] += arrived
            else:
                kits[k, EXPIRED_DEPOT] += arrived


@numba.njit(cache=True, nogil=True)
def _attend_visits(  # pragma: no cover - compiled
    trial: TrialArrays, lots: LotArrays, path: Path, day: int, course: Course
) -> int:
    """Let the day's events happen, and return by how many the subjects in screening grew."""
    subjects, first_subject = course.subjects, course.first_subject
    course.is_reviewed[:] = False
    entered = 0
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
            course.n_screened[s] += 1
            course.is_reviewed[s] = True
            course.tally[SCREENED] += 1
            entered += 1
        else:
            entered -= 1 if subjects.state[n] == SCREENING else 0
            if visit == 0:
                subjects.state[n] = RANDOMIZED
                subjects.day[n] = day
                course.tally[RANDOMIZED_SUBJECTS] += 1
            if visit != LEAVES:
                level = path.event_level[event]
                subjects.level[n] = level
                subjects.next_visit[n] = visit + 1
                _dispense(lots, trial.kits[path.subject_arm[n], level, visit], s, course)
            if visit == LEAVES or visit == len(trial.visit_days) - 1:
                subjects.state[n] = GONE
                _drop(subjects, first_subject, s, n)
        event = path.following[event]
    return entered


@numba.njit(cache=True, nogil=True)
def _dispense(lots: LotArrays, needs: Int, s: int, course: Course) -> None:  # pragma: no cover - compiled
    """Dispense a visit's kits, earliest expiry first; a visit that cannot be served in full is missed."""
    stock, kits = course.stock, course.kits
    wanted = 0
    is_short = False
    for k in range(len(needs)):
        wanted += needs[k]
        if needs[k] > 0:
            is_short |= stock.site[s, lots.first[k] : lots.first[k + 1]].sum() < needs[k]
    if wanted == 0:
        return
    course.tally[VISITS] += 1
    if is_short:
        course.tally[MISSED_VISITS] += 1
        course.is_out[s] = True
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
def _drop(  # pragma: no cover - compiled
    subjects: SubjectArrays, first_subject: Int, s: int, gone: int
) -> None:
    """Take a subject out of the chain of the site."""
    if first_subject[s] == gone:
        first_subject[s] = subjects.following[gone]
        return
    n = first_subject[s]
    while n >= 0 and subjects.following[n] != gone:
        n = subjects.following[n]
    if n >= 0:
        subjects.following[n] = subjects.following[gone]
