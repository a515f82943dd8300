"""Rounding as SAS does it: half away from zero, forgiving what binary numbers cannot hold."""

import math

# 2.675 is stored as 2.67499999999999982; SAS rounds a number that is this near to a half (relative) as if it were one.
_FUZZ = 2.0**-42
# Of large numbers a share of this size would be more than what binary numbers lose.
_MOST_FUZZ = 1e-3


def sas_round(value: float, digits: int = 0) -> float:
    """Return a number rounded to decimal digits as the ROUND function of SAS does.

    value    any number; NaN and infinities come back as they are.
    digits   after the decimal point; negative ones round tens, hundreds, …
    Source   SAS 9.4 Functions and CALL Routines, ROUND ("fuzzing"): halves go away from zero.
    """
    if not math.isfinite(value):
        return value
    scaled = abs(value) * 10.0**digits
    if scaled >= 2.0**52:
        # There is nothing behind the decimal digits asked for.
        return value
    whole = math.floor(scaled + 0.5 + min(_FUZZ * max(1.0, scaled), _MOST_FUZZ))
    return math.copysign(whole / 10.0**digits if digits >= 0 else whole * 10.0**-digits, value)


def fixed(value: float, digits: int, missing: str = "") -> str:
    """Return a number as a table prints it: rounded as SAS does, with all its digits and never "-0"."""
    if not math.isfinite(value):
        return missing
    text = f"{sas_round(value, digits):.{max(digits, 0)}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def p_text(p_value: float, digits: int = 4) -> str:
    """Return a p-value as a table prints it: "<.0001" below what the digits can show.

    Raises  ValueError for a number outside of 0 to 1.
    """
    if math.isnan(p_value):
        return ""
    if not 0 <= p_value <= 1:
        raise ValueError(f"{p_value} is no p-value")
    least = 10.0**-digits
    return f"<{least:.{digits}f}".replace("<0", "<") if p_value < least else fixed(p_value, digits)
