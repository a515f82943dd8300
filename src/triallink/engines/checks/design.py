"""The schema of a study version, and the checks, conditions and derivations that stand in it, bound where they can be.

Names in expressions are OIDs, because those stay the same from version to version: `VS.SYSBP`, or `[IT.VS.SYSBP]` where
an OID is no plain word.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from triallink.engines.checks import shape, syntax
from triallink.engines.checks.checker import bind
from triallink.engines.checks.foreign import Dialect, translated
from triallink.engines.checks.parser import parse, printed
from triallink.engines.checks.problems import ExpressionRefused, Problem
from triallink.engines.checks.runs import Check
from triallink.engines.checks.schema import Event, Form, Group, Home, Item, ItemKind, Schema
from triallink.kernel.refusals import N_

_Defined = TypeVar("_Defined", shape.Event, shape.Group)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# The context of an expression in our own language.
OWN_CONTEXT = "triallink"
NOTHING_SAID = N_("There is no expression here, only words.")
OTHER_LANGUAGE = N_("“%(found)s” is not a language that can be translated.")
NOT_USED = N_("Nothing uses this.")
NO_VALUE = N_("The check has no value it can compare with.")

_KINDS: dict[str, ItemKind] = {
    **dict.fromkeys(("integer", "float", "double", "decimal"), "number"),
    **dict.fromkeys(("date", "partialDate", "incompleteDate"), "date"),
    **dict.fromkeys(("datetime", "partialDatetime", "incompleteDatetime"), "date"),
    **dict.fromkeys(("time", "partialTime", "incompleteTime"), "time"),
    "boolean": "truth",
}
_COMPARATORS: dict[str, syntax.Comparison] = {
    "LT": "<",
    "LE": "<=",
    "GT": ">",
    "GE": ">=",
    "EQ": "=",
    "NE": "!=",
}
_DIALECTS: dict[str, Dialect] = {
    **dict.fromkeys(("js", "javascript", "activity", "viedoc-expression", "openedc"), "script"),
    **dict.fromkeys(("rule", "openclinica", "libreclinica"), "rule"),
    "xpath": "xpath",
}


@dataclass(frozen=True)
class Stored:
    """One expression of a study version and what became of it.

    owner       OID of the item, condition or method it belongs to.
    kind        range: what an answer should be; condition: what is collected; method: how a value is derived.
    original    as it stands in the study, to the letter; for a range check its comparison in our language.
    expression  in our language; empty if it cannot be said in it.
    homes       where it runs; empty if it cannot be bound.
    problem     why it does not run; None if it does.
    """

    owner: str
    kind: Literal["range", "condition", "method"]
    original: str
    context: str = ""
    severity: str = ""
    messages: tuple[tuple[str, str], ...] = ()
    expression: str = ""
    homes: tuple[Home, ...] = ()
    problem: Problem | None = None

    @property
    def is_bound(self) -> bool:
        return self.problem is None


def schema_of(design: shape.Design) -> Schema:
    """Return what expressions of a study version may speak of.

    design   a study version; what it refers to and does not define is left out.
    Returns  forms with their groups, a group within a group beside it; items directly in a form stand in the group
             `<form>.ITEMS`. Events in the order of the plan, else of the definitions. Names are OIDs.
    """
    items = {item.oid: _item(item, design) for item in design.items}
    groups = {group.oid: group for group in design.groups}
    forms = tuple(
        Form(form.oid, tuple(_groups(form, items, groups)), form.is_repeating)
        for form in _first_of_each(design.forms)
    )
    known = {form.name for form in forms}
    place = {oid: at for at, oid in enumerate(design.event_order)}
    ordered = sorted(_first_of_each(design.events), key=lambda event: place.get(event.oid, len(place)))
    events = tuple(
        Event(event.oid, tuple(each.oid for each in event.forms if each.oid in known), event.is_repeating)
        for event in ordered
    )
    return Schema(forms, events)


def stored_expressions(design: shape.Design, schema: Schema | None = None) -> tuple[Stored, ...]:
    """Return every expression of a study version, translated and bound where that is possible.

    design  a study version.
    schema  of it; made of it if not given.
    """
    known = schema or schema_of(design)
    return tuple(_bound(each, known) for each in _found(design, known))


def checks_of(design: shape.Design, schema: Schema | None = None) -> tuple[Check, ...]:
    """Return the range checks of a study version as checks, one for each place an item is asked at.

    Returns  those that can be bound, named `<item>.<number>` and, beyond the first place, `@<form>.<group>`.
    """
    checks: dict[str, Check] = {}
    numbers: dict[str, int] = {}
    for each in stored_expressions(design, schema):
        if each.kind != "range":
            continue
        numbers[each.owner] = numbers.get(each.owner, 0) + 1
        for at, home in enumerate(each.homes):
            name = f"{each.owner}.{numbers[each.owner]}" + (f"@{home.form}.{home.group}" if at else "")
            checks[name] = Check(name, home, each.expression, dict(each.messages))
    return tuple(checks.values())


def _item(item: shape.Item, design: shape.Design) -> Item:
    codes = next((each.codes for each in design.code_lists if each.oid == item.code_list_oid), ())
    # With several units the answer says which one it is in; the number alone has none.
    unit = _unit_name(item.unit_oids[0], design) if len(item.unit_oids) == 1 else ""
    kind = _KINDS.get(item.data_type, "text")
    values = tuple(code.value for code in codes)
    return Item(item.oid, kind, unit if kind == "number" else "", values if kind == "text" else ())


def _unit_name(oid: str, design: shape.Design) -> str:
    found = next((unit for unit in design.units if unit.oid == oid), None)
    name = "" if found is None else (str(found.symbol) if found.symbol else found.name)
    return "" if any(sign in name for sign in '{}"\n') or len(name) > 40 else name


def _groups(
    form: shape.Group, items: Mapping[str, Item], groups: Mapping[str, shape.Group]
) -> Iterator[Group]:
    own = tuple(items[each.oid] for each in form.members if each.kind == "item" and each.oid in items)
    if own:
        yield Group(f"{form.oid}.ITEMS", own)
    seen: set[str] = set()
    waiting = [(each.oid, False) for each in reversed(form.members) if each.kind == "group"]
    while waiting:
        oid, repeats = waiting.pop()
        if oid in seen or oid not in groups:
            continue
        seen.add(oid)
        group = groups[oid]
        repeats = repeats or group.is_repeating
        held = tuple(items[each.oid] for each in group.members if each.kind == "item" and each.oid in items)
        if held:
            yield Group(oid, held, repeats)
        waiting += [(each.oid, repeats) for each in reversed(group.members) if each.kind == "group"]


def _first_of_each(found: Sequence[_Defined]) -> list[_Defined]:
    return list({each.oid: each for each in reversed(found)}.values())[::-1]


def _found(design: shape.Design, schema: Schema) -> Iterator[Stored]:
    for item in design.items:
        homes = tuple(
            Home(place.form.name, place.group.name) for place in schema.places_by_item.get(item.oid, ())
        )
        for check in item.checks:
            yield from _range(item, check, homes, design)
    used = _homes_of_rules(design, schema)
    for kind, rules in (("condition", design.conditions), ("method", design.methods)):
        for rule in rules:
            empty = Stored(rule.oid, kind, "", homes=tuple(used.get(rule.oid, ())))  # type: ignore[arg-type]
            for expression in rule.expressions:
                yield _read(empty, expression)
            if not rule.expressions:
                yield replace(empty, problem=_problem("", NOTHING_SAID))


def _range(
    item: shape.Item, check: shape.RangeCheck, homes: tuple[Home, ...], design: shape.Design
) -> Iterator[Stored]:
    said = (
        tuple((each.language or "en", each.text) for each in check.message.translations)
        if check.message
        else ()
    )
    stored = Stored(item.oid, "range", "", severity=check.severity, messages=said, homes=homes)
    for expression in check.expressions:
        yield _read(stored, expression)
    if check.expressions:
        return
    unit = _unit_name(check.unit_oid, design) if check.unit_oid else ""
    kind = _KINDS.get(item.data_type, "text")
    if kind == "number" and not all(_NUMBER.fullmatch(value.strip()) for value in check.values):
        values = []
    else:
        values = [_literal(value, kind, unit) for value in check.values]
    name = syntax.Name((item.oid,))
    tree: syntax.Expression | None = None
    if check.comparator in ("IN", "NOTIN") and values:
        tree = syntax.Member(name, tuple(values), check.comparator == "NOTIN")
    elif check.comparator in _COMPARATORS and len(values) == 1:
        tree = syntax.Compare(_COMPARATORS[check.comparator], name, values[0])
    if tree is None:
        yield replace(stored, original=check.comparator, problem=_problem(check.comparator, NO_VALUE))
    else:
        yield replace(stored, original=printed(tree), expression=printed(tree))


def _literal(value: str, kind: ItemKind, unit: str) -> syntax.Expression:
    text = value.strip()
    if kind == "number":
        digits = text.removeprefix("-").removeprefix("+")
        number = syntax.Number(digits, unit)
        return syntax.Minus(number) if text.startswith("-") else number
    if kind == "truth":
        return syntax.Truth(text.casefold() in ("true", "1", "yes", "y"))
    return syntax.Text(value)


def _read(stored: Stored, expression: shape.Expression) -> Stored:
    """Return an expression with its translation; one in our own language is its own."""
    context = expression.context
    stored = replace(stored, original=expression.code, context=context)
    if context.casefold() == OWN_CONTEXT:
        return replace(stored, expression=expression.code)
    dialect = _DIALECTS.get(context.casefold())
    if dialect is None:
        return replace(stored, problem=_problem(expression.code, OTHER_LANGUAGE, found=context or "?"))
    found = translated(expression.code, dialect)
    if not found.is_translated:
        return replace(stored, problem=_problem(expression.code, found.reason, **dict(found.params)))
    return replace(stored, expression=found.translation)


def _bound(stored: Stored, schema: Schema) -> Stored:
    if stored.problem is not None:
        return replace(stored, homes=())
    if not stored.homes:
        return replace(stored, problem=_problem(stored.expression, NOT_USED))
    bound, refused = [], None
    expression = stored.expression
    if stored.context.casefold() != OWN_CONTEXT:
        expression = printed(_typed(parse(expression), schema))
    for home in stored.homes:
        try:
            bind(expression, schema, home, as_check=stored.kind != "method")
        except ExpressionRefused as error:
            refused = refused or error.problems[0]
        else:
            bound.append(home)
    return replace(stored, expression=expression, homes=tuple(bound), problem=None if bound else refused)


def _typed(node: Any, schema: Schema) -> Any:
    """Return an expression in which a text beside a number or a truth value is one.

    Other systems write every answer as a text: `@Value='0'` in XPath, `Gender == "1"` in scripts.
    """
    if isinstance(node, tuple):
        return tuple(_typed(each, schema) for each in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    rebuilt = replace(node, **{each.name: _typed(getattr(node, each.name), schema) for each in fields(node)})
    match rebuilt:
        case syntax.Compare("=" | "!=" as operator, syntax.Name() as name, syntax.Text(value)):
            return syntax.Compare(operator, name, _beside(name, value, schema))
        case syntax.Compare("=" | "!=" as operator, syntax.Text(value), syntax.Name() as name):
            return syntax.Compare(operator, _beside(name, value, schema), name)
    return rebuilt


def _beside(name: syntax.Name, value: str, schema: Schema) -> syntax.Expression:
    kinds = {place.item.kind for place in schema.places_by_item.get(name.parts[-1], ())}
    if kinds == {"number"} and _NUMBER.fullmatch(value.strip()):
        return _literal(value, "number", "")
    if kinds == {"truth"} and value.strip().casefold() in ("true", "false", "0", "1"):
        return _literal(value, "truth", "")
    return syntax.Text(value)


def _homes_of_rules(design: shape.Design, schema: Schema) -> dict[str, list[Home]]:
    """Return where conditions and methods are used: at a group for an item, at a form for a group or a form."""
    found: dict[str, list[Home]] = {}

    def used(reference: shape.Reference, home: Home) -> None:
        for oid in (reference.condition_oid, reference.method_oid):
            if oid and home not in found.setdefault(oid, []):
                found[oid].append(home)

    holders: dict[str, list[Home]] = {}
    for form in schema.forms:
        for group in form.groups:
            holders.setdefault(group.name, []).append(Home(form.name, group.name))
    for form_ in design.forms:
        for member in form_.members:
            used(member, Home(form_.oid, f"{form_.oid}.ITEMS" if member.kind == "item" else ""))
    for group_ in design.groups:
        for member in group_.members:
            for home in holders.get(group_.oid, ()):
                used(member, home)
    for event in design.events:
        for reference in event.forms:
            used(reference, Home(reference.oid, event=event.oid))
    for reference in design.plan.events if design.plan else ():
        used(reference, Home(event=reference.oid))
    return found


def _problem(text: str, template: str, **params: str) -> Problem:
    return Problem((0, len(text)), template, params)
