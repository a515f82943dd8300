"""What simulated trials show, every figure with its standard error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from .properties import imbalance
from .simulation import Trials


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over simulated trials and its standard error."""

    value: float
    standard_error: float

    @staticmethod
    def of(values: np.ndarray) -> Estimate:
        """Return the mean of one value per trial; the standard error is infinite for a single trial."""
        n = len(values)
        error = float(np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else float("inf")
        return Estimate(float(np.mean(values)), error)


@dataclass(frozen=True, slots=True)
class Characteristics:
    """Estimated operating characteristics; imbalance and strategies are defined as in `Properties`.

    final_sd            standard deviation of the final imbalance over trials (its error by the normal formula).
    within_level        factor name to the mean absolute imbalance within its levels at the end.
    within_stratum      mean absolute imbalance within combinations of all factors at the end.
    retained_mean_abs   absolute imbalance among subjects who did not drop out.
    guess_convergence   correct guesses from the counts of the whole trial.
    guess_stratum       correct guesses from the counts of the subject's own stratum of all factors.
    successes           share of subjects with a success.
    arm                 share of subjects on every arm.
    """

    procedure: str
    trials: int
    n: int
    mean_balance: Estimate
    final_sd: Estimate
    final_mean_abs: Estimate
    expected_max: Estimate
    guess_convergence: Estimate
    guess_directional: Estimate
    guess_stratum: Estimate
    within_level: Mapping[str, Estimate]
    within_stratum: Estimate
    retained_mean_abs: Estimate
    successes: Estimate
    arm: Mapping[str, Estimate]


def characteristics(trials: Trials) -> Characteristics:
    """Return the characteristics of simulated trials.

    trials   from `simulate`.
    Returns  Characteristics.
    Raises   nothing.
    Source   definitions of Zhao et al. 2012, Pharm Stat 11:39.
    """
    design = trials.design
    n_trials, n = trials.arms.shape
    chosen = trials.arms[..., None] == np.arange(len(design.arms))
    path = np.cumsum(chosen, axis=1, dtype=np.int32)
    signed = imbalance(path.reshape(-1, len(design.arms)), design.ratio).reshape(n_trials, n)
    whole = np.zeros((n_trials, n), dtype=np.int64)
    strata = _strata(trials)
    final = signed[:, -1]
    spread = float(np.std(final, ddof=1)) if n_trials > 1 else 0.0
    convergence, directional = _guesses(trials, whole)
    in_stratum, _ = _guesses(trials, strata)
    kept = (chosen & trials.retained[..., None]).sum(axis=1)
    return Characteristics(
        procedure=design.procedure,
        trials=n_trials,
        n=n,
        mean_balance=Estimate.of((np.abs(signed) < 1e-9).mean(axis=1)),
        final_sd=Estimate(spread, spread / np.sqrt(2 * max(n_trials - 1, 1))),
        final_mean_abs=Estimate.of(np.abs(final)),
        expected_max=Estimate.of(np.abs(signed).max(axis=1)),
        guess_convergence=Estimate.of(convergence),
        guess_directional=Estimate.of(directional),
        guess_stratum=Estimate.of(in_stratum),
        within_level={name: Estimate.of(_within(trials, places)) for name, places in trials.levels.items()},
        within_stratum=Estimate.of(_within(trials, strata)),
        retained_mean_abs=Estimate.of(np.abs(imbalance(kept, design.ratio))),
        successes=Estimate.of(trials.success.mean(axis=1)),
        arm={arm: Estimate.of(chosen[..., k].mean(axis=1)) for k, arm in enumerate(design.arms)},
    )


@dataclass(frozen=True, slots=True)
class SimulatedRatioCheck:
    """How far single steps of simulated trials depart from the planned ratio.

    worst    the largest difference between an arm's share of a step and its planned share, over steps and arms.
    step     the subject (from 1) and arm at which it occurs.
    p_value  probability of a difference as unusual anywhere if the ratio holds (normal law, Bonferroni).
    """

    worst: float
    step: int
    arm: str
    p_value: float


def ratio_preservation_of(trials: Trials) -> SimulatedRatioCheck:
    """Return whether simulated trials contradict the planned ratio at any step.

    trials   from `simulate`, of any design; a thousand trials or more see differences of a few percent.
    Returns  SimulatedRatioCheck.
    Raises   nothing.
    Source   Kuznetsova & Tymofyeyev 2012, Stat Med 31:701.
    """
    design = trials.design
    n_trials, n = trials.arms.shape
    planned = np.array(design.ratio) / sum(design.ratio)
    found = (trials.arms[..., None] == np.arange(len(planned))).mean(axis=0)
    spread = np.sqrt(planned * (1 - planned) / n_trials)
    score = np.abs(found - planned) / np.where(spread > 0, spread, 1.0)
    step, arm = np.unravel_index(int(score.argmax()), score.shape)
    tail = erfc(float(score[step, arm]) / sqrt(2))
    return SimulatedRatioCheck(
        float(found[step, arm] - planned[arm]),
        int(step) + 1,
        design.arms[int(arm)],
        min(1.0, tail * n * len(planned)),
    )


def _strata(trials: Trials) -> np.ndarray:
    """Return the number of every subject's combination of factor levels."""
    code = np.zeros(trials.arms.shape, dtype=np.int64)
    for places in trials.levels.values():
        code = code * (int(places.max()) + 1) + places
    return np.unique(code, return_inverse=True)[1].reshape(code.shape)


def _tallied(trials: Trials, groups: np.ndarray) -> np.ndarray:
    """Return final counts, shape (n_trials, n_groups, n_arms)."""
    n_groups, arms = int(groups.max()) + 1, len(trials.design.arms)
    rows = np.arange(len(groups))[:, None]
    cell = (rows * n_groups + groups) * arms + trials.arms
    return np.bincount(cell.ravel(), minlength=len(groups) * n_groups * arms).reshape(
        len(groups), n_groups, arms
    )


def _within(trials: Trials, groups: np.ndarray) -> np.ndarray:
    """Return for every trial the mean absolute imbalance over the groups that have subjects."""
    counts = _tallied(trials, groups.astype(np.int64))
    size = counts.sum(axis=2)
    gaps = np.abs(imbalance(counts.reshape(-1, counts.shape[2]), trials.design.ratio)).reshape(size.shape)
    return (gaps * (size > 0)).sum(axis=1) / (size > 0).sum(axis=1)


def _guesses(trials: Trials, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for every trial the share of correct guesses by the convergence and the directional strategy.

    Guesses use the counts of the subject's group before the allocation; equally good guesses count in part.
    """
    design, arms = trials.design, trials.arms
    n_trials, n = arms.shape
    ratio = np.array(design.ratio, dtype=np.int64)
    common = int(np.lcm.reduce([share for share in design.ratio if share]))
    stretch = np.array([common // share if share else 0 for share in design.ratio], dtype=np.int64)
    n_groups = int(groups.max()) + 1
    counts = np.zeros((n_trials, n_groups, len(ratio)), dtype=np.int64)
    rows = np.arange(n_trials)
    converge, direct = np.zeros(n_trials), np.zeros(n_trials)
    closed = ratio == 0
    for i in range(n):
        group, arm = groups[:, i], arms[:, i]
        ahead = counts[rows, group] * stretch
        low = np.where(closed, np.iinfo(np.int64).max, ahead)
        high = np.where(closed, np.iinfo(np.int64).min, ahead)
        least, most = low == low.min(axis=1, keepdims=True), high == high.max(axis=1, keepdims=True)
        converge += least[rows, arm] / least.sum(axis=1)
        direct += most[rows, arm] / most.sum(axis=1)
        counts[rows, group, arm] += 1
    return converge / n, direct / n
