"""How likely a sequence of looks stops where: the recursive integration all group-sequential designs rest on.

Source: Armitage, McPherson, Rowe (1969), JRSS A 132; grid and Simpson weights as in Jennison, Turnbull (2000), Group Sequential
Methods with Applications to Clinical Trials, chapter 19.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]

# Jennison and Turnbull's r; at 32 their error is below 1e-9 for twenty looks.
GRID = 32


@dataclass(frozen=True)
class ExitProbabilities:
    """Chances of stopping at each look, shape (n_looks,): above the upper bound, below the lower, between the inner."""

    upper: Array
    lower: Array
    inner: Array


class Path:
    """The density of the statistic of a trial that has not stopped, carried from look to look.

    drift  expected value of the statistic per square root of information.
    """

    def __init__(self, drift: float = 0.0) -> None:
        self.drift = drift
        self.information = 0.0
        self.points: Array = np.zeros(1)
        self.masses: Array = np.ones(1)

    def beyond(self, information: float, bound: float) -> float:
        """Return the chance not to have stopped before and to be above a bound at the next look."""
        return float(self.masses @ ndtr(-self._standardized(information, bound)))

    def below(self, information: float, bound: float) -> float:
        """Return the chance not to have stopped before and to be below a bound at the next look."""
        return float(self.masses @ ndtr(self._standardized(information, bound)))

    def _standardized(self, information: float, bound: float) -> Array:
        step = information - self.information
        moved = self.points * np.sqrt(self.information) + self.drift * step
        result: Array = (bound * np.sqrt(information) - moved) / np.sqrt(step)
        return result

    def go_on(self, information: float, lower: float, upper: float, inner: float = 0.0) -> None:
        """Take the next look without stopping between the bounds, except within ± inner."""
        center = self.drift * np.sqrt(information)
        if inner > 0:
            below, above = _grid(center, lower, -inner), _grid(center, inner, upper)
            points, weights = (np.concatenate(pair) for pair in zip(below, above, strict=True))
        else:
            points, weights = _grid(center, lower, upper)
        step = information - self.information
        moved = self.points * np.sqrt(self.information) + self.drift * step
        z = (points[:, None] * np.sqrt(information) - moved[None, :]) / np.sqrt(step)
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) * np.sqrt(information / step)
        self.masses = weights * (density @ self.masses)
        self.points, self.information = points, information


def _grid(center: float, lower: float, upper: float) -> tuple[Array, Array]:
    tail = 3 + 4 * np.log(GRID / np.arange(1, GRID, dtype=np.float64))
    middle = -3 + 3 * np.arange(0, 4 * GRID + 1) / (2 * GRID)
    odd = np.concatenate([-tail, middle, tail[::-1]]) + center
    low, high = max(lower, odd[0]), min(upper, odd[-1])
    if low >= high:
        # The whole grid lies beyond a bound: nothing goes on that could be told from nothing.
        return np.array([min(max(center, lower), upper)]), np.zeros(1)
    odd = np.concatenate([[low], odd[(odd > low) & (odd < high)], [high]])
    points = np.empty(2 * len(odd) - 1)
    points[::2] = odd
    points[1::2] = (odd[1:] + odd[:-1]) / 2
    width = np.diff(odd)
    weights = np.zeros_like(points)
    weights[1::2] = 4 * width / 6
    weights[:-1:2] += width / 6
    weights[2::2] += width / 6
    return points, weights


def exit_probabilities(
    information: Array, upper: Array, lower: Array, drift: float = 0.0, inner: Array | None = None
) -> ExitProbabilities:
    """Return the chance of stopping at each look.

    information  shape (n_looks,), ascending, > 0.
    upper        shape (n_looks,), z-values; infinity where a look cannot stop upwards.
    lower        shape (n_looks,), z-values, minus infinity where a look cannot stop downwards.
    drift        effect times the square root of one unit of information.
    inner        shape (n_looks,): a look also stops within ± this; zero where it does not.
    Raises       ValueError if the shapes differ or information does not ascend.
    Source       Jennison, Turnbull (2000), chapter 19.
    """
    information, upper, lower = (np.asarray(each, dtype=np.float64) for each in (information, upper, lower))
    if not information.shape == upper.shape == lower.shape or information.ndim != 1:
        raise ValueError(f"shapes differ: {information.shape}, {upper.shape}, {lower.shape}")
    if not (np.diff(information, prepend=0.0) > 0).all():
        raise ValueError(f"information does not ascend: {information}")
    near = np.zeros_like(upper) if inner is None else np.asarray(inner, dtype=np.float64)
    if near.shape != upper.shape:
        raise ValueError(f"shapes differ: {upper.shape}, {near.shape}")
    path = Path(drift)
    up, down, between = (np.zeros(len(upper)) for _ in range(3))
    for k, (at, high, low, hole) in enumerate(zip(information, upper, lower, near, strict=True)):
        up[k], down[k] = path.beyond(at, high), path.below(at, low)
        if hole > 0:
            between[k] = path.below(at, hole) - path.below(at, -hole)
        if k < len(upper) - 1:
            path.go_on(float(at), float(low), float(high), float(hole))
    return ExitProbabilities(up, down, between)
