"""ODM 2.0: how the values are written there."""

from triallink.engines.odm.clinical import (
    Annotation,
    Collected,
    Comment,
    DataQuery,
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
    Study,
    StudyVersion,
    Text,
    Translation,
)  # fmt: skip
from triallink.engines.odm.shapes import (
    Link,
    Many,
    ManyWords,
    One,
    OwnWords,
    Part,
    Shape,
    Translations,
    Values,
    Words,
)
from triallink.engines.odm.shapes_shared import ALIAS, AUDIT, EVENT_REF, HEADER_TEXTS, SIGNED, reference

TRANSLATED = Shape(
    Translation,
    "TranslatedText",
    texts={"language": LANGUAGE, "media_type": "Type"},
    parts={"text": OwnWords()},
    silent={"Type": "text/plain"},
)


def _text(name: str) -> One:
    return One(Shape(Text, name, parts={"translations": Many((TRANSLATED,))}))


DESCRIPTION = _text("Description")
ALIASES = Many((ALIAS,))
EXPRESSION = Shape(
    Expression, "FormalExpression", texts={"context": "Context"}, parts={"code": Words("Code")}
)
EXPRESSIONS = Many((EXPRESSION,))
FORM_REF = reference("ItemGroupRef", "ItemGroupOID", "form", method_oid="MethodOID")
GROUP_REF = reference("ItemGroupRef", "ItemGroupOID", "group", method_oid="MethodOID")
ITEM_REF = reference(
    "ItemRef", "ItemOID", "item", method_oid="MethodOID", units_item_oid="UnitsItemOID", role="Role"
)

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
_GROUP = {
    "oid": "OID", "name": "Name", "repeating": "Repeating", "domain": "Domain", "dataset_name": "DatasetName",
    "purpose": "Purpose",
}  # fmt: skip
_GROUP_PARTS: dict[str, Part] = {
    "description": DESCRIPTION,
    "members": Many((ITEM_REF, GROUP_REF)),
    "aliases": ALIASES,
}
FORM = Shape(
    Group,
    "ItemGroupDef",
    texts=_GROUP,
    flags={"is_reference_data": "IsReferenceData"},
    parts=_GROUP_PARTS,
    constants={"Type": "Form"},
    required=("OID", "Name", "Repeating"),
    fixed={"kind": "Form"},
)
GROUP = Shape(
    Group,
    "ItemGroupDef",
    texts={**_GROUP, "kind": "Type"},
    flags={"is_reference_data": "IsReferenceData"},
    parts=_GROUP_PARTS,
    silent={"Type": "Section"},
    required=("OID", "Name", "Repeating"),
)
CHECK = Shape(
    Check,
    "RangeCheck",
    texts={"comparator": "Comparator", "severity": "SoftHard", "item_oid": "ItemOID"},
    parts={
        "values": ManyWords("CheckValue"),
        "expressions": EXPRESSIONS,
        "message": _text("ErrorMessage"),
    },
)
ITEM = Shape(
    Item,
    "ItemDef",
    texts={"oid": "OID", "name": "Name", "data_type": "DataType"},
    numbers={"length": "Length"},
    parts={
        "description": DESCRIPTION,
        "question": _text("Question"),
        "prompt": _text("Prompt"),
        "completion": _text("CRFCompletionInstructions"),
        "checks": Many((CHECK,)),
        "code_list_oid": Link("CodeListRef", "CodeListOID"),
        "aliases": ALIASES,
    },
    required=("OID", "Name", "DataType"),
)
CODE = Shape(
    Code,
    "CodeListItem",
    texts={"value": "CodedValue", "rank": "Rank"},
    numbers={"order_number": "OrderNumber"},
    parts={"decode": _text("Decode"), "aliases": ALIASES},
    required=("CodedValue",),
)
CODE_LIST = Shape(
    CodeList,
    "CodeList",
    texts={"oid": "OID", "name": "Name", "data_type": "DataType"},
    parts={"description": DESCRIPTION, "codes": Many((CODE,)), "aliases": ALIASES},
    required=("OID", "Name", "DataType"),
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
    parts={
        "description": DESCRIPTION,
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
STUDY = Shape(
    Study,
    "Study",
    texts={"oid": "OID", "name": "StudyName", "protocol_name": "ProtocolName"},
    parts={"description": DESCRIPTION, "versions": Many((VERSION,))},
    required=("OID", "StudyName", "ProtocolName"),
)

SIGNATURE = Shape(Signature, "Signature", parts=SIGNED)
COMMENT = Shape(
    Comment,
    "Comment",
    texts={"side": "SponsorOrSite"},
    parts={"text": Translations(TRANSLATED)},
)
ANNOTATION = Shape(
    Annotation,
    "Annotation",
    texts={"seq_num": "SeqNum", "transaction": "TransactionType"},
    parts={"comment": One(COMMENT)},
)
QUERY = Shape(
    DataQuery,
    "Query",
    texts={
        "oid": "OID",
        "source": "Source",
        "state": "State",
        "kind": "Type",
        "target": "Target",
        "updated_at": "LastUpdateDatetime",
        "name": "Name",
    },
    parts={"text": Words("Value"), "audits": Many((AUDIT,))},
    required=("OID", "Source", "State", "LastUpdateDatetime"),
)
_SAID: dict[str, Part] = {
    "audit": One(AUDIT),
    "signature": One(SIGNATURE),
    "annotations": Many((ANNOTATION,)),
    "queries": Many((QUERY,)),
}
ITEM_DATA = Shape(
    ItemData,
    "ItemData",
    texts={"oid": "ItemOID", "transaction": "TransactionType"},
    flags={"is_null": "IsNull"},
    yes_only=frozenset({"is_null"}),
    parts={"values": Values("Value"), **_SAID},
    required=("ItemOID",),
)
# A group may hold groups: the shape is made first and told of itself afterwards.
_GROUP_DATA: dict[str, Part] = {**_SAID}
GROUP_DATA = Shape(
    GroupData,
    "ItemGroupData",
    texts={"oid": "ItemGroupOID", "repeat_key": "ItemGroupRepeatKey", "transaction": "TransactionType"},
    parts=_GROUP_DATA,
    required=("ItemGroupOID",),
)
_GROUP_DATA["members"] = Many((ITEM_DATA, GROUP_DATA))
EVENT_DATA = Shape(
    EventData,
    "StudyEventData",
    texts={"oid": "StudyEventOID", "repeat_key": "StudyEventRepeatKey", "transaction": "TransactionType"},
    parts={"forms": Many((GROUP_DATA,)), **_SAID},
    required=("StudyEventOID",),
)
SUBJECT_DATA = Shape(
    SubjectData,
    "SubjectData",
    texts={"key": "SubjectKey", "transaction": "TransactionType"},
    parts={
        "investigator_oid": Link("InvestigatorRef", "UserOID"),
        "site_oid": Link("SiteRef", "LocationOID"),
        "events": Many((EVENT_DATA,)),
        **_SAID,
    },
    required=("SubjectKey",),
)
_OF = {"study_oid": "StudyOID", "version_oid": "MetaDataVersionOID"}
CLINICAL = Shape(
    Collected,
    "ClinicalData",
    texts=_OF,
    parts={"subjects": Many((SUBJECT_DATA,)), "groups": Many((GROUP_DATA,)), **_SAID},
    required=tuple(_OF.values()),
)
REFERENCE = Shape(
    Collected,
    "ReferenceData",
    texts=_OF,
    parts={"groups": Many((GROUP_DATA,)), **_SAID},
    required=tuple(_OF.values()),
)
HEADER = Shape(
    Header,
    "ODM",
    texts=HEADER_TEXTS,
    parts={"description": DESCRIPTION},
    required=("FileOID", "FileType", "CreationDateTime"),
)
