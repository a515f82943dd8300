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
from triallink.engines.odm.columns import KEYS, Columns, answer_counts, read_columns
from triallink.engines.odm.counting import collected_counts
from triallink.engines.odm.difference import Change, CollectedCounts, difference
from triallink.engines.odm.element import Element
from triallink.engines.odm.findings import Finding, OdmRefused
from triallink.engines.odm.grammar import VERSIONS
from triallink.engines.odm.inclusion import complete_version
from triallink.engines.odm.integrity import check_version
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
    ReferenceRange,
    Rule,
    Study,
    StudyVersion,
    Text,
    Translation,
    Unit,
    bilingual,
)  # fmt: skip
from triallink.engines.odm.polarity import ConditionUse, polarity_report
from triallink.engines.odm.ranges import outside, range_for
from triallink.engines.odm.reading import OdmReader, Part, ReadFile, read_odm
from triallink.engines.odm.skeleton import CollectionPoint, Coverage, Skeleton, build_skeleton
from triallink.engines.odm.specializations import (
    CrfLibrary,
    LibraryItem,
    Specialization,
    read_specializations,
)
from triallink.engines.odm.stream_writing import OdmWriter, open_odm
from triallink.engines.odm.timing import VisitTiming, visit_timings
from triallink.engines.odm.writing import Written, write_odm

__all__ = [
    "KEYS",
    "VERSIONS",
    "Alias",
    "Annotation",
    "Audit",
    "Change",
    "Check",
    "Code",
    "CodeList",
    "Collected",
    "CollectedCounts",
    "CollectionPoint",
    "Columns",
    "Comment",
    "ConditionUse",
    "Coverage",
    "CrfLibrary",
    "DataQuery",
    "Element",
    "Event",
    "EventData",
    "Expression",
    "Finding",
    "Group",
    "GroupData",
    "Header",
    "Item",
    "ItemData",
    "Kept",
    "LibraryItem",
    "OdmFile",
    "OdmReader",
    "OdmRefused",
    "OdmWriter",
    "Part",
    "Place",
    "Plan",
    "ReadFile",
    "Reference",
    "ReferenceRange",
    "Rule",
    "Signature",
    "Skeleton",
    "Specialization",
    "Study",
    "StudyVersion",
    "SubjectData",
    "Text",
    "Translation",
    "Unit",
    "VisitTiming",
    "Written",
    "answer_counts",
    "answers",
    "bilingual",
    "build_skeleton",
    "canonical",
    "check_version",
    "collected_counts",
    "complete_version",
    "difference",
    "open_odm",
    "outside",
    "polarity_report",
    "range_for",
    "read_columns",
    "read_odm",
    "read_specializations",
    "validate",
    "visit_timings",
    "write_odm",
]
