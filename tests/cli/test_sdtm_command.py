"""`triallink sdtm`: collected data become transport files and Define-XML that agree with each other."""

import json
import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner, Result

from triallink.cli.conformance import command as conformance
from triallink.cli.sdtm import command
from triallink.engines import odm
from triallink.engines.datasets import check_define, read_define, read_xpt
from triallink.engines.protocol import read_usdm

HEADER = odm.Header("F.1", "Snapshot", "2026-01-01T00:00:00", "2.0")


def item(oid: str, annotation: str, data_type: str = "text", code_list: str = "") -> odm.Item:
    """Return an item with its SDTM annotation."""
    return odm.Item(
        oid, oid, data_type, code_list_oid=code_list, aliases=(odm.Alias("SDTM", annotation),), length=20
    )


def study_file() -> bytes:
    """Return a study of demographics, exposure and vital signs with two subjects, as ODM."""
    items = (
        item("SEX", "SEX", code_list="CL.SEX"),
        item("RACEOTH", "RACEOTH in SUPPDM"),
        item("EXTRT", "EXTRT"),
        item("EXSTDAT", "EXSTDTC", "partialDate"),
        item("VSDAT", "VSDTC", "partialDate"),
        item("TEMP", "VSORRES when VSTESTCD = TEMP", "float"),
        item("TEMPU", "VSORRESU when VSTESTCD = TEMP"),
        odm.Item("FREE", "FREE", "text", length=20),
    )
    members = {
        "DM": ("SEX", "RACEOTH"),
        "EX": ("EXTRT", "EXSTDAT"),
        "TEMP": ("VSDAT", "TEMP", "TEMPU", "FREE"),
    }
    groups = tuple(
        odm.Group(f"IG.{name}", name.title(), members=tuple(odm.Reference(oid, "item") for oid in oids))
        for name, oids in members.items()
    )
    form = odm.Group(
        "F.1", "Visit", kind="Form", members=tuple(odm.Reference(g.oid, "group") for g in groups)
    )
    male = odm.Code("1", odm.bilingual("Male"), aliases=(odm.Alias("SDTM", "M"),))
    version = odm.StudyVersion(
        "MDV.1",
        "1",
        plan=odm.Plan(events=(odm.Reference("SE.2", "event"), odm.Reference("SE.1", "event"))),
        events=(
            odm.Event("SE.1", "Treatment", forms=(odm.Reference("F.1", "form"),)),
            odm.Event("SE.2", "Screening", forms=(odm.Reference("F.1", "form"),)),
        ),
        forms=(form,),
        groups=groups,
        items=items,
        code_lists=(odm.CodeList("CL.SEX", "Sex", "text", (male, odm.Code("2", odm.bilingual("Female")))),),
    )

    def event(oid: str, **answers: dict[str, str]) -> odm.EventData:
        filled = tuple(
            odm.GroupData(
                f"IG.{name}", members=tuple(odm.ItemData(key, (value,)) for key, value in given.items())
            )
            for name, given in answers.items()
        )
        return odm.EventData(oid, forms=(odm.GroupData("F.1", members=filled),))

    first = odm.SubjectData(
        "1",
        events=(
            event(
                "SE.2",
                DM={"SEX": "1", "RACEOTH": "other"},
                TEMP={"VSDAT": "2026-01-01", "TEMP": "98.6", "TEMPU": "°F"},
            ),
            event(
                "SE.1",
                EX={"EXTRT": "DRUG", "EXSTDAT": "2026-01-02"},
                TEMP={"VSDAT": "2026-01-02", "TEMP": "37.0", "TEMPU": "°C", "FREE": "x"},
            ),
        ),
    )
    second = odm.SubjectData(
        "2",
        events=(event("SE.2", DM={"SEX": "9"}, TEMP={"VSDAT": "2026-01", "TEMP": "hot", "TEMPU": "kg"}),),
    )
    study = odm.Study("S", "STUDY1", "P1", odm.bilingual("A study"), (version,))
    collected = odm.Collected("S", "MDV.1", (first, second))
    return odm.write_odm(odm.OdmFile(HEADER, (study,), clinical=(collected,)), "2.0").data


def run(*arguments: object) -> Result:
    """Return what the command says."""
    return CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)


def test_collected_data_become_datasets_with_standard_results_and_study_days(tmp_path: Path):
    source, target = tmp_path / "study.xml", tmp_path / "sdtm"
    source.write_bytes(study_file())
    answer = run("map", source, target, "--unit", "TEMP=°C", "--ascii")
    assert answer.exit_code == 0
    (vital,) = read_xpt((target / "vs.xpt").read_bytes())
    names = ["USUBJID", "VSSEQ", "VSTEST", "VSSTRESC", "VSSTRESN", "VISITNUM", "VISIT", "VSDTC", "VSDY"]
    assert vital.frame.select(names).rows() == [
        ("STUDY1-1", 1, "Temp", "37", 37.0, 1, "Screening", "2026-01-01", -1),
        ("STUDY1-1", 2, "Temp", "37.0", 37.0, 2, "Treatment", "2026-01-02", 1),
        ("STUDY1-2", 1, "Temp", "hot", None, 1, "Screening", "2026-01", None),
    ]
    assert vital.variable("VSSTRESN").label == "Numeric Result/Finding in Standard Units"
    (subjects,) = read_xpt((target / "dm.xpt").read_bytes())
    assert subjects.frame.select("SEX", "RFSTDTC").rows() == [("M", "2026-01-02"), ("9", "")]
    (qualifiers,) = read_xpt((target / "suppdm.xpt").read_bytes())
    assert qualifiers.frame.select("QNAM", "QLABEL", "QVAL", "QORIG").rows() == [
        ("RACEOTH", "RACEOTH", "other", "CRF")
    ]
    assert "“9” is not in the code list of “SEX”" in answer.stderr


def test_define_xml_describes_every_dataset_written(tmp_path: Path):
    source, target = tmp_path / "study.xml", tmp_path / "sdtm"
    source.write_bytes(study_file())
    run("map", source, target, "--ascii")
    document = read_define((target / "define.xml").read_bytes())
    assert not check_define(document)
    written = {file.stem.upper(): read_xpt(file.read_bytes())[0] for file in target.glob("*.xpt")}
    described = {group.name: len(group.items) for group in document.study.metadata.item_groups}
    assert described == {name: dataset.frame.width for name, dataset in written.items()}


def test_a_unit_that_measures_something_else_gives_no_standard_result(tmp_path: Path):
    source = tmp_path / "study.xml"
    source.write_bytes(study_file().replace(b">hot<", b">36<"))
    answer = run("map", source, tmp_path / "sdtm", "--unit", "TEMP=°C", "--ascii")
    assert "kg cannot be converted to °C" in answer.stderr
    assert run("map", source, tmp_path / "sdtm", "--unit", "TEMP").exit_code == 2


ANSWERS = {
    "integer": "7",
    "float": "7.5",
    "date": "2026-02-03",
    "partialDate": "2026-02-03",
    "time": "08:30:00",
}


def filled(version: odm.StudyVersion) -> Iterator[odm.EventData]:
    """Give every event of a study version with an answer to every question."""
    for event in version.events:
        forms = []
        for reference in event.forms:
            form = version.form_by_oid[reference.oid]
            groups = [version.group_by_oid[each.oid] for each in form.members if each.kind == "group"]
            members = tuple(
                odm.GroupData(group.oid, members=tuple(answered(group, version))) for group in groups
            )
            forms.append(odm.GroupData(form.oid, members=members))
        yield odm.EventData(event.oid, forms=tuple(forms))


def answered(group: odm.Group, version: odm.StudyVersion) -> Iterator[odm.ItemData]:
    """Give an answer to every question of a group: the first code, or a value of the type."""
    for reference in group.members:
        item = version.item_by_oid.get(reference.oid)
        if item is not None:
            listed = version.code_list_by_oid.get(item.code_list_oid)
            value = listed.codes[0].value if listed and listed.codes else ANSWERS.get(item.data_type, "TEXT")
            yield odm.ItemData(item.oid, (value,))


if "TRIALLINK_DATA" in os.environ:
    RULES = "insights/vectors/cdisc_open_rules/published_rules_with_testdata.tar.gz"
    DATA = Path(os.environ["TRIALLINK_DATA"])

    # Equal categories and terms, a medical history that begins on day 1, equal range limits, a category without
    # the one above it in the annotations.
    ABOUT_ANSWERS = frozenset(
        f"CORE-{number}" for number in ("000104", "000195", "000196", "000236", "000237", "000260", "000889")
    )

    def test_a_protocol_goes_all_the_way_to_datasets_that_rules_can_judge(tmp_path: Path):
        """USDM → skeleton with COSMoS annotations → data → SDTM, Define-XML → conformance rules."""
        protocol = read_usdm((DATA / "usdm/360i/pilot_LLZT_protocol.json").read_bytes())
        table = (DATA / "edc/cdash/cdisc_crf_specializations_draft.csv").read_text("utf-8-sig")
        version = odm.build_skeleton(protocol, library=odm.read_specializations(table)).version
        study = odm.Study("S", "LZZT", "LZZT", odm.bilingual("Pilot"), (version,))
        subjects = tuple(odm.SubjectData(key, events=tuple(filled(version))) for key in ("1001", "1002"))
        file = odm.OdmFile(HEADER, (study,), clinical=(odm.Collected("S", version.oid, subjects),))
        (tmp_path / "study.xml").write_bytes(odm.write_odm(file, "2.0").data)
        answer = run("map", tmp_path / "study.xml", tmp_path / "sdtm", "--ascii")
        assert answer.exit_code == 0
        written = {path.stem for path in (tmp_path / "sdtm").glob("*.xpt")}
        assert {"ae", "dm", "vs", "lb", "eg"} <= written
        define_xml = tmp_path / "sdtm" / "define.xml"
        assert not check_define(read_define(define_xml.read_bytes()))
        with tarfile.open(DATA / RULES) as archive:
            archive.extractall(tmp_path / "rules", filter="data")
        arguments = [
            "run",
            tmp_path / "rules",
            tmp_path / "sdtm",
            "--define",
            define_xml,
            "--standard",
            "SDTMIG 3.4",
        ]
        said = CliRunner().invoke(conformance, [*map(str, arguments), "--json"], catch_exceptions=False)
        outcomes = json.loads(said.output)
        ended = Counter(each["status"] for each in outcomes)
        assert ended["passed"] > 100
        assert all((each["status"] == "not_run") == (each["reason"] is not None) for each in outcomes)
        # What is left is about the answers, which are the same for every question, and not about what is derived.
        assert {each["rule"] for each in outcomes if each["status"] == "findings"} <= ABOUT_ANSWERS


def test_an_annotation_in_words_of_another_system_is_told_and_the_others_count(tmp_path: Path):
    source, target = tmp_path / "study.xml", tmp_path / "sdtm"
    foreign = study_file().replace(b'Context="SDTM" Name="EXTRT"', b'Context="SDTM" Name="EX.EXTRT/EXDECOD"')
    source.write_bytes(foreign)
    answer = run("map", source, target, "--ascii")
    assert answer.exit_code == 0
    assert "“EX.EXTRT/EXDECOD” of “EXTRT” cannot be read" in answer.stderr
    assert "EXTRT" not in read_xpt((target / "ex.xpt").read_bytes())[0].frame.columns
