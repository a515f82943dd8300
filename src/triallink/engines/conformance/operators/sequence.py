"""The order of rows: sorted, next, last, and where the order breaks."""

import re

import polars as pl

from triallink.engines.conformance.operators.comparison import Operator, constant
from triallink.engines.conformance.rules import Condition, RuleMalformed
from triallink.engines.conformance.view import VariableAbsent, View, as_text

_PLACE = "\0place"


def _names(view: View, value: object) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    names = [view.written_out(str(each)) for each in values if each]
    for name in names:
        if name not in view.frame.columns:
            raise VariableAbsent(name)
    return names


def _one(view: View, value: object) -> str:
    names = _names(view, value)
    if len(names) != 1:
        raise RuleMalformed(f"{value!r} does not name one variable")
    return names[0]


def _rows(view: View, *names: str) -> pl.DataFrame:
    return view.frame.select(list(dict.fromkeys(names))).with_row_index(_PLACE)


def _back(frame: pl.DataFrame, answer: pl.Expr, view: View, *, otherwise: bool) -> pl.Series:
    """Return an answer on reordered rows in the order of the view."""
    answered = frame.select(_PLACE, answer.alias("answer"))
    whole = pl.DataFrame({_PLACE: pl.arange(0, view.height, dtype=pl.UInt32, eager=True)})
    return whole.join(answered, on=_PLACE, how="left", maintain_order="left")["answer"].fill_null(
        value=otherwise
    )


def empty_except_last(*, wanted: bool) -> Operator:
    """Return the operator that says where a value is missing, or is not, though the row is not its group's last."""

    def test(view: View, condition: Condition) -> pl.Series:
        name = _one(view, condition.name)
        groups = _names(view, condition.value)
        order = _names(view, condition.options.get("ordering"))
        frame = _rows(view, name, *groups, *order).sort([*groups, *order], maintain_order=True)
        last = pl.int_range(pl.len()).over(groups) == pl.len().over(groups) - 1
        missing = pl.col(name).is_null() if wanted else pl.col(name).is_not_null()
        return _back(frame, missing & ~last, view, otherwise=False)

    return test


def next_record(*, wanted: bool) -> Operator:
    """Return the operator that says where a value is another variable's in the next row; a last row has no next."""

    def test(view: View, condition: Condition) -> pl.Series:
        name = _one(view, condition.name)
        other = _one(view, condition.value)
        within = _names(view, condition.options.get("within"))
        order = _names(view, condition.options.get("ordering"))
        frame = _rows(view, name, other, *within, *order).sort([*within, *order], maintain_order=True)
        last = pl.int_range(pl.len()).over(within) == pl.len().over(within) - 1
        follows = pl.col(other).shift(-1).over(within)
        same = last | (pl.col(name) == follows).fill_null(value=False)
        return _back(frame, same if wanted else ~same, view, otherwise=wanted)

    return test


def ordered_set(*, wanted: bool) -> Operator:
    """Return the operator that says, the same for all rows, whether every group stands in ascending order."""

    def test(view: View, condition: Condition) -> pl.Series:
        name = _one(view, condition.name)
        groups = _names(view, condition.value)
        before = pl.col(name).shift(1)
        before = before.over(groups) if groups else before
        falls = view.frame.select((pl.col(name) < before).fill_null(value=False).any()).item()
        return constant(view, value=(not falls) == wanted)

    return test


def ordered_by(*, wanted: bool) -> Operator:
    """Return the operator that says where a row stands where sorting would put it."""

    def test(view: View, condition: Condition) -> pl.Series:
        order = str(condition.options.get("order") or "asc")
        if order not in ("asc", "dsc", "desc"):
            raise RuleMalformed(f"the order {order!r} is not asc or desc")
        series = view.series(condition.name)
        if series.dtype == pl.List:
            return _lists_sorted(view, condition, wanted=wanted)
        place = series.sort(descending=order != "asc", nulls_last=True)
        same = series.eq_missing(place)
        return same if wanted else ~same

    return test


def _lists_sorted(view: View, condition: Condition, *, wanted: bool) -> pl.Series:
    """Return where a list has the order of the list it is compared with; what only one of them has is passed over."""
    operand = view.operand(condition.value, literal=condition.is_literal)
    answers = []
    for one, other in zip(view.series(condition.name), view.spread(operand), strict=True):
        shared = [value for value in other if value in set(one)]
        answers.append([value for value in one if value in set(other)] == shared)
    found = pl.Series(answers, dtype=pl.Boolean)
    return found if wanted else ~found


def sorted_by(*, wanted: bool) -> Operator:
    """Return the operator that says where a variable ascends when its group is sorted by another.

    A row without its own value is not out of order. Rows without the other, and dates of which one is a less precise
    form of the next, are not sorted.
    """

    def test(view: View, condition: Condition) -> pl.Series:
        name = _one(view, condition.name)
        within = _names(view, condition.options.get("within"))
        sorted_ = constant(view, value=True)
        for column in condition.value if isinstance(condition.value, list | tuple) else [condition.value]:
            other, descending = _column(view, column)
            target = _sort_value(view, name, condition.options.get("regex"))
            sorted_ = sorted_ & _ascends(view, target, other, within, descending=descending)
        return sorted_ if wanted else ~sorted_

    return test


def _column(view: View, column: object) -> tuple[str, bool]:
    if isinstance(column, dict):
        name = _one(view, column.get("name"))
        return name, str(column.get("sort_order") or "asc").lower() == "desc"
    name = _one(view, column)
    return name, False


def _sort_value(view: View, name: str, pattern: object) -> pl.Series:
    series = view.frame[name]
    if not pattern:
        return series
    compiled = re.compile(str(pattern))
    texts = as_text(series)
    different = texts.unique().drop_nulls()
    found = [compiled.match(text) for text in different]
    taken = pl.Series([each[1] if each else None for each in found], dtype=pl.String)
    pieces = texts.replace_strict(different, taken, default=None, return_dtype=pl.String)
    numbers = pieces.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == pieces.null_count() else pieces


def _ascends(view: View, target: pl.Series, other: str, within: list[str], *, descending: bool) -> pl.Series:
    frame = view.frame.select([*within]).with_columns(
        target.alias("\0target"), view.frame[other].alias("\0other")
    )
    frame = frame.with_row_index(_PLACE).drop_nulls(["\0other"])
    flags = [False] * len(within) + [descending]
    frame = frame.sort([*within, "\0other"], descending=flags, maintain_order=True)
    after = pl.col("\0target").shift(-1).over(within)
    before = pl.col("\0target").shift(1).over(within)
    falls = (pl.col("\0target") > after).fill_null(value=False) | (before > pl.col("\0target")).fill_null(
        value=False
    )
    if frame.schema["\0other"] == pl.String:
        following = pl.col("\0other").shift(-1).over(within)
        preceding = pl.col("\0other").shift(1).over(within)
        size = pl.col("\0other").str.len_chars()
        falls = (
            falls
            | _shorter_form(size, pl.col("\0other"), following)
            | _shorter_form(size, pl.col("\0other"), preceding)
        )
    return _back(frame, ~falls, view, otherwise=False)


def _shorter_form(size: pl.Expr, one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Say where a text is the beginning of its neighbour: the same date with less precision."""
    return ((size < other.str.len_chars()) & other.str.starts_with(one)).fill_null(value=False)
