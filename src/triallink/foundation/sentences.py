"""Sentences for the reader: templates translated first, then filled in."""

import re
from typing import Any

from django.utils.translation import get_language, gettext

from triallink.kernel.refusals import Refusal


def reads_chinese() -> bool:
    """Return whether the present reader reads Chinese."""
    return (get_language() or "en").startswith("zh")


def bilingual(pair: Any) -> Any:
    """Return the reader's side of {"en": …, "zh": …}, or the other side if it is empty; other values as they are."""
    if not isinstance(pair, dict):
        return pair
    first, second = ("zh", "en") if reads_chinese() else ("en", "zh")
    return pair.get(first) or pair.get(second) or ""


def sentence(template: str, params: dict[str, Any] | None = None) -> str:
    """Return a marked template in the reader's language with its places filled in.

    A parameter that is itself a bilingual pair takes the reader's side.
    """
    if not params:
        return gettext(template)
    return gettext(template) % {key: bilingual(value) for key, value in params.items()}


def line_words(text: str) -> str:
    """Return a description in the reader's language: catalogue sentences (and names) joined by " · ".

    What a study's demand calls a line is stored as its sentence; what a person wrote stays as written.
    """
    return " · ".join(gettext(part) if part else "" for part in text.split(" · "))


def sentence_of(refusal: Refusal) -> str:
    """Return what a refusal says, in the reader's language."""
    return sentence(refusal.message, refusal.params)


def event_words(name: str) -> str:
    """Return the name of an event as English words: "BidSubmitted" is "Bid submitted"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).capitalize()
