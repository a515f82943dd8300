"""Patterns, beginnings, ends, parts and lengths of texts.

Patterns are Python's: the rules are written for them (look-ahead, `\\d` of every script), so each different text is
tried once with `re` and the answers are spread over the rows.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Literal

import polars as pl

from triallink.engines.conformance.operators.comparison import Operator, constant, is_empty
from triallink.engines.conformance.operators.membership import among
from triallink.engines.conformance.rules import Condition, RuleMalformed
from triallink.engines.conformance.view import Each, Operand, Same, View, as_text, text_of

Part = Literal["", "prefix", "suffix"]


def _pattern(text: Any) -> re.Pattern[str]:
    try:
        return re.compile(str(text))
    except re.error as error:
        raise RuleMalformed(f"the pattern {text!r} is not valid: {error}") from None


def part_of(series: pl.Series, part: Part, condition: Condition) -> pl.Series:
    """Return the first or last characters of texts, as many as the condition says."""
    texts = as_text(series)
    if not part:
        return texts
    # Several published rules give the number as `prefix` whatever the operator's name.
    length = condition.whole(condition.options.get(part) or condition.options.get("prefix") or 0)
    return texts.str.slice(0, length) if part == "prefix" else texts.str.tail(length)


def matches(*, part: Part = "", wanted: bool = True) -> Operator:
    """Return the operator that tries a pattern; a missing value neither matches nor fails to."""

    def match(view: View, condition: Condition) -> pl.Series:
        series = view.series(condition.name)
        pattern = _pattern(condition.value)
        attempt = pattern.search if part else pattern.match
        texts = part_of(series, part, condition).alias(series.name)
        length = condition.options.get(part or "prefix")
        key = ("pattern", pattern.pattern, part, length)
        found = view.verdicts(texts, lambda text: attempt(text) is not None, key)
        return (found == wanted).fill_null(value=False)

    return match


def begins(*, at_end: bool) -> Operator:
    """Return the operator that says where a text starts, or ends, with another."""

    def test(view: View, condition: Condition) -> pl.Series:
        texts = as_text(view.series(condition.name))
        operand = view.operand(condition.value, literal=condition.is_literal)
        if isinstance(operand, Same) and not operand.is_list:
            word = text_of(operand.value)
            answer = texts.str.ends_with(word) if at_end else texts.str.starts_with(word)
            return answer.fill_null(value=False)
        words = _words(view, operand)
        key = ("begins", at_end, words)
        edge = str.endswith if at_end else str.startswith
        return view.verdicts(texts, lambda text: edge(text, words), key).fill_null(value=False)

    return test


def _words(view: View, operand: Operand) -> tuple[str, ...]:
    if isinstance(operand, Same):
        return tuple(text_of(each) for each in operand.value if each is not None)
    series = operand.series.explode() if operand.is_list else operand.series
    return tuple(as_text(series).unique().drop_nulls())


def part_equal(part: Part, *, wanted: bool) -> Operator:
    """Return the operator that says where a beginning or end equals a text."""

    def test(view: View, condition: Condition) -> pl.Series:
        piece = part_of(view.series(condition.name), part, condition)
        # DOMAIN as a comparator means the domain being checked, also where it is no column.
        if condition.value == "DOMAIN" and view.find("DOMAIN") is None:
            operand: Operand = Same(view.prefix)
        else:
            operand = view.operand(condition.value, literal=condition.is_literal)
        same = (piece == as_text(view.spread(operand))).fill_null(value=False)
        return same if wanted else ~same

    return test


def part_among(part: Part, *, wanted: bool) -> Operator:
    """Return the operator that says where a beginning or end is one of several."""

    def test(view: View, condition: Condition) -> pl.Series:
        piece = part_of(view.series(condition.name), part, condition)
        operand = view.operand(condition.value, literal=condition.is_literal)
        inside = among(view, Each(piece), operand)
        return inside if wanted else ~inside

    return test


def string_part(*, wanted: bool) -> Operator:
    """Return the operator that compares a variable with what a pattern takes out of another."""

    def test(view: View, condition: Condition) -> pl.Series:
        pattern = _pattern(condition.options.get("regex"))
        operand = view.operand(condition.value, literal=condition.is_literal)
        whole = as_text(view.spread(operand))
        different = whole.unique().drop_nulls()
        taken = pl.Series([_first(pattern, text) for text in different], dtype=pl.String)
        pieces = whole.replace_strict(different, taken, default=None, return_dtype=pl.String)
        same = (as_text(view.series(condition.name)) == pieces).fill_null(value=False)
        return same if wanted else ~same

    return test


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    if found is None:
        return None
    return found[1] if pattern.groups else found[0]


def length(compare: Callable[[pl.Series, pl.Series], pl.Series], *, missing: bool) -> Operator:
    """Return the operator that compares the length of a text with a number or with the length of another.

    missing  the answer for a row without the text.
    """

    def test(view: View, condition: Condition) -> pl.Series:
        sizes = as_text(view.series(condition.name)).str.len_chars().cast(pl.Float64)
        operand = view.operand(condition.value, literal=condition.is_literal)
        if isinstance(operand, Same):
            other = pl.Series([_size(operand.value)], dtype=pl.Float64).new_from_index(0, view.height)
        elif operand.series.dtype.is_numeric():
            other = operand.series.cast(pl.Float64)
        else:
            other = as_text(operand.series).str.len_chars().cast(pl.Float64)
        return compare(sizes, other).fill_null(value=missing)

    return test


def _size(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None if value is None else float(len(str(value)))


def parts_of_equal_length(*, wanted: bool) -> Operator:
    """Return the operator that says where both sides of a separator are equally long."""

    def test(view: View, condition: Condition) -> pl.Series:
        separator = str(condition.options.get("separator") or "/")

        def equal(text: str) -> bool:
            parts = text.split(separator)
            return len(parts) == 1 or (len(parts) == 2 and len(parts[0]) == len(parts[1]))

        texts = as_text(view.series(condition.name))
        answer = view.verdicts(texts, equal, ("parts", separator)).fill_null(value=True)
        return answer if wanted else ~answer

    return test


_SMALL = frozenset(
    {
        "a",
        "an",
        "and",
        "as",
        "at",
        "but",
        "by",
        "en",
        "for",
        "if",
        "in",
        "nor",
        "of",
        "on",
        "or",
        "per",
        "the",
        "to",
    }
    | {"v", "via", "vs", "with", "from", "into", "over", "onto"}
)


def _title(text: str) -> bool:
    words = text.split()
    for place, word in enumerate(words):
        bare = word.strip("()[]{},.;:\"'")
        if not bare or not bare[0].isalpha():
            continue
        inner = 0 < place < len(words) - 1
        if inner and bare.lower() in _SMALL:
            if bare != bare.lower():
                return False
        elif bare[0].islower() and not any(letter.isupper() for letter in bare[1:]):
            return False
    return True


def title_case(*, wanted: bool) -> Operator:
    """Return the operator that says where the words of a label are capitalized as in a title."""

    def test(view: View, condition: Condition) -> pl.Series:
        texts = as_text(view.series(condition.name))
        answer = view.verdicts(texts, _title, ("title",)).fill_null(value=True)
        return answer if wanted else ~answer

    return test


def inconsistent_enumeration(view: View, condition: Condition) -> pl.Series:
    """Return where a numbered variable has a value though the one before it has none: TSVAL2 without TSVAL1."""
    name = view.written_out(condition.name)
    numbered = [column for column in view.names if re.fullmatch(rf"{re.escape(name)}\d*", column)]
    numbered.sort(key=lambda column: (len(column), column))
    wrong = constant(view, value=False)
    for before, after in pairwise(numbered):
        gap = is_empty(view, Each(view.frame[before])) & ~is_empty(view, Each(view.frame[after]))
        wrong = wrong | gap
    return wrong
