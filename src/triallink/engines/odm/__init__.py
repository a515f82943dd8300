"""ODM 1.3 and 2.0 in and out, and the study version they carry: read leniently, written valid, compared, loaded as columns."""

from triallink.engines.odm.canonical import canonical, validate
from triallink.engines.odm.clinical import (
    Annotation,
    Audit,
    Collected,
    Comment,
    DataQuery,
    EventData,
    GroupData,
    Header,
    ItemData,
    OdmFile,
    Place,
    Signature,
    SubjectData,
    answers,
)  # fmt: skip
from triallink.engines.odm.element import Element
from triallink.engines.odm.findings import Finding, OdmRefused
from triallink.engines.odm.grammar import VERSIONS
from triallink.engines.odm.model import (
    Alias,
    Check,
    Code,
    CodeList,
    Event,
    Expression,
    Group,
    Item,
    Kept,
    Plan,
    Reference,
    Rule,
    Study,
    StudyVersion,
    Text,
    Translation,
    Unit,
    bilingual,
)  # fmt: skip
from triallink.engines.odm.reading import OdmReader, Part, ReadFile, read_odm
from triallink.engines.odm.writing import Written, write_odm

__all__ = [
    "VERSIONS", "Alias", "Annotation", "Audit", "Check", "Code", "CodeList", "Collected", "Comment", "DataQuery",
    "Element", "Event", "EventData", "Expression", "Finding", "Group", "GroupData", "Header", "Item", "ItemData",
    "Kept", "OdmFile", "OdmReader", "OdmRefused", "Part", "Place", "Plan", "ReadFile", "Reference", "Rule",
    "Signature", "Study", "StudyVersion", "SubjectData", "Text", "Translation", "Unit", "Written", "answers",
    "bilingual", "canonical", "read_odm", "validate", "write_odm",
]  # fmt: skip
