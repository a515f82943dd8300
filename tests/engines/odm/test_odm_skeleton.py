"""From a protocol to the skeleton of its data collection; the protocol here is any value of the right shape."""

from dataclasses import dataclass, replace

import pytest
from tests.engines.odm.documents import ODM_20, odm_file

from triallink.engines.odm import (
    Skeleton,
    build_skeleton,
    check_version,
    read_odm,
    read_specializations,
    validate,
    visit_timings,
    write_odm,
)  # fmt: skip

DAY = 86_400
TABLE = (
    "bc_id,vlm_group_id,crf_group_id,short_name,domain,variable_name,question_text,data_type,length,order_number,"
    "mandatory_variable,codelist_submission_value,value_list,value_display_list,prepopulated_term,sdtm_annotation\n"
    "C1,SYSBP,SYSBP,Systolic Blood Pressure,VS,VSORRES,What was the result?,decimal,5,2,Y,,,,,VSORRES\n"
    "C1,SYSBP,SYSBP,Systolic Blood Pressure,VS,VSORRESU,What was the unit?,text,20,3,N,VSRESU,mmHg;kPa,mm Hg;kPa,,\n"
    "C1,SYSBP,SYSBP,Systolic Blood Pressure,VS,VSTESTCD,Test,text,8,1,Y,,,,SYSBP,\n"
    "C2,,IC,Informed Consent Obtained,DS,DSSTDAT,When was consent given?,date,,1,Y,,,,,\n"
)


@dataclass(frozen=True)
class Term:
    code: str
    text: str = ""


@dataclass(frozen=True)
class Property:
    name: str
    label: str = ""
    datatype: str = "text"
    is_required: bool = True
    is_enabled: bool = True
    responses: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Concept:
    id: str
    name: str
    kind: str = "concept"
    label: str = ""
    reference: str = ""
    code: Term | None = None
    properties: tuple[Property, ...] = ()
    member_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Activity:
    id: str
    name: str
    label: str = ""
    child_ids: tuple[str, ...] = ()
    concept_ids: tuple[str, ...] = ()
    timeline_id: str = ""


@dataclass(frozen=True)
class Encounter:
    id: str
    name: str
    label: str = ""


@dataclass(frozen=True)
class Instance:
    id: str
    name: str
    study_day: int
    offset_seconds: int
    earliest_seconds: int
    latest_seconds: int
    activity_ids: tuple[str, ...] = ()
    label: str = ""
    kind: str = "activity"
    encounter_id: str = ""
    timeline_id: str = ""
    earliest_day: int | None = None
    latest_day: int | None = None


@dataclass(frozen=True)
class Timeline:
    id: str
    name: str
    instances: tuple[Instance, ...]
    is_main: bool = False
    label: str = ""
    reference_id: str = ""
    anchor_day: int = 1


@dataclass(frozen=True)
class Planned:
    name: str
    version: str
    encounters: tuple[Encounter, ...]
    activities: tuple[Activity, ...]
    concepts: tuple[Concept, ...]
    timelines: tuple[Timeline, ...]


STUDY = Planned(
    "ASP-01",
    "2",
    (Encounter("e1", "Screening", "Screening visit"),),
    (
        Activity("a0", "Vital signs group", child_ids=("a1",)),
        Activity("a1", "Vital signs", concept_ids=("c1", "cat")),
        Activity("a2", "Informed consent"),
        Activity("a3", "Hachinski scale"),
        Activity("a4", "Adverse events", concept_ids=("c4",)),
    ),
    (
        Concept("c1", "SYSBP", label="Systolic", reference="/mdr/specializations/datasetspecializations/SYSBP"),
        Concept("cat", "More", "category", member_ids=("c3", "cat")),
        Concept("c3", "Sex", code=Term("C28421"), properties=(
            Property("Sex", "Sex", "string", responses=(Term("F", "Female"), Term("M", "Male"))),
            Property("Sex", "Sex again", "quantity"), Property("Off", is_enabled=False),
        )),
        Concept("c4", "Unknown", "surrogate"),
    ),
    (
        Timeline("t1", "Main", (
            Instance("i1", "SCR", -14, -14 * DAY, -16 * DAY, -14 * DAY, ("a1", "a2"), "Screening", encounter_id="e1"),
            Instance("i2", "D1", 1, 0, 0, 0, ("a0", "a1", "a3"), "Day 1"),
            Instance("i3", "D8", 8, 7 * DAY, 6 * DAY, 9 * DAY, ("a1",), "Day 8"),
        ), True, reference_id="i2"),
        Timeline("t2", "Adverse events", (Instance("i4", "AE", 1, 0, 0, 0, ("a4",)),)),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def built() -> Skeleton:
    """The skeleton of the small study."""
    return build_skeleton(STUDY, library=read_specializations(TABLE))


def test_visits_have_their_days_windows_and_forms(built: Skeleton) -> None:
    assert [
        (event.oid, event.kind, [form.oid for form in event.forms]) for event in built.version.events
    ] == [
        ("SE.SCR", "Scheduled", ["F.VITAL_SIGNS", "F.INFORMED_CONSENT"]),
        ("SE.D1", "Scheduled", ["F.VITAL_SIGNS", "F.HACHINSKI_SCALE"]),
        ("SE.D8", "Scheduled", ["F.VITAL_SIGNS"]),
        ("SE.ADVERSE_EVENTS", "Common", ["F.ADVERSE_EVENTS"]),
    ]
    assert built.version.events[3].is_repeating
    assert built.anchor_day == 1
    assert [timing.study_day for timing in built.timings] == [-14, 1, 8]


def test_timing_travels_as_odm_2_states_it(built: Skeleton) -> None:
    assert built.version.plan is not None
    (timings,) = built.version.plan.kept.named("StudyTimings")
    stated = {
        found.get("OID"): dict(found.attributes)
        for found in timings.walk()
        if found.name.startswith("Relative")
    }
    before, after = stated["TIM.SE.SCR"], stated["TIM.SE.D8"]
    assert (before["PredecessorOID"], before["SuccessorOID"]) == ("SE.SCR", "SE.D1")
    assert (before["TimepointRelativeTarget"], before["TimepointPreWindow"], before["TimepointPostWindow"]) == (
        "P14D", "P0D", "P2D",
    )  # fmt: skip
    assert (after["TimepointRelativeTarget"], after["TimepointPreWindow"], after["TimepointPostWindow"]) == (
        "P7D", "P1D", "P2D",
    )  # fmt: skip


def test_timing_is_read_back_from_odm(built: Skeleton) -> None:
    data = write_odm(odm_file(built.version, "2.0"), "2.0").data
    read = visit_timings(read_odm(data).file.studies[0].versions[0])
    assert [(found.event_oid, found.study_day, found.earliest_day, found.latest_day) for found in read] == [
        ("SE.D1", 1, 1, 1), ("SE.SCR", -14, -16, -14), ("SE.D8", 8, 7, 10),
    ]  # fmt: skip
    stated = {found.event_oid: (found.offset_seconds, found.earliest_seconds) for found in built.timings}
    assert {found.event_oid: (found.offset_seconds, found.earliest_seconds) for found in read} == stated
    assert visit_timings(read_odm(ODM_20).file.studies[0].versions[0])[1].study_day == 8


def test_questions_come_from_the_library_else_from_the_concept_else_by_name(built: Skeleton) -> None:
    version = built.version
    systolic, sex, consent = (
        version.group_by_oid[f"IG.{name}"] for name in ("SYSTOLIC", "SEX", "INFORMED_CONSENT")
    )
    result = next(member for member in systolic.members if member.oid == "IT.SYSTOLIC.VSORRES")
    assert result.units_item_oid == "IT.SYSTOLIC.VSORRESU"
    assert version.item_by_oid["IT.SYSTOLIC.VSORRES"].data_type == "float"
    assert systolic.members[0].kept.get("PreSpecifiedValue") == "SYSBP"
    assert [code.value for code in version.code_list_by_oid["CL.VSRESU"].codes] == ["mmHg", "kPa"]
    assert [member.oid for member in sex.members] == ["IT.SEX.SEX", "IT.SEX.SEX_2"]
    assert version.item_by_oid["IT.SEX.SEX_2"].data_type == "float"
    assert [member.oid for member in consent.members] == ["IT.INFORMED_CONSENT.DSSTDAT"]


def test_what_is_left_to_do_is_told(built: Skeleton) -> None:
    assert built.coverage.activities_by_hand == ("Hachinski scale", "Adverse events")
    assert 0.5 < built.coverage.share < 1
    assert build_skeleton(STUDY).coverage.share < built.coverage.share


@pytest.mark.parametrize("odm_version", ["1.3.2", "2.0"])
def test_the_skeleton_is_a_valid_odm_file(built: Skeleton, odm_version: str) -> None:
    assert check_version(built.version) == ()
    written = write_odm(odm_file(built.version, odm_version), odm_version)
    assert validate(written.data, extensions=False) == ()
    read = read_odm(written.data).file.studies[0].versions[0]
    assert [event.oid for event in read.events] == [event.oid for event in built.version.events]
    again = write_odm(read_odm(write_odm(odm_file(built.version, "2.0"), "2.0").data).file, "1.3.2").data
    plan = read_odm(again).file.studies[0].versions[0].plan
    assert (
        [found.oid for found in plan.events] == [event.oid for event in built.version.events]
        if plan
        else False
    )


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="bc_id"):
        read_specializations("a,b\n1,2\n")


def test_what_is_done_along_a_nested_timeline_is_asked_at_the_visits_that_enter_it() -> None:
    supine, standing = Activity("n1", "Supine"), Activity("n2", "Standing")
    points = tuple(
        Instance(f"ni{place}", f"P{place}", 1, place * 60, place * 60, place * 60, (activity.id,))
        for place, activity in enumerate((supine, standing, standing))
    )
    vital = replace(STUDY.activities[1], timeline_id="nested")
    study = replace(
        STUDY,
        activities=(STUDY.activities[0], vital, *STUDY.activities[2:], supine, standing),
        timelines=(*STUDY.timelines, Timeline("nested", "Orthostatic", points)),
    )
    version = build_skeleton(study).version
    entering = [event for event in version.events if any(form.oid == "F.VITAL_SIGNS" for form in event.forms)]
    assert entering
    for event in entering:
        oids = [form.oid for form in event.forms]
        place = oids.index("F.VITAL_SIGNS")
        assert oids[place : place + 3] == ["F.VITAL_SIGNS", "F.SUPINE", "F.STANDING"]
    assert [version.form_by_oid[oid].repeating for oid in ("F.SUPINE", "F.STANDING")] == ["No", "Dynamic"]


def test_timelines_that_enter_each_other_end() -> None:
    entering = (
        Activity("x1", "X1", timeline_id="first"),
        Activity("x2", "X2", timeline_id="second"),
    )
    lines = (
        Timeline("first", "First", (Instance("f", "F", 1, 0, 0, 0, ("x2",)),)),
        Timeline("second", "Second", (Instance("s", "S", 1, 0, 0, 0, ("x1",), timeline_id="second"),)),
    )
    study = replace(STUDY, activities=(*STUDY.activities, *entering), timelines=(*STUDY.timelines, *lines))
    assert check_version(build_skeleton(study).version) == ()
