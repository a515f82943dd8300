"""The functions of the language, as data: what they take, what they give, and the operation they become."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from triallink.engines.checks.core import DATE, NUMBER, TRUTH, Kind, Type
from triallink.engines.checks.units import DAY, MINUTE
from triallink.kernel.refusals import N_

LONGEST_MASK_STARS = 2


@dataclass(frozen=True)
class Function:
    """A function on single values.

    takes      the kind of each operand; the last repeats for functions of any number of operands.
    operation  the name in core.OPERATIONS.
    gives      None: a number in the unit of the first operand.
    fixed      positions that must be written as a fixed value.
    """

    operation: str
    takes: tuple[Kind, ...]
    gives: Type | None
    meaning: str
    fewest: int = 0
    is_open: bool = False
    fixed: frozenset[int] = frozenset()

    @property
    def least(self) -> int:
        return self.fewest or len(self.takes)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "abs": Function("abs", ("number",), None, N_("the number without its sign")),
        "round": Function(
            "round",
            ("number", "number"),
            None,
            N_("rounded to so many decimals, halves away from zero"),
            fewest=1,
            fixed=frozenset({1}),
        ),
        "floor": Function("floor", ("number",), None, N_("the largest whole number not above")),
        "ceiling": Function("ceiling", ("number",), None, N_("the smallest whole number not below")),
        "sqrt": Function("sqrt", ("number",), NUMBER, N_("the square root; missing for a negative number")),
        "ln": Function("ln", ("number",), NUMBER, N_("the natural logarithm; missing unless positive")),
        "exp": Function("exp", ("number",), NUMBER, N_("e to this power")),
        "power": Function(
            "power", ("number", "number"), NUMBER, N_("the first number to the second as power")
        ),
        "smallest": Function("smallest", ("number",), None, N_("the smallest"), fewest=2, is_open=True),
        "largest": Function("largest", ("number",), None, N_("the largest"), fewest=2, is_open=True),
        "length": Function("length", ("text",), NUMBER, N_("the number of characters")),
        "number": Function("to_number", ("text",), NUMBER, N_("the number a text shows")),
        "contains": Function(
            "contains", ("text", "text"), TRUTH, N_("whether the second text is in the first")
        ),
        "starts_with": Function(
            "starts_with", ("text", "text"), TRUTH, N_("whether the first text starts with the second")
        ),
        "ends_with": Function(
            "ends_with", ("text", "text"), TRUTH, N_("whether the first text ends with the second")
        ),
        "like": Function(
            "like",
            ("text", "text"),
            TRUTH,
            N_("whether the text fits a pattern: # a digit, @ a letter A–Z, ? any character, * anything"),
            fixed=frozenset({1}),
        ),
        "age": Function(
            "age", ("date", "date"), NUMBER, N_("completed years from the first date to the second")
        ),
        "days": Function(
            "days", ("date", "date"), Type("number", DAY), N_("days from the first date to the second")
        ),
        "minutes": Function(
            "minutes",
            ("date", "date"),
            Type("number", MINUTE),
            N_("minutes from the first instant to the second"),
        ),
        "is_complete": Function(
            "is_complete", ("date",), TRUTH, N_("whether day, month and year of a date are known")
        ),
        "year": Function("year", ("date",), NUMBER, N_("the year of a date")),
        "month": Function("month", ("date",), NUMBER, N_("the month of a date")),
        "add_days": Function("move_date", ("date", "number"), DATE, N_("the date so many days later")),
    }
)
# Written like functions, but read by the checker itself.
SPECIAL: Mapping[str, str] = MappingProxyType(
    {
        "date": N_("a fixed date: 2024-05-17, 2024-05, 2024 or 2024-05-17T08:30"),
        "time": N_("a fixed time: 08:30"),
        "today": N_("the day the check runs"),
        "coalesce": N_("the first value that is not missing"),
        "previous": N_("the value one repeat or one event earlier"),
        "first": N_("the value in the first row"),
        "last": N_("the value in the last row"),
        "count": N_("how many rows have a value, or meet a condition"),
        "sum": N_("the sum of the rows that have a value"),
        "mean": N_("the mean of the rows that have a value"),
        "min": N_("the smallest of the rows that have a value"),
        "max": N_("the largest of the rows that have a value"),
        "any": N_("whether a condition holds in at least one row"),
        "all": N_("whether a condition holds in every row"),
    }
)
