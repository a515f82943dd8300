"""Timelines laid out in time, and the schedule of activities as a grid."""

import dataclasses

import pytest
from tests.engines.protocol.cases import vector

from triallink.engines.protocol import (
    ScheduledInstance,
    Timeline,
    Timing,
    TimingCircle,
    duration_seconds,
    expand,
    planned_visits,
    read_usdm,
    resolve_timings,
    schedule_of_activities,
    study_day,
)  # fmt: skip

DAY = 86_400


@pytest.fixture(scope="module")
def protocol():
    return read_usdm(vector("usdm_small.json"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P2W", 14 * DAY), ("PT4H", 4 * 3600), ("P1DT12H", DAY * 3 // 2), ("-P3D", -3 * DAY), ("P0D", 0), ("P0.5D", DAY // 2),
        ("PT90M", 5400), ("P1Y", 365 * DAY), ("P1M", 30 * DAY), ("PT1M", 60), ("P1W2D", 9 * DAY), ("p1d", DAY),
    ],
)  # fmt: skip
def test_durations_are_read(text, seconds):
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1", "2 weeks", "P-1D", "P1H", "P999999Y", "PT5", "P1D2W", "P٣D", "P1DT"]
)
def test_other_texts_are_not_durations(text):
    with pytest.raises(ValueError, match=r"duration|200 years"):
        duration_seconds(text)


def test_there_is_no_day_zero_unless_the_source_counts_from_zero():
    assert [study_day(days * DAY) for days in (-2, -1, 0, 1, 14)] == [-2, -1, 1, 2, 15]
    assert [study_day(days * DAY, 0) for days in (-2, -1, 0, 1, 14)] == [-2, -1, 0, 1, 14]
    assert [study_day(days * DAY, 8) for days in (-8, -7, 0, 1)] == [-1, 1, 8, 9]


def test_part_of_a_day_belongs_to_the_day_nearer_the_reference():
    assert study_day(-900) == 1
    assert study_day(DAY + 900) == 2


def _timeline(*timings):
    instances = tuple(ScheduledInstance(name, name) for name in "ABC")
    return Timeline("T", "T", entry_id="A", timings=timings, instances=instances)


def test_a_chain_of_timings_adds_up():
    timeline = resolve_timings(
        _timeline(
            Timing("t1", "fixed", "A", "A", "P1D", DAY),
            Timing("t2", "after", "B", "A", "P7D", 7 * DAY, lower_seconds=DAY, upper_seconds=2 * DAY),
            Timing("t3", "before", "C", "B", "P2D", 2 * DAY),
        )
    )
    placed = {item.id: (item.study_day, item.earliest_day, item.latest_day) for item in timeline.instances}
    assert placed == {"A": (1, 1, 1), "B": (8, 7, 10), "C": (6, 6, 6)}
    assert timeline.duration_days == 7


def test_a_circle_of_timings_is_refused_by_name():
    circle = _timeline(
        Timing("t1", "fixed", "A", "A", "P1D", DAY),
        Timing("t2", "after", "B", "C", "P7D", 7 * DAY),
        Timing("t3", "after", "C", "B", "P2D", 2 * DAY),
    )
    with pytest.raises(TimingCircle) as caught:
        resolve_timings(circle)
    assert set(caught.value.timing_ids) == {"t2", "t3"}


def test_an_instance_without_timing_stays_without_a_day():
    timeline = resolve_timings(_timeline(Timing("t1", "fixed", "A", "A", "P1D", DAY)))
    assert [item.study_day for item in timeline.instances] == [1, None, None]


def test_nested_timelines_happen_where_they_are_entered(protocol):
    points = expand(protocol).points
    supine = [point.offset_seconds for point in points if point.label == "Supine"]
    standing = [point.offset_seconds for point in points if point.label == "Standing"]
    assert supine == [-14 * DAY + 300, 300, 28 * DAY + 300]
    assert standing == [-14 * DAY + 480, 480, 28 * DAY + 480]


def test_a_loop_runs_until_its_day(protocol):
    days = [point.study_day for point in expand(protocol).points if point.label == "Diary entry"]
    assert days == [1, 2, 3, 4, 5, 6, 7]


def test_an_endless_loop_is_cut_and_said_so(protocol):
    diary = protocol.timeline("ScheduleTimeline_3")
    endless = tuple(
        dataclasses.replace(item, branches=(dataclasses.replace(item.branches[0], condition="day > 0"),))
        if item.branches
        else item
        for item in diary.instances
    )
    changed = dataclasses.replace(protocol, timelines=(dataclasses.replace(diary, instances=endless),))
    expansion = expand(changed, maximum_points=50)
    assert 0 < len(expansion.points) <= 50
    assert not expansion.is_complete


def test_an_unknown_timeline_or_convention_is_refused(protocol):
    with pytest.raises(ValueError, match="nowhere"):
        expand(protocol, "nowhere")
    with pytest.raises(ValueError, match="guess"):
        expand(protocol, convention="guess")


def test_the_grid_shows_what_is_done_when(protocol):
    schedule = schedule_of_activities(protocol)
    assert [column.label for column in schedule.columns] == [
        "Screening",
        "Baseline",
        "Week 4",
        "Follow-up call",
    ]
    assert [column.epoch_label for column in schedule.columns] == [
        "Screening",
        "Treatment",
        "Treatment",
        "Follow-up",
    ]
    grid = {row.label: "".join("x" if mark else "." for mark in row.marks) for row in schedule.rows}
    assert grid == {
        "Safety": "xxx.",
        "Informed consent": "x...",
        "Vital signs": "xxx.",
        "Cough diary": ".xxx",
        "Hematology": "x.x.",
    }
    assert [(row.depth, row.is_group) for row in schedule.rows[:2]] == [(0, True), (1, False)]


def test_visits_before_the_reference_are_screening_whatever_its_day_is_called(protocol):
    assert [visit.is_screening for visit in planned_visits(protocol)] == [True, False, False, False]
    main = protocol.main_timeline
    fixed = tuple(
        dataclasses.replace(timing, value="P0D", value_seconds=0) if timing.kind == "fixed" else timing
        for timing in main.timings
    )
    from_zero = resolve_timings(dataclasses.replace(main, timings=fixed))
    visits = planned_visits(dataclasses.replace(protocol, timelines=(from_zero,)))
    assert [(visit.study_day, visit.is_screening) for visit in visits] == [
        (-14, True),
        (0, False),
        (28, False),
        (58, False),
    ]


def test_planned_visits_are_what_a_subject_does_each_day(protocol):
    visits = planned_visits(protocol)
    assert [(visit.label, visit.study_day, visit.is_remote, len(visit.activities)) for visit in visits] == [
        ("Screening", -14, False, 3),
        ("Baseline", 1, False, 2),
        ("Week 4", 29, False, 3),
        ("Follow-up call", 59, True, 1),
    ]
