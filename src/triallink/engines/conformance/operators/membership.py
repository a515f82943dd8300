"""Contained, containing, sharing elements: values against lists, and lists against lists."""

from collections.abc import Callable
from typing import Any

import polars as pl

from triallink.engines.conformance.operators.comparison import Operator, constant
from triallink.engines.conformance.rules import Condition
from triallink.engines.conformance.view import Each, Operand, Same, View, as_text, text_of


def _listed(operand: Operand) -> Operand:
    """Return a single value as a list of one."""
    if isinstance(operand, Same) and not operand.is_list:
        return Same((operand.value,))
    return operand


def _whole(operand: Each) -> tuple[Any, ...]:
    series = operand.series.explode() if operand.is_list else operand.series
    return tuple(series.unique(maintain_order=True))


def _folded(series: pl.Series) -> pl.Series:
    if series.dtype == pl.List:
        return series.list.eval(pl.element().cast(pl.String).str.to_lowercase())
    return as_text(series).str.to_lowercase()


def among(view: View, left: Operand, right: Operand, *, folded: bool = False) -> pl.Series:
    """Return where a value is one of a list; a missing value only if the list has one too.

    left, right  a value or a list of them, per row or for all rows. A column that is no list stands for all its
                 values together.
    Returns      shape (rows,), Boolean.
    """
    right = _listed(right)
    if isinstance(right, Each) and not right.is_list:
        right = Same(_whole(right))
    series = view.spread(left)
    if series.dtype == pl.List:
        return _any_shared(view, series, right, folded=folded)
    if isinstance(right, Same):
        return _in_values(series, right.value, folded=folded)
    lists = right.series
    if folded:
        series, lists = _folded(series), _folded(lists)
    series, lists = _one_type(series, lists)
    frame = pl.DataFrame({"value": series, "list": lists})
    found = frame.select(
        pl.when(pl.col("value").is_null())
        .then(pl.col("list").list.eval(pl.element().is_null()).list.any())
        .otherwise(pl.col("list").list.contains(pl.col("value")))
    ).to_series()
    return found.fill_null(value=False)


def _one_type(series: pl.Series, lists: pl.Series) -> tuple[pl.Series, pl.Series]:
    inner = lists.dtype.inner if isinstance(lists.dtype, pl.List) else None
    if inner == series.dtype or inner is None:
        return series, lists
    if inner == pl.Null:
        return series, lists.cast(pl.List(series.dtype))
    return as_text(series), lists.list.eval(pl.element().cast(pl.String))


def _in_values(series: pl.Series, values: tuple[Any, ...], *, folded: bool) -> pl.Series:
    present = [value for value in values if value is not None and value != ""]
    if folded:
        inside = _folded(series).is_in([text_of(value).lower() for value in present])
    elif series.dtype == pl.String:
        inside = series.is_in([value for value in present if isinstance(value, str)])
    elif series.dtype == pl.Boolean:
        inside = series.is_in([value for value in present if isinstance(value, bool)])
    else:
        numbers = [float(value) for value in present if isinstance(value, int | float)]
        inside = series.cast(pl.Float64).is_in(numbers)
    has_missing = len(present) < len(values)
    return inside.fill_null(value=has_missing)


def _any_shared(view: View, lists: pl.Series, right: Operand, *, folded: bool) -> pl.Series:
    return _shared(view, Each(lists), right, folded=folded) > 0


def is_contained(*, wanted: bool, folded: bool = False) -> Operator:
    """Return the operator that says where a value is, or is not, one of a list."""

    def test(view: View, condition: Condition) -> pl.Series:
        operand = view.operand(condition.value, literal=condition.is_literal)
        inside = among(view, view.variable(condition.name), operand, folded=folded)
        return inside if wanted else ~inside

    return test


def contains(*, wanted: bool, folded: bool = False) -> Operator:
    """Return the operator that says where a list has an element, or a text a part."""

    def test(view: View, condition: Condition) -> pl.Series:
        target = view.variable(condition.name)
        operand = view.operand(condition.value, literal=condition.is_literal)
        inside = _containing(view, target, operand, folded=folded)
        return inside if wanted else ~inside

    return test


def _containing(view: View, target: Operand, operand: Operand, *, folded: bool) -> pl.Series:
    if target.is_list:
        if isinstance(operand, Same) and isinstance(target, Same):
            values = [text_of(each).lower() if folded else each for each in target.value]
            sought = text_of(operand.value).lower() if folded else operand.value
            return constant(view, value=sought in values)
        return among(view, Each(view.spread(operand)), Each(view.spread(target)), folded=folded)
    series = view.spread(target)
    if isinstance(operand, Each):
        if folded:
            pair = pl.DataFrame({"text": _folded(series), "part": _folded(operand.series)})
            inside = pair.select(pl.col("text").str.contains(pl.col("part"), literal=True)).to_series()
            return inside.fill_null(value=False)
        return among(view, operand, Same(tuple(series.unique())))
    if operand.value is None:
        return constant(view, value=False)
    if series.dtype != pl.String:
        return (series == operand.value).fill_null(value=False)
    word = text_of(operand.value)
    if folded:
        series, word = series.str.to_lowercase(), word.lower()
    return series.str.contains(word, literal=True).fill_null(value=False)


def contains_all(*, wanted: bool) -> Operator:
    """Return the operator that says whether a variable has every value of a list; row by row if both are lists."""

    def test(view: View, condition: Condition) -> pl.Series:
        target = view.variable(condition.name)
        operand = _listed(view.operand(condition.value, literal=condition.is_literal))
        if isinstance(target, Each) and target.is_list and operand.is_list:
            sought = Each(view.spread(operand))
            unique = sought.series.list.unique().list.len().fill_null(0)
            found = _shared(view, target, sought) >= unique
        else:
            held = set(target.value) if isinstance(target, Same) else set(_whole(target))
            values = operand.value if isinstance(operand, Same) else _whole(operand)
            found = constant(view, value=set(values) <= held)
        return found if wanted else ~found

    return test


def _shared(view: View, left: Operand, right: Operand, *, folded: bool = False) -> pl.Series:
    """Return how many different values two lists have in common, row by row."""
    one, other = view.spread(_listed(left)), view.spread(_listed(right))
    if one.dtype != pl.List:
        one = one.reshape((-1, 1)).cast(pl.List(one.dtype))
    if other.dtype != pl.List:
        other = other.reshape((-1, 1)).cast(pl.List(other.dtype))
    if folded:
        one, other = _folded(one), _folded(other)
    if one.dtype != other.dtype:
        one = one.list.eval(pl.element().cast(pl.String))
        other = other.list.eval(pl.element().cast(pl.String))
    return one.list.set_intersection(other).list.drop_nulls().list.len().fill_null(0)


def shares(test_count: Callable[[pl.Series], pl.Series]) -> Operator:
    """Return the operator that asks how many elements two lists share."""

    def test(view: View, condition: Condition) -> pl.Series:
        operand = view.operand(condition.value, literal=condition.is_literal)
        return test_count(_shared(view, view.variable(condition.name), operand))

    return test


def ordered_subset(*, wanted: bool) -> Operator:
    """Return the operator that says whether the elements of a list stand in another, in the same order."""

    def test(view: View, condition: Condition) -> pl.Series:
        lists = view.spread(_listed(view.variable(condition.name)))
        others = view.spread(_listed(view.operand(condition.value, literal=condition.is_literal)))
        pairs = [(_elements(a), _elements(b)) for a, b in zip(lists, others, strict=True)]
        answers = {pair: _ordered(*pair) for pair in set(pairs)}
        return pl.Series([answers[pair] == wanted for pair in pairs], dtype=pl.Boolean)

    return test


def _elements(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, pl.Series | list | tuple) else (value,)


def _ordered(part: tuple[Any, ...], whole: tuple[Any, ...]) -> bool:
    places = {value: place for place, value in enumerate(whole)}
    if any(value not in places for value in part):
        return False
    positions = [places[value] for value in part]
    return positions == sorted(positions)
