"""Equal, unequal, greater, less, empty, present: values compared row by row.

A missing value equals nothing, not even another missing one; it is unequal to every value there is.
"""

from collections.abc import Callable
from typing import Any

import polars as pl

from triallink.engines.conformance.rules import Condition
from triallink.engines.conformance.view import Each, Operand, Same, View, as_text

Operator = Callable[[View, Condition], pl.Series]


def constant(view: View, *, value: bool) -> pl.Series:
    """Return the same truth value for every row."""
    return pl.Series([value], dtype=pl.Boolean).new_from_index(0, view.height)


def is_empty(view: View, operand: Operand) -> pl.Series:
    """Return where a value is missing, an empty text or an empty list."""
    series = view.spread(operand)
    if series.dtype == pl.List:
        return series.is_null() | (series.list.len() == 0).fill_null(value=False)
    if series.dtype == pl.String:
        return series.is_null() | (series == "").fill_null(value=False)
    return series.is_null()


def empty(view: View, condition: Condition) -> pl.Series:
    """Return where the variable has no value."""
    return is_empty(view, view.variable(condition.name))


def non_empty(view: View, condition: Condition) -> pl.Series:
    """Return where the variable has a value."""
    return ~empty(view, condition)


def exists(view: View, condition: Condition) -> pl.Series:
    """Return, the same for all rows, whether there is such a variable."""
    name = view.written_out(condition.name)
    present = view.find(name) is not None or any(
        name in each.value for each in view.results.values() if isinstance(each, Same) and each.is_list
    )
    return constant(view, value=present)


def not_exists(view: View, condition: Condition) -> pl.Series:
    """Return, the same for all rows, whether there is no such variable."""
    return ~exists(view, condition)


def equality(*, equal: bool, folded: bool = False) -> Operator:
    """Return the operator that says where two values are equal, or where they are not."""

    def compare(view: View, condition: Condition) -> pl.Series:
        left = view.variable(condition.name)
        if condition.options.get("value_is_reference"):
            right: Operand = Each(_referenced(view, str(condition.value)))
        else:
            right = view.operand(condition.value, literal=condition.is_literal)
        same, both_missing, one_missing = _alike(view, left, right, condition, folded=folded)
        if equal:
            return same & ~both_missing & ~one_missing
        return (~same & ~both_missing) | one_missing

    return compare


def _alike(
    view: View, left: Operand, right: Operand, condition: Condition, *, folded: bool
) -> tuple[pl.Series, pl.Series, pl.Series]:
    first, second = is_empty(view, left), is_empty(view, right)
    one, other = _comparable(view, left, right, condition, folded=folded)
    both = first & second
    if one is None or other is None:
        same = constant(view, value=False)
    else:
        same = (one == other).fill_null(value=False)
    return same, both, (first | second) & ~both


def _comparable(
    view: View, left: Operand, right: Operand, condition: Condition, *, folded: bool
) -> tuple[pl.Series | None, Any]:
    """Return two columns that can be compared, or None where values of two kinds are never equal."""
    one = view.spread(left)
    other: Any = view.spread(right)
    if condition.options.get("round_values"):
        one, other = _rounded(one), _rounded(other)
    if condition.options.get("type_insensitive") or folded:
        if pl.List in (one.dtype, other.dtype):
            return None, None
        insensitive = bool(condition.options.get("type_insensitive"))
        one = _plain_text(one) if insensitive else as_text(one)
        other = _plain_text(other) if insensitive else as_text(other)
        return (one.str.to_lowercase(), other.str.to_lowercase()) if folded else (one, other)
    kinds = {_kind(one), _kind(other)}
    if len(kinds) == 1:
        if kinds == {"list"}:
            return one.list.sort(), other.list.sort()
        return one, other
    # True is 1 to the engines the rules were written for.
    if kinds == {"truth", "number"}:
        return one.cast(pl.Float64), other.cast(pl.Float64)
    return None, None


def _kind(series: pl.Series) -> str:
    if series.dtype == pl.String:
        return "text"
    if series.dtype == pl.Boolean:
        return "truth"
    return "list" if series.dtype == pl.List else "number"


def _rounded(series: pl.Series) -> pl.Series:
    return series.cast(pl.Float64, strict=False).round(0)


def _plain_text(series: pl.Series) -> pl.Series:
    """Return texts in which a number is written one way only: 200.00 is 200."""
    if series.dtype == pl.String:
        stripped = series.str.strip_chars()
        numbers = as_text(stripped.cast(pl.Float64, strict=False))
        return numbers.zip_with(numbers.is_not_null(), stripped)
    return as_text(series)


def _referenced(view: View, name: str) -> pl.Series:
    """Return, row by row, the value of the variable that another variable names."""
    pointers = as_text(view.series(name))
    chosen = pl.Series([None], dtype=pl.String).new_from_index(0, view.height)
    for pointed in pointers.unique().drop_nulls():
        if pointed in view.frame.columns:
            chosen = as_text(view.frame[pointed]).zip_with(
                (pointers == pointed).fill_null(value=False), chosen
            )
    return chosen


def numbers(view: View, operand: Operand) -> pl.Series:
    """Return an operand as numbers, missing where it is none."""
    series = view.spread(operand)
    if series.dtype == pl.List:
        return pl.Series([None], dtype=pl.Float64).new_from_index(0, view.height)
    return (series.str.strip_chars() if series.dtype == pl.String else series).cast(pl.Float64, strict=False)


def ordering(compare: Callable[[pl.Series, pl.Series], pl.Series]) -> Operator:
    """Return the operator that compares two values as numbers; what is no number compares false."""

    def ordered(view: View, condition: Condition) -> pl.Series:
        left = numbers(view, view.variable(condition.name))
        right = numbers(view, view.operand(condition.value, literal=condition.is_literal))
        return compare(left, right).fill_null(value=False)

    return ordered
