"""The rails: what a member finds on the left, and inside a study on the second rail.

An area registers its entries in its own `navigation.py`, which is imported at start-up:

    from triallink.web.navigation import Entry, add
    add(Entry("market", N_("Suppliers"), "market:supplier-list", icon="building", order=20))

An entry whose address does not exist, or whose rule says no, is not shown.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_

Rule = Callable[[Actor], bool]

# The sections of the left rail, from top to bottom; those of one or two entries need no heading.
SECTIONS = {
    "home": "",
    "studies": "",
    "market": N_("Market"),
    "trade": N_("My work"),
    "delivery": N_("Delivery"),
    "organization": N_("Organization"),
    "operator": N_("Operator"),
}


def everybody(actor: Actor) -> bool:
    """Let every member see the entry."""
    return True


def of_kind(*kinds: str) -> Rule:
    """Let only people acting for these kinds of organization see the entry."""
    return lambda actor: actor.organization_kind in kinds


def with_role(*roles: str) -> Rule:
    """Let only people with one of these roles see the entry."""
    return lambda actor: actor.has(*roles)


@dataclass(frozen=True)
class Entry:
    """One line of the left rail."""

    section: str
    label: str
    url_name: str
    icon: str = "point"
    order: int = 50
    rule: Rule = everybody


@dataclass(frozen=True)
class StudyEntry:
    """One line of a study's rail; its address takes `study_id`."""

    label: str
    url_name: str
    icon: str = "point"
    order: int = 50
    rule: Rule = everybody


@dataclass(frozen=True)
class StudyMark:
    """The study a page is in. A page that has it in a field `in_study` gets the study's rail."""

    study_id: int
    code: str
    title: str


@dataclass(frozen=True)
class Link:
    """An entry as it is drawn."""

    label: str
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True)
class RailSection:
    """A heading and its links."""

    label: str
    links: list[Link]


_entries: list[Entry] = []
_study_entries: list[StudyEntry] = []


def add(*entries: Entry | StudyEntry) -> None:
    """Register entries; called by an area's navigation.py."""
    for entry in entries:
        if isinstance(entry, StudyEntry):
            _study_entries.append(entry)
        elif entry.section in SECTIONS:
            _entries.append(entry)
        else:
            raise ValueError(f"no section {entry.section!r} on the rail; there are {', '.join(SECTIONS)}")


def registered() -> list[Entry | StudyEntry]:
    """Return every registered entry."""
    return [*_entries, *_study_entries]


def rail(request: HttpRequest, actor: Actor) -> list[RailSection]:
    """Return the left rail for somebody, without empty sections."""
    found: dict[str, list[tuple[Entry, str]]] = {name: [] for name in SECTIONS}
    for entry in sorted(_entries, key=lambda entry: entry.order):
        address = address_of(entry.url_name)
        if address is not None and entry.rule(actor):
            found[entry.section].append((entry, address))
    current = _current(request.path, [address for pairs in found.values() for _, address in pairs])
    return [
        RailSection(
            SECTIONS[name],
            [Link(entry.label, address, entry.icon, address == current) for entry, address in pairs],
        )
        for name, pairs in found.items()
        if pairs
    ]


def study_rail(request: HttpRequest, actor: Actor, mark: StudyMark) -> list[Link]:
    """Return the rail of one study."""
    pairs = [
        (entry, address)
        for entry in sorted(_study_entries, key=lambda entry: entry.order)
        if entry.rule(actor) and (address := address_of(entry.url_name, study_id=mark.study_id)) is not None
    ]
    current = _current(request.path, [address for _, address in pairs])
    return [Link(entry.label, address, entry.icon, address == current) for entry, address in pairs]


def address_of(url_name: str, **arguments: int | str) -> str | None:
    """Return the address of a named page, or None if no area provides it."""
    try:
        return reverse(url_name, kwargs=arguments or None)
    except NoReverseMatch:
        return None


def _current(path: str, addresses: list[str]) -> str | None:
    """Return the most specific address the path lies under; home is current only on itself."""
    under = [
        address for address in addresses if path == address or (address != "/" and path.startswith(address))
    ]
    return max(under, key=len, default=None)
