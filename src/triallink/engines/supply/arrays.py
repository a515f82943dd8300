"""A trial as arrays for the compiled code, with the moments of what a subject will still need."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .model import DAYS_PER_MONTH, Lot, Trial

Int = NDArray[np.int64]
Float = NDArray[np.float64]


class TrialArrays(NamedTuple):
    """The trial; a arms, l levels, v visits, k kit types, s sites, c countries, d depots, w days."""

    kits: Int  # (a, l, v, k) kits dispensed
    titration: Float  # (a, l, l) cumulative over the last axis
    arm_shares: Float  # (a,) cumulative
    visit_days: Int  # (v,)
    visit_window_days: int
    screening_days: int
    screening_failure: float
    dropout_per_day: float
    target_subjects: int
    enrollment_days: int
    last_day: int
    is_blinded: NDArray[np.bool_]  # (k,)
    site_country: Int  # (s,)
    site_opens: Int  # (s,)
    site_alpha: Float  # (s,)
    site_beta: Float  # (s,) days
    country_depot: Int  # (c,)
    lead_days: Int  # (c, m) padded with the longest
    lead_shares: Float  # (c, m) cumulative, padded with 1
    shipment_cost: Int  # (c,)
    depot_source: Int  # (d,) -1 for a central depot
    depot_lead: Int  # (d,)
    visits_by_day: Int  # (w,) visits scheduled on or before that day after randomization
    subject_mean: Float  # (a, l, v + 1, v + 1, k) kits on visits [i, j) of a subject last seen at visit i - 1
    subject_square: Float  # the same, expected square
    start_mean: Float  # (v + 1, k) kits on visits [0, j) of a subject about to be randomized
    start_square: Float  # (v + 1, k)
    arrival_mean: Float  # (w, k) kits within w days of the subjects entering screening, per subject and day
    arrival_square: Float  # (w, k)


class LotArrays(NamedTuple):
    """Lots sorted by kit type and expiry."""

    kit_type: Int
    depot: Int
    quantity: Int
    released: Int
    usable_until: Int  # last day a site dispenses
    shippable_until: Int  # last day a depot ships
    first: Int  # (k + 1,) position of each type's first lot


def trial_arrays(trial: Trial) -> TrialArrays:
    """Return the trial as arrays, in the order of its tuples."""
    kit_index = {kit.name: i for i, kit in enumerate(trial.kit_types)}
    country_index = {country.name: i for i, country in enumerate(trial.countries)}
    depot_index = {depot.name: i for i, depot in enumerate(trial.depots)}
    n_levels = max(len(arm.levels) for arm in trial.arms)
    n_visits, n_kits = len(trial.visit_days), len(trial.kit_types)
    kits = np.zeros((len(trial.arms), n_levels, n_visits, n_kits), dtype=np.int64)
    steps = np.zeros((len(trial.arms), n_levels, n_levels))
    for a, arm in enumerate(trial.arms):
        for i, level in enumerate(arm.levels):
            for v in range(n_visits):
                for name, count in level.at_visit(v).items():
                    kits[a, i, v, kit_index[name]] = count
        steps[a] = np.eye(n_levels)
        if arm.titration is not None:
            steps[a, : len(arm.levels), : len(arm.levels)] = arm.titration
    ratio = np.array([arm.ratio for arm in trial.arms], dtype=np.float64)
    shares = ratio / ratio.sum()
    hazard = -np.log1p(-trial.dropout_probability) / max(trial.visit_days[-1], 1)
    mean, square = _subject_moments(kits, steps, np.array(trial.visit_days), float(hazard))
    start_mean = np.einsum("a,ajk->jk", shares, mean[:, 0, 0])
    start_square = np.einsum("a,ajk->jk", shares, square[:, 0, 0])
    last_day = trial.last_day
    visits_by_day = np.searchsorted(trial.visit_days, np.arange(last_day + 366), side="right").astype(
        np.int64
    )
    arrival_mean, arrival_square = (
        _arrivals(trial, moments, visits_by_day) for moments in (start_mean, start_square)
    )
    n_leads = max(len(country.lead_time.days) for country in trial.countries)
    lead_days = np.zeros((len(trial.countries), n_leads), dtype=np.int64)
    lead_shares = np.ones((len(trial.countries), n_leads))
    for c, country in enumerate(trial.countries):
        days, n = country.lead_time.days, len(country.lead_time.days)
        lead_days[c] = days[-1]
        lead_days[c, :n] = days
        lead_shares[c, : n - 1] = np.cumsum(country.lead_time.probabilities)[:-1]
    return TrialArrays(
        kits=kits,
        titration=np.cumsum(steps, axis=2),
        arm_shares=np.cumsum(shares),
        visit_days=np.array(trial.visit_days, dtype=np.int64),
        visit_window_days=trial.visit_window_days,
        screening_days=trial.screening_days,
        screening_failure=trial.screening_failure,
        dropout_per_day=float(hazard),
        target_subjects=trial.target_subjects,
        enrollment_days=trial.enrollment_days,
        last_day=last_day,
        is_blinded=np.array([kit.is_blinded for kit in trial.kit_types]),
        site_country=np.array([country_index[site.country] for site in trial.sites], dtype=np.int64),
        site_opens=np.array([site.opens_on_day for site in trial.sites], dtype=np.int64),
        site_alpha=np.array([site.alpha for site in trial.sites]),
        site_beta=np.array([site.beta * DAYS_PER_MONTH for site in trial.sites]),
        country_depot=np.array([depot_index[country.depot] for country in trial.countries], dtype=np.int64),
        lead_days=lead_days,
        lead_shares=lead_shares,
        shipment_cost=np.array([country.shipment_cost_minor for country in trial.countries], dtype=np.int64),
        depot_source=np.array(
            [-1 if depot.source is None else depot_index[depot.source] for depot in trial.depots],
            dtype=np.int64,
        ),
        depot_lead=np.array([depot.lead_days for depot in trial.depots], dtype=np.int64),
        visits_by_day=visits_by_day,
        subject_mean=mean,
        subject_square=square,
        start_mean=start_mean,
        start_square=start_square,
        arrival_mean=arrival_mean,
        arrival_square=arrival_square,
    )


def lot_arrays(trial: Trial, lots: tuple[Lot, ...]) -> LotArrays:
    """Return the lots as arrays sorted by kit type and expiry, the order in which they are used.

    Raises  ValueError if a lot names an unknown kit type or depot.
    """
    kit_index = {kit.name: i for i, kit in enumerate(trial.kit_types)}
    depot_index = {depot.name: i for i, depot in enumerate(trial.depots)}
    for lot in lots:
        if lot.kit_type not in kit_index or lot.depot not in depot_index:
            raise ValueError(
                f"a lot of {lot.kit_type!r} at {lot.depot!r}: the trial knows no such type or depot"
            )
    ordered = sorted(lots, key=lambda lot: (kit_index[lot.kit_type], lot.expires_on_day, lot.released_on_day))
    types = np.array([kit_index[lot.kit_type] for lot in ordered], dtype=np.int64)
    expires = np.array([lot.expires_on_day for lot in ordered], dtype=np.int64)
    return LotArrays(
        kit_type=types,
        depot=np.array([depot_index[lot.depot] for lot in ordered], dtype=np.int64),
        quantity=np.array([lot.quantity for lot in ordered], dtype=np.int64),
        released=np.array([max(lot.released_on_day, 0) for lot in ordered], dtype=np.int64),
        usable_until=expires - [trial.kit_types[k].do_not_dispense_days for k in types],
        shippable_until=expires - [trial.kit_types[k].do_not_ship_days for k in types],
        first=np.searchsorted(types, np.arange(len(kit_index) + 1)).astype(np.int64),
    )


def _subject_moments(kits: Int, steps: Float, visit_days: Int, hazard: float) -> tuple[Float, Float]:
    """Return mean and expected square of the kits on visits [i, j) given the level at visit i - 1.

    Backwards from each j: with probability exp(-hazard * gap) the subject is still there, moves a level, takes the
    kits of the visit and goes on.
    """
    n_arms, n_levels, n_visits, n_kits = kits.shape
    shape = (n_arms, n_levels, n_visits + 1, n_visits + 1, n_kits)
    mean, square = np.zeros(shape), np.zeros(shape)
    stays = np.exp(-hazard * np.diff(visit_days, prepend=visit_days[0]))
    for j in range(1, n_visits + 1):
        for i in range(j - 1, -1, -1):
            now = kits[:, :, i, :]
            later_mean, later_square = mean[:, :, i + 1, j, :], square[:, :, i + 1, j, :]
            total = now + later_mean
            total_square = now**2 + 2 * now * later_mean + later_square
            # The first visit is at the first level whatever the titration.
            move = np.broadcast_to(np.eye(n_levels), steps.shape) if i == 0 else steps
            mean[:, :, i, j, :] = stays[i] * np.einsum("alm,amk->alk", move, total)
            square[:, :, i, j, :] = stays[i] * np.einsum("alm,amk->alk", move, total_square)
    return mean, square


def _arrivals(trial: Trial, moments: Float, visits_by_day: Int) -> Float:
    """Return the moment of the kits needed within w days by subjects entering screening, one a day, shape (w, k)."""
    per_subject = np.zeros((len(visits_by_day), moments.shape[1]))
    days_left = np.arange(len(visits_by_day)) - trial.screening_days
    reaches = days_left >= 0
    per_subject[reaches] = (1 - trial.screening_failure) * moments[visits_by_day[days_left[reaches]]]
    # A subject arriving during day s of the window has w - s days left, s = 1 .. w.
    return np.concatenate([np.zeros((1, moments.shape[1])), np.cumsum(per_subject, axis=0)[:-1]])
