"""What the home page offers: what waits for somebody, where to start, and figures.

An area registers functions in its own `next_actions.py`, which is imported at start-up:

    @waits_for
    def bids_to_confirm(actor: Actor) -> list[NextAction]: ...

    @counts
    def open_requests(actor: Actor) -> list[Figure]: ...

    offer(Start(N_("Find a supplier"), N_("Search, compare side by side, invite."), "market:suppliers",
                icon="building", kinds=("sponsor", "cro")))

Each function runs at most a few queries, none per row. Titles and sentences are in the reader's language.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from triallink.kernel.actor import NOBODY, Actor
from triallink.web.navigation import address_of

FAR = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
MAX_ACTIONS = 12


@dataclass(frozen=True)
class NextAction:
    """One thing that waits for somebody."""

    title: str
    sentence: str
    url: str
    due: dt.datetime | None = None
    icon: str = "arrow-right"


@dataclass(frozen=True)
class Figure:
    """A number with its name; `value` is ready to be shown."""

    label: str
    value: str
    url: str = ""
    change: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Start:
    """A place to begin, for people acting for these kinds of organization (all, if none is named)."""

    title: str
    sentence: str
    url_name: str
    icon: str = "arrow-right"
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    order: int = 50

    def is_for(self, actor: Actor) -> bool:
        """Return whether it is offered to somebody."""
        is_kind = not self.kinds or actor.organization_kind in self.kinds
        return is_kind and (not self.roles or actor.has(*self.roles))


Waiting = Callable[[Actor], list[NextAction]]
Counting = Callable[[Actor], list[Figure]]
_waiting: list[Waiting] = []
_counting: list[Counting] = []
_public: list[Counting] = []
_starts: list[Start] = []


def waits_for(function: Waiting) -> Waiting:
    """Register a function that finds what waits for somebody."""
    _waiting.append(function)
    return function


def counts(function: Counting) -> Counting:
    """Register a function that finds figures for somebody's home page."""
    _counting.append(function)
    return function


def counts_for_strangers(function: Counting) -> Counting:
    """Register a function that finds figures anybody may read; it is called with the actor NOBODY."""
    _public.append(function)
    return function


def offer(*starts: Start) -> None:
    """Register places to begin."""
    _starts.extend(starts)


def actions_for(actor: Actor) -> list[NextAction]:
    """Return what waits for somebody, the most urgent first."""
    found = [action for function in _waiting for action in function(actor)]
    return sorted(found, key=lambda action: action.due or FAR)[:MAX_ACTIONS]


def figures_for(actor: Actor) -> list[Figure]:
    """Return the figures of somebody's home page."""
    return [figure for function in _counting for figure in function(actor)]


def public_figures() -> list[Figure]:
    """Return the figures anybody may read."""
    return [figure for function in _public for figure in function(NOBODY)]


def starts_for(actor: Actor) -> list[tuple[Start, str]]:
    """Return where somebody may begin, each with its address."""
    found = [(start, address_of(start.url_name)) for start in sorted(_starts, key=lambda start: start.order)]
    return [(start, address) for start, address in found if address is not None and start.is_for(actor)]


def all_starts() -> list[Start]:
    """Return every registered place to begin."""
    return list(_starts)
