"""Bounds for Fisher's product of the p-values of several stages, with stopping for futility."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.optimize import brentq

from triallink.engines.design.answer import check_error
from triallink.engines.design.recursion import Array

Method = Literal["equal_levels", "full_level", "no_interaction"]
_DEGREE = 22
# Sums beyond this many times the largest weight have a chance below 1e-16.
_FAR = 45.0
_MOST_WEIGHT = 10.0
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True)
class FisherDesign:
    """A design that rejects when the weighted product of the stages' p-values is small.

    critical      shape (n_stages,), the product p1^w1 … pk^wk to be reached.
    weights       shape (n_stages,), w_k = √(information of the stage / of the first).
    stage_levels  shape (n_stages,), chance of such a product when no stage stops the trial.
    alpha_spent   shape (n_stages,), chance to have rejected up to each stage.
    futility      shape (n_stages - 1,), p-values of a stage above which the trial stops; 1 where it does not.
    """

    critical: Array
    weights: Array
    stage_levels: Array
    alpha_spent: Array
    futility: Array


def fisher_design(
    information: Sequence[float],
    alpha: float,
    *,
    futility: Sequence[float] = (),
    is_binding: bool = True,
    method: Method = "equal_levels",
    spending: Sequence[float] = (),
) -> FisherDesign:
    """Return the critical products of a design with up to six stages.

    information  fractions at the ends of the stages, ascending to 1.
    futility     p-values of single stages above which the trial stops, one for each stage but the last.
    is_binding   the critical values count on stopping; otherwise futility may be overruled.
    method       equal_levels: every product alone has the same level; full_level: the last product has the level alpha
                 alone, earlier ones are equal (two stages: the first takes what is left); no_interaction: full level
                 at the end, ratios as stopping for futility makes them, the first takes what is left.
    spending     cumulative error per stage, ending at alpha; takes the place of the method.
    Raises       ValueError if a value is out of range, lengths differ, the information of stages differs a hundredfold, or no
                 critical values have the error.
    Source       Bauer, Köhne (1994), Biometrics 50; Wassmer (1999), Biometrics 55; Wassmer, Brannath (2016), chapter 6.
    """
    check_error(alpha, 1)
    t = np.asarray(information, dtype=np.float64)
    if (
        t.ndim != 1
        or not 1 <= len(t) <= 6
        or not (np.diff(t, prepend=0.0) > 0).all()
        or abs(t[-1] - 1) > 1e-12
    ):
        raise ValueError(f"one to six information fractions must ascend to 1: {information}")
    stop = np.asarray(futility if len(futility) else [1.0] * (len(t) - 1), dtype=np.float64)
    if len(stop) != len(t) - 1 or not ((stop > 0) & (stop <= 1)).all():
        raise ValueError(f"futility p-values {futility} for {len(t)} stages")
    weights = np.sqrt(np.diff(t, prepend=0.0) / t[0])
    if weights.max() > _MOST_WEIGHT or weights.min() < 1 / _MOST_WEIGHT:
        raise ValueError(f"the information of stages must not differ a hundredfold: weights {weights}")
    hold = stop if is_binding else np.ones_like(stop)
    logs = (
        _by_spending(weights, hold, alpha, spending)
        if len(spending)
        else _by_method(weights, hold, alpha, method)
    )
    levels = np.array([_level(weights[: k + 1], float(each)) for k, each in enumerate(logs)])
    spent = np.cumsum(_rejections(weights, hold, logs))
    return FisherDesign(np.exp(-logs), weights, levels, spent, stop)


def _by_method(weights: Array, hold: Array, alpha: float, method: Method) -> Array:
    if len(weights) == 1:
        return np.array([-math.log(alpha)])

    def total(logs: Array) -> float:
        return float(_rejections(weights, hold, logs).sum())

    if method == "equal_levels":
        sums = [_sums(weights[:k]) for k in range(1, len(weights))]

        def equal(level: float) -> Array:
            later = [
                brentq(
                    lambda log, k=k: _tail(sums[k], float(weights[k + 1]), log) - level, 1e-9, _far(weights)
                )
                for k in range(len(sums))
            ]
            return np.array([-math.log(level), *later])

        return equal(
            float(
                brentq(lambda level: total(equal(level)) - alpha, alpha / len(weights) / 2, alpha, xtol=1e-15)
            )
        )
    last = _quantile(weights, alpha)
    if method == "full_level" and len(weights) > 2:
        return np.full(len(weights), last)
    if method not in ("full_level", "no_interaction"):
        raise ValueError(f"there is no method {method}")
    logs = np.full(len(weights), last)
    if method == "no_interaction":
        for k in range(len(weights) - 2, 0, -1):
            logs[k] = logs[k + 1] + math.log(hold[k]) / weights[k + 1]

    def first(log: float) -> float:
        return total(np.concatenate([[log], logs[1:]])) - alpha

    low = -math.log(alpha)
    if first(low) < 0 or first(float(logs[1])) > 0:
        raise ValueError(f"no first critical value spends {alpha} with futility at {hold}")
    logs[0] = brentq(first, low, float(logs[1]), xtol=1e-14)
    return logs


def _by_spending(weights: Array, hold: Array, alpha: float, spending: Sequence[float]) -> Array:
    spent = np.asarray(spending, dtype=np.float64)
    if (
        len(spent) != len(weights)
        or not (np.diff(spent, prepend=0.0) > 0).all()
        or abs(spent[-1] - alpha) > 1e-9
    ):
        raise ValueError(f"the error spent must ascend to {alpha}, one value per stage: {spending}")
    logs = np.array([-math.log(spent[0])])
    for k in range(1, len(weights)):
        known = logs

        def missing(log: float, known: Array = known, k: int = k) -> float:
            found = _rejections(weights[: k + 1], hold[:k], np.append(known, log))
            return float(found.sum()) - float(spent[k])

        logs = np.append(logs, brentq(missing, float(known[-1]), _far(weights), xtol=1e-13))
    return logs


def _far(weights: Array) -> float:
    return _FAR * max(1.0, float(weights.max()))


def _width(weights: Array) -> float:
    return 4.0 * min(1.0, float(weights.min()))


def _level(weights: Array, log: float) -> float:
    """Return the chance that the weighted sum of exponentials -log p exceeds a value, without any stopping."""
    if len(weights) == 1:
        return math.exp(-log)
    return _tail(_sums(weights[:-1]), float(weights[-1]), log)


def _quantile(weights: Array, level: float) -> float:
    if len(weights) == 1:
        return -math.log(level)
    pieces = _sums(weights[:-1])
    return float(
        brentq(lambda log: _tail(pieces, float(weights[-1]), log) - level, 1e-9, _far(weights), xtol=1e-13)
    )


def _sums(weights: Array) -> list[Chebyshev]:
    """Return the density of the weighted sum of exponentials, without any stopping."""
    far, width = _far(weights), _width(weights)
    pieces = _first(0.0, far, width)
    for w in weights[1:]:
        pieces = _next(pieces, float(w), 0.0, far, width)
    return pieces


def _rejections(weights: Array, hold: Array, logs: Array) -> Array:
    """Return the chance to reject at each stage.

    The sum s of -w log p of the stages so far has a density that is a smooth function between breaks; each stage adds an
    exponential variable of at least -w log of its futility bound. Pieces are Chebyshev polynomials of the density.
    """
    found = np.zeros(len(weights))
    found[0] = math.exp(-float(logs[0]))
    if len(weights) == 1:
        return found
    far, width = _far(weights), _width(weights)
    pieces = _first(-math.log(hold[0]), min(float(logs[0]), far), width)
    for k in range(1, len(weights)):
        w, log, is_last = float(weights[k]), float(logs[k]), k == len(weights) - 1
        # A product that is small enough rejects, even when the stage itself is above its futility bound.
        found[k] = _tail(pieces, w, log)
        if not is_last:
            pieces = _next(pieces, w, -w * math.log(hold[k]), min(log, far), width)
    return found


def _first(start: float, stop: float, width: float) -> list[Chebyshev]:
    return _fit([start, stop], lambda s: np.exp(-s), width) if start < stop else []


def _next(pieces: list[Chebyshev], w: float, least: float, stop: float, width: float) -> list[Chebyshev]:
    """Return the density after a stage that adds at least `least` and does not reach `stop`."""
    breaks = {float(each) + least for piece in pieces for each in piece.domain}
    edges = [*sorted(each for each in breaks if each < stop - 1e-12), stop]
    grown = [(float(piece.domain[0]), float(piece.domain[1]), _grown(piece, w)) for piece in pieces]

    def density(s: Array) -> Array:
        total = np.zeros_like(s)
        for low, high, sums in grown:
            reach = np.clip(s - least, low, high)
            total += (sums(reach) - sums(low)) * np.exp(-(s - low) / w) / w
        return total

    return _fit(edges, density, width) if len(edges) > 1 else []


def _grown(piece: Chebyshev, w: float) -> Chebyshev:
    """Return the antiderivative of the piece times exp((s - its lower end) / w)."""
    low, high = (float(each) for each in piece.domain)
    return Chebyshev.interpolate(
        lambda s: piece(s) * np.exp((s - low) / w), _DEGREE, domain=[low, high]
    ).integ()


def _fit(edges: list[float], density: Callable[[Array], Array], width: float) -> list[Chebyshev]:
    """Return polynomials on pieces of at most a width, on which exponentials are smooth."""
    found = []
    for low, high in itertools.pairwise(edges):
        ends = np.linspace(low, high, max(1, math.ceil((high - low) / width)) + 1)
        found += [Chebyshev.interpolate(density, _DEGREE, domain=[a, b]) for a, b in itertools.pairwise(ends)]
    return found


def _tail(pieces: list[Chebyshev], w: float, log: float) -> float:
    """Return the chance that the next stage carries the sum beyond a value."""
    total = 0.0
    for piece in pieces:
        low, high = (float(each) for each in piece.domain)
        near = max(low, min(high, log))
        half = (near - low) / 2
        if half > 0:
            s = low + half * (1 + _POINTS)
            total += half * float(_WEIGHTS @ (piece(s) * np.exp(-(log - s) / w)))
        if near < high:
            half = (high - near) / 2
            total += half * float(_WEIGHTS @ piece(near + half * (1 + _POINTS)))
    return total
