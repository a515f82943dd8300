"""Registry records become protocols, from JSON, from both CSV downloads, and from extracts."""

import csv
import io

import pytest
from tests.engines.protocol.cases import vector

from triallink.engines.protocol import (
    ProtocolUnreadable,
    Quantity,
    from_json,
    read_ctgov_csv_row,
    read_ctgov_json,
    split_criteria,
    to_json,
)


def row(name):
    return next(csv.DictReader(io.StringIO(vector(name).decode())))


@pytest.fixture(scope="module")
def record():
    return read_ctgov_json(vector("ctgov_small.json"))


def test_a_registry_record_names_the_study_and_its_people(record):
    assert (record.name, record.acronym, record.phase, record.study_type) == (
        "NCT09999901",
        "MISTRAL",
        "2/3",
        "interventional",
    )
    assert record.sponsor == "Alder Therapeutics"
    assert [(item.name, item.roles) for item in record.organizations] == [
        ("Alder Therapeutics", ("Sponsor",)),
        ("Lakeside Hospital", ("Collaborator",)),
    ]
    assert [item.text for item in record.identifiers] == ["NCT09999901", "ALD-301", "2025-500001-11-00"]
    assert record.conditions == ("Chronic Cough", "Sleep Disturbance")
    assert {date.kind: date.on for date in record.dates}["start"] == "2025-09"


def test_arms_know_what_they_receive_and_endpoints_when_they_are_measured(record):
    names = {item.id: item.name for item in record.interventions}
    assert [(arm.label, [names[item] for item in arm.intervention_ids]) for arm in record.arms] == [
        ("Ventolast", ["Ventolast"]),
        ("Placebo", ["Placebo"]),
    ]
    assert [
        (item.level, item.endpoints[0].name, item.endpoints[0].time_frame) for item in record.objectives
    ] == [
        ("primary", "Night coughs per hour", "4 weeks"),
        ("secondary", "Sleep quality", "8 weeks"),
    ]


def test_population_criteria_and_sites_are_read(record):
    population = record.population
    assert (population.planned_enrollment, population.sex, population.includes_healthy) == (120, "any", False)
    assert (population.minimum_age, population.maximum_age) == (
        Quantity(18.0, "Year"),
        Quantity(75.0, "Year"),
    )
    assert [(item.category, item.text) for item in record.criteria] == [
        (
            "inclusion",
            "Chronic cough for >= 8 weeks, and one of:\n- at least 5 coughs per night\n- broken sleep",
        ),
        ("inclusion", "Written informed consent"),
        ("exclusion", "Current smoker"),
        ("exclusion", "FEV1 < 50 %"),
    ]
    assert [(site.name, site.city, site.country) for site in record.sites] == [
        ("Lakeside Hospital", "Hangzhou", "China"),
        ("Clinique du Pont", "Lyon", "France"),
    ]
    assert [country.name for country in record.countries] == ["China", "France"]


@pytest.mark.parametrize("name", ["ctgov_new.csv", "ctgov_old.csv"])
def test_a_table_row_says_what_the_record_says(record, name):
    protocol = read_ctgov_csv_row(row(name))
    for field in ("name", "acronym", "phase", "study_type", "sponsor", "conditions", "status"):
        assert getattr(protocol, field) == getattr(record, field)
    assert [item.name for item in protocol.interventions] == ["Ventolast", "Placebo"]
    assert protocol.population.planned_enrollment == 120
    assert [(date.kind, date.on) for date in protocol.dates] == [
        (date.kind, date.on) for date in record.dates
    ]
    assert protocol.sites[0].city == "Hangzhou"
    assert from_json(to_json(protocol)) == protocol


def test_the_old_table_states_ages():
    population = read_ctgov_csv_row(row("ctgov_old.csv")).population
    assert (population.minimum_age, population.maximum_age) == (
        Quantity(18.0, "Year"),
        Quantity(75.0, "Year"),
    )


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("18 Years and older   (Adult, Older Adult)", (18.0, None)),
        ("up to 17 Years   (Child)", (None, 17.0)),
        ("Child, Adult, Older Adult", (None, None)),
    ],
)
def test_open_age_ranges(text, ages):
    population = read_ctgov_csv_row({**row("ctgov_old.csv"), "Age": text}).population
    assert tuple(age and age.value for age in (population.minimum_age, population.maximum_age)) == ages


def test_locations_are_divided_into_site_city_state_and_country():
    sites = read_ctgov_csv_row(row("ctgov_new.csv")).sites
    assert [(site.name, site.city, site.state, site.country) for site in sites] == [
        ("Lakeside Hospital", "Hangzhou", "Zhejiang", "China"),
        ("Clinique du Pont, Service A", "Lyon", "", "France"),
        ("Han River Clinic", "Seoul", "", "Korea, Republic of"),
    ]


def test_locations_may_stand_in_a_table_of_their_own():
    union = {
        "nct_id": "NCT09999902",
        "title": "T",
        "phase": "PHASE1",
        "enrollment": "12.0",
        "study_type": "INTERVENTIONAL",
    }
    places = [
        {"nct_id": "NCT09999902", "facility": "A", "city": "Wuhan", "state": "Hubei", "country": "China"}
    ]
    protocol = read_ctgov_csv_row(union, locations=places)
    assert (protocol.phase, protocol.population.planned_enrollment) == ("1", 12)
    assert [(site.name, site.city, site.country) for site in protocol.sites] == [("A", "Wuhan", "China")]


def test_an_enrollment_that_is_no_number_is_left_out_with_a_warning():
    warnings = []
    protocol = read_ctgov_csv_row({**row("ctgov_new.csv"), "Enrollment": "many"}, warnings=warnings)
    assert protocol.population.planned_enrollment is None
    assert [finding.path for finding in warnings] == ["Enrollment"]


@pytest.mark.parametrize("cell", ["", "12345678", "NCT1", "NCT123456789"])
def test_a_row_without_a_registry_number_is_refused(cell):
    with pytest.raises(ProtocolUnreadable) as caught:
        read_ctgov_csv_row({**row("ctgov_new.csv"), "NCT Number": cell})
    assert caught.value.findings[0].path == "NCT Number"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Adults with asthma", [("inclusion", "Adults with asthma")]),
        (
            "Inclusion Criteria:\r\n\r\n          -  one\r\n             more\r\n\r\n          -  two\r\n\r\n        Exclusion Criteria:\r\n\r\n          -  three",
            [("inclusion", "one more"), ("inclusion", "two"), ("exclusion", "three")],
        ),
        ("INCLUSION CRITERIA\n1. one\n2) two\nEXCLUSION CRITERIA\n(3) three", [("inclusion", "one"), ("inclusion", "two"), ("exclusion", "three")]),
        ("Key Inclusion Criteria:\n* a\n\nKey Exclusion Criteria:\n* b", [("inclusion", "a"), ("exclusion", "b")]),
        ("Inclusion: adults\nExclusions:\n- smokers", [("inclusion", "adults"), ("exclusion", "smokers")]),
        ("Exclusion Criteria:\n\n* No inclusion of minors", [("exclusion", "No inclusion of minors")]),
        ("入选标准:\n1. 年龄满18岁\n排除标准:\n1、吸烟者", [("inclusion", "年龄满18岁"), ("exclusion", "1、吸烟者")]),
        ("Able to walk.\n\nExclusion criteria included smoking.", [("inclusion", "Able to walk."), ("exclusion", "Exclusion criteria included smoking.")]),
        ("Inclusion Criteria:\n\nPatients:\n\n* one\n* two", [("inclusion", "Patients: one"), ("inclusion", "two")]),
    ],
)  # fmt: skip
def test_criteria_are_split_into_items(text, expected):
    assert [(item.category, item.text) for item in split_criteria(text)] == expected
