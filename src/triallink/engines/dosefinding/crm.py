"""The one-parameter continual reassessment method, Bayesian or by likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy import optimize, stats
from scipy.special import expit, logit

from .design import Decisions, TrialStates, check_probability, closest_level
from .outcomes import BoolArray, FloatArray, IntArray, Outcomes
from .posterior import Grid, GridPosterior, normal_log_density
from .skeleton import SkeletonDesign

# The variance of the likelihood estimate is the posterior variance under a prior this vague (as dfcrm does).
_VAGUE_SD = 500.0
_LIKELIHOOD_RANGE = (-10.0, 10.0)


@dataclass(frozen=True, slots=True)
class ModelFit:
    """What a one-parameter model says after the outcomes seen.

    estimate, variance  of the parameter.
    toxicity            shape (n_doses,), probability of toxicity at the estimate.
    mean, sd            shape (n_doses,), posterior mean and standard deviation of the probability of toxicity.
    lower, upper        shape (n_doses,), limits of the toxicity from a normal interval of the parameter.
    level               the level closest to the target, from 1, before any restriction on steps.
    """

    estimate: float
    variance: float
    toxicity: FloatArray
    mean: FloatArray
    sd: FloatArray
    lower: FloatArray
    upper: FloatArray
    level: int


@dataclass(frozen=True, slots=True)
class _Subjects:
    """Level, toxicity and completed share of the observation of every subject, each of shape (n_subjects,)."""

    level: IntArray
    toxic: BoolArray
    weight: FloatArray

    @classmethod
    def of(cls, seen: Outcomes, weights: Sequence[float] | None) -> _Subjects:
        pairs = [(cohort.level, toxic) for cohort in seen.cohorts for toxic in cohort.toxicities]
        weight = np.ones(len(pairs)) if weights is None else np.asarray(weights, dtype=np.float64)
        if weight.shape != (len(pairs),):
            raise ValueError(f"{weight.size} weights for {len(pairs)} subjects")
        if weight.size and not 0 <= weight.min() <= weight.max() <= 1:
            raise ValueError(f"weights must lie in [0, 1], got {weight.tolist()}")
        return cls(
            np.array([level for level, _ in pairs], dtype=np.int64),
            np.array([toxic for _, toxic in pairs], dtype=np.bool_),
            weight,
        )


@dataclass(frozen=True, kw_only=True)
class CRM(SkeletonDesign):
    """One-parameter continual reassessment method.

    model       "empiric": p = skeleton ** exp(theta); "logistic": logit p = intercept + exp(theta) * x with x such
                that theta = 0 gives the skeleton.
    inference   "bayes": theta ~ Normal(0, prior_sd**2), posterior mean plugged into the curve; "likelihood": the
                maximum likelihood estimate, which exists once a toxicity and a non-toxicity were seen; before
                that the dose moves one level up (no toxicity) or down (only toxicities).
    Source      O'Quigley, Pepe & Fisher (1990), Biometrics 46:33; O'Quigley & Shen (1996), Biometrics 52:673;
                Cheung (2011), "Dose finding by the continual reassessment method". Vector: dfcrm::crm.
    """

    model: Literal["empiric", "logistic"] = "empiric"
    inference: Literal["bayes", "likelihood"] = "bayes"
    prior_sd: float = 1.34**0.5
    intercept: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model not in ("empiric", "logistic"):
            raise ValueError(f"model must be empiric or logistic, got {self.model!r}")
        if self.inference not in ("bayes", "likelihood"):
            raise ValueError(f"inference must be bayes or likelihood, got {self.inference!r}")
        if self.prior_sd <= 0:
            raise ValueError(f"prior_sd must be positive, got {self.prior_sd}")
        if self.model == "logistic" and logit(max(self.skeleton)) >= self.intercept:
            raise ValueError(f"intercept {self.intercept} is too small for the skeleton {self.skeleton}")

    def curve(self, theta: FloatArray) -> FloatArray:
        """Return the toxicity probability of every dose at each parameter value.

        theta    shape (n,).
        Returns  shape (n, n_doses).
        """
        slope = np.exp(np.asarray(theta, dtype=np.float64))[:, None]
        skeleton = np.array(self.skeleton)
        if self.model == "empiric":
            return np.asarray(np.exp(slope * np.log(skeleton)))
        return np.asarray(expit(self.intercept + slope * (logit(skeleton) - self.intercept)))

    def fit(
        self, outcomes: Outcomes | str, *, weights: Sequence[float] | None = None, confidence: float = 0.9
    ) -> ModelFit:
        """Return the fitted model after the outcomes seen.

        weights     one per subject in order of treatment: the share of the observation window completed, for subjects
                    still under observation (time-to-event CRM); a toxicity counts in full. None: all complete.
        confidence  of the normal interval of the parameter that gives lower and upper.
        Raises      ValueError if the likelihood estimate does not exist (no toxicity, or only toxicities), or a weight
                    is missing or outside [0, 1].
        Source      dfcrm::crm, dfcrm::titecrm; Cheung & Chappell (2000), Biometrics 56:1177.
        """
        check_probability("confidence", confidence)
        seen = Outcomes.parse(outcomes) if isinstance(outcomes, str) else outcomes
        seen.counts(self.n_doses)
        subjects = _Subjects.of(seen, weights)
        if self.inference == "likelihood":
            n_toxic = int(subjects.toxic.sum())
            if not 0 < n_toxic < len(subjects.toxic):
                raise ValueError(
                    f"the likelihood estimate does not exist for {n_toxic} toxicities among {len(subjects.toxic)} subjects"
                )
            theta = np.linspace(-60.0, 20.0, 4001)
            density = self._density(theta, _VAGUE_SD, subjects)
            bracket = float(np.clip(theta[density.argmax()], *_LIKELIHOOD_RANGE))
            estimate = float(
                optimize.minimize_scalar(
                    lambda value: -self._log_likelihood(np.array([value]), subjects)[0],
                    bounds=(bracket - 0.1, bracket + 0.1),
                    method="bounded",
                    options={"xatol": 1e-10},
                ).x
            )
        else:
            theta = self._theta
            density = self._density(theta, self.prior_sd, subjects)
            estimate = float(density @ theta)
        variance = float(density @ theta**2) - estimate**2
        reach = float(stats.norm.ppf(0.5 + confidence / 2)) * variance**0.5
        toxicity, lower, upper = self.curve(np.array([estimate, estimate + reach, estimate - reach]))
        level = closest_level(toxicity[None, :], self.target, np.ones((1, self.n_doses), dtype=np.bool_))
        rates = self.curve(theta)
        mean = density @ rates
        sd = np.sqrt(np.maximum(density @ rates**2 - mean**2, 0.0))
        return ModelFit(estimate, variance, toxicity, mean, sd, lower, upper, int(level[0]))

    def toxicity_estimates(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        if self.inference == "likelihood":
            return self.curve(self._maximum_likelihood(subjects, toxicities))
        return self.curve(self._posterior.expectations(subjects, toxicities, self._theta[:, None])[:, 0])

    def excess_toxicity_first(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        if self.model == "empiric":
            threshold = np.log(np.log(self.target) / np.log(self.skeleton[0]))
        else:
            # The curve falls as theta grows because every scaled dose is negative.
            threshold = np.log(
                (logit(self.target) - self.intercept) / (logit(self.skeleton[0]) - self.intercept)
            )
        grid = Grid(self._theta)
        is_below = (grid.below(threshold) / grid.step)[:, None]
        return np.clip(self._posterior.expectations(subjects, toxicities, is_below)[:, 0], 0.0, 1.0)

    def decide(self, states: TrialStates) -> Decisions:
        decisions = super().decide(states)
        if self.inference == "bayes":
            return decisions
        total, toxic = states.subjects.sum(axis=1), states.toxicities.sum(axis=1)
        level = np.where(toxic == 0, np.minimum(states.level + 1, self.n_doses), decisions.level)
        level = np.where(toxic == total, np.maximum(states.level - 1, 1), level)
        return Decisions(np.where(decisions.is_continuing, level, 0), decisions.is_continuing)

    @cached_property
    def _theta(self) -> FloatArray:
        return Grid.around(0.0, self.prior_sd, reach=10.0, n_nodes=601).nodes

    @cached_property
    def _posterior(self) -> GridPosterior:
        return GridPosterior(normal_log_density(self._theta, 0.0, self.prior_sd), self.curve(self._theta))

    def _density(self, theta: FloatArray, prior_sd: float, subjects: _Subjects) -> FloatArray:
        """Return the posterior probability of equally spaced parameter values, adding to 1."""
        log_posterior = self._log_likelihood(theta, subjects) + normal_log_density(theta, 0.0, prior_sd)
        density = np.exp(log_posterior - log_posterior.max())
        return np.asarray(density / density.sum())

    def _log_likelihood(self, theta: FloatArray, subjects: _Subjects) -> FloatArray:
        p = self.curve(theta)[:, subjects.level - 1]
        chance = np.where(subjects.toxic, p, 1 - subjects.weight * p)
        return np.asarray(np.log(np.maximum(chance, 1e-300)).sum(axis=1))

    def _maximum_likelihood(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        """Return the maximum of the likelihood in [-10, 10] per trial, by bisection of its slope.

        The log likelihood of either model rises and then falls, so its slope changes sign once.
        """
        low = np.full(len(subjects), _LIKELIHOOD_RANGE[0])
        high = np.full(len(subjects), _LIKELIHOOD_RANGE[1])
        for _ in range(60):
            middle = (low + high) / 2
            rises = self._score(middle, subjects, toxicities) > 0
            low, high = np.where(rises, middle, low), np.where(rises, high, middle)
        return np.asarray((low + high) / 2)

    def _score(self, theta: FloatArray, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        """Return the derivative of the log likelihood in theta, shape (n_trials,)."""
        p = self.curve(theta)
        slope = np.exp(theta)[:, None]
        q = np.maximum(1 - p, 1e-300)
        if self.model == "empiric":
            d_log_p = slope * np.log(np.array(self.skeleton))
        else:
            d_log_p = q * slope * (logit(np.array(self.skeleton)) - self.intercept)
        return ((toxicities - (subjects - toxicities) * p / q) * d_log_p).sum(axis=1)
