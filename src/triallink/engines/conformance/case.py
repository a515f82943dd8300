"""A published test of a rule: a small study as CSV texts, and the findings it should give.

Shape (CDISC open rules): `_datasets.csv` (Filename, Label), `_variables.csv` (dataset, variable, label, type, length),
one CSV per dataset, settings as NAME=VALUE lines, and results as (Dataset, Record, Variable, Value) or, for studies
that are one object tree, as (path, attribute, value) with the record counted from 0 at the end of the path.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from triallink.engines.conformance.run import RuleOutcome
from triallink.engines.conformance.study import Library, Study, Table, Terminology, Variable

_NUMBERS = frozenset({"num", "float", "integer", "number", "double"})
_DATASETS, _VARIABLES = "_datasets", "_variables"


@dataclass(frozen=True)
class Expected:
    """The findings a test should give.

    places   (dataset, record) pairs; the record is None where the finding is about the dataset.
    details  (dataset, record, variable, value), the values as texts.
    """

    places: frozenset[tuple[str, int | None]]
    details: frozenset[tuple[str, int | None, str, str]]


def study_of_texts(
    texts: Mapping[str, str],
    settings: str = "",
    *,
    terminology: Terminology | None = None,
    library: Library | None = None,
) -> Study:
    """Return the study of a published test.

    texts     CSV by file name without its ending: `_datasets`, `_variables` and one per dataset.
    settings  lines such as PRODUCT=SDTMIG.
    Returns   datasets in the order `_datasets` has; a file that is not there is passed over.
    """
    said = dict(re.findall(r"^\s*(\w+)\s*=\s*(.*?)\s*$", settings, re.MULTILINE))
    described: dict[str, list[dict[str, str]]] = {}
    for line in _lines(texts.get(_VARIABLES, "")):
        line["variable"] = line.get("variable", "").strip()
        described.setdefault(_stem(line.get("dataset", "")), []).append(line)
    contents = {_stem(name): text for name, text in texts.items()}
    tables = []
    listed = _lines(texts[_DATASETS]) if _DATASETS in texts else [{"Filename": name} for name in contents]
    for line in listed:
        stem = _stem(line.get("Filename", ""))
        if stem in contents and not stem.startswith("_"):
            name = (line.get("Dataset Name") or line.get("Filename", "").partition(".")[0]).strip()
            tables.append(_table(name, line, contents[stem], described.get(stem, [])))
    return Study(
        tuple(tables),
        product=said.get("PRODUCT", "").upper(),
        version=said.get("VERSION", ""),
        terminology=terminology,
        library=library,
    )


def _stem(name: str) -> str:
    return name.strip().lower().removesuffix(".csv").removesuffix(".xpt")


def _lines(text: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    return [{key.strip(): value or "" for key, value in line.items() if key} for line in reader]


def _table(name: str, line: Mapping[str, str], text: str, described: list[dict[str, str]]) -> Table:
    rows = [row for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if row]
    header = [each.strip() for each in rows[0]] if rows else []
    known = {each.get("variable", ""): each for each in described}
    is_tree = "." in "".join(header) or "instanceType" in header
    columns, variables = [], []
    for place, column in enumerate(header):
        if not column or column in header[:place]:
            continue
        about = known.get(column, {})
        cells = [row[place] if place < len(row) else "" for row in rows[1:]]
        columns.append(_column(column, cells, about.get("type", "").strip(), is_tree=is_tree))
        length = about.get("length", "").strip()
        variables.append(
            Variable(
                name=column,
                label=about.get("label", ""),
                data_type=about.get("type", "Char").strip(),
                length=int(length) if length.isdigit() else None,
            )
        )
    frame = pl.DataFrame(columns)
    shown = name if is_tree else name.upper()
    return Table(shown, line.get("Label", ""), tuple(variables), frame, location=f"{name.lower()}.xpt")


def _column(name: str, cells: list[str], kind: str, *, is_tree: bool) -> pl.Series:
    # Trailing blanks are no part of a value in SAS, for whose files the rules are written.
    stripped = cells if is_tree else [cell.rstrip(" ") or cell for cell in cells]
    texts = pl.Series(name, [cell if cell != "" else None for cell in stripped], dtype=pl.String)
    if kind.lower() == "boolean" or (is_tree and _all_in(texts, {"True", "False", "TRUE", "FALSE"})):
        return texts.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
    if kind.lower() in _NUMBERS:
        numbers = texts.str.strip_chars().cast(pl.Float64, strict=False)
        # A numeric column of a transport file cannot hold "<5": where there are numbers, such a text is no value.
        if numbers.null_count() < len(numbers) or texts.null_count() == len(texts):
            return numbers
    return texts


def _all_in(texts: pl.Series, words: set[str]) -> bool:
    present = texts.drop_nulls()
    return bool(present.len()) and set(present.unique()) <= words


def expected_of_text(text: str) -> Expected:
    """Return the findings a results file lists; values of numbers without needless decimals."""
    places: set[tuple[str, int | None]] = set()
    details: set[tuple[str, int | None, str, str]] = set()
    for line in _lines(text):
        if "path" in line or "Path" in line:
            dataset, record = _place_of_path((line.get("path") or line.get("Path") or "").strip())
            variable, value = line.get("attribute", "").strip(), line.get("value", "")
        else:
            dataset, number = line.get("Dataset", "").strip(), line.get("Record", "").strip()
            record = int(float(number)) if re.fullmatch(r"\d+(\.0+)?", number) else None
            variable, value = line.get("Variable", "").strip(), line.get("Value", "")
        dataset = re.sub(r"\.(xpt|csv|json)$", "", dataset, flags=re.IGNORECASE).upper()
        if record is None and variable in ("", "EXECUTION_ERROR"):
            continue  # a dataset on which the rule failed to run: no finding
        places.add((dataset, record))
        details.add((dataset, record, variable, plain(value)))
    return Expected(frozenset(places), frozenset(details))


def _place_of_path(path: str) -> tuple[str, int | None]:
    found = re.fullmatch(r"/?(.*?)/(\d+)", path)
    return (found[1], int(found[2]) + 1) if found else (path.strip("/"), None)


def found_by(outcome: RuleOutcome) -> Expected:
    """Return the findings of an outcome in the shape of expected ones."""
    places: set[tuple[str, int | None]] = set()
    details: set[tuple[str, int | None, str, str]] = set()
    for finding in outcome.findings:
        dataset = finding.dataset.upper()
        places.add((dataset, finding.record))
        for variable, value in finding.variables:
            details.add((dataset, finding.record, variable, plain(value)))
    return Expected(frozenset(places), frozenset(details))


def plain(value: Any) -> str:
    """Return a value as a text that compares: 1.0 as 1, no value as an empty text."""
    text = str(value).strip()
    if text in ("None", "nan", "NaN"):
        return ""
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else str(number)
