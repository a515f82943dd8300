"""The re-randomization test: how unusual is the observed difference among all allocations the design could make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from .batch import batch
from .design import Design, Subject, adapts, covariates_of, factors_of
from .exact import exact
from .properties import sequences

Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class RerandomizationTest:
    """The outcome of a re-randomization test of no effect in any subject.

    observed        the statistic of the trial as it was allocated.
    p_value         probability of a statistic at least as extreme; exact, or (1 + hits) / (1 + draws).
    standard_error  of a simulated p-value; 0 when exact.
    draws           re-randomizations made, or sequences enumerated.
    is_exact        whether every possible sequence was used with its exact probability.
    """

    observed: float
    p_value: float
    standard_error: float
    draws: int
    is_exact: bool


def difference_in_means(arms: np.ndarray, outcomes: np.ndarray, n_arms: int | None = None) -> np.ndarray:
    """Return the absolute difference in means of two arms, or the between-arm sum of squares of more.

    arms      shape (n_draws, n), places of arms.
    outcomes  shape (n,), any unit.
    n_arms    arms of the design; those in the data if not given. One trial of several may have left an arm empty.
    Returns   shape (n_draws,); 0 where fewer than two arms have subjects.
    Raises    nothing.
    Source    Rosenberger & Lachin 2016, ch. 6.
    """
    n_arms = int(arms.max()) + 1 if n_arms is None else n_arms
    members = arms[..., None] == np.arange(n_arms)
    size = members.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.einsum("dnk,n->dk", members, outcomes.astype(float)) / size
    filled = size > 0
    if n_arms <= 2:
        gap = np.abs(means[:, 0] - means[:, -1])
        return np.where(filled.sum(axis=1) < 2, 0.0, gap)
    centred = np.where(filled, means - float(outcomes.mean()), 0.0)
    return np.where(filled.sum(axis=1) < 2, 0.0, (size * centred**2).sum(axis=1))


def rerandomization_test(
    design: Design,
    arms: Sequence[str],
    outcomes: Sequence[float],
    subjects: Sequence[Subject] = (),
    *,
    draws: int = 10_000,
    seed: int = 1,
    statistic: Statistic = difference_in_means,
    is_exact: bool = False,
) -> RerandomizationTest:
    """Return the p-value of a finished trial under its own randomization procedure.

    design     the design that was used.
    arms       the arm of every subject, in the order of allocation.
    outcomes   shape (n,), in the same order; for response-adaptive designs 0 or 1.
    subjects   in the same order, where the design uses factors or covariates; they are held fixed.
    draws      number of re-randomizations, >= 1.
    seed       of the generator of the re-randomizations.
    statistic  from (arms (n_draws, n), outcomes (n,)) to (n_draws,); larger is more extreme.
    is_exact   enumerate all sequences instead (designs that look at earlier allocations only, small n).
    Returns    RerandomizationTest.
    Raises     ValueError for unknown arms, different lengths, or outcomes a design cannot use.
    Source     Rosenberger & Lachin 2016, ch. 6; Simon & Simon 2011, Stat Probab Lett 81:767.
    """
    n = len(arms)
    values = np.asarray(outcomes, dtype=float)
    unknown = sorted(set(arms) - set(design.arms))
    if unknown or n == 0 or values.shape != (n,) or (subjects and len(subjects) != n):
        raise ValueError(
            f"{n} arms (unknown: {unknown!r}), {values.shape} outcomes and {len(subjects)} subjects do not fit"
        )
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws!r}")
    if statistic is difference_in_means:
        statistic = partial(difference_in_means, n_arms=len(design.arms))
    given = np.array([[design.arms.index(arm) for arm in arms]], dtype=np.int8)
    observed = float(statistic(given, values)[0])
    if is_exact:
        return _enumerated(design, values, observed, statistic, n)
    rng = np.random.Generator(np.random.PCG64(seed))
    u = rng.integers(0, 2**64, (draws, n), dtype=np.uint64)
    design = _with_levels(design, subjects)
    factors = factors_of(design)
    names = covariates_of(design)
    levels = numbers = responses = None
    if factors:
        row = [[f.levels.index(f.level_of(subject)) for f in factors] for subject in subjects]
        if not row:
            raise ValueError(f"{design.procedure} needs the subjects and their factors")
        levels = np.broadcast_to(np.array(row), (draws, n, len(factors)))
    if names:
        table = [[float(exact(subject.covariates[name])) for name in names] for subject in subjects]
        numbers = np.broadcast_to(np.array(table), (draws, n, len(names)))
    if adapts(design):
        if not set(values.tolist()) <= {0.0, 1.0}:
            raise ValueError(f"{design.procedure} adapts to responses, so outcomes must be 0 or 1")
        # Under the hypothesis of no effect a subject would have responded alike on every arm.
        responses = np.broadcast_to(values.astype(np.uint8)[None, :, None], (draws, n, len(design.arms)))
    again = statistic(batch(design, u, levels, responses, numbers), values)
    hits = int((again >= observed - _slack(observed)).sum())
    p = (1 + hits) / (1 + draws)
    return RerandomizationTest(observed, p, float(np.sqrt(p * (1 - p) / draws)), draws, False)


def _with_levels(design: Design, subjects: Sequence[Subject]) -> Design:
    """Return the design with the levels met in the trial where a factor accepts any level, e.g. the sites."""
    changes: dict[str, Any] = {}
    for item in fields(design):
        value = getattr(design, item.name)
        if isinstance(value, Design):
            changes[item.name] = _with_levels(value, subjects)
        elif item.name == "factors":
            changes[item.name] = tuple(
                factor
                if factor.levels
                else replace(factor, levels=sorted({s.level(factor.name) for s in subjects}))
                for factor in value
            )
    return replace(design, **changes) if subjects else design


def _slack(observed: float) -> float:
    # Sums of the same numbers in another order differ in the last bits; such values are ties.
    return 1e-9 * max(1.0, abs(observed))


def _enumerated(
    design: Design, values: np.ndarray, observed: float, statistic: Statistic, n: int
) -> RerandomizationTest:
    place = {arm: k for k, arm in enumerate(design.arms)}
    listed = [([place[arm] for arm in row], chance) for row, chance in sequences(design, n)]
    again = statistic(np.array([row for row, _ in listed], dtype=np.int8), values)
    extreme = again >= observed - _slack(observed)
    p = sum((chance for (_, chance), hit in zip(listed, extreme, strict=True) if hit), Fraction(0))
    return RerandomizationTest(observed, float(p), 0.0, len(listed), True)
