"""The real studies of TRIALLINK_DATA; this file is not collected when the variable is not set."""

import csv
import gzip
import json
import re
from collections import defaultdict

import pytest
from tests.engines.protocol.cases import USDM_CORPUS, data_file

from triallink.engines.protocol import (
    expand,
    from_json,
    read_ctgov_csv_row,
    read_usdm,
    split_criteria,
    to_json,
)


@pytest.mark.parametrize("name", USDM_CORPUS)
def test_every_study_of_the_corpus_imports_whole(name):
    raw = json.loads(data_file(f"usdm/{name}").read_bytes())
    warnings = []
    protocol = read_usdm(data_file(f"usdm/{name}").read_bytes(), warnings=warnings)
    version = raw["study"]["versions"][0]
    design = version["studyDesigns"][0]
    assert warnings == []
    for ours, theirs in (
        (protocol.arms, design["arms"]),
        (protocol.epochs, design["epochs"]),
        (protocol.elements, design["elements"]),
        (protocol.cells, design["studyCells"]),
        (protocol.encounters, design["encounters"]),
        (protocol.activities, design["activities"]),
        (protocol.objectives, design["objectives"]),
        (protocol.criteria, design["eligibilityCriteria"]),
        (protocol.timelines, design["scheduleTimelines"]),
        (protocol.indications, design["indications"]),
        (protocol.interventions, version["studyInterventions"]),
        (protocol.amendments, version["amendments"]),
        (
            protocol.concepts,
            version["biomedicalConcepts"] + version["bcSurrogates"] + version["bcCategories"],
        ),
    ):
        if theirs and ours is not protocol.cells:
            assert {item.id for item in ours} == {item["id"] for item in theirs}
        assert len(ours) == len(theirs)
    assert protocol.population.planned_enrollment
    assert all(item.text and not re.search(r"</?[a-z]+[:\w]*[ />]", item.text) for item in protocol.criteria)
    for timeline in protocol.timelines:
        activities = [item for item in timeline.instances if item.kind == "activity"]
        assert all(item.study_day is not None for item in activities)
        assert all(item.earliest_seconds <= item.offset_seconds <= item.latest_seconds for item in activities)
    assert from_json(to_json(protocol)) == protocol


def test_the_visit_days_follow_the_day_one_convention():
    protocol = read_usdm(data_file("usdm/expander_oracle/example_study.json").read_bytes())
    days = {
        item.label: (item.study_day, item.earliest_day, item.latest_day)
        for item in protocol.main_timeline.instances
    }
    assert days["Screen One"] == (-14, -14, -14)
    assert days["Dose"] == (1, 1, 1)
    assert days["Week 2"] == (15, 12, 18)
    assert days["Week 26"] == (183, 180, 186)


def _ours(convention):
    protocol = read_usdm(data_file("usdm/expander_oracle/example_study.json").read_bytes())
    encounters = {encounter.id: encounter.label for encounter in protocol.encounters}
    labels = {activity.id: activity.label for activity in protocol.activities}
    return [
        (
            point.offset_seconds,
            point.label,
            encounters.get(point.encounter_id),
            [labels[activity_id] for activity_id in point.activity_ids],
        )
        for point in expand(protocol, convention=convention).points
        if point.activity_ids
    ]


def _oracle():
    nodes = json.loads(data_file("usdm/expander_oracle/expander.json").read_bytes())["nodes"]
    return [
        (
            node["tick"],
            node["label"],
            node["encounter"],
            [item["label"] for item in node["activities"]["items"]],
        )
        for node in nodes
    ]


def test_the_84_time_points_equal_the_published_expander():
    oracle = _oracle()
    assert len(oracle) == 84
    assert _ours("expander") == oracle


def test_the_usdm_convention_meets_the_same_points_at_the_times_their_labels_say():
    ours = _ours("usdm")
    assert sorted(point[1:] for point in ours) == sorted(point[1:] for point in _oracle())
    week_2 = 14 * 86_400
    times = {label: seconds - week_2 for seconds, label, _, _ in ours if week_2 <= seconds < week_2 + 3600}
    assert times["Vital signs supine"] == 5 * 60
    assert times["Vital signs after 1 min standing"] == (5 + 1) * 60
    assert times["Vital signs after 3 min standing"] == (5 + 1 + 2) * 60


def _table(name):
    with gzip.open(data_file(f"sites/{name}"), "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def test_every_trial_of_the_registry_union_is_read():
    places = defaultdict(list)
    for place in _table("ctgov_union/locations.csv.gz"):
        places[place["nct_id"]].append(place)
    count, site_count, warnings = 0, 0, []
    for row in _table("ctgov_union/trials.csv.gz"):
        protocol = read_ctgov_csv_row(row, locations=places[row["nct_id"]], warnings=warnings)
        count += 1
        site_count += len(protocol.sites)
        assert bool(protocol.phase) == bool(row["phase"])
        assert bool(protocol.study_type) == bool(row["study_type"])
        assert protocol.population.planned_enrollment == (
            int(row["enrollment"]) if row["enrollment"] else None
        )
    assert (count, site_count, warnings) == (25_777, 141_830, [])


def test_criteria_texts_of_the_registry_fall_into_inclusion_and_exclusion():
    texts = missed = undivided = 0
    with gzip.open(data_file("sites/eligibility_text.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)["criteria"]
            if not text:
                continue
            texts += 1
            criteria = split_criteria(text)
            missed += "exclusion criteria" in text.lower() and all(
                item.category == "inclusion" for item in criteria
            )
            undivided += len(criteria) == 1 and "\n\n" in text.strip()
    # Some records mention exclusion only within a sentence; those stay inclusion text.
    assert missed / texts < 0.01
    assert undivided / texts < 0.01
