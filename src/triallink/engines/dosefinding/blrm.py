"""The Bayesian logistic regression model with overdose control."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.special import expit, logit

from .design import Decisions, Design, TrialStates, check_probability
from .outcomes import FloatArray, IntArray, Outcomes
from .posterior import Grid, GridPosterior


@dataclass(frozen=True, slots=True)
class IntervalProbabilities:
    """Posterior probabilities of each dose, each of shape (n_doses,)."""

    underdosing: FloatArray
    target: FloatArray
    overdosing: FloatArray
    mean: FloatArray
    sd: FloatArray


@dataclass(frozen=True, kw_only=True)
class BLRM(Design):
    """Two-parameter logistic regression with escalation with overdose control (EWOC).

    logit p(d) = log_alpha + exp(log_beta) * log(d / reference_dose), (log_alpha, log_beta) bivariate normal.
    Among the doses whose overdosing probability is below overdose_limit, the one most likely in the target
    interval is next; when no dose qualifies the trial stops.

    doses            increasing, in the unit of reference_dose.
    prior_mean       of (log_alpha, log_beta).
    prior_sd         of (log_alpha, log_beta).
    prior_correlation
    target_interval  [lower, upper): rates below are underdosing, at or above upper overdosing.
    overdose_limit   the feasibility bound, 0.25 in the source.
    max_step         levels the dose may rise per cohort, counted from the highest tried; None leaves it free.
    Source           Neuenschwander, Branson & Gsponer (2008), Statistics in Medicine 27:2420;
                     Babb, Rogatko & Zacks (1998), Statistics in Medicine 17:1103 for EWOC.
    """

    doses: tuple[float, ...]
    reference_dose: float
    prior_mean: tuple[float, float] = (-0.847, 0.381)
    prior_sd: tuple[float, float] = (2.015, 1.027)
    prior_correlation: float = 0.0
    target_interval: tuple[float, float] = (0.16, 0.33)
    overdose_limit: float = 0.25
    max_step: int | None = 1

    def __post_init__(self) -> None:
        if not self.doses or self.doses[0] <= 0:
            raise ValueError(f"doses must be positive, got {self.doses}")
        if any(b <= a for a, b in pairwise(self.doses)):
            raise ValueError(f"doses must increase, got {self.doses}")
        if self.reference_dose <= 0:
            raise ValueError(f"reference_dose must be positive, got {self.reference_dose}")
        if min(self.prior_sd) <= 0 or not -1 < self.prior_correlation < 1:
            raise ValueError(f"not a covariance: {self.prior_sd=}, {self.prior_correlation=}")
        check_probability("the lower end of target_interval", self.target_interval[0])
        check_probability("the upper end of target_interval", self.target_interval[1])
        if self.target_interval[0] >= self.target_interval[1]:
            raise ValueError(f"target_interval must increase, got {self.target_interval}")
        check_probability("overdose_limit", self.overdose_limit)

    @property
    def n_doses(self) -> int:  # type: ignore[override]
        """The number of dose levels."""
        return len(self.doses)

    def interval_probabilities(self, outcomes: Outcomes | str) -> IntervalProbabilities:
        """Return the posterior probabilities of underdosing, target and overdosing, and mean and SD, per dose."""
        seen = Outcomes.parse(outcomes) if isinstance(outcomes, str) else outcomes
        subjects, toxicities = (counts[None, :] for counts in seen.counts(self.n_doses))
        under, over = self._tail_probabilities(subjects, toxicities)
        weights = self._posterior.weights(subjects, toxicities)
        mean = weights @ self._posterior.toxicity
        variance = weights @ self._posterior.toxicity**2 - mean**2
        return IntervalProbabilities(
            underdosing=under[0],
            target=1 - under[0] - over[0],
            overdosing=over[0],
            mean=mean[0],
            sd=np.sqrt(np.maximum(variance[0], 0)),
        )

    def decide(self, states: TrialStates) -> Decisions:
        levels = np.arange(1, self.n_doses + 1)
        limit = np.full(len(states.level), self.n_doses)
        if self.max_step is not None:
            limit = np.where(states.subjects > 0, levels, 0).max(axis=1) + self.max_step
        level = self._best(states.subjects, states.toxicities, levels <= limit[:, None])
        return Decisions(level=level, is_continuing=level > 0)

    def select(self, subjects: IntArray, toxicities: IntArray) -> IntArray:
        """Return the tried dose most likely in the target interval among those under the overdose limit."""
        return self._best(subjects, toxicities, subjects > 0)

    def _best(self, subjects: IntArray, toxicities: IntArray, eligible: np.ndarray) -> IntArray:
        under, over = self._tail_probabilities(subjects, toxicities)
        eligible = eligible & (over < self.overdose_limit)
        chance = np.where(eligible, 1 - under - over, -1.0)
        return np.where(eligible.any(axis=1), chance.argmax(axis=1) + 1, 0).astype(np.int64)

    def _tail_probabilities(self, subjects: IntArray, toxicities: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return P(rate < lower) and P(rate >= upper), each of shape (n_trials, n_doses)."""
        below = np.clip(self._posterior.expectations(subjects, toxicities, self._below), 0.0, 1.0)
        return below[:, : self.n_doses], 1 - below[:, self.n_doses :]

    @cached_property
    def _log_alpha(self) -> Grid:
        return Grid.around(self.prior_mean[0], self.prior_sd[0], reach=6.0, n_nodes=161)

    @cached_property
    def _log_beta(self) -> Grid:
        return Grid.around(self.prior_mean[1], self.prior_sd[1], reach=6.0, n_nodes=81)

    @cached_property
    def _posterior(self) -> GridPosterior:
        log_beta, log_alpha = np.meshgrid(self._log_beta.nodes, self._log_alpha.nodes, indexing="ij")
        u = (log_alpha.ravel() - self.prior_mean[0]) / self.prior_sd[0]
        v = (log_beta.ravel() - self.prior_mean[1]) / self.prior_sd[1]
        rho = self.prior_correlation
        log_prior = -(u**2 - 2 * rho * u * v + v**2) / (2 * (1 - rho**2))
        scaled = np.log(np.array(self.doses) / self.reference_dose)
        toxicity = expit(log_alpha.ravel()[:, None] + np.exp(log_beta.ravel())[:, None] * scaled)
        return GridPosterior(log_prior, toxicity)

    @cached_property
    def _below(self) -> FloatArray:
        """Grid weights of the events rate < lower and rate < upper, shape (n_nodes, 2 * n_doses)."""
        scaled = np.log(np.array(self.doses) / self.reference_dose)
        columns = []
        for rate in self.target_interval:
            for x in scaled:
                thresholds = logit(rate) - np.exp(self._log_beta.nodes) * x
                columns.append((self._log_alpha.below(thresholds) / self._log_alpha.step).ravel())
        return np.stack(columns, axis=1)
