"""What somebody has put aside to compare: up to five of each kind, kept in the session."""

from dataclasses import dataclass

from django.http import HttpRequest

from triallink.web.market.naming import named

MOST = 5
KEY = "compare"


@dataclass(frozen=True)
class Item:
    """One thing in the basket."""

    id: int
    name: str


@dataclass(frozen=True)
class Basket:
    """The things of one kind put aside."""

    kind: str
    items: list[Item]

    @property
    def ids(self) -> frozenset[int]:
        """Return the ids in the basket."""
        return frozenset(item.id for item in self.items)

    @property
    def is_full(self) -> bool:
        """Return whether nothing more goes in."""
        return len(self.items) >= MOST


def basket_of(request: HttpRequest, kind: str) -> Basket:
    """Return the basket of one kind."""
    kept = request.session.get(KEY, {}).get(kind, [])
    return Basket(kind, [Item(row_id, named(english, chinese)) for row_id, english, chinese in kept])


def toggle(request: HttpRequest, kind: str, row_id: int, english: str, chinese: str) -> None:
    """Put something into the basket, or take it out; a full basket takes nothing more."""
    baskets = request.session.get(KEY, {})
    kept = baskets.get(kind, [])
    without = [item for item in kept if item[0] != row_id]
    if len(without) == len(kept) < MOST:
        without = [*kept, [row_id, english, chinese]]
    request.session[KEY] = {**baskets, kind: without}


def clear(request: HttpRequest, kind: str) -> None:
    """Empty the basket of one kind."""
    request.session[KEY] = {**request.session.get(KEY, {}), kind: []}
