"""The parts of a Define-XML document as frozen values; each field says how it stands in the XML.

A part keeps what the standard does not know (`other_attributes`, `other_elements`), so that nothing read is lost.
Fields stand in the order the schema wants the elements in. Source: CDISC Define-XML 2.1.0 and its XML schema.
"""

# ruff: noqa: RUF009  # every call makes the dataclass field it stands for

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"

Kind = Literal["attribute", "child", "children", "text", "texts", "content"]


@dataclass(frozen=True)
class Place:
    """How a field stands in the XML.

    kind       an attribute, one child, several children, the text of a child or of several, or the own text.
    name       with its namespace in braces; the one of the def prefix is that of 2.1 and exchanged for other versions.
    value      str, int or bool of an attribute.
    part       gives the class of children.
    wrapped    the element that holds the children, where they do not stand in the part itself.
    """

    kind: Kind
    name: str = ""
    value: type[str] | type[int] | type[bool] = str
    part: Callable[[], type["Part"]] | None = None
    wrapped: str = ""


def _odm(name: str) -> str:
    return f"{{{ODM}}}{name}"


def _def(name: str) -> str:
    return f"{{{DEF}}}{name}"


def _text(name: str) -> Any:
    return field(default=None, metadata={"xml": Place("attribute", name)})


def _number(name: str) -> Any:
    return field(default=None, metadata={"xml": Place("attribute", name, int)})


def _truth(name: str) -> Any:
    return field(default=None, metadata={"xml": Place("attribute", name, bool)})


def _child(name: str, part: Callable[[], type["Part"]]) -> Any:
    return field(default=None, metadata={"xml": Place("child", name, part=part)})


def _children(name: str, part: Callable[[], type["Part"]], wrapped: str = "") -> Any:
    return field(default=(), metadata={"xml": Place("children", name, part=part, wrapped=wrapped)})


@dataclass(frozen=True, kw_only=True)
class Part:
    """Any part: attributes (name with namespace in braces, value) and elements (as XML) nobody knows."""

    other_attributes: tuple[tuple[str, str], ...] = ()
    other_elements: tuple[bytes, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TranslatedText(Part):
    """A text in one language."""

    language: str | None = _text(f"{{{XML}}}lang")
    content: str = field(default="", metadata={"xml": Place("content")})


@dataclass(frozen=True, kw_only=True)
class Description(Part):
    """A text in one or more languages."""

    texts: tuple[TranslatedText, ...] = _children(_odm("TranslatedText"), lambda: TranslatedText)

    def __str__(self) -> str:
        return self.texts[0].content if self.texts else ""


@dataclass(frozen=True, kw_only=True)
class PageReference(Part):
    """Pages of a PDF."""

    type: str | None = _text("Type")
    pages: str | None = _text("PageRefs")
    first_page: int | None = _number("FirstPage")
    last_page: int | None = _number("LastPage")
    title: str | None = _text("Title")


@dataclass(frozen=True, kw_only=True)
class DocumentReference(Part):
    """A document, and pages in it."""

    leaf_id: str | None = _text("leafID")
    pages: tuple[PageReference, ...] = _children(_def("PDFPageRef"), lambda: PageReference)


@dataclass(frozen=True, kw_only=True)
class Alias(Part):
    """Another name: the code of a term (context nci:ExtCodeID), the domain of a split dataset."""

    context: str | None = _text("Context")
    name: str | None = _text("Name")


@dataclass(frozen=True, kw_only=True)
class Leaf(Part):
    """A file."""

    id: str | None = _text("ID")
    href: str | None = _text(f"{{{XLINK}}}href")
    title: str | None = field(default=None, metadata={"xml": Place("text", _def("title"))})


@dataclass(frozen=True, kw_only=True)
class Standard(Part):
    """A standard the study follows: an implementation guide or a terminology package."""

    oid: str | None = _text("OID")
    name: str | None = _text("Name")
    type: str | None = _text("Type")
    publishing_set: str | None = _text("PublishingSet")
    version: str | None = _text("Version")
    status: str | None = _text("Status")
    comment_oid: str | None = _text(_def("CommentOID"))


@dataclass(frozen=True, kw_only=True)
class WhereClauseReference(Part):
    """The condition under which a value-level definition holds."""

    where_clause_oid: str | None = _text("WhereClauseOID")


@dataclass(frozen=True, kw_only=True)
class ItemReference(Part):
    """A variable of a dataset, or a definition for some of its values."""

    item_oid: str | None = _text("ItemOID")
    order_number: int | None = _number("OrderNumber")
    is_mandatory: bool | None = _truth("Mandatory")
    key_sequence: int | None = _number("KeySequence")
    method_oid: str | None = _text("MethodOID")
    role: str | None = _text("Role")
    role_code_list_oid: str | None = _text("RoleCodeListOID")
    is_non_standard: bool | None = _truth(_def("IsNonStandard"))
    has_no_data: bool | None = _truth(_def("HasNoData"))
    where_clauses: tuple[WhereClauseReference, ...] = _children(
        _def("WhereClauseRef"), lambda: WhereClauseReference
    )


@dataclass(frozen=True, kw_only=True)
class ValueList(Part):
    """The definitions a variable has for some of its values."""

    oid: str | None = _text("OID")
    description: Description | None = _child(_odm("Description"), lambda: Description)
    items: tuple[ItemReference, ...] = _children(_odm("ItemRef"), lambda: ItemReference)


@dataclass(frozen=True, kw_only=True)
class RangeCheck(Part):
    """One comparison of a condition: all of them must hold."""

    comparator: str | None = _text("Comparator")
    soft_hard: str | None = _text("SoftHard")
    item_oid: str | None = _text(_def("ItemOID"))
    values: tuple[str, ...] = field(default=(), metadata={"xml": Place("texts", _odm("CheckValue"))})


@dataclass(frozen=True, kw_only=True)
class WhereClause(Part):
    """The records a value-level definition is about."""

    oid: str | None = _text("OID")
    comment_oid: str | None = _text(_def("CommentOID"))
    checks: tuple[RangeCheck, ...] = _children(_odm("RangeCheck"), lambda: RangeCheck)


@dataclass(frozen=True, kw_only=True)
class SubClass(Part):
    """A class within a class of datasets."""

    name: str | None = _text("Name")
    parent: str | None = _text("ParentClass")


@dataclass(frozen=True, kw_only=True)
class DatasetClass(Part):
    """The class of a dataset, such as EVENTS."""

    name: str | None = _text("Name")
    subclasses: tuple[SubClass, ...] = _children(_def("SubClass"), lambda: SubClass)


@dataclass(frozen=True, kw_only=True)
class ItemGroup(Part):
    """A dataset."""

    oid: str | None = _text("OID")
    name: str | None = _text("Name")
    repeating: bool | None = _truth("Repeating")
    is_reference_data: bool | None = _truth("IsReferenceData")
    sas_dataset_name: str | None = _text("SASDatasetName")
    domain: str | None = _text("Domain")
    purpose: str | None = _text("Purpose")
    structure: str | None = _text(_def("Structure"))
    archive_location_id: str | None = _text(_def("ArchiveLocationID"))
    standard_oid: str | None = _text(_def("StandardOID"))
    is_non_standard: bool | None = _truth(_def("IsNonStandard"))
    has_no_data: bool | None = _truth(_def("HasNoData"))
    comment_oid: str | None = _text(_def("CommentOID"))
    description: Description | None = _child(_odm("Description"), lambda: Description)
    items: tuple[ItemReference, ...] = _children(_odm("ItemRef"), lambda: ItemReference)
    aliases: tuple[Alias, ...] = _children(_odm("Alias"), lambda: Alias)
    dataset_class: DatasetClass | None = _child(_def("Class"), lambda: DatasetClass)
    leaf: Leaf | None = _child(_def("leaf"), lambda: Leaf)


@dataclass(frozen=True, kw_only=True)
class CodeListReference(Part):
    """The code list of a variable."""

    code_list_oid: str | None = _text("CodeListOID")


@dataclass(frozen=True, kw_only=True)
class Origin(Part):
    """Where the values of a variable come from."""

    type: str | None = _text("Type")
    source: str | None = _text("Source")
    description: Description | None = _child(_odm("Description"), lambda: Description)
    documents: tuple[DocumentReference, ...] = _children(_def("DocumentRef"), lambda: DocumentReference)


@dataclass(frozen=True, kw_only=True)
class ValueListReference(Part):
    """The value-level definitions of a variable."""

    value_list_oid: str | None = _text("ValueListOID")


@dataclass(frozen=True, kw_only=True)
class Item(Part):
    """A variable, or a definition for some of its values."""

    oid: str | None = _text("OID")
    name: str | None = _text("Name")
    data_type: str | None = _text("DataType")
    length: int | None = _number("Length")
    significant_digits: int | None = _number("SignificantDigits")
    sas_field_name: str | None = _text("SASFieldName")
    display_format: str | None = _text(_def("DisplayFormat"))
    comment_oid: str | None = _text(_def("CommentOID"))
    description: Description | None = _child(_odm("Description"), lambda: Description)
    code_list: CodeListReference | None = _child(_odm("CodeListRef"), lambda: CodeListReference)
    aliases: tuple[Alias, ...] = _children(_odm("Alias"), lambda: Alias)
    origins: tuple[Origin, ...] = _children(_def("Origin"), lambda: Origin)
    value_list: ValueListReference | None = _child(_def("ValueListRef"), lambda: ValueListReference)


@dataclass(frozen=True, kw_only=True)
class EnumeratedItem(Part):
    """A term that stands for itself."""

    coded_value: str | None = _text("CodedValue")
    rank: str | None = _text("Rank")
    order_number: int | None = _number("OrderNumber")
    is_extended: bool | None = _truth(_def("ExtendedValue"))
    aliases: tuple[Alias, ...] = _children(_odm("Alias"), lambda: Alias)
    descriptions: tuple[Description, ...] = _children(_odm("Description"), lambda: Description)


@dataclass(frozen=True, kw_only=True)
class CodeListItem(Part):
    """A term with what it stands for."""

    coded_value: str | None = _text("CodedValue")
    rank: str | None = _text("Rank")
    order_number: int | None = _number("OrderNumber")
    is_extended: bool | None = _truth(_def("ExtendedValue"))
    decode: Description | None = _child(_odm("Decode"), lambda: Description)
    aliases: tuple[Alias, ...] = _children(_odm("Alias"), lambda: Alias)
    descriptions: tuple[Description, ...] = _children(_odm("Description"), lambda: Description)


@dataclass(frozen=True, kw_only=True)
class ExternalCodeList(Part):
    """A dictionary kept elsewhere, such as MedDRA."""

    dictionary: str | None = _text("Dictionary")
    version: str | None = _text("Version")
    reference: str | None = _text("ref")
    href: str | None = _text("href")


@dataclass(frozen=True, kw_only=True)
class CodeList(Part):
    """The values a variable may have."""

    oid: str | None = _text("OID")
    name: str | None = _text("Name")
    data_type: str | None = _text("DataType")
    sas_format_name: str | None = _text("SASFormatName")
    standard_oid: str | None = _text(_def("StandardOID"))
    is_non_standard: bool | None = _truth(_def("IsNonStandard"))
    comment_oid: str | None = _text(_def("CommentOID"))
    description: Description | None = _child(_odm("Description"), lambda: Description)
    items: tuple[CodeListItem, ...] = _children(_odm("CodeListItem"), lambda: CodeListItem)
    external: ExternalCodeList | None = _child(_odm("ExternalCodeList"), lambda: ExternalCodeList)
    values: tuple[EnumeratedItem, ...] = _children(_odm("EnumeratedItem"), lambda: EnumeratedItem)
    aliases: tuple[Alias, ...] = _children(_odm("Alias"), lambda: Alias)


@dataclass(frozen=True, kw_only=True)
class FormalExpression(Part):
    """A method in a programming language."""

    context: str | None = _text("Context")
    content: str = field(default="", metadata={"xml": Place("content")})


@dataclass(frozen=True, kw_only=True)
class Method(Part):
    """How a value is computed or imputed."""

    oid: str | None = _text("OID")
    name: str | None = _text("Name")
    type: str | None = _text("Type")
    description: Description | None = _child(_odm("Description"), lambda: Description)
    expressions: tuple[FormalExpression, ...] = _children(_odm("FormalExpression"), lambda: FormalExpression)
    aliases: tuple[Alias, ...] = _children(_odm("Alias"), lambda: Alias)
    documents: tuple[DocumentReference, ...] = _children(_def("DocumentRef"), lambda: DocumentReference)


@dataclass(frozen=True, kw_only=True)
class Comment(Part):
    """A remark on a dataset, variable, standard or condition."""

    oid: str | None = _text("OID")
    description: Description | None = _child(_odm("Description"), lambda: Description)
    documents: tuple[DocumentReference, ...] = _children(_def("DocumentRef"), lambda: DocumentReference)


@dataclass(frozen=True, kw_only=True)
class MetaDataVersion(Part):
    """All definitions of a study's datasets."""

    oid: str | None = _text("OID")
    name: str | None = _text("Name")
    description: str | None = _text("Description")
    define_version: str | None = _text(_def("DefineVersion"))
    comment_oid: str | None = _text(_def("CommentOID"))
    standards: tuple[Standard, ...] = _children(_def("Standard"), lambda: Standard, _def("Standards"))
    annotated_crf: tuple[DocumentReference, ...] = _children(
        _def("DocumentRef"), lambda: DocumentReference, _def("AnnotatedCRF")
    )
    supplemental_documents: tuple[DocumentReference, ...] = _children(
        _def("DocumentRef"), lambda: DocumentReference, _def("SupplementalDoc")
    )
    value_lists: tuple[ValueList, ...] = _children(_def("ValueListDef"), lambda: ValueList)
    where_clauses: tuple[WhereClause, ...] = _children(_def("WhereClauseDef"), lambda: WhereClause)
    item_groups: tuple[ItemGroup, ...] = _children(_odm("ItemGroupDef"), lambda: ItemGroup)
    items: tuple[Item, ...] = _children(_odm("ItemDef"), lambda: Item)
    code_lists: tuple[CodeList, ...] = _children(_odm("CodeList"), lambda: CodeList)
    methods: tuple[Method, ...] = _children(_odm("MethodDef"), lambda: Method)
    comments: tuple[Comment, ...] = _children(_def("CommentDef"), lambda: Comment)
    leaves: tuple[Leaf, ...] = _children(_def("leaf"), lambda: Leaf)


@dataclass(frozen=True, kw_only=True)
class GlobalVariables(Part):
    """The names of the study."""

    study_name: str | None = field(default=None, metadata={"xml": Place("text", _odm("StudyName"))})
    study_description: str | None = field(
        default=None, metadata={"xml": Place("text", _odm("StudyDescription"))}
    )
    protocol_name: str | None = field(default=None, metadata={"xml": Place("text", _odm("ProtocolName"))})


@dataclass(frozen=True, kw_only=True)
class Study(Part):
    """The study and the definitions of its datasets."""

    oid: str | None = _text("OID")
    names: GlobalVariables | None = _child(_odm("GlobalVariables"), lambda: GlobalVariables)
    metadata: MetaDataVersion | None = _child(_odm("MetaDataVersion"), lambda: MetaDataVersion)


@dataclass(frozen=True, kw_only=True)
class DefineDocument(Part):
    """A Define-XML document.

    created  stands in the file as it is; there is no clock here.
    """

    file_oid: str | None = _text("FileOID")
    file_type: str | None = _text("FileType")
    odm_version: str | None = _text("ODMVersion")
    created: str | None = _text("CreationDateTime")
    as_of: str | None = _text("AsOfDateTime")
    originator: str | None = _text("Originator")
    source_system: str | None = _text("SourceSystem")
    source_system_version: str | None = _text("SourceSystemVersion")
    context: str | None = _text(_def("Context"))
    study: Study | None = _child(_odm("Study"), lambda: Study)

    @property
    def metadata(self) -> MetaDataVersion:
        """Return the definitions, empty if there are none."""
        return (self.study and self.study.metadata) or MetaDataVersion()
