"""What is read is written back, valid by the official schemas; what cannot stay is told."""

import dataclasses
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines.odm.documents import ODM_20, ODM_132

from triallink.engines.odm import (
    Code,
    CodeList,
    Event,
    Group,
    Header,
    Item,
    Kept,
    OdmFile,
    OdmRefused,
    Plan,
    Reference,
    Study,
    StudyVersion,
    answers,
    bilingual,
    canonical,
    open_odm,
    read_columns,
    read_odm,
    validate,
    write_odm,
)  # fmt: skip

DOCUMENTS = {"1.3.2": ODM_132, "2.0": ODM_20}


def test_what_the_other_version_cannot_say_is_renamed_or_told() -> None:
    same_names = ODM_132.replace(b'"F.DM"', b'"IG.DM"')
    written = write_odm(read_odm(same_names).file, "2.0")
    assert "FORM.IG.DM" in " ".join(map(str, written.findings))
    subject = read_odm(written.data).file.clinical[0].subjects[0]
    assert (subject.events[0].forms[0].oid, subject.events[0].forms[0].groups[0].oid) == (
        "FORM.IG.DM",
        "IG.DM",
    )
    told = " ".join(map(str, write_odm(read_odm(ODM_20).file, "1.3.2").findings))
    assert "122" in told
    back = read_odm(write_odm(read_odm(ODM_132).file, "2.0").data).file.studies[0].versions[0]
    weight = back.item_by_oid["IT.WEIGHT"]
    assert weight.kept.get("DisplayFormat") == "5.1"
    assert "MeasurementUnits" in back.code_list_by_oid


@pytest.mark.parametrize("version", DOCUMENTS)
@pytest.mark.parametrize("source", DOCUMENTS)
def test_a_file_written_subject_by_subject_is_the_same_file(source: str, version: str) -> None:
    file = read_odm(DOCUMENTS[source]).file
    (collected,) = file.clinical
    stream = io.BytesIO()
    with open_odm(stream, file, collected, version) as writer:
        for subject in collected.subjects:
            writer.write(subject)
    assert validate(stream.getvalue()) == ()
    assert canonical(stream.getvalue()) == canonical(write_odm(file, version).data)


@pytest.mark.parametrize("version", DOCUMENTS)
def test_a_file_comes_back_as_it_was(version: str) -> None:
    read = read_odm(DOCUMENTS[version])
    assert read.findings == ()
    written = write_odm(read.file, version)
    assert written.findings == ()
    assert canonical(written.data) == canonical(DOCUMENTS[version])
    assert validate(written.data) == ()
    assert read_odm(written.data).file == read.file


def test_without_extensions_a_file_is_valid_as_it_stands() -> None:
    file = read_odm(ODM_132).file
    assert b"vendor" in write_odm(file).data
    plain = write_odm(file, extensions=False).data
    assert b"vendor" not in plain
    assert validate(plain, extensions=False) == ()


def test_the_values_are_what_the_file_says() -> None:
    version = read_odm(ODM_132).file.studies[0].versions[0]
    weight = version.item_by_oid["IT.WEIGHT"]
    assert (weight.data_type, weight.length, weight.significant_digits) == ("float", 5, 1)
    assert weight.unit_oids == ("MU.KG",)
    assert (weight.checks[0].comparator, weight.checks[0].values, str(weight.checks[0].message)) == (
        "GE", ("30",), "Too light",
    )  # fmt: skip
    sex = version.code_list_by_oid["CL.SEX"]
    assert [code.decode.in_language("zh") for code in sex.codes if code.decode] == ["男", "女"]
    assert version.events[1].is_repeating
    assert version.group_by_oid["IG.DM"].members[1].condition_oid == "CO.MALE"
    assert version.units[0].symbol is not None
    assert version.units[0].symbol.in_language("zh") == "公斤"


def test_keys_of_repeats_stay_texts_and_audits_stay_with_what_they_changed() -> None:
    collected = read_odm(ODM_132).file.clinical[0]
    subject = collected.subjects[0]
    assert subject.audit is not None
    assert (subject.audit.user_oid, subject.audit.at) == ("U.CHEN", "2026-01-02T03:04:05+08:00")
    found = {item.oid: (place, item) for place, item in answers(collected, subject)}
    place, sex = found["IT.SEX"]
    assert (place.event_repeat_key, place.form_repeat_key, place.group_repeat_key) == ("V1[01]", "01", "")
    assert str(sex.annotations[0].comment and sex.annotations[0].comment.text) == "查看 file"
    assert (found["IT.PREG"][1].value, found["IT.PREG"][1].is_null) == (None, True)
    assert found["IT.AETERM"][1].typed == "String"


def test_queries_and_several_values_of_odm_2_are_read() -> None:
    collected = read_odm(ODM_20).file.clinical[0]
    (_, date), (place, result) = answers(collected, collected.subjects[0])
    assert (date.value, place.form_oid, place.group_oid) == ("2026-01-02", "F.VS", "IG.VS")
    assert result.values == ("120", "122")
    assert (result.queries[0].state, result.queries[0].text) == ("Open", "Which one?")


def test_the_hash_is_of_the_content_and_not_of_the_writing() -> None:
    version = read_odm(ODM_132).file.studies[0].versions[0]
    reordered = ODM_132.replace(
        b'Name="Sex" DataType="text" Length="1"', b'Length="1" DataType="text" Name="Sex"'
    )
    assert reordered != ODM_132
    assert read_odm(reordered).file.studies[0].versions[0].content_hash == version.content_hash
    other = dataclasses.replace(version, name="Version 2")
    assert other.content_hash != version.content_hash
    assert len({version, other}) == 2


def test_what_the_schema_does_not_allow_is_told_and_left_out() -> None:
    broken = ODM_132.replace(b'Mandatory="Yes" KeySequence="1"', b'Mandatory="Yess" Colour="red"')
    broken = broken.replace(b"<GlobalVariables>", b"<Nonsense/><GlobalVariables>")
    found = read_odm(broken)
    assert [(finding.line, finding.params["value"]) for finding in found.findings] == [(26, "Yess")]
    written = write_odm(found.file)
    assert validate(written.data) == ()
    told = " ".join(map(str, written.findings))
    assert all(word in told for word in ("Nonsense", "Colour", "Mandatory"))


def test_a_file_that_lacks_everything_is_made_valid() -> None:
    for version in DOCUMENTS:
        study = Study("", versions=(StudyVersion("", "", items=(Item("", ""),)),))
        written = write_odm(OdmFile(Header(""), (study,)), version)
        assert validate(written.data) == ()
        assert written.findings


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text
)
OIDS = st.integers(1, 99).map(lambda number: f"O.{number}")
TEXTS = st.one_of(st.none(), st.builds(bilingual, NAMES, NAMES))


@st.composite
def versions(draw: st.DrawFn) -> StudyVersion:
    """Draw a study version with references that lead somewhere."""
    lists = draw(st.lists(st.builds(
        CodeList, OIDS.map("CL.{}".format), NAMES, codes=st.lists(
            st.builds(Code, NAMES, st.builds(bilingual, NAMES, NAMES)), min_size=1, max_size=3,
            unique_by=lambda code: code.value).map(tuple),
    ), max_size=3, unique_by=lambda found: found.oid))  # fmt: skip
    items = draw(st.lists(st.builds(
        Item, OIDS.map("IT.{}".format), NAMES, st.sampled_from(["text", "integer", "float", "date"]),
        st.one_of(st.none(), st.integers(1, 200)), question=TEXTS,
        code_list_oid=st.sampled_from(["", *(found.oid for found in lists)]),
    ), min_size=1, max_size=4, unique_by=lambda item: item.oid))  # fmt: skip
    members = tuple(
        Reference(item.oid, "item", draw(st.booleans()), place) for place, item in enumerate(items, 1)
    )
    group = Group("IG.1", draw(NAMES), members=members)
    form = Group("F.1", draw(NAMES), kind="Form", members=(Reference("IG.1", "group", True),))
    event = Event("SE.1", draw(NAMES), forms=(Reference("F.1", "form"),), is_repeating=draw(st.booleans()))
    plan = Plan(events=(Reference("SE.1", "event", True, 1),))
    return StudyVersion(
        "MDV", draw(NAMES), plan=plan, events=(event,), forms=(form,), groups=(group,), items=tuple(items),
        code_lists=tuple(lists), kept=Kept(),
    )  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(versions())
def test_reading_undoes_writing(version: StudyVersion) -> None:
    header = Header("F", "Snapshot", "2026-01-01T00:00:00", "1.3.2")
    file = OdmFile(header, (Study("ST", "N", "P", versions=(version,)),))
    written = write_odm(file)
    assert validate(written.data, extensions=False) == ()
    read = read_odm(written.data).file.studies[0].versions[0]
    unmarked = [
        item.question and [(t.language, t.text) for t in item.question.translations] for item in read.items
    ]
    assert unmarked == [
        item.question and [(t.language, t.text) for t in item.question.translations] for item in version.items
    ]
    assert write_odm(OdmFile(header, (Study("ST", "N", "P", versions=(read,)),))).data == written.data


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_no_change_of_bytes_breaks_the_reader_or_the_writer(version: str, data: st.DataObject) -> None:
    document = bytearray(DOCUMENTS[version])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(document) - 1))
        end = data.draw(st.integers(start, min(len(document), start + 40)))
        document[start:end] = data.draw(st.binary(max_size=12))
    files, refusals = [], []
    try:
        files.append(read_odm(bytes(document)).file)
    except OdmRefused as refused:
        refusals.append(refused)
    assert all(refused.findings[0].line >= 1 for refused in refusals)
    try:
        read_columns(bytes(document))
    except OdmRefused as refused:
        refusals.append(refused)
    for target in DOCUMENTS:
        assert all(validate(write_odm(file, target).data) == () for file in files)
