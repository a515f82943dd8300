"""What changed between two versions of a protocol, as a reader would list it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from typing import Any

from .model import Code, Criterion, Protocol, Quantity
from .schedule_model import DAY_SECONDS, ScheduledInstance, Timeline

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
SECTIONS = (
    "study", "population", "arms", "epochs", "elements", "cells", "encounters", "activities", "concepts", "schedule",
    "objectives", "endpoints", "criteria", "interventions", "indications", "organizations", "sites", "countries",
    "amendments", "schedule_conditions",
)  # fmt: skip
# Two texts this alike are one criterion that was reworded, not one removed and one added.
_SAME_CRITERION = 0.6
_MAXIMUM_COMPARISONS = 20_000

_STUDY_TEXTS = (
    "name", "version", "rationale", "summary", "status", "study_type", "phase", "sponsor", "intervention_model",
    "allocation", "blinding", "purpose",
)  # fmt: skip
_STUDY_LISTS = ("therapeutic_areas", "conditions", "keywords", "characteristics")
# Fields that only tie things together inside one file, and those another section shows.
_HIDDEN = frozenset({"id", "next_id", "endpoints", "scheduled_at_id", "identifier"})


@dataclass(frozen=True)
class Change:
    """One difference. `label` names the thing, `field` what of it changed ("" for the whole thing).

    section  one of SECTIONS.
    kind     added, removed or changed.
    before, after  as text for the reader; "" where there is nothing.
    """

    section: str
    kind: str
    label: str
    field: str = ""
    before: str = ""
    after: str = ""


def diff(old: Protocol, new: Protocol) -> tuple[Change, ...]:
    """Return the changes from one protocol to another, section by section; nothing if they say the same.

    Things are recognized by their name, then by their id (then they were renamed); criteria by their text,
    then by likeness. New ids or another order alone are no change.
    Source  the comparison rules are this platform's own.
    """
    names = _names(old), _names(new)
    changes = [*_study(old, new)]
    changes += _fields("population", "", old.population, new.population, names)
    for section in SECTIONS[2:]:
        if section == "schedule":
            changes += _schedule(old, new, names)
        elif section == "criteria":
            changes += _criteria(old.criteria, new.criteria)
        else:
            changes += _items(
                section, _members(section, old, names[0]), _members(section, new, names[1]), names
            )
    return tuple(changes)


def _members(section: str, protocol: Protocol, names: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    """Return (name, id, thing) of each thing of a section; names are made unique by counting."""
    if section == "endpoints":
        things: Sequence[Any] = [item for objective in protocol.objectives for item in objective.endpoints]
    else:
        things = getattr(protocol, section)
    seen: dict[str, int] = {}
    members = []
    for thing in things:
        if section == "cells":
            name = f"{names.get(thing.arm_id, thing.arm_id)} / {names.get(thing.epoch_id, thing.epoch_id)}"
        else:
            name = getattr(thing, "name", "") or getattr(thing, "number", "") or getattr(thing, "label", "")
        if section == "sites":
            name = f"{name}, {thing.city}" if thing.city else name
        seen[name] = seen.get(name, 0) + 1
        unique = name if seen[name] == 1 else f"{name} ({seen[name]})"
        members.append((unique, getattr(thing, "id", ""), thing))
    return members


def _items(
    section: str,
    old: list[tuple[str, str, Any]],
    new: list[tuple[str, str, Any]],
    names: tuple[Mapping[str, str], Mapping[str, str]],
) -> Iterable[Change]:
    new_by_name = {name: thing for name, _, thing in new}
    old_names = {name for name, _, _ in old}
    renamed = {item_id: (name, thing) for name, item_id, thing in new if item_id and name not in old_names}
    met: set[str] = set()
    for name, item_id, thing in old:
        if name in new_by_name:
            met.add(name)
            yield from _fields(section, _label(name, thing), thing, new_by_name[name], names)
        elif item_id in renamed:
            new_name, new_thing = renamed[item_id]
            met.add(new_name)
            yield from _fields(section, _label(name, thing), thing, new_thing, names)
        else:
            yield Change(section, REMOVED, _label(name, thing), before=_text(thing, names[0]))
    for name, _, thing in new:
        if name not in met:
            yield Change(section, ADDED, _label(name, thing), after=_text(thing, names[1]))


def _label(name: str, thing: Any) -> str:
    return getattr(thing, "label", "") or name


def _fields(
    section: str, label: str, old: Any, new: Any, names: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterable[Change]:
    for item in fields(old):
        if item.name in _HIDDEN:
            continue
        before = _text(getattr(old, item.name), names[0])
        after = _text(getattr(new, item.name), names[1])
        if before != after:
            yield Change(section, CHANGED, label or item.name, item.name, before, after)


def _study(old: Protocol, new: Protocol) -> Iterable[Change]:
    for name in _STUDY_TEXTS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change("study", CHANGED, name, name, before, after)
    yield from _keyed(
        "titles", {item.kind: item.text for item in old.titles}, {item.kind: item.text for item in new.titles}
    )
    yield from _keyed("dates", _dates(old), _dates(new))
    yield from _keyed("identifiers", _identifiers(old), _identifiers(new))
    for name in _STUDY_LISTS:
        yield from _keyed(name, _themselves(getattr(old, name)), _themselves(getattr(new, name)))


def _identifiers(protocol: Protocol) -> dict[str, str]:
    return {f"{item.organization} {item.text}".strip(): item.text for item in protocol.identifiers}


def _themselves(texts: Iterable[str]) -> dict[str, str]:
    return {text: text for text in texts}


def _dates(protocol: Protocol) -> dict[str, str]:
    dates: dict[str, str] = {}
    for item in protocol.dates:
        key = f"{item.kind} {item.label}" if item.kind in dates else item.kind
        dates[key] = f"{item.on} ({item.label})" if item.label else item.on
    return dates


def _keyed(
    field: str, old: Mapping[str, str], new: Mapping[str, str], section: str = "study"
) -> Iterable[Change]:
    for key in dict.fromkeys([*old, *new]):
        if key not in new:
            yield Change(section, REMOVED, key, field, before=old[key])
        elif key not in old:
            yield Change(section, ADDED, key, field, after=new[key])
        elif old[key] != new[key]:
            yield Change(section, CHANGED, key, field, old[key], new[key])


def _criteria(old: Sequence[Criterion], new: Sequence[Criterion]) -> Iterable[Change]:
    kept = {(item.category, item.text) for item in old} & {(item.category, item.text) for item in new}
    gone = [item for item in old if (item.category, item.text) not in kept]
    come = [item for item in new if (item.category, item.text) not in kept]
    # Likeness costs the product of both lists; beyond any real protocol it is not looked for.
    is_comparable = len(gone) * len(come) <= _MAXIMUM_COMPARISONS
    for item in gone:
        match = _most_alike(item, come) if is_comparable else None
        label = item.name or f"{item.category} {item.identifier}".strip()
        if match is None:
            yield Change("criteria", REMOVED, label, item.category, before=item.text)
        else:
            come.remove(match)
            moved = item.category != match.category
            yield Change(
                "criteria", CHANGED, label, "category" if moved else item.category,
                f"{item.category}: {item.text}" if moved else item.text,
                f"{match.category}: {match.text}" if moved else match.text,
            )  # fmt: skip
    for item in come:
        label = item.name or f"{item.category} {item.identifier}".strip()
        yield Change("criteria", ADDED, label, item.category, after=item.text)


def _most_alike(item: Criterion, others: Sequence[Criterion]) -> Criterion | None:
    best, best_ratio = None, _SAME_CRITERION
    for other in others:
        matcher = SequenceMatcher(None, item.text[:1000], other.text[:1000], autojunk=False)
        if matcher.real_quick_ratio() > best_ratio and matcher.quick_ratio() > best_ratio:
            ratio = matcher.ratio()
            if ratio > best_ratio:
                best, best_ratio = other, ratio
    return best


def _schedule(
    old: Protocol, new: Protocol, names: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterable[Change]:
    pairs = _paired(old.timelines, new.timelines, lambda item: item.name)
    for name, before, after in pairs:
        if before is None or after is None:
            kind = ADDED if before is None else REMOVED
            yield Change("schedule", kind, name)
        else:
            yield from _timeline(before, after, names)


def _timeline(
    old: Timeline, new: Timeline, names: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterable[Change]:
    prefix = "" if old.is_main else f"{old.label or old.name}: "
    for name, before, after in _paired(old.instances, new.instances, lambda item: item.name):
        label = prefix + ((after or before).label or name)  # type: ignore[union-attr]
        if before is None and after is not None:
            yield Change("schedule", ADDED, label, "visit", after=_when(after))
            yield from _keyed(label, {}, _activities(after, names[1]), "schedule")
        elif after is None and before is not None:
            yield Change("schedule", REMOVED, label, "visit", before=_when(before))
            yield from _keyed(label, _activities(before, names[0]), {}, "schedule")
        elif before is not None and after is not None:
            facts = {"time": _when, "label": lambda item: item.label, "branches": _branches}
            for field, read in facts.items():
                if read(before) != read(after):
                    yield Change("schedule", CHANGED, label, field, read(before), read(after))
            for field in ("encounter_id", "epoch_id", "timeline_id"):
                told = [
                    side.get(getattr(item, field), "")
                    for item, side in zip((before, after), names, strict=True)
                ]
                if told[0] != told[1]:
                    yield Change("schedule", CHANGED, label, field.removesuffix("_id"), told[0], told[1])
            yield from _keyed(label, _activities(before, names[0]), _activities(after, names[1]), "schedule")


def _activities(instance: ScheduledInstance, names: Mapping[str, str]) -> dict[str, str]:
    return _themselves(names.get(item, item) for item in instance.activity_ids)


def _branches(instance: ScheduledInstance) -> str:
    return "; ".join(branch.condition for branch in instance.branches)


def _when(instance: ScheduledInstance) -> str:
    """Return day and window, with the time of day where that is what differs ("29 (26 … 32)")."""
    if (
        instance.offset_seconds is None
        or instance.earliest_seconds is None
        or instance.latest_seconds is None
    ):
        return ""
    part = instance.offset_seconds % DAY_SECONDS
    day = f"{instance.study_day}" + (f" + {part // 60} min" if part else "")
    return f"{day} ({instance.earliest_day} … {instance.latest_day})" if instance.has_window else day


def _paired(
    old: Sequence[Any], new: Sequence[Any], name_of: Callable[[Any], str]
) -> Iterable[tuple[str, Any | None, Any | None]]:
    sides = []
    for items in (old, new):
        side: dict[str, Any] = {}
        for item in items:
            name, number = name_of(item), 2
            while name in side:
                name, number = f"{name_of(item)} ({number})", number + 1
            side[name] = item
        sides.append(side)
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        yield name, sides[0].get(name), sides[1].get(name)


def _names(protocol: Protocol) -> dict[str, str]:
    """Return what each id is called, so that a reference reads as a name."""
    groups: tuple[Sequence[Any], ...] = (
        protocol.arms, protocol.epochs, protocol.elements, protocol.encounters, protocol.activities, protocol.concepts,
        protocol.interventions, protocol.timelines, protocol.indications, protocol.organizations,
        [instance for timeline in protocol.timelines for instance in timeline.instances],
        [procedure for activity in protocol.activities for procedure in activity.procedures],
    )  # fmt: skip
    return {item.id: getattr(item, "label", "") or item.name for group in groups for item in group}


def _text(value: Any, names: Mapping[str, str]) -> str:
    """Return a value as a reader would write it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return "; ".join(filter(None, (_text(item, names) for item in value)))
    if isinstance(value, Quantity):
        return f"{value.value:g} {value.unit}".strip()
    if isinstance(value, Code):
        return value.text or value.code
    if is_dataclass(value):
        told = (_text(getattr(value, item.name), names) for item in fields(value) if item.name not in _HIDDEN)
        return ", ".join(dict.fromkeys(filter(None, told)))
    return str(value)
