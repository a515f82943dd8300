"""What ODM 1.3 and 2.0 say differently, said the other way: repeats, units, digits, forms and groups within groups.

Whatever has a place in the other version only under another name is put there so that the way back finds it again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from triallink.engines.odm import findings
from triallink.engines.odm.clinical import OdmFile
from triallink.engines.odm.clinical_conversion import collected_13, collected_20
from triallink.engines.odm.element import Element, element
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.model import (
    Alias,
    Code,
    CodeList,
    Event,
    Group,
    Item,
    Plan,
    Reference,
    Rule,
    Study,
    StudyVersion,
    Text,
    Translation,
    Unit,
)  # fmt: skip
from triallink.engines.odm.ranges import ranges_to_aliases
from triallink.engines.odm.shapes import Told
from triallink.engines.odm.shapes_shared import EVENT_REF

EVENT_GROUP = "SEG.PLANNED"
UNITS_LIST = "MeasurementUnits"
UNITS_CONTEXT = "MeasurementUnitOID"
TO_13 = {"Simple": "Yes", "Dynamic": "Yes", "Static": "Yes", "Conditional": "Yes"}
TYPES_13 = {"decimal": "float"}
LIST_TYPES_20 = {"float": "decimal"}


@dataclass(frozen=True)
class Converted:
    """A file as another version says it.

    form_names  OID of a study version → OID of a form → the name it is written by, where that differs.
    """

    file: OdmFile
    findings: tuple[Finding, ...] = ()
    form_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def converted(file: OdmFile, version: str) -> Converted:
    """Return a file as a version says it; one that already is of that version stays as it is.

    file     as read, or made. What it is made for says its header's version; "" or 1.x means the names of 1.3.
    version  "1.3.2" or "2.0".
    Source   CDISC ODM 2.0, appendix on changes from 1.3.2; where units and digits go is our own.
    """
    told: list[Finding] = []
    is_other = version[0] != (file.header.version or version)[0]
    whole = replace(file, header=replace(file.header, version=version)) if is_other else file
    if version == "2.0":
        names = {found.oid: _form_names(found) for study in file.studies for found in study.versions}
        studies = tuple(_with_aliases(_study_20(study, names, told)) for study in file.studies)
        clinical = tuple(collected_20(found, names.get(found.version_oid, {})) for found in file.clinical)
        return Converted(replace(whole, studies=studies, clinical=clinical), tuple(told), names)
    studies = tuple(_with_aliases(_study_13(study, needs_plan=is_other)) for study in file.studies)
    clinical = tuple(collected_13(found, told) for found in file.clinical)
    return Converted(replace(whole, studies=studies, clinical=clinical), tuple(told))


def _with_aliases(study: Study) -> Study:
    return replace(study, versions=tuple(ranges_to_aliases(version) for version in study.versions))


# 1.3 → 2.0


def _study_20(study: Study, names: Mapping[str, Mapping[str, str]], told: list[Finding]) -> Study:
    """A study of 2.0 has at least one version."""
    versions = study.versions or (StudyVersion("MDV.1", "–"),)
    return replace(
        study, versions=tuple(_version_20(found, names.get(found.oid, {}), told) for found in versions)
    )


def _version_20(version: StudyVersion, names: Mapping[str, str], told: list[Finding]) -> StudyVersion:
    groups = tuple(_group_20(group) for group in version.groups)
    lists = tuple(
        replace(found, data_type=LIST_TYPES_20.get(found.data_type, found.data_type))
        for found in version.code_lists
    )
    if version.units and all(found.oid != UNITS_LIST for found in lists):
        lists = (*lists, _units_list(version.units))
    return _renamed(
        replace(
            _with_event_group(version),
            forms=tuple(_group_20(form) for form in version.forms),
            groups=groups,
            items=tuple(_item_20(item) for item in version.items),
            code_lists=lists,
        ),
        names,
        told,
    )


def _with_event_group(version: StudyVersion) -> StudyVersion:
    """Put the planned events into an event group: the plan of 2.0 refers to groups only."""
    if version.plan is None or not version.plan.events:
        return version
    inside = tuple(EVENT_REF.write(reference) for reference in version.plan.events)
    group = element("StudyEventGroupDef", {"OID": EVENT_GROUP, "Name": "Planned events"}, inside)
    reference = element("StudyEventGroupRef", {"StudyEventGroupOID": EVENT_GROUP, "Mandatory": "Yes"})
    kept = replace(version.plan.kept, elements=(*version.plan.kept.elements, reference))
    plan = replace(version.plan, events=(), kept=kept)
    return replace(version, plan=plan, kept=replace(version.kept, elements=(*version.kept.elements, group)))


def _group_20(group: Group) -> Group:
    return replace(group, repeating="Simple") if group.repeating == "Yes" else group


def _item_20(item: Item) -> Item:
    kept, aliases = item.kept, item.aliases
    if item.significant_digits is not None and not kept.get("DisplayFormat"):
        shown = f"{item.length or ''}.{item.significant_digits}"
        kept = replace(kept, attributes=(*kept.attributes, ("DisplayFormat", shown)))
    if item.unit_oids:
        aliases = (*aliases, Alias(UNITS_CONTEXT, " ".join(item.unit_oids)))
    return replace(item, kept=kept, aliases=aliases)


def _units_list(units: Iterable[Unit]) -> CodeList:
    codes = tuple(
        Code(unit.oid, unit.symbol or Text((Translation(unit.name),)), aliases=unit.aliases) for unit in units
    )
    return CodeList(UNITS_LIST, "Units of measurement", "text", codes)


def _form_names(version: StudyVersion) -> dict[str, str]:
    """Return new names of forms whose OID another definition has: in 2.0 all definitions share their names."""
    definitions: tuple[tuple[Event | Group | Item | CodeList | Rule, ...], ...] = (
        version.events, version.groups, version.items, version.code_lists, version.conditions, version.methods,
    )  # fmt: skip
    taken = {found.oid for kind in definitions for found in kind}
    names: dict[str, str] = {}
    for form in version.forms:
        if form.oid in taken:
            written = f"FORM.{form.oid}"
            while written in taken:
                written = f"FORM.{written}"
            names[form.oid] = written
    return names


def _renamed(version: StudyVersion, names: Mapping[str, str], told: list[Finding]) -> StudyVersion:
    if not names:
        return version
    for oid, written in names.items():
        told.append(Finding(findings.RENAMED, {"oid": oid, "written": written}, severity="warning"))
    forms = tuple(replace(form, oid=names.get(form.oid, form.oid)) for form in version.forms)
    events = tuple(
        replace(
            event, forms=tuple(replace(found, oid=names.get(found.oid, found.oid)) for found in event.forms)
        )
        for event in version.events
    )
    return replace(version, forms=forms, events=events)


# 2.0 → 1.3


def _study_13(study: Study, *, needs_plan: bool) -> Study:
    versions = (_version_13(version) for version in study.versions)
    if needs_plan:
        versions = (_with_plan_13(version) for version in versions)
    return replace(study, versions=tuple(versions))


def _version_13(version: StudyVersion) -> StudyVersion:
    nested = {group.oid: group for group in version.groups}
    forms, made = [], []
    for form in version.forms:
        flat, own = _form_13(form, nested)
        forms.append(flat)
        made += own
    groups = tuple(_group_13(group) for group in version.groups)
    units_list = next((found for found in version.code_lists if found.oid == UNITS_LIST), None)
    units = version.units
    if units_list is not None and not units:
        units = tuple(
            Unit(code.value, str(code.decode or code.value), code.decode) for code in units_list.codes
        )
    return replace(
        version,
        forms=tuple(forms),
        groups=(*groups, *made),
        items=tuple(_item_13(item) for item in version.items),
        code_lists=tuple(
            _list_13(found) for found in version.code_lists if found.oid != UNITS_LIST or not units
        ),
        units=units,
    )


def _with_plan_13(version: StudyVersion) -> StudyVersion:
    without = tuple(
        found
        for found in version.kept.elements
        if found.name != "StudyEventGroupDef" or found.get("OID") != EVENT_GROUP
    )
    return replace(version, plan=_plan_13(version), kept=replace(version.kept, elements=without))


def _plan_13(version: StudyVersion) -> Plan | None:
    """Return the plan with the events of its groups; where 2.0 leaves it to workflows, all events in their order."""
    groups = [found for found in version.kept.elements if found.name == "StudyEventGroupDef"]
    told = Told()
    grouped = tuple(EVENT_REF.read(child, told) for group in groups for child in group.named("StudyEventRef"))
    listed = tuple(
        Reference(event.oid, "event", event.kind == "Scheduled", place)
        for place, event in enumerate(version.events, 1)
    )
    plan = version.plan or Plan()
    events = plan.events or grouped or listed
    kept = replace(
        plan.kept, elements=tuple(found for found in plan.kept.elements if not _is_own_group(found))
    )
    return replace(plan, events=events, kept=kept) if events or version.plan else None


def _is_own_group(found: Element) -> bool:
    return found.name == "StudyEventGroupRef" and found.get("StudyEventGroupOID") == EVENT_GROUP


def _form_13(form: Group, nested: dict[str, Group]) -> tuple[Group, list[Group]]:
    """Return a form of groups only: groups in groups stand beside them, and its own items get a group of their own."""
    members: list[Reference] = []
    own_items = tuple(member for member in form.members if member.kind == "item")
    made = []
    if own_items:
        made.append(Group(f"{form.oid}.ITEMS", form.name, members=own_items))
        members.append(Reference(made[0].oid, "group", any(item.is_mandatory for item in own_items)))
    for member in form.members:
        if member.kind != "item":
            members += [member, *_deeper(member.oid, nested, {member.oid})]
    kept_once = {member.oid: member for member in reversed(members)}
    in_order = tuple(member for member in members if kept_once[member.oid] is member)
    is_changed = bool(own_items) or len(in_order) != len(form.members)
    if is_changed:
        in_order = tuple(replace(member, order_number=place) for place, member in enumerate(in_order, 1))
    return replace(form, repeating=TO_13.get(form.repeating, form.repeating), members=in_order), made


def _deeper(oid: str, nested: dict[str, Group], passed: set[str]) -> Iterator[Reference]:
    for member in nested[oid].members if oid in nested else ():
        if member.kind == "group" and member.oid not in passed:
            passed.add(member.oid)
            yield member
            yield from _deeper(member.oid, nested, passed)


def _group_13(group: Group) -> Group:
    items = tuple(member for member in group.members if member.kind == "item")
    return replace(group, repeating=TO_13.get(group.repeating, group.repeating), members=items)


def _item_13(item: Item) -> Item:
    units = next((alias.name.split() for alias in item.aliases if alias.context == UNITS_CONTEXT), [])
    aliases = tuple(alias for alias in item.aliases if alias.context != UNITS_CONTEXT)
    shown = item.kept.get("DisplayFormat")
    digits, kept = item.significant_digits, item.kept
    whole, point, fraction = shown.partition(".")
    if point and fraction.isdecimal() and (not whole or whole.isdecimal()):
        digits = int(fraction)
        kept = replace(kept, attributes=tuple(pair for pair in kept.attributes if pair[0] != "DisplayFormat"))
    data_type = TYPES_13.get(item.data_type, item.data_type)
    return replace(
        item, data_type=data_type, unit_oids=item.unit_oids or tuple(units), aliases=aliases, significant_digits=digits,
        kept=kept,
    )  # fmt: skip


def _list_13(found: CodeList) -> CodeList:
    """Give every code a decode if one has it: 1.3 lists decoded or enumerated codes, not both."""
    codes = found.codes
    if any(code.decode for code in codes):
        codes = tuple(replace(code, decode=code.decode or Text((Translation(code.value),))) for code in codes)
    return replace(found, data_type=TYPES_13.get(found.data_type, found.data_type), codes=codes)
