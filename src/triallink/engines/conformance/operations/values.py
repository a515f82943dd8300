"""Operations on values: distinct, counts, smallest and largest, study days, lookup tables, set difference."""

import re
from collections.abc import Callable, Sequence

import polars as pl

from triallink.engines.conformance.instants import instant, study_day
from triallink.engines.conformance.operations.work import (
    InputMissing,
    Performer,
    Rows,
    Work,
    groups_of,
    operation_filter,
    per_row,
    rows_of,
)
from triallink.engines.conformance.operators.uniqueness import by_pattern
from triallink.engines.conformance.rules import Operation, RuleMalformed
from triallink.engines.conformance.view import Each, Operand, Same, VariableAbsent, as_text, text_of

_ANSWER = "\0answer"


def distinct(work: Work, operation: Operation) -> Operand:
    """Return the different values of a variable, for all rows or by group."""
    if operation.options.get("value_is_reference"):
        return _variables_meant(work, operation)
    rows = rows_of(work, operation)
    name = rows.name(operation.name)
    if not operation.options.get("group"):
        return Same(tuple(rows.frame[name].drop_nulls().unique(maintain_order=True)))
    names, own = groups_of(work, rows, operation)
    grouped = rows.frame.group_by(names, maintain_order=True).agg(
        pl.col(name).drop_nulls().unique(maintain_order=True).alias(_ANSWER)
    )
    return per_row(work, grouped, names, own, _ANSWER)


def _variables_meant(work: Work, operation: Operation) -> Operand:
    """Return, row by row, the variable a row names if the dataset the row is about has such a variable."""
    rows = rows_of(work, operation)
    names = as_text(rows.frame[rows.name(operation.name)])
    if "RDOMAIN" in rows.frame.columns:
        domains = as_text(rows.frame["RDOMAIN"])
    else:
        domains = pl.Series([work.view.prefix], dtype=pl.String).new_from_index(0, rows.frame.height)
    known = {
        domain: {name for table in work.study.tables_of(domain) for name in table.frame.columns}
        for domain in domains.unique().drop_nulls()
    }
    meant = [
        [name] if name is not None and domain is not None and name in known[domain] else []
        for name, domain in zip(names, domains, strict=True)
    ]
    if rows.frame.height != work.view.height:
        raise InputMissing("rows that name variables")
    return Each(pl.Series("", meant, dtype=pl.List(pl.String)))


def record_count(work: Work, operation: Operation) -> Operand:
    """Return how many rows there are, for all or by group; 0 for a group of which a filter keeps none."""
    unfiltered = Operation(
        operation.id,
        operation.operator,
        {key: value for key, value in operation.options.items() if key not in ("filter", "name")},
    )
    rows = rows_of(work, unfiltered)
    keep = operation_filter(rows, operation)
    kept = keep if keep is not None else pl.Series([True]).new_from_index(0, rows.frame.height)
    if not operation.options.get("group"):
        return Same(float(kept.sum()))
    names, own = groups_of(work, rows, operation)
    frame = rows.frame.with_columns(kept.alias("\0kept"))
    view = work.view
    if operation.options.get("regex"):
        pattern = re.compile(str(operation.options["regex"]))
        frame = frame.with_columns([by_pattern(frame[name], pattern).alias(name) for name in names])
        changed = [by_pattern(view.frame[name], pattern).alias(name) for name in own]
        work = Work(work.study, work.table, type(view)(view.frame.with_columns(changed), view.prefix))
    counted = frame.group_by(names).agg(pl.col("\0kept").sum().cast(pl.Float64).alias(_ANSWER))
    return per_row(work, counted, names, own, _ANSWER)


def extreme(pick: Callable[[pl.Expr], pl.Expr]) -> Performer:
    """Return the operation that takes one number of a variable, for all rows or by group."""

    def perform(work: Work, operation: Operation) -> Operand:
        rows = rows_of(work, operation)
        name = rows.name(operation.name)
        numbers = rows.frame.with_columns((rows.frame[name].cast(pl.Float64, strict=False)).alias(_ANSWER))
        if not operation.options.get("group"):
            return Same(numbers.select(pick(pl.col(_ANSWER))).item())
        names, own = groups_of(work, rows, operation)
        grouped = numbers.group_by(names).agg(pick(pl.col(_ANSWER)))
        return per_row(work, grouped, names, own, _ANSWER)

    return perform


def date_extreme(*, latest: bool) -> Performer:
    """Return the operation that takes the first or last date of a variable, as it is written."""

    def perform(work: Work, operation: Operation) -> Operand:
        rows = rows_of(work, operation)
        name = rows.name(operation.name)
        texts = as_text(rows.frame[name])
        different = texts.unique().drop_nulls()
        moments = pl.Series([instant(text) for text in different], dtype=pl.Datetime("us", "UTC"))
        dated = rows.frame.with_columns(
            texts.alias(_ANSWER),
            texts.replace_strict(different, moments, default=None, return_dtype=moments.dtype).alias("\0at"),
        ).sort("\0at", descending=latest, nulls_last=True, maintain_order=True)
        first = pl.when(pl.col("\0at").is_not_null()).then(pl.col(_ANSWER)).first().alias(_ANSWER)
        if not operation.options.get("group"):
            return Same(dated.select(first).item() if dated.height else None)
        names, own = groups_of(work, rows, operation)
        return per_row(work, dated.group_by(names).agg(first), names, own, _ANSWER)

    return perform


def day(work: Work, operation: Operation) -> Operand:
    """Return the study day of a date by the subject's reference start date."""
    view = work.view
    name = view.written_out(operation.name)
    dates = as_text(view.series(name))
    starts = as_text(_reference_starts(work))
    days = [
        None if one is None or other is None else study_day(one, other)
        for one, other in zip(dates, starts, strict=True)
    ]
    return Each(pl.Series("", days, dtype=pl.Float64))


def _reference_starts(work: Work) -> pl.Series:
    if "RFSTDTC" in work.view.frame.columns:
        return work.view.frame["RFSTDTC"]
    subjects = work.study.table("DM")
    if subjects is None:
        raise InputMissing("the dataset DM")
    if "RFSTDTC" not in subjects.frame.columns:
        raise VariableAbsent("RFSTDTC")
    rows = Rows(subjects.clean, "DM")
    grouped = rows.frame.group_by("USUBJID").agg(pl.col("RFSTDTC").first().alias(_ANSWER))
    return per_row(work, grouped, ["USUBJID"], ["USUBJID"], _ANSWER).series


def lookup(work: Work, operation: Operation) -> Operand:
    """Return the output of the first line of a table whose values are those of the row."""
    lines: Sequence[dict[str, object]] = operation.options.get("map") or []
    view = work.view
    if len(lines) == 1 and set(lines[0]) == {"output"}:
        return Same(lines[0]["output"])
    chosen = pl.Series([None], dtype=pl.String).new_from_index(0, view.height)
    for line in reversed(lines):
        here = pl.Series([True], dtype=pl.Boolean).new_from_index(0, view.height)
        for name, value in line.items():
            if name == "output":
                continue
            column = as_text(view.series(name))
            here = here & (column == text_of(value)).fill_null(value=False)
        output = pl.Series([text_of(line.get("output"))], dtype=pl.String).new_from_index(0, view.height)
        chosen = output.zip_with(here, chosen)
    return Each(chosen)


def minus(work: Work, operation: Operation) -> Operand:
    """Return the elements of one operation's list that another's does not have, in order.

    Raises  RuleMalformed if one of the two is no list.
    """
    one = work.view.variable(operation.name)
    other = work.view.find(str(operation.options.get("subtract") or ""))
    if not isinstance(one, Same) or not (other is None or isinstance(other, Same)):
        raise RuleMalformed(f"{operation.name!r} is not a list for all rows")
    removed = set(other.value if other is not None and other.is_list else ())
    return Same(tuple(each for each in (one.value if one.is_list else (one.value,)) if each not in removed))


def split_by(work: Work, operation: Operation) -> Operand:
    """Return the parts of a text between delimiters."""
    texts = as_text(work.view.series(operation.name))
    parts = texts.str.split(str(operation.options.get("delimiter") or ","))
    return Each(parts.list.eval(pl.element().str.strip_chars()))


def value_count(work: Work, operation: Operation) -> Operand:
    """Return how often each value of a variable occurs in all datasets of the study."""
    counts: dict[str, int] = {}
    for table in work.study.tables:
        name = operation.name.replace("--", table.prefix)
        if name in table.frame.columns:
            for value, count in as_text(table.clean[name]).drop_nulls().value_counts().iter_rows():
                counts[value] = counts.get(value, 0) + count
    return Same(counts)
