"""Tables 14-6.01 to 14-6.06: laboratory values, what is out of range, and shifts between visits."""

from pathlib import Path

import polars as pl

from tools.analysis_vectors.shared import Shown, by_arm, frame, share
from triallink.engines.analysis import cmh, cross_table, describe, fisher

_RENAMED = {
    "BLOOD UREA NITROGEN": "UREA NITROGEN",
    "ERY. MEAN CORPUSCULAR HGB CONCENTRATION": "ERY. MEAN CORPUSCULAR HB CONCENTRATION",
}
# The order of the tables of ranges; those of values and of shifts are in alphabetical order.
_CHEMISTRY = (
    "ALBUMIN", "ALKALINE PHOSPHATASE", "ALANINE AMINOTRANSFERASE", "ASPARTATE AMINOTRANSFERASE", "BILIRUBIN",
    "UREA NITROGEN", "CALCIUM", "CHOLESTEROL", "CREATINE KINASE", "CHLORIDE", "CREATININE",
    "GAMMA GLUTAMYL TRANSFERASE", "GLUCOSE", "POTASSIUM", "SODIUM", "PHOSPHATE", "PROTEIN", "URATE",
)  # fmt: skip
_HEMATOLOGY = (
    "BASOPHILS", "EOSINOPHILS", "HEMATOCRIT", "HEMOGLOBIN", "LYMPHOCYTES", "ERY. MEAN CORPUSCULAR HEMOGLOBIN",
    "ERY. MEAN CORPUSCULAR HB CONCENTRATION", "ERY. MEAN CORPUSCULAR VOLUME", "MONOCYTES", "PLATELET",
    "ERYTHROCYTES", "LEUKOCYTES",
)  # fmt: skip
_VISITS = (2, 4, 6, 8, 12, 16, 20, 24, 26)


def _values(folder: Path, *, changes: bool = False) -> pl.DataFrame:
    """Return laboratory rows of the safety population under the names of the tables; changes from the visit before apart."""
    both = pl.concat([frame(folder, name) for name in ("adlbc", "adlbh")])
    is_change = pl.col("PARAM").str.contains(" change from previous visit", literal=True)
    name = (
        pl.col("PARAM").str.split(" change from").list.first().str.split(" (").list.first().str.to_uppercase()
    )
    return both.filter(
        (pl.col("SAFFL") == "Y") & (is_change if changes else ~is_change), pl.col("AVISITN").is_not_null()
    ).with_columns(test=name.replace(_RENAMED))


def summaries(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-6.01: values and changes at every visit; N counts assessments, also those without a result."""
    rows = _values(folder).filter((pl.col("AVISITN") != 99) | (pl.col("AENTMTFL") == "Y"))
    labels = {0: "Bsln", **{week: f"Wk {week}" for week in _VISITS}, 99: "End[1]"}
    lines = []
    for test in (*sorted(_CHEMISTRY), *sorted(_HEMATOLOGY)):
        of_test = rows.filter(pl.col("test") == test)
        for visit, label in labels.items():
            cells = [label]
            for part in by_arm(of_test.filter(pl.col("AVISITN") == visit)):
                cells.append(str(part.height))
                for column in ("AVAL", "CHG")[: 2 if visit else 1]:
                    d = describe(part[column].to_numpy())
                    cells.append(f"{shown(d.mean, 1)}({shown(d.sd, 2)})")
            lines.append(cells)
    return lines


def ranges(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-6.02: subjects low, normal and high, with Fisher's test."""
    return _ranges(_values(folder), "LBNRIND", ("LOW", "NORMAL", "HIGH"), shown)


def clinical_changes(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-6.03: the same of changes from the visit before."""
    return _ranges(_values(folder, changes=True), "ANRIND", ("L", "N", "H"), shown)


def _ranges(rows: pl.DataFrame, column: str, kinds: tuple[str, ...], shown: Shown) -> list[list[str]]:
    rows = rows.filter((pl.col("ANL01FL") == "Y") & (pl.col("AVISITN") != 99) & pl.col(column).is_in(kinds))
    lines = []
    for test in (*_CHEMISTRY, *_HEMATOLOGY):
        of_arm = by_arm(rows.filter(pl.col("test") == test))
        counts = [[part.filter(pl.col(column) == kind).height for kind in kinds] for part in of_arm]
        cells = [share(k, sum(each), shown, zero="0") for each in counts for k in each]
        apart = any(each[0] or each[2] for each in counts)
        lines.append([test, *cells, shown(fisher(counts), 3) if apart else ""])
    return lines


def _shift_cells(rows: pl.DataFrame, shown: Shown, ends: dict[str, str]) -> list[list[str]]:
    """Return the lines n and one for each state reached, a cell for each arm and state at baseline."""
    parts = [part.filter(pl.col("BNRIND") == start) for part in by_arm(rows) for start in ends]
    lines = [["n", *(str(part.height) for part in parts)]]
    for end, label in ends.items():
        counts = [part.filter(pl.col("ANRIND") == end).height for part in parts]
        if any(counts) or end == next(iter(ends)):
            cells = [share(k, part.height, shown, zero="0") for k, part in zip(counts, parts, strict=True)]
            lines.append([label, *cells])
    return lines


def shifts_by_visit(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-6.04: from baseline to each visit."""
    rows = _shifted(folder).filter(pl.col("VISIT").str.contains(r"^WEEK \d+$"))
    lines = []
    for test in (*sorted(_CHEMISTRY), *sorted(_HEMATOLOGY)):
        for week in _VISITS:
            part = rows.filter((pl.col("test") == test) & (pl.col("VISIT") == f"WEEK {week}"))
            first, *others = _shift_cells(part, shown, {"N": "Normal", "H": "High"})
            lines += [[test if week == 2 else "", str(week), *first], *others]
    return lines


def _shifted(folder: Path) -> pl.DataFrame:
    return _values(folder).filter(
        (pl.col("AVISITN") != 99) & pl.col("BNRIND").is_in(["N", "H"]) & pl.col("ANRIND").is_in(["N", "H"])
    )


def shifts(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-6.05: the most extreme visit, with the general association in strata of the state at baseline."""
    rows = _shifted(folder).filter(pl.col("ANL01FL") == "Y")
    lines = []
    for test in (*sorted(_CHEMISTRY), *sorted(_HEMATOLOGY)):
        part = rows.filter(pl.col("test") == test)
        first, *others = _shift_cells(part, shown, {"N": "Normal", "H": "High"})
        lines += [[test, *first, _association(part, "ANRIND", "BNRIND", shown)], *others]
    return lines


def _association(rows: pl.DataFrame, end: str, start: str, shown: Shown) -> str:
    """Return the p-value; nothing where the published tests stop: no shift, or a stratum of less than two subjects."""
    table = cross_table(rows["TRTP"], rows[end], rows[start])
    if len(table.strata) < 2 or len(table.columns) < 2 or table.counts.sum(axis=(1, 2)).min() < 2:
        return ""
    return shown(cmh(table.counts).general.p_value, 3)


def hys_law(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-6.06: elevated transaminases, alone and with bilirubin."""
    rows = frame(folder, "adlbhy").filter(
        (pl.col("SAFFL") == "Y")
        & pl.col("PARAMCD").is_in(["TRANSHY", "HYLAW"])
        & pl.col("BASE").is_not_null()
        & (pl.col("AVISITN") > 0)
    )
    # The table takes each subject's worst visit over both analytes together: one subject counts in neither twice.
    worst = rows.filter(pl.col("AVAL") == pl.col("AVAL").max().over("USUBJID"))
    worst = worst.filter(pl.col("AVISITN") == pl.col("AVISITN").max().over("USUBJID"))
    worst = worst.with_columns(
        BNRIND=pl.col("BASE").cast(pl.Int64).cast(pl.String),
        ANRIND=pl.col("AVAL").cast(pl.Int64).cast(pl.String),
    )
    lines = []
    for code, label in (
        ("TRANSHY", "Transaminase 1.5 x ULN"),
        ("HYLAW", "Total Bili 1.5 x ULN and Transaminase 1.5 x ULN"),
    ):
        part = worst.filter(pl.col("PARAMCD") == code)
        first, *others = _shift_cells(part, shown, {"0": "0", "1": "1"})
        lines += [[label, *first, _association(part, "ANRIND", "BNRIND", shown)], *others]
    return lines


TABLES = {
    "14-6.01": summaries,
    "14-6.02": ranges,
    "14-6.03": clinical_changes,
    "14-6.04": shifts_by_visit,
    "14-6.05": shifts,
    "14-6.06": hys_law,
}
