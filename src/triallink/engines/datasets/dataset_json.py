"""Dataset-JSON 1.1: as one JSON object, as lines (NDJSON) and compressed; read with a check of every cell.

Source: CDISC Dataset-JSON v1.1 specification and its JSON schema.
"""

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

import orjson
import polars as pl

from triallink.engines.datasets import findings as f
from triallink.engines.datasets.findings import MANY, DatasetRefused, Finding, errors
from triallink.engines.datasets.model import DATA_TYPES, FRAME_TYPES, TEXT_TYPES, Dataset, Variable

VERSION = "1.1.0"
LARGEST_MB = 2048
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[+-]\d{2}:\d{2}|Z)?\Z", re.ASCII)
_PARTIAL = {
    "date": re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z|-{2}-?\d{2}(-\d{2})?\Z", re.ASCII),
    "datetime": re.compile(
        r"\d{4}(-\d{2}(-\d{2}(T\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?([+-]\d{2}:\d{2}|Z)?)?)?)?\Z", re.ASCII
    ),
    "time": re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2}|Z)?\Z", re.ASCII),
}
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_REQUIRED = {
    "datasetJSONCreationDateTime": str,
    "datasetJSONVersion": str,
    "itemGroupOID": str,
    "records": int,
    "name": str,
    "label": str,
    "columns": list,
}
_OPTIONAL = {
    "fileOID": str,
    "dbLastModifiedDateTime": str,
    "originator": str,
    "sourceSystem": dict,
    "studyOID": str,
    "metaDataVersionOID": str,
    "metaDataRef": str,
}
_WORDS = {str: "a text", int: "a whole number", list: "a list", dict: "an object"}
_OWN = frozenset({"records", "name", "label", "columns", "rows"})


def read_dataset_json(content: bytes, *, strict: bool = False) -> tuple[Dataset, list[Finding]]:
    """Return the dataset of a Dataset-JSON file and what is wrong with it.

    content  JSON, NDJSON (a line of metadata, then a line per row), or either compressed (gzip or zlib).
    strict   refuse a file with any error; otherwise cells of a wrong type become missing and are reported.
    Returns  texts, decimals, dates and times as String, null where the file has null.
    Raises   DatasetRefused if the file cannot be read, or with `strict` if it has an error.
    """
    head, rows = _parsed(_decompressed(content))
    found = _check_head(head)
    if errors(found):
        raise DatasetRefused(errors(found))
    variables, more = variables_of(head["columns"], head["name"])
    found += more
    if errors(found):
        raise DatasetRefused(errors(found))
    frame, cells = _frame(rows, variables, head["name"])
    found += cells
    if head["records"] != frame.height:
        params = {"said": head["records"], "found": frame.height}
        found.append(Finding(f.ROW_COUNT, params, head["name"]))
    if strict and errors(found):
        raise DatasetRefused(errors(found))
    attributes = {key: value for key, value in head.items() if key not in _OWN}
    return Dataset(head["name"], head["label"], variables, frame, attributes), found


def _decompressed(content: bytes) -> bytes:
    limit = LARGEST_MB * 2**20
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(limit + 1)
        elif content[:1] == b"\x78":
            content = zlib.decompressobj().decompress(content, limit + 1)
    except (OSError, EOFError, zlib.error):
        raise DatasetRefused([Finding(f.NOT_THIS_FORMAT, {"detail": "gzip", "offset": 0})]) from None
    if len(content) > limit:
        raise DatasetRefused([Finding(f.TOO_LARGE, {"limit_mb": LARGEST_MB})])
    return content


def _parsed(content: bytes) -> tuple[dict[str, Any], list[Any]]:
    first, _, rest = content.lstrip(b"\xef\xbb\xbf \r\n\t").partition(b"\n")
    try:
        try:
            head = orjson.loads(first)
        except orjson.JSONDecodeError:
            head, rest = orjson.loads(content.removeprefix(b"\xef\xbb\xbf")), b""
        if not isinstance(head, dict):
            raise DatasetRefused([Finding(f.FIELD_TYPE, {"field": "$", "expected": _WORDS[dict]})])
        if "rows" in head or not rest.strip():
            rows = head.get("rows", [])
        else:
            return head, _lines(rest, len(content) - len(rest), content)
    except orjson.JSONDecodeError as error:
        raise DatasetRefused([Finding(f.BAD_SYNTAX, {"line": error.lineno, "column": error.colno})]) from None
    if not isinstance(rows, list):
        raise DatasetRefused([Finding(f.FIELD_TYPE, {"field": "rows", "expected": _WORDS[list]})])
    return head, rows


def _lines(rest: bytes, start: int, content: bytes) -> list[Any]:
    """Return the rows of NDJSON, one per line."""
    lines = [line for line in rest.splitlines() if line.strip()]
    try:
        rows: list[Any] = orjson.loads(b"[" + b",".join(lines) + b"]")
    except orjson.JSONDecodeError:
        rows = []
    # All lines at once is fast; a line that is no row, or several, is looked for only if they are not one each.
    if len(rows) != len(lines):
        first = content.count(b"\n", 0, start) + 1
        for number, line in enumerate(rest.splitlines(), start=first):
            _whole_line(line, number)
    return rows


def _whole_line(line: bytes, number: int) -> None:
    try:
        if line.strip():
            orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise DatasetRefused([Finding(f.BAD_SYNTAX, {"line": number, "column": error.colno})]) from None


def _check_head(head: Mapping[str, Any]) -> list[Finding]:
    found: list[Finding] = []
    name = head.get("name") if isinstance(head.get("name"), str) else ""
    for field, kind in {**_REQUIRED, **_OPTIONAL}.items():
        value = head.get(field)
        if field not in head:
            if field in _REQUIRED:
                found.append(Finding(f.FIELD_MISSING, {"field": field}, name or ""))
        elif not isinstance(value, kind) or isinstance(value, bool):  # JSON's true is no number
            found.append(Finding(f.FIELD_TYPE, {"field": field, "expected": _WORDS[kind]}, name or ""))
        elif field.endswith("DateTime") and not _INSTANT.match(str(value)):
            found.append(Finding(f.BAD_INSTANT, {"found": str(value)[:40]}, name or ""))
    version = head.get("datasetJSONVersion")
    if isinstance(version, str) and not re.match(r"1\.1(\.\d+)?\Z", version):
        found.append(Finding(f.BAD_VERSION, {"found": version[:20]}, name or ""))
    for field in head.keys() - _REQUIRED.keys() - _OPTIONAL.keys() - {"rows"}:
        found.append(Finding(f.UNKNOWN_FIELD, {"field": str(field)[:40]}, name or "", severity="warning"))
    return found


def variables_of(columns: list[Any], dataset: str) -> tuple[tuple[Variable, ...], list[Finding]]:
    """Return the variables that the columns of a description stand for, and what is wrong with them."""
    variables: list[Variable] = []
    found: list[Finding] = []
    for number, column in enumerate(columns, start=1):
        problem = _column_problem(column)
        if problem is not None:
            found.append(
                Finding(
                    f.FIELD_TYPE,
                    {"field": f"columns[{number}].{problem[0]}", "expected": problem[1]},
                    dataset,
                )
            )
            continue
        if any(variable.name == column["name"] for variable in variables):
            found.append(Finding(f.NAME_TWICE, {"name": column["name"]}, dataset, column["name"]))
        variables.append(
            Variable(
                name=column["name"],
                label=column["label"],
                data_type=column["dataType"],
                length=column.get("length"),
                oid=column["itemOID"],
                target_type=column.get("targetDataType", ""),
                display_format=column.get("displayFormat", ""),
                key_sequence=column.get("keySequence"),
            )
        )
    return tuple(variables), found


def _column_problem(column: Any) -> tuple[str, str] | None:
    if not isinstance(column, dict):
        return "", _WORDS[dict]
    for field in ("itemOID", "name", "label", "dataType"):
        if not isinstance(column.get(field), str):
            return field, _WORDS[str]
    if not column["name"]:
        return "name", _WORDS[str]
    if column["dataType"] not in DATA_TYPES:
        return "dataType", " | ".join(DATA_TYPES)
    if column.get("targetDataType", "integer") not in ("integer", "decimal"):
        return "targetDataType", "integer | decimal"
    for field in ("length", "keySequence"):
        value = column.get(field, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            return field, _WORDS[int]
    return None


def _frame(
    rows: list[Any], variables: tuple[Variable, ...], dataset: str
) -> tuple[pl.DataFrame, list[Finding]]:
    found: list[Finding] = []
    width = len(variables)
    whole: list[list[Any]] = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != width:
            count = len(row) if isinstance(row, list) else 0
            found.append(Finding(f.ROW_LENGTH, {"found": count, "expected": width}, dataset, row=number))
            whole.append([None] * width)
        else:
            whole.append(row)
    columns = []
    by_column = zip(*whole, strict=True) if whole else ([] for _ in variables)
    for variable, cells in zip(variables, by_column, strict=True):
        values, wrong = _cells(list(cells), variable, dataset)
        columns.append(pl.Series(variable.name, values, dtype=FRAME_TYPES[variable.data_type]))
        found += wrong
    return pl.DataFrame(columns), found[: MANY * max(1, width)]


def _cells(cells: list[Any], variable: Variable, dataset: str) -> tuple[list[Any], list[Finding]]:
    """Return the values of a column with those of a wrong type missing, and a finding for each of them."""
    found: list[Finding] = []
    values = list(cells)
    for row, cell in enumerate(cells):
        if cell is None:
            continue
        problem = _cell_problem(cell, variable)
        if problem is None:
            if variable.data_type in ("float", "double"):
                values[row] = float(cell)
            continue
        template, params = problem
        # A text that is too long is still the text; a cell of a wrong type is not a value.
        if template == f.CELL_TYPE:
            values[row] = None
        if len(found) < MANY:
            found.append(Finding(template, params, dataset, variable.name, row + 1))
    return values, found


def _cell_problem(cell: Any, variable: Variable) -> tuple[str, dict[str, Any]] | None:
    kind = variable.data_type
    wrong = (f.CELL_TYPE, {"found": json.dumps(cell, ensure_ascii=False)[:60], "expected": kind})
    match kind:
        case "integer":
            return None if type(cell) is int and -(2**63) <= cell < 2**63 else wrong
        case "float" | "double":
            return None if type(cell) in (int, float) else wrong
        case "boolean":
            return None if type(cell) is bool else wrong
        case "decimal":
            return None if isinstance(cell, str) and (cell == "" or _is_decimal(cell)) else wrong
    if not isinstance(cell, str):
        return wrong
    if kind in _PARTIAL and cell and not _PARTIAL[kind].match(cell):
        return wrong
    if kind == "string" and variable.length and len(cell) > variable.length:
        return f.CELL_LENGTH, {"found": len(cell), "limit": variable.length}
    return None


def _is_decimal(text: str) -> bool:
    return _DECIMAL.match(text) is not None


def write_dataset_json(
    dataset: Dataset, *, created: datetime, form: Literal["json", "ndjson", "dsjc"] = "json"
) -> bytes:
    """Return a dataset as Dataset-JSON 1.1.

    created  stands in the file; there is no clock here.
    form     one object, a line of metadata and a line per row, or the object compressed with gzip.
    Raises   DatasetRefused for a cell that is not of its variable's type.
    """
    wrong = check_cells(dataset)
    if wrong:
        raise DatasetRefused(wrong)
    head: dict[str, Any] = {
        "datasetJSONCreationDateTime": created.isoformat(timespec="seconds"),
        "datasetJSONVersion": VERSION,
        **{key: value for key, value in dataset.attributes.items() if key not in _REQUIRED},
        "itemGroupOID": dataset.attributes.get("itemGroupOID") or f"IG.{dataset.name}",
        "records": dataset.frame.height,
        "name": dataset.name,
        "label": dataset.label,
        "columns": columns_of(dataset),
    }
    if form == "ndjson":
        return b"".join(orjson.dumps(line) + b"\n" for line in (head, *_rows(dataset)))
    whole = orjson.dumps({**head, "rows": list(_rows(dataset))})
    return gzip.compress(whole, mtime=0) if form == "dsjc" else whole


def check_cells(dataset: Dataset) -> list[Finding]:
    """Return a finding for every cell that is not of its variable's type."""
    found: list[Finding] = []
    for variable in dataset.variables:
        column = dataset.frame[variable.name]
        if column.dtype != FRAME_TYPES[variable.data_type]:
            params = {"found": str(column.dtype), "expected": variable.data_type}
            found.append(Finding(f.CELL_TYPE, params, dataset.name, variable.name))
            continue
        if column.dtype == pl.Float64:
            for row in (~column.is_finite()).fill_null(value=False).arg_true()[:MANY]:
                params = {"found": str(column[row]), "expected": variable.data_type}
                found.append(Finding(f.CELL_TYPE, params, dataset.name, variable.name, row + 1))
        elif variable.data_type in TEXT_TYPES or variable.data_type == "decimal":
            found += _cells(column.to_list(), variable, dataset.name)[1]
    return found


def columns_of(dataset: Dataset) -> list[dict[str, Any]]:
    """Return the variables of a dataset as Dataset-JSON describes them."""
    return [_column(variable, dataset.name) for variable in dataset.variables]


def _column(variable: Variable, dataset: str) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": variable.oid or f"IT.{dataset}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": variable.data_type,
        "targetDataType": variable.target_type,
        "length": variable.length,
        "displayFormat": variable.display_format,
        "keySequence": variable.key_sequence,
    }
    return {key: value for key, value in column.items() if value not in ("", None) or key == "label"}


def _rows(dataset: Dataset) -> Iterator[list[Any]]:
    # A whole number in a float column is written without its ".0", as the standard's own files do.
    columns = [
        [
            int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53 else cell
            for cell in column
        ]
        for column in dataset.frame.iter_columns()
    ]
    for row in zip(*columns, strict=True):
        yield list(row)
