"""A USDM file becomes a protocol with everything in it and every visit on its day."""

import json

import pytest
from tests.engines.protocol.cases import as_bytes, small_usdm, vector

from triallink.engines.protocol import Quantity, content_hash, from_json, read_usdm, to_json


@pytest.fixture(scope="module")
def protocol():
    return read_usdm(vector("usdm_small.json"))


def test_the_study_names_itself(protocol):
    assert protocol.name == "ALD-301"
    assert protocol.acronym == "MISTRAL"
    assert protocol.title.startswith("A Randomized, Double-Blind Study of Ventolast")
    assert (protocol.phase, protocol.study_type, protocol.sponsor) == (
        "3",
        "interventional",
        "Alder Therapeutics",
    )
    assert [(item.text, item.organization) for item in protocol.identifiers] == [
        ("ALD-301", "Alder Therapeutics"),
        ("NCT00000000", "ClinicalTrials.gov"),
    ]
    assert protocol.rationale == "Night cough has no approved treatment & few trials."


def test_the_design_keeps_arms_epochs_and_what_each_arm_receives(protocol):
    assert [arm.label for arm in protocol.arms] == ["Ventolast 20 mg", "Placebo"]
    assert protocol.arms[0].intervention_ids == ("StudyIntervention_1",)
    assert protocol.arms[1].intervention_ids == ()
    assert [epoch.name for epoch in protocol.epochs] == ["Screening", "Treatment", "Follow-up"]
    assert len(protocol.cells) == 6


def test_visits_stand_on_their_study_day_with_their_window(protocol):
    days = [
        (item.label, item.study_day, item.earliest_day, item.latest_day)
        for item in protocol.main_timeline.instances
    ]
    assert days == [
        ("Screening", -14, -21, -14),
        ("Baseline", 1, 1, 1),
        ("Week 4", 29, 26, 32),
        ("Follow-up call", 59, 57, 64),
    ]
    assert protocol.planned_duration_days == 14 + 28 + 30


def test_a_call_is_a_remote_encounter(protocol):
    assert [encounter.is_remote for encounter in protocol.encounters] == [False, False, False, True]


def test_activities_know_their_group_their_procedures_and_their_concepts(protocol):
    by_label = {activity.label: activity for activity in protocol.activities}
    assert by_label["Vital signs"].parent_id == by_label["Safety"].id
    assert by_label["Hematology"].procedures[0].label == "Blood draw"
    assert by_label["Blood pressure"].concept_ids == ("BiomedicalConcept_1",)
    assert [concept.kind for concept in protocol.concepts] == ["concept", "surrogate"]


def test_criteria_are_plain_text_with_tags_filled_in(protocol):
    assert [(item.category, item.text) for item in protocol.criteria] == [
        ("inclusion", "Adults aged at least 18 years"),
        ("exclusion", "- Current smoker\n- FEV1 < 50 %"),
    ]


def test_population_interventions_places_and_amendments_are_read(protocol):
    population = protocol.population
    assert (population.planned_enrollment, population.planned_completion, population.sex) == (120, 100, "any")
    assert (population.minimum_age, population.maximum_age) == (
        Quantity(18.0, "Year"),
        Quantity(75.0, "Year"),
    )
    administration = protocol.interventions[0].administrations[0]
    assert (administration.dose, administration.duration) == (Quantity(20.0, "Milligram"), "8 Week")
    assert [(site.name, site.city, site.country) for site in protocol.sites] == [
        ("Lakeside Respiratory Unit", "Hangzhou", "China")
    ]
    assert [(country.name, country.planned_enrollment) for country in protocol.countries] == [("China", 40)]
    assert protocol.amendments[0].secondary_reasons == ("Fewer missed visits",)


def test_a_protocol_survives_storage_and_keeps_its_hash(protocol):
    stored = to_json(protocol)
    assert from_json(stored) == protocol
    assert content_hash(from_json(stored)) == content_hash(protocol)
    json.loads(stored)


def test_the_hash_follows_the_content_not_the_layout_of_the_file():
    study = small_usdm()
    assert content_hash(read_usdm(as_bytes(study))) == content_hash(read_usdm(vector("usdm_small.json")))
    study["study"]["versions"][0]["versionIdentifier"] = "4"
    assert content_hash(read_usdm(as_bytes(study))) != content_hash(read_usdm(vector("usdm_small.json")))


def test_lists_that_stood_elsewhere_in_usdm_3_are_found():
    study = small_usdm()
    version = study["study"]["versions"][0]
    design = version["studyDesigns"][0]
    for key in ("biomedicalConcepts", "bcSurrogates", "bcCategories", "studyInterventions"):
        design[key] = version.pop(key)
    version["studyType"], version["studyPhase"] = design.pop("studyType"), design.pop("studyPhase")
    organizations = {item["id"]: item for item in version.pop("organizations")}
    for identifier in version["studyIdentifiers"]:
        identifier["studyIdentifier"] = identifier.pop("text")
        identifier["studyIdentifierScope"] = organizations[identifier.pop("scopeId")]
    items = {item["id"]: item for item in version.pop("eligibilityCriterionItems")}
    design["population"]["criteria"] = [
        {**criterion, **{key: items[criterion["criterionItemId"]][key] for key in ("text", "dictionaryId")}}
        for criterion in design.pop("eligibilityCriteria")
    ]
    for criterion in design["population"]["criteria"]:
        del criterion["criterionItemId"]
    design["population"]["plannedEnrollmentNumber"] = {
        "minValue": 100,
        "maxValue": 120,
        "isApproximate": True,
    }
    design["population"]["plannedAge"] = {
        "minValue": 18,
        "maxValue": 75,
        "unit": {"code": "C29848", "decode": "Year"},
    }

    new = read_usdm(as_bytes(study))
    old = read_usdm(vector("usdm_small.json"))
    assert (new.phase, new.study_type) == (old.phase, old.study_type)
    assert new.interventions == old.interventions
    assert new.concepts == old.concepts
    assert new.population == old.population
    assert [item.category for item in new.criteria] == [item.category for item in old.criteria]
    assert [item.text for item in new.identifiers] == [item.text for item in old.identifiers]


def test_ages_sexes_and_numbers_may_stand_with_the_cohorts():
    study = small_usdm()
    population = study["study"]["versions"][0]["studyDesigns"][0]["population"]
    age, sex = population.pop("plannedAge"), population.pop("plannedSex")
    del population["plannedEnrollmentNumber"]
    population["cohorts"] = [
        {"id": "Cohort_1", "name": "A", "plannedAge": age, "plannedSex": sex[:1], "plannedEnrollmentNumber": {"value": 30}},
        {"id": "Cohort_2", "name": "B", "plannedAge": {"minValue": 12, "maxValue": 17, "unit": {"decode": "Year"}},
         "plannedSex": sex[1:], "plannedEnrollmentNumber": {"value": 20}},
    ]  # fmt: skip
    whole = read_usdm(as_bytes(study)).population
    assert (whole.minimum_age, whole.maximum_age) == (Quantity(12.0, "Year"), Quantity(75.0, "Year"))
    assert (whole.sex, whole.planned_enrollment) == ("any", 50)


def test_a_stated_duration_wins_over_the_schedule():
    study = small_usdm()
    timeline = study["study"]["versions"][0]["studyDesigns"][0]["scheduleTimelines"][0]
    week = {"standardCode": {"code": "C29844", "decode": "Week"}}
    timeline["plannedDuration"] = {"quantity": {"value": 12, "unit": week}}
    assert read_usdm(as_bytes(study)).planned_duration_days == 84
    timeline["plannedDuration"] = {
        "quantity": {"minValue": {"value": 12, "unit": week}, "maxValue": {"value": 14, "unit": week}}
    }
    assert read_usdm(as_bytes(study)).planned_duration_days == 98


def test_the_scope_of_an_approval_names_a_country():
    study = small_usdm()
    scope = {"type": {"decode": "Country"}, "code": {"standardCode": {"code": "FRA", "decode": "France"}}}
    study["study"]["versions"][0]["dateValues"][0]["geographicScopes"] = [scope]
    assert [(item.name, item.code) for item in read_usdm(as_bytes(study)).countries] == [
        ("China", "CHN"),
        ("France", "FRA"),
    ]
