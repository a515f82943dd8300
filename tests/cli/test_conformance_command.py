"""`triallink conformance`: the report of published tests, and rules on the files of a folder."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from triallink.cli.conformance import command
from triallink.engines.datasets import Dataset, Variable, define_of, write_define, write_xpt
from triallink.engines.datasets import define as x

CREATED = datetime(2024, 5, 17, tzinfo=UTC)
RULE = """
Core: {{Id: {id}}}
Rule Type: {type}
Sensitivity: Record
Authorities: [{{Standards: [{{Name: SDTMIG, Version: "3.4"}}]}}]
Operations: {operations}
Check: {{all: [{{name: {name}, operator: {operator}}}]}}
Outcome: {{Message: "--TERM is missing", Output Variables: [AESEQ]}}
"""


def write_rule(folder: Path, rule_id: str, **parts: str) -> Path:
    """Write a rule into a folder of its own and return the folder."""
    place = folder / rule_id
    place.mkdir(parents=True)
    said = {"type": "Record Data", "operations": "[]", "name": "--TERM", "operator": "empty", **parts}
    (place / "rule.yml").write_text(RULE.format(id=rule_id, **said), encoding="utf-8")
    return place


def write_test(place: Path, name: str, rows: str, results: str) -> None:
    """Write a published test of a rule."""
    data = place / name / "data"
    data.mkdir(parents=True)
    (data / "_datasets.csv").write_text("Filename,Label\nae,Adverse Events\n", encoding="utf-8")
    (data / "_variables.csv").write_text(
        "dataset,variable,label,type,length\nae,AESEQ,Seq,Num,8\n", encoding="utf-8"
    )
    (data / "ae.csv").write_text(f"AESEQ,AETERM\n{rows}", encoding="utf-8")
    (data / ".env").write_text("PRODUCT=SDTMIG\nVERSION=3-4\n", encoding="utf-8")
    (place / name / "results").mkdir()
    (place / name / "results" / "results.csv").write_text(
        f"Dataset,Record,Variable,Value\n{results}", encoding="utf-8"
    )


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rule with two tests that agree and one that does not, one that needs a dictionary, one nobody knows."""
    folder = tmp_path / "rules"
    place = write_rule(folder, "R-1")
    write_test(place, "positive/01", "1,FALL\n", "")
    write_test(place, "negative/01", "1,FALL\n2,\n", "AE,2,AESEQ,2.0\n")
    write_test(place, "negative/02", "1,FALL\n2,\n", "AE,1,AESEQ,1\n")
    write_rule(folder, "R-2", operations="[{id: $x, operator: valid_whodrug_references}]")
    write_rule(folder, "R-3", operator="smells_of")
    return folder


def invoke(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, [str(each) for each in arguments])


def test_the_report_counts_what_is_supported_and_what_agrees(rules: Path):
    report: dict[str, Any] = json.loads(invoke("report", rules, "--json").output)
    assert (report["rules"], report["results"], report["agree"]) == (3, 3, 2)
    assert report["rules_supported_share"] == pytest.approx(1 / 3, abs=1e-3)
    assert report["results_agree_share"] == pytest.approx(2 / 3, abs=1e-3)
    assert report["unsupported"] == {
        "R-2": {"why": "licensed_dictionary", "about": "WHODrug"},
        "R-3": {"why": "operator_unknown", "about": "smells_of"},
    }
    assert report["disagreements"] == [
        {
            "rule": "R-1",
            "case": "negative/02",
            "status": "findings",
            "found": ["AE:2"],
            "published": ["AE:1"],
        }
    ]


def test_the_report_says_it_in_words(rules: Path):
    output = invoke("report", rules).output
    assert "3 rules, 33.3% supported" in output
    assert "R-2  licensed_dictionary: WHODrug" in output
    assert "R-1  negative/02  findings" in output


def events(folder: Path) -> Path:
    """Write a transport file with one event that has no term, and Define-XML of it."""
    dataset = Dataset(
        "AE",
        "Adverse Events",
        (Variable("AESEQ", "Sequence", "double"), Variable("AETERM", "Term")),
        pl.DataFrame({"AESEQ": [1.0, 2.0], "AETERM": ["FALL", ""]}),
    )
    folder.mkdir()
    (folder / "ae.xpt").write_bytes(write_xpt([dataset], created=CREATED))
    (folder / "readme.txt").write_text("not a dataset", encoding="utf-8")
    study = x.StudyNotes("S", "S", "S", ("SDTMIG", "3.4"))
    notes = {"AE": x.DatasetNotes("One record per event", "EVENTS")}
    (folder / "define.xml").write_bytes(write_define(define_of([dataset], notes, study, created=CREATED)))
    return folder


def test_rules_run_on_transport_files_and_a_finding_is_an_exit_of_one(rules: Path, tmp_path: Path):
    done = invoke("run", rules, events(tmp_path / "data"), "--json")
    outcomes = {each["rule"]: each for each in json.loads(done.output)}
    assert done.exit_code == 1
    assert outcomes["R-1"]["datasets"][0]["findings"] == [
        {"dataset": "AE", "record": 2, "variables": {"AESEQ": "2"}, "message": "AETERM is missing"}
    ]
    assert outcomes["R-2"]["status"] == outcomes["R-3"]["status"] == "not_run"


def test_only_rules_of_a_standard_run_if_one_is_named(rules: Path, tmp_path: Path):
    folder = events(tmp_path / "data")
    assert "R-1  findings  1" in invoke("run", rules, folder, "--standard", "SDTMIG 3-4").output
    done = invoke("run", rules, folder, "--standard", "SENDIG 3.1")
    assert (done.exit_code, done.output) == (0, "")


def test_a_file_that_is_no_rule_is_listed_with_its_reason(tmp_path: Path):
    folder = tmp_path / "rules"
    for name, content in (("X-1", "Check: {all: [{name: A}]}"), ("X-2", "Check: ["), ("X-3", "- a list")):
        (folder / name).mkdir(parents=True)
        (folder / name / "rule.yml").write_text(content, encoding="utf-8")
    report = json.loads(invoke("report", folder, "--json").output)
    assert {name: reason["why"] for name, reason in report["unsupported"].items()} == {
        "X-1": "malformed",
        "X-2": "malformed",
        "X-3": "malformed",
    }
    assert "X-1  not_run  0  malformed" in invoke("run", folder, events(tmp_path / "data")).output


def test_a_published_test_may_hold_transport_files_and_define(tmp_path: Path):
    place = write_rule(
        tmp_path / "rules",
        "T-1",
        type="Define Item Group Metadata Check",
        name="define_dataset_class",
        operator="non_empty",
    )
    (place / "negative" / "01").mkdir(parents=True)
    events(place / "negative" / "01" / "data")
    (place / "negative" / "01" / "results").mkdir()
    (place / "negative" / "01" / "results" / "results.csv").write_text(
        "Dataset,Record,Variable,Value\nAE,1,AESEQ,\n", encoding="utf-8"
    )
    report = json.loads(invoke("report", tmp_path / "rules", "--json").output)
    assert (report["results"], report["agree"]) == (1, 1)


def test_terminology_packages_are_read_from_published_text_files(tmp_path: Path):
    folder, packages = tmp_path / "rules", tmp_path / "ct"
    operation = "[{id: $x, operator: codelist_terms, codelists: [AETERMS]}]"
    place = write_rule(folder, "C-1", operations=operation, operator="is_not_contained_by, value: $x")
    write_test(place, "negative/01", "1,FALL\n2,ODD\n", "AE,2,AESEQ,2\n")
    packages.mkdir()
    head = "Code\tCodelist Code\tCodelist Extensible (Yes/No)\tCDISC Submission Value\tNCI Preferred Term\n"
    lines = 'C1\t\tYes\tAETERMS\tTerms\nC2\tC1\t\tFALL\tA "fall"\n'
    (packages / "SDTM Terminology 2023-12-15.txt").write_text(head + lines, encoding="utf-8")
    without = json.loads(invoke("report", folder, "--json").output)
    assert without["unsupported"]["C-1"]["about"] == "the controlled terminology packages"
    report = json.loads(invoke("report", folder, "--terminology", packages, "--json").output)
    assert (report["unsupported"], report["agree"]) == ({}, 1)
    (packages / "notes.txt").write_text(head, encoding="utf-8")
    assert "notes.txt" in invoke("report", folder, "--terminology", packages).output
    (packages / "notes.txt").rename(packages / "DDF 2023-12-15.txt")
    (packages / "DDF 2023-12-15.txt").write_text("Code\n", encoding="utf-8")
    assert "has no column" in invoke("run", folder, tmp_path, "--terminology", packages).output


def test_terminology_packages_are_read_from_odm_and_from_the_library(tmp_path: Path):
    folder, packages = tmp_path / "rules", tmp_path / "ct"
    operation = "[{id: $x, operator: codelist_terms, codelists: [AETERMS]}]"
    place = write_rule(folder, "C-1", operations=operation, operator="is_not_contained_by, value: $x")
    write_test(place, "negative/01", "1,FALL\n2,ODD\n", "AE,2,AESEQ,2\n")
    packages.mkdir()
    odm = (
        '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:n="http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC">'
        '<Study OID="CDISC_CT.SDTM.2023-12-15"><MetaDataVersion OID="M" Name="M">'
        '<CodeList OID="CL" Name="Terms" n:ExtCodeID="C1" n:CodeListExtensible="Yes">'
        '<EnumeratedItem CodedValue="FALL" n:ExtCodeID="C2"><n:PreferredTerm>Fall</n:PreferredTerm></EnumeratedItem>'
        "<n:CDISCSubmissionValue>AETERMS</n:CDISCSubmissionValue></CodeList></MetaDataVersion></Study></ODM>"
    )
    (packages / "terms.xml").write_text(odm, encoding="utf-8")
    report = json.loads(invoke("report", folder, "--terminology", packages, "--json").output)
    assert (report["unsupported"], report["agree"]) == ({}, 1)
    (packages / "terms.xml").write_text(f"<!DOCTYPE ODM []>{odm}", encoding="utf-8")
    assert "document type" in invoke("report", folder, "--terminology", packages).output
    (packages / "terms.xml").unlink()
    terms = [{"conceptId": "C2", "submissionValue": "FALL", "preferredTerm": "Fall"}]
    codelist = {"conceptId": "C1", "submissionValue": "AETERMS", "extensible": "true", "terms": terms}
    package = {
        "_links": {"self": {"href": "/mdr/ct/packages/sdtmct-2023-12-15"}},
        "codelists": [codelist],
    }
    (packages / "terms.json").write_text(json.dumps(package), encoding="utf-8")
    report = json.loads(invoke("report", folder, "--terminology", packages, "--json").output)
    assert (report["unsupported"], report["agree"]) == ({}, 1)
    for refused in ("[", "{}", '{"codelists": []}'):
        (packages / "terms.json").write_text(refused, encoding="utf-8")
        assert "terms.json" in invoke("report", folder, "--terminology", packages).output


def test_guides_and_models_are_read_from_the_library(tmp_path: Path):
    folder, library = tmp_path / "rules", tmp_path / "library"
    place = write_rule(
        folder,
        "L-1",
        operations="[{id: $x, operator: required_variables}]",
        name="$x",
        operator="is_not_contained_by, value: $y",
    )
    text = (place / "rule.yml").read_text(encoding="utf-8")
    both = "required_variables}, {id: $y, operator: get_model_column_order}]"
    (place / "rule.yml").write_text(text.replace("required_variables}]", both), encoding="utf-8")
    write_test(place, "positive/01", "1,FALL\n", "")
    library.mkdir()
    variables = [
        {"ordinal": "2", "name": "AETERM", "core": "Req", "role": "Topic"},
        {"ordinal": "1", "name": "AESEQ", "core": "Req", "role": "Identifier"},
    ]
    guide = {"classes": [{"name": "Events", "datasets": [{"name": "AE", "datasetVariables": variables}]}]}
    general = [{"ordinal": "1", "name": "--SEQ", "role": "Identifier"}]
    model = {
        "classes": [
            {"name": "General Observations", "classVariables": general},
            {"name": "Events", "classVariables": [{"ordinal": "1", "name": "--TERM", "role": "Topic"}]},
        ]
    }
    (library / "sdtmig.json").write_text(json.dumps(guide), encoding="utf-8")
    (library / "sdtm.json").write_text(json.dumps(model), encoding="utf-8")
    without = json.loads(invoke("report", folder, "--json").output)
    assert "CDISC Library" in without["unsupported"]["L-1"]["about"]
    report = json.loads(invoke("report", folder, "--library", library, "--json").output)
    assert (report["unsupported"], report["agree"], report["by_status"]) == ({}, 1, {"passed": 1})
    (library / "empty.json").write_text("{}", encoding="utf-8")
    assert "defines no variable" in invoke("report", folder, "--library", library).output


def test_define_is_asked_for_and_used(tmp_path: Path):
    folder = tmp_path / "rules"
    write_rule(
        folder, "D-1", type="Define Item Metadata Check", name="define_variable_label", operator="empty"
    )
    write_rule(
        folder,
        "D-2",
        type="Define Item Group Metadata Check",
        name="define_dataset_class",
        operator="non_empty",
    )
    data = events(tmp_path / "data")
    assert "D-1  not_run  0  input_missing: Define-XML" in invoke("run", folder, data).output
    output = invoke("run", folder, data, "--define", data / "define.xml").output
    assert output.splitlines() == ["D-1  passed  0", "D-2  findings  1"]
