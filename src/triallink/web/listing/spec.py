"""What a list can do: its columns, what search looks at, its facets and its order."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from triallink.web.listing.sources import Rows, rows_of
from triallink.web.listing.view import Chip, FacetView, Head, Listing, Option, address

Names = Mapping[str, str] | Callable[[list[str]], Mapping[str, str]]
Shape = Callable[[list[Any]], list[Any]]
MAX_TEXT = 200


@dataclass(frozen=True)
class Column:
    """One column. `sort`: the fields to order by; `value`: what is exported, the attribute `key` by default.

    A column that is not shown is only exported; the page may say it within another's cell.
    """

    key: str
    label: str
    sort: tuple[str, ...] = ()
    value: Callable[[Any], Any] | None = None
    is_number: bool = False
    is_shown: bool = True

    def value_of(self, row: Any) -> Any:
        """Return what the column says of a row."""
        return self.value(row) if self.value is not None else getattr(row, self.key)


@dataclass(frozen=True)
class Facet:
    """One way to narrow a list by ticking values.

    field     a field path of the rows; each of its values is a choice.
    names     value -> words (a msgid, or words already in the reader's language), or a function of the values.
    is_array  the field holds several values per row.
    narrow    own rule instead of "field is one of": (queryset, chosen values) -> queryset.
    shown     how many choices are shown before "more".
    """

    key: str
    label: str
    field: str
    names: Names = dataclasses.field(default_factory=dict)
    is_array: bool = False
    narrow: Callable[[Any, list[str]], Any] | None = None
    shown: int = 8


@dataclass(frozen=True)
class ListSpec:
    """A list's abilities. `search`: fields to look into, or a function (rows, text) -> rows."""

    name: str
    columns: tuple[Column, ...]
    default_sort: str
    search: tuple[str, ...] | Callable[[Any, str], Any] = ()
    facets: tuple[Facet, ...] = ()
    page_size: int = 25

    def read(
        self, request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], *, shape: Shape | None = None
    ) -> Listing:
        """Return one page of the list as the address asks for it.

        shape  turns the page's rows into what the template shows, all at once.
        Runs one query for the number, one for the rows and one per facet, however many rows there are.
        """
        asked = request.GET
        found = self._searched(rows_of(rows), asked)
        narrowed = self._narrowed(found, asked)
        total = narrowed.count()
        pages = max(1, -(-total // self.page_size))
        page = min(max(1, _whole(asked.get("page"))), pages)
        start = (page - 1) * self.page_size
        shown = self._ordered(narrowed, asked).slice(start, start + self.page_size)
        facets = [self._facet_view(facet, found, asked, request.path) for facet in self.facets]
        return Listing(
            spec_name=self.name,
            path=request.path,
            query=asked,
            rows=shape(shown) if shape else shown,
            total=total,
            page=page,
            pages=pages,
            first=start + 1 if total else 0,
            text=_text(asked),
            heads=self._heads(asked, request.path),
            facets=facets,
            chips=_chips(facets, asked, request.path),
            can_search=bool(self.search),
        )

    def all_rows(self, request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], limit: int) -> list[Any]:
        """Return every row the address asks for, in its order, up to a limit."""
        narrowed = self._narrowed(self._searched(rows_of(rows), request.GET), request.GET)
        return self._ordered(narrowed, request.GET).slice(0, limit)

    def _searched(self, rows: Rows, asked: QueryDict) -> Rows:
        text = _text(asked)
        if not text or not self.search:
            return rows
        return rows.apply(self.search, text) if callable(self.search) else rows.search(self.search, text)

    def _narrowed(self, rows: Rows, asked: QueryDict, without: str = "") -> Rows:
        for facet in self.facets:
            chosen = asked.getlist(facet.key)
            if not chosen or facet.key == without:
                continue
            if facet.narrow:
                rows = rows.apply(facet.narrow, chosen)
            else:
                rows = rows.narrow(facet.field, chosen, facet.is_array)
        return rows

    def _ordered(self, rows: Rows, asked: QueryDict) -> Rows:
        key, is_descending = self._sort(asked)
        column = next(column for column in self.columns if column.key == key)
        return rows.order(column.sort, is_descending)

    def _sort(self, asked: QueryDict) -> tuple[str, bool]:
        wanted = asked.get("sort") or self.default_sort
        if not any(column.sort and column.key == wanted.lstrip("-") for column in self.columns):
            wanted = self.default_sort
        return wanted.lstrip("-"), wanted.startswith("-")

    def _heads(self, asked: QueryDict, path: str) -> list[Head]:
        key, is_descending = self._sort(asked)
        heads = []
        for column in self.columns:
            if not column.is_shown:
                continue
            direction = ("descending" if is_descending else "ascending") if column.key == key else ""
            turned = f"-{column.key}" if direction == "ascending" else column.key
            link = address(path, asked, sort=turned, page=None) if column.sort else ""
            heads.append(Head(column.label, link, direction, column.is_number))
        return heads

    def _facet_view(self, facet: Facet, found: Rows, asked: QueryDict, path: str) -> FacetView:
        """Return a facet's choices; each tells how many rows it would leave beside the other facets."""
        counts = self._narrowed(found, asked, without=facet.key).counts(facet.field, facet.is_array)
        chosen = asked.getlist(facet.key)
        values = [*counts, *(value for value in chosen if value not in counts)]
        names = facet.names(values) if callable(facet.names) else facet.names
        options = [
            Option(
                value=value,
                label=names.get(value, value),
                count=counts.get(value, 0),
                is_chosen=value in chosen,
                url=address(path, asked, page=None, **{facet.key: _toggled(chosen, value)}),
            )
            for value in values
        ]
        options.sort(key=lambda option: (not option.is_chosen, -option.count, option.label))
        return FacetView(facet.key, facet.label, options, facet.shown)


def _text(asked: QueryDict) -> str:
    # PostgreSQL cannot hold a NUL in text; nobody types one by accident.
    return asked.get("q", "").replace("\x00", "").strip()[:MAX_TEXT]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 9 else 1


def _toggled(chosen: list[str], value: str) -> list[str]:
    return [one for one in chosen if one != value] if value in chosen else [*chosen, value]


def _chips(facets: list[FacetView], asked: QueryDict, path: str) -> list[Chip]:
    chips = [
        Chip(option.label, option.url) for facet in facets for option in facet.options if option.is_chosen
    ]
    text = _text(asked)
    return [Chip(f"“{text}”", address(path, asked, q=None, page=None)), *chips] if text else chips
