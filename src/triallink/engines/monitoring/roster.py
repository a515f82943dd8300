"""Who the data are about: subjects in the order of their sites, and tables coded by numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int64]
# Up to so many distinct numbers a search is faster than a join.
FEW_VALUES = 256


@dataclass(frozen=True)
class Roster:
    """The subjects of a study, sorted by site and name; a subject seen at two sites counts as one at each.

    table    site and subject in that order.
    site_of  shape (n_subjects,), the number of each subject's site, ascending.
    starts   shape (n_sites,), where each site's subjects begin.
    """

    table: pl.DataFrame
    sites: tuple[str, ...]
    subjects: tuple[str, ...]
    site_of: Indices
    starts: Indices

    @property
    def sizes(self) -> Indices:
        """Return how many subjects each site has."""
        return np.diff(np.append(self.starts, len(self.subjects)))

    def rows_of(self, frame: pl.DataFrame) -> Indices:
        """Return the number of the subject of each row of a table with site and subject."""
        # Where nobody is at two sites the subject's name says enough.
        keys = ["subject"] if self.table["subject"].n_unique() == self.table.height else ["site", "subject"]
        found = frame.select(keys).join(
            self.table.select(keys).with_row_index("number"), on=keys, how="left", maintain_order="left"
        )
        return found["number"].to_numpy().astype(np.int64)


def roster_of(frames: Sequence[pl.DataFrame]) -> Roster:
    """Return the subjects of several tables with the columns site and subject.

    Raises  ValueError if there is no row at all or a row names no site or no subject.
    """
    pairs = pl.concat([frame.select("site", "subject").unique() for frame in frames])
    nameless = pairs.filter(pl.col("site").is_null() | pl.col("subject").is_null())
    if not nameless.is_empty():
        raise ValueError(f"a row names no site or no subject: {nameless.row(0)}")
    if pairs.is_empty():
        raise ValueError("there is no row to judge sites by")
    table = pairs.unique().sort("site", "subject")
    sites, starts = np.unique(table["site"].to_numpy(), return_index=True)
    sizes = np.diff(np.append(starts, table.height))
    return Roster(
        table,
        tuple(str(site) for site in sites),
        tuple(table["subject"].to_list()),
        np.repeat(np.arange(len(sites)), sizes),
        starts.astype(np.int64),
    )


def read_columns(frame: pl.DataFrame, name: str, columns: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return a table with just these columns, cast.

    Raises  ValueError if one is not there or cannot be read as its type.
    """
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise ValueError(f"{name}: columns {absent} are missing from {frame.columns}")
    try:
        return frame.select(pl.col(column).cast(kind) for column, kind in columns.items())
    except pl.exceptions.InvalidOperationError as error:
        raise ValueError(f"{name}: {error}") from None


def coded(column: pl.Series) -> tuple[pl.Series, Indices]:
    """Return the distinct values of a column in ascending order, and the place of each row's value in it."""
    distinct = column.unique().sort()
    if column.dtype == pl.String and not distinct.null_count():
        return distinct, column.cast(pl.Enum(distinct)).to_physical().to_numpy().astype(np.int64)
    if len(distinct) <= FEW_VALUES and not distinct.null_count():
        return distinct, np.searchsorted(distinct.to_numpy(), column.to_numpy()).astype(np.int64)
    joined = column.to_frame("value").join(
        distinct.to_frame("value").with_row_index("code"),
        on="value", how="left", maintain_order="left", nulls_equal=True,
    )  # fmt: skip
    return distinct, joined["code"].to_numpy().astype(np.int64)
