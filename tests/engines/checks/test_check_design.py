"""Edit checks on a study version: its schema, and what becomes of the expressions that stand in it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from triallink.engines.checks import CheckSet, Home, bind, checks_of, schema_of, stored_expressions
from triallink.engines.checks.casebook import Casebook
from triallink.engines.checks.casebook import Path as Address
from triallink.engines.odm import read_odm
from triallink.engines.odm.model import (
    Check,
    Code,
    CodeList,
    Event,
    Expression,
    Group,
    Item,
    Plan,
    Reference,
    Rule,
    StudyVersion,
    Text,
    Translation,
    Unit,
    bilingual,
)

SCRIPT = Expression('SEX == "1" && AGE >= 18', "js")
DESIGN = StudyVersion(
    "MDV.1",
    "1",
    plan=Plan(events=(Reference("SE.SCR", "event"), Reference("SE.V1", "event"))),
    events=(
        Event("SE.V1", "Visit 1", forms=(Reference("F.VS", "form"),), is_repeating=True),
        Event("SE.SCR", "Screening", forms=(Reference("F.DM", "form"), Reference("F.VS", "form"))),
    ),
    forms=(
        Group(
            "F.DM",
            "Demographics",
            kind="Form",
            members=(Reference("SEX", "item"), Reference("AGE", "item", condition_oid="C.ADULT")),
        ),
        Group("F.VS", "Vital signs", kind="Form", members=(Reference("IG.VS", "group"),)),
    ),
    groups=(
        Group("IG.VS", "Vital signs", members=(Reference("IT.SYSBP", "item"), Reference("IG.ROWS", "group"))),
        Group(
            "IG.ROWS",
            "Readings",
            "Simple",
            members=(Reference("PULSE", "item"), Reference("IG.VS", "group")),
        ),
    ),
    items=(
        Item("SEX", "Sex", "integer", code_list_oid="CL.SEX"),
        Item("AGE", "Age", "integer", checks=(Check("IN", "Soft", ("18", "19")),)),
        Item(
            "IT.SYSBP",
            "Systolic",
            "float",
            unit_oids=("U.MMHG",),
            checks=(
                Check("GE", "Hard", ("-60",), message=bilingual("Too low", "过低")),
                Check("LT", "Soft", ("34",), unit_oid="U.KPA"),
                Check("LT", "Soft", ("high",)),
                Check("EQ", "Soft", ()),
            ),
        ),
        Item(
            "PULSE", "Pulse", "integer", checks=(Check(expressions=(Expression("PULSE > 20", "triallink"),)),)
        ),
    ),
    code_lists=(CodeList("CL.SEX", "Sex", "integer", (Code("1"), Code("2"))),),
    units=(
        Unit("U.MMHG", "mmHg", Text((Translation("mmHg", "en"),))),
        Unit("U.KPA", "kPa"),
    ),
    conditions=(
        Rule("C.ADULT", "Adult woman", expressions=(SCRIPT,)),
        Rule("C.WORDS", "Only words"),
        Rule("C.ODD", "Another language", expressions=(Expression("x", "Julia"),)),
        Rule("C.IDLE", "Used nowhere", expressions=(SCRIPT,)),
    ),
)


def test_schema_has_events_in_the_order_of_the_plan_and_groups_within_groups():
    schema = schema_of(DESIGN)
    assert [(event.name, event.is_repeating) for event in schema.events] == [
        ("SE.SCR", False),
        ("SE.V1", True),
    ]
    assert [(each.form.name, each.group.name, each.item.name) for each in schema.places] == [
        ("F.DM", "F.DM.ITEMS", "SEX"),
        ("F.DM", "F.DM.ITEMS", "AGE"),
        ("F.VS", "IG.VS", "IT.SYSBP"),
        ("F.VS", "IG.ROWS", "PULSE"),
    ]
    assert schema.places_by_item["IT.SYSBP"][0].item.unit == "mmHg"
    assert schema.places_by_item["PULSE"][0].group.is_repeating


def test_range_checks_run_on_collected_answers():
    schema = schema_of(DESIGN)
    checks = checks_of(DESIGN, schema)
    assert [(check.name, check.expression) for check in checks] == [
        ("AGE.1", "AGE in (18, 19)"),
        ("IT.SYSBP.1", "[IT.SYSBP] >= -60"),
        ("IT.SYSBP.2", "[IT.SYSBP] < 34 {kPa}"),
        ("PULSE.1", "PULSE > 20"),
    ]
    assert checks[1].messages == {"en": "Too low", "zh-CN": "过低"}
    answers = {
        Address("SE.SCR", 1, "F.VS", 1, "IG.VS", 1, "IT.SYSBP"): 300.0,
        Address("SE.V1", 2, "F.VS", 1, "IG.ROWS", 1, "PULSE"): 10.0,
        Address("SE.V1", 2, "F.VS", 1, "IG.ROWS", 2, "PULSE"): 80.0,
    }
    casebook = Casebook(schema, answers)
    check_set = CheckSet(schema, checks)
    failing = check_set.failing(check_set.every(casebook), casebook)
    assert {(key.check, key.spot.event, key.spot.group_repeat) for key in failing} == {
        ("IT.SYSBP.2", "SE.SCR", 1),  # 300 mmHg is 40 kPa
        ("PULSE.1", "SE.V1", 1),
    }


def test_every_stored_expression_says_what_became_of_it():
    found = {(each.owner, each.original): each for each in stored_expressions(DESIGN)}
    adult = found["C.ADULT", SCRIPT.code]
    assert adult.expression == "SEX = 1 and AGE >= 18"
    assert adult.homes == (Home("F.DM", "F.DM.ITEMS"),)
    bind(adult.expression, schema_of(DESIGN), adult.homes[0], as_check=True)
    reasons = {
        owner: str(each.problem.message_template % dict(each.problem.params))
        for (owner, _), each in found.items()
        if each.problem is not None
    }
    assert reasons == {
        "C.WORDS": "There is no expression here, only words.",
        "C.ODD": "“Julia” is not a language that can be translated.",
        "C.IDLE": "Nothing uses this.",
        "IT.SYSBP": "The check has no value it can compare with.",
    }


def test_a_version_that_refers_to_what_it_does_not_define_still_has_a_schema():
    odd = replace(DESIGN, groups=(), items=DESIGN.items[:1], plan=None)
    schema = schema_of(odd)
    assert [event.name for event in schema.events] == ["SE.V1", "SE.SCR"]
    assert [place.item.name for place in schema.places] == ["SEX"]
    assert checks_of(odd) == ()


@pytest.mark.parametrize("context", ["XPath", "js"])
def test_answers_written_as_texts_are_numbers_where_the_item_is_one(context: str):
    code = "ItemData[@ItemOID='SEX'][@Value='1']" if context == "XPath" else 'SEX == "1"'
    rule = Rule("C.ADULT", "Woman", expressions=(Expression(code, context),))
    (found,) = (
        each for each in stored_expressions(replace(DESIGN, conditions=(rule,))) if each.owner == rule.oid
    )
    assert (found.expression, found.problem) == ("SEX = 1", None)


if "TRIALLINK_DATA" in os.environ:

    @pytest.mark.parametrize(
        ("file", "ranges", "conditions", "methods"),
        [
            # expressions, in our language, running. 362 of the conditions are lists of roles, forms or counts.
            (
                "viedoc-mit/StudyDesign_VIEDOC-PHASE-II-TEMPLATE_2.0.xml",
                (135, 104, 67),
                (1102, 381, 48),
                (127, 107, 74),
            ),
            ("openedc/metadata.xml", (8, 8, 8), (7, 7, 7), (2, 0, 0)),
        ],
    )
    def test_stored_expressions_of_real_studies(
        file: str,
        ranges: tuple[int, int, int],
        conditions: tuple[int, int, int],
        methods: tuple[int, int, int],
    ):
        data = Path(os.environ["TRIALLINK_DATA"], "edc/odm13", file).read_bytes()
        found = [
            each
            for study in read_odm(data).file.studies
            for one in study.versions
            for each in stored_expressions(one)
        ]
        counts = {
            kind: (
                sum(each.kind == kind for each in found),
                sum(each.kind == kind and bool(each.expression) for each in found),
                sum(each.kind == kind and each.is_bound for each in found),
            )
            for kind in ("range", "condition", "method")
        }
        assert counts == {"range": ranges, "condition": conditions, "method": methods}
