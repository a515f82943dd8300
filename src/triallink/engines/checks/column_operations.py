"""What each operation computes on polars columns; the definitions are those of `arithmetic` and `dates`."""

from collections.abc import Callable
from typing import TypeAlias

import polars as pl

from triallink.engines.checks import arithmetic, dates

# A date is three columns (first day, last day, minute); everything else is one.
DateColumns: TypeAlias = tuple[pl.Expr, pl.Expr, pl.Expr]
Column: TypeAlias = pl.Expr | DateColumns


def finite(value: pl.Expr) -> pl.Expr:
    """Return a number, or missing if it has overflowed."""
    return pl.when(value.is_finite()).then(value)


def _near(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return (a == b) | ((a - b).abs() <= arithmetic.CLOSE * pl.max_horizontal(a.abs(), b.abs()))


def _if(condition: pl.Expr, then: Column, otherwise: Column) -> Column:
    if isinstance(then, tuple) and isinstance(otherwise, tuple):
        first, last, minute = (_if(condition, a, b) for a, b in zip(then, otherwise, strict=True))
        return (first, last, minute)  # type: ignore[return-value]
    assert isinstance(then, pl.Expr)
    assert isinstance(otherwise, pl.Expr)
    return pl.when(condition).then(then).when(~condition).then(otherwise)


def _coalesce(*values: Column) -> Column:
    if isinstance(values[0], tuple):
        parts = zip(*(value for value in values if isinstance(value, tuple)), strict=True)
        first, last, minute = (pl.coalesce(*part) for part in parts)
        return (first, last, minute)
    return pl.coalesce(*values)  # type: ignore[arg-type]


def _is_missing(value: Column) -> pl.Expr:
    return (value[0] if isinstance(value, tuple) else value).is_null()


def _is_before(a: DateColumns, b: DateColumns) -> pl.Expr:
    timed = (a[2] >= 0) & (b[2] >= 0)
    by_time = (a[0] < b[0]) | ((a[0] == b[0]) & (a[2] < b[2]))
    # Literals of `then` would be taken for one answer whatever the rows are, so both answers are read off the rows.
    by_day = pl.when(a[1] < b[0]).then(a[1] < b[0]).when(a[0] >= b[1]).then(a[0] < b[1])
    return pl.when(timed).then(by_time).otherwise(by_day)


def _is_same(a: DateColumns, b: DateColumns) -> pl.Expr:
    timed = (a[2] >= 0) & (b[2] >= 0)
    by_time = (a[0] == b[0]) & (a[2] == b[2])
    apart = (a[1] < b[0]) | (b[1] < a[0])
    complete = (a[0] == a[1]) & (b[0] == b[1])
    by_day = pl.when(apart).then(~apart).when(complete & (a[0] == b[0])).then(complete)
    return pl.when(timed).then(by_time).otherwise(by_day)


def civil(day: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return year, month and day of the month of a day counted from 1970-01-01."""
    date = day.cast(pl.Date)
    return date.dt.year(), date.dt.month().cast(pl.Int32), date.dt.day().cast(pl.Int32)


def _completed(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    (from_year, from_month, from_day), (to_year, to_month, to_day) = civil(start), civil(end)
    is_short = (to_month < from_month) | ((to_month == from_month) & (to_day < from_day))
    return to_year - from_year - is_short.cast(pl.Int32)


def _age(birth: DateColumns, at: DateColumns) -> pl.Expr:
    longest, shortest = _completed(birth[0], at[1]), _completed(birth[1], at[0])
    return pl.when(longest == shortest).then(longest).cast(pl.Float64)


def _month(a: DateColumns) -> pl.Expr:
    first, last = civil(a[0])[1], civil(a[1])[1]
    return pl.when(first == last).then(first).cast(pl.Float64)


def _days(start: DateColumns, end: DateColumns) -> pl.Expr:
    complete = (start[0] == start[1]) & (end[0] == end[1])
    return pl.when(complete).then(end[0] - start[0]).cast(pl.Float64)


def _minutes(start: DateColumns, end: DateColumns) -> pl.Expr:
    timed = (start[2] >= 0) & (end[2] >= 0)
    minutes = (end[0] - start[0]).cast(pl.Int64) * 1440 + end[2] - start[2]
    return pl.when(timed).then(minutes).cast(pl.Float64)


def _moved(a: DateColumns, days: pl.Expr) -> DateColumns:
    can = (a[0] == a[1]) & (days > -4_000_000) & (days < 4_000_000)
    moved = a[0] + days.cast(pl.Int32, strict=False)
    can &= moved.abs() <= dates.FARTHEST_DAY
    day = pl.when(can).then(moved)
    return (day, day, pl.when(can).then(a[2]))


def _rounded(value: pl.Expr, digits: pl.Expr | None = None) -> pl.Expr:
    if digits is None:
        digits = pl.lit(0.0)
    scale = pl.lit(10.0).pow(digits.abs())
    up = digits >= 0
    scaled = pl.when(up).then(value.abs() * scale).otherwise(value.abs() / scale)
    raised = (scaled * (1 + arithmetic.CLOSE) + 0.5).floor()
    whole = pl.when(scaled < 1e300).then(raised).otherwise(scaled)
    result = pl.when(up).then(whole / scale).otherwise(whole * scale)
    return finite(pl.when(value < 0).then(0.0 - result).otherwise(result) + 0.0)


def _power(base: pl.Expr, exponent: pl.Expr) -> pl.Expr:
    undefined = ((base < 0) & (exponent != exponent.floor())) | ((base == 0) & (exponent < 0))
    return finite(pl.when(~undefined).then(base.pow(exponent)))


def _of_all(function: Callable[..., pl.Expr], *values: pl.Expr) -> pl.Expr:
    return pl.when(pl.all_horizontal(*(value.is_not_null() for value in values))).then(function(*values))


def _to_number(text: pl.Expr) -> pl.Expr:
    shown = text.str.contains(r"^[ \t\n\r\f\v]*[+-]?[0-9]{1,15}(\.[0-9]{1,15})?[ \t\n\r\f\v]*$")
    digits = text.str.strip_chars().str.strip_prefix("+")
    return pl.when(shown).then(digits.cast(pl.Float64, strict=False))


def _like(text: pl.Expr, mask: pl.Expr) -> pl.Expr:
    return text.str.contains(mask, strict=True)


def _not(value: pl.Expr) -> pl.Expr:
    return ~value


OPERATIONS: dict[str, Callable[..., Column]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "not": _not,
    "is_missing": _is_missing,
    "if": _if,
    "coalesce": _coalesce,
    **dict.fromkeys(("eq", "same_text", "same_truth"), lambda a, b: a == b),
    **dict.fromkeys(("ne", "other_text", "other_truth"), lambda a, b: a != b),
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "near_eq": _near,
    "near_ne": lambda a, b: ~_near(a, b),
    "near_lt": lambda a, b: (a < b) & ~_near(a, b),
    "near_le": lambda a, b: (a <= b) | _near(a, b),
    "near_gt": lambda a, b: (a > b) & ~_near(a, b),
    "near_ge": lambda a, b: (a >= b) | _near(a, b),
    "date_eq": _is_same,
    "date_ne": lambda a, b: ~_is_same(a, b),
    "date_lt": _is_before,
    "date_ge": lambda a, b: ~_is_before(a, b),
    "date_gt": lambda a, b: _is_before(b, a),
    "date_le": lambda a, b: ~_is_before(b, a),
    "contains": lambda text, piece: text.str.contains(piece, literal=True),
    "starts_with": lambda text, start: text.str.starts_with(start),
    "ends_with": lambda text, end: text.str.ends_with(end),
    "like": _like,
    "add": lambda a, b: finite(a + b),
    "sub": lambda a, b: finite(a - b),
    "mul": lambda a, b: finite(a * b),
    "div": lambda a, b: finite(pl.when(b != 0).then(a / b)),
    "neg": lambda a: 0.0 - a,
    "abs": lambda a: a.abs(),
    "floor": lambda a: a.floor(),
    "ceiling": lambda a: a.ceil() + 0.0,
    "round": _rounded,
    "sqrt": lambda a: pl.when(a >= 0).then(a.sqrt()),
    "ln": lambda a: pl.when(a > 0).then(a.log()),
    "exp": lambda a: pl.when(a < 709).then(a.exp()),
    "power": _power,
    "smallest": lambda *values: _of_all(pl.min_horizontal, *values),
    "largest": lambda *values: _of_all(pl.max_horizontal, *values),
    "length": lambda text: text.str.len_chars().cast(pl.Float64),
    "to_number": _to_number,
    "days": _days,
    "minutes": _minutes,
    "age": _age,
    "is_complete": lambda a: a[0] == a[1],
    "year": lambda a: civil(a[0])[0].cast(pl.Float64),
    "month": _month,
    "move_date": _moved,
}

_TRUTHS = ("and", "or", "not", "same_truth", "other_truth")
_TEXTS = ("same_text", "other_text", "contains", "starts_with", "ends_with", "like", "length", "to_number")
_DATES = (
    "is_complete",
    "days",
    "minutes",
    "age",
    "year",
    "month",
    *(name for name in OPERATIONS if name.startswith("date_")),
)
_OF_RESULT = ("if", "coalesce")
# What an operand is that is written as nothing but "missing".
OPERAND_KINDS: dict[str, str] = {
    **{name: "number" for name in OPERATIONS if name not in _OF_RESULT},
    **dict.fromkeys(_TRUTHS, "truth"),
    **dict.fromkeys(_TEXTS, "text"),
    **dict.fromkeys(_DATES, "date"),
}
