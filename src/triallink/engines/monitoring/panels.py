"""Whole panels: all variables of a subject at one visit, what is missing, what fits together, what occurs twice."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triallink.engines.monitoring.judgement import Features
from triallink.engines.monitoring.measurements import Measurements
from triallink.engines.monitoring.roster import Array, Indices

LEAST_COVERAGE = 0.5
LEAST_CORRELATION = 0.3
# A panel of fewer values can occur twice by chance alone.
LEAST_PANEL = 6
_SHRINKAGE = 0.1


@dataclass(frozen=True)
class Panels:
    """One row per visit held, one column per variable; NaN where nothing was measured.

    away     scores minus the visit's mean;  cell  the number of the distinct value, -1 where missing.
    """

    subject: Indices
    visit: Indices
    away: Array
    cell: Indices


def panels_of(data: Measurements) -> Panels:
    """Return measurements as panels; of several at one visit the largest counts."""
    shape = (len(data.attended), len(data.variables))
    number = np.full(data.n_subjects * data.n_visits, -1, dtype=np.int64)
    number[data.attended[:, 0] * data.n_visits + data.attended[:, 1]] = np.arange(shape[0])
    row = number[data.subject * data.n_visits + data.visit]
    away, cell = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    away[row, data.variable] = data.away
    cell[row, data.variable] = data.cell
    return Panels(data.attended[:, 0], data.attended[:, 1], away, cell)


def missing_features(panels: Panels, data: Measurements) -> Features:
    """Return the share of missing values; one is expected where half of the subjects at that visit have it."""
    seen = ~np.isnan(panels.away)
    at_visit = np.bincount(panels.visit, minlength=data.n_visits)
    counts = _sum_by(seen.astype(np.float64), panels.visit, data.n_visits)
    expected = (counts >= LEAST_COVERAGE * np.maximum(at_visit, 1)[:, None])[panels.visit]
    asked = _sum_by(expected.astype(np.float64), panels.subject, data.n_subjects)
    missing = _sum_by((expected & ~seen).astype(np.float64), panels.subject, data.n_subjects)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Features("missingness", data.variables, missing / asked, asked)


def correlation_features(panels: Panels, data: Measurements) -> Features:
    """Return, for each variable and the one it goes with most, how much the one leaves unexplained of the other.

    Of each value its subject's own mean is taken off: what goes together from visit to visit is hardest to invent.
    """
    known = ~np.isnan(panels.away)
    filled = np.where(known, panels.away, 0.0)
    held = _sum_by(known.astype(np.float64), panels.subject, data.n_subjects)
    mean = _sum_by(filled, panels.subject, data.n_subjects) / np.maximum(held, 1)
    filled = np.where(known, filled - mean[panels.subject], 0.0)
    r = _correlations(filled, known)
    pairs = _partners(r)
    names: list[str] = []
    columns: list[Array] = []
    supports: list[Array] = []
    for a, b in pairs:
        both = known[:, a] & known[:, b]
        left = np.where(both, filled[:, a] - np.sign(r[a, b]) * filled[:, b], 0.0) ** 2
        whole = np.where(both, filled[:, a] ** 2 + filled[:, b] ** 2, 0.0)
        count: Array = np.bincount(panels.subject, both.astype(np.float64), data.n_subjects).astype(
            np.float64
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.bincount(panels.subject, left, data.n_subjects) / np.bincount(
                panels.subject, whole, data.n_subjects
            )
        columns.append(np.where((count >= 3) & (share > 0), np.log(np.maximum(share, 1e-12)), np.nan))
        supports.append(count)
        names.append(f"{data.variables[a]} ~ {data.variables[b]}")
    if not pairs:
        names = ["(no pair)"]
        columns, supports = [np.full(data.n_subjects, np.nan)], [np.zeros(data.n_subjects)]
    why = f"no two variables are correlated by {LEAST_CORRELATION} or more"
    refused = {} if pairs else {"(no pair)": why}
    return Features("correlation", tuple(names), np.column_stack(columns), np.column_stack(supports), refused)


def _correlations(filled: Array, known: NDArray[np.bool_]) -> Array:
    """Return correlations over the panels that have both variables."""
    weight = known.astype(np.float64)
    squares, products = np.zeros((filled.shape[1],) * 2), np.zeros((filled.shape[1],) * 2)
    for rows in _blocks(filled):
        squares += (filled[rows] ** 2).T @ weight[rows]
        products += filled[rows].T @ filled[rows]
    with np.errstate(invalid="ignore", divide="ignore"):
        r = products / np.sqrt(squares * squares.T)
    return np.where(np.isfinite(r), r, 0.0)


def _blocks(table: Array) -> Iterator[slice]:
    """Return slices of rows whose products are too small to be spread over threads: waiting for those costs more."""
    step = max(2**18 // max(table.shape[1], 1) ** 2, 64)
    return (slice(begin, begin + step) for begin in range(0, len(table), step))


def _partners(r: Array) -> list[tuple[int, int]]:
    away = np.abs(r - np.diag(np.diag(r)))
    if len(r) < 2:
        return []
    best = away.argmax(axis=1)
    found = {(min(a, int(b)), max(a, int(b))) for a, b in enumerate(best) if away[a, b] >= LEAST_CORRELATION}
    return sorted(found)


def distance_features(panels: Panels, data: Measurements) -> list[Features]:
    """Return how far a subject's panels lie from the middle, and how much of it the correlations do not explain."""
    known = ~np.isnan(panels.away)
    used = known.mean(axis=0) >= LEAST_COVERAGE if len(known) else np.zeros(len(data.variables), bool)
    if used.sum() < 3:
        why = {
            "(panel)": "fewer than three variables are measured together at half of the visits",
        }
        empty = np.full((data.n_subjects, 1), np.nan)
        return [
            Features(name, ("(panel)",), empty, np.zeros(empty.shape), why)
            for name in ("multivariate", "structure")
        ]
    known, filled = known[:, used], np.where(known, panels.away, 0.0)[:, used]
    enough = known.mean(axis=1) >= LEAST_COVERAGE
    scale = np.sqrt((filled**2).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    filled = filled / np.where(scale > 0, scale, 1.0)
    r = (1 - _SHRINKAGE) * _correlations(filled, known)
    np.fill_diagonal(r, 1.0)
    values, vectors = np.linalg.eigh(r)
    turn = vectors / np.sqrt(np.maximum(values, _SHRINKAGE / 2))
    count = np.maximum(known.sum(axis=1), 1)
    far = np.concatenate([((filled[rows] @ turn) ** 2).sum(axis=1) for rows in _blocks(filled)]) / count
    plain = (filled**2).sum(axis=1) / count
    enough &= plain > 1e-9
    held = np.bincount(panels.subject, enough, data.n_subjects).astype(np.float64)
    found = []
    for name, figure in (
        ("multivariate", np.log(far + 1e-9)),
        ("structure", np.log(far + 1e-9) - np.log(plain + 1e-9)),
    ):
        total = np.bincount(panels.subject, np.where(enough, figure, 0.0), data.n_subjects)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(held >= 2, total / held, np.nan)
        found.append(Features(name, ("(panel)",), mean[:, None], held[:, None]))
    return found


def copied_features(panels: Panels, data: Measurements) -> Features:
    """Return the share of a subject's panels that equal another one of the study, value for value."""
    filled = (panels.cell >= 0).sum(axis=1)
    whole = filled >= LEAST_PANEL
    copied, _ = copies_of(panels)
    held = np.bincount(panels.subject, whole, data.n_subjects).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.bincount(panels.subject, copied, data.n_subjects) / held
    why = {} if whole.any() else {"(panel)": f"no visit has {LEAST_PANEL} values"}
    return Features("copied_panels", ("(panel)",), share[:, None], held[:, None], why)


def copies_of(panels: Panels) -> tuple[NDArray[np.bool_], NDArray[np.uint64]]:
    """Return which panels occur more than once, and a number by which equal panels are found."""
    if not len(panels.cell):
        return np.zeros(0, dtype=bool), np.zeros(0, dtype=np.uint64)
    # Equal panels have equal sums of one random number per distinct value; others agree by chance once in 2**64.
    label = np.random.default_rng(20261123).integers(0, 2**64, int(panels.cell.max()) + 2, dtype=np.uint64)
    label[-1] = 0
    sums = label[panels.cell].sum(axis=1, dtype=np.uint64)
    whole = (panels.cell >= 0).sum(axis=1) >= LEAST_PANEL
    _, place, counts = np.unique(sums, return_inverse=True, return_counts=True)
    return (counts[place] > 1) & whole, sums


def _sum_by(values: Array, group: Indices, size: int) -> Array:
    """Return sums of rows by group, shape (size, n_columns)."""
    order = np.argsort(group, kind="stable")
    found = np.zeros((size, values.shape[1]))
    if len(group):
        sorted_group = group[order]
        starts = np.flatnonzero(np.append(True, sorted_group[1:] != sorted_group[:-1]))
        found[sorted_group[starts]] = np.add.reduceat(values[order], starts, axis=0)
    return found
