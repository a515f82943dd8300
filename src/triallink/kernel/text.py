"""Which text can be kept: PostgreSQL holds no NUL, and half of a surrogate pair is no character of UTF-8."""

from collections.abc import Mapping, Sequence
from typing import Any

from triallink.kernel.refusals import N_, Invalid

LONGEST_PLACE = 80


class UnstorableText(Invalid):
    """Text from outside holds a character that cannot be kept."""

    code = "unstorable_text"
    message = N_("“%(place)s” holds a character that cannot be kept: NUL, or half of a surrogate pair.")


def is_storable(text: str) -> bool:
    """Return whether a text can be kept."""
    if "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def unstorable_place(value: Any, place: str) -> str | None:
    """Return where in plain values (of JSON or of a form) the first text that cannot be kept stands, or None.

    place  what the value itself is called.
    """
    # No recursion: what comes from outside may be nested as deeply as it likes.
    waiting = [(value, place)]
    while waiting:
        found, where = waiting.pop()
        if isinstance(found, str):
            if not is_storable(found):
                return where[:LONGEST_PLACE]
        elif isinstance(found, Mapping):
            for key, inner in found.items():
                if not is_storable(str(key)):
                    return where[:LONGEST_PLACE]
                waiting.append((inner, f"{where}.{key}" if where else str(key)))
        elif isinstance(found, Sequence) and not isinstance(found, bytes | bytearray):
            waiting.extend((inner, f"{where}[{number}]") for number, inner in enumerate(found))
    return None


def refuse_unstorable(value: Any, place: str) -> None:
    """Refuse UnstorableText if the value holds text that cannot be kept."""
    found = unstorable_place(value, place)
    if found is not None:
        raise UnstorableText(place=found)
