"""The typed tree all three back ends compile: constants, inputs, operations and functions over repeats.

The tree is small on purpose: whatever the language can say becomes one of the operations named in `OPERATIONS`,
each of which Python, JavaScript and columns implement once, on values that may be missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from triallink.engines.checks.units import PLAIN, Unit

Kind = Literal["number", "text", "date", "time", "truth", "missing"]
Value: TypeAlias = float | str | bool | None
Mode = Literal["one", "series", "previous", "today"]

# name: kind of the result; "same" = the kind of the last operand. Every operation gives None when an operand it
# needs is None, except those of three-valued logic (and, or, not), `is_missing`, `coalesce` and `if`.
OPERATIONS: dict[str, Kind | Literal["same"]] = {
    **dict.fromkeys(("and", "or", "not", "is_missing"), "truth"),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), "truth"),  # numbers as entered, and times
    **dict.fromkeys(
        ("near_eq", "near_ne", "near_lt", "near_le", "near_gt", "near_ge"), "truth"
    ),  # computed numbers
    **dict.fromkeys(("same_text", "other_text", "same_truth", "other_truth"), "truth"),
    **dict.fromkeys(("date_eq", "date_ne", "date_lt", "date_le", "date_gt", "date_ge"), "truth"),
    **dict.fromkeys(("contains", "starts_with", "ends_with", "like", "is_complete"), "truth"),
    **dict.fromkeys(("add", "sub", "mul", "div", "neg", "abs", "floor", "ceiling", "round"), "number"),
    **dict.fromkeys(("sqrt", "ln", "exp", "power", "smallest", "largest"), "number"),
    **dict.fromkeys(("length", "to_number", "days", "minutes", "age", "year", "month"), "number"),
    "move_date": "date",
    **dict.fromkeys(("if", "coalesce"), "same"),
}
AGGREGATES = frozenset({"first", "last", "count", "sum", "mean", "min", "max", "any", "all"})


@dataclass(frozen=True, slots=True)
class Type:
    """What a value is. `is_computed`: it may carry a rounding error of binary arithmetic."""

    kind: Kind
    unit: Unit | None = None
    is_computed: bool = False

    def as_computed(self) -> "Type":
        return replace(self, is_computed=True)


TRUTH, TEXT, DATE, TIME, MISSING = Type("truth"), Type("text"), Type("date"), Type("time"), Type("missing")
NUMBER = Type("number", PLAIN)
ANY_NUMBER = Type("number")


@dataclass(frozen=True, slots=True)
class Reference:
    """An item an expression reads.

    event  empty: the event (and its repeat) the check runs at.
    mode   one value, the series of all repeats, the value one repeat earlier, or today's date.
    """

    event: str
    form: str
    group: str
    item: str
    kind: Kind
    mode: Mode = "one"

    def __str__(self) -> str:
        path = ".".join(part for part in (self.event, self.form, self.group, self.item) if part)
        return path if self.mode == "one" else f"{self.mode}({path})"


@dataclass(frozen=True, slots=True)
class Const:
    """A fixed value; dates and times as their text."""

    value: Value
    type: Type


@dataclass(frozen=True, slots=True)
class Input:
    """The value of the reference in a slot; inside an aggregate over that slot, the value in one row."""

    slot: int
    type: Type


@dataclass(frozen=True, slots=True)
class Op:
    """An operation of `OPERATIONS` on its operands."""

    name: str
    operands: tuple["Node", ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over repeats: the body is computed in every row of the series in `slots`."""

    name: str
    body: "Node"
    slots: tuple[int, ...]
    type: Type


Node: TypeAlias = Const | Input | Op | Aggregate


def below(node: Node) -> Iterator[Node]:
    """Give a node and everything below it."""
    yield node
    operands = node.operands if isinstance(node, Op) else (node.body,) if isinstance(node, Aggregate) else ()
    for operand in operands:
        yield from below(operand)


@dataclass(frozen=True)
class Program:
    """An expression bound to a study: what it reads, and what it computes from that.

    text    the expression as it was written.
    inputs  what to hand over, in this order: a value per reference, for a series a list of values.
    """

    text: str
    inputs: tuple[Reference, ...]
    root: Node
