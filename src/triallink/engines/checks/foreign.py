"""Expressions of other systems: kept word for word, put into our language where that is safe, never executed.

What can be translated is a subset of the scripting language several systems share with JavaScript (comparisons,
logic, arithmetic, `if … return`, variables assigned once), rule expressions with word operators (`eq`, `gt`, `ct`),
and the one form of XPath condition that names an item and its value. Missing values differ: in JavaScript
`null >= 0` is true; here it has no answer, so a translated range check stays silent on an empty field.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from triallink.engines.checks import syntax
from triallink.engines.checks.parser import LONGEST, parse, printed
from triallink.engines.checks.problems import ExpressionRefused
from triallink.engines.checks.syntax import Expression
from triallink.kernel.refusals import N_

Dialect = Literal["script", "rule", "xpath"]

NOT_AN_EXPRESSION = N_("This is a list or a setting, not an expression.")
NOT_IN_SUBSET = N_("“%(found)s” is not in the part of the language that can be translated.")
UNKNOWN_CALL = N_("“%(found)s” has no counterpart here.")
NO_ANSWER = N_("Not every way through the statements gives an answer.")
TOO_DIFFICULT = N_("The expression is too long or nested too deep.")

_GRAMMAR = r"""
start: statement+ | expression -> alone
?statement: "if" "(" expression ")" statement ["else" statement] -> branch
    | "{" statement* "}" -> block
    | "return" expression ";" -> answer
    | "var" NAME "=" expression ";" -> variable
    | ";" -> nothing
?expression: either | either "?" expression ":" expression -> choice
?either: both | either "||" both -> logic_or
?both: equality | both "&&" equality -> logic_and
?equality: relation | equality EQUALITY relation -> compare
?relation: sum | relation RELATION sum -> compare
?sum: term | sum PLUS_MINUS term -> compute
?term: factor | term TIMES_OVER factor -> compute
?factor: postfix | "!" factor -> negative | "-" factor -> minus
?postfix: atom | postfix "." NAME "(" [expression ("," expression)*] ")" -> method
?atom: NUMBER -> number | TEXT -> text | "null" -> null | "true" -> true | "false" -> false
    | NAME "(" [expression ("," expression)*] ")" -> call
    | NAME -> path
    | "(" expression ")"
EQUALITY: "===" | "!==" | "==" | "!="
RELATION: "<=" | ">=" | "<" | ">"
PLUS_MINUS: "+" | "-"
TIMES_OVER: "*" | "/"
NUMBER: /[0-9]+(\.[0-9]+)?/
TEXT: /"[^"\n]*"|'[^'\n]*'/
NAME: /[A-Za-z_$]\w*(\.[A-Za-z_$]\w*(?!\w*\s*\())*/
%ignore /\s+/
%ignore /\/\/[^\n]*/
%ignore /\/\*[\s\S]*?\*\//
"""
_XPATH = re.compile(
    r"(?:\.\./)?(?:ItemGroupData\[@ItemGroupOID='([^']+)'\]/)?ItemData\[@ItemOID='([^']+)'\]\[@Value='([^']*)'\]\Z"
)
_WORD_OPERATORS = {
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "lt": "<",
    "gte": ">=",
    "lte": "<=",
    "and": "&&",
    "or": "||",
}
_RULE_TOKEN = re.compile(r'"[^"]*"|\[\d+\]|[A-Za-z_]\w*')
_LIST = re.compile(r"[A-Z]\d+(,[A-Z]\d+)*\Z|[\w*]+(,[\w*]+)*\Z")
_FORMAT = "__format"


@dataclass(frozen=True)
class Foreign:
    """An expression of another system.

    original     as it was found, to the letter.
    translation  the same in our language; empty if there is none.
    reason       why there is none, as a message template, with its parameters.
    """

    original: str
    dialect: Dialect
    translation: str = ""
    reason: str = ""
    params: tuple[tuple[str, str], ...] = ()

    @property
    def is_translated(self) -> bool:
        return bool(self.translation)


def translated(original: str, dialect: Dialect) -> Foreign:
    """Return an expression of another system with its translation or the reason why there is none.

    original  any text; it is read, never executed.
    dialect   script: JavaScript-like; rule: with word operators; xpath: an ODM condition in XPath.
    """
    found = Foreign(original, dialect)
    if len(original) > LONGEST:
        return replace(found, reason=TOO_DIFFICULT)
    try:
        tree = _from_xpath(original) if dialect == "xpath" else _from_script(original, dialect)
        text = printed(tree)
        parse(text)
    except _Untranslatable as why:
        return replace(found, reason=why.template, params=tuple(why.params.items()))
    except (ExpressionRefused, RecursionError):
        return replace(found, reason=TOO_DIFFICULT)
    return replace(found, translation=text)


class _Untranslatable(Exception):
    def __init__(self, template: str, **params: str) -> None:
        self.template = template
        self.params = params
        super().__init__(template)


@cache
def _grammar() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


def _from_xpath(original: str) -> Expression:
    found = _XPATH.match(original.strip())
    if not found:
        raise _Untranslatable(NOT_IN_SUBSET, found=original.strip()[:40])
    group, item, value = found.groups()
    return syntax.Compare("=", syntax.Name((group, item) if group else (item,)), syntax.Text(value))


def _from_script(original: str, dialect: Dialect) -> Expression:
    text = original.strip()
    if not text or (_LIST.match(text) and not re.search(r"[a-z]", text)):
        raise _Untranslatable(NOT_AN_EXPRESSION)
    if dialect == "rule":
        text = _RULE_TOKEN.sub(_rule_token, text)
    try:
        tree = _grammar().parse(text)
        statements = _Script().transform(tree)
    except UnexpectedInput as error:
        at = getattr(error, "pos_in_stream", None) or 0
        raise _Untranslatable(NOT_IN_SUBSET, found=text[at : at + 20].split("\n")[0] or text[-20:]) from None
    except VisitError as error:
        if isinstance(error.orig_exc, _Untranslatable):
            raise error.orig_exc from None
        raise
    answer = _answer(statements, {})
    if answer is None:
        raise _Untranslatable(NO_ANSWER)
    return answer


def _rule_token(found: re.Match[str]) -> str:
    token = found[0]
    return "" if token.startswith("[") else _WORD_OPERATORS.get(token, token)


@dataclass(frozen=True)
class _If:
    condition: Expression
    then: Any
    otherwise: Any


@dataclass(frozen=True)
class _Return:
    value: Expression


@dataclass(frozen=True)
class _Assign:
    name: str
    value: Expression


def _answer(statements: list[Any], known: dict[str, Expression]) -> Expression | None:
    """Return what a run through the statements answers; None if it comes to the end without an answer."""
    if not statements:
        return None
    first, *rest = statements
    match first:
        case list():
            return _answer([*first, *rest], known)
        case _Return(value):
            return _replaced(value, known)
        case _Assign(name, value):
            if name in known:
                raise _Untranslatable(NOT_IN_SUBSET, found=f"{name} =")
            return _answer(rest, {**known, name: _replaced(value, known)})
        case _If(condition, then, otherwise):
            yes = _answer([then, *rest], known)
            no = _answer([otherwise, *rest] if otherwise is not None else rest, known)
            if yes is None or no is None:
                raise _Untranslatable(NO_ANSWER)
            return _chosen(_replaced(condition, known), yes, no)
    raise _Untranslatable(NO_ANSWER)


def _chosen(condition: Expression, yes: Expression, no: Expression) -> Expression:
    match yes, no:
        case syntax.Truth(True), syntax.Truth(False):
            return condition
        case syntax.Truth(False), syntax.Truth(True):
            return syntax.Not(condition)
    return syntax.Choice(condition, yes, no)


def _replaced(node: Expression, known: dict[str, Expression]) -> Expression:
    """Put what variables stand for in their place."""
    if isinstance(node, syntax.Name):
        return known.get(node.parts[0], node) if len(node.parts) == 1 else node
    if not syntax.parts_of(node):
        return node
    changes: dict[str, Any] = {}
    for name in node.__slots__:
        value = getattr(node, name)
        if isinstance(value, tuple) and name in ("options", "arguments"):
            changes[name] = tuple(_replaced(each, known) for each in value)
        elif name != "span" and not isinstance(value, str | bool | tuple):
            changes[name] = _replaced(value, known)
    return replace(node, **changes)


_CALLS = {"today": "today", "Number": "number"}
_MATHEMATICS = {
    "abs": "abs",
    "round": "round",
    "floor": "floor",
    "ceil": "ceiling",
    "sqrt": "sqrt",
    "pow": "power",
}
_PREFIXES = {"$FIRST": "first", "$LAST": "last", "$PREV": "previous"}
_COMPARISONS = {"==": "=", "===": "=", "!=": "!=", "!==": "!="}


@v_args(inline=True)
class _Script(Transformer[Token, Any]):
    """Turns the script's tree into statements with expressions of ours."""

    def start(self, *statements: Any) -> list[Any]:
        return list(statements)

    def alone(self, value: Expression) -> list[Any]:
        return [_Return(value)]

    def branch(self, condition: Expression, then: Any, otherwise: Any = None) -> _If:
        return _If(condition, then, otherwise)

    def block(self, *statements: Any) -> list[Any]:
        return list(statements)

    def answer(self, value: Expression) -> _Return:
        return _Return(value)

    def variable(self, name: Token, value: Expression) -> _Assign:
        return _Assign(str(name), value)

    def nothing(self) -> list[Any]:
        return []

    def choice(self, condition: Expression, then: Expression, otherwise: Expression) -> Expression:
        return _chosen(condition, then, otherwise)

    def logic_or(self, left: Expression, right: Expression) -> Expression:
        return syntax.Logic("or", left, right)

    def logic_and(self, left: Expression, right: Expression) -> Expression:
        return syntax.Logic("and", left, right)

    def compare(self, left: Expression, operator: Token, right: Expression) -> Expression:
        written: Any = _COMPARISONS.get(str(operator), str(operator))
        for one, other in ((left, right), (right, left)):
            if other == syntax.Truth(None):
                if written not in ("=", "!="):
                    raise _Untranslatable(NOT_IN_SUBSET, found=f"{operator} null")
                return syntax.IsMissing(one, is_negated=written == "!=")
            if isinstance(one, syntax.Name) and one.parts[-1].endswith(_FORMAT):
                return _is_complete(one, written, other)
        return syntax.Compare(written, left, right)

    def compute(self, left: Expression, operator: Token, right: Expression) -> Expression:
        return syntax.Compute(str(operator), left, right)  # type: ignore[arg-type]

    def negative(self, operand: Expression) -> Expression:
        return syntax.Not(operand)

    def minus(self, operand: Expression) -> Expression:
        return syntax.Minus(operand)

    def number(self, text: Token) -> Expression:
        return syntax.Number(str(text))

    def text(self, text: Token) -> Expression:
        return syntax.Text(str(text)[1:-1])

    def null(self) -> Expression:
        return syntax.Truth(None)

    def true(self) -> Expression:
        return syntax.Truth(True)

    def false(self) -> Expression:
        return syntax.Truth(False)

    def call(self, name: Token, *arguments: Expression | None) -> Expression:
        function = _CALLS.get(str(name))
        if function is None:
            raise _Untranslatable(UNKNOWN_CALL, found=f"{name}()")
        return syntax.Call(function, tuple(each for each in arguments if each is not None))

    def method(self, subject: Expression, name: Token, *arguments: Expression | None) -> Expression:
        given = [each for each in arguments if each is not None]
        if subject == syntax.Name(("Math",)) and str(name) in _MATHEMATICS:
            return syntax.Call(_MATHEMATICS[str(name)], tuple(given))
        match str(name), given:
            case "toString", []:
                return subject
            case "getFullYear", []:
                return syntax.Call("year", (subject,))
            case "getMonth", []:
                return syntax.Compute("-", syntax.Call("month", (subject,)), syntax.Number("1"))
            case "contains", [syntax.Number(text)]:
                return syntax.Call("contains", (subject, syntax.Text(text)))
            case (("contains" | "startsWith" | "endsWith" as method), [argument]):
                function = {"startsWith": "starts_with", "endsWith": "ends_with"}.get(method, method)
                return syntax.Call(function, (subject, argument))
        raise _Untranslatable(UNKNOWN_CALL, found=f".{name}()")

    def path(self, text: Token) -> Expression:
        parts = tuple(str(text).split("."))
        if parts[0] == "$THIS":
            return syntax.Name(parts[1:])
        if parts[0] in _PREFIXES:
            return syntax.Call(_PREFIXES[parts[0]], (syntax.Name(parts[1:]),))
        return syntax.Name(parts)


def _is_complete(name: syntax.Name, operator: str, other: Expression) -> Expression:
    """Read `DATE__format == 0`, the other system's way of asking whether day and month are known."""
    if not isinstance(other, syntax.Number) or other.text != "0" or operator not in ("=", "!="):
        raise _Untranslatable(UNKNOWN_CALL, found=name.parts[-1])
    date = syntax.Name((*name.parts[:-1], name.parts[-1].removesuffix(_FORMAT)))
    asked: Expression = syntax.Call("is_complete", (date,))
    return asked if operator == "=" else syntax.Not(asked)
