"""One random course of a trial: who enters screening where and when, and what each visit needs.

The course is drawn before any kit moves, so that two policies are compared on the same subjects.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from .arrays import Int, TrialArrays

# Visit codes of events that dispense nothing.
ENTERS_SCREENING, LEAVES = -1, -2


class Path(NamedTuple):
    """Subjects and events of one course; the events of a day are a chain through `following`."""

    subject_site: Int
    subject_arm: Int
    subject_day: Int  # start of screening
    n_subjects: int
    n_randomized: int
    event_subject: Int
    event_visit: Int
    event_level: Int
    following: Int
    first_of_day: Int


@numba.njit(cache=True, nogil=True)
def uniform(state: np.ndarray) -> float:  # pragma: no cover - compiled
    """Return the next number in [0, 1) of a splitmix64 stream (Steele, Lea & Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@numba.njit(cache=True, nogil=True)
def stream(seed: int, number: int, purpose: int) -> np.ndarray:  # pragma: no cover - compiled
    """Return the stream of one simulation and purpose; streams differ by hashing, not by offset."""
    state = np.empty(1, dtype=np.uint64)
    state[0] = np.uint64(seed)
    for word in (number, purpose):
        uniform(state)
        z = state[0] ^ (np.uint64(word) * np.uint64(0xD1342543DE82EF95))
        z = (z ^ (z >> np.uint64(32))) * np.uint64(0xDABA0B6EB09322E3)
        state[0] = z ^ (z >> np.uint64(32))
    uniform(state)
    return state


@numba.njit(cache=True, nogil=True)
def _gamma(state: np.ndarray, shape: float) -> float:  # pragma: no cover - compiled
    """Return a gamma variate of unit scale (Marsaglia & Tsang 2000; boosted below shape 1)."""
    boost = 1.0
    if shape < 1.0:
        boost = (1.0 - uniform(state)) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    while True:
        radius = np.sqrt(-2.0 * np.log(1.0 - uniform(state)))
        x = radius * np.cos(2.0 * np.pi * uniform(state))
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if np.log(1.0 - uniform(state)) < 0.5 * x * x + d - d * v + d * np.log(v):
                return boost * d * v


@numba.njit(cache=True, nogil=True)
def _poisson(state: np.ndarray, mean: float) -> int:  # pragma: no cover - compiled
    """Return a Poisson variate by counting exponential gaps; means here are subjects per day."""
    n = 0
    elapsed = -np.log(1.0 - uniform(state))
    while elapsed <= mean:
        n += 1
        elapsed -= np.log(1.0 - uniform(state))
    return n


@numba.njit(cache=True, nogil=True)
def draw_path(trial: TrialArrays, seed: int, number: int) -> Path:  # pragma: no cover - compiled
    """Return the course of simulation `number`."""
    n_sites = len(trial.site_opens)
    n_visits = len(trial.visit_days)
    expected = trial.target_subjects / (1.0 - trial.screening_failure)
    room = int(expected + 12.0 * np.sqrt(expected) + 200.0)
    subject_site = np.empty(room, dtype=np.int64)
    subject_arm = np.empty(room, dtype=np.int64)
    subject_day = np.empty(room, dtype=np.int64)
    passes = np.empty(room, dtype=np.bool_)
    size = room * (n_visits + 1)
    event_subject = np.empty(size, dtype=np.int64)
    event_visit = np.empty(size, dtype=np.int64)
    event_level = np.zeros(size, dtype=np.int64)
    following = np.full(size, -1, dtype=np.int64)
    first_of_day = np.full(trial.last_day + 1, -1, dtype=np.int64)
    last_of_day = np.full(trial.last_day + 1, -1, dtype=np.int64)
    n_events = 0

    state = stream(seed, number, 1)
    rate = np.empty(n_sites)
    for s in range(n_sites):
        rate[s] = _gamma(state, trial.site_alpha[s]) / trial.site_beta[s]
    running = np.zeros(n_sites)

    n_subjects = 0
    n_randomized = 0
    in_screening = 0
    oldest = 0
    for day in range(trial.enrollment_days + 1):
        has_news = day == 0
        for s in range(n_sites):
            has_news |= trial.site_opens[s] == day
        if has_news:
            total = 0.0
            for s in range(n_sites):
                total += rate[s] if trial.site_opens[s] <= day else 0.0
                running[s] = total
        while oldest < n_subjects and subject_day[oldest] + trial.screening_days <= day:
            in_screening -= 1
            n_randomized += 1 if passes[oldest] else 0
            oldest += 1
        for _ in range(_poisson(state, running[n_sites - 1])):
            awaited = n_randomized + in_screening * (1.0 - trial.screening_failure)
            if awaited >= trial.target_subjects - 1e-9 or n_subjects >= room:
                break
            n = n_subjects
            n_subjects += 1
            in_screening += 1
            subject_site[n] = np.searchsorted(running, uniform(state) * running[n_sites - 1], side="right")
            subject_day[n] = day
            own = stream(seed, number, n + 2)
            passes[n] = uniform(own) >= trial.screening_failure
            subject_arm[n] = np.searchsorted(
                trial.arm_shares, uniform(own) * trial.arm_shares[-1], side="right"
            )
            n_events = _add(
                n,
                ENTERS_SCREENING,
                0,
                day,
                n_events,
                event_subject,
                event_visit,
                event_level,
                following,
                first_of_day,
                last_of_day,
            )
            n_events = _draw_visits(
                trial,
                own,
                n,
                subject_arm[n],
                day,
                passes[n],
                n_events,
                event_subject,
                event_visit,
                event_level,
                following,
                first_of_day,
                last_of_day,
            )
    while oldest < n_subjects:
        n_randomized += 1 if passes[oldest] else 0
        oldest += 1
    return Path(
        subject_site,
        subject_arm,
        subject_day,
        n_subjects,
        n_randomized,
        event_subject,
        event_visit,
        event_level,
        following,
        first_of_day,
    )


@numba.njit(cache=True, nogil=True)
def _draw_visits(  # pragma: no cover - compiled
    trial: TrialArrays,
    state: np.ndarray,
    subject: int,
    arm: int,
    day: int,
    is_passing: bool,
    n_events: int,
    event_subject: Int,
    event_visit: Int,
    event_level: Int,
    following: Int,
    first_of_day: Int,
    last_of_day: Int,
) -> int:
    start = day + trial.screening_days
    if not is_passing:
        return _add(
            subject,
            LEAVES,
            0,
            start,
            n_events,
            event_subject,
            event_visit,
            event_level,
            following,
            first_of_day,
            last_of_day,
        )
    stays = np.inf
    if trial.dropout_per_day > 0.0:
        stays = -np.log(1.0 - uniform(state)) / trial.dropout_per_day
    level = 0
    width = 2 * trial.visit_window_days + 1
    for v in range(len(trial.visit_days)):
        shift = 0
        if v > 0:
            u = uniform(state)
            level = min(
                np.searchsorted(trial.titration[arm, level], u, side="right"), trial.titration.shape[1] - 1
            )
            shift = int(uniform(state) * width) - trial.visit_window_days
        on = start + trial.visit_days[v] + shift
        code = LEAVES if trial.visit_days[v] > stays else v
        n_events = _add(
            subject,
            code,
            level,
            on,
            n_events,
            event_subject,
            event_visit,
            event_level,
            following,
            first_of_day,
            last_of_day,
        )
        if code == LEAVES:
            break
    return n_events


@numba.njit(cache=True, nogil=True)
def _add(  # pragma: no cover - compiled
    subject: int,
    visit: int,
    level: int,
    day: int,
    n_events: int,
    event_subject: Int,
    event_visit: Int,
    event_level: Int,
    following: Int,
    first_of_day: Int,
    last_of_day: Int,
) -> int:
    event_subject[n_events] = subject
    event_visit[n_events] = visit
    event_level[n_events] = level
    if last_of_day[day] < 0:
        first_of_day[day] = n_events
    else:
        following[last_of_day[day]] = n_events
    last_of_day[day] = n_events
    return n_events + 1
