"""What is wrong inside a Define-XML document: required values that are missing, and references that lead nowhere."""

from collections import Counter
from collections.abc import Iterable, Iterator

from triallink.engines.datasets import findings as f
from triallink.engines.datasets.define import parts as p
from triallink.engines.datasets.findings import Finding

_REQUIRED: dict[type[p.Part], tuple[str, ...]] = {
    p.DefineDocument: ("file_oid", "file_type", "created"),
    p.Study: ("oid", "names", "metadata"),
    p.MetaDataVersion: ("oid", "name", "define_version"),
    p.GlobalVariables: ("study_name", "study_description", "protocol_name"),
    p.Standard: ("oid", "name", "type", "version", "status"),
    p.ValueList: ("oid", "items"),
    p.WhereClause: ("oid", "checks"),
    p.RangeCheck: ("soft_hard", "item_oid"),
    p.ItemGroup: ("oid", "name", "repeating", "structure"),
    p.ItemReference: ("item_oid", "is_mandatory"),
    p.Item: ("oid", "name", "data_type"),
    p.CodeList: ("oid", "name", "data_type"),
    p.CodeListItem: ("coded_value", "decode"),
    p.EnumeratedItem: ("coded_value",),
    p.Method: ("oid", "name", "description"),
    p.Comment: ("oid", "description"),
    p.Leaf: ("id", "href", "title"),
    p.Origin: ("type",),
    p.DocumentReference: ("leaf_id",),
}

_IG_NAMES = "ADaMIG|BIMO|CDISC/NCI|SDTMIG|SDTMIG-AP|SDTMIG-MD|SENDIG|SENDIG-AR|SENDIG-DART"
_CLASSES = (
    "ADAM OTHER|BASIC DATA STRUCTURE|DEVICE LEVEL ANALYSIS DATASET|EVENTS|FINDINGS|FINDINGS ABOUT|INTERVENTIONS|"
    "MEDICAL DEVICE BASIC DATA STRUCTURE|MEDICAL DEVICE OCCURRENCE DATA STRUCTURE|OCCURRENCE DATA STRUCTURE|"
    "RELATIONSHIP|SPECIAL PURPOSE|STUDY REFERENCE|SUBJECT LEVEL ANALYSIS DATASET|TRIAL DESIGN"
)
_DATA_TYPES = (
    "integer|float|date|datetime|time|text|string|double|URI|boolean|hexBinary|base64Binary|hexFloat|base64Float|"
    "partialDate|partialTime|partialDatetime|durationDatetime|intervalDatetime|incompleteDatetime|incompleteDate|"
    "incompleteTime"
)
# The values the schema of 2.1 has for an attribute; 2.0 has other ones and is not held to these.
_VALUES: dict[type[p.Part], dict[str, str]] = {
    p.DefineDocument: {"context": "Other|Submission"},
    p.Standard: {
        "name": _IG_NAMES,
        "type": "CT|IG",
        "publishing_set": "ADaM|CDASH|DEFINE-XML|SDTM|SEND",
    },
    p.DatasetClass: {"name": _CLASSES},
    p.Origin: {
        "type": "Assigned|Collected|Derived|Not Available|Other|Predecessor|Protocol",
        "source": "Investigator|Sponsor|Subject|Vendor",
    },
    p.PageReference: {"type": "NamedDestination|PhysicalRef"},
    p.Item: {"data_type": _DATA_TYPES},
    p.CodeList: {"data_type": "integer|float|text|string"},
    p.RangeCheck: {"comparator": "LT|LE|GT|GE|EQ|NE|IN|NOTIN", "soft_hard": "Soft|Hard"},
    p.Method: {"type": "Computation|Imputation|Transpose|Other"},
}


def check_define(document: p.DefineDocument) -> list[Finding]:
    """Return what the schema and the references of a document find wrong.

    Returns  an error per missing value, identifier defined twice and reference to what is not defined.
    Source   Define-XML 2.1.0: required attributes and elements; OIDs unique and resolved.
    """
    found = [
        Finding(f.PART_LACKS, {"part": type(part).__name__, "field": name}, variable=_name(part))
        for part in _parts(document)
        for name in _REQUIRED.get(type(part), ())
        if getattr(part, name) in (None, ())
    ]
    if not (document.metadata.define_version or "").startswith("2.0"):
        if document.context is None:
            found.append(Finding(f.PART_LACKS, {"part": "DefineDocument", "field": "context"}))
        found += _other_values(document)
    return [*found, *_references(document.metadata)]


def _other_values(document: p.DefineDocument) -> Iterator[Finding]:
    for part in _parts(document):
        for name, allowed in _VALUES.get(type(part), {}).items():
            value = getattr(part, name)
            if value is not None and value not in allowed.split("|"):
                params = {"found": str(value)[:60], "field": name, "part": type(part).__name__}
                yield Finding(f.VALUE_OUTSIDE, params, variable=_name(part))


def _parts(part: p.Part) -> Iterator[p.Part]:
    yield part
    for value in vars(part).values():
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, p.Part):
                yield from _parts(child)


def _name(part: p.Part) -> str:
    return str(getattr(part, "oid", None) or getattr(part, "id", None) or "")


def _references(metadata: p.MetaDataVersion) -> Iterator[Finding]:
    defined: dict[str, set[str]] = {}
    for kind, oids in (
        ("ItemDef", [each.oid for each in metadata.items]),
        ("ItemGroupDef", [each.oid for each in metadata.item_groups]),
        ("CodeList", [each.oid for each in metadata.code_lists]),
        ("MethodDef", [each.oid for each in metadata.methods]),
        ("CommentDef", [each.oid for each in metadata.comments]),
        ("ValueListDef", [each.oid for each in metadata.value_lists]),
        ("WhereClauseDef", [each.oid for each in metadata.where_clauses]),
        ("Standard", [each.oid for each in metadata.standards]),
        ("leaf", [each.id for each in _leaves(metadata)]),
    ):
        known = Counter(oid for oid in oids if oid)
        defined[kind] = set(known)
        yield from (Finding(f.OID_TWICE, {"oid": oid}, variable=oid) for oid, n in known.items() if n > 1)
    for kind, wanted, place in _named(metadata):
        if wanted and wanted not in defined[kind]:
            yield Finding(f.NO_SUCH_OID, {"oid": wanted, "kind": kind}, variable=place)


def _leaves(metadata: p.MetaDataVersion) -> Iterator[p.Leaf]:
    yield from metadata.leaves
    for group in metadata.item_groups:
        if group.leaf is not None:
            yield group.leaf


def _named(metadata: p.MetaDataVersion) -> Iterator[tuple[str, str | None, str]]:
    """Give every reference: to what kind of definition, by which identifier, from where."""
    holders: tuple[p.ItemGroup | p.ValueList, ...] = (*metadata.item_groups, *metadata.value_lists)
    for holder in holders:
        for item in holder.items:
            place = _name(holder)
            yield "ItemDef", item.item_oid, place
            yield "MethodDef", item.method_oid, place
            yield "CodeList", item.role_code_list_oid, place
            yield from (("WhereClauseDef", each.where_clause_oid, place) for each in item.where_clauses)
    for variable in metadata.items:
        if variable.code_list is not None:
            yield "CodeList", variable.code_list.code_list_oid, _name(variable)
        if variable.value_list is not None:
            yield "ValueListDef", variable.value_list.value_list_oid, _name(variable)
    for clause in metadata.where_clauses:
        yield from (("ItemDef", check.item_oid, _name(clause)) for check in clause.checks)
    for group in metadata.item_groups:
        yield "leaf", group.archive_location_id, _name(group)
    commented: Iterable[p.Part] = (
        *metadata.item_groups,
        *metadata.items,
        *metadata.code_lists,
        *metadata.where_clauses,
        *metadata.standards,
    )
    for part in commented:
        yield "CommentDef", getattr(part, "comment_oid", None), _name(part)
        yield "Standard", getattr(part, "standard_oid", None), _name(part)
    for part in _parts(metadata):
        if isinstance(part, p.DocumentReference):
            yield "leaf", part.leaf_id, ""
