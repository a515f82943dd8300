"""`triallink casebook`: the forms of an ODM file as a PDF."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from triallink.cli.casebook import casebook_of, command
from triallink.engines.datasets.casebook import Question
from triallink.engines.odm import read_odm

ODM = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileOID="F" FileType="Snapshot" ODMVersion="1.3.2"
     CreationDateTime="2024-05-17T08:30:00">
 <Study OID="S"><GlobalVariables><StudyName>Falls</StudyName><StudyDescription>d</StudyDescription>
  <ProtocolName>S-1</ProtocolName></GlobalVariables>
  <BasicDefinitions><MeasurementUnit OID="MU.KG" Name="kg"><Symbol>
   <TranslatedText xml:lang="en">kg</TranslatedText></Symbol></MeasurementUnit></BasicDefinitions>
  <MetaDataVersion OID="V1" Name="Version 1">
   <Protocol><StudyEventRef StudyEventOID="E1" Mandatory="Yes"/></Protocol>
   <StudyEventDef OID="E1" Name="Screening" Repeating="No" Type="Scheduled">
    <FormRef FormOID="F1" Mandatory="Yes"/></StudyEventDef>
   <FormDef OID="F2" Name="Unused" Repeating="No"><ItemGroupRef ItemGroupOID="G1" Mandatory="Yes"/></FormDef>
   <FormDef OID="F1" Name="Vital signs" Repeating="No"><ItemGroupRef ItemGroupOID="G1" Mandatory="Yes"/></FormDef>
   <ItemGroupDef OID="G1" Name="Weight" Repeating="Yes"><ItemRef ItemOID="I1" Mandatory="Yes"/>
    <ItemRef ItemOID="I2" Mandatory="No"/></ItemGroupDef>
   <ItemDef OID="I1" Name="WT" DataType="float" Length="5"><Question>
     <TranslatedText xml:lang="en">Weight</TranslatedText><TranslatedText xml:lang="zh">体重</TranslatedText></Question>
     <MeasurementUnitRef MeasurementUnitOID="MU.KG"/><Alias Context="SDTM" Name="VSORRES"/></ItemDef>
   <ItemDef OID="I2" Name="DONE" DataType="text" Length="1"><CodeListRef CodeListOID="CL"/></ItemDef>
   <CodeList OID="CL" Name="Yes" DataType="text"><CodeListItem CodedValue="Y"><Decode>
     <TranslatedText xml:lang="en">Yes</TranslatedText></Decode></CodeListItem></CodeList>
  </MetaDataVersion></Study></ODM>"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "study.xml"
    path.write_text(ODM, encoding="utf-8")
    return path


def test_the_forms_stand_once_and_in_the_order_of_the_visits():
    (study,) = read_odm(ODM.encode()).file.studies
    casebook = casebook_of(study, study.versions[0], language="zh")
    assert [(form.name, form.visits) for form in casebook.forms] == [
        ("Vital signs", ("Screening",)),
        ("Unused", ()),
    ]
    (section,) = casebook.forms[0].sections
    assert (section.name, section.is_repeating) == ("Weight", True)
    assert section.questions == (
        Question("I1", "体重", "number", 5, "kg", is_mandatory=True, annotations=("VSORRES",)),
        Question("I2", "DONE", "choice", 1, choices=(("Y", "Yes"),)),
    )


@pytest.mark.parametrize("options", [[], ["--annotated", "--language", "zh"]])
def test_a_pdf_is_written(file: Path, tmp_path: Path, options: list[str]):
    target = tmp_path / "casebook.pdf"
    done = CliRunner().invoke(command, [str(file), str(target), *options])
    assert (done.exit_code, done.output) == (0, f"{target}: 2 forms\n")
    assert target.read_bytes().startswith(b"%PDF")


def test_a_file_without_a_study_is_refused_as_usage(tmp_path: Path):
    path = tmp_path / "empty.xml"
    path.write_text(ODM[: ODM.index("<Study OID")] + "</ODM>", encoding="utf-8")
    done = CliRunner().invoke(command, [str(path), str(tmp_path / "out.pdf")])
    assert done.exit_code == 2
    assert "no study with forms" in done.output
