"""A search of the directory: read from an address, an API call or the command line, and turned into a query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from triallink.domains.marketplace.directory.facets import CODES, HOURLY_BANDS, LEASTS, SORTS
from triallink.domains.marketplace.directory.schema import price_field
from triallink.foundation.search import Band, Filter, Query, Range

PAGE_SIZE = 20
MAX_TEXT = 200
MAX_CHOICES = 20
# tantivy keeps offset + limit documents in order; nobody turns to page 500, and a crawler should not.
LAST_RESULT = 10_000
# A band reaches up to and including its upper limit, as the filter it stands for does.
HALF_FEN = 0.005


@dataclass(frozen=True)
class DirectorySearch:
    """What somebody looks for in one part of the directory.

    choices  facet -> chosen codes.
    leasts   facet -> least number.
    price    lowest and highest price in major units, None is open.
    """

    kind: str
    text: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leasts: Mapping[str, float] = field(default_factory=dict)
    price: tuple[float | None, float | None] = (None, None)
    sort: str = ""
    page: int = 1
    page_size: int = PAGE_SIZE

    @staticmethod
    def of(kind: str, asked: Mapping[str, Sequence[str]]) -> "DirectorySearch":
        """Return the search that an address asks for; what it does not understand, it leaves out."""
        choices = {
            facet.name: tuple(dict.fromkeys(value for value in asked[facet.name] if value))[:MAX_CHOICES]
            for facet in CODES[kind]
            if any(asked.get(facet.name, ()))
        }
        leasts = {
            facet.name: number
            for facet in LEASTS[kind]
            if (number := _number(_first(asked, facet.name))) is not None
        }
        sort = _first(asked, "sort")
        search = DirectorySearch(
            kind=kind,
            text=_first(asked, "q").replace("\x00", "").strip()[:MAX_TEXT],
            choices=choices,
            leasts=leasts,
            price=_span(_first(asked, "price")),
            sort=sort if sort in SORTS[kind] else "",
            page=min(max(1, int(_number(_first(asked, "page")) or 1)), LAST_RESULT // PAGE_SIZE),
        )
        if search.price_number is None:  # prices of different services cannot be compared
            search = replace(search, price=(None, None), sort="" if search.sort == "price" else search.sort)
        return search

    @property
    def service(self) -> str:
        """Return the one service chosen, or "" if it is none or several."""
        services = self.choices.get("service", ())
        return services[0] if len(services) == 1 else ""

    @property
    def price_number(self) -> str | None:
        """Return the number field that holds the price, or None where there is no one price to compare."""
        if self.kind == "talent":
            return "price"
        return price_field(self.service) if self.kind == "supplier" and self.service else None

    def query(self, price_steps: Sequence[float] = ()) -> Query:
        """Return the query of the index, counting every facet.

        price_steps  limits between the price bands that are counted.
        """
        bands = {facet.name: facet.bands for facet in LEASTS[self.kind]}
        if self.price_number and price_steps:
            bands[self.price_number] = tuple(price_bands(price_steps))
        sort = self.sort.removeprefix("-")
        sort_field = (self.price_number or "") if sort == "price" else sort
        if not sort_field and not self.text:
            sort_field = "standing"
        return Query(
            text=self.text,
            filters=self._filters(),
            ranges=self._ranges(),
            counts=tuple(facet.counted_field for facet in CODES[self.kind]),
            bands=bands,
            sort=sort_field,
            is_descending=self.sort.startswith("-") or sort_field == "standing",
            offset=(self.page - 1) * self.page_size,
            limit=self.page_size,
        )

    def plain_query(self, limit: int) -> Query:
        """Return the query of all matches up to a limit, in the same order, counting nothing."""
        return replace(self.query(), counts=(), bands={}, offset=0, limit=limit)

    def _filters(self) -> tuple[Filter, ...]:
        chosen = [
            Filter(facet.index_field, self.choices[facet.name], facet.needs_all, facet.counted_field)
            for facet in CODES[self.kind]
            if facet.name in self.choices
        ]
        return (Filter("kind", (self.kind,)), *chosen)

    def _ranges(self) -> tuple[Range, ...]:
        ranges = [Range(name, low=least) for name, least in self.leasts.items()]
        low, high = self.price
        if self.price_number and (low is not None or high is not None):
            ranges.append(Range(self.price_number, low, high))
        return tuple(ranges)


def price_bands(steps: Sequence[float]) -> list[Band]:
    """Return the bands below, between and above some limits; a band's name is how an address asks for it."""
    edges = [None, *sorted(set(steps)), None]
    return [
        Band(f"{_plain(low)}-{_plain(high)}", low, None if high is None else high + HALF_FEN)
        for low, high in pairwise(edges)
    ]


def hourly_steps() -> tuple[float, ...]:
    """Return the limits between the bands of hourly prices."""
    return HOURLY_BANDS


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def _first(asked: Mapping[str, Sequence[str]], name: str) -> str:
    values = asked.get(name, ())
    return values[0] if values else ""


def _number(text: str) -> float | None:
    """Return a plain number of at most twelve characters; anything else is nothing."""
    whole, _, part = text.partition(".")
    is_plain = text.isascii() and len(text) <= 12 and whole.isdigit() and (part.isdigit() or "." not in text)
    return float(text) if is_plain else None


def _span(text: str) -> tuple[float | None, float | None]:
    low, dash, high = text.partition("-")
    return (_number(low), _number(high)) if dash else (None, None)
