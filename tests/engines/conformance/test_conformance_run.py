"""Rules as a whole: scope, joins, nesting, what a finding shows, and the three ways a rule can end."""

import re
from typing import Any

import pytest
from tests.engines.conformance.scenes import broken, outcome, rule, table

from triallink.engines.conformance import (
    Define,
    Library,
    Rule,
    RuleMalformed,
    Study,
    ValueLevel,
    expected_of_text,
    parse_rule,
    run_rule,
    run_rules,
    study_of_texts,
    unsupported,
)

AE = {"DOMAIN": ["AE", "AE"], "USUBJID": ["1", "2"], "AESEQ": [1, 2], "AETERM": ["FALL", ""]}
TERM_EMPTY = {"all": [{"name": "--TERM", "operator": "empty"}]}


def test_a_finding_names_the_record_and_shows_the_variables():
    (finding,) = outcome(TERM_EMPTY, table("AE", AE), output=["--SEQ", "--TERM", "AESPID"]).findings
    assert (finding.dataset, finding.record, finding.message) == ("AE", 2, "AESEQ is wrong")
    assert finding.variables == (("AESEQ", "2"), ("AESPID", "Not in dataset"), ("AETERM", ""))


def test_without_named_variables_a_finding_shows_those_of_its_conditions():
    (finding,) = outcome(TERM_EMPTY, table("AE", AE)).findings
    assert finding.variables == (("AETERM", ""),)


def test_a_dataset_rule_gives_one_finding_without_a_record():
    (finding,) = outcome(
        {"all": [{"name": "AESEQ", "operator": "non_empty"}]}, table("AE", AE), sensitivity="Dataset"
    ).findings
    assert (finding.record, finding.variables) == (None, (("AESEQ", "1"),))


def test_a_group_rule_gives_one_finding_for_each_group():
    columns = {"AESEQ": [1, 2, 3], "GROUP": ["a", "a", "b"]}
    check = {"all": [{"name": "AESEQ", "operator": "non_empty"}]}
    assert broken(check, columns, sensitivity="Group", Grouping_Variables=["GROUP"]) == [1]
    document = {"Core": {"Id": "G"}, "Sensitivity": "Group", "Rule Type": "Record Data", "Check": check}
    grouped = parse_rule({**document, "Grouping_Variables": ["GROUP"]})
    found = run_rule(grouped, Study((table("AE", columns),))).findings
    assert [each.record for each in found] == [1, 3]


@pytest.mark.parametrize(
    ("check", "records"),
    [
        ({"all": [{"name": "A", "operator": "non_empty"}, {"name": "B", "operator": "empty"}]}, [1]),
        ({"any": [{"name": "A", "operator": "empty"}, {"name": "B", "operator": "empty"}]}, [1, 3, 4]),
        ({"not": {"any": [{"name": "A", "operator": "empty"}, {"name": "B", "operator": "empty"}]}}, [2]),
        (
            {
                "all": [
                    {"not": {"name": "A", "operator": "empty"}},
                    {"any": [{"name": "B", "operator": "empty"}]},
                ]
            },
            [1],
        ),
        ([{"name": "A", "operator": "non_empty"}, {"name": "B", "operator": "non_empty"}], [2]),
    ],
)
def test_conditions_nest(check: Any, records: list[int]):
    assert broken(check, {"A": ["x", "x", "", ""], "B": ["", "x", "x", ""]}) == records


def test_a_variable_that_is_not_there_does_not_decide_where_another_does():
    columns = {"AETERM": ["", "x"]}
    absent = {"name": "AESTAT", "operator": "empty"}
    present = {"name": "AETERM", "operator": "empty"}
    not_there = {"name": "AESTAT", "operator": "not_exists"}
    assert broken({"any": [absent, present]}, columns) == [1]
    assert broken({"any": [{"all": [present, absent]}, {"all": [present, not_there]}]}, columns) == [1]


def test_a_rule_that_an_absent_variable_decides_did_not_run():
    done = outcome({"all": [{"name": "AESTAT", "operator": "empty"}]}, table("AE", AE))
    assert done.status == "not_run"
    assert str(done.reason) == "variable_absent: AESTAT"
    inverse = outcome({"not": {"name": "AESTAT", "operator": "empty"}}, table("AE", AE))
    assert inverse.status == "not_run"


def test_a_rule_out_of_scope_did_not_run():
    done = outcome(TERM_EMPTY, table("AE", AE), Scope={"Domains": {"Include": ["DM"]}})
    assert (done.status, str(done.reason)) == ("not_run", "out_of_scope")


def test_a_rule_that_ran_and_found_nothing_passed():
    assert outcome({"all": [{"name": "AESEQ", "operator": "empty"}]}, table("AE", AE)).status == "passed"


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"check": {"all": [{"name": "A", "operator": "smells_of"}]}}, "operator_unknown: smells_of"),
        ({"Operations": [{"id": "$x", "operator": "guess"}]}, "operation_unknown: guess"),
        ({"rule_type": "JSONata"}, "rule_type_unknown: JSONata"),
        ({"check": "**.$filter($)", "rule_type": "Record Data"}, "malformed: Check"),
    ],
)
def test_a_rule_the_engine_does_not_know_says_what_it_does_not_know(parts: dict[str, Any], reason: str):
    parts = {"check": TERM_EMPTY, **parts}
    one = rule(parts.pop("check"), **parts)
    done = run_rule(one, Study((table("AE", AE),)))
    assert (done.status, str(done.reason), str(unsupported(one))) == ("not_run", reason, reason)


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ({}, ["AE", "SUPPAE", "DM", "FA", "XX", "QSAB", "IT"]),
        ({"Domains": {"Include": ["ALL"]}, "Classes": {"Include": ["EVENTS"]}}, ["AE", "XX"]),
        ({"Classes": {"Include": ["FINDINGS"]}}, ["FA", "QSAB"]),
        ({"Classes": {"Include": ["FINDINGS"]}, "Domains": {"Exclude": ["FA"]}}, ["QSAB"]),
        ({"Classes": {"Exclude": ["EVENTS"]}}, ["SUPPAE", "DM", "FA", "QSAB", "IT"]),
        ({"Domains": {"Include": ["SUPP--"]}}, ["SUPPAE"]),
        ({"Domains": {"Exclude": ["SUPP--", "DM"]}}, ["AE", "FA", "XX", "QSAB", "IT"]),
        ({"Domains": {"Include": ["QS"]}}, ["QSAB"]),
        ({"Domains": {"Include": ["QS"], "include_split_datasets": False}}, []),
        ({"Domains": {"Include": ["DM"], "include_split_datasets": True}}, ["DM", "QSAB"]),
        ({"Entities": {"Include": ["FA"]}}, ["FA"]),
        ({"Classes": {"Include": ["FINDINGS"]}, "Domains": {"Include": ["DM"]}}, []),
        ({"Classes": {"Include": ["FINDINGS"]}, "Domains": {"Include": ["IT"]}}, ["IT"]),
    ],
)
def test_scope_chooses_datasets(scope: dict[str, Any], names: list[str]):
    tables = (
        table("AE", {"DOMAIN": ["AE"]}),
        table("SUPPAE", {"RDOMAIN": ["AE"], "QNAM": ["X"]}),
        table("DM", {"DOMAIN": ["DM"]}),
        table("FA", {"DOMAIN": ["FA"]}),
        table("XX", {"DOMAIN": ["XX"], "XXTERM": ["own"]}),
        table("QSAB", {"DOMAIN": ["QS"]}),
        table("IT", {"DOMAIN": ["IT"]}),
    )
    done = outcome({"all": [{"name": "NONE", "operator": "exists"}]}, *tables, Scope=scope)
    assert [each.dataset for each in done.datasets] == names


DM = {"DOMAIN": ["DM"], "USUBJID": ["1"], "RFSTDTC": ["2005-10-12"], "AESEQ": [9]}


def test_a_matched_dataset_brings_its_variables_and_drops_records_without_a_partner():
    check = {
        "all": [
            {"name": "RFSTDTC", "operator": "non_empty"},
            {"name": "AESEQ.DM", "operator": "equal_to", "value": 9},
        ]
    }
    done = outcome(
        check,
        table("AE", AE),
        table("DM", DM),
        Match_Datasets=[{"Name": "DM", "Keys": ["USUBJID"]}],
        Scope={"Domains": {"Include": ["AE"]}},
        output=["DM.RFSTDTC"],
    )
    assert [each.record for each in done.findings] == []
    named = outcome(
        {"all": [{"name": "DM.RFSTDTC", "operator": "non_empty"}]},
        table("AE", AE),
        table("DM", DM),
        Match_Datasets=[{"Name": "DM", "Keys": ["USUBJID"]}],
        Scope={"Domains": {"Include": ["AE"]}},
    )
    assert [(each.record, each.variables) for each in named.findings] == [
        (1, (("DM.RFSTDTC", "2005-10-12"),))
    ]


def test_a_left_join_keeps_records_without_a_partner_and_needs_no_dataset():
    check = {
        "all": [
            {"any": [{"name": "RFSTDTC", "operator": "not_exists"}, {"name": "RFSTDTC", "operator": "empty"}]}
        ]
    }
    parts = {
        "Match_Datasets": [
            {"Name": "DM", "Keys": [{"Left": "USUBJID", "Right": "USUBJID"}], "Join Type": "left"}
        ],
        "Scope": {"Domains": {"Include": ["AE"]}},
    }
    assert [each.record for each in outcome(check, table("AE", AE), table("DM", DM), **parts).findings] == [2]
    assert [each.record for each in outcome(check, table("AE", AE), **parts).findings] == [1, 2]


def test_supplemental_qualifiers_become_variables_of_their_record():
    supp = {
        "RDOMAIN": ["AE", "AE"],
        "USUBJID": ["1", "2"],
        "IDVAR": ["AESEQ", "AESEQ"],
        "IDVARVAL": ["1", "2.0"],
        "QNAM": ["AESOSP", "AEOTHER"],
        "QVAL": ["Y", "N"],
    }
    check = {
        "any": [
            {"name": "AESOSP", "operator": "equal_to", "value": "Y"},
            {"name": "AEOTHER", "operator": "equal_to", "value": "N"},
        ]
    }
    done = outcome(
        check,
        table("AE", AE),
        table("SUPPAE", supp),
        Match_Datasets=[{"Name": "SUPP--", "Keys": ["USUBJID"]}],
        Scope={"Domains": {"Include": ["AE"]}},
    )
    assert [each.record for each in done.findings] == [1, 2]


def test_related_records_bring_the_other_domains_variables():
    relrec = {
        "RDOMAIN": ["AE", "FA"],
        "USUBJID": ["1", "1"],
        "IDVAR": ["AESEQ", "FASEQ"],
        "IDVARVAL": ["1", "7"],
        "RELID": ["R1", "R1"],
    }
    fa = {"DOMAIN": ["FA", "FA"], "USUBJID": ["1", "1"], "FASEQ": [7, 8], "FAOBJ": ["PAIN", "FALL"]}
    for word, wildcard in (("RELREC.**OBJ", None), ("RELREC.FAOBJ", "FA")):
        match = {"Name": "RELREC", **({"Wildcard": wildcard} if wildcard else {})}
        done = outcome(
            {"all": [{"name": "AETERM", "operator": "not_equal_to", "value": word}]},
            table("AE", AE),
            table("FA", fa),
            table("RELREC", relrec),
            Match_Datasets=[match],
            Scope={"Domains": {"Include": ["AE"]}},
            output=["AETERM", word],
        )
        assert [(each.record, each.variables) for each in done.findings] == [
            (1, (("AETERM", "FALL"), (word, "PAIN")))
        ]


def test_a_missing_match_dataset_is_a_reason_not_a_pass():
    done = outcome(TERM_EMPTY, table("AE", AE), Match_Datasets=[{"Name": "DM", "Keys": ["USUBJID"]}])
    assert (done.status, str(done.reason)) == ("not_run", "input_missing: the dataset DM")


@pytest.mark.parametrize(
    ("rule_type", "condition", "shown"),
    [
        ("Variable Metadata Check", ("variable_name", "longer_than", 6), "USUBJID"),
        ("Dataset Metadata Check", ("dataset_name", "shorter_than", 3), "AE"),
        ("Value Check with Variable Metadata", ("variable_value", "equal_to", "FALL"), "FALL"),
        ("Value Check with Dataset Metadata", ("variable_value", "equal_to", "FALL"), "FALL"),
        ("Domain Presence Check", ("AE", "exists", None), "ae.xpt"),
    ],
)
def test_what_is_known_of_datasets_variables_and_values_is_checked(
    rule_type: str, condition: tuple[str, str, Any], shown: str
):
    name, operator, value = condition
    check = {"all": [{"name": name, "operator": operator, "value": value}]}
    (finding,) = outcome(check, table("AE", AE), rule_type=rule_type, output=[name]).findings
    assert finding.variables == ((name, shown),)


DEFINE = Define(
    {
        "AE": {"define_dataset_name": "AE", "define_dataset_label": "Events"},
        "LB": {"define_dataset_name": "LB"},
    },
    {
        "AE": (
            {
                "define_variable_name": "AETERM",
                "define_variable_label": "Term",
                "define_variable_mandatory": "Yes",
            },
            {"define_variable_name": "AENONE", "define_variable_label": "None"},
        )
    },
)
LEVELS = (
    ValueLevel(
        "AETERM", (("AESEQ", "EQ", ("1",)),), {"define_vlm_data_type": "integer", "define_vlm_length": 3}
    ),
    ValueLevel(
        "AETERM", (("AESEQ", "GT", ("1",)),), {"define_vlm_data_type": "text", "define_vlm_length": 200}
    ),
)


@pytest.mark.parametrize(
    ("operator", "records"),
    [
        ("non_conformant_value_data_type", [1]),
        ("conformant_value_data_type", [2, 3]),
        ("non_conformant_value_length", [1]),
        ("conformant_value_length", [2, 3]),
    ],
)
def test_values_are_held_to_the_definition_that_holds_for_them(operator: str, records: list[int]):
    ae = table("AE", {"AESEQ": [1, 2, 3], "AETERM": ["FALL", "PAIN", ""]})
    one = rule(
        {"all": [{"name": "AETERM", "operator": operator}]},
        rule_type="Value Level Metadata Check against Define XML",
    )
    found = run_rule(one, Study((ae,), define=Define({}, {}, {"AE": LEVELS})))
    assert [each.record for each in found.findings] == records


def test_each_value_with_a_definition_at_value_level_is_a_row():
    ae = table("AE", {"AESEQ": [1, 2, 3], "AETERM": ["FALL", "PAIN", ""]})
    one = rule(
        {"all": [{"name": "type_check", "operator": "equal_to", "value": False}]},
        rule_type="Value Check against Define XML VLM",
        output=["variable_value", "define_vlm_data_type"],
    )
    found = run_rule(one, Study((ae,), define=Define({}, {}, {"AE": LEVELS})))
    assert [(each.record, each.variables) for each in found.findings] == [
        (1, (("define_vlm_data_type", "integer"), ("variable_value", "FALL")))
    ]


def test_a_condition_for_all_variables_is_made_for_each():
    check = {"any": [{"operator": "equal_to", "value": "x", "variables": "all"}]}
    assert broken(check, {"A": ["x", "y", "y"], "B": ["y", "x", "y"]}) == [1, 2]


GUIDE = Library({"AE": ({"name": "AETERM", "label": "Reported Term"},)})


@pytest.mark.parametrize(
    ("rule_type", "condition", "shown"),
    [
        ("Variable Metadata Check against Define XML", ("define_variable_name", "empty", None), ["", "", ""]),
        ("Variable Metadata Check against Define XML", ("variable_name", "empty", None), [""]),
        ("Variable Metadata Check against Library Metadata", ("library_variable_label", "non_empty", None), ["Reported Term"]),
        ("Variables Metadata Check against Define XML and Library Metadata", ("define_variable_label", "equal_to", "Term"), ["Term"]),
        ("Define Item Metadata Check", ("define_variable_mandatory", "equal_to", "Yes"), ["Yes"]),
        ("Define Item Metadata Check against Library Metadata", ("library_variable_label", "non_empty", None), ["Reported Term"]),
        ("Define Item Group Metadata Check", ("define_dataset_label", "equal_to", "Events"), ["Events"]),
        ("Dataset Metadata Check against Define XML", ("define_dataset_label", "not_equal_to", "dataset_label"), ["Events"]),
        ("Dataset Contents Check against Define XML", ("AETERM", "empty", None), [""]),
        ("Domain Presence Check against Define XML", ("filename", "empty", None), [""]),
        ("Value Check against Define XML Variable", ("variable_value", "equal_to", "FALL"), ["FALL"]),
    ],
)  # fmt: skip
def test_define_and_the_guide_are_used_where_given_and_asked_for_where_not(
    rule_type: str, condition: tuple[str, str, Any], shown: list[str]
):
    name, operator, value = condition
    one = rule(
        {"all": [{"name": name, "operator": operator, "value": value}]}, rule_type=rule_type, output=[name]
    )
    done = run_rule(one, Study((table("AE", AE),), define=DEFINE, library=GUIDE))
    assert [dict(each.variables)[name] for each in done.findings] == shown
    without = run_rule(one, Study((table("AE", AE),)))
    assert without.status == "not_run"
    assert without.reason is not None
    assert without.reason.why == "input_missing"


@pytest.mark.parametrize(
    "document",
    [
        {"Check": {"all": [{"name": "A"}]}},
        {"Check": {"all": "A is empty"}},
        {"Check": {"all": []}, "Sensitivity": "Field"},
        {"Check": {"all": []}, "Operations": [{"id": "$x"}]},
        {"Check": {"all": []}, "Scope": "everything"},
        {"Check": {"all": []}, "Authorities": ["CDISC"]},
        {"Check": {"all": []}, "Authorities": [{"Standards": ["SDTMIG"]}]},
        {"Check": {"all": []}, "Operations": [{"operator": "distinct", "name": {"operator": "A"}}]},
        {
            "Check": {"all": []},
            "Operations": [{"operator": "max", "filter": {"operator": "A", "B": {"C": "D"}}}],
        },
        {"Check": {"all": []}, "Operations": [{"operator": "map", "map": ["operator"]}]},
        {"Check": {"all": [{"name": "A", "operator": "is_sorted_by", "value": [["B"]]}]}},
        {"Check": {"all": [{"name": "A", "operator": "starts_with", "value": "B", "prefix": [1]}]}},
    ],
)
def test_a_document_that_is_no_rule_is_refused_by_the_part_that_is_wrong(document: dict[str, Any]):
    with pytest.raises(RuleMalformed, match=re.compile("operator|list|Field|Scope|object|must not be")):
        parse_rule(document)


@pytest.mark.parametrize(
    "condition",
    [
        {"operator": "matches_regex", "value": "("},
        {"operator": "prefix_equal_to", "value": "A", "prefix": "I"},
        {"operator": "is_not_unique_relationship"},
        {"operator": "empty_within_except_last_row", "name": ""},
        {"operator": "has_next_corresponding_record", "value": None},
    ],
)
def test_a_condition_that_cannot_be_read_is_a_reason_not_a_crash(condition: dict[str, Any]):
    done = outcome({"all": [{"name": "AETERM", **condition}]}, table("AE", AE))
    assert done.reason is not None
    assert (done.status, done.reason.why) == ("not_run", "malformed")


def test_a_published_test_is_read_with_its_types_and_its_results():
    study = study_of_texts(
        {
            "_datasets": "Filename,Label\nae,Adverse Events\nlb.xpt,Labs\n",
            "_variables": "dataset,variable,label,type,length\nae,AESEQ,Sequence Number,Num,8\nae,AETERM,Term,Char,50\n",
            "ae": 'AESEQ,AETERM\n1,"FALL, again "\n,\n',
        },
        "PRODUCT=SDTMIG\nVERSION=3-4\n",
    )
    (ae,) = study.tables
    assert (study.product, study.version, ae.name, ae.label) == ("SDTMIG", "3-4", "AE", "Adverse Events")
    assert ae.frame.to_dict(as_series=False) == {"AESEQ": [1.0, None], "AETERM": ["FALL, again", None]}
    expected = expected_of_text("Dataset,Record,Variable,Value\nAE,1,AESEQ,1.0\nPP,,,\nAE,,AETERM,x\n")
    assert expected.places == {("AE", 1), ("AE", None)}
    assert ("AE", 1, "AESEQ", "1") in expected.details
    assert expected_of_text("path,attribute,value\n/Code/0,id,C1\n").places == {("CODE", 1)}


def test_the_outcomes_come_in_the_order_of_the_rules():
    rules: list[Rule] = [rule(TERM_EMPTY), rule({"all": [{"name": "AESEQ", "operator": "empty"}]})]
    assert [each.status for each in run_rules(rules, Study((table("AE", AE),)))] == ["findings", "passed"]
