"""From text to syntax tree and back: `parse` and `printed`."""

import re
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError

from triallink.engines.checks import problems, syntax
from triallink.engines.checks.problems import ExpressionRefused, Problem
from triallink.engines.checks.syntax import Expression

LONGEST = 10_000
DEEPEST = 80

# From weakest to strongest: if, or, and, not, comparison, + -, * /, minus. `not` stands below the comparisons, so
# that `not X = 1` means `not (X = 1)`; in several of the field's systems it silently means `(not X) = 1`.
GRAMMAR = r"""
start: expression
?expression: "if"i expression "then"i expression "else"i expression -> choice
    | disjunction
?disjunction: conjunction | disjunction "or"i conjunction -> either
?conjunction: negation | conjunction "and"i negation -> both
?negation: comparison | "not"i negation -> negative
?comparison: sum
    | sum COMPARISON sum -> compare
    | sum "between"i sum "and"i sum -> between
    | sum "not"i "between"i sum "and"i sum -> not_between
    | sum "in"i "(" expression ("," expression)* ")" -> member
    | sum "not"i "in"i "(" expression ("," expression)* ")" -> not_member
    | sum "is"i "missing"i -> is_missing
    | sum "is"i "not"i "missing"i -> is_present
?sum: term | sum PLUS_MINUS term -> compute
?term: factor | term TIMES_OVER factor -> compute
?factor: atom | "-" factor -> minus
?atom: NUMBER -> number
    | NUMBER UNIT -> number
    | TEXT -> text
    | "true"i -> true
    | "false"i -> false
    | "missing"i -> missing
    | NAME "(" [expression ("," expression)*] ")" -> call
    | (NAME | QUOTED) ("." (NAME | QUOTED))* -> name
    | "(" expression ")"

COMPARISON: "<=" | ">=" | "!=" | "<>" | "=" | "<" | ">"
PLUS_MINUS: "+" | "-"
TIMES_OVER: "*" | "/"
NUMBER: /(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/
UNIT: "{" /[^{}"\n]{1,40}/ "}"
TEXT: /"(?:[^"]|"")*"/
NAME: /[^\W\d]\w*/
QUOTED: "[" /[^\[\]\n]{1,200}/ "]"
%ignore /[\s\u3000]+/
%ignore /#[^\n]*/
"""
KEYWORDS = frozenset(
    ["if", "then", "else", "or", "and", "not", "between", "in", "is", "missing", "true", "false"]
)
_PLAIN_NAME = re.compile(r"[^\W\d]\w*\Z")
# What people type in other languages, and what it is called here.
_FOREIGN = {
    "==": "=",
    "&&": "and",
    "||": "or",
    "!": "not",
    "&": "and",
    "|": "or",
    "'": '"',
    "“": '"',
    "”": '"',
    "（": "(",
    "）": ")",
    "，": ",",
    "＝": "=",
    "＜": "<",
    "＞": ">",
    "。": ".",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "×": "*",
    "÷": "/",
    "－": "-",
    "＋": "+",
}


@cache
def _grammar() -> Lark:
    return Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse(text: str) -> Expression:
    """Return the syntax tree of an expression.

    text     at most 10,000 characters, at most 80 levels deep.
    Returns  the tree; `printed` gives a text that parses to an equal tree.
    Raises   ExpressionRefused with the place of the problem and, where there is one, a suggestion.
    """
    if len(text) > LONGEST:
        raise _refused((LONGEST, len(text)), problems.TOO_LONG, limit=LONGEST)
    if not text.strip():
        raise _refused((0, len(text)), problems.EMPTY)
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise ExpressionRefused([_explained(text, error)]) from None
    try:
        built: Expression = _Builder().transform(tree)
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionRefused):
            raise error.orig_exc from None
        # The transformer wraps what happens inside of a rule, the end of the stack too.
        if not isinstance(error.orig_exc, RecursionError):
            raise
        raise _refused((0, len(text)), problems.TOO_DEEP, limit=DEEPEST) from None
    except RecursionError:
        raise _refused((0, len(text)), problems.TOO_DEEP, limit=DEEPEST) from None
    _require_shallow(built)
    return built


def _require_shallow(root: Expression) -> None:
    level = [root]
    for _ in range(DEEPEST):
        level = [part for node in level for part in syntax.parts_of(node)]
        if not level:
            return
    raise _refused(level[0].span, problems.TOO_DEEP, limit=DEEPEST)


def _explained(text: str, error: UnexpectedInput) -> Problem:
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        if text[at] == '"':
            return Problem((at, len(text)), problems.UNCLOSED)
        found = next((word for word in _FOREIGN if text.startswith(word, at)), text[at])
        return Problem(
            (at, at + len(found)), problems.BAD_CHARACTER, {"found": found}, _FOREIGN.get(found, "")
        )
    if isinstance(error, UnexpectedEOF) or (
        isinstance(error, UnexpectedToken) and error.token.type == "$END"
    ):
        return Problem((len(text.rstrip()), len(text)), problems.UNEXPECTED_END)
    assert isinstance(error, UnexpectedToken)
    token = error.token
    start = token.start_pos or 0
    span, found = (start, start + len(token)), str(token)
    if token.type == "COMPARISON":
        before = text[:start].rstrip()
        if found == "=" and before.endswith("="):
            return Problem((start - 1, start + 1), problems.UNEXPECTED, {"found": "=="}, "=")
        return Problem(span, problems.CHAINED)
    return Problem(span, problems.UNEXPECTED, {"found": found}, _FOREIGN.get(found, ""))


def _refused(span: syntax.Span, template: str, **params: object) -> ExpressionRefused:
    return ExpressionRefused([Problem(span, template, params)])


@v_args(meta=True)
class _Builder(Transformer[Token, Any]):
    """Turns lark's tree into ours, bottom up."""

    def start(self, _: Any, found: list[Any]) -> Expression:
        expression: Expression = found[0]
        return expression

    def number(self, meta: Any, found: list[Token]) -> Expression:
        span = _place(meta)
        if len(found[0]) > 40 or float(found[0]) > 1e300:
            raise _refused(span, problems.NUMBER_TOO_LARGE, found=str(found[0])[:40])
        unit = str(found[1])[1:-1].strip() if len(found) > 1 else ""
        return syntax.Number(str(found[0]), unit, span=span)

    def text(self, meta: Any, found: list[Token]) -> Expression:
        return syntax.Text(str(found[0])[1:-1].replace('""', '"'), span=_place(meta))

    def true(self, meta: Any, _: list[Token]) -> Expression:
        return syntax.Truth(True, span=_place(meta))

    def false(self, meta: Any, _: list[Token]) -> Expression:
        return syntax.Truth(False, span=_place(meta))

    def missing(self, meta: Any, _: list[Token]) -> Expression:
        return syntax.Truth(None, span=_place(meta))

    def name(self, meta: Any, found: list[Token]) -> Expression:
        parts = tuple(str(part)[1:-1].strip() if part.type == "QUOTED" else str(part) for part in found)
        return syntax.Name(parts, span=_place(meta))

    def call(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Call(str(found[0]).lower(), tuple(found[1:]), span=_place(meta))

    def minus(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Minus(found[0], span=_place(meta))

    def compute(self, meta: Any, found: list[Any]) -> Expression:
        left, operator, right = found
        return syntax.Compute(str(operator), left, right, span=_place(meta))  # type: ignore[arg-type]

    def compare(self, meta: Any, found: list[Any]) -> Expression:
        left, operator, right = found
        written = "!=" if operator == "<>" else str(operator)
        return syntax.Compare(written, left, right, span=_place(meta))  # type: ignore[arg-type]

    def both(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Logic("and", found[0], found[1], span=_place(meta))

    def either(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Logic("or", found[0], found[1], span=_place(meta))

    def negative(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Not(found[0], span=_place(meta))

    def between(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Between(found[0], found[1], found[2], span=_place(meta))

    def not_between(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Between(found[0], found[1], found[2], is_negated=True, span=_place(meta))

    def member(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Member(found[0], tuple(found[1:]), span=_place(meta))

    def not_member(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Member(found[0], tuple(found[1:]), is_negated=True, span=_place(meta))

    def is_missing(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.IsMissing(found[0], span=_place(meta))

    def is_present(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.IsMissing(found[0], is_negated=True, span=_place(meta))

    def choice(self, meta: Any, found: list[Any]) -> Expression:
        return syntax.Choice(found[0], found[1], found[2], span=_place(meta))


def _place(meta: Any) -> syntax.Span:
    return (meta.start_pos, meta.end_pos)


_CHOICE, _OR, _AND, _NOT, _COMPARISON, _SUM, _TERM, _FACTOR, _ATOM = range(9)
_ARITHMETIC = {"+": _SUM, "-": _SUM, "*": _TERM, "/": _TERM}


def printed(node: Expression) -> str:
    """Return an expression as text with no more brackets than needed.

    Returns  a text for which `parse(printed(node)) == node`.
    """
    return _printed(node, _CHOICE)


def _printed(node: Expression, at_least: int) -> str:
    strength, text = _written(node)
    return f"({text})" if strength < at_least else text


def _written(node: Expression) -> tuple[int, str]:
    match node:
        case syntax.Number(text, unit):
            return _ATOM, f"{text} {{{unit}}}" if unit else text
        case syntax.Text(value):
            return _ATOM, '"' + value.replace('"', '""') + '"'
        case syntax.Truth(value):
            return _ATOM, "missing" if value is None else str(value).lower()
        case syntax.Name(parts):
            return _ATOM, ".".join(map(_printed_part, parts))
        case syntax.Call(function, arguments):
            return _ATOM, f"{function}({_listed(arguments)})"
        case syntax.Minus(operand):
            return _FACTOR, f"-{_printed(operand, _FACTOR)}"
        case syntax.Compute(operator, left, right):
            strength = _ARITHMETIC[operator]
            return strength, f"{_printed(left, strength)} {operator} {_printed(right, strength + 1)}"
        case syntax.Compare(operator, left, right):
            return _COMPARISON, f"{_printed(left, _SUM)} {operator} {_printed(right, _SUM)}"
        case syntax.Between(operand, low, high, negated):
            ends = f"{_printed(low, _SUM)} and {_printed(high, _SUM)}"
            return _COMPARISON, f"{_printed(operand, _SUM)} {_unless(negated)}between {ends}"
        case syntax.Member(operand, options, negated):
            return _COMPARISON, f"{_printed(operand, _SUM)} {_unless(negated)}in ({_listed(options)})"
        case syntax.IsMissing(operand, negated):
            return _COMPARISON, f"{_printed(operand, _SUM)} is {_unless(negated)}missing"
        case syntax.Not(operand):
            return _NOT, f"not {_printed(operand, _NOT)}"
        case syntax.Logic(operator, left, right):
            strength = _AND if operator == "and" else _OR
            return strength, f"{_printed(left, strength)} {operator} {_printed(right, strength + 1)}"
        case syntax.Choice(condition, then, otherwise):
            texts = [_printed(part, _CHOICE) for part in (condition, then, otherwise)]
            return _CHOICE, "if {} then {} else {}".format(*texts)


def _listed(nodes: tuple[Expression, ...]) -> str:
    return ", ".join(_printed(node, _CHOICE) for node in nodes)


def _unless(negated: bool) -> str:
    return "not " if negated else ""


def _printed_part(part: str) -> str:
    is_plain = _PLAIN_NAME.match(part) and part.lower() not in KEYWORDS
    return part if is_plain else f"[{part}]"
