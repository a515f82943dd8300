"""A study's data-collection design as values, shaped like ODM 2.0: one version of it is frozen, comparable and has a hash.

What the classes do not name is kept: attributes and elements of vendors and of the parts of ODM that describe more than
data collection stand in `kept` and are written back where they were.
"""

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from triallink.engines.odm.element import Element

Repeating = Literal["No", "Yes", "Simple", "Dynamic", "Static", "Conditional"]


@dataclass(frozen=True)
class Kept:
    """What a source says beyond the model: attributes by name, and elements."""

    attributes: tuple[tuple[str, str], ...] = ()
    elements: tuple[Element, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.attributes or self.elements)

    def named(self, name: str) -> tuple[Element, ...]:
        """Return the kept elements of one name."""
        return tuple(item for item in self.elements if item.name == name)

    def get(self, name: str) -> str:
        """Return a kept attribute, or "" if there is none."""
        return next((value for key, value in self.attributes if key == name), "")


NOTHING_KEPT = Kept()


@dataclass(frozen=True)
class Translation:
    """A text in one language; `language` is "" when the source names none, `media_type` as ODM 2.0 says it."""

    text: str
    language: str = ""
    media_type: str = ""
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Text:
    """A text in the languages it is there in."""

    translations: tuple[Translation, ...] = ()
    kept: Kept = NOTHING_KEPT

    def __bool__(self) -> bool:
        return bool(self.translations)

    def in_language(self, language: str) -> str:
        """Return the text in a language ("zh" also finds "zh-CN"), else in English, else the first there is."""
        for wanted in (language, language.partition("-")[0], "en"):
            for translation in self.translations:
                if translation.language == wanted or translation.language.partition("-")[0] == wanted:
                    return translation.text
        return self.translations[0].text if self.translations else ""

    def __str__(self) -> str:
        return self.in_language("en")


NO_TEXT = Text()


def bilingual(english: str, chinese: str = "") -> Text:
    """Return a text in English and, if given, Chinese."""
    translations = [Translation(english, "en", "text/plain")] if english else []
    if chinese:
        translations.append(Translation(chinese, "zh-CN", "text/plain"))
    return Text(tuple(translations))


@dataclass(frozen=True)
class Alias:
    """Another name of something, in a context (a standard, a tool)."""

    context: str
    name: str
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Expression:
    """A formal expression in some language, kept verbatim."""

    code: str
    context: str = ""
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Reference:
    """That something is collected within something else.

    kind           what is referred to: event, form, group or item.
    is_mandatory   whether the collection is expected.
    condition_oid  the condition of `CollectionExceptionConditionOID`; which way it works says `polarity`.
    """

    oid: str
    kind: str
    is_mandatory: bool = False
    order_number: int | None = None
    condition_oid: str = ""
    method_oid: str = ""
    key_sequence: int | None = None
    units_item_oid: str = ""
    role: str = ""
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Event:
    """A visit or other occasion of collection. `kind` is Scheduled, Unscheduled or Common (ODM's EventType)."""

    oid: str
    name: str
    kind: str = "Scheduled"
    is_repeating: bool = False
    category: str = ""
    description: Text | None = None
    forms: tuple[Reference, ...] = ()
    aliases: tuple[Alias, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Group:
    """Items collected together, and groups within it; a form is the outermost group.

    repeating  No, Yes (1.3), or how it repeats (2.0: Simple, Dynamic, Static, Conditional).
    kind       Form, Section, Dataset or Concept (2.0); "" for a group of 1.3.
    """

    oid: str
    name: str
    repeating: str = "No"
    kind: str = ""
    members: tuple[Reference, ...] = ()
    description: Text | None = None
    domain: str = ""
    dataset_name: str = ""
    purpose: str = ""
    is_reference_data: bool | None = None
    aliases: tuple[Alias, ...] = ()
    kept: Kept = NOTHING_KEPT

    @property
    def is_repeating(self) -> bool:
        """Whether it can be there more than once."""
        return self.repeating not in ("No", "")


@dataclass(frozen=True)
class Check:
    """A range or other simple check of an item (ODM RangeCheck).

    comparator  LT, LE, GT, GE, EQ, NE, IN, NOTIN, or "" when `expressions` say it.
    severity    Soft or Hard; "" if not said.
    """

    comparator: str = ""
    severity: str = "Soft"
    values: tuple[str, ...] = ()
    expressions: tuple[Expression, ...] = ()
    message: Text | None = None
    item_oid: str = ""
    unit_oid: str = ""
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class ReferenceRange:
    """What is normal for an item, limits included.

    low, high                 in the unit `unit_oid`; None is open.
    sex                       the code of a sex, "" for any; `laboratory` an OID, "" for any.
    from_years, under_years   age in years, the first included, the last not; None is open.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    unit_oid: str = ""
    sex: str = ""
    from_years: Decimal | None = None
    under_years: Decimal | None = None
    laboratory: str = ""


@dataclass(frozen=True)
class Item:
    """One question.

    data_type           by ODM's name (text, integer, float, date, partialDate …).
    significant_digits  digits after the point.
    unit_oids           the units it may be answered in (1.3: MeasurementUnitRef).
    """

    oid: str
    name: str
    data_type: str = "text"
    length: int | None = None
    significant_digits: int | None = None
    description: Text | None = None
    question: Text | None = None
    prompt: Text | None = None
    completion: Text | None = None
    unit_oids: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    code_list_oid: str = ""
    ranges: tuple[ReferenceRange, ...] = ()
    aliases: tuple[Alias, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Code:
    """One answer of a code list; `decode` is None for an enumerated value that stands for itself."""

    value: str
    decode: Text | None = None
    rank: str = ""
    order_number: int | None = None
    aliases: tuple[Alias, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class CodeList:
    """The answers an item allows, or the dictionary they come from (in `kept`)."""

    oid: str
    name: str
    data_type: str = "text"
    codes: tuple[Code, ...] = ()
    description: Text | None = None
    aliases: tuple[Alias, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Unit:
    """A unit of measurement."""

    oid: str
    name: str
    symbol: Text | None = None
    aliases: tuple[Alias, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Rule:
    """A condition or a derivation. `kind` is Computation, Imputation, Transpose or Other for a derivation."""

    oid: str
    name: str
    description: Text | None = None
    expressions: tuple[Expression, ...] = ()
    kind: str = ""
    aliases: tuple[Alias, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Plan:
    """The order of the events (ODM Protocol); arms, epochs, timings and the rest of 2.0 stand in `kept`."""

    description: Text | None = None
    events: tuple[Reference, ...] = ()
    aliases: tuple[Alias, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class StudyVersion:
    """One version of a study's data collection. Nothing in it changes: an amendment is another version.

    forms   groups of kind Form, in the order of the source; `groups` are the others.
    units   of the whole study; ODM 1.3 states them there, and every version carries them.
    """

    oid: str
    name: str
    description: Text | None = None
    plan: Plan | None = None
    events: tuple[Event, ...] = ()
    forms: tuple[Group, ...] = ()
    groups: tuple[Group, ...] = ()
    items: tuple[Item, ...] = ()
    code_lists: tuple[CodeList, ...] = ()
    units: tuple[Unit, ...] = ()
    conditions: tuple[Rule, ...] = ()
    methods: tuple[Rule, ...] = ()
    kept: Kept = NOTHING_KEPT

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the content in hexadecimal: the same for the same design, however the file was written."""
        said = json.dumps(_plain(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()

    @cached_property
    def item_by_oid(self) -> dict[str, Item]:
        """The items by OID; the first of several."""
        return {item.oid: item for item in reversed(self.items)}

    @cached_property
    def group_by_oid(self) -> dict[str, Group]:
        """The groups that are not forms, by OID; the first of several."""
        return {group.oid: group for group in reversed(self.groups)}

    @cached_property
    def form_by_oid(self) -> dict[str, Group]:
        """The forms by OID; the first of several."""
        return {form.oid: form for form in reversed(self.forms)}

    @cached_property
    def code_list_by_oid(self) -> dict[str, CodeList]:
        """The code lists by OID; the first of several."""
        return {found.oid: found for found in reversed(self.code_lists)}

    @cached_property
    def event_order(self) -> tuple[str, ...]:
        """The OIDs of the planned events in their order: of the plan, of its groups (2.0), else as they are defined."""
        if self.plan is not None and self.plan.events:
            return tuple(reference.oid for reference in self.plan.events)
        groups = {found.get("OID"): found for found in self.kept.named("StudyEventGroupDef")}
        started = self.plan.kept.named("StudyEventGroupRef") if self.plan is not None else ()
        waiting = list(reversed(started or tuple(groups.values())))
        grouped: dict[str, None] = {}
        seen: set[str] = set()
        while waiting:
            found = waiting.pop()
            if found.name == "StudyEventRef":
                grouped[found.get("StudyEventOID")] = None
                continue
            oid = found.get("StudyEventGroupOID") or found.get("OID")
            if oid in groups and oid not in seen:
                seen.add(oid)
                inside = groups[oid].children
                names = ("StudyEventRef", "StudyEventGroupRef")
                waiting += reversed([child for child in inside if child.name in names])
        return tuple(grouped) or tuple(event.oid for event in self.events)


@dataclass(frozen=True)
class Study:
    """A study and the versions of its design that a file holds."""

    oid: str
    name: str = ""
    protocol_name: str = ""
    description: Text | None = None
    versions: tuple[StudyVersion, ...] = ()
    kept: Kept = NOTHING_KEPT


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it; fields at their default are left out, so that a new field changes no hash."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        said = {item.name: getattr(value, item.name) for item in fields(value) if item.compare}
        defaults = {item.name: item.default for item in fields(value)}
        return {key: _plain(part) for key, part in said.items() if part != defaults[key]}
    return value
