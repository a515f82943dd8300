"""What an operation is given, and the two ways its answer reaches the rows: the same for all, or by group."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from triallink.engines.conformance.rules import Operation
from triallink.engines.conformance.study import Study, Table
from triallink.engines.conformance.view import Each, Operand, Same, VariableAbsent, View, as_text, text_of


class InputMissing(LookupError):
    """Something an operation or a rule type needs and that was not given; `what` says it in words."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


@dataclass(frozen=True)
class Work:
    """The study, the dataset being checked, and its rows with what earlier operations found."""

    study: Study
    table: Table
    view: View


# What most operations find has the operation's name; a few find several things and name them.
Performer = Callable[[Work, Operation], Operand | Mapping[str, Operand]]


@dataclass(frozen=True)
class Rows:
    """The rows an operation looks at and what `--` stands for in them."""

    frame: pl.DataFrame
    prefix: str

    def name(self, word: str) -> str:
        """Return a variable name with `--` written out.

        Raises  VariableAbsent if the rows do not have it.
        """
        written = f"{self.prefix}{word[2:]}" if word.startswith("--") else word
        if written not in self.frame.columns:
            raise VariableAbsent(written)
        return written


def rows_of(work: Work, operation: Operation) -> Rows:
    """Return the rows of the domain an operation names, else those being checked."""
    domain = operation.domain.replace("--", work.view.prefix)
    if domain:
        tables = work.study.tables_of(domain)
        if not tables:
            raise InputMissing(f"the dataset {domain}")
        frame = pl.concat([each.clean for each in tables], how="diagonal_relaxed")
        return _filtered(Rows(frame, tables[0].prefix), operation)
    return _filtered(Rows(_own_rows(work, operation), work.view.prefix), operation)


def _own_rows(work: Work, operation: Operation) -> pl.DataFrame:
    """Return the dataset itself if it has all variables the operation names, else its rows with what was joined.

    Joining drops rows without a partner; an operation on the dataset must see them.
    """
    asked = [
        operation.name,
        *(operation.options.get("group") or []),
        *(operation.options.get("filter") or {}),
    ]
    names = [work.view.written_out(word) for word in asked if word and not word.startswith("$")]
    own = work.table.clean
    if not work.view.is_records or all(name in own.columns for name in names):
        return own
    return work.view.frame


def _filtered(rows: Rows, operation: Operation) -> Rows:
    keep = operation_filter(rows, operation)
    return rows if keep is None else Rows(rows.frame.filter(keep), rows.prefix)


def operation_filter(rows: Rows, operation: Operation) -> pl.Series | None:
    """Return which rows an operation's filter keeps, None if it has none; `&` at an end stands for any ending."""
    wanted: Mapping[str, Any] = operation.options.get("filter") or {}
    keep: pl.Series | None = None
    for name, value in wanted.items():
        column = as_text(rows.frame[rows.name(name)])
        if isinstance(value, str) and value.endswith("&"):
            same = column.str.starts_with(value[:-1])
        else:
            values = value if isinstance(value, list | tuple) else [value]
            same = column.is_in([text_of(each) for each in values])
        same = same.fill_null(value=False)
        keep = same if keep is None else keep & same
    return keep


def groups_of(work: Work, rows: Rows, operation: Operation) -> tuple[list[str], list[str]]:
    """Return the variables an operation groups by, in its rows and in the rows being checked.

    Operations that found variable names may stand among them; aliases name them in the rows being checked.
    """
    names: list[str] = []
    own: list[str] = []
    aliases = list(operation.options.get("group_aliases") or [])
    for place, word in enumerate(operation.options.get("group") or []):
        found = work.view.results.get(word)
        for each in found.value if isinstance(found, Same) and found.is_list else [word]:
            name = rows.name(each)
            names.append(name)
            alias = aliases[place] if place < len(aliases) else each
            own.append(work.view.written_out(alias))
    for name in own:
        if name not in work.view.frame.columns:
            raise VariableAbsent(name)
    return names, own


def per_row(work: Work, grouped: pl.DataFrame, names: list[str], own: list[str], answer: str) -> Each:
    """Return a grouped answer in the rows being checked, missing where there is no such group.

    grouped  the group columns `names` and the column `answer`.
    own      the group columns in the rows being checked.
    """
    left = work.view.frame.select([pl.col(name).alias(f"\0{place}") for place, name in enumerate(own)])
    right = grouped.select(
        *[pl.col(name).alias(f"\0{place}") for place, name in enumerate(names)], pl.col(answer)
    )
    keys = [f"\0{place}" for place in range(len(names))]
    left, right = same_kinds(left, right, keys, keys)
    joined = left.join(right, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return Each(joined[answer])


def same_kinds(
    left: pl.DataFrame, right: pl.DataFrame, one: list[str], other: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return two frames whose key columns are of the same type pair by pair: texts where they were not."""
    for first, second in zip(one, other, strict=True):
        if left.schema[first] != right.schema[second]:
            left = left.with_columns(as_text(left[first]).alias(first))
            right = right.with_columns(as_text(right[second]).alias(second))
    return left, right
