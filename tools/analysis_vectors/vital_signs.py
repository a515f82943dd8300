"""Tables 14-7.01 to 14-7.03: vital signs and weight at baseline, Week 24 and the end of treatment."""

from pathlib import Path

import polars as pl

from tools.analysis_vectors.shared import ARMS, Shown, frame
from triallink.engines.analysis import describe

_MEASURES = {
    "SYSBP": "Systolic Blood Pressure (mmHg)",
    "DIABP": "Diastolic Blood Pressure (mmHg)",
    "PULSE": "Pulse (bpm)",
}
_TIMES = {"Baseline": "Baseline", "Week 24": "Week 24", "End of Treatment": "End of Trt."}
_SHORT = dict(zip(ARMS, ("Placebo", "Xan.Low", "Xan.High"), strict=True))


def _lines(
    rows: pl.DataFrame, sizes: dict[str, int], column: str, heads: list[str], shown: Shown
) -> list[list[str]]:
    """Return the lines of arms and times."""
    lines = []
    times = _TIMES if column == "AVAL" else {key: label for key, label in _TIMES.items() if key != "Baseline"}
    for arm in ARMS:
        for place, (visit, label) in enumerate(times.items()):
            part = rows.filter((pl.col("TRTP") == arm) & (pl.col("AVISIT") == visit))
            d = describe(part[column].to_numpy())
            # Of values n counts those there are, of changes the assessments, as the published tables do.
            numbers = [str(d.n if column == "AVAL" else part.height), shown(d.mean, 1), shown(d.sd, 2)]
            numbers += [shown(each, 1) for each in (d.median, d.minimum, d.maximum)]
            who = ["", ""] if place else [_SHORT[arm], str(sizes[arm])]
            lines.append([*heads, *who, label, *numbers])
            heads = [""] * len(heads)
    return lines


def _rows(folder: Path) -> tuple[pl.DataFrame, dict[str, int]]:
    subjects = frame(folder, "adsl")
    sizes = {arm: subjects.filter(pl.col("ARM") == arm).height for arm in ARMS}
    return frame(folder, "advs").filter(pl.col("SAFFL") == "Y"), sizes


def _positions(folder: Path, column: str, shown: Shown) -> list[list[str]]:
    rows, sizes = _rows(folder)
    if column == "CHG":
        rows = rows.filter(pl.col("BASE").is_not_null())
    lines = []
    for code, measure in _MEASURES.items():
        of_code = rows.filter(pl.col("PARAMCD") == code)
        for place, position in enumerate(sorted(of_code["ATPT"].drop_nulls().unique().to_list())):
            part = of_code.filter(pl.col("ATPT") == position)
            lines += _lines(part, sizes, column, ["" if place else measure, position], shown)
    return lines


def values(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-7.01."""
    return _positions(folder, "AVAL", shown)


def changes(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-7.02."""
    return _positions(folder, "CHG", shown)


def weight(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-7.03."""
    rows, sizes = _rows(folder)
    rows = rows.filter(pl.col("PARAMCD") == "WEIGHT")
    changed = rows.filter(pl.col("CHG").is_not_null())
    return [
        *_lines(rows, sizes, "AVAL", ["Weight (kg)"], shown),
        *_lines(changed, sizes, "CHG", ["Weight Change from Baseline"], shown),
    ]


TABLES = {"14-7.01": values, "14-7.02": changes, "14-7.03": weight}
