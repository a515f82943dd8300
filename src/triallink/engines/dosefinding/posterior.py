"""Posterior expectations of a dose-toxicity model on a grid of its parameters.

The grid is the trapezoid rule on equal steps far into both tails, which converges exponentially for smooth
posteriors; probabilities of intervals use end corrections of fourth order. Everything is a matrix product, so a
thousand trials cost little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .outcomes import FloatArray, IntArray

# Toxicity probabilities are kept this far from 0 and 1 so that their logarithms stay finite on the far grid.
_TINY = 1e-300
_SLICE = 64


@dataclass(frozen=True, slots=True)
class Grid:
    """Equally spaced values of one parameter."""

    nodes: FloatArray

    @classmethod
    def around(cls, mean: float, sd: float, reach: float, n_nodes: int) -> Grid:
        """Return n_nodes values within reach standard deviations of the mean."""
        return cls(np.linspace(mean - reach * sd, mean + reach * sd, n_nodes))

    @property
    def step(self) -> float:
        """The distance between neighbours."""
        return float(self.nodes[1] - self.nodes[0])

    def below(self, thresholds: FloatArray) -> FloatArray:
        """Return weights w with sum(w * f(nodes)) = the integral of f below each threshold.

        thresholds  any shape; values outside the grid are pulled to its ends.
        Returns     that shape + (n_nodes,).
        Source      Euler-Maclaurin end correction and cubic interpolation in the last cell: error O(step^4).
        """
        h = self.step
        n = len(self.nodes)
        where = (np.asarray(thresholds, dtype=np.float64) - self.nodes[0]) / h
        is_above = where >= n - 3
        position = np.clip(where, 2.0, n - 3.0)
        cell = np.minimum(position.astype(np.int64), n - 4)
        t = position - cell
        weights = h * (np.arange(n) < cell[..., None]).astype(np.float64)
        local = np.stack(
            [
                # cubic through the nodes cell-1 .. cell+2, integrated from 0 to t
                -(t**4) / 24 + t**3 / 6 - t**2 / 6 + 1 / 24,
                0.5 + t**4 / 8 - t**3 / 3 - t**2 / 4 + t,
                -(t**4) / 8 + t**3 / 6 + t**2 / 2 - 1 / 24,
                t**4 / 24 - t**2 / 12,
            ],
            axis=-1,
        )
        for offset in range(4):
            index = (cell + offset - 1)[..., None]
            old = np.take_along_axis(weights, index, axis=-1)
            np.put_along_axis(weights, index, old + h * local[..., offset, None], axis=-1)
        weights[is_above] = h
        weights[where <= 2.0] = 0.0
        return weights


@dataclass(frozen=True)
class GridPosterior:
    """A prior and a dose-toxicity curve on the nodes of a grid.

    log_prior  shape (n_nodes,), up to a constant.
    toxicity   shape (n_nodes, n_doses), probability of toxicity.
    """

    log_prior: FloatArray
    toxicity: FloatArray

    def weights(self, subjects: IntArray, toxicities: IntArray) -> FloatArray:
        """Return the posterior probability of every node, rows summing to 1.

        subjects, toxicities  shape (n_trials, n_doses).
        Returns               shape (n_trials, n_nodes).
        """
        log_p, log_q = self._log_rates
        log_posterior = toxicities.astype(np.float64) @ log_p
        log_posterior += (subjects - toxicities).astype(np.float64) @ log_q
        log_posterior += self.log_prior
        log_posterior -= log_posterior.max(axis=1, keepdims=True)
        density = np.exp(log_posterior)
        return np.asarray(density / density.sum(axis=1, keepdims=True))

    def expectations(self, subjects: IntArray, toxicities: IntArray, functions: FloatArray) -> FloatArray:
        """Return the posterior mean of functions given by their values on the nodes.

        subjects, toxicities  shape (n_trials, n_doses).
        functions             shape (n_nodes, n_functions).
        Returns               shape (n_trials, n_functions).

        Trials with the same counts are computed once, and in slices that keep the weights in the cache.
        """
        n_doses = subjects.shape[1]
        counts, back = np.unique(np.hstack([subjects, toxicities]), axis=0, return_inverse=True)
        means = np.empty((len(counts), functions.shape[1]))
        for start in range(0, len(counts), _SLICE):
            part = counts[start : start + _SLICE]
            means[start : start + _SLICE] = self.weights(part[:, :n_doses], part[:, n_doses:]) @ functions
        return np.asarray(means[back.ravel()])

    @cached_property
    def _log_rates(self) -> tuple[FloatArray, FloatArray]:
        """Logarithms of the probabilities of toxicity and of none, each of shape (n_doses, n_nodes)."""
        p = np.ascontiguousarray(self.toxicity.T)
        return np.log(np.maximum(p, _TINY)), np.log(np.maximum(1 - p, _TINY))


def normal_log_density(values: FloatArray, mean: float, sd: float) -> FloatArray:
    """Return the log density of the normal distribution up to a constant."""
    return -0.5 * ((values - mean) / sd) ** 2
