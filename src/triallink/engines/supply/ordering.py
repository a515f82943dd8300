"""What a real site is to be sent today: the policy of the simulation applied to what the system knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import TrialArrays, trial_arrays
from .forecast import (
    RANDOMIZED,
    SCREENING,
    SubjectArrays,
    covering_stock,
    known_demand,
    new_demand,
    site_rate,
)
from .model import Trial
from .policies import QUANTILE_MEAN, ResupplyPolicy, order_levels, order_quantities


@dataclass(frozen=True, slots=True)
class SiteSubject:
    """A subject at the site who may still need kits.

    day         first day of screening, or of randomization once randomized.
    arm         None while in screening.
    next_visit  the visit to come, counted from 0.
    level       dose level at the latest visit, counted from 0.
    """

    day: int
    arm: str | None = None
    next_visit: int = 0
    level: int = 0


@dataclass(frozen=True, slots=True)
class HeldKits:
    """Kits of one type and expiry at the site."""

    kit_type: str
    quantity: int
    expires_on_day: int


@dataclass(frozen=True, slots=True)
class SiteOrder:
    """What to send, and the reckoning behind it; mappings by kit type.

    kits            quantities to send, empty when nothing is to be sent.
    position        usable stock plus kits in transit.
    reorder_below   an order is placed when any position is below this.
    fill_to         the position an order aims at.
    expected        mean demand in the policy's long window; zeros for policies that do not look ahead.
    """

    kits: Mapping[str, int]
    position: Mapping[str, int]
    reorder_below: Mapping[str, int]
    fill_to: Mapping[str, int]
    expected: Mapping[str, float]


def site_order(
    trial: Trial,
    policy: ResupplyPolicy,
    *,
    site: str,
    today: int,
    subjects: Sequence[SiteSubject] = (),
    held: Sequence[HeldKits] = (),
    in_transit: Mapping[str, int] | None = None,
    n_screened: int | None = None,
    enrollment_share: float = 1.0,
    arrays: TrialArrays | None = None,
) -> SiteOrder:
    """Return what the policy sends to a site, decided by the rule the simulation runs.

    today             day of the study, after the day's visits.
    n_screened        subjects that ever entered screening there, default those given.
    enrollment_share  by how much enrollment targets shorten the enrollment to come, 0 once screening is closed.
    arrays            trial_arrays(trial), to save making them again for every site.
    Raises            ValueError if a site, arm, kit type or visit is unknown.
    Source            the same compiled functions as simulate_supply.
    """
    arrays = trial_arrays(trial) if arrays is None else arrays
    names = tuple(kit.name for kit in trial.kit_types)
    sites = [known.name for known in trial.sites]
    if site not in sites:
        raise ValueError(f"the trial has no site {site!r}")
    if not 0 <= enrollment_share <= 1:
        raise ValueError(f"enrollment_share must lie in [0, 1], got {enrollment_share}")
    s = sites.index(site)
    lead = int(arrays.lead_days[arrays.site_country[s], -1])
    windows = np.array(policy.windows(lead), dtype=np.int64)
    code, parameter, minimum, maximum = policy.encoded(names)

    n_kits = len(names)
    known, new = np.zeros((4, n_kits)), np.zeros((4, n_kits))
    cover, below, fill, order = (np.zeros(n_kits, dtype=np.int64) for _ in range(4))
    if windows[1] > 0:
        chain = _chain(trial, subjects)
        first = 0 if subjects else -1
        entered = len(subjects) if n_screened is None else n_screened
        rate, rate_variance = site_rate(arrays, s, today, entered, enrollment_share)
        known_demand(arrays, chain, first, today, windows, known)
        new_demand(arrays, int(arrays.site_opens[s]), today, windows, rate, rate_variance, new)
        if code == QUANTILE_MEAN:
            room = np.zeros((n_kits, 256))
            covering_stock(
                arrays, chain, first, today, int(windows[0]), parameter, new[0], new[1], room, cover
            )
    order_levels(code, parameter, minimum, maximum, known, new, cover, below, fill)
    position = _position(trial, names, today + lead, held, in_transit or {})
    order_quantities(position, below, fill, arrays.is_blinded, policy.ships_together, order)
    return SiteOrder(
        kits={name: int(kits) for name, kits in zip(names, order, strict=True) if kits},
        position=_by_type(names, position),
        reorder_below=_by_type(names, below),
        fill_to=_by_type(names, fill),
        expected={name: float(mean) for name, mean in zip(names, known[2] + new[2], strict=True)},
    )


def _chain(trial: Trial, subjects: Sequence[SiteSubject]) -> SubjectArrays:
    arms = [arm.name for arm in trial.arms]
    for subject in subjects:
        if subject.arm is not None and subject.arm not in arms:
            raise ValueError(f"the trial has no arm {subject.arm!r}")
        if not 0 <= subject.next_visit <= len(trial.visit_days) or subject.level < 0:
            raise ValueError(f"visit {subject.next_visit} or level {subject.level} does not exist")
    n = max(len(subjects), 1)
    columns = np.zeros((5, n), dtype=np.int64)
    for i, subject in enumerate(subjects):
        columns[:, i] = (
            SCREENING if subject.arm is None else RANDOMIZED,
            0 if subject.arm is None else arms.index(subject.arm),
            subject.next_visit,
            subject.level,
            subject.day,
        )
    following = np.arange(1, n + 1, dtype=np.int64)
    following[-1] = -1
    state, arm, next_visit, level, day = columns
    return SubjectArrays(state, arm, next_visit, level, day, following)


def _position(
    trial: Trial,
    names: tuple[str, ...],
    needed_until: int,
    held: Sequence[HeldKits],
    in_transit: Mapping[str, int],
) -> np.ndarray:
    position = np.zeros(len(names), dtype=np.int64)
    for name, kits in [(one.kit_type, one.quantity) for one in held] + list(in_transit.items()):
        if name not in names or kits < 0:
            raise ValueError(f"{kits} kits of type {name!r}: unknown type or negative number")
    for one in held:
        k = names.index(one.kit_type)
        if one.expires_on_day - trial.kit_types[k].do_not_dispense_days >= needed_until:
            position[k] += one.quantity
    for name, kits in in_transit.items():
        position[names.index(name)] += kits
    return position


def _by_type(names: tuple[str, ...], values: np.ndarray) -> dict[str, int]:
    return {name: int(value) for name, value in zip(names, values, strict=True)}
