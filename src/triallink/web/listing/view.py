"""One page of a list, as the template draws it."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from markupsafe import Markup


@dataclass(frozen=True)
class Head:
    """The head of a column; `url` turns its order, `direction` is how it is sorted now."""

    label: str
    url: str
    direction: str
    is_number: bool


@dataclass(frozen=True)
class Option:
    """One value of a facet; `url` ticks or unticks it."""

    value: str
    label: str
    count: int
    is_chosen: bool
    url: str


@dataclass(frozen=True)
class FacetView:
    """One facet with its choices, the chosen and the frequent first."""

    key: str
    label: str
    options: list[Option]
    shown: int


@dataclass(frozen=True)
class Chip:
    """One thing the list is narrowed by; `url` takes it away."""

    label: str
    url: str


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    spec_name: str
    path: str
    query: QueryDict
    rows: list[Any]
    total: int
    page: int
    pages: int
    first: int
    text: str
    heads: list[Head]
    facets: list[FacetView]
    chips: list[Chip]
    can_search: bool

    @property
    def last(self) -> int:
        """Return the number of the last row shown."""
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def is_narrowed(self) -> bool:
        """Return whether anything but the order was asked for."""
        return bool(self.chips)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what a new search keeps: the facets and the order."""
        return [
            (key, value)
            for key, values in self.query.lists()
            if key not in ("q", "page", "export")
            for value in values
        ]

    @property
    def page_links(self) -> list[tuple[int, str]]:
        """Return the pages around this one, with the first and the last; 0 stands for a gap."""
        near = {1, self.pages, *range(max(1, self.page - 1), min(self.pages, self.page + 1) + 1)}
        links, before = [], 0
        for number in sorted(near):
            if number > before + 1:
                links.append((0, ""))
            links.append((number, self.url_of_page(number)))
            before = number
        return links

    def url_of_page(self, number: int) -> str:
        """Return the address of another page of the same list."""
        return address(self.path, self.query, page=str(number) if number > 1 else None)

    def url_of_export(self, kind: str) -> str:
        """Return the address of the whole list as a file: "csv" or "xlsx"."""
        return address(self.path, self.query, page=None, export=kind)

    @property
    def url_of_all(self) -> str:
        """Return the address of the list with nothing asked for."""
        return self.path


def address(path: str, query: QueryDict, **changes: str | list[str] | None) -> str:
    """Return the address of the list with some of what is asked changed; None takes a key away."""
    asked = query.copy()
    for key, value in changes.items():
        if value is None or value == []:
            asked.pop(key, None)
        elif isinstance(value, list):
            asked.setlist(key, value)
        else:
            asked[key] = value
    encoded = asked.urlencode()
    return f"{path}?{encoded}" if encoded else path


def list_link(url: str) -> Markup:
    """Return the attributes of a link that renews the list in place, and works without script too."""
    return Markup(
        'href="{0}" hx-get="{0}" hx-target="#list" hx-push-url="true" hx-swap="innerHTML show:none"'
    ).format(url)
