"""A program as a compiled Python function: `evaluator(program)(values)`.

The source is generated from the typed tree only; names in it are our own, texts of the study stand in it as Python
literals, and nothing of the expression's text does. It has no access to anything but the functions of `arithmetic`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from triallink.engines.checks import arithmetic, dates
from triallink.engines.checks.core import Aggregate, Const, Input, Node, Op, Program, below

Evaluator: TypeAlias = Callable[[Sequence[Any]], Any]

_INLINE = {
    "eq": "{} == {}",
    "ne": "{} != {}",
    "lt": "{} < {}",
    "le": "{} <= {}",
    "gt": "{} > {}",
    "ge": "{} >= {}",
    "same_text": "{} == {}",
    "other_text": "{} != {}",
    "same_truth": "{} is {}",
    "other_truth": "{} is not {}",
    "near_eq": "near({0}, {1})",
    "near_ne": "not near({0}, {1})",
    "near_lt": "{0} < {1} and not near({0}, {1})",
    "near_le": "{0} <= {1} or near({0}, {1})",
    "near_gt": "{0} > {1} and not near({0}, {1})",
    "near_ge": "{0} >= {1} or near({0}, {1})",
    "neg": "0.0 - {}",
}
_ARITHMETIC = {"add": "+", "sub": "-", "mul": "*"}
# name: (function, whether the operands change places, whether the answer is turned round)
_DATES = {
    "date_eq": ("is_same", False, False),
    "date_ne": ("is_same", False, True),
    "date_lt": ("is_before", False, False),
    "date_ge": ("is_before", False, True),
    "date_gt": ("is_before", True, False),
    "date_le": ("is_before", True, True),
}
_SCOPE: dict[str, object] = {
    "__builtins__": {},
    "zip": zip,
    "near": arithmetic.is_near,
    "interval": dates.interval,
    "minute_of_day": dates.minute_of_day,
    "is_same": dates.is_same,
    "is_before": dates.is_before,
    **{f"f_{name}": function for name, function in arithmetic.FUNCTIONS.items()},
    **{f"all_{name}": function for name, function in arithmetic.AGGREGATE_FUNCTIONS.items()},
}


def evaluator(program: Program) -> Evaluator:
    """Return the compiled form of a program.

    Returns  a function of one sequence with a value per reference of `program.inputs`: numbers as float, texts, dates
             and times as their text, True or False, None for missing, and a list of such for a series. It gives a
             value of the program's kind or None; a date is given as (first day, last day, minute), a time in minutes.
    """
    namespace = dict(_SCOPE)
    exec(compile(source_of(program), "<check>", "exec"), namespace)
    compiled: Evaluator = namespace["check"]  # type: ignore[assignment]
    return compiled


def source_of(program: Program) -> str:
    """Return the generated Python source, for tests and for whoever wants to see it."""
    return _Writer(program).written()


class _Writer:
    """Writes one function, statement by statement; every value computed gets a name of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[str] = []
        self.names = 0
        self.rows: dict[int, str] = {}
        # What has been computed on the way to the line being written, so that nothing is computed twice.
        self.known: dict[Node, str] = {}
        self.uses = Counter(below(program.root))

    def written(self) -> str:
        slots = range(len(self.program.inputs))
        if slots:
            self._line(0, f"{', '.join(f'v{slot}' for slot in slots)}, = values")
        for slot, reference in enumerate(self.program.inputs):
            if reference.mode != "series":
                self._line(0, self._read(f"v{slot}", f"v{slot}", reference.kind))
        result = self._value(self.program.root, 0)
        self._line(0, f"return {result}")
        return "def check(values):\n" + "\n".join(line for line in self.lines if line) + "\n"

    def _read(self, name: str, source: str, kind: str) -> str:
        """Return the statement that turns what is stored into what it means; a number that is none is missing."""
        if kind == "date":
            return f"{name} = None if {source} is None else interval({source})"
        if kind == "time":
            return f"{name} = None if {source} is None else minute_of_day({source})"
        if kind == "number":
            return f"{name} = {source} if {source} is None or -1.8e308 < {source} < 1.8e308 else None"
        return "" if name == source else f"{name} = {source}"

    def _value(self, node: Node, depth: int) -> str:
        if not isinstance(node, Op | Aggregate):
            return self._atom(node)
        name = self.known.get(node)
        if name is None:
            name = self.known[node] = self._computed(node, depth)
        return name

    def _inside(self, node: Node, depth: int) -> str:
        """Return the name of a value computed in a block that may be passed over."""
        before = dict(self.known)
        name = self._value(node, depth)
        self.known = before
        return name

    def _atom(self, node: Const | Input) -> str:
        match node:
            case Const(value, type_):
                if type_.kind == "date":
                    return repr(dates.interval(str(value))) if value is not None else "None"
                if type_.kind == "time":
                    return repr(dates.minute_of_day(str(value))) if value is not None else "None"
                return f"({value!r})" if isinstance(value, float) and value < 0 else repr(value)
            case Input(slot):
                return self.rows.get(slot, f"v{slot}")

    def _computed(self, node: Op | Aggregate, depth: int) -> str:
        match node:
            case Aggregate():
                return self._aggregate(node, depth)
            case Op("and" | "or" as name, (left, right)):
                return self._logic(name, left, right, depth)
            case Op("not", (operand,)):
                value = self._named(depth, self._value(operand, depth))
                return self._named(depth, f"None if {value} is None else not {value}")
            case Op("is_missing", (Const(value),)):
                return repr(value is None)
            case Op("is_missing", (operand,)):
                return self._named(depth, f"{self._value(operand, depth)} is None")
            case Op("if", (condition, then, otherwise)):
                return self._choice(condition, then, otherwise, depth)
            case Op("coalesce", operands):
                return self._coalesce(operands, depth)
            case Op(name, operands):
                return self._operation(name, [self._value(operand, depth) for operand in operands], depth)

    def _operation(self, name: str, values: list[str], depth: int) -> str:
        if name in _DATES:
            function, turned, negated = _DATES[name]
            a, b = reversed(values) if turned else values
            found = self._named(depth, f"{function}({a}, {b})")
            return self._named(depth, f"None if {found} is None else not {found}") if negated else found
        guard = _guard(values)
        if name in _ARITHMETIC:
            plain = f"{values[0]} {_ARITHMETIC[name]} {values[1]}"
            result = self._named(depth, f"None if {guard} else {plain}" if guard else plain)
            self._line(
                depth, f"if {result} is not None and not -1.8e308 < {result} < 1.8e308: {result} = None"
            )
            return result
        call = _INLINE[name].format(*values) if name in _INLINE else f"f_{name}({', '.join(values)})"
        return self._named(depth, f"None if {guard} else ({call})" if guard else f"({call})")

    def _logic(self, name: str, left: Node, right: Node, depth: int) -> str:
        # The right side is looked at only when the left does not settle the answer alone.
        settling = "False" if name == "and" else "True"
        result = self._own(self._value(left, depth), left, depth)
        self._line(depth, f"if {result} is not {settling}:")
        value = self._inside(right, depth + 1)
        if isinstance(right, Const):
            value = self._named(depth + 1, value)
        self._line(depth + 1, f"if {result} or {value} is False: {result} = {value}" if name == "and" else "")
        if name == "or":
            self._line(depth + 1, f"if {result} is False or {value}: {result} = {value}")
        return result

    def _own(self, name: str, node: Node, depth: int) -> str:
        """Return a name whose value may be changed: a value that is used again keeps its own."""
        if self.uses[node] > 1 or not isinstance(node, Op | Aggregate):
            return self._named(depth, name)
        return name

    def _choice(self, condition: Node, then: Node, otherwise: Node, depth: int) -> str:
        asked = self._named(depth, self._value(condition, depth))
        result = self._named(depth, "None")
        for answer, branch in (("True", then), ("False", otherwise)):
            self._line(depth, f"if {asked} is {answer}:")
            self._line(depth + 1, f"{result} = {self._inside(branch, depth + 1)}")
        return result

    def _coalesce(self, operands: tuple[Node, ...], depth: int) -> str:
        result = self._named(depth, self._value(operands[0], depth))
        for operand in operands[1:]:
            value = self._value(operand, depth)
            self._line(depth, f"if {result} is None: {result} = {value}")
        return result

    def _aggregate(self, node: Aggregate, depth: int) -> str:
        rows = self._named(depth, "[]")
        names = {slot: f"r{slot}" for slot in node.slots}
        self._line(
            depth,
            f"for {', '.join(names.values())}, in zip({', '.join(f'v{slot} or ()' for slot in names)}):",
        )
        for slot, name in names.items():
            self._line(depth + 1, self._read(name, name, self.program.inputs[slot].kind))
        self.rows = names
        value = self._inside(node.body, depth + 1)
        self.rows = {}
        self._line(depth + 1, f"{rows}.append({value})")
        return self._named(depth, f"all_{node.name}({rows})")

    def _named(self, depth: int, expression: str) -> str:
        self.names += 1
        self._line(depth, f"t{self.names} = {expression}")
        return f"t{self.names}"

    def _line(self, depth: int, statement: str) -> None:
        if statement:
            self.lines.append(" " * (depth + 1) + statement)


def _guard(values: list[str]) -> str:
    """Return the test whether an operand is missing; fixed values need none."""
    tested = [value for value in dict.fromkeys(values) if value[0] in "vtr" or value == "None"]
    return " or ".join(f"{value} is None" for value in tested)
