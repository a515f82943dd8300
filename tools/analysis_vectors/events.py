"""Tables 14-5.01, 14-5.02 and 14-7.04: adverse events with exact tests, and other medication."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from tools.analysis_vectors.shared import ARMS, Shown, frame, read, share
from triallink.engines.analysis import fisher


def adverse_events(folder: Path, shown: Shown, *, is_serious: bool) -> list[list[str]]:
    """Return subjects, events and Fisher's tests against placebo, by body system and term."""
    safe = frame(folder, "adsl").filter(pl.col("SAFFL") == "Y")
    sizes = [safe.filter(pl.col("TRT01A") == arm).height for arm in ARMS]
    rows = frame(folder, "adae").filter((pl.col("SAFFL") == "Y") & (pl.col("TRTEMFL") == "Y"))
    rows = rows.filter(pl.col("AESER") == "Y") if is_serious else rows

    def counted(label: str, part: pl.DataFrame) -> list[str]:
        of_arm = [part.filter(pl.col("TRTA") == arm) for arm in ARMS]
        subjects = [each["USUBJID"].n_unique() for each in of_arm]
        cells = [label]
        for k, n, each in zip(subjects, sizes, of_arm, strict=True):
            cells += [share(k, n, shown, digits=1), f"[{each.height}]"] if k else ["0"]
        for place in (1, 2):
            pair = [subjects[0], subjects[place]], [sizes[0], sizes[place]]
            if any(pair[0]):
                p = fisher([pair[0], [n - k for k, n in zip(*pair, strict=True)]])
                cells.append(">.99" if p > 0.99 else shown(p, 3) + "*" * (p < 0.15))
        return cells

    def rank(inside: pl.DataFrame) -> Callable[[str], tuple[int, str]]:
        """Return the order of terms: those most subjects of the high dose had come first."""
        high = inside.filter(pl.col("TRTA") == ARMS[2])
        had = dict(high.group_by("AEDECOD").agg(pl.col("USUBJID").n_unique()).iter_rows())
        return lambda term: (-had.get(term, 0), term)

    lines = [counted("ANY BODY SYSTEM", rows)]
    for system in rows["AEBODSYS"].unique().sort():
        inside = rows.filter(pl.col("AEBODSYS") == system)
        lines.append(counted(system, inside))
        terms = inside["AEDECOD"].unique().to_list()
        lines += [counted(t, inside.filter(pl.col("AEDECOD") == t)) for t in sorted(terms, key=rank(inside))]
    return lines


def medication(folder: Path, shown: Shown) -> list[list[str]]:
    """Return table 14-7.04: subjects with each medication, by class, most used under placebo first."""
    safe = frame(folder, "adsl").filter(pl.col("SAFFL") == "Y").select("USUBJID", arm="TRT01A")
    sizes = [safe.filter(pl.col("arm") == arm).height for arm in ARMS]
    rows = read(folder / "insights/data/safetyData/sdtm_cm.parquet").join(safe, on="USUBJID")
    rows = rows.with_columns(pl.col("CMCLAS", "CMDECOD").fill_null("UNCODED"))

    def subjects(part: pl.DataFrame) -> list[int]:
        return [part.filter(pl.col("arm") == arm)["USUBJID"].n_unique() for arm in ARMS]

    def cells(counts: list[int]) -> list[str]:
        return [share(k, n, shown, zero="0") for k, n in zip(counts, sizes, strict=True)]

    lines = [["Patients receiving at least one concomitant medication", *cells(subjects(rows))]]
    for group in sorted(rows["CMCLAS"].unique().to_list()):
        inside = rows.filter(pl.col("CMCLAS") == group)
        lines.append([group, *cells(subjects(inside))])
        named = {
            name: subjects(inside.filter(pl.col("CMDECOD") == name)) for name in inside["CMDECOD"].unique()
        }
        ordered = sorted(named.items(), key=lambda each: (-each[1][0], each[0]))
        lines += [[name, *cells(counts)] for name, counts in ordered]
    return lines


TABLES = {
    "14-5.01": partial(adverse_events, is_serious=False),
    "14-5.02": partial(adverse_events, is_serious=True),
    "14-7.04": medication,
}
