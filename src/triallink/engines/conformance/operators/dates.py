"""Dates compared, and asked whether they are complete or valid."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from triallink.engines.conformance.instants import (
    COMPONENTS,
    instant,
    is_complete_date,
    is_date,
    is_duration,
    precision,
)
from triallink.engines.conformance.operators.comparison import Operator
from triallink.engines.conformance.rules import Condition, RuleMalformed
from triallink.engines.conformance.view import View, as_text

_MOMENT = pl.Datetime("us", "UTC")


def _each_once(series: pl.Series, answer: Callable[[str], object], kind: pl.DataType) -> pl.Series:
    texts = as_text(series)
    different = texts.unique().drop_nulls()
    answers = pl.Series([answer(text) for text in different], dtype=kind)
    return texts.replace_strict(different, answers, default=None, return_dtype=kind)


def moments(view: View, series: pl.Series) -> pl.Series:
    """Return the moment of each date of a column, missing where there is none; made once for each column."""
    place = (series.name, "moments")
    if series.name and place in view.memo:
        return view.memo[place]
    found = _each_once(series, instant, _MOMENT)
    if series.name:
        view.memo[place] = found
    return found


def compare_dates(compare: Callable[[pl.Series, pl.Series], pl.Series]) -> Operator:
    """Return the operator that compares two dates, whole or one component; false if one of them is missing."""

    def test(view: View, condition: Condition) -> pl.Series:
        left = view.series(condition.name)
        operand = view.operand(condition.value, literal=condition.is_literal)
        right = view.spread(operand)
        component = str(condition.options.get("date_component") or "")
        if component == "auto":
            one, other = _to_common_precision(left, right)
        elif component:
            one, other = _component(view, left, component), _component(view, right, component)
        else:
            one, other = moments(view, left), moments(view, right)
        return compare(one, other).fill_null(value=False)

    return test


def _component(view: View, series: pl.Series, component: str) -> pl.Series:
    if component not in COMPONENTS:
        raise RuleMalformed(f"{component!r} is not a component of a date")
    return (
        moments(view, series)
        .to_frame("moment")
        .select(getattr(pl.col("moment").dt, component)().cast(pl.Int64))
        .to_series()
    )


def _to_common_precision(left: pl.Series, right: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return two columns of dates cut, row by row, to what both state."""
    ones: list[datetime | None] = []
    others: list[datetime | None] = []
    for one, other in zip(as_text(left), as_text(right), strict=True):
        cut = _cut(one, other)
        ones.append(cut[0])
        others.append(cut[1])
    return pl.Series(ones, dtype=_MOMENT), pl.Series(others, dtype=_MOMENT)


def _cut(one: str | None, other: str | None) -> tuple[datetime | None, datetime | None]:
    first, second = instant(one or ""), instant(other or "")
    if first is None or second is None:
        return None, None
    level = min(COMPONENTS.index(precision(text or "") or "year") for text in (one, other))
    starts = dict(zip(COMPONENTS, (1, 1, 1, 0, 0, 0, 0), strict=True))
    dropped = {name: starts[name] for name in COMPONENTS[level + 1 :]}
    return first.replace(**dropped), second.replace(**dropped)  # type: ignore[arg-type]


def complete(*, wanted: bool) -> Operator:
    """Return the operator that says where a date has year, month and day; a missing one has not."""

    def test(view: View, condition: Condition) -> pl.Series:
        texts = as_text(view.series(condition.name))
        whole = view.verdicts(texts, is_complete_date, ("complete",)).fill_null(value=False)
        return whole if wanted else ~whole

    return test


def invalid_date(view: View, condition: Condition) -> pl.Series:
    """Return where a value is no date of ISO 8601; also where there is none."""
    texts = as_text(view.series(condition.name))
    return ~view.verdicts(texts, is_date, ("date",)).fill_null(value=False)


def invalid_duration(view: View, condition: Condition) -> pl.Series:
    """Return where a value is no duration of ISO 8601; also where there is none."""
    texts = as_text(view.series(condition.name))
    negative = condition.options.get("negative") is not False
    answer = view.verdicts(
        texts, lambda text: is_duration(text, negative_allowed=negative), ("duration", negative)
    )
    return ~answer.fill_null(value=False)
