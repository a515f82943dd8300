"""Datasets as CSV and Parquet, with their types: Parquet carries them inside, for CSV they are given or lie beside it.

The description of a dataset is the metadata of Dataset-JSON 1.1, so that there is one form of it for all.
"""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import polars as pl

from triallink.engines.datasets import findings as f
from triallink.engines.datasets.dataset_json import VERSION, check_cells, columns_of, variables_of
from triallink.engines.datasets.findings import DatasetRefused, Finding, errors
from triallink.engines.datasets.model import FRAME_TYPES, Dataset, Variable

PARQUET_KEY = "dataset-json"
_TRUTHS = {"true": True, "false": False}


def describe(dataset: Dataset) -> bytes:
    """Return what is known of a dataset beyond its values, as the metadata of Dataset-JSON: it lies beside a CSV file."""
    head = {
        **dataset.attributes,
        "datasetJSONVersion": VERSION,
        "records": dataset.frame.height,
        "name": dataset.name,
        "label": dataset.label,
        "columns": columns_of(dataset),
    }
    return orjson.dumps(head)


def described(content: bytes) -> Dataset:
    """Return the dataset without rows that a description is of.

    Raises  DatasetRefused if it is not such a description.
    """
    try:
        head = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise DatasetRefused([Finding(f.BAD_SYNTAX, {"line": error.lineno, "column": error.colno})]) from None
    for key, kind in (("name", str), ("label", str), ("columns", list)):
        if not isinstance(head, Mapping) or not isinstance(head.get(key), kind):
            raise DatasetRefused([Finding(f.FIELD_MISSING, {"field": key})])
    variables, found = variables_of(head["columns"], head["name"])
    if errors(found):
        raise DatasetRefused(errors(found))
    # An identifier that only follows from the names was not the dataset's own.
    variables = tuple(
        replace(each, oid="") if each.oid == f"IT.{head['name']}.{each.name}" else each for each in variables
    )
    own = {"name", "label", "columns", "records", "datasetJSONVersion"}
    attributes = {key: value for key, value in head.items() if key not in own}
    return Dataset(head["name"], head["label"], variables, _no_rows(variables), attributes)


def _no_rows(variables: tuple[Variable, ...]) -> pl.DataFrame:
    return pl.DataFrame(schema={each.name: FRAME_TYPES[each.data_type] for each in variables})


def write_parquet(dataset: Dataset) -> bytes:
    """Return a dataset as Parquet, with its description in the file's own metadata.

    Raises  DatasetRefused for a cell that is not of its variable's type.
    """
    wrong = check_cells(dataset)
    if wrong:
        raise DatasetRefused(wrong)
    buffer = io.BytesIO()
    special = {f"{name}:{row}": code for (name, row), code in dataset.missing.items()}
    metadata = {PARQUET_KEY: describe(dataset).decode(), "missing": orjson.dumps(special).decode()}
    dataset.frame.write_parquet(buffer, metadata=metadata)
    return buffer.getvalue()


def read_parquet(content: bytes) -> Dataset:
    """Return the dataset of a Parquet file that `write_parquet` made.

    Raises  DatasetRefused if it is no Parquet or has no description.
    """
    try:
        metadata = pl.read_parquet_metadata(io.BytesIO(content))
        frame = pl.read_parquet(io.BytesIO(content))
    except pl.exceptions.PolarsError:
        raise DatasetRefused([Finding(f.NOT_THIS_FORMAT, {"detail": "PAR1", "offset": 0})]) from None
    if PARQUET_KEY not in metadata:
        raise DatasetRefused([Finding(f.FIELD_MISSING, {"field": PARQUET_KEY})])
    empty = described(metadata[PARQUET_KEY].encode())
    if frame.schema != empty.frame.schema:
        raise DatasetRefused(
            [Finding(f.FIELD_TYPE, {"field": "columns", "expected": str(empty.frame.schema)})]
        )
    special: dict[str, str] = orjson.loads(metadata.get("missing") or "{}")
    missing = {(key.rpartition(":")[0], int(key.rpartition(":")[2])): code for key, code in special.items()}
    return replace(empty, frame=frame, missing=missing)


def write_csv(dataset: Dataset) -> bytes:
    """Return a dataset as CSV in UTF-8: a missing value is nothing, an empty text is two quotes.

    Raises  DatasetRefused for a cell that is not of its variable's type.
    """
    wrong = check_cells(dataset)
    if wrong:
        raise DatasetRefused(wrong)
    return dataset.frame.write_csv(quote_style="necessary").encode()


def read_csv(content: bytes, like: Dataset, *, strict: bool = False) -> tuple[Dataset, list[Finding]]:
    """Return the dataset of a CSV file and what is wrong with it.

    content  UTF-8 with a line of variable names.
    like     gives name, label and variables; its rows do not matter.
    strict   refuse a file with any error; otherwise cells of a wrong type become missing and are reported.
    Raises   DatasetRefused if the file cannot be read or its variables are others.
    """
    try:
        texts = pl.read_csv(io.BytesIO(content), infer_schema=False)
    except pl.exceptions.NoDataError:
        texts = pl.DataFrame()
    except pl.exceptions.PolarsError as error:
        line = Finding(f.NOT_THIS_FORMAT, {"detail": str(error).splitlines()[0][:80], "offset": 0})
        raise DatasetRefused([line]) from None
    wanted = [variable.name for variable in like.variables]
    if texts.columns != wanted:
        params = {"field": "variables", "expected": ", ".join(wanted)}
        raise DatasetRefused([Finding(f.FIELD_TYPE, params, like.name)])
    columns, found = [], []
    for variable in like.variables:
        column = _typed(texts[variable.name], variable)
        lost = column.is_null() & texts[variable.name].is_not_null()
        for row in lost.arg_true()[: f.MANY]:
            params = {"found": texts[variable.name][row][:60], "expected": variable.data_type}
            found.append(Finding(f.CELL_TYPE, params, like.name, variable.name, row + 1))
        columns.append(column)
    dataset = replace(like, frame=pl.DataFrame(columns), missing={})
    found += check_cells(dataset)
    if strict and errors(found):
        raise DatasetRefused(errors(found))
    return dataset, found


def _typed(texts: pl.Series, variable: Variable) -> pl.Series:
    kind: Any = FRAME_TYPES[variable.data_type]
    if kind == pl.String:
        return texts
    if kind == pl.Boolean:
        return texts.str.to_lowercase().replace_strict(_TRUTHS, default=None, return_dtype=pl.Boolean)
    return texts.cast(kind, strict=False)
