"""Designs that compare the rate at the current dose with an interval: TPI, mTPI, mTPI-2, BOIN, i3+3.

All five share one frame: an action for (subjects, toxicities) at the current dose, a safety rule that excludes a dose
and all above it, and an isotonic choice at the end. They differ in the action alone.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np
from scipy import stats

from .design import Action, Decisions, Design, TrialStates, check_n_doses, check_probability
from .isotonic import isotonic_choice
from .outcomes import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class IntervalDesign(Design):
    """The frame of the interval designs.

    n_doses                     number of dose levels.
    target                      toxicity probability sought.
    exclusion_certainty         a dose is excluded when P(rate > target | data) exceeds this; 1 or more never excludes.
    exclusion_minimum_subjects  a dose with fewer subjects is not excluded.
    prior                       beta prior of the rate, shape parameters.
    """

    n_doses: int
    target: float
    exclusion_certainty: float = 0.95
    exclusion_minimum_subjects: int = 1
    prior: tuple[float, float] = (1.0, 1.0)

    selection_prior: ClassVar[tuple[float, float]] = (0.05, 0.05)

    def __post_init__(self) -> None:
        check_n_doses(self.n_doses)
        check_probability("target", self.target)
        if min(self.prior) <= 0:
            raise ValueError(f"beta prior parameters must be positive, got {self.prior}")

    @abstractmethod
    def actions(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        """Return the Action for each pair of counts at one dose, any shape, ignoring the safety rule.

        subjects, toxicities  same shape, 0 <= toxicities <= subjects, subjects >= 1.
        """

    def excess_toxicity(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        """Return P(rate > target | data) under the beta prior, any shape."""
        a, b = self.prior
        return np.asarray(stats.beta.sf(self.target, a + toxicities, b + subjects - toxicities))

    def is_excluded(self, subjects: IntArray, toxicities: IntArray) -> BoolArray:
        """Return whether the counts at one dose exclude it for excessive toxicity, any shape."""
        certain = self.excess_toxicity(subjects, toxicities) > self.exclusion_certainty
        return np.asarray(certain & (subjects >= max(1, self.exclusion_minimum_subjects)))

    def excluded_doses(self, subjects: IntArray, toxicities: IntArray) -> BoolArray:
        """Return which doses are out: an excluded dose takes all higher doses with it.

        subjects, toxicities, result  shape (n_trials, n_doses).
        """
        rules = _rules(self, int(subjects.max(initial=1)))
        return np.logical_or.accumulate(rules.excluded[subjects, toxicities], axis=1)

    def decide(self, states: TrialStates) -> Decisions:
        row = np.arange(len(states.level))
        here = states.level - 1
        rules = _rules(self, int(states.subjects.max(initial=1)))
        excluded = self.excluded_doses(states.subjects, states.toxicities)
        action = rules.action[states.subjects[row, here], states.toxicities[row, here]]
        wanted = np.clip(here + action, 0, self.n_doses - 1)
        # Escalation into an excluded dose becomes a stay; an excluded current dose is left for the
        # next lower one that is still allowed.
        n_allowed = (~excluded).sum(axis=1)
        level = np.minimum(wanted + 1, n_allowed)
        return Decisions(level=level, is_continuing=level > 0)

    def select(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        excluded = self.excluded_doses(subjects, toxicities)
        return isotonic_choice(subjects, toxicities, self.target, excluded, self.selection_prior)


@dataclass(frozen=True, slots=True)
class _Rules:
    action: IntArray
    excluded: BoolArray


def _rules(design: IntervalDesign, max_subjects: int) -> _Rules:
    # Rounded up so that a growing trial meets few distinct tables.
    return _tabulate(design, -(-max_subjects // 32) * 32)


@lru_cache(maxsize=64)
def _tabulate(design: IntervalDesign, max_subjects: int) -> _Rules:
    n, x = np.meshgrid(np.arange(max_subjects + 1), np.arange(max_subjects + 1), indexing="ij")
    possible = (x <= n) & (n >= 1)
    action = np.zeros(n.shape, dtype=np.int64)
    action[possible] = design.actions(n[possible], x[possible])
    excluded = np.zeros(n.shape, dtype=np.bool_)
    excluded[possible] = design.is_excluded(n[possible], x[possible])
    action.flags.writeable = False
    excluded.flags.writeable = False
    return _Rules(action, excluded)


@dataclass(frozen=True, kw_only=True)
class TPI(IntervalDesign):
    """Toxicity probability interval design: the likeliest of three intervals, scaled by the posterior SD, decides.

    The stay interval is (target - k2 * sd, target + k1 * sd).
    Source  Ji, Li & Bekele (2007), Clinical Trials 4:235, with their prior Beta(0.005, 0.005).
    """

    k1: float = 1.0
    k2: float = 1.5
    prior: tuple[float, float] = (0.005, 0.005)

    def actions(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        a = self.prior[0] + toxicities
        b = self.prior[1] + subjects - toxicities
        posterior = stats.beta(a, b)
        sd = posterior.std()
        below = posterior.cdf(np.maximum(self.target - self.k2 * sd, 0))
        up_to_upper = posterior.cdf(np.minimum(self.target + self.k1 * sd, 1))
        return _largest(below, up_to_upper - below, 1 - up_to_upper)


@dataclass(frozen=True, kw_only=True)
class _EquivalenceDesign(IntervalDesign):
    """An interval design with a fixed equivalence interval [target - epsilon1, target + epsilon2]."""

    epsilon1: float = 0.05
    epsilon2: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epsilon1 < 0 or self.epsilon2 < 0 or self.epsilon1 + self.epsilon2 == 0:
            raise ValueError(f"the equivalence interval is empty: {self.epsilon1=}, {self.epsilon2=}")

    @property
    def lower(self) -> float:
        """The lower end of the equivalence interval."""
        return max(self.target - self.epsilon1, 0.0)

    @property
    def upper(self) -> float:
        """The upper end of the equivalence interval."""
        return min(self.target + self.epsilon2, 1.0)


@dataclass(frozen=True, kw_only=True)
class MTPI(_EquivalenceDesign):
    """Modified TPI: the interval with the largest unit probability mass (probability per length) decides.

    Source  Ji, Liu, Li & Bekele (2010), Clinical Trials 7:653.
    """

    def actions(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        posterior = stats.beta(self.prior[0] + toxicities, self.prior[1] + subjects - toxicities)
        below, up_to_upper = posterior.cdf(self.lower), posterior.cdf(self.upper)
        return _largest(
            _per_length(below, self.lower),
            _per_length(up_to_upper - below, self.upper - self.lower),
            _per_length(1 - up_to_upper, 1 - self.upper),
        )


@dataclass(frozen=True, kw_only=True)
class MTPI2(_EquivalenceDesign):
    """mTPI-2: as mTPI, with the ranges below and above cut into pieces as long as the equivalence interval.

    The pieces at 0 and 1 may be shorter; their probability is divided by their own length.
    Source  Guo, Wang, Yang, Lynn & Ji (2017), Contemporary Clinical Trials 58:23.
    """

    def actions(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        posterior = stats.beta(self.prior[0] + toxicities, self.prior[1] + subjects - toxicities)
        length = self.upper - self.lower
        lows = [self.lower - k * length for k in range(int(self.lower / length) + 2)]
        highs = [self.upper + k * length for k in range(int((1 - self.upper) / length) + 2)]

        def densest(edges: list[float]) -> FloatArray:
            best = np.zeros(np.shape(subjects))
            for one, other in pairwise(edges):
                left, right = max(min(one, other), 0.0), min(max(one, other), 1.0)
                best = np.maximum(best, _per_length(posterior.cdf(right) - posterior.cdf(left), right - left))
            return best

        stay = _per_length(posterior.cdf(self.upper) - posterior.cdf(self.lower), length)
        return _largest(densest(lows), stay, densest(highs))


@dataclass(frozen=True, kw_only=True)
class BOIN(IntervalDesign):
    """Bayesian optimal interval design: the observed rate against two boundaries that minimize wrong decisions.

    p_saf  highest rate deemed underdosing, default 0.6 * target.
    p_tox  lowest rate deemed overdosing, default 1.4 * target.
    is_extra_safe, extra_safe_offset  stop when P(rate at level 1 > target) exceeds exclusion_certainty - offset.
    Source  Liu & Yuan (2015), JRSS C 64:507; Yuan et al. (2016), Clin Cancer Res 22:4291. Vectors: get.boundary
            of the R package BOIN.
    """

    exclusion_minimum_subjects: int = 3
    p_saf: float | None = None
    p_tox: float | None = None
    is_extra_safe: bool = False
    extra_safe_offset: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.safe_rate < self.target:
            raise ValueError(f"p_saf must lie between 0 and the target {self.target}, got {self.safe_rate}")
        if not self.target < self.toxic_rate < 1:
            raise ValueError(f"p_tox must lie between the target {self.target} and 1, got {self.toxic_rate}")

    @property
    def safe_rate(self) -> float:
        """The highest rate deemed underdosing."""
        return 0.6 * self.target if self.p_saf is None else self.p_saf

    @property
    def toxic_rate(self) -> float:
        """The lowest rate deemed overdosing."""
        return 1.4 * self.target if self.p_tox is None else self.p_tox

    @property
    def lambda_e(self) -> float:
        """The escalation boundary: escalate when the observed rate is at most this."""
        return _optimal_boundary(self.safe_rate, self.target)

    @property
    def lambda_d(self) -> float:
        """The de-escalation boundary: de-escalate when the observed rate is at least this."""
        return _optimal_boundary(self.toxic_rate, self.target)

    def actions(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        rate = toxicities / subjects
        return np.where(
            rate <= self.lambda_e,
            Action.ESCALATE,
            np.where(rate >= self.lambda_d, Action.DEESCALATE, Action.STAY),
        )

    def excluded_doses(self, subjects: IntArray, toxicities: IntArray) -> BoolArray:
        excluded = super().excluded_doses(subjects, toxicities)
        if self.is_extra_safe:
            certain = self.excess_toxicity(subjects[:, 0], toxicities[:, 0])
            limit = self.exclusion_certainty - self.extra_safe_offset
            stops = (certain > limit) & (subjects[:, 0] >= self.exclusion_minimum_subjects)
            excluded = excluded | stops[:, None]
        return excluded


@dataclass(frozen=True, kw_only=True)
class I3Plus3(_EquivalenceDesign):
    """i3+3: the observed rate against the equivalence interval, and what one toxicity fewer would have said.

    Below the interval: escalate. Inside: stay. Above: stay when one toxicity fewer would fall below the
    interval, else de-escalate.
    Source  Liu, Wang & Ji (2020), Journal of Biopharmaceutical Statistics 30:294.
    """

    exclusion_minimum_subjects: int = 3

    def actions(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        # Rates such as 1/4 sit on the ends of common intervals; the slack keeps them inside whatever the
        # binary rounding of target - epsilon.
        slack = 1e-9
        rate, rate_with_one_fewer = toxicities / subjects, (toxicities - 1) / subjects
        below = rate < self.lower - slack
        inside = ~below & (rate <= self.upper + slack)
        jumps_over = ~below & ~inside & (rate_with_one_fewer < self.lower - slack)
        return np.where(below, Action.ESCALATE, np.where(inside | jumps_over, Action.STAY, Action.DEESCALATE))


def _optimal_boundary(other: float, target: float) -> float:
    """Return where the likelihoods of two rates are equal: the boundary of the BOIN design."""
    log_odds_ratio = np.log(target * (1 - other) / (other * (1 - target)))
    return float(np.log((1 - other) / (1 - target)) / log_odds_ratio)


def _per_length(probability: FloatArray, length: float) -> FloatArray:
    # A piece shorter than this is an empty one seen through rounding.
    return probability / length if length > 1e-9 else np.zeros(np.shape(probability))


def _largest(escalate: FloatArray, stay: FloatArray, deescalate: FloatArray) -> IntArray:
    best = np.argmax(np.stack([deescalate, stay, escalate]), axis=0)
    return best.astype(np.int64) - 1
