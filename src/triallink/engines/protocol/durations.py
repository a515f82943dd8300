"""ISO 8601 durations as seconds."""

import re
from decimal import Decimal

_DURATION = re.compile(
    r"^(?P<sign>[+-]?)P(?=[\d.T])(?:(?P<Y>\d+(?:[.,]\d+)?)Y)?(?:(?P<Mo>\d+(?:[.,]\d+)?)M)?(?:(?P<W>\d+(?:[.,]\d+)?)W)?"
    r"(?:(?P<D>\d+(?:[.,]\d+)?)D)?(?:T(?=\d)(?:(?P<H>\d+(?:[.,]\d+)?)H)?(?:(?P<M>\d+(?:[.,]\d+)?)M)?(?:(?P<S>\d+(?:[.,]\d+)?)S)?)?$",
    re.ASCII,
)
# A year counts 365 days and a month 30: the nominal lengths protocol schedules are written in.
_SECONDS = {"Y": 31_536_000, "Mo": 2_592_000, "W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
_MAXIMUM_SECONDS = 200 * _SECONDS["Y"]


def duration_seconds(text: str) -> int:
    """Return an ISO 8601 duration in seconds, rounded to the second.

    text     such as P2W, P1DT12H, PT90M, -P3D; decimals allowed; a year is 365 days, a month 30.
    Returns  seconds, negative with a leading minus.
    Raises   ValueError if the text is not a duration or exceeds 200 years.
    Source   ISO 8601-1:2019, 5.5.2; the sign is the common extension also used by USDM tools.
    """
    match = _DURATION.match(text.strip().upper()) if len(text) <= 60 else None
    if not match:
        raise ValueError(f"not an ISO 8601 duration: {text[:60]!r}")
    parts = {unit: match[unit] for unit in _SECONDS if match[unit]}
    total = sum(Decimal(number.replace(",", ".")) * _SECONDS[unit] for unit, number in parts.items())
    if total > _MAXIMUM_SECONDS:
        raise ValueError(f"longer than 200 years: {text!r}")
    return -round(total) if match["sign"] == "-" else round(total)
