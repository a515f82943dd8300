"""The elements that ODM 1.3 and 2.0 write alike."""

from triallink.engines.odm.clinical import Audit
from triallink.engines.odm.model import Alias, Reference
from triallink.engines.odm.shapes import Link, Part, Shape, Words

ALIAS = Shape(Alias, "Alias", texts={"context": "Context", "name": "Name"}, required=("Context", "Name"))
AUDIT = Shape(
    Audit,
    "AuditRecord",
    texts={"edit_point": "EditPoint"},
    parts={
        "user_oid": Link("UserRef", "UserOID"),
        "location_oid": Link("LocationRef", "LocationOID"),
        "at": Words("DateTimeStamp"),
        "reason": Words("ReasonForChange"),
        "source_id": Words("SourceID"),
    },
)
SIGNED: dict[str, Part] = {
    "user_oid": Link("UserRef", "UserOID"),
    "location_oid": Link("LocationRef", "LocationOID"),
    "signature_oid": Link("SignatureRef", "SignatureOID"),
    "at": Words("DateTimeStamp"),
}

HEADER_TEXTS = {
    "file_oid": "FileOID", "file_type": "FileType", "created_at": "CreationDateTime", "version": "ODMVersion",
    "granularity": "Granularity", "source_system": "SourceSystem", "originator": "Originator",
}  # fmt: skip


def reference(name: str, attribute: str, kind: str, **texts: str) -> Shape:
    """Return the shape of an element that says what is collected within another.

    name, attribute  of the element and of its reference ("FormRef", "FormOID").
    kind             what is referred to: event, form, group or item.
    texts            more fields and their attributes.
    """
    return Shape(
        Reference,
        name,
        texts={"oid": attribute, "condition_oid": "CollectionExceptionConditionOID", **texts},
        numbers={"order_number": "OrderNumber"} | ({"key_sequence": "KeySequence"} if kind == "item" else {}),
        flags={"is_mandatory": "Mandatory"},
        required=(attribute, "Mandatory"),
        fixed={"kind": kind},
    )


EVENT_REF = reference("StudyEventRef", "StudyEventOID", "event")
