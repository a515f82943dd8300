"""Operating characteristics of a design: by simulation, or exactly by following every possible trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .design import Design, TrialStates, check_probability
from .outcomes import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class OperatingCharacteristics:
    """How a design behaves when the true toxicity probabilities are as given.

    selected          shape (n_doses,), probability that each level is declared the maximum tolerated dose.
    none_selected     probability that no level is declared.
    mean_subjects     shape (n_doses,), expected subjects per level.
    mean_toxicities   shape (n_doses,), expected toxicities per level.
    stopped_early     probability that the trial ends before its last cohort.
    standard_error    shape (n_doses,), of `selected`; zeros when exact.
    n_trials          simulated trials; 0 when exact.
    """

    true_toxicity: tuple[float, ...]
    selected: FloatArray
    none_selected: float
    mean_subjects: FloatArray
    mean_toxicities: FloatArray
    stopped_early: float
    standard_error: FloatArray
    n_trials: int

    @property
    def sample_size(self) -> float:
        """The expected number of subjects."""
        return float(self.mean_subjects.sum())

    def correct_selection(self, target: float) -> float:
        """Return the probability of declaring the level whose true toxicity is closest to the target."""
        return float(self.selected[np.abs(np.array(self.true_toxicity) - target).argmin()])

    def share_overdosed(self, target: float) -> float:
        """Return the expected share of subjects treated above the target (more than a rounding above it)."""
        above = np.array(self.true_toxicity) > target + 1e-9
        return float(self.mean_subjects[above].sum() / self.sample_size)


def simulate(
    design: Design,
    true_toxicity: Sequence[float],
    *,
    cohort_size: int,
    max_subjects: int,
    n_trials: int,
    seed: int,
    start_level: int = 1,
    stop_at_subjects: int | None = None,
) -> OperatingCharacteristics:
    """Return operating characteristics estimated from simulated trials.

    true_toxicity     probability of toxicity per level, length design.n_doses.
    max_subjects      the last cohort may be smaller than cohort_size.
    seed              the same seed gives the same subjects to every design, so that designs compare pairwise.
    stop_at_subjects  stop when the next cohort would go to a level that already has this many subjects.
    Returns           figures with standard errors; see OperatingCharacteristics.
    Raises            ValueError if sizes or probabilities are out of range.
    Source            checked against exact_characteristics (tests/engines/dosefinding).
    """
    rates = _checked_rates(design, true_toxicity, cohort_size, max_subjects, start_level)
    if n_trials < 1:
        raise ValueError(f"n_trials must be at least 1, got {n_trials}")
    tolerance = np.random.default_rng(seed).random((n_trials, max_subjects))
    subjects = np.zeros((n_trials, design.n_doses), dtype=np.int64)
    toxicities = np.zeros_like(subjects)
    level = np.full(n_trials, start_level)
    active = np.arange(n_trials)
    for start in range(0, max_subjects, cohort_size):
        cohort = tolerance[active, start : start + cohort_size]
        here = level[active] - 1
        toxic = (cohort < rates[here][:, None]).sum(axis=1)
        subjects[active, here] += cohort.shape[1]
        toxicities[active, here] += toxic
        states = TrialStates(
            subjects[active],
            toxicities[active],
            level[active],
            np.full(len(active), cohort.shape[1]),
            toxic,
        )
        level[active], goes_on = _next_levels(design, states, stop_at_subjects)
        active = active[goes_on]
        if not len(active):
            break
    selected = _selected(design, subjects, toxicities, level)
    shares = (selected[:, None] == np.arange(1, design.n_doses + 1)).mean(axis=0)
    return OperatingCharacteristics(
        true_toxicity=tuple(float(rate) for rate in rates),
        selected=shares,
        none_selected=float((selected == 0).mean()),
        mean_subjects=subjects.mean(axis=0),
        mean_toxicities=toxicities.mean(axis=0),
        stopped_early=float((subjects.sum(axis=1) < max_subjects).mean()),
        standard_error=np.sqrt(shares * (1 - shares) / n_trials),
        n_trials=n_trials,
    )


def exact_characteristics(
    design: Design,
    true_toxicity: Sequence[float],
    *,
    cohort_size: int,
    max_subjects: int,
    start_level: int = 1,
    stop_at_subjects: int | None = None,
    max_states: int = 2_000_000,
) -> OperatingCharacteristics:
    """Return exact operating characteristics by following every possible trial, merging those with equal counts.

    Arguments and result as `simulate`, without seed; standard errors are 0.
    Raises  ValueError if more than max_states different trials would have to be followed at once.
    Source  dynamic programming over (subjects, toxicities, level); the idea for 3+3 is Lin & Shih (2001),
            Biostatistics 2:203.
    """
    rates = _checked_rates(design, true_toxicity, cohort_size, max_subjects, start_level)
    n_doses = design.n_doses
    trials = np.zeros((1, 2 * n_doses + 1), dtype=np.int64)
    trials[0, -1] = start_level
    chance: FloatArray = np.ones(1)
    selected = np.zeros(n_doses + 1)
    mean_subjects, mean_toxicities = np.zeros(n_doses), np.zeros(n_doses)
    stopped_early = 0.0
    for start in range(0, max_subjects, cohort_size):
        size = min(cohort_size, max_subjects - start)
        here = trials[:, -1] - 1
        grown = np.repeat(trials, size + 1, axis=0)
        toxic = np.tile(np.arange(size + 1), len(trials))
        weight = (
            chance[:, None] * stats.binom.pmf(np.arange(size + 1)[None, :], size, rates[here][:, None])
        ).ravel()
        row, at = np.arange(len(grown)), np.repeat(here, size + 1)
        grown[row, at] += size
        grown[row, n_doses + at] += toxic
        states = TrialStates(
            grown[:, :n_doses],
            grown[:, n_doses : 2 * n_doses],
            grown[:, -1],
            np.full(len(grown), size),
            toxic,
        )
        level, goes_on = _next_levels(design, states, stop_at_subjects)
        grown = np.column_stack([grown[:, :-1], level])
        is_last = start + size >= max_subjects
        ends = np.ones_like(goes_on) if is_last else ~goes_on
        if ends.any():
            final, mass = grown[ends], weight[ends]
            choice = _selected(design, final[:, :n_doses], final[:, n_doses : 2 * n_doses], final[:, -1])
            selected += np.bincount(choice, weights=mass, minlength=n_doses + 1)
            mean_subjects += mass @ final[:, :n_doses]
            mean_toxicities += mass @ final[:, n_doses : 2 * n_doses]
            stopped_early += 0.0 if is_last else float(mass.sum())
        trials, back = np.unique(grown[~ends], axis=0, return_inverse=True)
        chance = np.bincount(back.ravel(), weights=weight[~ends], minlength=len(trials)).astype(np.float64)
        if len(trials) > max_states:
            raise ValueError(
                f"{len(trials)} different trials exceed max_states={max_states}; simulate instead"
            )
        if not len(trials):
            break
    return OperatingCharacteristics(
        true_toxicity=tuple(float(rate) for rate in rates),
        selected=selected[1:],
        none_selected=float(selected[0]),
        mean_subjects=mean_subjects,
        mean_toxicities=mean_toxicities,
        stopped_early=stopped_early,
        standard_error=np.zeros(n_doses),
        n_trials=0,
    )


def _next_levels(
    design: Design, states: TrialStates, stop_at_subjects: int | None
) -> tuple[IntArray, np.ndarray]:
    decisions = design.decide(states)
    goes_on = decisions.is_continuing
    if stop_at_subjects is not None:
        at_next = states.subjects[np.arange(len(states.level)), np.maximum(decisions.level, 1) - 1]
        goes_on = goes_on & (at_next < stop_at_subjects)
    return decisions.level, goes_on


def _selected(design: Design, subjects: IntArray, toxicities: IntArray, level: IntArray) -> IntArray:
    # A trial stopped for toxicity declares no dose whatever the final choice would say.
    return np.where(level == 0, 0, design.select(subjects, toxicities))


def _checked_rates(
    design: Design, true_toxicity: Sequence[float], cohort_size: int, max_subjects: int, start_level: int
) -> FloatArray:
    rates = np.asarray(true_toxicity, dtype=np.float64)
    if rates.shape != (design.n_doses,):
        raise ValueError(f"true_toxicity has shape {rates.shape}, the design has {design.n_doses} doses")
    for rate in rates:
        if not 0 <= rate <= 1:
            check_probability("a true toxicity", float(rate))
    if cohort_size < 1 or max_subjects < 1:
        raise ValueError(f"sizes must be at least 1: {cohort_size=}, {max_subjects=}")
    if not 1 <= start_level <= design.n_doses:
        raise ValueError(f"start_level must be one of 1..{design.n_doses}, got {start_level}")
    return rates
