"""Texts in ASCII for formats that hold nothing else: a loss the sender must choose, never a default."""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

# What Unicode does not take apart but the field writes in ASCII.
_SIGNS = str.maketrans(
    {
        "µ": "u",
        "μ": "u",
        "°": " deg ",
        "≥": ">=",
        "≤": "<=",
        "×": "x",
        "–": "-",
        "—": "-",
        "…": "...",
        "±": "+/-",
    }
    | {"‘": "'", "’": "'", "“": '"', "”": '"', "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ł": "l"}
    | {"，": ", ", "。": ". ", "、": ", ", "：": ": ", "；": "; ", "（": " (", "）": ") "}
)


def to_ascii(text: str) -> str:
    """Return a text in ASCII: Chinese as pinyin without tones, accents dropped; what has no such form stays as it is."""
    spelled = " ".join(lazy_pinyin(text.translate(_SIGNS), style=Style.NORMAL)) if _has_han(text) else text
    plain = unicodedata.normalize("NFKD", spelled.translate(_SIGNS))
    spaced = " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())
    return re.sub(r" (?=[),.;:%])", "", spaced)


def _has_han(text: str) -> bool:
    return any("\u3400" <= sign <= "\u9fff" or "\U00020000" <= sign <= "\U0003ffff" for sign in text)
