"""What each subject's series of a variable shows: level, spread, tails, repetition, smoothness, trend and last digits."""

import numpy as np

from triallink.engines.monitoring.judgement import Features
from triallink.engines.monitoring.measurements import Measurements, last_digits
from triallink.engines.monitoring.roster import Array, Roster

MIDDLE = 0.2
FENCE = 2.0


def series_features(data: Measurements, roster: Roster) -> list[Features]:
    """Return the features of single variables; each needs as many visits as it takes to mean anything."""
    m = data.lengths.astype(np.float64)
    mean = data.sums(data.away) / m
    series = np.repeat(np.arange(len(m)), data.lengths)
    left = data.away - mean[series]
    squares = data.sums(left**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.sqrt(squares / (m - 1))
    beyond = np.maximum(np.abs(data.away) - FENCE, 0) ** 2
    level = data.per_subject("level", mean, least=1)
    return [
        level,
        data.per_subject("variance", deviation, least=3),
        _alikeness(level, roster),
        data.per_subject("outliers", data.sums(beyond) / m, least=3),
        data.per_subject("inliers", data.sums((np.abs(data.away) < MIDDLE).astype(float)) / m, least=5),
        *_in_order(data, left, squares, m),
    ]


def _alikeness(level: Features, roster: Roster) -> Features:
    """Return each subject's squared distance from its site's mean, freed of the site's size."""
    known = ~np.isnan(level.values)
    filled = np.where(known, level.values, 0.0)
    count = np.add.reduceat(known.astype(float), roster.starts, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.add.reduceat(filled, roster.starts, axis=0) / count
        away = (level.values - mean[roster.site_of]) ** 2 * (count / (count - 1))[roster.site_of]
    return Features("alikeness", level.variables, np.where(np.isfinite(away), away, np.nan), level.support)


def _in_order(data: Measurements, left: Array, squares: Array, m: Array) -> list[Features]:
    first = np.zeros(len(left), dtype=bool)
    first[data.starts] = True
    again = np.append(False, data.cell[1:] == data.cell[:-1]) & ~first
    step = np.where(first, 0.0, np.diff(left, prepend=0.0)) ** 2
    place = np.arange(len(left), dtype=np.float64) - np.repeat(data.starts, data.lengths)
    time = place - np.repeat((m - 1) / 2, data.lengths)
    with np.errstate(invalid="ignore", divide="ignore"):
        repeated = data.sums(again.astype(float)) / (m - 1)
        neumann = np.where(squares > 1e-12, data.sums(step) / squares, np.nan)
        trend = data.sums(time * left) / np.sqrt(data.sums(time**2) * squares)
    return [
        data.per_subject("propagation", repeated, least=4),
        data.per_subject("autocorrelation", neumann, least=5),
        data.per_subject("drift", np.where(squares > 1e-12, trend, np.nan), least=5),
    ]


def rounding_features(data: Measurements) -> tuple[Features, Array]:
    """Return the share of values ending in 0 or 5, and the counts of last digits, shape (n_subjects, n_variables, 10)."""
    digit, places = last_digits(data)
    refused = {
        name: "values are not recorded with a fixed number of decimals"
        for name, decimals in zip(data.variables, places, strict=True)
        if decimals < 0
    }
    found = digit[data.cell]
    share = data.sums((found % 5 == 0).astype(float)) / data.lengths
    features = data.per_subject("rounding", share, least=5)
    features.values[:, places < 0] = np.nan
    shape = (data.n_subjects, len(data.variables), 10)
    slot = (data.subject * shape[1] + data.variable) * 10 + found
    counts = np.bincount(slot, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)
    return Features("rounding", data.variables, features.values, features.support, refused), counts
