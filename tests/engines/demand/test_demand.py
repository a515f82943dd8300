"""Demand follows from the schedule, sites, subjects and months, and its arithmetic can be checked by hand."""

import dataclasses
import json
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.protocol.cases import vector

import triallink.domains
from triallink.engines.demand import (
    ASSUMPTIONS,
    GROUPS,
    SERVICE_CODES,
    UNITS,
    Assumptions,
    CountryPlan,
    StudyBasis,
    VisitPlan,
    basis_from_protocol,
    propose,
    spec_of,
    visit_workload,
)
from triallink.engines.protocol import Protocol, read_usdm


@pytest.fixture(scope="module")
def basis():
    protocol = read_usdm(vector("usdm_small.json"))
    return basis_from_protocol(
        protocol, sites_by_country={"China": 8, "France": 4}, enrollment_months=12, subjects=120
    )


def by_hand(expression: str) -> Decimal:
    """Evaluate a shown expression the way a reader would, with exact decimals."""
    text = re.sub(r"(\d+(?:\.\d+)?) %", r"(\1*D('0.01'))", expression)
    text = re.sub(r"(?<![\w'.])(\d+(?:\.\d+)?)(?![\w'.])", r"D('\1')", text)
    text = text.replace("×", "*").replace("÷", "/").replace("−", "-").replace("⌈", "ceil(").replace("⌉", ")")
    value = eval(
        text, {"__builtins__": {}}, {"D": Decimal, "ceil": lambda number: Decimal(math.ceil(number))}
    )
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def test_a_line_can_be_recomputed_by_hand(basis):
    lines = {line.key: line for line in propose(basis).lines}
    # 8 sites x 1.25 visits, 16 hours each.
    assert lines["MONITORING_ONSITE:qualification:China"].quantity == 10
    assert lines["MONITORING_ONSITE:qualification:China"].hours == 160
    # 12 + 1.9 months x 4.35 weeks = 60.47 weeks, one visit every 8 weeks: 8 per site.
    assert lines["MONITORING_ONSITE:interim:China"].quantity == 8 * 8


def test_the_basis_comes_from_the_protocol(basis):
    assert [(plan.country, plan.sites, plan.subjects) for plan in basis.countries] == [
        ("China", 8, 80),
        ("France", 4, 40),
    ]
    assert basis.follow_up_months == 1.9
    assert (basis.arm_count, basis.endpoint_count, basis.is_randomized, basis.has_study_product) == (
        2,
        1,
        True,
        True,
    )
    assert [
        (visit.label, visit.activity_count, visit.is_screening, visit.is_remote) for visit in basis.visits
    ] == [
        ("Screening", 3, True, False),
        ("Baseline", 2, False, False),
        ("Week 4", 3, False, False),
        ("Follow-up call", 1, False, True),
    ]
    assert [visit.has_laboratory for visit in basis.visits] == [True, False, True, False]


def test_a_protocol_without_a_schedule_gets_a_plain_one_and_says_so():
    basis = basis_from_protocol(Protocol("Registry study", study_type="observational"))
    assert basis.visits_are_assumed
    assert (basis.sites, basis.subjects, basis.is_randomized, basis.has_study_product) == (
        10,
        100,
        False,
        False,
    )
    assert {line.service_code for line in propose(basis).lines} >= {"CRC_HOURS", "MONITORING_ONSITE"}


def test_lines_are_in_the_unit_the_service_is_sold_in(basis):
    catalogue = Path(triallink.domains.__file__).parent / "marketplace" / "catalogue.json"
    units = {service["code"]: service["unit"] for service in json.loads(catalogue.read_text("utf-8"))}
    everything = dataclasses.replace(
        basis, visits=(*basis.visits, VisitPlan("MRI", 1, 40, has_imaging=True)), further_languages=2
    )
    lines = propose(everything).lines
    assert {line.service_code: line.unit for line in lines} == {code: units[code] for code in SERVICE_CODES}


def test_services_a_study_does_not_need_are_absent(basis):
    codes = {line.service_code for line in propose(basis).lines}
    assert "RTSM_SETUP" in codes
    assert "IMAGING_READ" not in codes
    plain = dataclasses.replace(basis, is_randomized=False, has_study_product=False, further_languages=0)
    assert codes - {line.service_code for line in propose(plain).lines} == {
        "RTSM_SETUP",
        "DRUG_SUPPLY_LOGISTICS",
        "TRANSLATION",
    }


def test_visit_workload_is_a_base_and_a_share_for_each_activity(basis):
    hours = {item.visit.label: item.crc_hours for item in visit_workload(basis)}
    assert hours == {"Screening": 2.25, "Baseline": 2.0, "Week 4": 2.25, "Follow-up call": 0.75}


def test_every_assumption_is_complete():
    assert len({spec.key for spec in ASSUMPTIONS}) == len(ASSUMPTIONS)
    for spec in ASSUMPTIONS:
        assert spec.group in GROUPS
        assert spec.minimum <= spec.default <= spec.maximum
        assert spec.unit
        for text in (spec.label, spec.rationale):
            assert text["en"]
            assert re.search("[\u4e00-\u9fff]", text["zh"])


def test_every_assumption_moves_something(basis):
    lines = propose(
        dataclasses.replace(basis, visits=(*basis.visits, VisitPlan("MRI", 1, 40, has_imaging=True)))
    ).lines
    used = {operand.source for line in lines for step in line.arithmetic for operand in step.operands}
    assert {spec.key for spec in ASSUMPTIONS} <= used


def test_assumptions_are_values_that_survive_storage():
    changed = Assumptions().with_values({"interim_interval_weeks": 4, "dropout_percent": 20})
    assert changed.value("interim_interval_weeks") == 4
    assert Assumptions().value("interim_interval_weeks") == 8
    assert Assumptions.from_json(changed.to_json()) == changed
    assert changed.with_values({"interim_interval_weeks": 8, "dropout_percent": 15}) == Assumptions()


@pytest.mark.parametrize(
    ("key", "value"),
    [("nonsense", 1), ("dropout_percent", 96), ("dropout_percent", math.nan), ("startup_hours", "9")],
)
def test_an_assumption_outside_its_limits_is_refused(key, value):
    with pytest.raises(ValueError, match=key):
        Assumptions().with_values({key: value})


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"values": {"nonsense": 1}}', '{"values": {"startup_hours": -1}}', "no"]
)
def test_stored_text_that_is_no_set_of_assumptions_is_refused(text):
    with pytest.raises(ValueError):
        Assumptions.from_json(text)


def test_a_basis_survives_storage(basis):
    assert StudyBasis.from_json(basis.to_json()) == basis
    for text in ("{}", "[]", '{"countries": 3}', "3"):
        with pytest.raises(ValueError):
            StudyBasis.from_json(text)


def test_a_proposal_is_plain_json(basis):
    stored = propose(basis).to_dict()
    assert json.loads(json.dumps(stored))["lines"][0]["arithmetic"][0]["expression"] == "⌈8 × 2⌉"


@pytest.mark.parametrize(
    "change",
    [
        {"countries": ()},
        {"countries": (CountryPlan("China", 1, 1), CountryPlan("China", 2, 1))},
        {"enrollment_months": 0},
        {"enrollment_months": math.inf},
        {"follow_up_months": -1},
        {"arm_count": -1},
    ],
)
def test_an_impossible_basis_is_refused(basis, change):
    with pytest.raises(ValueError):
        dataclasses.replace(basis, **change)


VISITS = st.lists(
    st.builds(
        VisitPlan,
        label=st.text(max_size=5),
        activity_count=st.integers(0, 40),
        study_day=st.none() | st.integers(-60, 900),
        is_remote=st.booleans(),
        is_screening=st.booleans(),
        has_laboratory=st.booleans(),
        has_imaging=st.booleans(),
    ),
    max_size=12,
)
COUNTRIES = st.lists(
    st.builds(
        CountryPlan, st.sampled_from(["China", "France", "Japan"]), st.integers(1, 300), st.integers(0, 5000)
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda plan: plan.country,
)
BASES = st.builds(
    StudyBasis,
    study_name=st.just("S"),
    countries=COUNTRIES.map(tuple),
    enrollment_months=st.floats(0.5, 60).map(lambda months: round(months, 1)),
    follow_up_months=st.floats(0, 60).map(lambda months: round(months, 1)),
    visits=VISITS.map(tuple),
    distinct_activities=st.integers(0, 80),
    arm_count=st.integers(1, 6),
    endpoint_count=st.integers(0, 30),
    is_randomized=st.booleans(),
    has_study_product=st.booleans(),
    further_languages=st.integers(0, 10),
)
FIGURES = st.fixed_dictionaries(
    {},
    optional={
        spec.key: st.floats(spec.minimum, spec.maximum).map(
            lambda value, s=spec: min(max(round(value, 2), s.minimum), s.maximum)
        )
        for spec in ASSUMPTIONS
    },
).map(lambda values: Assumptions().with_values(values))


@settings(max_examples=60, deadline=None)
@given(BASES, FIGURES)
def test_every_step_can_be_checked_with_a_calculator(basis, figures):
    for line in propose(basis, figures).lines:
        assert line.service_code in SERVICE_CODES
        assert line.unit in UNITS
        assert line.hours >= 0
        assert line.quantity >= 0
        for step in line.arithmetic:
            assert float(by_hand(step.expression)) == step.value
        given_by = {name: step.value for step in line.arithmetic for name in step.gives}
        assert given_by == {"quantity": line.quantity, "hours": line.hours}


@settings(max_examples=60, deadline=None)
@given(BASES, FIGURES, st.integers(0, 2), st.sampled_from(["sites", "subjects"]), st.integers(1, 50))
def test_more_sites_or_subjects_never_need_less(basis, figures, which, name, more):
    plan = basis.countries[which % len(basis.countries)]
    grown = dataclasses.replace(plan, **{name: getattr(plan, name) + more})
    larger = dataclasses.replace(
        basis, countries=tuple(grown if item is plan else item for item in basis.countries)
    )
    before = {line.key: line for line in propose(basis, figures).lines}
    after = {line.key: line for line in propose(larger, figures).lines}
    assert set(before) <= set(after)
    for key, line in before.items():
        assert after[key].quantity >= line.quantity
        assert after[key].hours >= line.hours


@settings(max_examples=40, deadline=None)
@given(BASES)
def test_hours_add_up_over_services(basis):
    proposal = propose(basis)
    assert math.isclose(sum(proposal.hours_by_service().values()), proposal.hours)


def test_an_unknown_assumption_has_no_specification():
    with pytest.raises(ValueError, match="nothing"):
        spec_of("nothing")
