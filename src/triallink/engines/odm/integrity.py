"""Whether the parts of a study version fit together: every reference leads somewhere and no OID is used twice."""

from collections import Counter
from collections.abc import Container, Iterator

from triallink.engines.odm import findings
from triallink.engines.odm.findings import Finding
from triallink.engines.odm.model import StudyVersion

ATTRIBUTES = {"event": "StudyEventOID", "form": "FormOID", "group": "ItemGroupOID", "item": "ItemOID"}


def check_version(version: StudyVersion) -> tuple[Finding, ...]:
    """Return what does not fit together in a version.

    Returns  a finding per OID that is used twice for one kind of definition and per reference to nothing; references
             to what an `Include` brings in are not judged.
    """
    told = list(_duplicates(version))
    if not version.kept.named("Include"):
        told += _dangling(version)
    return tuple(told)


def _kinds(version: StudyVersion) -> dict[str, list[str]]:
    return {
        "StudyEventDef": [found.oid for found in version.events],
        "FormDef": [found.oid for found in version.forms],
        "ItemGroupDef": [found.oid for found in version.groups],
        "ItemDef": [found.oid for found in version.items],
        "CodeList": [found.oid for found in version.code_lists],
        "ConditionDef": [found.oid for found in version.conditions],
        "MethodDef": [found.oid for found in version.methods],
        "MeasurementUnit": [found.oid for found in version.units],
    }


def _duplicates(version: StudyVersion) -> Iterator[Finding]:
    for kind, oids in _kinds(version).items():
        for oid, count in Counter(oids).items():
            if count > 1:
                yield Finding(findings.DUPLICATE, {"oid": oid, "element": kind}, place=f"{kind} {oid}")


def _dangling(version: StudyVersion) -> Iterator[Finding]:
    kinds = {kind: set(oids) for kind, oids in _kinds(version).items()}
    groups = kinds["FormDef"] | kinds["ItemGroupDef"]
    known = {"event": kinds["StudyEventDef"], "form": groups, "group": groups, "item": kinds["ItemDef"]}
    holders = [("Protocol", version.plan.events if version.plan else ())]
    holders += [(f"StudyEventDef {event.oid}", event.forms) for event in version.events]
    holders += [(f"FormDef {form.oid}", form.members) for form in version.forms]
    holders += [(f"ItemGroupDef {group.oid}", group.members) for group in version.groups]
    for place, references in holders:
        for found in references:
            yield from _missing(ATTRIBUTES[found.kind], found.oid, known[found.kind], place)
            yield from _missing(
                "CollectionExceptionConditionOID", found.condition_oid, kinds["ConditionDef"], place
            )
            yield from _missing("MethodOID", found.method_oid, kinds["MethodDef"], place)
    for item in version.items:
        place = f"ItemDef {item.oid}"
        yield from _missing("CodeListOID", item.code_list_oid, kinds["CodeList"], place)
        for oid in item.unit_oids:
            yield from _missing("MeasurementUnitOID", oid, kinds["MeasurementUnit"], place)


def _missing(attribute: str, oid: str, known: Container[str], place: str) -> Iterator[Finding]:
    if oid and oid not in known:
        yield Finding(findings.DANGLING, {"attribute": attribute, "oid": oid}, place=place)
