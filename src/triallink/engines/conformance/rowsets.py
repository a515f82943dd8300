"""The rows that each type of rule looks at: records, or what is known of variables, datasets and values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from triallink.engines.conformance.operations.structure import LIBRARY
from triallink.engines.conformance.operations.work import InputMissing
from triallink.engines.conformance.operators.value_level import conforms, where
from triallink.engines.conformance.study import Study, Table, ValueLevel
from triallink.engines.conformance.view import ROW, SOURCE, View, as_text

DEFINE = "Define-XML"
RowSet = Callable[[Study, Table], View]


def _rows(lines: Sequence[Mapping[str, Any]], table: Table) -> View:
    """Return lines as rows; a column holds texts, numbers, truth values or lists, whichever its values are."""
    names = list(dict.fromkeys(name for line in lines for name in line))
    columns = [_column(name, [line.get(name) for line in lines]) for name in names]
    columns.append(pl.Series(ROW, range(1, len(lines) + 1), dtype=pl.Int64))
    columns.append(pl.Series(SOURCE, [table.name] * len(lines), dtype=pl.String))
    frame = pl.DataFrame(columns)
    return View(frame, table.prefix)


def _column(name: str, values: list[Any]) -> pl.Series:
    present = [value for value in values if value is not None]
    if any(isinstance(value, list | tuple) for value in present):
        lists = [None if value is None else [str(each) for each in value] for value in values]
        return pl.Series(name, lists, dtype=pl.List(pl.String))
    if present and all(isinstance(value, bool) for value in present):
        return pl.Series(name, values, dtype=pl.Boolean)
    if present and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        return pl.Series(
            name, [None if value is None else float(value) for value in values], dtype=pl.Float64
        )
    texts = [None if value in (None, "") else str(value) for value in values]
    return pl.Series(name, texts, dtype=pl.String)


def records(study: Study, table: Table) -> View:
    """Return the records of the dataset."""
    frame = table.clean
    return View(
        frame.with_columns(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW), pl.lit(table.name).alias(SOURCE)
        ),
        table.prefix,
        is_records=True,
    )


def _variables(table: Table) -> list[dict[str, Any]]:
    frame = table.clean
    return [
        {
            "variable_name": variable.name,
            "variable_order_number": float(place),
            "variable_label": variable.label,
            "variable_size": None if variable.length is None else float(variable.length),
            "variable_data_type": variable.data_type,
            "variable_format": variable.display_format,
            "variable_has_empty_values": frame[variable.name].null_count() > 0,
            "variable_is_empty": frame[variable.name].null_count() == frame.height,
        }
        for place, variable in enumerate(table.variables, start=1)
    ]


def _dataset(table: Table) -> dict[str, Any]:
    return {
        "dataset_name": table.name.upper(),
        "dataset_label": table.label,
        "dataset_location": table.location,
        "dataset_size": None if table.size_bytes is None else float(table.size_bytes),
        "dataset_domain": table.domain,
        "dataset_columns": tuple(table.frame.columns),
    }


def variables(study: Study, table: Table) -> View:
    """Return a row per variable of the dataset."""
    return _rows(_variables(table), table)


def dataset(study: Study, table: Table) -> View:
    """Return one row: what is known of the dataset."""
    return _rows([_dataset(table)], table)


def domains(study: Study, table: Table) -> View:
    """Return one row with a column per domain of the study, its value the file name."""
    return _rows([{each.domain: each.location or each.name for each in study.tables}], table)


def values(study: Study, table: Table) -> View:
    """Return a row per value of every variable, with what is known of the variable."""
    return _values(table, {str(line["variable_name"]): line for line in _variables(table)})


def values_with_dataset(study: Study, table: Table) -> View:
    """Return a row per value of every variable, with what is known of the dataset."""
    return _values(table, {name: _dataset(table) for name in table.frame.columns})


def _values(table: Table, known: Mapping[str, Mapping[str, Any]]) -> View:
    frame = table.clean
    height = frame.height
    parts = []
    for name in frame.columns:
        texts = as_text(frame[name])
        part = pl.DataFrame(
            {
                "variable_name": pl.Series([name], dtype=pl.String).new_from_index(0, height),
                "variable_value": texts,
                "variable_value_length": texts.str.len_chars().cast(pl.Float64),
                ROW: pl.int_range(1, height + 1, dtype=pl.Int64, eager=True),
                "row_number": pl.int_range(1, height + 1, eager=True).cast(pl.Float64),
            }
        )
        about = _rows([known.get(name, {})], table).frame.drop(ROW, SOURCE, "variable_name", strict=False)
        parts.append(part.join(about, how="cross") if about.width else part)
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else pl.DataFrame({ROW: []})
    return View(whole.with_columns(pl.lit(table.name).alias(SOURCE)), table.prefix)


def _defined_variables(study: Study, table: Table) -> tuple[Mapping[str, Any], ...]:
    if study.define is None:
        raise InputMissing(DEFINE)
    return study.define.variables.get(table.name.upper(), ())


def _defined_dataset(study: Study, table: Table) -> Mapping[str, Any]:
    if study.define is None:
        raise InputMissing(DEFINE)
    return study.define.datasets.get(table.name.upper(), {})


def _beside(
    lines: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]], key: str, other_key: str
) -> list[dict[str, Any]]:
    """Return lines with what another source says of the same variable, and at the end what only it knows."""
    by_name = {str(other[other_key]): other for other in others}
    empty = {name: None for other in others for name in other}
    whole = [{**line, **empty, **by_name.get(str(line[key]), {})} for line in lines]
    known = {str(line[key]) for line in lines}
    blank = {name: None for line in lines for name in line}
    return whole + [{**blank, **other} for name, other in by_name.items() if name not in known]


def _guide(study: Study, table: Table) -> list[dict[str, Any]]:
    if study.library is None:
        raise InputMissing(LIBRARY)
    named = {"ordinal": "order_number", "simpleDatatype": "data_type", "datatype": "data_type"}
    return [
        {f"library_variable_{named.get(key, key)}": value for key, value in each.items()}
        for each in study.library.variables.get(table.domain, ())
    ]


def variables_and_guide(study: Study, table: Table) -> View:
    """Return a row per variable of the dataset or of the implementation guide."""
    lines = _beside(_variables(table), _guide(study, table), "variable_name", "library_variable_name")
    return _rows(lines, table)


def variables_and_define(study: Study, table: Table) -> View:
    """Return a row per variable of the dataset or of Define-XML."""
    defined = _defined_variables(study, table)
    return _rows(_beside(_variables(table), defined, "variable_name", "define_variable_name"), table)


def variables_define_and_guide(study: Study, table: Table) -> View:
    """Return a row per variable of the dataset, of Define-XML or of the implementation guide."""
    lines = _beside(
        _variables(table), _defined_variables(study, table), "variable_name", "define_variable_name"
    )
    return _rows(_beside(lines, _guide(study, table), "variable_name", "library_variable_name"), table)


def define_items(study: Study, table: Table) -> View:
    """Return a row per variable of Define-XML."""
    return _rows(_defined_variables(study, table), table)


def define_items_and_guide(study: Study, table: Table) -> View:
    """Return a row per variable of Define-XML or of the implementation guide."""
    defined = _defined_variables(study, table)
    return _rows(
        _beside(defined, _guide(study, table), "define_variable_name", "library_variable_name"), table
    )


def define_groups(study: Study, table: Table) -> View:
    """Return one row: what Define-XML says of the dataset."""
    return _rows([_defined_dataset(study, table)], table)


def dataset_and_define(study: Study, table: Table) -> View:
    """Return one row: what is known of the dataset and what Define-XML says of it."""
    return _rows([{**_dataset(table), **_defined_dataset(study, table)}], table)


def records_and_define(study: Study, table: Table) -> View:
    """Return the records, each with what is known of the dataset and what Define-XML says of it."""
    frame = records(study, table).frame
    known = _rows([{**_dataset(table), **_defined_dataset(study, table)}], table).frame.drop(ROW, SOURCE)
    return View(frame.join(known, how="cross", suffix=".define"), table.prefix)


def values_and_define(study: Study, table: Table) -> View:
    """Return a row per value of every variable, with what Define-XML says of the variable."""
    known = {str(each["define_variable_name"]): each for each in _defined_variables(study, table)}
    return _values(table, known)


def _value_level(study: Study, table: Table) -> tuple[ValueLevel, ...]:
    if study.define is None:
        raise InputMissing(DEFINE)
    return study.define.value_level.get(table.name.upper(), ())


def records_and_value_level(study: Study, table: Table) -> View:
    """Return the records, with what Define-XML says of some of their values."""
    return replace(records(study, table), value_level=_value_level(study, table))


def values_and_value_level(study: Study, table: Table) -> View:
    """Return a row per value that Define-XML has a definition for at value level, with that definition."""
    view = records_and_value_level(study, table)
    parts = []
    for level in view.value_level:
        if level.variable not in view.frame.columns:
            continue
        held = where(view, level)
        texts = as_text(view.frame[level.variable])
        rows = view.frame.select(
            pl.lit(level.variable).alias("variable_name"),
            texts.alias("variable_value"),
            texts.str.len_chars().cast(pl.Float64).alias("variable_value_length"),
            conforms(view, level, "data_type").alias("type_check"),
            conforms(view, level, "length").alias("length_check"),
            pl.col(ROW),
            pl.col(ROW).cast(pl.Float64).alias("row_number"),
        ).filter(held)
        known = _rows([{"define_variable_name": level.variable, **level.attributes}], table).frame
        parts.append(rows.join(known.drop(ROW, SOURCE), how="cross"))
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else pl.DataFrame({ROW: []})
    return View(whole.with_columns(pl.lit(table.name).alias(SOURCE)), table.prefix)


def presence_and_define(study: Study, table: Table) -> View:
    """Return a row per dataset of Define-XML, with the dataset's domain and file if it is there."""
    if study.define is None:
        raise InputMissing(DEFINE)
    lines = []
    for name, said in study.define.datasets.items():
        there = study.table(name)
        lines.append(
            {
                **said,
                "domain": there.domain if there else None,
                "filename": (there.location or there.name) if there else None,
            }
        )
    return _rows(lines, table)


ROW_SETS: Mapping[str, RowSet] = {
    "Record Data": records,
    "Variable Metadata Check": variables,
    "Dataset Metadata Check": dataset,
    "Domain Presence Check": domains,
    "Value Check with Variable Metadata": values,
    "Value Check with Dataset Metadata": values_with_dataset,
    "Variable Metadata Check against Library Metadata": variables_and_guide,
    "Variable Metadata Check against Define XML": variables_and_define,
    "Variables Metadata Check against Define XML and Library Metadata": variables_define_and_guide,
    "Variable Metadata Check against Define XML and Library Metadata": variables_define_and_guide,
    "Define Item Metadata Check": define_items,
    "Define Item Metadata Check against Library Metadata": define_items_and_guide,
    "Define Item Group Metadata Check": define_groups,
    "Dataset Metadata Check against Define XML": dataset_and_define,
    "Dataset Contents Check against Define XML": records_and_define,
    "Domain Presence Check against Define XML": presence_and_define,
    "Value Check against Define XML Variable": values_and_define,
    "Value Level Metadata Check against Define XML": records_and_value_level,
    "Value Check against Define XML VLM": values_and_value_level,
}
