"""The demand a site will see within some days: of its subjects, and of those who may still come."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from .arrays import Float, Int, TrialArrays
from .demand import count_quantile, sum_quantile

# States of a subject.
SCREENING, RANDOMIZED, GONE = range(3)


class SubjectArrays(NamedTuple):
    """Subjects of all sites; the subjects of one site are a chain through `following`, -1 at its end."""

    state: Int
    arm: Int
    next_visit: Int
    level: Int
    day: Int  # start of screening, or randomization
    following: Int


@numba.njit(cache=True, nogil=True)
def known_demand(  # pragma: no cover - compiled
    trial: TrialArrays, subjects: SubjectArrays, first: int, today: int, windows: Int, known: Float
) -> None:
    """Write mean and variance of the kits that the chain of subjects from `first` needs in (today, today + window].

    known  shape (4, n_kit_types): mean and variance for the first window, then for the second.
    """
    n_kits = known.shape[1]
    known[:] = 0.0
    passes = 1.0 - trial.screening_failure
    last = len(trial.visits_by_day) - 1
    n = first
    while n >= 0:
        state, day, start = subjects.state[n], subjects.day[n], subjects.next_visit[n]
        arm, level = subjects.arm[n], subjects.level[n]
        for w in range(2):
            left = today + windows[w] + trial.visit_window_days - day
            if state == SCREENING and left >= trial.screening_days:
                end = trial.visits_by_day[min(left - trial.screening_days, last)]
                for k in range(n_kits):
                    m = passes * trial.start_mean[end, k]
                    known[2 * w, k] += m
                    known[2 * w + 1, k] += passes * trial.start_square[end, k] - m * m
            elif state == RANDOMIZED:
                end = trial.visits_by_day[min(left, last)]
                if end > start:
                    for k in range(n_kits):
                        m = trial.subject_mean[arm, level, start, end, k]
                        known[2 * w, k] += m
                        known[2 * w + 1, k] += trial.subject_square[arm, level, start, end, k] - m * m
        n = subjects.following[n]


@numba.njit(cache=True, nogil=True)
def site_rate(  # pragma: no cover - compiled
    trial: TrialArrays, s: int, today: int, n_screened: int, share: float
) -> tuple[float, float]:
    """Return mean and variance of the rate at which subjects will enter screening at a site, per day.

    The gamma distribution of the site is updated by what was seen since it opened, and shortened to the share of
    enrollment still wanted.
    """
    observed = max(today - trial.site_opens[s] + 1, 0)
    shape, scale = trial.site_alpha[s] + n_screened, trial.site_beta[s] + observed
    return share * shape / scale, share * share * shape / (scale * scale)


@numba.njit(cache=True, nogil=True)
def new_demand(  # pragma: no cover - compiled
    trial: TrialArrays,
    opens: int,
    today: int,
    windows: Int,
    rate_mean: float,
    rate_variance: float,
    new: Float,
) -> None:
    """Write mean and variance of the kits needed in (today, today + window] by subjects who enter screening after today.

    rate_mean, rate_variance  subjects entering screening per day: what is known of the site's rate.
    new                       shape (4, n_kit_types), as known_demand().
    """
    new[:] = 0.0
    begins = max(today, opens - 1)
    last = trial.arrival_mean.shape[0] - 1
    for w in range(2):
        horizon = today + windows[w] + trial.visit_window_days
        ends = min(horizon, trial.enrollment_days)
        if ends <= begins or rate_mean <= 0.0:
            continue
        upper = min(horizon - begins, last)
        lower = min(horizon - ends, last)
        for k in range(new.shape[1]):
            per_rate = trial.arrival_mean[upper, k] - trial.arrival_mean[lower, k]
            square = trial.arrival_square[upper, k] - trial.arrival_square[lower, k]
            new[2 * w, k] = rate_mean * per_rate
            new[2 * w + 1, k] = rate_mean * square + rate_variance * per_rate * per_rate


@numba.njit(cache=True, nogil=True)
def covering_stock(  # pragma: no cover - compiled
    trial: TrialArrays,
    subjects: SubjectArrays,
    first: int,
    today: int,
    window: int,
    probability: float,
    new_mean: Float,
    new_variance: Float,
    chances: Float,
    cover: Int,
) -> None:
    """Write the kits of every type that cover the demand of the window with the given probability.

    Each subject's demand is taken as none or c kits, with its mean and with c the smallest integer that does not
    understate its variance; the subjects are convolved exactly. Matching the moments of their sum alone would cut off
    the tail: five kits for three sure visits and two uncertain ones.

    chances  scratch, shape (n_kit_types, room); a site needing more than the room falls back to matched moments.
    """
    n_kits, room = chances.shape
    passes = 1.0 - trial.screening_failure
    horizon = today + window + trial.visit_window_days
    last = len(trial.visits_by_day) - 1
    for k in range(n_kits):
        chances[k, 0] = 1.0
        n_chances = 1
        known_mean = 0.0
        known_variance = 0.0
        is_full = False
        n = first
        while n >= 0:
            mean = 0.0
            square = 0.0
            if subjects.state[n] == SCREENING:
                left = horizon - subjects.day[n] - trial.screening_days
                if left >= 0:
                    end = trial.visits_by_day[min(left, last)]
                    mean = passes * trial.start_mean[end, k]
                    square = passes * trial.start_square[end, k]
            elif subjects.state[n] == RANDOMIZED:
                end = trial.visits_by_day[min(horizon - subjects.day[n], last)]
                start = subjects.next_visit[n]
                if end > start:
                    mean = trial.subject_mean[subjects.arm[n], subjects.level[n], start, end, k]
                    square = trial.subject_square[subjects.arm[n], subjects.level[n], start, end, k]
            n = subjects.following[n]
            if mean <= 1e-12:
                continue
            known_mean += mean
            known_variance += square - mean * mean
            c = int(np.ceil(square / mean - 1e-9))
            if is_full or n_chances + c > room:
                is_full = True
                continue
            p = mean / c
            for i in range(n_chances, n_chances + c):
                chances[k, i] = 0.0
            for i in range(n_chances - 1, -1, -1):
                moved = chances[k, i] * p
                chances[k, i + c] += moved
                chances[k, i] -= moved
            n_chances += c
        if is_full or new_mean[k] > 300.0:
            cover[k] = count_quantile(probability, known_mean + new_mean[k], known_variance + new_variance[k])
        else:
            cover[k] = sum_quantile(probability, chances[k], n_chances, new_mean[k], new_variance[k])
