"""A new version of a protocol is told as a list of changes."""

import pytest
from tests.engines.protocol.cases import as_bytes, small_usdm, vector

from triallink.engines.protocol import Change, Protocol, diff, read_ctgov_json, read_usdm


@pytest.fixture(scope="module")
def old():
    return read_usdm(vector("usdm_small.json"))


def revised(change):
    study = small_usdm()
    version = study["study"]["versions"][0]
    change(version, version["studyDesigns"][0])
    return read_usdm(as_bytes(study))


def test_a_protocol_does_not_differ_from_itself(old):
    assert diff(old, old) == ()


def test_new_ids_alone_are_no_change(old):
    text = vector("usdm_small.json").decode()
    for kind in ("Activity_", "StudyArm_", "Encounter_", "StudyEpoch_", "Instance_", "Timing_", "Criterion_"):
        text = text.replace(f'"{kind}', f'"X{kind}')
    assert diff(old, read_usdm(text.encode())) == ()


def test_a_wider_window_is_a_change_of_the_visit(old):
    def widen(_, design):
        design["scheduleTimelines"][0]["timings"][2]["windowUpper"] = "P7D"

    assert diff(old, revised(widen)) == (
        Change("schedule", "changed", "Week 4", "time", "29 (26 … 32)", "29 (26 … 36)"),
    )


def test_an_activity_added_to_a_visit_is_named(old):
    def add(_, design):
        design["scheduleTimelines"][0]["instances"][3]["activityIds"].append("Activity_5")

    assert diff(old, revised(add)) == (
        Change("schedule", "added", "Hematology", "Follow-up call", after="Hematology"),
    )


def test_a_renamed_arm_is_changed_not_replaced(old):
    def rename(_, design):
        design["arms"][0]["name"] = "VENTOLAST"

    assert diff(old, revised(rename)) == (
        Change("arms", "changed", "Ventolast 20 mg", "name", "ACTIVE", "VENTOLAST"),
    )


def test_a_reworded_criterion_is_changed_and_a_new_one_added(old):
    def reword(version, design):
        version["eligibilityCriterionItems"][0]["text"] = "Adults aged at least 21 years"
        version["eligibilityCriterionItems"].append(
            {"id": "Item_3", "text": "Pregnancy", "dictionaryId": None}
        )
        design["eligibilityCriteria"].append(
            {
                "id": "Criterion_3",
                "identifier": "03",
                "category": {"decode": "Exclusion"},
                "criterionItemId": "Item_3",
            }
        )

    changes = [item for item in diff(old, revised(reword)) if item.section == "criteria"]
    assert [(item.kind, item.before, item.after) for item in changes] == [
        ("changed", "Adults aged at least 18 years", "Adults aged at least 21 years"),
        ("added", "", "Pregnancy"),
    ]


def test_numbers_of_the_population_are_compared(old):
    def grow(_, design):
        design["population"]["plannedEnrollmentNumber"]["value"] = 150

    assert diff(old, revised(grow)) == (
        Change("population", "changed", "planned_enrollment", "planned_enrollment", "120", "150"),
    )


def test_what_is_added_one_way_is_removed_the_other_way(old):
    other = read_ctgov_json(vector("ctgov_small.json"))
    there, back = diff(old, other), diff(other, old)
    assert [item.kind for item in there].count("added") == [item.kind for item in back].count("removed")
    assert len(there) == len(back)
    assert diff(Protocol("A"), Protocol("B")) == (Change("study", "changed", "name", "name", "A", "B"),)


def test_a_date_that_moves_or_becomes_a_fact_is_a_change():
    record = vector("ctgov_small.json").decode()
    moved = record.replace(
        '"date": "2025-09",\n    "type": "ESTIMATED"', '"date": "2025-10-08",\n    "type": "ACTUAL"'
    )
    assert moved != record
    assert diff(read_ctgov_json(record.encode()), read_ctgov_json(moved.encode())) == (
        Change("study", "changed", "start", "dates", "2025-09 (ESTIMATED)", "2025-10-08 (ACTUAL)"),
    )


def test_every_pair_of_our_studies_can_be_compared(old):
    other = read_ctgov_json(vector("ctgov_small.json"))
    for change in (*diff(old, other), *diff(other, old)):
        assert change.label
        assert change.before != change.after or change.section == "schedule"
