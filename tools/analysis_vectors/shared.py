"""What every table needs: the pilot's data, arms, counts with percentages, and both ways to round a half."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl

from triallink.engines.analysis import describe, fixed

ARMS = ("Placebo", "Xanomeline Low Dose", "Xanomeline High Dose")
Row = tuple[str, list[str]]
# A number as a text with so many digits.
Shown = Callable[[float, int], str]


@cache
def read(path: Path) -> pl.DataFrame:
    """Return a data set, read once."""
    return pl.read_parquet(path)


def frame(folder: Path, name: str) -> pl.DataFrame:
    """Return one analysis data set of the pilot."""
    return read(folder / f"insights/data/safetyData/adam_{name}.parquet")


def sas(value: float, digits: int) -> str:
    """Return a number rounded as SAS does: halves away from zero."""
    return fixed(value, digits)


def r(value: float, digits: int) -> str:
    """Return a number rounded as R does: what is stored, and an exact half to the even digit."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def share(count: int, of: int, shown: Shown, *, zero: str = "", digits: int = 0) -> str:
    """Return a count with its percentage; a count of nothing as the table has it."""
    if not count and zero:
        return zero
    return f"{count}({shown(100 * count / of if of else 0.0, digits)}%)"


def number_lines(groups: list[pl.Series], shown: Shown) -> list[list[str]]:
    """Return the lines n, Mean, SD, Median, Min, Max, a cell for each group."""
    told = [describe(each.to_numpy()) for each in groups]
    return [
        ["n", *(str(d.n) for d in told)],
        ["Mean", *(shown(d.mean, 1) for d in told)],
        ["SD", *(shown(d.sd, 2) for d in told)],
        *(
            [name, *(shown(getattr(d, key), 1) for d in told)]
            for name, key in (("Median", "median"), ("Min", "minimum"), ("Max", "maximum"))
        ),
    ]


def by_arm(rows: pl.DataFrame, column: str = "TRTP") -> list[pl.DataFrame]:
    """Return the rows of each arm."""
    return [rows.filter(pl.col(column) == arm) for arm in ARMS]
