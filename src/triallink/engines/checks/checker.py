"""From syntax tree to typed tree: names found, kinds and units agreed, everything else refused with its place."""

import math
from collections.abc import Mapping
from typing import NoReturn

from triallink.engines.checks import dates, problems, references, syntax
from triallink.engines.checks.core import (
    AGGREGATES,
    ANY_NUMBER,
    DATE,
    MISSING,
    NUMBER,
    TEXT,
    TIME,
    TRUTH,
    Aggregate,
    Const,
    Input,
    Kind,
    Node,
    Op,
    Program,
    Reference,
    Type,
    below,
)
from triallink.engines.checks.functions import FUNCTIONS, LONGEST_MASK_STARS, SPECIAL, Function
from triallink.engines.checks.parser import parse, printed
from triallink.engines.checks.problems import ExpressionRefused, Problem, nearest
from triallink.engines.checks.schema import Home, Schema
from triallink.engines.checks.syntax import Expression
from triallink.engines.checks.units import DAY, PLAIN, Unit, unit

_KIND_WORDS: dict[Kind, str] = {
    "number": problems.A_NUMBER,
    "text": problems.A_TEXT,
    "date": problems.A_DATE,
    "time": problems.A_TIME,
    "truth": problems.A_TRUTH,
    "missing": problems.NOTHING,
}
_NUMBER_COMPARISONS = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_OF_SAME_KIND = frozenset({"first", "last", "sum", "mean", "min", "max"})


ANYWHERE = Home()


def bind(
    source: str | Expression, schema: Schema, home: Home = ANYWHERE, *, as_check: bool = False
) -> Program:
    """Return the program of an expression: what it reads and what it computes.

    source    the text, or a tree `parse` has made.
    home      where it stands; in a schema of one form with one group it need not be given.
    as_check  refuse what is not true or false.
    Raises    ExpressionRefused with the place, the sentence and a suggestion.
    """
    tree = parse(source) if isinstance(source, str) else source
    if not home.form and len(schema.forms) == 1:
        form = schema.forms[0]
        home = Home(form.name, form.groups[0].name if len(form.groups) == 1 else "", home.event)
    binder = _Binder(schema, home)
    root = binder.node(tree)
    if as_check and root.type.kind not in ("truth", "missing"):
        params = {"found": _KIND_WORDS[root.type.kind]}
        raise ExpressionRefused([Problem(tree.span, problems.NOT_A_TRUTH, params)])
    text = source if isinstance(source, str) else printed(tree)
    return Program(text=text, inputs=tuple(binder.slots), root=root)


class _Binder:
    """Binds one expression; slots are numbered in the order references are first met."""

    def __init__(self, schema: Schema, home: Home) -> None:
        self.schema = schema
        self.home = home
        self.slots: dict[Reference, int] = {}
        self.series: list[int] | None = None

    def node(self, tree: Expression) -> Node:
        match tree:
            case syntax.Number(text, unit_name):
                return Const(float(text), Type("number", unit(unit_name)) if unit_name else ANY_NUMBER)
            case syntax.Text(value):
                return Const(value, TEXT)
            case syntax.Truth(value):
                return Const(value, MISSING if value is None else TRUTH)
            case syntax.Name():
                return self._item(tree)
            case syntax.Not(operand):
                return Op("not", (self._of(operand, "truth"),), TRUTH)
            case syntax.Minus(operand):
                number = self._of(operand, "number")
                if isinstance(number, Const) and isinstance(number.value, float):
                    return Const(-number.value, number.type)
                return Op("neg", (number,), number.type)
            case syntax.Logic(operator, left, right):
                return Op(operator, (self._of(left, "truth"), self._of(right, "truth")), TRUTH)
            case syntax.Compare(operator, left, right):
                return self._compare(operator, tree, left, right)
            case syntax.Compute(operator, left, right):
                return self._compute(operator, tree, left, right)
            case syntax.Between(operand, low, high, negated):
                ends = (self._compare(">=", tree, operand, low), self._compare("<=", tree, operand, high))
                return _negated(Op("and", ends, TRUTH), negated)
            case syntax.Member(operand, options, negated):
                found = self._compare("=", tree, operand, options[0])
                for option in options[1:]:
                    found = Op("or", (found, self._compare("=", tree, operand, option)), TRUTH)
                return _negated(found, negated)
            case syntax.IsMissing(operand, negated):
                return _negated(Op("is_missing", (self.node(operand),), TRUTH), negated)
            case syntax.Choice(condition, then, otherwise):
                branches = self._alike([then, otherwise])
                return Op("if", (self._of(condition, "truth"), *branches), _joined(branches))
            case syntax.Call():
                return self._call(tree)

    # Items

    def _item(self, tree: syntax.Name) -> Node:
        found = references.find(tree, self.schema, self.home)
        if found.is_series and self.series is None:
            params = {"found": printed(tree)}
            raise _refused(tree, problems.SERIES_NEEDS_ONE, params, f"first({printed(tree)})")
        if not found.is_series:
            return self._input(found.reference("one"), found.place.item.unit)
        node = self._input(found.reference("series"), found.place.item.unit)
        assert self.series is not None
        self.series.append(node.slot)
        return node

    def _input(self, reference: Reference, unit_name: str = "") -> Input:
        slot = self.slots.setdefault(reference, len(self.slots))
        kind = reference.kind
        return Input(slot, Type("number", unit(unit_name)) if kind == "number" else Type(kind))

    # Comparisons and arithmetic

    def _compare(
        self, operator: str, tree: Expression, left_tree: Expression, right_tree: Expression
    ) -> Node:
        left, right = self.node(left_tree), self.node(right_tree)
        self._require_code(left_tree, right_tree)
        self._require_code(right_tree, left_tree)
        left, right = _as_code(left, right), _as_code(right, left)
        left, right = _dated(left, right), _dated(right, left)
        kinds = {left.type.kind, right.type.kind} - {"missing"}
        if len(kinds) > 1:
            words = {"left": _word(left.type), "right": _word(right.type)}
            raise _refused(tree, problems.NOT_COMPARABLE, words)
        if not kinds:
            return Const(None, MISSING)
        kind = kinds.pop()
        if kind in ("text", "truth"):
            if operator not in ("=", "!="):
                raise _refused(tree, problems.NO_ORDER, {"found": _KIND_WORDS[kind]})
            names = {"text": ("same_text", "other_text"), "truth": ("same_truth", "other_truth")}[kind]
            return Op(names[operator == "!="], (left, right), TRUTH)
        name = _NUMBER_COMPARISONS[operator]
        if kind == "date":
            return Op(f"date_{name}", (left, right), TRUTH)
        if kind == "number":
            right = self._converted(right, left.type, tree)
            if left.type.is_computed or right.type.is_computed:
                name = f"near_{name}"
        return Op(name, (left, right), TRUTH)

    def _compute(
        self, operator: str, tree: Expression, left_tree: Expression, right_tree: Expression
    ) -> Node:
        left, right = self.node(left_tree), self.node(right_tree)
        left, right = _dated(left, right), _dated(right, left)
        kinds = (left.type.kind, right.type.kind)
        if operator == "-" and kinds == ("date", "date"):
            return Op("days", (right, left), Type("number", DAY))
        if operator in ("+", "-") and kinds == ("date", "number"):
            days = self._converted(right, Type("number", DAY), tree)
            return Op("move_date", (left, Op("neg", (days,), days.type) if operator == "-" else days), DATE)
        if operator == "+" and kinds == ("number", "date"):
            return Op("move_date", (right, self._converted(left, Type("number", DAY), tree)), DATE)
        for node, part in ((left, left_tree), (right, right_tree)):
            if node.type.kind not in ("number", "missing"):
                self._wrong(part, "number", node.type)
        if operator in ("+", "-"):
            right = self._converted(right, left.type, tree)
            result = left.type.unit if left.type.unit is not None else right.type.unit
        else:
            result = _scaled_unit(operator, left.type.unit, right.type.unit)
        return Op(_ARITHMETIC[operator], (left, right), Type("number", result, is_computed=True))

    def _converted(self, node: Node, to: Type, tree: Expression) -> Node:
        have, want = node.type.unit, to.unit
        if have is None or want is None or have == want or node.type.kind != "number":
            return node
        # A plain number from an item without a unit stands for the unit it is compared with.
        if (have.is_plain and have.name == "") or (want.is_plain and want.name == ""):
            return node
        if not have.measures_like(want):
            raise _refused(tree, problems.UNIT_MISMATCH, {"left": want.name, "right": have.name})
        factor, offset = have.conversion_to(want)
        if factor == 1 and offset == 0:
            return node
        if isinstance(node, Const) and isinstance(node.value, float):
            return Const(node.value * factor + offset, Type("number", want, is_computed=True))
        scaled: Node = Op("mul", (node, Const(factor, ANY_NUMBER)), Type("number", want, is_computed=True))
        return Op("add", (scaled, Const(offset, ANY_NUMBER)), scaled.type) if offset else scaled

    def _require_code(self, tree: Expression, other: Expression) -> None:
        """Refuse a text that the code list of the item beside it does not have."""
        if not isinstance(tree, syntax.Name) or not isinstance(other, syntax.Text | syntax.Number):
            return
        item = references.find(tree, self.schema, self.home).place.item
        value = other.value if isinstance(other, syntax.Text) else other.text
        if item.codes and item.kind == "text" and value not in item.codes:
            guess = nearest(value, item.codes)
            suggestion = '"' + guess.replace('"', '""') + '"' if guess else ""
            params = {"found": value, "item": item.name}
            raise _refused(other, problems.NOT_IN_CODE_LIST, params, suggestion)

    # Functions

    def _call(self, tree: syntax.Call) -> Node:
        name, arguments = tree.function, tree.arguments
        if name in AGGREGATES:
            return self._aggregate(tree)
        match name, arguments:
            case (("date" | "time"), (syntax.Text(value),)):
                return self._fixed_date(name, value, arguments[0])
            case "today", ():
                return self._input(Reference("", "", "", "today", "date", "today"))
            case "previous", (syntax.Name() as item,):
                return self._previous(item)
            case "coalesce", (_, *_):
                values = self._alike(list(arguments))
                return Op("coalesce", tuple(values), _joined(values))
        if name in SPECIAL:
            self._wrong_count(tree, "0" if name == "today" else "1")
        function = FUNCTIONS.get(name)
        if function is None:
            guess = nearest(name, (*FUNCTIONS, *SPECIAL))
            span = (tree.span[0], tree.span[0] + len(name))
            raise ExpressionRefused([Problem(span, problems.UNKNOWN_FUNCTION, {"found": name}, guess)])
        return self._apply(tree, function)

    def _apply(self, tree: syntax.Call, function: Function) -> Node:
        given = len(tree.arguments)
        most = 1_000 if function.is_open else len(function.takes)
        if not function.least <= given <= most:
            at_least = str(function.least) if function.least == most else f"{function.least}–{most}"
            self._wrong_count(tree, f"{function.least}…" if function.is_open else at_least)
        operands: list[Node] = []
        for position, argument in enumerate(tree.arguments):
            node = self._of(argument, function.takes[min(position, len(function.takes) - 1)])
            if function.is_open and operands:
                node = self._converted(node, operands[0].type, tree)
            if position in function.fixed and not isinstance(node, Const):
                raise _refused(argument, problems.LITERAL_NEEDED, {"function": tree.function})
            operands.append(node)
        if tree.function == "like" and str(operands[1].value).count("*") > LONGEST_MASK_STARS:  # type: ignore[union-attr]
            params = {"found": str(operands[1].value), "limit": LONGEST_MASK_STARS}  # type: ignore[union-attr]
            raise _refused(tree.arguments[1], problems.BAD_MASK, params)
        result = function.gives or _joined(operands)
        if result.kind == "number" and tree.function not in (
            "length",
            "number",
            "year",
            "month",
            "age",
            "days",
        ):
            result = result.as_computed()
        if function.operation == "round":
            digits = operands[1].value if len(operands) > 1 else 0.0  # type: ignore[union-attr]
            whole = int(max(-12, min(12, digits))) if isinstance(digits, float) else 0
            operands[1:] = [Const(float(whole), NUMBER)]
        return Op(function.operation, tuple(operands), result)

    def _aggregate(self, tree: syntax.Call) -> Node:
        if self.series is not None:
            raise _refused(tree, problems.NESTED_SERIES, {"found": tree.function})
        if len(tree.arguments) != 1:
            self._wrong_count(tree, "1")
        self.series = []
        try:
            body = self.node(tree.arguments[0])
            slots = tuple(dict.fromkeys(self.series))
        finally:
            self.series = None
        if not slots:
            raise _refused(tree, problems.NOT_REPEATING, {"found": printed(tree.arguments[0])})
        references_read = [reference for reference, slot in self.slots.items() if slot in slots]
        if len({(each.event, each.form, each.group) for each in references_read}) > 1:
            raise _refused(tree, problems.MIXED_SERIES)
        if tree.function in ("any", "all") and body.type.kind not in ("truth", "missing"):
            self._wrong(tree.arguments[0], "truth", body.type)
        if tree.function in ("sum", "mean") and body.type.kind not in ("number", "missing"):
            self._wrong(tree.arguments[0], "number", body.type)
        if tree.function in ("min", "max") and body.type.kind not in ("number", "time", "missing"):
            self._wrong(tree.arguments[0], "number", body.type)
        result = TRUTH if tree.function in ("any", "all") else NUMBER
        if tree.function in _OF_SAME_KIND:
            result = body.type.as_computed() if tree.function in ("sum", "mean") else body.type
        return Aggregate(tree.function, body, slots, result)

    def _previous(self, item: syntax.Name) -> Node:
        found = references.find(item, self.schema, self.home)
        if not found.is_repeat_of_home:
            raise _refused(item, problems.NOT_REPEATING, {"found": printed(item)})
        return self._input(found.reference("previous"), found.place.item.unit)

    def _fixed_date(self, name: str, value: str, tree: Expression) -> Node:
        if name == "date" and dates.interval(value) is None:
            raise _refused(tree, problems.BAD_DATE, {"found": value})
        if name == "time" and dates.minute_of_day(value) is None:
            raise _refused(tree, problems.BAD_TIME, {"found": value})
        return Const(value, DATE if name == "date" else TIME)

    # Kinds

    def _of(self, tree: Expression, kind: Kind) -> Node:
        node = self.node(tree)
        if kind == "date" and isinstance(node, Const) and node.type.kind == "text":
            node = _dated(node, Const(None, DATE))
        if node.type.kind not in (kind, "missing"):
            self._wrong(tree, kind, node.type)
        return node

    def _alike(self, trees: list[Expression]) -> list[Node]:
        nodes = [self.node(tree) for tree in trees]
        for other, tree in zip(nodes[1:], trees[1:], strict=True):
            kinds = {nodes[0].type.kind, other.type.kind} - {"missing"}
            if len(kinds) > 1:
                words = {"left": _word(nodes[0].type), "right": _word(other.type)}
                raise _refused(tree, problems.BRANCHES_DIFFER, words)
        return [nodes[0], *(self._converted(node, nodes[0].type, trees[0]) for node in nodes[1:])]

    def _wrong(self, tree: Expression, expected: Kind, found: Type) -> NoReturn:
        words = {"expected": _KIND_WORDS[expected], "found": _word(found)}
        raise _refused(tree, problems.WRONG_TYPE, words)

    def _wrong_count(self, tree: syntax.Call, expected: str) -> NoReturn:
        params = {"function": tree.function, "expected": expected, "found": len(tree.arguments)}
        raise _refused(tree, problems.ARGUMENT_COUNT, params)


def _negated(node: Node, negated: bool) -> Node:
    return Op("not", (node,), TRUTH) if negated else node


def _joined(nodes: list[Node]) -> Type:
    """Return the type of a value that is one of several."""
    known = [node.type for node in nodes if node.type.kind != "missing"]
    if not known:
        return MISSING
    united = next((each for each in known if each.unit is not None), known[0])
    return united.as_computed() if any(each.is_computed for each in known) else united


def _as_code(node: Node, other: Node) -> Node:
    """Turn a whole number beside a text into its digits: codes such as 1 and 2 are texts."""
    if other.type.kind != "text" or not isinstance(node, Const) or not isinstance(node.value, float):
        return node
    return Const(str(int(node.value)), TEXT) if node.value == math.floor(node.value) else node


def _dated(node: Node, other: Node) -> Node:
    """Turn a fixed text beside a date or time into one."""
    if isinstance(node, Const) and node.type.kind == "text" and isinstance(node.value, str):
        if other.type.kind == "date" and dates.interval(node.value) is not None:
            return Const(node.value, DATE)
        if other.type.kind == "time" and dates.minute_of_day(node.value) is not None:
            return Const(node.value, TIME)
    return node


def _scaled_unit(operator: str, left: Unit | None, right: Unit | None) -> Unit | None:
    if left is None and right is None:
        return None
    a, b = left or PLAIN, right or PLAIN
    if b.is_plain and b.factor == 1:
        return a
    return a * b if operator == "*" else a / b


def _word(found: Type) -> str:
    return _KIND_WORDS[found.kind]


def _refused(
    tree: Expression, template: str, params: Mapping[str, object] | None = None, suggestion: str = ""
) -> ExpressionRefused:
    return ExpressionRefused([Problem(tree.span, template, params or {}, suggestion)])


def reads(program: Program, slot: int) -> bool:
    """Say whether a program's result can depend on one of its inputs."""
    return any(isinstance(node, Input) and node.slot == slot for node in below(program.root))
