"""The real studies of TRIALLINK_DATA; this file is not collected when the variable is not set."""

import json
import re

import pytest
from tests.engines.protocol.cases import USDM_CORPUS, data_file

from triallink.engines.protocol import from_json, read_usdm, to_json


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
