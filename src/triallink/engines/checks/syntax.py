"""The syntax tree of an expression, as it was written; `span` tells where and takes no part in equality."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Span: TypeAlias = tuple[int, int]
Comparison: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]
Arithmetic: TypeAlias = Literal["+", "-", "*", "/"]
NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written (`text` keeps 37.50 as it is), with a unit or none."""

    text: str
    unit: str = ""
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in double quotes."""

    value: str
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Truth:
    """`true`, `false` or, as None, `missing`."""

    value: bool | None
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Name:
    """An item: its name, with as many of event, form and group before it as are needed."""

    parts: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Not:
    """`not X`."""

    operand: "Expression"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Minus:
    """`-X`."""

    operand: "Expression"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Logic:
    """`X and Y`, `X or Y`."""

    operator: Literal["and", "or"]
    left: "Expression"
    right: "Expression"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Compare:
    """`X < Y` and its like."""

    operator: Comparison
    left: "Expression"
    right: "Expression"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Compute:
    """`X + Y` and its like."""

    operator: Arithmetic
    left: "Expression"
    right: "Expression"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Between:
    """`X between A and B`, both ends included."""

    operand: "Expression"
    low: "Expression"
    high: "Expression"
    is_negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Member:
    """`X in (A, B, …)`."""

    operand: "Expression"
    options: tuple["Expression", ...]
    is_negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class IsMissing:
    """`X is missing`; negated: `X is not missing`."""

    operand: "Expression"
    is_negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """`if X then A else B`."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Call:
    """`function(A, B, …)`."""

    function: str
    arguments: tuple["Expression", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


Expression: TypeAlias = (
    Number
    | Text
    | Truth
    | Name
    | Not
    | Minus
    | Logic
    | Compare
    | Compute
    | Between
    | Member
    | IsMissing
    | Choice
    | Call
)


def parts_of(node: Expression) -> tuple[Expression, ...]:
    """Return the direct operands of a node, in the order they are written."""
    match node:
        case Number() | Text() | Truth() | Name():
            return ()
        case Not(operand) | Minus(operand) | IsMissing(operand):
            return (operand,)
        case Logic(_, left, right) | Compare(_, left, right) | Compute(_, left, right):
            return (left, right)
        case Between(operand, low, high):
            return (operand, low, high)
        case Member(operand, options):
            return (operand, *options)
        case Choice(condition, then, otherwise):
            return (condition, then, otherwise)
        case Call(_, arguments):
            return arguments


def walk(node: Expression) -> Iterator[Expression]:
    """Give a node and everything below it, parents first."""
    yield node
    for part in parts_of(node):
        yield from walk(part)
