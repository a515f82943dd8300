"""ODM 1.3.0 to 1.3.2: how the values are written there."""

from triallink.engines.odm.clinical import (
    Annotation,
    Collected,
    Comment,
    EventData,
    GroupData,
    Header,
    ItemData,
    Signature,
    SubjectData,
)  # fmt: skip
from triallink.engines.odm.element import LANGUAGE
from triallink.engines.odm.model import (
    Check,
    Code,
    CodeList,
    Event,
    Expression,
    Group,
    Item,
    Plan,
    Rule,
    StudyVersion,
    Text,
    Translation,
    Unit,
)  # fmt: skip
from triallink.engines.odm.shapes import (
    Link,
    Links,
    Many,
    ManyWords,
    One,
    OwnValue,
    OwnWords,
    Part,
    Shape,
)  # fmt: skip
from triallink.engines.odm.shapes_shared import ALIAS, AUDIT, EVENT_REF, HEADER_TEXTS, SIGNED, reference

TYPED = (
    "URI", "Any", "Boolean", "String", "Integer", "Float", "Double", "Date", "Time", "Datetime", "HexBinary",
    "Base64Binary", "HexFloat", "Base64Float", "PartialDate", "PartialTime", "PartialDatetime",
    "DurationDatetime", "IntervalDatetime", "IncompleteDatetime", "IncompleteDate", "IncompleteTime",
)  # fmt: skip

TRANSLATED = Shape(Translation, "TranslatedText", texts={"language": LANGUAGE}, parts={"text": OwnWords()})


def _text(name: str) -> One:
    return One(Shape(Text, name, parts={"translations": Many((TRANSLATED,))}))


DESCRIPTION = _text("Description")
ALIASES = Many((ALIAS,))
EXPRESSION = Shape(Expression, "FormalExpression", texts={"context": "Context"}, parts={"code": OwnWords()})
EXPRESSIONS = Many((EXPRESSION,))
FORM_REF = reference("FormRef", "FormOID", "form")
GROUP_REF = reference("ItemGroupRef", "ItemGroupOID", "group")
ITEM_REF = reference("ItemRef", "ItemOID", "item", method_oid="MethodOID", role="Role")

PLAN = Shape(
    Plan, "Protocol", parts={"description": DESCRIPTION, "events": Many((EVENT_REF,)), "aliases": ALIASES}
)
EVENT = Shape(
    Event,
    "StudyEventDef",
    texts={"oid": "OID", "name": "Name", "kind": "Type", "category": "Category"},
    flags={"is_repeating": "Repeating"},
    parts={"description": DESCRIPTION, "forms": Many((FORM_REF,)), "aliases": ALIASES},
    required=("OID", "Name", "Repeating", "Type"),
)
FORM = Shape(
    Group,
    "FormDef",
    texts={"oid": "OID", "name": "Name", "repeating": "Repeating"},
    parts={"description": DESCRIPTION, "members": Many((GROUP_REF,)), "aliases": ALIASES},
    required=("OID", "Name", "Repeating"),
    fixed={"kind": "Form"},
)
GROUP = Shape(
    Group,
    "ItemGroupDef",
    texts={
        "oid": "OID",
        "name": "Name",
        "repeating": "Repeating",
        "domain": "Domain",
        "dataset_name": "SASDatasetName",
        "purpose": "Purpose",
    },
    flags={"is_reference_data": "IsReferenceData"},
    parts={"description": DESCRIPTION, "members": Many((ITEM_REF,)), "aliases": ALIASES},
    required=("OID", "Name", "Repeating"),
)
CHECK = Shape(
    Check,
    "RangeCheck",
    texts={"comparator": "Comparator", "severity": "SoftHard"},
    parts={
        "values": ManyWords("CheckValue"),
        "expressions": EXPRESSIONS,
        "unit_oid": Link("MeasurementUnitRef", "MeasurementUnitOID"),
        "message": _text("ErrorMessage"),
    },
)
ITEM = Shape(
    Item,
    "ItemDef",
    texts={"oid": "OID", "name": "Name", "data_type": "DataType"},
    numbers={"length": "Length", "significant_digits": "SignificantDigits"},
    parts={
        "description": DESCRIPTION,
        "question": _text("Question"),
        "unit_oids": Links("MeasurementUnitRef", "MeasurementUnitOID"),
        "checks": Many((CHECK,)),
        "code_list_oid": Link("CodeListRef", "CodeListOID"),
        "aliases": ALIASES,
    },
    required=("OID", "Name", "DataType"),
)
_CODE = {"value": "CodedValue", "rank": "Rank"}
ENUMERATED = Shape(
    Code, "EnumeratedItem", texts=_CODE, numbers={"order_number": "OrderNumber"}, parts={"aliases": ALIASES},
    required=("CodedValue",), fixed={"decode": None},
)  # fmt: skip
DECODED = Shape(
    Code, "CodeListItem", texts=_CODE, numbers={"order_number": "OrderNumber"},
    parts={"decode": _text("Decode"), "aliases": ALIASES}, required=("CodedValue",),
)  # fmt: skip
CODE_LIST = Shape(
    CodeList,
    "CodeList",
    texts={"oid": "OID", "name": "Name", "data_type": "DataType"},
    parts={"description": DESCRIPTION, "codes": Many((ENUMERATED, DECODED)), "aliases": ALIASES},
    required=("OID", "Name", "DataType"),
)
UNIT = Shape(
    Unit,
    "MeasurementUnit",
    texts={"oid": "OID", "name": "Name"},
    parts={"symbol": _text("Symbol"), "aliases": ALIASES},
    required=("OID", "Name"),
)
_RULE: dict[str, Part] = {"description": DESCRIPTION, "expressions": EXPRESSIONS, "aliases": ALIASES}
CONDITION = Shape(
    Rule, "ConditionDef", texts={"oid": "OID", "name": "Name"}, parts=_RULE, required=("OID", "Name")
)
METHOD = Shape(
    Rule,
    "MethodDef",
    texts={"oid": "OID", "name": "Name", "kind": "Type"},
    parts=_RULE,
    required=("OID", "Name"),
)
VERSION = Shape(
    StudyVersion,
    "MetaDataVersion",
    texts={"oid": "OID", "name": "Name"},
    translated={"description": "Description"},
    parts={
        "plan": One(PLAN),
        "events": Many((EVENT,)),
        "forms": Many((FORM,)),
        "groups": Many((GROUP,)),
        "items": Many((ITEM,)),
        "code_lists": Many((CODE_LIST,)),
        "conditions": Many((CONDITION,)),
        "methods": Many((METHOD,)),
    },
    required=("OID", "Name"),
)

SIGNATURE = Shape(Signature, "Signature", parts=SIGNED)
COMMENT = Shape(
    Comment, "Comment", texts={"side": "SponsorOrSite"}, parts={"text": OwnWords(is_translated=True)}
)
ANNOTATION = Shape(
    Annotation,
    "Annotation",
    texts={"seq_num": "SeqNum", "transaction": "TransactionType"},
    parts={"comment": One(COMMENT)},
)
_SAID: dict[str, Part] = {
    "audit": One(AUDIT),
    "signature": One(SIGNATURE),
    "annotations": Many((ANNOTATION,)),
}
ITEM_DATA = Shape(
    ItemData,
    "ItemData",
    texts={"oid": "ItemOID", "transaction": "TransactionType"},
    answers={"values": "Value"},
    flags={"is_null": "IsNull"},
    yes_only=frozenset({"is_null"}),
    parts={**_SAID, "unit_oid": Link("MeasurementUnitRef", "MeasurementUnitOID")},
    required=("ItemOID",),
    fixed={"typed": ""},
)
TYPED_DATA = tuple(
    Shape(
        ItemData,
        f"ItemData{name}",
        texts={"oid": "ItemOID", "transaction": "TransactionType", "unit_oid": "MeasurementUnitOID"},
        flags={"is_null": "IsNull"},
        yes_only=frozenset({"is_null"}),
        parts={"values": OwnValue()},
        required=("ItemOID",),
        fixed={"typed": name},
    )
    for name in TYPED
)
GROUP_DATA = Shape(
    GroupData,
    "ItemGroupData",
    texts={"oid": "ItemGroupOID", "repeat_key": "ItemGroupRepeatKey", "transaction": "TransactionType"},
    parts={"members": Many((ITEM_DATA, *TYPED_DATA)), **_SAID},
    required=("ItemGroupOID",),
)
FORM_DATA = Shape(
    GroupData,
    "FormData",
    texts={"oid": "FormOID", "repeat_key": "FormRepeatKey", "transaction": "TransactionType"},
    parts={"members": Many((GROUP_DATA,)), **_SAID},
    required=("FormOID",),
)
EVENT_DATA = Shape(
    EventData,
    "StudyEventData",
    texts={"oid": "StudyEventOID", "repeat_key": "StudyEventRepeatKey", "transaction": "TransactionType"},
    parts={"forms": Many((FORM_DATA,)), **_SAID},
    required=("StudyEventOID",),
)
SUBJECT_DATA = Shape(
    SubjectData,
    "SubjectData",
    texts={"key": "SubjectKey", "transaction": "TransactionType"},
    parts={
        **_SAID,
        "investigator_oid": Link("InvestigatorRef", "UserOID"),
        "site_oid": Link("SiteRef", "LocationOID"),
        "events": Many((EVENT_DATA,)),
    },
    required=("SubjectKey",),
)
_OF = {"study_oid": "StudyOID", "version_oid": "MetaDataVersionOID"}
CLINICAL = Shape(
    Collected,
    "ClinicalData",
    texts=_OF,
    parts={"subjects": Many((SUBJECT_DATA,))},
    required=tuple(_OF.values()),
)
REFERENCE = Shape(
    Collected, "ReferenceData", texts=_OF, parts={"groups": Many((GROUP_DATA,))}, required=tuple(_OF.values())
)
HEADER = Shape(
    Header,
    "ODM",
    texts=HEADER_TEXTS,
    translated={"description": "Description"},
    required=("FileOID", "FileType", "CreationDateTime"),
)
