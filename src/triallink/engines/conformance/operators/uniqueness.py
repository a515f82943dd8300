"""Unique sets, one-to-one relationships, repeated and inconsistent values."""

import re

import polars as pl

from triallink.engines.conformance.operators.comparison import Operator, constant
from triallink.engines.conformance.rules import Condition, RuleMalformed
from triallink.engines.conformance.view import VariableAbsent, View, as_text


def by_pattern(series: pl.Series, pattern: re.Pattern[str], *, only_if_first: bool = False) -> pl.Series:
    """Return texts reduced to what a pattern takes out of them, as they are where it takes nothing.

    only_if_first  leave the whole column alone unless its first value matches.
    """
    if series.dtype != pl.String:
        return series
    different = series.unique().drop_nulls()
    if only_if_first:
        present = series.drop_nulls()
        if not present.len() or pattern.match(str(present[0])) is None:
            return series

    def taken(text: str) -> str | None:
        found = pattern.search(text)
        if found is None:
            return None if only_if_first else text
        return found[1] if pattern.groups else found[0]

    pieces = pl.Series([taken(text) for text in different], dtype=pl.String)
    return series.replace_strict(different, pieces, default=None, return_dtype=pl.String)


def _keys(view: View, condition: Condition) -> list[str]:
    names = [condition.name, *_as_list(condition.value)]
    return view.columns_of(names)


def _as_list(value: object) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def _required(view: View, names: list[str]) -> list[str]:
    written = [view.written_out(name) for name in names]
    for name in written:
        if view.find(name) is None:
            raise VariableAbsent(name)
    return written


def unique_set(*, wanted: bool) -> Operator:
    """Return the operator that says where the values of several variables together occur once, or oftener."""

    def test(view: View, condition: Condition) -> pl.Series:
        keys = _keys(view, condition)
        if not keys:
            raise VariableAbsent(view.written_out(condition.name))
        frame = view.frame.select(keys)
        pattern = condition.options.get("regex")
        if pattern:
            compiled = re.compile(str(pattern))
            frame = frame.with_columns(
                [by_pattern(frame[name], compiled, only_if_first=True).alias(name) for name in keys]
            )
        repeated = frame.is_duplicated()
        return ~repeated if wanted else repeated

    return test


def unique_relationship(*, wanted: bool) -> Operator:
    """Return the operator that says where two variables stand to each other one to one, or do not."""

    def test(view: View, condition: Condition) -> pl.Series:
        (left,) = _required(view, [condition.name])
        right = _required(view, _as_list(condition.value))
        if not right:
            raise RuleMalformed(f"{condition.operator} names no other variable")
        frame = view.frame.with_columns(
            [view.series(name).alias(name) for name in (left, *right) if name not in view.frame.columns]
        ).select(left, *right)
        other = pl.struct(right) if len(right) > 1 else pl.col(right[0])
        whole = pl.all_horizontal([pl.col(name).is_not_null() for name in right])
        broken = frame.select(
            ((other.n_unique().over(left) > 1) & pl.col(left).is_not_null())
            | ((pl.col(left).n_unique().over(right) > 1) & whole)
        ).to_series()
        broken = broken.fill_null(value=False)
        return ~broken if wanted else broken

    return test


def on_multiple_rows(*, wanted: bool) -> Operator:
    """Return the operator that says where a value stands in more rows of its group than allowed (one)."""

    def test(view: View, condition: Condition) -> pl.Series:
        (name,) = _required(view, [condition.name])
        within = _required(view, _as_list(condition.options.get("within")))
        limit = condition.whole(condition.value or 1)
        keys = list(dict.fromkeys([*within, name]))
        frame = view.frame.select(keys)
        known = pl.all_horizontal([pl.col(key).is_not_null() for key in keys])
        several = pl.len().over(keys) > limit
        return frame.select(known & (several if wanted else ~several)).to_series()

    return test


def inconsistent(view: View, condition: Condition) -> pl.Series:
    """Return where a value differs from the one most rows of its group have; all rows of a group without such."""
    (name,) = _required(view, [condition.name])
    groups = view.columns_of(_as_list(condition.value))
    if not groups:
        return constant(view, value=False)
    values = view.series(name)
    pattern = condition.options.get("regex")
    if pattern:
        values = by_pattern(values, re.compile(str(pattern)))
    frame = view.frame.select(groups).with_columns(as_text(values).alias("\0value"))
    value, count = pl.col("\0value"), pl.col("\0count")
    frame = frame.with_columns(pl.len().over([*groups, "\0value"]).alias("\0count"))
    frame = frame.with_columns(count.max().over(groups).alias("\0most"))
    modes = value.filter(count == pl.col("\0most")).n_unique().over(groups)
    return frame.select(
        (value.n_unique().over(groups) > 1) & ((modes > 1) | (count < pl.col("\0most")))
    ).to_series()


def has_different_values(*, wanted: bool) -> Operator:
    """Return the operator that says, the same for all rows, whether a variable has more than one value."""

    def test(view: View, condition: Condition) -> pl.Series:
        several = view.series(condition.name).n_unique() > 1
        return constant(view, value=several == wanted)

    return test


def multiple_references(*, wanted: bool) -> Operator:
    """Return the operator that says where a count, kept by value, is more than one."""

    def test(view: View, condition: Condition) -> pl.Series:
        operand = view.operand(condition.value, literal=False)
        counts = getattr(operand, "value", None)
        if not isinstance(counts, dict):
            raise VariableAbsent(str(condition.value))
        values = as_text(view.series(condition.name))
        many = [str(value) for value, count in counts.items() if count > 1]
        found = values.is_in(many).fill_null(value=False)
        return found if wanted else ~found

    return test
