"""Published tables beside ours: line by line in their order where we rebuild the whole table, else line by label."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.analysis_vectors import curves, efficacy, events, laboratory, subjects, submission, vital_signs
from tools.analysis_vectors.shared import Row, Shown, r, sas

# What is in no table of ours, and why.
OUT_OF_SCOPE = {
    "14-3.11": "means over weeks 8 to 24 under the title of Week 24, by lme4; SAS's Week 24 stands in the next line",
}
WHOLE: dict[str, Callable[[Path, Shown], list[list[str]]]] = {
    **subjects.TABLES,
    **efficacy.TABLES,
    **events.TABLES,
    **laboratory.TABLES,
    **vital_signs.TABLES,
}


@dataclass(frozen=True)
class Compared:
    """Cells of one published table.

    reproduced  the same text.
    halves      those of them that are so when halves are rounded to even, as R does, and not away from zero, as SAS does.
    missed      what ours say and theirs.
    """

    name: str
    reproduced: int
    halves: int
    in_scope: int
    total: int
    missed: tuple[str, ...]


@cache
def published(folder: Path, name: str) -> list[Row]:
    """Return the lines of a published table that hold cells: label and cells."""
    lines = (folder / f"insights/vectors/cdisc_pilot/atorus_tsv/{name}.tsv").read_text().splitlines()
    # The first line that follows the footnote is the first of the body: it carries the footnote before its label.
    begin = next(number for number, text in enumerate(lines) if re.search(r", 20\d\d", text) and number)
    found = []
    for text in lines[begin:]:
        cells = [cell for cell in map(plain, text.split("\t")) if cell]
        # 14-1.03 prints its head in the line of the footnote.
        if len(cells) > 1 and cells[0] != "PooledId":
            found.append((cells[0], cells[1:]))
    return found


def plain(text: str) -> str:
    """Return a text without blanks, and without the footnote that the published files put before the first label."""
    text = re.sub(r"^.*, 20\d\d\s+", "", text)
    return re.sub(r"\s+", "", text)


def compare(folder: Path, name: str) -> Compared:
    """Return how much of a published table ours repeats, line by line in its order."""
    theirs = published(folder, name)
    total = sum(len(cells) for _, cells in theirs)
    if name in OUT_OF_SCOPE:
        return Compared(name, 0, 0, 0, total, ())
    ours = _lines(folder, name, sas)
    even = ours if ours == theirs else _lines(folder, name, r)
    reproduced, halves, missed = 0, 0, []
    for place, (label, cells) in enumerate(theirs):
        mine, other = (
            ours[place] if place < len(ours) else ("", []),
            even[place] if place < len(even) else ("", []),
        )
        if mine[0] != label or len(mine[1]) != len(cells):
            missed += [f"{label} {cells}: ours is {mine}"] * len(cells)
            continue
        for one, second, cell in zip(mine[1], other[1], cells, strict=True):
            reproduced += cell in (one, second)
            halves += cell == second != one
            if cell not in (one, second):
                missed.append(f"{label}: {one}, published {cell}")
    return Compared(name, reproduced, halves, total, total, tuple(missed))


def _lines(folder: Path, name: str, shown: Shown) -> list[Row]:
    rows = []
    for cells in WHOLE[name](folder, shown):
        label, *others = ["".join(cell.split()) for cell in cells if cell.strip()]
        if others:
            rows.append((label, others))
    return rows


def single_results(folder: Path) -> list[Compared]:
    """Return the figures of the single results that came with the tables."""
    found = []
    for name, made in (
        ("14-3.11, SAS Week 24", efficacy.repeated_measures),
        ("submission: demographics", submission.demographics),
        ("submission: glucose at Week 20", submission.glucose),
        ("time to first dermatologic event", curves.first_event),
    ):
        pairs = list(zip(*made(folder), strict=True))
        missed = tuple(f"{one}, published {other}" for one, other in pairs if one != other)
        found.append(Compared(name, len(pairs) - len(missed), 0, len(pairs), len(pairs), missed))
    return found


def table(folder: Path) -> list[Compared]:
    """Return the figures of every published table, then of the single results."""
    names = sorted(path.stem for path in (folder / "insights/vectors/cdisc_pilot/atorus_tsv").glob("*.tsv"))
    return [*(compare(folder, name) for name in names), *single_results(folder)]
