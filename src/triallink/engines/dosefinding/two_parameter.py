"""The two-parameter continual reassessment method."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import expit, logit

from .outcomes import FloatArray, IntArray
from .posterior import Grid, GridPosterior, normal_log_density
from .skeleton import SkeletonDesign


@dataclass(frozen=True, kw_only=True)
class TwoParameterCRM(SkeletonDesign):
    """Two-parameter logistic continual reassessment method, Bayesian.

    logit p = alpha + exp(beta) * logit(skeleton), alpha ~ Normal(alpha_mean, alpha_sd**2) and
    beta ~ Normal(beta_mean, beta_sd**2) independent; alpha = beta = 0 gives the skeleton.
    estimate  "mean": posterior mean of each toxicity probability; "plug_in": the curve at the posterior means.
    Source    Whitehead & Williamson (1998), J Biopharm Stat 8:445; Cheung (2011), chapter 2.
    """

    alpha_mean: float = 0.0
    alpha_sd: float = 2.0
    beta_mean: float = 0.0
    beta_sd: float = 1.0
    estimate: Literal["mean", "plug_in"] = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.alpha_sd, self.beta_sd) <= 0:
            raise ValueError(f"prior standard deviations must be positive: {self.alpha_sd=}, {self.beta_sd=}")
        if self.estimate not in ("mean", "plug_in"):
            raise ValueError(f"estimate must be mean or plug_in, got {self.estimate!r}")

    def toxicity_estimates(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        if self.estimate == "mean":
            return self._posterior.expectations(subjects, toxicities, self._posterior.toxicity)
        nodes = np.stack([values.ravel() for values in self._nodes], axis=1)
        alpha, beta = self._posterior.expectations(subjects, toxicities, nodes).T
        return np.asarray(expit(alpha[:, None] + np.exp(beta)[:, None] * logit(np.array(self.skeleton))))

    def excess_toxicity_first(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        thresholds = logit(self.target) - np.exp(self._beta.nodes) * logit(self.skeleton[0])
        is_below = (self._alpha.below(thresholds) / self._alpha.step).ravel()[:, None]
        return 1 - np.clip(self._posterior.expectations(subjects, toxicities, is_below)[:, 0], 0.0, 1.0)

    @cached_property
    def _alpha(self) -> Grid:
        return Grid.around(self.alpha_mean, self.alpha_sd, reach=7.0, n_nodes=161)

    @cached_property
    def _beta(self) -> Grid:
        return Grid.around(self.beta_mean, self.beta_sd, reach=7.0, n_nodes=101)

    @cached_property
    def _nodes(self) -> tuple[FloatArray, FloatArray]:
        beta, alpha = np.meshgrid(self._beta.nodes, self._alpha.nodes, indexing="ij")
        return alpha, beta

    @cached_property
    def _posterior(self) -> GridPosterior:
        alpha, beta = (values.ravel() for values in self._nodes)
        log_prior = normal_log_density(alpha, self.alpha_mean, self.alpha_sd) + normal_log_density(
            beta, self.beta_mean, self.beta_sd
        )
        toxicity = expit(alpha[:, None] + np.exp(beta)[:, None] * logit(np.array(self.skeleton)))
        return GridPosterior(log_prior, toxicity)
