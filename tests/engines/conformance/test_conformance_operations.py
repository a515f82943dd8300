"""Operations: what they find, for all records or by group, and that a dictionary nobody gave is never guessed."""

from typing import Any

import pytest
from tests.engines.conformance.scenes import outcome, rule, table

from triallink.engines.conformance import (
    LICENSED,
    Codelist,
    Define,
    Library,
    Study,
    Terminology,
    run_rule,
    unsupported,
)

AE = {
    "DOMAIN": ["AE"] * 4,
    "USUBJID": ["1", "1", "2", "3"],
    "AESEQ": [1, 2, 1, 1],
    "AETERM": ["FALL", "PAIN", "FALL", ""],
    "AESTDTC": ["2005-10-12", "2005-10", "2005-11-01", ""],
    "AEREF": ["CDISC", "SDTM", "SEND", ""],
    "AEVER": ["2023-12-15", "2023-12-15", "2023-12-15", ""],
}
DM = {
    "DOMAIN": ["DM"] * 3,
    "USUBJID": ["1", "2", "4"],
    "RFSTDTC": ["2005-10-12", "2005-11-02", "2006-01-01"],
    "AGE": [30, 40, 50],
}


def found(
    operation: dict[str, Any], check: dict[str, Any], *, study: dict[str, Any] | None = None, **parts: Any
) -> list[int | None]:
    """Return the records of AE for which a check on the operation `$x` is true."""
    one = rule(
        {"all": [check]},
        Operations=[{"id": "$x", **operation}],
        Scope={"Domains": {"Include": ["AE"]}},
        **parts,
    )
    tables = (table("AE", AE), table("DM", DM, label="Demographics"))
    outcome_ = run_rule(one, Study(tables, product="SDTMIG", **(study or {})))
    assert outcome_.reason is None, outcome_.reason
    return [finding.record for finding in outcome_.findings]


@pytest.mark.parametrize(
    ("operation", "check", "records"),
    [
        ({"operator": "distinct", "domain": "DM", "name": "USUBJID"}, ("USUBJID", "is_not_contained_by", "$x"), [4]),
        ({"operator": "distinct", "name": "--TERM", "group": ["USUBJID"]}, ("$x", "contains", "PAIN"), [1, 2]),
        ({"operator": "distinct", "name": "--TERM", "group": ["USUBJID"]}, ("$x", "empty", None), [4]),
        ({"operator": "distinct", "domain": "DM", "name": "USUBJID", "filter": {"AGE": 40}}, ("USUBJID", "is_contained_by", "$x"), [3]),
        ({"operator": "record_count"}, ("$x", "equal_to", 4), [1, 2, 3, 4]),
        ({"operator": "record_count", "filter": {"AETERM": "FALL"}, "group": ["USUBJID"]}, ("$x", "equal_to", 1), [1, 2, 3]),
        ({"operator": "record_count", "filter": {"AETERM": "FALL"}, "group": ["USUBJID"]}, ("$x", "equal_to", 0), [4]),
        ({"operator": "record_count", "filter": {"AETERM": "F&"}}, ("$x", "equal_to", 2), [1, 2, 3, 4]),
        ({"operator": "record_count", "domain": "DM", "group": ["USUBJID"]}, ("$x", "empty", None), [4]),
        ({"operator": "record_count", "group": ["AESTDTC"], "regex": r"^\d{4}-\d{2}"}, ("$x", "equal_to", 2), [1, 2]),
        ({"operator": "max", "domain": "DM", "name": "AGE"}, ("$x", "equal_to", 50), [1, 2, 3, 4]),
        ({"operator": "min", "domain": "DM", "name": "AGE", "group": ["USUBJID"]}, ("$x", "equal_to", 40), [3]),
        ({"operator": "mean", "domain": "DM", "name": "AGE"}, ("$x", "equal_to", 40), [1, 2, 3, 4]),
        ({"operator": "max_date", "name": "AESTDTC", "group": ["USUBJID"]}, ("AESTDTC", "equal_to", "$x"), [1, 3]),
        ({"operator": "min_date", "name": "AESTDTC"}, ("AESTDTC", "equal_to", "$x"), [2]),
        ({"operator": "dy", "name": "--STDTC"}, ("$x", "equal_to", 1), [1]),
        ({"operator": "dy", "name": "--STDTC"}, ("$x", "equal_to", -1), [3]),
        ({"operator": "map", "map": [{"AETERM": "FALL", "output": "C1"}, {"output": "C2"}]}, ("$x", "equal_to", "C1"), [1, 3]),
        ({"operator": "map", "map": [{"output": "C2"}]}, ("$x", "equal_to", "C2"), [1, 2, 3, 4]),
        ({"operator": "split_by", "name": "AESTDTC", "delimiter": "-"}, ("$x", "contains", "10"), [1, 2]),
        ({"operator": "study_domains"}, ("$x", "contains", "DM"), [1, 2, 3, 4]),
        ({"operator": "dataset_names"}, ("DOMAIN", "is_contained_by", "$x"), [1, 2, 3, 4]),
        ({"operator": "domain_is_custom"}, ("$x", "equal_to", False), [1, 2, 3, 4]),
        ({"operator": "domain_label"}, ("$x", "equal_to", "Adverse Events"), [1, 2, 3, 4]),
        ({"operator": "standard_domains"}, ("DOMAIN", "is_contained_by", "$x"), [1, 2, 3, 4]),
        ({"operator": "get_library_class_domains", "domain_class": "EVENTS"}, ("DOMAIN", "is_contained_by", "$x"), [1, 2, 3, 4]),
        ({"operator": "extract_metadata", "name": "dataset_name"}, ("$x", "equal_to", "AE"), [1, 2, 3, 4]),
        ({"operator": "variable_exists", "name": "--TERM"}, ("$x", "equal_to", True), [1, 2, 3, 4]),
        ({"operator": "variable_is_null", "name": "--NONE"}, ("$x", "equal_to", True), [1, 2, 3, 4]),
        ({"operator": "variable_count", "name": "USUBJID"}, ("$x", "equal_to", 2), [1, 2, 3, 4]),
        ({"operator": "variable_value_count", "name": "USUBJID"}, ("USUBJID", "value_has_multiple_references", "$x"), [1, 2, 3]),
        ({"operator": "variable_value_count", "name": "USUBJID"}, ("USUBJID", "value_does_not_have_multiple_references", "$x"), [4]),
        ({"operator": "get_column_order_from_dataset"}, ("$x", "is_ordered_subset_of", "$x"), [1, 2, 3, 4]),
        ({"operator": "get_column_order_from_dataset"}, ("$x", "is_not_ordered_subset_of", ["AETERM"]), [1, 2, 3, 4]),
        ({"operator": "get_dataset_filtered_variables", "key_name": "role", "key_value": "Timing"}, ("$x", "shares_exactly_one_element_with", ["AESTDTC"]), [1, 2, 3, 4]),
        ({"operator": "get_model_filtered_variables", "key_name": "role", "key_value": "Timing"}, ("$x", "contains", "AEDTC"), [1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_an_operation_finds(operation: dict[str, Any], check: tuple[str, str, Any], records: list[int]):
    name, operator, value = check
    assert found(operation, {"name": name, "operator": operator, "value": value}) == records


def test_a_list_without_what_another_has():
    check = {"all": [{"name": "$left", "operator": "non_empty"}]}
    operations = [
        {"id": "$all", "operator": "get_column_order_from_dataset"},
        {"id": "$timing", "operator": "get_dataset_filtered_variables", "key_name": "role", "key_value": "Timing"},
        {"id": "$left", "operator": "minus", "name": "$all", "subtract": "$timing"},
    ]  # fmt: skip
    done = outcome(check, table("AE", AE), Operations=operations, output=["$left"])
    assert (
        dict(done.findings[0].variables)["$left"]
        == "['DOMAIN', 'USUBJID', 'AESEQ', 'AETERM', 'AEREF', 'AEVER']"
    )


@pytest.mark.parametrize("operator", sorted(LICENSED))
def test_a_rule_that_needs_a_licensed_dictionary_says_so_and_never_passes(operator: str):
    one = rule(
        {"all": [{"name": "$x", "operator": "equal_to", "value": False}]},
        Operations=[{"id": "$x", "operator": operator, "name": "AEDECOD"}],
    )
    done = run_rule(one, Study((table("AE", AE),)))
    assert done.status == "not_run"
    assert done.reason is not None
    assert done.reason.why == "licensed_dictionary"
    assert unsupported(one) == done.reason


TERMINOLOGY = Terminology(
    {
        "sdtmct-2023-12-15": {
            "C66742": Codelist("C66742", "NY", False, (("C49488", "Y", "Yes"), ("C49487", "N", "No"))),
            "C101846": Codelist("C101846", "NEURO", True, (("C1", "FALL", "Fall"),)),
        }
    }
)


@pytest.mark.parametrize(
    ("operation", "check", "records"),
    [
        ({"operator": "codelist_terms", "codelists": ["NEURO"]}, ("AETERM", "is_contained_by", "$x"), [1, 3]),
        ({"operator": "codelist_extensible", "codelist": "NY"}, ("$x", "equal_to", False), [1, 2, 3, 4]),
        ({"operator": "get_codelist_attributes", "name": "AEREF", "version": "AEVER", "ct_attribute": "Term Value"}, ("AETERM", "is_contained_by", "$x"), [1]),
        ({"operator": "define_extensible_codelists"}, ("AETERM", "is_contained_by", "$x"), [1, 3]),
        ({"operator": "valid_codelist_dates"}, ("$x", "contains", "2023-12-15"), [1, 2, 3, 4]),
        ({"operator": "codelist_terms", "ct_package_type": "SDTM", "codelist_code": "C101846", "version": "2023-12-15", "term_value": "AETERM"}, ("$x", "equal_to", "C1"), [1, 3]),
        ({"operator": "codelist_extensible", "ct_package_type": "SDTM", "codelist_code": "C101846", "version": "2023-12-15"}, ("$x", "equal_to", True), [1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_terminology_that_is_given_is_used(
    operation: dict[str, Any], check: tuple[str, str, Any], records: list[int]
):
    name, operator, value = check
    assert (
        found(
            operation,
            {"name": name, "operator": operator, "value": value},
            study={"terminology": TERMINOLOGY},
        )
        == records
    )


LIBRARY = Library(
    {
        "AE": (
            {"name": "AESEQ", "label": "Sequence Number", "core": "Req", "role": "Identifier"},
            {"name": "AETERM", "label": "Reported Term", "core": "Req", "role": "Topic"},
            {
                "name": "AEDECOD",
                "label": "Dictionary-Derived Term",
                "core": "Exp",
                "role": "Synonym Qualifier",
            },
            {"name": "AECAT", "label": "Category", "core": "Perm", "role": "Grouping Qualifier"},
        )
    },
    {"EVENTS": ({"name": "--TERM", "role": "Topic"}, {"name": "--SEQ", "role": "Identifier"})},
)


@pytest.mark.parametrize(
    ("operator", "names"),
    [
        ("required_variables", "['AESEQ', 'AETERM']"),
        ("expected_variables", "['AEDECOD']"),
        ("required_expected_variables", "['AESEQ', 'AETERM', 'AEDECOD']"),
        ("permissible_variables", "['AECAT']"),
        ("variable_names", "['AESEQ', 'AETERM', 'AEDECOD', 'AECAT']"),
        ("get_column_order_from_library", "['AESEQ', 'AETERM', 'AEDECOD', 'AECAT']"),
        ("get_model_column_order", "['AETERM', 'AESEQ']"),
    ],
)
def test_the_implementation_guide_that_is_given_is_used(operator: str, names: str):
    one = rule(
        {"all": [{"name": "$x", "operator": "non_empty"}]},
        Operations=[{"id": "$x", "operator": operator}],
        sensitivity="Dataset",
        output=["$x"],
    )
    done = run_rule(one, Study((table("AE", AE),), library=LIBRARY))
    assert dict(done.findings[0].variables)["$x"] == names
    without = run_rule(one, Study((table("AE", AE),)))
    assert without.status == "not_run"
    assert without.reason is not None
    assert without.reason.why == "input_missing"


def test_what_the_guide_says_of_the_variable_a_row_names_is_found():
    supp = table(
        "SUPPAE", {"RDOMAIN": ["AE", "AE"], "QNAM": ["AECAT", "AEODD"], "QLABEL": ["Category", "Odd"]}
    )
    for operator, name in (
        ("name_referenced_variable_metadata", "QNAM"),
        ("label_referenced_variable_metadata", "QLABEL"),
    ):
        one = rule(
            {"all": [{"name": "$x_core", "operator": "equal_to", "value": "Perm"}]},
            Operations=[{"id": "$x", "operator": operator, "name": name}],
        )
        assert [each.record for each in run_rule(one, Study((supp,), library=LIBRARY)).findings] == [1]


def test_what_define_says_of_a_variable_is_used():
    define = Define(
        {}, {"AE": ({"define_variable_name": "AETERM", "define_variable_label": "Reported Term"},)}
    )
    operation = {
        "operator": "define_variable_metadata",
        "attribute_name": "define_variable_label",
        "name": "AETERM",
    }
    check = {"name": "$x", "operator": "equal_to", "value": "Reported Term"}
    assert found(operation, check, study={"define": define}) == [1, 2, 3, 4]
