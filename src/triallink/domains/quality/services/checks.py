"""What every declaration must satisfy."""

from collections.abc import Collection, Iterable

from triallink.domains.quality.errors import CodeUnknown, NumberOutOfRange


def known(values: Iterable[str], choices: Collection[str], field: str) -> list[str]:
    """Return the codes without repeats; refuse CodeUnknown for one outside the list."""
    codes = list(dict.fromkeys(values))
    for code in codes:
        if code not in choices:
            raise CodeUnknown(field=field, value=code)
    return codes


def in_range(value: int | None, low: int, high: int, field: str) -> int | None:
    """Return the number; refuse NumberOutOfRange outside its limits. None is "not stated"."""
    if value is not None and not low <= value <= high:
        raise NumberOutOfRange(field=field, low=low, high=high)
    return value
