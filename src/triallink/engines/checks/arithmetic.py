"""What each operation computes on plain Python values; None is missing and comes out where it goes in.

The compiled form inlines the frequent ones; these are the definitions, and what it calls for the rest. JavaScript
(`javascript.RUNTIME`) and columns (`columns`) state the same sums in the same order, so that all three agree to the
last bit, except for ln, exp and power, whose last digits depend on the machine's mathematical library.
"""

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from triallink.engines.checks import dates

# Two computed numbers closer than this, relative to the larger, are the same: 0.1 + 0.2 is 0.3 for a data manager.
CLOSE = 1e-12
_NUMBER_TEXT = re.compile(r"\s*[+-]?[0-9]{1,15}(\.[0-9]{1,15})?\s*\Z", re.ASCII)


def finite(value: float) -> float | None:
    """Return a number, or missing if it has overflowed."""
    return value if -math.inf < value < math.inf else None


def is_near(a: float, b: float) -> bool:
    """Say whether two computed numbers are the same."""
    return a == b or abs(a - b) <= CLOSE * max(abs(a), abs(b))


def rounded(value: float, digits: float) -> float | None:
    """Return a number rounded half away from zero.

    The scaled value is raised by a hair first, so that 1.005, which binary numbers cannot hold, gives 1.01.
    """
    scale = 10.0 ** abs(int(digits))
    scaled = abs(value) * scale if digits >= 0 else abs(value) / scale
    whole = float(math.floor(scaled * (1 + CLOSE) + 0.5)) if scaled < 1e300 else scaled
    result = whole / scale if digits >= 0 else whole * scale
    return finite(math.copysign(result, value) + 0.0)


def divided(a: float, b: float) -> float | None:
    """Return a quotient; missing when divided by zero."""
    return None if b == 0 else finite(a / b)


def square_root(value: float) -> float | None:
    """Return the square root; missing for a negative number."""
    return None if value < 0 else math.sqrt(value)


def logarithm(value: float) -> float | None:
    """Return the natural logarithm; missing unless the number is positive."""
    return math.log(value) if value > 0 else None


def exponential(value: float) -> float | None:
    """Return e to this power; missing when it overflows."""
    return math.exp(value) if value < 709 else None


def power(base: float, exponent: float) -> float | None:
    """Return a power; missing for a negative base, for zero to a power below one, and when it overflows."""
    if base < 0 and exponent != math.floor(exponent):
        return None
    if base == 0 and exponent < 0:
        return None
    try:
        return finite(math.pow(base, exponent))
    except OverflowError:
        return None


def to_number(text: str) -> float | None:
    """Return the number a text shows; missing if it shows none."""
    return float(text) if _NUMBER_TEXT.match(text) else None


@lru_cache(maxsize=1_024)
def mask_pattern(mask: str) -> str:
    """Return the regular expression of a mask: # a digit, @ a letter, ? any character, * anything."""
    signs = {"#": "[0-9]", "@": "[A-Za-z]", "?": "[\\s\\S]", "*": "[\\s\\S]*"}
    return "".join(signs.get(sign) or re.sub(r"([\\^$.|+(){}\[\]/])", r"\\\1", sign) for sign in mask)


@lru_cache(maxsize=1_024)
def _mask(mask: str) -> re.Pattern[str]:
    return re.compile(mask_pattern(mask))


def is_like(text: str, mask: str) -> bool:
    """Say whether a whole text fits a mask."""
    return _mask(mask).fullmatch(text) is not None


def any_of(values: Sequence[bool | None]) -> bool | None:
    """Return true if one is true; missing if none is and one is missing; false otherwise."""
    return True if True in values else None if None in values else False


def all_of(values: Sequence[bool | None]) -> bool | None:
    """Return false if one is false; missing if none is and one is missing; true otherwise."""
    return False if False in values else None if None in values else True


def total(values: Sequence[float | None]) -> float | None:
    """Return the sum of those present, from the first to the last; missing if there is none."""
    result: float | None = None
    for value in values:
        if value is not None:
            result = value if result is None else result + value
    return None if result is None else finite(result)


def mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of those present; missing if there is none."""
    found = total(values)
    return None if found is None else found / sum(value is not None for value in values)


def least(values: Sequence[float | None]) -> float | None:
    """Return the smallest of those present; missing if there is none."""
    return min((value for value in values if value is not None), default=None)


def most(values: Sequence[float | None]) -> float | None:
    """Return the largest of those present; missing if there is none."""
    return max((value for value in values if value is not None), default=None)


def count(values: Sequence[object]) -> float:
    """Return how many are present and not false."""
    return float(sum(value is not None and value is not False for value in values))


def first(values: Sequence[object]) -> object:
    """Return the value in the first row."""
    return values[0] if values else None


def last(values: Sequence[object]) -> object:
    """Return the value in the last row."""
    return values[-1] if values else None


AGGREGATE_FUNCTIONS: dict[str, Callable[..., object]] = {
    "any": any_of,
    "all": all_of,
    "sum": total,
    "mean": mean,
    "min": least,
    "max": most,
    "count": count,
    "first": first,
    "last": last,
}

# Called with operands that are present; those the compiled form writes in line are not here.
FUNCTIONS: dict[str, Callable[..., object]] = {
    "div": divided,
    "abs": abs,
    "floor": lambda value: float(math.floor(value)),
    "ceiling": lambda value: float(math.ceil(value)) + 0.0,
    "round": rounded,
    "sqrt": square_root,
    "ln": logarithm,
    "exp": exponential,
    "power": power,
    "smallest": min,
    "largest": max,
    "length": lambda text: float(len(text)),
    "to_number": to_number,
    "contains": lambda text, piece: piece in text,
    "starts_with": lambda text, start: text.startswith(start),
    "ends_with": lambda text, end: text.endswith(end),
    "like": is_like,
    "days": lambda start, end: dates.days_between(end, start),
    "minutes": dates.minutes_between,
    "age": dates.years_between,
    "is_complete": lambda a: a[0] == a[1],
    "year": dates.year_of,
    "month": dates.month_of,
    "move_date": dates.moved,
}
