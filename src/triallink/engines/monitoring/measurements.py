"""Numeric data laid out for the battery: coded, scored against the study, in order of visits."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtri

from triallink.engines.monitoring.judgement import Features
from triallink.engines.monitoring.roster import Array, Indices, Roster, coded, read_columns

COLUMNS = {
    "site": pl.String(), "subject": pl.String(), "variable": pl.String(), "visit": pl.Float64(), "value": pl.Float64(),
}  # fmt: skip
MOST_DECIMALS = 6


@dataclass(frozen=True)
class Measurements:
    """Measurements in the order of variable, subject, visit and value.

    subject, variable, visit, cell  shape (n_rows,), numbers; a cell is a distinct value of a variable.
    score      shape (n_rows,), the normal score of a value among all of its variable.
    away       shape (n_rows,), the score minus the mean score of the variable at that visit.
    starts     shape (n_series,), where each subject's series of a variable begins.
    lengths    shape (n_series,).
    cell_value, cell_variable, cell_count  shape (n_cells,).
    attended   shape (n_visits_held, 2), subject and visit of each visit at which anything was recorded or asked.
    """

    variables: tuple[str, ...]
    n_subjects: int
    n_visits: int
    subject: Indices
    variable: Indices
    visit: Indices
    cell: Indices
    score: Array
    away: Array
    starts: Indices
    lengths: Indices
    cell_value: Array
    cell_variable: Indices
    cell_count: Indices
    attended: Indices

    def per_subject(self, test: str, values: Array, *, least: int) -> Features:
        """Return a figure by series as features; series shorter than `least` have none."""
        wide = np.full((self.n_subjects, len(self.variables)), np.nan)
        support = np.zeros(wide.shape)
        at = self.subject[self.starts], self.variable[self.starts]
        wide[at] = np.where(self.lengths >= least, values, np.nan)
        support[at] = self.lengths
        return Features(test, self.variables, wide, support)

    def sums(self, values: Array) -> Array:
        """Return the sum over each series."""
        return np.asarray(np.add.reduceat(values, self.starts), dtype=np.float64)


def read_measurements(frame: pl.DataFrame, roster: Roster) -> Measurements:
    """Return a table's measurements laid out.

    frame   site, subject, variable, visit (a number that orders visits), value; a row without a value is a missing value.
    Raises  ValueError if a column is not there, or a row has no variable or visit.
    """
    table = read_columns(frame, "measurements", COLUMNS)
    unplaced = table.filter(pl.col("variable").is_null() | pl.col("visit").is_null())
    if not unplaced.is_empty():
        raise ValueError(f"a measurement has no variable or no visit: {unplaced.row(0)}")
    subject = roster.rows_of(table)
    names, variable = coded(table["variable"])
    visits, visit = coded(table["visit"])
    value = table["value"].to_numpy()
    held = np.flatnonzero(np.bincount(subject * len(visits) + visit, minlength=1))
    known = np.isfinite(value)
    if not known.all():
        subject, variable, visit, value = (each[known] for each in (subject, variable, visit, value))
    distinct, place = coded(pl.Series(value))
    width = max(len(distinct), 1)
    key, cell, count = _cells(variable * width + place)
    order = _order(variable, subject, visit, cell, (len(names), len(roster.subjects), len(visits), len(key)))
    subject, variable, visit, cell = (each[order] for each in (subject, variable, visit, cell))
    score = _cell_scores(key // width, count)[cell]
    slot = variable * len(visits) + visit
    slots = np.bincount(slot, minlength=1)
    away = score - (np.bincount(slot, score, minlength=1) / np.maximum(slots, 1))[slot]
    series = variable * len(roster.subjects) + subject
    starts = np.flatnonzero(np.append(True, series[1:] != series[:-1])) if len(series) else np.empty(0, int)
    return Measurements(
        tuple(names.to_list()), len(roster.subjects), len(visits), subject, variable, visit, cell, score, away,
        starts, np.diff(np.append(starts, len(series))), distinct.to_numpy()[key % width], key // width, count,
        np.column_stack([held // len(visits), held % len(visits)]) if len(held) else np.empty((0, 2), int),
    )  # fmt: skip


def _cells(key: Indices) -> tuple[Indices, Indices, Indices]:
    """Return the distinct keys in ascending order, the place of each row's key, and how often each occurs."""
    distinct, place = coded(pl.Series(key))
    return distinct.to_numpy().astype(np.int64), place, np.bincount(place, minlength=len(distinct))


def _order(
    variable: Indices, subject: Indices, visit: Indices, cell: Indices, sizes: tuple[int, int, int, int]
) -> Indices:
    """Return the order by variable, subject, visit and cell; one sort of whole numbers where they fit into 62 bits."""
    if float(sizes[0]) * sizes[1] * sizes[2] * max(sizes[3], 1) < 2.0**62:
        key = ((variable * sizes[1] + subject) * sizes[2] + visit) * max(sizes[3], 1) + cell
        return np.argsort(key, kind="stable")
    return np.lexsort((cell, visit, subject, variable))


def _cell_scores(variable: Indices, count: Indices) -> Array:
    """Return the normal score of each cell: cells are in order of value within their variable."""
    total = np.bincount(variable, count)
    upto = np.cumsum(count)
    before = np.append(0, np.cumsum(total))[variable]
    return np.asarray(ndtri((upto - count / 2 - before) / total[variable]), dtype=np.float64)


def decimals_of(data: Measurements) -> Indices:
    """Return with how many decimals each variable is recorded: -1 where 99 of 100 values have more than six."""
    found = np.full(len(data.variables), -1, dtype=np.int64)
    total = np.maximum(np.bincount(data.cell_variable, data.cell_count, len(data.variables)), 1)
    for places in range(MOST_DECIMALS, -1, -1):
        scaled = data.cell_value * 10.0**places
        fits = np.abs(scaled - np.round(scaled)) <= 1e-6 * np.maximum(1, np.abs(scaled) * 1e-6)
        share = np.bincount(data.cell_variable, data.cell_count * fits, len(data.variables)) / total
        found[share >= 0.99] = places
    return found


def last_digits(data: Measurements) -> tuple[Indices, Indices]:
    """Return the last recorded digit of each cell, 0 where the value has more decimals than its variable, and the decimals."""
    places = decimals_of(data)
    scaled = np.abs(data.cell_value) * 10.0 ** np.maximum(places, 0)[data.cell_variable]
    return (np.round(scaled) % 10).astype(np.int64), places
