"""What a search takes and gives, and what an index must be able to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Schema:
    """The fields of a collection.

    texts    name -> weight in the ranking; searched as words, in both languages.
    codes    fields of exact words, one or several per document; filtered and counted.
    numbers  fields of one number per document; filtered by range, sorted and counted in bands.
    """

    texts: Mapping[str, float]
    codes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """One thing that can be found. `shown` is what a list needs to show it, without asking the database."""

    key: str
    texts: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, float | None] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Filter:
    """Keep documents that carry any, or all, of some codes.

    counted  the field that is counted in its place, when it is another one (a city by its place).
    """

    field: str
    codes: tuple[str, ...]
    match_all: bool = False
    counted: str = ""


@dataclass(frozen=True)
class Range:
    """Keep documents whose number lies in [low, high]; a document without the number is not kept."""

    field: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Band:
    """Count documents whose number is at least `low` and below `high`."""

    name: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Query:
    """What is looked for.

    text        words in any mix of both languages; the last one may be unfinished.
    counts      codes to count, each as if its own "any" filter were not set.
    bands       number field -> bands to count, as if the field's own range were not set.
    sort        number field to order by; "" is by relevance. Documents without the number come last.
    """

    text: str = ""
    filters: tuple[Filter, ...] = ()
    ranges: tuple[Range, ...] = ()
    counts: tuple[str, ...] = ()
    bands: Mapping[str, tuple[Band, ...]] = field(default_factory=dict)
    sort: str = ""
    is_descending: bool = False
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True)
class Hit:
    """One document found."""

    key: str
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """The answer to a query.

    total       documents that match.
    is_partial  no document has all the words; these have some of them.
    counts      code field -> code -> number of documents, most frequent first.
    bands       number field -> band name -> number of documents.
    """

    hits: tuple[Hit, ...]
    total: int
    is_partial: bool
    counts: Mapping[str, Mapping[str, int]]
    bands: Mapping[str, Mapping[str, int]]


class Damaged(Exception):
    """The index is missing or cannot be read; it has to be built again."""


class SearchIndex(Protocol):
    """One collection's index: one writer at a time, any number of readers."""

    def find(self, query: Query) -> Found:
        """Answer a query. Raises Damaged if there is no readable index."""
        ...

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Build a new generation beside the present one, put it in its place and return its size."""
        ...

    def put(self, documents: Iterable[Document], gone: Iterable[str] = ()) -> None:
        """Replace documents by key and drop the gone ones. Raises Damaged if there is no readable index."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Wait for the one writer's place and hold it; documents are read inside, so that the last one wins."""
        ...


Documents = Iterator[Document]
