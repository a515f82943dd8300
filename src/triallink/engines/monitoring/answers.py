"""Categorical data: answers as numbers, and how often each subject gave each."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from triallink.engines.monitoring.measurements import Measurements, read_measurements
from triallink.engines.monitoring.roster import Array, Roster, read_columns

COLUMNS = {
    "site": pl.String(), "subject": pl.String(), "variable": pl.String(), "visit": pl.Float64(), "value": pl.String(),
}  # fmt: skip
# The most frequent answers of a variable are told apart, all others count as one.
MOST_KINDS = 12


@dataclass(frozen=True)
class Answers:
    """Answers laid out like measurements, and their counts.

    counts  by variable, shape (n_subjects, n_kinds).
    labels  by variable, the kinds.
    """

    data: Measurements
    counts: list[Array]
    labels: list[list[str]]


def read_answers(frame: pl.DataFrame, roster: Roster) -> Answers:
    """Return a table's answers laid out and counted.

    frame   site, subject, variable, visit (a number that orders visits), value (text); a row without a value is missing.
    Raises  ValueError if a column is not there, or a row has no variable or visit.
    """
    table = read_columns(frame, "answers", COLUMNS)
    kinds = table.group_by("variable", "value").len().drop_nulls("value")
    kinds = kinds.sort("variable", "len", "value", descending=[False, True, False]).with_columns(
        code=pl.int_range(pl.len()).over("variable").cast(pl.Float64)
    )
    coded = table.join(
        kinds.select("variable", "value", "code"), on=["variable", "value"], how="left", maintain_order="left"
    )
    data = read_measurements(coded.drop("value").rename({"code": "value"}), roster)
    counts, labels = [], []
    by_variable = kinds.partition_by("variable", as_dict=True)
    code = data.cell_value[data.cell].astype(np.int64)
    for at, name in enumerate(data.variables):
        found = by_variable.get((name,))
        words = [] if found is None else [str(each) for each in found["value"].head(MOST_KINDS)]
        extra = found is not None and found.height > MOST_KINDS
        width = max(len(words) + extra, 1)
        rows = data.variable == at
        slot = data.subject[rows] * width + np.minimum(code[rows], width - 1)
        count = np.bincount(slot, minlength=width * data.n_subjects).reshape(-1, width)
        counts.append(count.astype(np.float64))
        labels.append(words + (["(any other)"] if extra else []))
    return Answers(data, counts, labels)
