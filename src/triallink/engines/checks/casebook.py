"""The data of one subject as expressions see it: values by event, form, group and item, each with its repeats."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from triallink.engines.checks.core import Program, Reference
from triallink.engines.checks.schema import Home, Schema


class Path(NamedTuple):
    """One value's address; a repeat counts from 1 and is 1 where nothing repeats."""

    event: str
    event_repeat: int
    form: str
    form_repeat: int
    group: str
    group_repeat: int
    item: str


class Spot(NamedTuple):
    """Where a check runs: a row of a group, or a form, at an event. A path without its item."""

    event: str
    event_repeat: int
    form: str
    form_repeat: int
    group: str
    group_repeat: int


@dataclass
class Casebook:
    """The values of one subject.

    values  by path: numbers as float, texts, dates and times as their text, True or False; None or absent = missing.
    """

    schema: Schema
    values: Mapping[Path, Any]
    today: str = ""
    _rows: dict[tuple[str, str, str], list[Spot]] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        order = {event.name: number for number, event in enumerate(self.schema.events)}
        rows: dict[tuple[str, str, str], set[Spot]] = {}
        for path in self.values:
            rows.setdefault((path.event, path.form, path.group), set()).add(Spot(*path[:6]))
        self._rows = {key: sorted(spots) for key, spots in rows.items()}
        self._order = order

    def spots(self, home: Home) -> Iterator[Spot]:
        """Give every place with data at which a check with this home runs."""
        events = (
            [home.event]
            if home.event
            else [event.name for event in self.schema.events_with(home.form)] or [""]
        )
        for event in events:
            groups = [home.group] if home.group else [group.name for group in self._form(home.form).groups]
            found = {spot for group in groups for spot in self._rows.get((event, home.form, group), ())}
            if home.group and self._is_repeating(home.form, home.group):
                yield from sorted(found)
            else:
                # Outside a table a form is checked once, whatever group its values stand in.
                yield from sorted({spot._replace(group=home.group, group_repeat=1) for spot in found})

    def inputs(self, program: Program, spot: Spot) -> list[Any]:
        """Return the values a program reads when it runs at a spot, in the order of its inputs."""
        return [self._read(reference, spot) for reference in program.inputs]

    def _read(self, reference: Reference, spot: Spot) -> Any:
        if reference.mode == "today":
            return self.today or None
        if reference.mode == "series":
            return [self.values.get(Path(*row, reference.item)) for row in self._series(reference, spot)]
        here = self._here(reference, spot)
        if reference.mode == "previous":
            earlier = self._previous(here)
            return None if earlier is None else self.values.get(Path(*earlier, reference.item))
        return self.values.get(Path(*here, reference.item))

    def _here(self, reference: Reference, spot: Spot) -> Spot:
        event, event_repeat = (reference.event, 1) if reference.event else (spot.event, spot.event_repeat)
        same_form = not reference.event and reference.form == spot.form
        same_row = same_form and reference.group == spot.group
        return Spot(
            event,
            event_repeat,
            reference.form,
            spot.form_repeat if same_form else 1,
            reference.group,
            spot.group_repeat if same_row else 1,
        )

    def _series(self, reference: Reference, spot: Spot) -> list[Spot]:
        """Return the rows a series runs over, in order of the repeats."""
        rows = self._rows.get((reference.event or spot.event, reference.form, reference.group), [])
        if reference.event:
            return rows
        rows = [row for row in rows if row.event_repeat == spot.event_repeat]
        if reference.form == spot.form:
            rows = [row for row in rows if row.form_repeat == spot.form_repeat]
        return rows

    def _previous(self, here: Spot) -> Spot | None:
        """Return the row before, of the table, else of the form, else of the events in order of the schedule."""
        if self._is_repeating(here.form, here.group):
            rows = self._rows.get((here.event, here.form, here.group), [])
            same = [row for row in rows if row[:4] == here[:4] and row.group_repeat < here.group_repeat]
            return same[-1] if same else None
        if self._form(here.form).is_repeating:
            rows = self._rows.get((here.event, here.form, here.group), [])
            same = [row for row in rows if row[:2] == here[:2] and row.form_repeat < here.form_repeat]
            return same[-1] if same else None
        place = (self._order.get(here.event, 0), here.event_repeat)
        earlier = [
            row
            for event in self.schema.events_with(here.form)
            for row in self._rows.get((event.name, here.form, here.group), [])
            if (self._order[event.name], row.event_repeat) < place
        ]
        return max(earlier, key=lambda row: (self._order[row.event], row.event_repeat), default=None)

    def _form(self, name: str) -> Any:
        return next(form for form in self.schema.forms if form.name == name)

    def _is_repeating(self, form: str, group: str) -> bool:
        return any(each.is_repeating for each in self._form(form).groups if each.name == group)


def spots_of(paths: Iterable[Path]) -> set[Spot]:
    """Return the rows that hold these values."""
    return {Spot(*path[:6]) for path in paths}
