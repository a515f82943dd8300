"""A Define-XML document made from datasets and what is said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from triallink.engines.datasets.define import parts as p
from triallink.engines.datasets.model import Dataset, Variable

VERSION = "2.1.0"
_DATA_TYPES: Mapping[str, str] = {
    "string": "text",
    "decimal": "float",
    "float": "float",
    "double": "float",
    "integer": "integer",
    "boolean": "text",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "URI": "URI",
}


@dataclass(frozen=True)
class VariableNotes:
    """What is said of a variable beyond its dataset.

    data_type     of Define-XML where it is not to follow from the variable: partialDate, durationDatetime and such.
    origin        (type, source), such as ("Collected", "Investigator"); the source may be empty.
    code_list_oid, method_oid, comment_oid, value_list_oid  of definitions the document gets besides.
    """

    data_type: str = ""
    is_mandatory: bool = False
    role: str = ""
    origin: tuple[str, str] = ("", "")
    code_list_oid: str = ""
    method_oid: str = ""
    comment_oid: str = ""
    value_list_oid: str = ""


@dataclass(frozen=True)
class DatasetNotes:
    """What is said of a dataset beyond its data.

    structure    what a row is, such as "One record per adverse event per subject".
    file_name    such as ae.xpt; the name in small letters with .xpt if empty.
    """

    structure: str
    observation_class: str = ""
    is_repeating: bool = True
    is_reference_data: bool = False
    purpose: str = "Tabulation"
    file_name: str = ""
    comment_oid: str = ""
    variables: Mapping[str, VariableNotes] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyNotes:
    """The study, the standard its datasets follow, and the definitions they share.

    standard   (name, version) such as ("SDTMIG", "3.4").
    terminology  (publishing set, version) such as ("SDTM", "2023-12-15").
    """

    name: str
    description: str
    protocol: str
    standard: tuple[str, str]
    terminology: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    context: str = "Submission"
    originator: str = ""
    code_lists: tuple[p.CodeList, ...] = ()
    value_lists: tuple[p.ValueList, ...] = ()
    value_items: tuple[p.Item, ...] = ()
    where_clauses: tuple[p.WhereClause, ...] = ()
    methods: tuple[p.Method, ...] = ()
    comments: tuple[p.Comment, ...] = ()
    leaves: tuple[p.Leaf, ...] = ()
    annotated_crf: tuple[p.DocumentReference, ...] = ()


def define_of(
    datasets: Sequence[Dataset], notes: Mapping[str, DatasetNotes], study: StudyNotes, *, created: datetime
) -> p.DefineDocument:
    """Return the Define-XML 2.1 document of datasets.

    datasets  in the order they are to stand in.
    notes     by dataset name.
    created   stands in the file; there is no clock here.
    Returns   a document with a definition per variable: data type, length found in the data where none is stated.
    Raises    ValueError for a dataset nothing is said of.
    Source    CDISC Define-XML 2.1.0; checked by its XML schema (tests/engines/datasets).
    """
    for dataset in datasets:
        if dataset.name not in notes:
            raise ValueError(f"nothing is said of the dataset {dataset.name!r}")
    metadata = p.MetaDataVersion(
        oid=f"MDV.{study.name}",
        name=f"{study.name}: data definitions",
        define_version=VERSION,
        standards=_standards(study),
        annotated_crf=study.annotated_crf,
        value_lists=study.value_lists,
        where_clauses=study.where_clauses,
        item_groups=tuple(_group(each, notes[each.name], study) for each in datasets),
        items=(
            *(
                _item(dataset, variable, notes[dataset.name], study)
                for dataset in datasets
                for variable in dataset.variables
            ),
            *study.value_items,
        ),
        code_lists=study.code_lists,
        methods=study.methods,
        comments=study.comments,
        leaves=study.leaves,
    )
    names = p.GlobalVariables(
        study_name=study.name, study_description=study.description, protocol_name=study.protocol
    )
    return p.DefineDocument(
        file_oid=f"DEFINE.{study.name}",
        file_type="Snapshot",
        odm_version="1.3.2",
        created=created.isoformat(timespec="seconds"),
        originator=study.originator or None,
        context=study.context,
        study=p.Study(oid=f"STDY.{study.name}", names=names, metadata=metadata),
    )


def _standards(study: StudyNotes) -> tuple[p.Standard, ...]:
    name, version = study.standard
    guide = p.Standard(oid="STD.IG", name=name, type="IG", version=version, status="Final")
    packages = (
        p.Standard(
            oid=f"STD.CT.{number}",
            name="CDISC/NCI",
            type="CT",
            publishing_set=publishing_set,
            version=date,
            status="Final",
        )
        for number, (publishing_set, date) in enumerate(study.terminology, start=1)
    )
    return (guide, *packages)


def text(content: str, language: str = "en") -> p.Description:
    """Return a text in one language as a description."""
    return p.Description(texts=(p.TranslatedText(language=language, content=content),))


def item_oid(dataset: str, variable: Variable | str) -> str:
    """Return the identifier of a variable's definition: its own if it has one."""
    own = variable.oid if isinstance(variable, Variable) else ""
    return own or f"IT.{dataset}.{variable.name if isinstance(variable, Variable) else variable}"


def _group(dataset: Dataset, notes: DatasetNotes, study: StudyNotes) -> p.ItemGroup:
    domain = _domain(dataset)
    leaf_id = f"LF.{dataset.name}"
    file_name = notes.file_name or f"{dataset.name.lower()}.xpt"
    return p.ItemGroup(
        oid=str(dataset.attributes.get("itemGroupOID") or f"IG.{dataset.name}"),
        name=dataset.name,
        repeating=notes.is_repeating,
        is_reference_data=notes.is_reference_data,
        sas_dataset_name=dataset.name[:8],
        domain=domain,
        purpose=notes.purpose,
        structure=notes.structure,
        archive_location_id=leaf_id,
        standard_oid="STD.IG",
        has_no_data=True if dataset.frame.height == 0 else None,
        comment_oid=notes.comment_oid or None,
        description=text(dataset.label, study.language),
        items=tuple(
            _reference(dataset, variable, number, notes.variables.get(variable.name, VariableNotes()))
            for number, variable in enumerate(dataset.variables, start=1)
        ),
        dataset_class=p.DatasetClass(name=notes.observation_class) if notes.observation_class else None,
        leaf=p.Leaf(id=leaf_id, href=file_name, title=file_name),
    )


def _domain(dataset: Dataset) -> str:
    if "DOMAIN" in dataset.frame.columns and dataset.frame.schema["DOMAIN"] == pl.String:
        present = dataset.frame["DOMAIN"].drop_nulls()
        if present.len() and present[0]:
            return str(present[0])
    return dataset.name


def _reference(dataset: Dataset, variable: Variable, number: int, notes: VariableNotes) -> p.ItemReference:
    return p.ItemReference(
        item_oid=item_oid(dataset.name, variable),
        order_number=number,
        is_mandatory=notes.is_mandatory,
        key_sequence=variable.key_sequence,
        method_oid=notes.method_oid or None,
        role=notes.role or None,
    )


def _item(dataset: Dataset, variable: Variable, notes: DatasetNotes, study: StudyNotes) -> p.Item:
    said = notes.variables.get(variable.name, VariableNotes())
    data_type = said.data_type or _DATA_TYPES[variable.data_type]
    kind, source = said.origin
    return p.Item(
        oid=item_oid(dataset.name, variable),
        name=variable.name,
        data_type=data_type,
        length=_length(dataset, variable) if data_type in ("text", "integer", "float") else None,
        significant_digits=_digits(dataset, variable) if data_type == "float" else None,
        sas_field_name=variable.name[:8],
        display_format=variable.display_format or None,
        comment_oid=said.comment_oid or None,
        description=text(variable.label, study.language),
        code_list=p.CodeListReference(code_list_oid=said.code_list_oid) if said.code_list_oid else None,
        origins=(p.Origin(type=kind, source=source or None),) if kind else (),
        value_list=p.ValueListReference(value_list_oid=said.value_list_oid) if said.value_list_oid else None,
    )


def _length(dataset: Dataset, variable: Variable) -> int:
    column = dataset.frame[variable.name]
    if column.dtype == pl.String:
        longest = column.str.len_chars().max()
        return max(1, variable.length or 0, longest if isinstance(longest, int) else 0)
    written = [len(f"{value:g}") for value in column.drop_nulls().unique().to_list()]
    return max([1, *written])


def _digits(dataset: Dataset, variable: Variable) -> int:
    decimals = [
        len(str(value).partition(".")[2])
        for value in dataset.frame[variable.name].drop_nulls().unique().to_list()
    ]
    return max([0, *decimals])
