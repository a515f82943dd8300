"""Reads the R calls in the published assertions: literals, vectors, arithmetic and named arguments, nothing else."""

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtri

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?)|(?P<text>\"[^\"]*\")|(?P<quoted>`[^`]*`)"
    r"|(?P<name>[A-Za-z.][\w.]*(?:::+[\w.]+)?)|(?P<sign>%\*%|[-+*/^:(),=\[\]$]))"
)
_CONSTANTS: dict[str, Any] = {
    "TRUE": True,
    "FALSE": False,
    "NA": math.nan,
    "NA_real_": math.nan,
    "Inf": math.inf,
    "NULL": None,
}


@dataclass(frozen=True)
class Call:
    """A function of the R package with its arguments; positional ones are named 0, 1, …"""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


class UnknownR(ValueError):
    """The text is not in the small language the assertions are written in."""


def read(text: str, references: dict[str, str]) -> Any:
    """Return the value of an R expression; calls of the package itself become `Call`.

    Raises  UnknownR if it holds something else.
    """
    try:
        return _Reader(text, references).whole()
    except (TypeError, ValueError, IndexError) as reason:
        raise UnknownR(str(reason)) from reason


class _Reader:
    def __init__(self, text: str, references: dict[str, str]) -> None:
        self.references = references
        self.tokens: list[tuple[str, str]] = []
        at = 0
        text = text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise UnknownR(text[at : at + 40])
            self.tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            at = match.end()
        self.at = 0

    def whole(self) -> Any:
        value = self.sum()
        if self.at < len(self.tokens):
            raise UnknownR(f"{self.tokens[self.at :][:3]}")
        return value

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, sign: str) -> bool:
        if self.peek() == sign:
            self.at += 1
            return True
        return False

    def sum(self) -> Any:
        value = self.product()
        while self.peek() in ("+", "-"):
            sign, self.at = self.peek(), self.at + 1
            right = self.product()
            value = value + right if sign == "+" else value - right
        return value

    def product(self) -> Any:
        value = self.range()
        while self.peek() in ("*", "/"):
            sign, self.at = self.peek(), self.at + 1
            right = self.range()
            value = value * right if sign == "*" else value / right
        return value

    def range(self) -> Any:
        value = self.unary()
        if self.take(":"):
            last = self.unary()
            return np.arange(value, last + 1, dtype=float)
        return value

    def unary(self) -> Any:
        if self.take("-"):
            return -self.unary()
        return self.power()

    def power(self) -> Any:
        value = self.atom()
        return value ** self.unary() if self.take("^") else value

    def atom(self) -> Any:
        if self.at >= len(self.tokens):
            raise UnknownR("the text ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return float(text.rstrip("L"))
        if kind == "text":
            return text.strip('"')
        if text == "(":
            value = self.sum()
            if not self.take(")"):
                raise UnknownR("a parenthesis is not closed")
            return value
        if kind in ("name", "quoted"):
            name = text.strip("`")
            if self.take("("):
                return _apply(name, self.arguments())
            if name in _CONSTANTS:
                return _CONSTANTS[name]
            if name in self.references:
                return read(self.references[name], self.references)
            raise UnknownR(name)
        raise UnknownR(text)

    def arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self.take(")"):
            kind, text = self.tokens[self.at]
            named = (
                kind in ("name", "quoted")
                and self.at + 1 < len(self.tokens)
                and self.tokens[self.at + 1][1] == "="
            )
            if named:
                self.at += 2
                found[text.strip("`")] = self.sum()
            else:
                found[str(sum(key.isdigit() for key in found))] = self.sum()
            if not self.take(",") and self.peek() != ")":
                raise UnknownR(f"after an argument: {self.peek()}")
        return found


def _apply(name: str, arguments: dict[str, Any]) -> Any:
    values = list(arguments.values())
    if name == "c":
        return (
            np.concatenate([np.atleast_1d(np.asarray(each, dtype=float)) for each in values])
            if values
            else np.array([])
        )
    if name == "list":
        return arguments
    if name == "seq":
        start, stop, step = (
            arguments.get(key, arguments.get(str(k))) for k, key in enumerate(("from", "to", "by"))
        )
        return start + step * np.arange(math.floor((stop - start) / step + 1e-9) + 1)
    if name == "rep":
        return np.repeat(np.atleast_1d(values[0]), int(values[1]))
    if name in ("log", "sqrt", "exp"):
        return getattr(np, name)(values[0])
    if name == "qnorm":
        return ndtri(values[0])
    return Call(name.split(":")[-1], arguments)
