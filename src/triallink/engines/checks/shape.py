"""What a schema and its checks are taken from, by shape: any study version that has these fields will do (ODM's names)."""

from collections.abc import Sequence
from typing import Protocol


class Expression(Protocol):
    """A formal expression in some language."""

    @property
    def code(self) -> str: ...
    @property
    def context(self) -> str: ...


class Translation(Protocol):
    """A text in one language."""

    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...


class Text(Protocol):
    """A text in the languages it is there in."""

    @property
    def translations(self) -> Sequence[Translation]: ...


class Reference(Protocol):
    """That something is collected within something else; kind is event, form, group or item."""

    @property
    def oid(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def condition_oid(self) -> str: ...
    @property
    def method_oid(self) -> str: ...


class Plan(Protocol):
    """The order of the events."""

    @property
    def events(self) -> Sequence[Reference]: ...


class Event(Protocol):
    """A visit and the forms collected at it."""

    @property
    def oid(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def is_repeating(self) -> bool: ...
    @property
    def forms(self) -> Sequence[Reference]: ...


class Group(Protocol):
    """A form, or items collected together in one; groups stand in groups."""

    @property
    def oid(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def is_repeating(self) -> bool: ...
    @property
    def members(self) -> Sequence[Reference]: ...


class RangeCheck(Protocol):
    """A simple check of an item: LT, LE, GT, GE, EQ, NE, IN, NOTIN, or "" when `expressions` say it."""

    @property
    def comparator(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def values(self) -> Sequence[str]: ...
    @property
    def expressions(self) -> Sequence[Expression]: ...
    @property
    def message(self) -> "Text | None": ...
    @property
    def unit_oid(self) -> str: ...


class Item(Protocol):
    """One question."""

    @property
    def oid(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def data_type(self) -> str: ...
    @property
    def unit_oids(self) -> Sequence[str]: ...
    @property
    def checks(self) -> Sequence[RangeCheck]: ...
    @property
    def code_list_oid(self) -> str: ...


class Code(Protocol):
    """One answer of a code list."""

    @property
    def value(self) -> str: ...


class CodeList(Protocol):
    """The answers an item allows."""

    @property
    def oid(self) -> str: ...
    @property
    def codes(self) -> Sequence[Code]: ...


class Unit(Protocol):
    """A unit; its symbol, as a text, is what expressions call it."""

    @property
    def oid(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def symbol(self) -> object: ...


class Rule(Protocol):
    """A condition or a derivation."""

    @property
    def oid(self) -> str: ...
    @property
    def expressions(self) -> Sequence[Expression]: ...


class Design(Protocol):
    """A version of a study's data collection."""

    @property
    def plan(self) -> Plan | None: ...
    @property
    def event_order(self) -> Sequence[str]: ...
    @property
    def events(self) -> Sequence[Event]: ...
    @property
    def forms(self) -> Sequence[Group]: ...
    @property
    def groups(self) -> Sequence[Group]: ...
    @property
    def items(self) -> Sequence[Item]: ...
    @property
    def code_lists(self) -> Sequence[CodeList]: ...
    @property
    def units(self) -> Sequence[Unit]: ...
    @property
    def conditions(self) -> Sequence[Rule]: ...
    @property
    def methods(self) -> Sequence[Rule]: ...
