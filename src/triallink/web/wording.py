"""Words of closed lists in the reader's language."""

from collections.abc import Mapping

from django.utils.translation import gettext


def choices_of(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a closed list as choices of a form."""
    return [(code, gettext(label)) for code, label in words.items()]


def word(words: Mapping[str, str], code: str) -> str:
    """Return the reader's word for a code; a code outside the list stands for itself."""
    return gettext(words[code]) if code in words else code
