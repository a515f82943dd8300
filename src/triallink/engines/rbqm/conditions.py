"""Which rows of a table count: a small tree of comparisons, compiled to polars; nothing a user writes is executed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import polars as pl
from lark import Lark, Token, Transformer, UnexpectedInput, v_args

Literal_: TypeAlias = str | float | int


@dataclass(frozen=True)
class Compare:
    """A column against a fixed value; a missing cell does not meet it."""

    column: str
    operator: Literal["=", "!=", "<", "<=", ">", ">="]
    value: Literal_


@dataclass(frozen=True)
class Among:
    """A column that has one of several values."""

    column: str
    values: tuple[Literal_, ...]


@dataclass(frozen=True)
class Present:
    """A column that is not missing."""

    column: str


@dataclass(frozen=True)
class Both:
    """Every one of several conditions."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Either:
    """At least one of several conditions."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Unless:
    """Not the condition; a row whose cell is missing meets neither."""

    condition: "Condition"


Condition: TypeAlias = Compare | Among | Present | Both | Either | Unless

_GRAMMAR = r"""
start: any
?any: all ("OR"i all)* -> either
?all: one ("AND"i one)* -> both
?one: NAME OPERATOR value -> compare
    | NAME "IN"i "(" value ("," value)* ")" -> among
    | NAME "IS"i "NOT"i "NULL"i -> present
    | NAME "IS"i "NULL"i -> absent
    | "NOT"i one -> unless
    | "(" any ")"
value: TEXT -> text | NUMBER -> number
OPERATOR: "<=" | ">=" | "!=" | "<>" | "==" | "=" | "<" | ">"
NAME: /[A-Za-z_]\w*/
TEXT: /'(?:[^']|'')*'/
NUMBER: /-?\d+(\.\d+)?/
%ignore /\s+/
"""


@cache
def _grammar() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


def parse_condition(text: str) -> Condition:
    """Return the condition written as in the WHERE part of a query: column = 'Y' AND days <= 90.

    Raises  ValueError if the text is anything else; it is never handed to a database.
    """
    try:
        found: Condition = _Builder().transform(_grammar().parse(text))
    except UnexpectedInput as error:
        raise ValueError(f"{text!r} is not a condition: {text[error.pos_in_stream or 0 :][:30]!r}") from None
    return found


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    def start(self, condition: Condition) -> Condition:
        return condition

    def either(self, *conditions: Condition) -> Condition:
        return conditions[0] if len(conditions) == 1 else Either(conditions)

    def both(self, *conditions: Condition) -> Condition:
        return conditions[0] if len(conditions) == 1 else Both(conditions)

    def compare(self, column: Token, operator: Token, value: Literal_) -> Condition:
        written: Any = {"<>": "!=", "==": "="}.get(str(operator), str(operator))
        return Compare(str(column), written, value)

    def among(self, column: Token, *values: Literal_) -> Condition:
        return Among(str(column), values)

    def present(self, column: Token) -> Condition:
        return Present(str(column))

    def absent(self, column: Token) -> Condition:
        return Unless(Present(str(column)))

    def unless(self, condition: Condition) -> Condition:
        return Unless(condition)

    def text(self, token: Token) -> str:
        return str(token)[1:-1].replace("''", "'")

    def number(self, token: Token) -> Literal_:
        return float(token) if "." in token else int(token)


def compiled(condition: Condition, columns: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return a condition as a polars expression.

    columns  names and types of the table.
    Raises   ValueError if a column is not there.
    """
    match condition:
        case Compare(column, operator, value):
            cell, fixed = _cell(column, columns), pl.lit(value)
            if isinstance(value, str):
                cell = cell.cast(pl.String)
            table = {"=": cell.eq, "!=": cell.ne, "<": cell.lt, "<=": cell.le, ">": cell.gt, ">=": cell.ge}
            return table[operator](fixed)
        case Among(column, values):
            cell = _cell(column, columns)
            return cell.cast(pl.String).is_in([str(value) for value in values])
        case Present(column):
            return _cell(column, columns).is_not_null()
        case Both(conditions):
            return pl.all_horizontal(*(compiled(each, columns) for each in conditions))
        case Either(conditions):
            return pl.any_horizontal(*(compiled(each, columns) for each in conditions))
        case Unless(inner):
            return ~compiled(inner, columns)


def _cell(column: str, columns: Mapping[str, pl.DataType]) -> pl.Expr:
    if column not in columns:
        raise ValueError(f"there is no column {column!r} among {', '.join(columns)}")
    return pl.col(column)
