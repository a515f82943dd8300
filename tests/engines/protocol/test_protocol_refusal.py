"""A malformed or hostile file is refused with its place and a sentence, never with a crash."""

import copy
import io
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines.protocol.cases import as_bytes, small_usdm, vector

from triallink.engines.protocol import (
    Finding,
    Protocol,
    ProtocolUnreadable,
    content_hash,
    diff,
    expand,
    from_json,
    read_ctgov_csv_row,
    read_ctgov_json,
    read_usdm,
    schedule_of_activities,
    to_json,
)
from triallink.engines.protocol import refusal as messages
from triallink.kernel.refusals import Refusal

DESIGN = "study.versions[0].studyDesigns[0]"


def refused(source, read=read_usdm, **options):
    with pytest.raises(ProtocolUnreadable) as caught:
        read(source, **options)
    return [(finding.path, finding.message_template) for finding in caught.value.findings]


def changed(path, value):
    """Return the small study with one value replaced, the path given as in a finding."""
    study = small_usdm()
    target = study
    *steps, last = [
        int(step) if step.isdigit() else step for step in path.replace("]", "").replace("[", ".").split(".")
    ]
    for step in steps:
        target = target[step]
    target[last] = value
    return as_bytes(study)


def test_a_refusal_is_the_platforms_own_kind():
    with pytest.raises(Refusal) as caught:
        read_usdm(b"{")
    assert caught.value.code == "protocol_unreadable"
    assert caught.value.status == 422
    assert "1:2" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "path", "template"),
    [
        (b"", "", messages.EMPTY),
        (b" \n ", "", messages.EMPTY),
        (b'{"study": \n  {"name": }}', "2:12", messages.BAD_SYNTAX),
        (b'{"study": {}} trailing', "1:15", messages.BAD_SYNTAX),
        (b'{"study": "\xff\xfe"}', "1:12", messages.BAD_ENCODING),
        (b'{"study": {"name": "a", "name": "b"}}', "study", messages.DUPLICATE_KEY),
        (b'{"study": {"x": [NaN]}}', "study.x[0]", messages.BAD_NUMBER),
        (b'{"study": {"x": -Infinity}}', "study.x", messages.BAD_NUMBER),
        (b'{"study": {"x": 1e999}}', "study.x", messages.BAD_NUMBER),
        (b'{"study": {"x": ' + b"9" * 5000 + b"}}", "study.x", messages.BAD_NUMBER),
        (b'{"study": {"x": "a\\u0000b"}}', "study.x", messages.BAD_CHARACTER),
        (b'{"study": {"x": "\\ud800"}}', "study.x", messages.BAD_CHARACTER),
        (b"[" * 100_000, "", messages.TOO_DEEP),
        (b"[]", "", messages.OBJECT_EXPECTED),
        (b"3", "", messages.OBJECT_EXPECTED),
        (b"{}", "study", messages.MISSING),
        (b'{"study": []}', "study", messages.OBJECT_EXPECTED),
        (b'{"study": {"versions": []}}', "study.versions", messages.MISSING),
        (b'{"study": {"versions": [{}]}}', "study.versions[0].studyDesigns", messages.MISSING),
        (b'{"study": {"versions": [3]}}', "study.versions[0]", messages.OBJECT_EXPECTED),
    ],
)
def test_what_is_not_a_study_is_refused_where_it_goes_wrong(data, path, template):
    assert refused(data)[0] == (path, template)


def test_nesting_is_limited_where_it_becomes_too_deep():
    data = b'{"study": ' + b'{"a":' * 70 + b"1" + b"}" * 71
    path, template = refused(data)[0]
    assert template == messages.TOO_DEEP
    assert path.startswith("study.a.a.a")


def test_size_is_limited_without_reading_on():
    stream = io.BytesIO(b" " * 10_000)
    assert refused(stream, maximum_bytes=1000) == [("", messages.TOO_LARGE)]
    assert stream.tell() == 1001


@pytest.mark.parametrize(
    ("path", "value", "template"),
    [
        (f"{DESIGN}.encounters[3].scheduledAtId", "Timing_99", messages.DANGLING),
        (f"{DESIGN}.studyCells[0].armId", "nobody", messages.DANGLING),
        (f"{DESIGN}.activities[2].timelineId", "nowhere", messages.DANGLING),
        (f"{DESIGN}.activities[0].childIds[0]", "nothing", messages.DANGLING),
        (f"{DESIGN}.scheduleTimelines[0].entryId", "Instance_11", messages.DANGLING),
        (f"{DESIGN}.scheduleTimelines[0].instances[0].activityIds[1]", "no", messages.DANGLING),
        (f"{DESIGN}.scheduleTimelines[0].instances[0].encounterId", "no", messages.DANGLING),
        (f"{DESIGN}.scheduleTimelines[0].timings[0].relativeToScheduledInstanceId", "no", messages.DANGLING),
        (f"{DESIGN}.scheduleTimelines[0].timings[0].value", "two weeks", messages.BAD_DURATION),
        (f"{DESIGN}.scheduleTimelines[0].timings[2].windowLower", "3 days", messages.BAD_DURATION),
        (f"{DESIGN}.scheduleTimelines[0].mainTimeline", "perhaps", messages.FLAG_EXPECTED),
        (f"{DESIGN}.arms", {}, messages.LIST_EXPECTED),
        (f"{DESIGN}.arms[0]", "arm", messages.OBJECT_EXPECTED),
        (f"{DESIGN}.arms[1].id", "StudyArm_1", messages.DUPLICATE_ID),
        (f"{DESIGN}.arms[0].name", ["x"], messages.TEXT_EXPECTED),
        (f"{DESIGN}.population", [], messages.OBJECT_EXPECTED),
        (f"{DESIGN}.population.plannedEnrollmentNumber.value", "many", messages.NUMBER_EXPECTED),
        (f"{DESIGN}.population.plannedAge.minValue.value", True, messages.NUMBER_EXPECTED),
        (f"{DESIGN}.encounters[0].contactModes", "phone", messages.LIST_EXPECTED),
        ("study.versions[0].titles[0].text", {}, messages.TEXT_EXPECTED),
        ("study.versions[0].studyIdentifiers[0].scopeId", "nobody", messages.DANGLING),
    ],
)
def test_a_wrong_value_is_found_where_it_stands(path, value, template):
    assert (path, template) in refused(changed(path, value))


def test_several_problems_are_told_at_once():
    study = small_usdm()
    design = study["study"]["versions"][0]["studyDesigns"][0]
    design["encounters"][3]["scheduledAtId"] = "Timing_99"
    design["activities"][2]["timelineId"] = "nowhere"
    paths = [path for path, _ in refused(as_bytes(study))]
    assert paths == [f"{DESIGN}.encounters[3].scheduledAtId", f"{DESIGN}.activities[2].timelineId"]


def test_timings_in_a_circle_are_refused():
    study = small_usdm()
    timings = study["study"]["versions"][0]["studyDesigns"][0]["scheduleTimelines"][0]["timings"]
    timings[2]["relativeToScheduledInstanceId"] = "Instance_4"
    assert (f"{DESIGN}.scheduleTimelines[0].timings", messages.CIRCLE) in refused(as_bytes(study))


def test_a_timeline_inside_itself_is_refused():
    path = f"{DESIGN}.scheduleTimelines[1].instances[0].timelineId"
    assert (f"{DESIGN}.scheduleTimelines", messages.CIRCLE) in refused(changed(path, "ScheduleTimeline_2"))


def test_groups_in_a_circle_are_refused():
    path = f"{DESIGN}.activities[1].childIds"
    assert (f"{DESIGN}.activities", messages.CIRCLE) in refused(changed(path, ["Activity_1"]))


def test_groups_without_end_are_refused():
    study = small_usdm()
    activities = [{"id": f"A{number}", "name": "x", "childIds": [f"A{number + 1}"]} for number in range(1500)]
    study["study"]["versions"][0]["studyDesigns"][0]["activities"] += [
        *activities,
        {"id": "A1500", "name": "x"},
    ]
    assert (f"{DESIGN}.activities", messages.TOO_DEEP) in refused(as_bytes(study))


def test_lists_beyond_any_real_protocol_are_refused():
    activities = [{"id": f"A{number}", "name": "x"} for number in range(2_001)]
    assert refused(changed(f"{DESIGN}.activities", activities)) == [
        (f"{DESIGN}.activities", messages.TOO_MANY)
    ]
    criteria = [{"id": f"C{number}"} for number in range(20_001)]
    assert (f"{DESIGN}.eligibilityCriteria", messages.TOO_MANY) in refused(
        changed(f"{DESIGN}.eligibilityCriteria", criteria)
    )


def test_the_largest_schedule_that_is_accepted_is_read_in_seconds():
    study = small_usdm()
    design = study["study"]["versions"][0]["studyDesigns"][0]
    design["activities"] += [{"id": f"A{number}", "name": f"x{number}"} for number in range(1_990)]
    timeline = design["scheduleTimelines"][0]
    after = {"decode": "After"}
    for number in range(1_990):
        place = f"V{number}"
        before = f"V{number - 1}" if number else "Instance_4"
        timeline["instances"].append(
            {"id": place, "name": place, "activityIds": [f"A{number}", "A0", "Activity_3"]}
        )
        timeline["timings"].append(
            {"id": f"T{number}", "type": after, "value": "P1D", "relativeFromScheduledInstanceId": place,
             "relativeToScheduledInstanceId": before}
        )  # fmt: skip
    started = time.process_time()
    protocol = read_usdm(as_bytes(study))
    assert protocol.main_timeline.instances[-1].study_day == 59 + 1_990
    assert len(schedule_of_activities(protocol).rows) == 5 + 1_990
    assert len(protocol.planned_visits) == 4 + 1_990
    assert time.process_time() - started < 20


def test_a_broken_order_is_only_a_warning():
    warnings: list[Finding] = []
    protocol = read_usdm(changed(f"{DESIGN}.epochs[2].nextId", "StudyEpoch_1"), warnings=warnings)
    assert [(item.path, item.severity) for item in warnings] == [(f"{DESIGN}.epochs", "warning")]
    assert len(protocol.epochs) == 3


def test_what_is_left_unread_is_a_warning():
    warnings: list[Finding] = []
    study = small_usdm()
    study["study"]["versions"] *= 2
    read_usdm(as_bytes(study), warnings=warnings)
    read_ctgov_json(as_bytes({"studies": [RECORD, RECORD, RECORD]}), warnings=warnings)
    assert [str(finding) for finding in warnings] == [
        "study.versions: Only the first of 2 entries is read.",
        "studies: Only the first of 3 entries is read.",
    ]


def test_a_text_that_refers_to_itself_ends():
    path = "study.versions[0].dictionaries[0].parameterMaps[0].reference"
    protocol = read_usdm(changed(path, '<usdm:tag name="min_age"/>'))
    assert "years" in protocol.criteria[0].text


def test_markup_never_reaches_the_reader():
    path = "study.versions[0].eligibilityCriterionItems[0].text"
    text = "<p onclick='x()'>Adults<script>alert(1)</script> <b>only</b> &lt;b&gt;</p>"
    assert read_usdm(changed(path, text)).criteria[0].text == "Adults only <b>"


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b"[1]",
        b'{"studies": []}',
        b'{"protocolSection": {}}',
        b'{"protocolSection": 1}',
        b"null",
    ],
)
def test_what_is_no_registry_record_is_refused(data):
    assert refused(data, read_ctgov_json)


@pytest.mark.parametrize("text", ["", "{}", '{"format": "triallink.protocol/1"}', '{"format": "triallink.protocol/1", "protocol": {}}',
    '{"format": "triallink.protocol/1", "protocol": {"name": 3, "arms": 1}}', '{"format": "triallink.protocol/1", "protocol": {"name": "\\ud800"}}'])  # fmt: skip
def test_stored_text_that_is_no_protocol_is_refused(text):
    assert refused(text, from_json)


def test_every_message_can_be_filled_in():
    with pytest.raises(ProtocolUnreadable) as caught:
        read_usdm(changed(f"{DESIGN}.scheduleTimelines[0].timings[0].value", "100 %s %(x)s"))
    assert "100 %s %(x)s" in str(caught.value.findings[0])


SMALL, RECORD = small_usdm(), json.loads(vector("ctgov_small.json"))
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-10**30, 10**30), st.floats(), st.text(max_size=8), st.just([]), st.just({}),
    st.just([None]), st.just([[]]), st.just({"id": 3}), st.just("P2W"), st.just("ScheduleTimeline_1"), st.just("Instance_2"),
    st.just("Activity_1"), st.just(["Activity_1", "Activity_1"]), st.just("P9999999999D"), st.just("<usdm:ref id="),
)  # fmt: skip


def _places(value, place=()):
    """Yield the way to every value below."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*place, key)
        yield from _places(item, (*place, key))


PLACES = {"usdm": list(_places(SMALL)), "ctgov": list(_places(RECORD))}


@st.composite
def mutated(draw, kind):
    document = copy.deepcopy(SMALL if kind == "usdm" else RECORD)
    for _ in range(draw(st.integers(1, 4))):
        target = document
        *steps, last = draw(st.sampled_from(PLACES[kind]))
        try:
            for step in steps:
                target = target[step]
            action = draw(st.sampled_from(["replace", "delete", "double"]))
            if action == "replace":
                target[last] = copy.deepcopy(draw(JUNK))
            elif action == "delete":
                del target[last]
            elif isinstance(target, list):
                target.append(copy.deepcopy(target[last]))
        except (KeyError, IndexError, TypeError):
            continue
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _use(protocol: Protocol) -> None:
    """Do with a protocol what the platform does after an import."""
    assert from_json(to_json(protocol)) == protocol
    assert len(content_hash(protocol)) == 64
    assert diff(protocol, protocol) == ()
    if protocol.main_timeline:
        schedule_of_activities(protocol)
        expand(protocol, maximum_points=300)
    assert all(visit.activities for visit in protocol.planned_visits)


def _read_or_refuse(read, data):
    findings: tuple[Finding, ...] = ()
    try:
        _use(read(data))
    except ProtocolUnreadable as refusal:
        findings = refusal.findings
    assert all(str(finding) for finding in findings)


FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(mutated("usdm"))
def test_a_damaged_study_is_read_or_refused(data):
    _read_or_refuse(read_usdm, data)


@FUZZ
@given(mutated("ctgov"))
def test_a_damaged_record_is_read_or_refused(data):
    _read_or_refuse(read_ctgov_json, data)


@FUZZ
@given(
    st.binary(max_size=200)
    | st.integers(0, 11_000).map(lambda size: to_json(read_usdm(vector("usdm_small.json"))).encode()[:size])
)
def test_any_bytes_are_read_or_refused(data):
    for read in (read_usdm, read_ctgov_json, from_json):
        with pytest.raises(ProtocolUnreadable):
            read(data)


CELL = (
    st.text(max_size=40)
    | st.none()
    | st.integers()
    | st.floats()
    | st.just("a, b, c|d|, |")
    | st.just("18 Years to 65 Years")
)


@FUZZ
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "Title",
                "Acronym",
                "Status",
                "Conditions",
                "Interventions",
                "Sponsor",
                "Sex",
                "Age",
                "Phases",
                "Enrollment",
                "Study Type",
                "Study Design",
                "Other IDs",
                "Start Date",
                "Locations",
                "Primary Outcome Measures",
                "criteria",
                "x",
            ]
        ),
        CELL,
    )
)
def test_any_table_row_is_read_or_refused(row):
    _read_or_refuse(read_ctgov_csv_row, {"NCT Number": "NCT00000000", **row})
