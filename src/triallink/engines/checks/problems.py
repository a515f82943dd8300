"""What is wrong with an expression: a place in its text, a sentence, and what was probably meant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from triallink.kernel.refusals import N_, Refusal

TOO_LONG = N_("The expression is longer than %(limit)s characters.")
TOO_DEEP = N_("The expression is nested more than %(limit)s levels deep.")
EMPTY = N_("The expression is empty.")
UNEXPECTED = N_("“%(found)s” is not expected here.")
UNEXPECTED_END = N_("The expression ends too early.")
BAD_CHARACTER = N_("The character “%(found)s” has no meaning here.")
UNCLOSED = N_("This text has no closing quotation mark.")
CHAINED = N_("Comparisons cannot be chained; write “X between 1 and 3”.")
NUMBER_TOO_LARGE = N_("The number %(found)s is too large.")
UNKNOWN_ITEM = N_("There is no item “%(found)s” in this study.")
AMBIGUOUS_ITEM = N_("“%(found)s” could be any of: %(choices)s. Put the form or event before it.")
EVENT_NEEDED = N_("“%(found)s” is not collected in the event of this check; put the event before it.")
SERIES_NEEDS_ONE = N_(
    "“%(found)s” repeats here; say which one is meant: first, last, previous, any, all, count …"
)
NOT_REPEATING = N_("“%(found)s” has one value here and does not repeat.")
MIXED_SERIES = N_("Items of different repeating groups cannot be read row by row together.")
NESTED_SERIES = N_("“%(found)s” cannot stand inside another function over repeats.")
UNKNOWN_FUNCTION = N_("There is no function “%(found)s”.")
ARGUMENT_COUNT = N_("“%(function)s” takes %(expected)s values; %(found)s are given.")
WRONG_TYPE = N_("%(expected)s is expected here, not %(found)s.")
NOT_COMPARABLE = N_("%(left)s cannot be compared with %(right)s.")
NO_ORDER = N_("%(found)s has no order; only = and != compare it.")
UNIT_MISMATCH = N_("The units %(left)s and %(right)s do not measure the same thing.")
NOT_IN_CODE_LIST = N_("“%(found)s” is not in the code list of “%(item)s”.")
BAD_DATE = N_("“%(found)s” is not a date such as 2024-05-17, 2024-05, 2024 or 2024-05-17T08:30.")
BAD_TIME = N_("“%(found)s” is not a time such as 08:30.")
BAD_MASK = N_("The pattern “%(found)s” may hold at most %(limit)s asterisks.")
LITERAL_NEEDED = N_("“%(function)s” needs a fixed value here, not a computed one.")
BRANCHES_DIFFER = N_("Both branches must give the same kind of value, not %(left)s and %(right)s.")
NOT_A_TRUTH = N_("A check must be true or false; this gives %(found)s.")

A_NUMBER = N_("a number")
A_TEXT = N_("a text")
A_DATE = N_("a date")
A_TIME = N_("a time")
A_TRUTH = N_("true or false")
NOTHING = N_("nothing but “missing”")


@dataclass(frozen=True)
class Problem:
    """One problem: the span of the text it is about (start, end), a message template and a suggestion.

    span        offsets in characters, end exclusive.
    suggestion  what was probably meant, ready to put in place of the span; empty if there is no guess.
    """

    span: tuple[int, int]
    message_template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    suggestion: str = ""

    def __str__(self) -> str:
        return f"{self.span[0]}: {self.message_template % dict(self.params)}"


class ExpressionRefused(Refusal):
    """The text is not an expression that can be used; `problems` say where and why."""

    code = "expression_refused"
    status = 422
    message = N_("This expression cannot be used; the first problem is at character %(position)s.")

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(position=self.problems[0].span[0] + 1)

    def __str__(self) -> str:
        return "; ".join(map(str, self.problems))


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return the choice most like a word that was not found, empty if none is like it."""
    by_fold = {choice.casefold(): choice for choice in choices}
    found = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""
