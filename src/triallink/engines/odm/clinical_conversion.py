"""Collected data said the way of the other version: forms under their written names, groups side by side, queries."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from triallink.engines.odm import findings
from triallink.engines.odm.clinical import (
    Annotation,
    Collected,
    Comment,
    EventData,
    GroupData,
    ItemData,
    SubjectData,
)
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.model import Text, Translation

T = TypeVar("T", SubjectData, EventData, GroupData, ItemData)


def collected_20(collected: Collected, form_names: Mapping[str, str]) -> Collected:
    """Return collected data with its forms under the names they are written by in 2.0.

    form_names  OID of a form → its name; forms that are not renamed are not in it.
    """
    if not form_names:
        return collected
    return replace(collected, subjects=tuple(subject_20(found, form_names) for found in collected.subjects))


def subject_20(subject: SubjectData, form_names: Mapping[str, str]) -> SubjectData:
    """Return one subject with its forms under the names they are written by in 2.0."""
    events = tuple(
        replace(
            event, forms=tuple(replace(form, oid=form_names.get(form.oid, form.oid)) for form in event.forms)
        )
        for event in subject.events
    )
    return replace(subject, events=events)


def collected_13(collected: Collected, told: list[Finding]) -> Collected:
    """Return collected data as 1.3 says them; what cannot be said is told."""
    return replace(collected, subjects=tuple(subject_13(found, told) for found in collected.subjects))


def subject_13(subject: SubjectData, told: list[Finding]) -> SubjectData:
    """Return one subject as 1.3 says it: groups side by side in their form, queries as annotations, one value each."""
    events = tuple(
        replace(_without_queries(event), forms=tuple(_form(form, told) for form in event.forms))
        for event in subject.events
    )
    return replace(_without_queries(subject), events=events)


def _form(form: GroupData, told: list[Finding]) -> GroupData:
    rows: list[GroupData] = []
    if form.items:
        rows.append(GroupData(f"{form.oid}.ITEMS", members=tuple(_item(item, told) for item in form.items)))
    for group in form.groups:
        rows += _rows(group, told)
    return replace(_without_queries(form), members=tuple(rows))


def _rows(group: GroupData, told: list[Finding]) -> Iterator[GroupData]:
    yield replace(_without_queries(group), members=tuple(_item(item, told) for item in group.items))
    for inner in group.groups:
        yield from _rows(inner, told)


def _item(item: ItemData, told: list[Finding]) -> ItemData:
    for value in item.values[1:]:
        params = {"name": value, "parent": f"ItemData {item.oid}", "version": "1.3.2"}
        told.append(Finding(findings.LEFT_OUT, params, place=f"ItemData {item.oid}", severity="warning"))
    kept = replace(item.kept, elements=tuple(found for found in item.kept.elements if found.name != "Value"))
    return replace(_without_queries(item), kept=kept)


def _without_queries(value: T) -> T:
    """Return a value with its queries as annotations, the way 1.3 files carry them."""
    if not value.queries:
        return value
    numbered = enumerate(value.queries, len(value.annotations) + 1)
    asked: tuple[Annotation, ...] = tuple(
        Annotation(str(place), comment=Comment(Text((Translation(f"{query.state}: {query.text}"),))))
        for place, query in numbered
    )
    return replace(value, annotations=(*value.annotations, *asked), queries=())
