"""Checks of a study version: which run again when a value changes, and what becomes of their queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from triallink.engines.checks.casebook import Casebook, Path, Spot
from triallink.engines.checks.checker import bind
from triallink.engines.checks.core import Program, Reference
from triallink.engines.checks.python_code import Evaluator, evaluator
from triallink.engines.checks.schema import Home, Schema


@dataclass(frozen=True)
class Check:
    """A condition on the data and what to ask when it does not hold.

    expression  true when the data are as they should be; false opens a query; missing does neither.
    messages    the question to the site by language, such as {"en": …, "zh-hans": …}.
    """

    name: str
    home: Home
    expression: str
    messages: Mapping[str, str] = field(default_factory=dict)


class Key(NamedTuple):
    """What a result is of: one check at one place. Running it again finds the same key."""

    check: str
    spot: Spot


class Outcome(NamedTuple):
    """What one run changes: places that now fail, that hold again, and that fail as before."""

    opened: frozenset[Key]
    closed: frozenset[Key]
    standing: frozenset[Key]


class CheckSet:
    """The checks of a study version, bound and compiled, with the index of what each of them reads."""

    def __init__(self, schema: Schema, checks: Iterable[Check]) -> None:
        """Bind every check.

        Raises  ExpressionRefused for the first expression that cannot be used, ValueError for a name used twice.
        """
        self.schema = schema
        self.checks: dict[str, Check] = {}
        self.programs: dict[str, Program] = {}
        self._evaluators: dict[str, Evaluator] = {}
        self._readers: dict[tuple[str, str, str], list[tuple[str, Reference]]] = {}
        for check in checks:
            if check.name in self.checks:
                raise ValueError(f"two checks are named {check.name!r}")
            program = bind(check.expression, schema, check.home, as_check=True)
            self.checks[check.name] = check
            self.programs[check.name] = program
            self._evaluators[check.name] = evaluator(program)
            for reference in program.inputs:
                place = (reference.form, reference.group, reference.item)
                self._readers.setdefault(place, []).append((check.name, reference))

    def affected(self, changed: Iterable[Path], casebook: Casebook) -> frozenset[Key]:
        """Return every check and place whose answer can have changed with these values, and no others.

        changed   paths that were written, corrected or emptied.
        casebook  the subject's data after the change.
        """
        found: set[Key] = set()
        spots: dict[Home, list[Spot]] = {}
        for path in changed:
            for name, reference in self._readers.get((path.form, path.group, path.item), ()):
                home = self.checks[name].home
                if home not in spots:
                    spots[home] = list(casebook.spots(home))
                # A row that lost its last value is no place with data any more, but its query must close.
                own = Spot(*path[:6]) if path.group == home.group else Spot(*path[:4], home.group, 1)
                is_home = path.form == home.form and home.event in ("", path.event)
                places = [*spots[home], own] if is_home else spots[home]
                found.update(Key(name, spot) for spot in places if _can_read(reference, spot, path))
        return frozenset(found)

    def every(self, casebook: Casebook) -> frozenset[Key]:
        """Return every check at every place with data."""
        return frozenset(
            Key(name, spot) for name, check in self.checks.items() for spot in casebook.spots(check.home)
        )

    def failing(self, keys: Iterable[Key], casebook: Casebook) -> frozenset[Key]:
        """Return those of the keys whose check is false on the data."""
        return frozenset(key for key in keys if self.answer(key, casebook) is False)

    def answer(self, key: Key, casebook: Casebook) -> Any:
        """Return what a check says at a place: True, False or None."""
        return self._evaluators[key.check](casebook.inputs(self.programs[key.check], key.spot))

    def rerun(self, changed: Iterable[Path], casebook: Casebook, open_keys: Iterable[Key]) -> Outcome:
        """Return what a change opens and closes; run twice, the second run changes nothing.

        open_keys  the keys whose queries stand open now.
        """
        affected = self.affected(changed, casebook)
        failing = self.failing(affected, casebook)
        already = frozenset(open_keys)
        return Outcome(
            opened=failing - already,
            closed=(affected & already) - failing,
            standing=already - (affected - failing),
        )


def _can_read(reference: Reference, spot: Spot, path: Path) -> bool:
    """Say whether a check at a spot can see the value at a path through a reference."""
    if reference.event:
        return reference.event == path.event
    if reference.mode == "previous":
        # The row it was, the row before it and, if a row came or went, the row after: all later places may look.
        return True
    if (spot.event, spot.event_repeat) != (path.event, path.event_repeat):
        return False
    if reference.form == spot.form and spot.form_repeat != path.form_repeat:
        return False
    if reference.mode == "series":
        return True
    same_row = reference.form == spot.form and reference.group == spot.group
    return not same_row or spot.group_repeat == path.group_repeat
