"""What an expression may speak of: events, forms, groups and items of a study, and where a check is at home."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

ItemKind = Literal["number", "text", "date", "time", "truth"]


@dataclass(frozen=True)
class Item:
    """One question of a form.

    unit   the unit its number is stored in, empty if it has none.
    codes  the values its code list allows, empty if it has none.
    """

    name: str
    kind: ItemKind = "text"
    unit: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Items answered together; a repeating group is a table."""

    name: str
    items: tuple[Item, ...]
    is_repeating: bool = False


@dataclass(frozen=True)
class Form:
    """Groups on one page; a repeating form is filled in several times at one event."""

    name: str
    groups: tuple[Group, ...]
    is_repeating: bool = False


@dataclass(frozen=True)
class Event:
    """A visit or other occasion and the forms collected at it, in order of the schedule."""

    name: str
    forms: tuple[str, ...]
    is_repeating: bool = False


@dataclass(frozen=True)
class Home:
    """Where a check stands: its form and group, and its event unless it runs at every event with that form."""

    form: str = ""
    group: str = ""
    event: str = ""


@dataclass(frozen=True)
class Place:
    """An item with the form and group it is in."""

    form: Form
    group: Group
    item: Item


@dataclass(frozen=True)
class Schema:
    """All events and forms of a study version."""

    forms: tuple[Form, ...]
    events: tuple[Event, ...] = ()

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every item with its form and group, in order."""
        return tuple(
            Place(form, group, item) for form in self.forms for group in form.groups for item in group.items
        )

    @cached_property
    def event_by_name(self) -> dict[str, Event]:
        """The events by name."""
        return {event.name: event for event in self.events}

    @cached_property
    def places_by_item(self) -> dict[str, tuple[Place, ...]]:
        """The places of an item name; one item may be asked on several forms."""
        found: dict[str, list[Place]] = {}
        for place in self.places:
            found.setdefault(place.item.name, []).append(place)
        return {name: tuple(places) for name, places in found.items()}

    def events_with(self, form: str) -> tuple[Event, ...]:
        """Return the events a form is collected at."""
        return tuple(event for event in self.events if form in event.forms)


def flat_schema(*items: Item) -> Schema:
    """Return the schema of one form with one group, for expressions over a single table or record."""
    return Schema(forms=(Form("FORM", (Group("GROUP", items),)),))
