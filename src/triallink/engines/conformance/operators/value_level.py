"""Values against the definitions Define-XML has for some of them: of the right type, not too long."""

import re
from typing import Literal

import polars as pl

from triallink.engines.conformance.instants import is_date, is_duration
from triallink.engines.conformance.operators.comparison import Operator, constant
from triallink.engines.conformance.rules import Condition, RuleMalformed
from triallink.engines.conformance.study import ValueLevel
from triallink.engines.conformance.view import View, as_text

_COMPARE = {"LT": pl.Expr.lt, "LE": pl.Expr.le, "GT": pl.Expr.gt, "GE": pl.Expr.ge}
_DATES = frozenset(
    {
        "date",
        "datetime",
        "partialDate",
        "partialDatetime",
        "incompleteDate",
        "incompleteDatetime",
        "intervalDatetime",
    }
)


def where(view: View, level: ValueLevel) -> pl.Series:
    """Return the records a definition is about: those that meet all its conditions.

    Raises  RuleMalformed for a comparator Define-XML has not.
    """
    held = constant(view, value=True)
    for name, comparator, values in level.conditions:
        if name not in view.frame.columns:
            return constant(view, value=False)
        held = held & _compared(view.frame[name], comparator, values)
    return held


def _compared(series: pl.Series, comparator: str, values: tuple[str, ...]) -> pl.Series:
    if comparator in ("EQ", "IN", "NE", "NOTIN"):
        inside = as_text(series).is_in(list(values)).fill_null(value=False)
        return inside if comparator in ("EQ", "IN") else ~inside
    if comparator not in _COMPARE or not values:
        raise RuleMalformed(f"the comparator {comparator!r} is not one of Define-XML")
    numbers = series.cast(pl.Float64, strict=False).to_frame("value")
    limit = pl.lit(values[0]).cast(pl.Float64, strict=False)
    return numbers.select(_COMPARE[comparator](pl.col("value"), limit)).to_series().fill_null(value=False)


def conforms(view: View, level: ValueLevel, kind: Literal["data_type", "length"]) -> pl.Series:
    """Return where the values of a variable are of the type, or within the length, of a definition; missing ones are."""
    texts = as_text(view.frame[level.variable])
    if kind == "length":
        length = level.attributes.get("define_vlm_length")
        if length is None:
            return constant(view, value=True)
        return (texts.str.len_chars() <= int(length)).fill_null(value=True)
    data_type = str(level.attributes.get("define_vlm_data_type") or "text")
    answer = view.verdicts(texts, lambda text: _is_of_type(text, data_type), ("of type", data_type))
    return answer.fill_null(value=True)


def _is_of_type(text: str, data_type: str) -> bool:
    if data_type == "integer":
        return re.fullmatch(r"[+-]?\d+", text) is not None
    if data_type in ("float", "double"):
        return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) is not None
    if data_type == "durationDatetime":
        return is_duration(text, negative_allowed=True)
    if data_type in ("time", "partialTime", "incompleteTime"):
        return re.fullmatch(r"\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?", text) is not None
    return is_date(text) if data_type in _DATES else True


def conformant(kind: Literal["data_type", "length"], *, wanted: bool) -> Operator:
    """Return the operator that says where a value meets, or fails, a definition that holds for it."""

    def test(view: View, condition: Condition) -> pl.Series:
        found = constant(view, value=False)
        for level in view.value_level:
            if level.variable in view.frame.columns:
                found = found | (where(view, level) & (conforms(view, level, kind) == wanted))
        return found

    return test
