"""From text to words, the same way for what is stored and for what is asked, in English and Chinese.

English is lower-cased, stripped of accents and stemmed by the index's analyzer. Chinese has no spaces: jieba cuts it
into words. Every pair of neighbouring characters is stored besides, so that a name jieba does not know, or cuts
differently inside a longer text, is still found.
"""

import logging
import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import jieba
from django.conf import settings

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
_IS_HAN = re.compile(rf"[{HAN}]")
# The stemmer leaves "CRAs" alone, because a vowel stands right before the s.
_PLURAL_ACRONYM = re.compile(r"\b([A-Z]{2,})s\b")
_LOADING = threading.Lock()
_TERMS = Path(__file__).with_name("terms_zh.txt")

# Words that say nothing about what is looked for; an "and" search must not insist on them.
SILENT = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "who",
        "that",
        "near",
    ]
) | frozenset(["的", "了", "和", "与", "及", "在", "或", "有", "是", "等", "为"])


@dataclass(frozen=True)
class Word:
    """One asked word: as typed, and for a Chinese word its pairs of characters."""

    text: str
    pairs: tuple[str, ...] = ()
    is_chinese: bool = False


def stored_words(text: str) -> str:
    """Return the text with its Chinese cut into words and pairs, ready for the index's analyzer."""
    text = _folded(text)
    if not _IS_HAN.search(text):
        return text
    return _RUNS.sub(lambda run: f" {_stored_run(run.group())} ", text)


def asked_words(text: str) -> list[Word]:
    """Return the words of a query, without silent ones unless there are no others."""
    words: list[Word] = []
    for run in _RUNS.findall(_folded(text)):
        if not _IS_HAN.match(run):
            words.append(Word(run.lower()))
        else:
            words.extend(Word(cut, _pairs(cut), True) for cut in _cut(run))
    telling = [word for word in words if word.text not in SILENT]
    return list(dict.fromkeys(telling or words))


def _folded(text: str) -> str:
    return _PLURAL_ACRONYM.sub(r"\1", unicodedata.normalize("NFKC", text))


def warm() -> None:
    """Load the Chinese dictionary now, in a thread, so that the first Chinese query need not wait half a second."""
    threading.Thread(target=_dictionary, name="dictionary", daemon=True).start()


@lru_cache(maxsize=20_000)
def _stored_run(run: str) -> str:
    if not _IS_HAN.match(run):
        return run
    return " ".join(dict.fromkeys([*_dictionary().cut_for_search(run), *_pairs(run)]))


@lru_cache(maxsize=2_000)
def _cut(run: str) -> tuple[str, ...]:
    return tuple(_dictionary().cut(run))


def _pairs(run: str) -> tuple[str, ...]:
    return tuple(run[i : i + 2] for i in range(len(run) - 1))


def _dictionary() -> jieba.Tokenizer:
    with _LOADING:  # whoever comes while it is being loaded waits instead of loading it again
        return _loaded()


@cache
def _loaded() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    dictionary = jieba.Tokenizer()
    # Its cache is unmarshalled when read, so it must not lie in the machine's shared folder.
    settings.SEARCH_DIR.mkdir(parents=True, exist_ok=True)
    dictionary.tmp_dir = str(settings.SEARCH_DIR)
    for term in _TERMS.read_text("utf-8").split():
        dictionary.add_word(term)
    dictionary.initialize()
    return dictionary
