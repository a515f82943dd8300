"""A version that includes another is made whole, its own definitions before those it includes."""

from dataclasses import replace

import pytest
from tests.engines.odm.documents import ODM_132

from triallink.engines.odm import Study, StudyVersion, check_version, complete_version, read_odm

INCLUDED = ODM_132.replace(
    b"</MetaDataVersion>",
    b"""</MetaDataVersion><MetaDataVersion OID="MDV.2" Name="Version 2">
    <Include StudyOID="ST.1" MetaDataVersionOID="MDV.1"/>
    <ItemGroupDef OID="IG.NEW" Name="New" Repeating="No"><ItemRef ItemOID="IT.SEX" Mandatory="No"/></ItemGroupDef>
    <ItemDef OID="IT.BMI" Name="Body mass" DataType="float"/></MetaDataVersion>""",
)


def read(data: bytes) -> tuple[Study, StudyVersion, StudyVersion]:
    """Return the study of a file with two versions, and both."""
    study = read_odm(data).file.studies[0]
    return study, *study.versions


def test_what_is_included_is_there_and_what_is_redefined_is_replaced() -> None:
    study, first, second = read(INCLUDED)
    whole = complete_version(second, [study])
    assert (whole.oid, whole.name) == ("MDV.2", "Version 2")
    assert [item.oid for item in whole.items] == [item.oid for item in first.items]
    assert whole.item_by_oid["IT.BMI"].name == "Body mass"
    assert [group.oid for group in whole.groups] == ["IG.DM", "IG.AE", "IG.NEW"]
    assert (whole.events, whole.plan) == (first.events, first.plan)
    assert (whole.kept.named("Include"), check_version(whole)) == ((), ())
    assert complete_version(first, [study]) is first


@pytest.mark.parametrize("target", [b"MDV.2", b"MDV.9"], ids=["itself", "nothing"])
def test_an_include_of_itself_or_of_nothing_stays_and_nothing_is_judged(target: bytes) -> None:
    named = INCLUDED.replace(b'MetaDataVersionOID="MDV.1"/>', b'MetaDataVersionOID="' + target + b'"/>')
    study, _, second = read(named)
    assert complete_version(second, [study]) == second
    assert check_version(second) == ()


def test_versions_that_include_each_other_end() -> None:
    study, first, second = read(INCLUDED)
    kept = replace(first.kept, elements=tuple(
        replace(found, attributes=(("StudyOID", "ST.1"), ("MetaDataVersionOID", "MDV.2")))
        for found in second.kept.named("Include")
    ))  # fmt: skip
    circular = replace(study, versions=(replace(first, kept=kept), second))
    assert complete_version(second, [circular]).item_by_oid["IT.SEX"].name == "Sex"
