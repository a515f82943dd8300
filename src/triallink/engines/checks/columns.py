"""A program over whole columns: a polars frame with a column per input in, a column of answers out."""

from collections.abc import Callable

import polars as pl

from triallink.engines.checks import dates
from triallink.engines.checks.arithmetic import mask_pattern
from triallink.engines.checks.column_operations import OPERAND_KINDS, OPERATIONS, Column, finite
from triallink.engines.checks.core import Aggregate, Const, Input, Node, Op, Program

_TYPES = {"number": pl.Float64, "text": pl.String, "truth": pl.Boolean, "time": pl.String, "date": pl.String}
_ROW = "__row__"
# Rows worked on at a time: what one operation leaves for the next stays in the processor's cache.
SLICE = 131_072


def evaluate(program: Program, frame: pl.DataFrame) -> pl.Series:
    """Return the answer of a program for every row of a frame.

    frame    a column named str(i) for input i of `program.inputs`: Float64, String (dates and times as their text)
             or Boolean, a list of such for a series; null is missing, and so is a number that is not finite.
    Returns  one value per row, named "result": Boolean, Float64 or String; a date as the day it means, Int32 days
             from 1970-01-01, null unless complete; a time in minutes.
    Raises   ValueError if a column is not there.
    """
    absent = [str(slot) for slot in range(len(program.inputs)) if str(slot) not in frame.columns]
    if absent:
        raise ValueError(f"no column {', '.join(absent)} in a frame of {frame.columns}")
    slices = [_Evaluation(program, part).answer() for part in frame.iter_slices(SLICE)]
    return pl.concat(slices) if slices else _Evaluation(program, frame).answer()


class _Evaluation:
    def __init__(self, program: Program, frame: pl.DataFrame) -> None:
        self.program = program
        self.height = frame.height
        singles = [slot for slot, each in enumerate(program.inputs) if each.mode != "series"]
        self.frame = self._read(frame, singles).with_row_index(_ROW)
        self.steps = 0
        self.done: dict[Node, Column] = {}

    def answer(self) -> pl.Series:
        column = self._column(self.program.root)
        if isinstance(column, tuple):
            first, last, _ = column
            column = pl.when(first == last).then(first)
        found = self.frame.select(column.alias("result")).to_series()
        # A constant gives one row whatever the height of the frame.
        if not self.height:
            return found.clear()
        return found if found.len() == self.height else found.extend_constant(found[0], self.height - 1)

    def _read(self, frame: pl.DataFrame, slots: list[int]) -> pl.DataFrame:
        """Give every input its type, and every date the three columns of what it means."""
        columns: list[pl.Expr | pl.Series] = []
        for slot in slots:
            kind = self.program.inputs[slot].kind
            name = str(slot)
            if kind in ("date", "time"):
                columns += _dated(frame[name].cast(pl.String), kind, name)
            else:
                column = pl.col(name).cast(_TYPES[kind])
                columns.append(finite(column).alias(name) if kind == "number" else column)
        return frame.with_columns(columns)

    def _column(self, node: Node) -> Column:
        """Return the column of a node; what has been computed once is kept and only named again."""
        if not isinstance(node, Op | Aggregate):
            return self._given(node)
        if node not in self.done:
            computed = self._aggregate(node) if isinstance(node, Aggregate) else self._operation(node)
            self.done[node] = self._kept(computed)
        return self.done[node]

    def _kept(self, computed: Column) -> Column:
        # An expression may name its operands several times, and theirs again: unkept, it would grow without bound.
        self.steps += 1
        parts = computed if isinstance(computed, tuple) else (computed,)
        names = [f"step{self.steps}.{number}" for number in range(len(parts))]
        self.frame = self.frame.with_columns(
            part.alias(name) for part, name in zip(parts, names, strict=True)
        )
        first, *others = (pl.col(name) for name in names)
        return (first, others[0], others[1]) if others else first

    def _given(self, node: Const | Input) -> Column:
        match node:
            case Const(value, type_):
                return _constant(value, type_.kind)
            case Input(slot):
                if self.program.inputs[slot].kind == "date":
                    return (pl.col(f"{slot}.first"), pl.col(f"{slot}.last"), pl.col(f"{slot}.minute"))
                return pl.col(f"{slot}.minute" if self.program.inputs[slot].kind == "time" else str(slot))

    def _operation(self, node: Op) -> Column:
        name, operands = node.name, node.operands
        kind = OPERAND_KINDS.get(name) or node.type.kind
        columns = [self._operand(operand, kind) for operand in operands]
        if name == "if":
            columns[0] = self._operand(operands[0], "truth")
        if name == "move_date":
            columns = [self._operand(operands[0], "date"), self._operand(operands[1], "number")]
        if name == "like":
            mask = operands[1].value if isinstance(operands[1], Const) else ""
            columns[1] = pl.lit(f"^(?:{mask_pattern(str(mask))})$")
        return OPERATIONS[name](*columns)

    def _operand(self, node: Node, kind: str) -> Column:
        """Return an operand; one that is nothing but "missing" takes the kind its place asks for."""
        if node.type.kind == "missing" and isinstance(node, Const):
            return _constant(None, kind)
        return self._column(node)

    def _aggregate(self, node: Aggregate) -> Column:
        """Compute the body in a long frame with a row per repeat, and gather the rows of each record again."""
        names = [str(slot) for slot in node.slots]
        shortest = pl.min_horizontal(*(pl.col(name).list.len().fill_null(0) for name in names))
        long = (
            self.frame.lazy()
            .with_columns(shortest.alias("__rows__"))
            .filter(pl.col("__rows__") > 0)
            .with_columns(pl.col(name).list.head(pl.col("__rows__")) for name in names)
            .explode(names)
            .collect()
        )
        inner = _Rows(self.program, self._read(long, list(node.slots)))
        body = inner._operand(node.body, "truth" if node.name in ("any", "all") else "number")
        parts = body if isinstance(body, tuple) else (body,)
        self.steps += 1
        stem = f"rows{self.steps}."
        gather = _GATHERED.get(node.name) or (_count_true if node.body.type.kind == "truth" else _count)
        gathered = (
            inner.frame.lazy()
            .with_columns(part.alias(f"{stem}{number}") for number, part in enumerate(parts))
            .group_by(_ROW, maintain_order=True)
            .agg(gather(pl.col(f"{stem}{number}")).alias(f"{stem}{number}") for number in range(len(parts)))
            .with_columns(pl.lit(value=True).alias(f"{stem}has"))
            .collect()
        )
        self.frame = self.frame.join(gathered, on=_ROW, how="left", maintain_order="left")
        columns = tuple(pl.col(f"{stem}{number}") for number in range(len(parts)))
        if node.name in _OF_NO_ROWS:
            empty = pl.lit(_OF_NO_ROWS[node.name])
            return pl.when(pl.col(f"{stem}has")).then(columns[0]).otherwise(empty)
        return columns if len(columns) == 3 else columns[0]


class _Rows(_Evaluation):
    """The evaluation of an aggregate's body, in a frame whose inputs have been read."""

    def __init__(self, program: Program, frame: pl.DataFrame) -> None:
        self.program = program
        self.height = frame.height
        self.frame = frame
        self.steps = 0
        self.done = {}


def _dated(column: pl.Series, kind: str, name: str) -> list[pl.Series]:
    """Return what the distinct texts of a column mean; there are few of them in many rows."""
    texts = column.drop_nulls().unique().to_list()
    if kind == "time":
        return [_replaced(column, texts, [dates.minute_of_day(text) for text in texts], f"{name}.minute")]
    read = [dates.interval(text) or (None, None, None) for text in texts]
    parts = enumerate(("first", "last", "minute"))
    return [_replaced(column, texts, [each[at] for each in read], f"{name}.{part}") for at, part in parts]


def _replaced(column: pl.Series, old: list[str], new: list[int | None], name: str) -> pl.Series:
    if not old:
        return pl.Series(name, [None] * len(column), dtype=pl.Int32)
    replaced = column.replace_strict(old, pl.Series(new, dtype=pl.Int32), default=None, return_dtype=pl.Int32)
    return replaced.alias(name)


def _constant(value: object, kind: str) -> Column:
    if kind == "date":
        read = dates.interval(str(value)) if value is not None else None
        first, last, minute = read or (None, None, None)
        return (pl.lit(first, pl.Int32), pl.lit(last, pl.Int32), pl.lit(minute, pl.Int32))
    if kind == "time":
        return pl.lit(dates.minute_of_day(str(value)) if value is not None else None, pl.Int32)
    return pl.lit(value, {**_TYPES, "missing": pl.Null}[kind])


def _count(values: pl.Expr) -> pl.Expr:
    return values.count().cast(pl.Float64)


def _count_true(values: pl.Expr) -> pl.Expr:
    return values.fill_null(value=False).sum().cast(pl.Float64)


def _total(values: pl.Expr) -> pl.Expr:
    # From the first to the last, as the Python form adds; `sum` adds in another order and rounds otherwise.
    return finite(values.drop_nulls().cum_sum().last())


_GATHERED: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "any": lambda values: values.any(ignore_nulls=False),
    "all": lambda values: values.all(ignore_nulls=False),
    "sum": _total,
    "mean": lambda values: _total(values) / values.count(),
    "min": lambda values: values.min(),
    "max": lambda values: values.max(),
    "first": lambda values: values.first(),
    "last": lambda values: values.last(),
}
_OF_NO_ROWS: dict[str, object] = {"count": 0.0, "any": False, "all": True}
