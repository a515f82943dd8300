"""Which way a condition works: ODM leaves out what its collection exception is true for, some vendors collect it then."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from triallink.engines.odm.clinical import Header
from triallink.engines.odm.model import Reference, Rule, StudyVersion

Polarity = Literal["omit_if_true", "collect_if_true"]
VIEDOC_ATTRIBUTE = re.compile(r"\{http://www\.viedoc\.net/ns/v\d+\}HideShow")
_NEGATED = re.compile(r"!\s*\(")


@dataclass(frozen=True)
class ConditionUse:
    """One condition and what was decided about it.

    polarity    omit_if_true (ODM) or collect_if_true.
    reason      odm_default, vendor_attribute (the vendor says it), vendor_stores_opposite (its files mean the
                opposite), vendor_negates_on_export (its files mean what ODM says).
    used_by     kind and OID of what is collected or not.
    """

    condition_oid: str
    polarity: Polarity
    reason: str
    expressions: tuple[str, ...]
    used_by: tuple[tuple[str, str], ...]


def polarity_report(version: StudyVersion, header: Header | None = None) -> tuple[ConditionUse, ...]:
    """Return which way each condition of a version works, and why that was decided.

    version  as read.
    header   of the file it came from; its source system decides where the condition itself says nothing.
    Returns  one line per condition that is defined or used, in the order of their definition. A condition without an
             expression is there too: it decides nothing.
    Source   CDISC ODM 1.3.2, CollectionExceptionConditionOID: "not collected when the condition is true". Viedoc
             states `HideShow` on the condition. OpenEDC shows what its own expression is true for; its exports
             for others negate the expression as `!(…)`, and then mean what ODM says.
    """
    uses: dict[str, list[tuple[str, str]]] = {rule.oid: [] for rule in version.conditions}
    for reference in references(version):
        if reference.condition_oid:
            uses.setdefault(reference.condition_oid, []).append((reference.kind, reference.oid))
    rules = {rule.oid: rule for rule in version.conditions}
    return tuple(
        _use(rules.get(oid, Rule(oid, "")), header, tuple(dict.fromkeys(used))) for oid, used in uses.items()
    )


def references(version: StudyVersion) -> Iterator[Reference]:
    """Return everything a version says is collected within something else."""
    yield from version.plan.events if version.plan else ()
    for event in version.events:
        yield from event.forms
    for group in (*version.forms, *version.groups):
        yield from group.members


def _use(rule: Rule, header: Header | None, used_by: tuple[tuple[str, str], ...]) -> ConditionUse:
    texts = tuple(expression.code for expression in rule.expressions)
    polarity, reason = _decided(rule, header)
    return ConditionUse(rule.oid, polarity, reason, texts, used_by)


def _decided(rule: Rule, header: Header | None) -> tuple[Polarity, str]:
    for name, value in rule.kept.attributes:
        if VIEDOC_ATTRIBUTE.fullmatch(name) and value in ("show", "hide"):
            return ("collect_if_true" if value == "show" else "omit_if_true"), "vendor_attribute"
    contexts = {expression.context.casefold() for expression in rule.expressions}
    is_openedc = "openedc" in contexts or (
        header is not None and header.source_system.casefold() == "openedc"
    )
    if is_openedc and rule.expressions:
        if all(_is_negation(expression.code) for expression in rule.expressions):
            return "omit_if_true", "vendor_negates_on_export"
        return "collect_if_true", "vendor_stores_opposite"
    return "omit_if_true", "odm_default"


def _is_negation(code: str) -> bool:
    """Say whether an expression is `!( … )` as a whole."""
    text = code.strip()
    start = _NEGATED.match(text)
    if start is None:
        return False
    depth = 0
    for position in range(start.end() - 1, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position == len(text) - 1
    return False
