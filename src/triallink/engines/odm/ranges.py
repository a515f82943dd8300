"""Reference ranges of an item by sex, age and laboratory: which one holds for a subject, and how they travel in ODM.

ODM has no place for them, so they travel as one alias of the item; both versions carry it.
"""

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from triallink.engines.odm.model import Alias, Item, ReferenceRange, StudyVersion

CONTEXT = "triallink.ranges"
_NUMBERS = {"low": "low", "high": "high", "from": "from_years", "under": "under_years"}
_TEXTS = {"sex": "sex", "lab": "laboratory", "unit": "unit_oid"}
_ESCAPED = {"%": "%25", ";": "%3B", "|": "%7C", "=": "%3D"}


def range_for(
    item: Item, *, sex: str = "", age_years: Decimal | float | None = None, laboratory: str = ""
) -> ReferenceRange | None:
    """Return the reference range of an item that holds for a subject.

    sex         the code of the subject's sex; "" if unknown.
    age_years   age in years at the time of the sample, >= 0; None if unknown.
    laboratory  the OID of the laboratory; "" if unknown.
    Returns     of the ranges that fit, the one that says most: a laboratory's own before a general one, then one by
                sex, then one by age; the first of equals. A range that depends on what is unknown does not fit. None
                if no range fits.
    Raises      ValueError if the age is negative.
    """
    if age_years is not None and age_years < 0:
        raise ValueError(f"the age is {age_years}, it must not be negative")
    fitting = [found for found in item.ranges if _fits(found, sex, age_years, laboratory)]
    return max(fitting, key=_specificity, default=None)


def _fits(found: ReferenceRange, sex: str, age_years: Decimal | float | None, laboratory: str) -> bool:
    if found.sex and found.sex != sex:
        return False
    if found.laboratory and found.laboratory != laboratory:
        return False
    if found.from_years is None and found.under_years is None:
        return True
    if age_years is None:
        return False
    is_old_enough = found.from_years is None or age_years >= found.from_years
    return is_old_enough and (found.under_years is None or age_years < found.under_years)


def _specificity(found: ReferenceRange) -> tuple[bool, bool, bool]:
    has_age = found.from_years is not None or found.under_years is not None
    return bool(found.laboratory), bool(found.sex), has_age


def ranges_from_aliases(version: StudyVersion) -> StudyVersion:
    """Return a version with the ranges its items' aliases carry; an alias that cannot be read stays one."""
    return replace(version, items=tuple(_read(item) for item in version.items))


def ranges_to_aliases(version: StudyVersion) -> StudyVersion:
    """Return a version whose items carry their ranges as aliases, for writing."""
    return replace(version, items=tuple(_written(item) for item in version.items))


def _read(item: Item) -> Item:
    """The ranges are the last alias, as we write them; anything else of that name is left alone."""
    if item.ranges or not item.aliases or item.aliases[-1].context != CONTEXT:
        return item
    try:
        ranges = tuple(_parsed(part) for part in item.aliases[-1].name.split("|"))
    except (ValueError, InvalidOperation):
        return item
    read = replace(item, ranges=ranges, aliases=item.aliases[:-1])
    return read if _written(read) == item else item


def _written(item: Item) -> Item:
    if not item.ranges:
        return item
    name = "|".join(_printed(found) for found in item.ranges)
    return replace(item, aliases=(*item.aliases, Alias(CONTEXT, name)), ranges=())


def _printed(found: ReferenceRange) -> str:
    said = [(key, getattr(found, name)) for key, name in (*_NUMBERS.items(), *_TEXTS.items())]
    return ";".join(f"{key}={_escaped(str(value))}" for key, value in said if value not in (None, "")) or "-"


def _parsed(text: str) -> ReferenceRange:
    numbers: dict[str, Decimal] = {}
    texts: dict[str, str] = {}
    for part in text.split(";") if text != "-" else ():
        key, equals, value = part.partition("=")
        if key in _NUMBERS:
            numbers[_NUMBERS[key]] = _finite(value)
        elif key in _TEXTS and equals:
            texts[_TEXTS[key]] = _unescaped(value)
        else:
            raise ValueError(f"{key!r} is not part of a reference range")
    return ReferenceRange(**numbers, **texts)  # type: ignore[arg-type]


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a limit")
    return number


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(character, character) for character in text)


def _unescaped(text: str) -> str:
    for character, code in reversed(list(_ESCAPED.items())):
        text = text.replace(code, character)
    return text


def outside(value: Decimal | float, found: ReferenceRange) -> str:
    """Return "low" or "high" if a value is outside a range, "" if it is in it; a limit itself is inside.

    value  in the unit of the range.
    """
    if found.low is not None and value < found.low:
        return "low"
    return "high" if found.high is not None and value > found.high else ""
