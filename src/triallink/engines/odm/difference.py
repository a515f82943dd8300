"""What an amendment of a study version does to the data already collected: harmless, to be looked at, or destructive."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from triallink.engines.odm.model import (
    Check,
    CodeList,
    Event,
    Group,
    Item,
    Reference,
    ReferenceRange,
    StudyVersion,
)
from triallink.engines.odm.polarity import references

Effect = Literal["harmless", "needs_review", "destructive"]
# From a type to those that hold all its values.
WIDER = {
    "integer": {"float", "double", "decimal", "text", "string"},
    "float": {"double", "decimal", "text", "string"},
    "decimal": {"float", "double", "text", "string"},
    "double": {"float", "decimal", "text", "string"},
    "date": {"partialDate", "incompleteDate", "partialDatetime", "incompleteDatetime", "text", "string"},
    "time": {"partialTime", "incompleteTime", "text", "string"},
    "datetime": {"partialDatetime", "incompleteDatetime", "text", "string"},
    "partialDate": {"incompleteDate", "partialDatetime", "incompleteDatetime", "text", "string"},
    "boolean": {"text", "string"},
    "text": {"string"},
    "string": {"text"},
}  # fmt: skip


@dataclass(frozen=True)
class CollectedCounts:
    """How much was collected under the older version; what is not named counts as nothing.

    items                  item OID → answers.
    codes                  item OID → answer → how often it was given.
    lengths                item OID → length in characters → answers of that length.
    events, forms, groups  OID → visits, forms, rows.
    """

    items: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    lengths: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    forms: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One change between two versions.

    kind      what changed: event, form, group, item, code_list, unit, condition, method or version.
    oid       of the definition; "parent/child" for what one holds of another.
    part      the field, "added" or "removed".
    effect    harmless: nothing collected changes its meaning. needs_review: what was collected stays, but a check, a
              condition, a wording or an expectation concerns it. destructive: answers would be lost or could not be kept.
    affected  how many answers, rows, forms or visits a migration would touch.
    """

    kind: str
    oid: str
    part: str
    before: str
    after: str
    effect: Effect
    affected: int = 0


def difference(
    before: StudyVersion, after: StudyVersion, counts: CollectedCounts | None = None
) -> tuple[Change, ...]:
    """Return every change from one version to another, by what it does to collected data.

    before, after  two versions of one study; definitions are the same when their OIDs are.
    counts         what was collected under `before`; without it everything counts as collected, nothing is counted.
    Returns        changes in the order of the older version, then what is new. A change that would destroy data of
                   which none was collected is harmless.
    Source         our own; the widening of types follows the value spaces of XML Schema.
    """
    return tuple(_Comparison(before, after, counts).changes())


class _Comparison:
    def __init__(self, before: StudyVersion, after: StudyVersion, counts: CollectedCounts | None) -> None:
        self._before = before
        self._after = after
        self._knows_counts = counts is not None
        self._counts = counts or CollectedCounts()
        self._lists_after = after.code_list_by_oid

    def changes(self) -> Iterator[Change]:
        before, after, counts = self._before, self._after, self._counts
        yield from self._version()
        yield from self._pairs("event", before.events, after.events, counts.events, self._event)
        yield from self._pairs("form", before.forms, after.forms, counts.forms, self._group)
        yield from self._pairs("group", before.groups, after.groups, counts.groups, self._group)
        yield from self._pairs("item", before.items, after.items, counts.items, self._item)
        yield from self._pairs(
            "code_list", before.code_lists, after.code_lists, self._list_counts(), self._code_list
        )
        yield from self._rules("unit", before.units, after.units)
        yield from self._rules("condition", before.conditions, after.conditions)
        yield from self._rules("method", before.methods, after.methods)
        if before.plan != after.plan:
            yield from self._members("plan", "", _planned(before), _planned(after), {})

    def _version(self) -> Iterator[Change]:
        for part in ("oid", "name", "description", "kept"):
            old, new = getattr(self._before, part), getattr(self._after, part)
            if old != new:
                yield Change("version", self._after.oid, part, _said(old), _said(new), "harmless")

    def _pairs(
        self, kind: str, old: tuple[Any, ...], new: tuple[Any, ...], counts: Mapping[str, int], compare: Any
    ) -> Iterator[Change]:
        after = {found.oid: found for found in reversed(new)}
        known = {found.oid for found in old}
        for found in old:
            other = after.get(found.oid)
            if other is None:
                yield self._loss(kind, found.oid, "removed", found.name, "", counts.get(found.oid, 0))
            elif other != found:
                yield from compare(kind, found, other)
        for found in new:
            if found.oid not in known:
                yield Change(kind, found.oid, "added", "", found.name, "harmless")

    def _loss(self, kind: str, oid: str, part: str, old: str, new: str, affected: int) -> Change:
        """Return a change that takes something away: harmless if nobody collected it."""
        is_collected = bool(affected) or not self._knows_counts
        return Change(kind, oid, part, old, new, "destructive" if is_collected else "harmless", affected)

    def _plain(
        self, kind: str, old: Any, new: Any, parts: Mapping[str, Effect], affected: int
    ) -> Iterator[Change]:
        for part, effect in parts.items():
            said, says = getattr(old, part), getattr(new, part)
            if said != says:
                is_harmless = effect == "harmless" or (self._knows_counts and not affected)
                touched = 0 if effect == "harmless" else affected
                yield Change(
                    kind,
                    new.oid,
                    part,
                    _said(said),
                    _said(says),
                    "harmless" if is_harmless else effect,
                    touched,
                )

    def _event(self, kind: str, old: Event, new: Event) -> Iterator[Change]:
        counts = self._counts
        affected = counts.events.get(old.oid, 0)
        yield from self._plain(
            kind, old, new, _SAID | {"category": "harmless", "kind": "needs_review"}, affected
        )
        if old.is_repeating != new.is_repeating:
            yield self._repeats(kind, old, new, "is_repeating", old.is_repeating, new.is_repeating, affected)
        yield from self._members(kind, old.oid, old.forms, new.forms, counts.forms)

    def _group(self, kind: str, old: Group, new: Group) -> Iterator[Change]:
        counts = self._counts
        affected = (counts.forms if kind == "form" else counts.groups).get(old.oid, 0)
        parts: dict[str, Effect] = {
            "kind": "needs_review", "domain": "harmless", "dataset_name": "harmless", "purpose": "harmless",
            "is_reference_data": "needs_review",
        }  # fmt: skip
        yield from self._plain(kind, old, new, _SAID | parts, affected)
        if old.repeating != new.repeating:
            yield self._repeats(kind, old, new, "repeating", old.is_repeating, new.is_repeating, affected)
        yield from self._members(kind, old.oid, old.members, new.members, {**counts.groups, **counts.items})

    def _repeats(
        self,
        kind: str,
        old: Event | Group,
        new: Event | Group,
        part: str,
        was: bool,
        is_now: bool,
        affected: int,
    ) -> Change:
        said, says = str(getattr(old, part)), str(getattr(new, part))
        if was and not is_now:
            return self._loss(kind, new.oid, part, said, says, affected)
        return Change(
            kind, new.oid, part, said, says, "harmless" if is_now and not was else "needs_review", 0
        )

    def _members(
        self,
        kind: str,
        oid: str,
        old: tuple[Reference, ...],
        new: tuple[Reference, ...],
        counts: Mapping[str, int],
    ) -> Iterator[Change]:
        before, after = ({(found.kind, found.oid): found for found in refs} for refs in (old, new))
        for key, found in before.items():
            place, affected = f"{oid}/{found.oid}", counts.get(found.oid, 0)
            other = after.get(key)
            if other is None:
                yield self._loss(kind, place, "removed", found.oid, "", affected)
                continue
            for part, effect in _REFERENCE.items():
                said, says = getattr(found, part), getattr(other, part)
                if said != says:
                    # What becomes expected is missing where it was not asked for so far.
                    is_relief = part == "is_mandatory" and not says
                    done: Effect = "harmless" if is_relief else effect
                    yield Change(
                        kind,
                        place,
                        part,
                        _said(said),
                        _said(says),
                        done,
                        0 if done == "harmless" else affected,
                    )
        for key, found in after.items():
            if key not in before:
                effect = "needs_review" if found.is_mandatory else "harmless"
                yield Change(kind, f"{oid}/{found.oid}", "added", "", found.oid, effect)

    def _item(self, kind: str, old: Item, new: Item) -> Iterator[Change]:
        affected = self._counts.items.get(old.oid, 0)
        parts: dict[str, Effect] = {
            "question": "needs_review",
            "prompt": "harmless",
            "completion": "harmless",
        }
        yield from self._plain(kind, old, new, _SAID | parts, affected)
        if old.data_type != new.data_type:
            if new.data_type in WIDER.get(old.data_type, set()):
                yield Change(kind, new.oid, "data_type", old.data_type, new.data_type, "harmless")
            else:
                yield self._loss(kind, new.oid, "data_type", old.data_type, new.data_type, affected)
        yield from self._length(old, new, affected)
        yield from self._digits(old, new, affected)
        if old.unit_oids != new.unit_oids:
            is_more = set(new.unit_oids) >= set(old.unit_oids)
            effect: Effect = "harmless" if is_more else "destructive"
            if effect == "destructive":
                yield self._loss(
                    kind, new.oid, "unit_oids", _said(old.unit_oids), _said(new.unit_oids), affected
                )
            else:
                yield Change(kind, new.oid, "unit_oids", _said(old.unit_oids), _said(new.unit_oids), effect)
        if old.ranges != new.ranges:
            yield from self._plain(kind, old, new, {"ranges": "needs_review"}, affected)
        if old.checks != new.checks:
            yield self._checks(old.checks, new.checks, new.oid, affected)
        if old.code_list_oid != new.code_list_oid:
            yield self._other_list(old, new, affected)

    def _length(self, old: Item, new: Item, affected: int) -> Iterator[Change]:
        if old.length == new.length:
            return
        said, says = _said(old.length), _said(new.length)
        if new.length is None or (old.length is not None and new.length > old.length):
            yield Change("item", new.oid, "length", said, says, "harmless")
            return
        lengths = self._counts.lengths.get(old.oid)
        if lengths is not None:
            affected = sum(count for length, count in lengths.items() if length > new.length)
        yield self._loss("item", new.oid, "length", said, says, affected)

    def _digits(self, old: Item, new: Item, affected: int) -> Iterator[Change]:
        if old.significant_digits == new.significant_digits:
            return
        said, says = old.significant_digits, new.significant_digits
        if says is None or (said is not None and says > said):
            yield Change("item", new.oid, "significant_digits", _said(said), _said(says), "harmless")
        else:
            yield self._loss("item", new.oid, "significant_digits", _said(said), _said(says), affected)

    def _checks(self, old: tuple[Check, ...], new: tuple[Check, ...], oid: str, affected: int) -> Change:
        """Checks never destroy: new or changed ones may find something in what is there, fewer cannot."""
        is_fewer = set(new) <= set(old)
        effect: Effect = "harmless" if is_fewer or (self._knows_counts and not affected) else "needs_review"
        said, says = (" ".join(map(_check_words, checks)) for checks in (old, new))
        return Change("item", oid, "checks", said, says, effect, 0 if effect == "harmless" else affected)

    def _other_list(self, old: Item, new: Item, affected: int) -> Change:
        said, says = old.code_list_oid, new.code_list_oid
        if not says:
            return Change("item", new.oid, "code_list_oid", said, says, "harmless")
        allowed = _values(self._lists_after.get(says))
        given = self._counts.codes.get(old.oid)
        if given is not None:
            affected = sum(count for value, count in given.items() if value not in allowed)
        elif said and _values(self._before.code_list_by_oid.get(said)) <= allowed:
            return Change("item", new.oid, "code_list_oid", said, says, "needs_review", affected)
        return self._loss("item", new.oid, "code_list_oid", said, says, affected)

    def _code_list(self, kind: str, old: CodeList, new: CodeList) -> Iterator[Change]:
        users = [item.oid for item in self._before.items if item.code_list_oid == old.oid]
        total = sum(self._counts.items.get(oid, 0) for oid in users)
        yield from self._plain(kind, old, new, _SAID | {"data_type": "needs_review"}, total)
        before, after = ({code.value: code for code in found.codes} for found in (old, new))
        for value, code in before.items():
            given = sum(self._counts.codes.get(oid, {}).get(value, 0) for oid in users)
            place, other = f"{old.oid}/{value}", after.get(value)
            if other is None:
                yield self._loss(kind, place, "removed", str(code.decode or value), "", given)
            elif other.decode != code.decode:
                is_given = given or not self._knows_counts
                effect: Effect = "needs_review" if is_given else "harmless"
                yield Change(kind, place, "decode", _said(code.decode), _said(other.decode), effect, given)
            elif other != code:
                yield Change(kind, place, "order_number", _said(code), _said(other), "harmless")
        for value, code in after.items():
            if value not in before:
                yield Change(kind, f"{old.oid}/{value}", "added", "", str(code.decode or value), "harmless")

    def _list_counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for item in self._before.items:
            if item.code_list_oid:
                answers = self._counts.items.get(item.oid, 0)
                counts[item.code_list_oid] = counts.get(item.code_list_oid, 0) + answers
        return counts

    def _rules(self, kind: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[Change]:
        """Compare units, conditions and methods: they concern answers and hold none."""
        used = self._used(kind)
        after = {found.oid: found for found in reversed(new)}
        known = {found.oid for found in old}
        for found in old:
            other = after.get(found.oid)
            if other != found:
                affected = sum(self._counts.items.get(oid, 0) for oid in used.get(found.oid, ()))
                part = "removed" if other is None else "changed"
                is_used = bool(affected) or (not self._knows_counts and found.oid in used)
                effect: Effect = "needs_review" if is_used else "harmless"
                yield Change(kind, found.oid, part, _said(found), _said(other), effect, affected)
        for found in new:
            if found.oid not in known:
                yield Change(kind, found.oid, "added", "", found.name, "harmless")

    def _used(self, kind: str) -> dict[str, list[str]]:
        used: dict[str, list[str]] = {}
        if kind == "unit":
            for item in self._before.items:
                for oid in item.unit_oids:
                    used.setdefault(oid, []).append(item.oid)
            return used
        for reference in references(self._before):
            oid = reference.condition_oid if kind == "condition" else reference.method_oid
            if oid:
                used.setdefault(oid, []).append(reference.oid)
        return used


_SAID: dict[str, Effect] = {
    "name": "harmless",
    "description": "harmless",
    "aliases": "harmless",
    "kept": "harmless",
}
_REFERENCE: dict[str, Effect] = {
    "is_mandatory": "needs_review", "order_number": "harmless", "condition_oid": "needs_review",
    "method_oid": "needs_review", "key_sequence": "needs_review", "units_item_oid": "needs_review", "role": "harmless",
    "kept": "harmless",
}  # fmt: skip


def _planned(version: StudyVersion) -> tuple[Reference, ...]:
    return version.plan.events if version.plan else ()


def _values(found: CodeList | None) -> set[str]:
    return {code.value for code in found.codes} if found else set()


def _check_words(check: Check) -> str:
    return f"{check.comparator}{','.join(check.values)}" if check.comparator else "(…)"


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(map(_said, value))
    if isinstance(value, ReferenceRange):
        limits = (
            f"{value.low if value.low is not None else ''}–{value.high if value.high is not None else ''}"
        )
        return " ".join(filter(None, (limits, value.sex, value.laboratory)))
    if hasattr(value, "expressions"):
        return " ".join(expression.code for expression in value.expressions)
    named = getattr(value, "name", None)
    return str(named if isinstance(named, str) else value)
