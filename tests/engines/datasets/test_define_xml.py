"""Define-XML: nothing read is lost, what is written is valid by the official schema, hostile files are refused."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from triallink.engines.datasets import (
    Dataset,
    DatasetRefused,
    Variable,
    check_define,
    define_of,
    read_define,
    write_define,
)
from triallink.engines.datasets import define as x
from triallink.engines.datasets.findings import errors

CREATED = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
CORPUS = (
    "define/defineV21-SDTM.xml",
    "define/define_msg_adam.xml",
    "define/define_sdtm_full_example.xml",
    "define/define2-0-0-sdtm-test.xml",
    "dataset-json/adam/define.xml",
    "dataset-json/sdtm/define.xml",
    "sdtm-pilot-xpt/define.xml",
)


def small_document() -> x.DefineDocument:
    """Return a document with one of everything: code lists, value level, methods, comments, files, pages."""
    ae = Dataset(
        "AE",
        "Adverse Events",
        (
            Variable("STUDYID", "Study Identifier", key_sequence=1),
            Variable("AESEQ", "Sequence Number", "integer", key_sequence=2),
            Variable("AETERM", "Reported Term", length=40),
            Variable("AESEV", "Severity"),
            Variable("AEDOSE", "Dose", "double", display_format="8.2"),
            Variable("AESTDTC", "Start", "date"),
        ),
        pl.DataFrame(
            {
                "STUDYID": ["S1", "S1"],
                "AESEQ": [1, 12],
                "AETERM": ["Fall", "疼痛"],
                "AESEV": ["MILD", None],
                "AEDOSE": [0.25, 10.0],
                "AESTDTC": ["2024-05-17", None],
            }
        ),
    )
    empty = Dataset(
        "DM",
        "Demographics",
        (Variable("USUBJID", "Subject"),),
        pl.DataFrame({"USUBJID": pl.Series([], dtype=pl.String)}),
    )
    notes = {
        "AE": x.DatasetNotes(
            "One record per event per subject",
            observation_class="EVENTS",
            comment_oid="COM.AE",
            variables={
                "STUDYID": x.VariableNotes(is_mandatory=True, role="Identifier", origin=("Protocol", "Sponsor")),
                "AESEV": x.VariableNotes(code_list_oid="CL.SEV", origin=("Collected", "Investigator")),
                "AEDOSE": x.VariableNotes(method_oid="MT.DOSE", value_list_oid="VL.DOSE", origin=("Derived", "Sponsor")),
                "AESTDTC": x.VariableNotes(data_type="partialDate"),
            },
        ),
        "DM": x.DatasetNotes("One record per subject", "SPECIAL PURPOSE", is_repeating=False, file_name="dm.xpt"),
    }  # fmt: skip
    study = x.StudyNotes(
        name="S1",
        description="A study of <falls> & pain",
        protocol="S1-P",
        standard=("SDTMIG", "3.4"),
        terminology=(("SDTM", "2023-12-15"),),
        code_lists=(
            x.CodeList(
                oid="CL.SEV",
                name="Severity",
                data_type="text",
                standard_oid="STD.CT.1",
                items=(
                    x.CodeListItem(
                        coded_value="MILD",
                        order_number=1,
                        decode=x.Description(
                            texts=(
                                x.TranslatedText(language="en", content="Mild"),
                                x.TranslatedText(language="zh-Hans", content="轻度"),
                            )
                        ),
                        aliases=(x.Alias(context="nci:ExtCodeID", name="C41338"),),
                    ),
                    x.CodeListItem(coded_value="ODD", is_extended=True, decode=x.text("Odd")),
                ),
                aliases=(x.Alias(context="nci:ExtCodeID", name="C66769"),),
            ),
            x.CodeList(oid="CL.YN", name="Yes", data_type="text", values=(x.EnumeratedItem(coded_value="Y"),)),
            x.CodeList(
                oid="CL.DICT",
                name="Dictionary",
                data_type="text",
                external=x.ExternalCodeList(dictionary="MedDRA", version="26.0"),
            ),
        ),
        value_lists=(
            x.ValueList(
                oid="VL.DOSE",
                items=(
                    x.ItemReference(
                        item_oid="IT.AE.AEDOSE.MILD",
                        order_number=1,
                        is_mandatory=False,
                        where_clauses=(x.WhereClauseReference(where_clause_oid="WC.MILD"),),
                    ),
                ),
            ),
        ),
        value_items=(x.Item(oid="IT.AE.AEDOSE.MILD", name="AEDOSE", data_type="float", length=8, significant_digits=2),),
        where_clauses=(
            x.WhereClause(
                oid="WC.MILD",
                checks=(x.RangeCheck(comparator="IN", soft_hard="Soft", item_oid="IT.AE.AESEV", values=("MILD", "ODD")),),
            ),
        ),
        methods=(
            x.Method(
                oid="MT.DOSE",
                name="Dose",
                type="Computation",
                description=x.text("Sum of doses"),
                expressions=(x.FormalExpression(context="SAS", content="dose = a + b;"),),
                documents=(x.DocumentReference(leaf_id="LF.SAP", pages=(x.PageReference(type="PhysicalRef", pages="3 4"),)),),
            ),
        ),
        comments=(x.Comment(oid="COM.AE", description=x.text("Events after consent")),),
        leaves=(x.Leaf(id="LF.SAP", href="sap.pdf", title="Analysis plan"), x.Leaf(id="LF.CRF", href="acrf.pdf", title="aCRF")),
        annotated_crf=(x.DocumentReference(leaf_id="LF.CRF"),),
    )  # fmt: skip
    return define_of([ae, empty], notes, study, created=CREATED)


def test_what_is_written_is_read_as_the_same_document():
    document = small_document()
    assert check_define(document) == []
    assert read_define(write_define(document)) == document


def test_the_definitions_follow_from_the_data():
    items = {item.oid: item for item in small_document().metadata.items}
    assert (items["IT.AE.AETERM"].data_type, items["IT.AE.AETERM"].length) == ("text", 40)
    assert (items["IT.AE.AESEQ"].data_type, items["IT.AE.AESEQ"].length) == ("integer", 2)
    assert (items["IT.AE.AEDOSE"].significant_digits, items["IT.AE.AEDOSE"].length) == (2, 4)
    assert (items["IT.AE.AESTDTC"].data_type, items["IT.AE.AESTDTC"].length) == ("partialDate", None)
    groups = {group.name: group for group in small_document().metadata.item_groups}
    assert (groups["DM"].has_no_data, groups["AE"].has_no_data) == (True, None)


def test_what_the_standard_does_not_know_is_kept():
    vendor = b'<v:Note xmlns:v="urn:vendor" kind="a">kept</v:Note>'
    document = small_document()
    assert document.study is not None
    assert document.study.metadata is not None
    metadata = replace(
        document.study.metadata, other_attributes=(("{urn:vendor}id", "7"),), other_elements=(vendor,)
    )
    changed = replace(document, study=replace(document.study, metadata=metadata))
    again = read_define(write_define(changed)).metadata
    assert again.other_attributes == (("{urn:vendor}id", "7"),)
    assert b"kept" in again.other_elements[0]


def test_a_number_or_truth_value_written_in_another_way_is_kept_as_it_stands():
    content = write_define(small_document()).replace(b'OrderNumber="1"', b'OrderNumber="01"', 1)
    document = read_define(content)
    assert list(x.differences(content, write_define(document, strict=False))) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'MethodOID="MT.DOSE"', b'MethodOID="MT.NONE"', "There is no MethodDef with the identifier “MT.NONE”."),
        (b'CodeListOID="CL.SEV"', b'CodeListOID="CL.NO"', "There is no CodeList"),
        (b'WhereClauseOID="WC.MILD"', b'WhereClauseOID="WC.NO"', "There is no WhereClauseDef"),
        (b'leafID="LF.SAP"', b'leafID="LF.NO"', "There is no leaf"),
        (b'<ItemDef OID="IT.AE.AESEQ"', b'<ItemDef OID="IT.AE.AETERM"', "defined twice"),
        (b' DataType="partialDate"', b' DataType="someday"', "“someday” is not a value"),
        (b' def:Structure="One record per subject"', b"", "ItemGroup lacks “structure”"),
        (b' def:Context="Submission"', b"", "DefineDocument lacks “context”"),
    ],
)  # fmt: skip
def test_a_document_that_is_wrong_is_not_written(old: bytes, new: bytes, said: str):
    content = write_define(small_document())
    assert old in content
    document = read_define(content.replace(old, new, 1))
    assert any(said in str(finding) for finding in check_define(document))
    with pytest.raises(DatasetRefused):
        write_define(document)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<ODM", "not well-formed XML"),
        (b"", "not well-formed XML"),
        (
            b'<!DOCTYPE ODM [<!ENTITY a "b">]><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3">&a;</ODM>',
            "document type",
        ),
        (b"<html/>", "This is not Define-XML"),
        (b'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"/>', "This is not Define-XML"),
    ],
)
def test_a_file_that_is_no_define_is_refused_with_the_reason(content: bytes, said: str):
    with pytest.raises(DatasetRefused, match=said):
        read_define(content)


def test_a_dataset_nothing_is_said_of_is_refused():
    dataset = Dataset("AE", "", (Variable("A"),), pl.DataFrame({"A": ["x"]}))
    with pytest.raises(ValueError, match="AE"):
        define_of([dataset], {}, x.StudyNotes("S", "S", "S", ("SDTMIG", "3.4")), created=CREATED)


if "TRIALLINK_DATA" in os.environ:
    EDC = Path(os.environ["TRIALLINK_DATA"]) / "edc"

    @pytest.fixture(scope="module")
    def schema() -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(EDC / "xsd/define-2.1/cdisc-arm-1.0-definexml-2.1/arm1-0-0.xsd"))

    def test_what_is_made_from_datasets_is_valid_by_the_official_schema(schema: etree.XMLSchema):
        schema.assertValid(etree.fromstring(write_define(small_document())))

    @pytest.mark.parametrize("name", CORPUS)
    def test_a_file_of_the_corpus_loses_nothing_and_stays_valid(name: str, schema: etree.XMLSchema):
        content = (EDC / name).read_bytes()
        document = read_define(content)
        again = write_define(document, strict=False)
        assert list(x.differences(content, again)) == []
        assert read_define(again) == document
        if schema.validate(etree.fromstring(content)):
            assert errors(check_define(document)) == []
            schema.assertValid(etree.fromstring(write_define(document)))
