"""Every operator of the vocabulary on a few records, with what is missing, empty and absent."""

from typing import Any

import pytest
from tests.engines.conformance.scenes import broken

from triallink.engines.conformance import OPERATORS

DATES = ["2005-10-12", "2005-10", "", "2005-10-12T13:05", "2005-02-30", "12OCT2005"]
TERMS = {"A": ["x", "X", "", "y"], "B": ["x", "x", "", ""]}

# (operator, the condition's other parts, columns, the records it is true for)
CASES: list[tuple[str, dict[str, Any], dict[str, list[Any]], list[int]]] = [
    ("equal_to", {"value": "x"}, TERMS, [1]),
    ("equal_to", {"value": "B"}, TERMS, [1]),
    ("equal_to", {"value": "B", "value_is_literal": True}, {"A": ["B", "x"], "B": ["B", "x"]}, [1]),
    ("equal_to", {"value": 2}, {"A": [1, 2, None]}, [2]),
    ("equal_to", {"value": "2"}, {"A": [1, 2, None]}, []),
    ("equal_to", {"value": "2.0", "type_insensitive": True}, {"A": [1, 2, None]}, [2]),
    ("equal_to", {"value": "B", "round_values": True}, {"A": [1.2, 2.6], "B": [1.0, 2.0]}, [1]),
    (
        "equal_to",
        {"value": "B", "value_is_reference": True},
        {"A": ["1", "2"], "B": ["C", "D"], "C": ["1", "1"], "D": ["1", "9"]},
        [1],
    ),
    ("not_equal_to", {"value": "x"}, TERMS, [2, 3, 4]),
    ("not_equal_to", {"value": "B"}, TERMS, [2, 4]),
    ("equal_to_case_insensitive", {"value": "B"}, TERMS, [1, 2]),
    ("not_equal_to_case_insensitive", {"value": "B"}, TERMS, [4]),
    ("greater_than", {"value": 1}, {"A": ["0.5", "2", "x", ""]}, [2]),
    ("greater_than_or_equal_to", {"value": "B"}, {"A": [1, 2, 3], "B": [1, 3, None]}, [1]),
    ("less_than", {"value": 1}, {"A": [0.5, 2.0, None]}, [1]),
    ("less_than_or_equal_to", {"value": 2}, {"A": [0.5, 2.0, None]}, [1, 2]),
    ("empty", {}, {"A": ["", "x", None]}, [1, 3]),
    ("non_empty", {}, {"A": ["", "x", None]}, [2]),
    ("exists", {}, {"A": ["", "x"]}, [1, 2]),
    ("not_exists", {}, {"A": ["", "x"]}, []),
    ("matches_regex", {"value": r"\d{2}"}, {"A": ["12x", "x12", ""]}, [1]),
    ("matches_regex", {"value": r"^(?!x)"}, {"A": ["y", "x"]}, [1]),
    ("not_matches_regex", {"value": r"^\d+$"}, {"A": [1.0, 2.5]}, [2]),
    ("prefix_matches_regex", {"value": "(AP|ap)", "prefix": 2}, {"A": ["APFA", "xAP"]}, [1]),
    ("not_prefix_matches_regex", {"value": "(AP|ap)", "prefix": 2}, {"A": ["APFA", "xAP", ""]}, [2]),
    ("suffix_matches_regex", {"value": r"\d\d", "suffix": 2}, {"A": ["A12", "12A"]}, [1]),
    ("not_suffix_matches_regex", {"value": r"\d\d", "suffix": 2}, {"A": ["A12", "12A"]}, [2]),
    ("starts_with", {"value": "AP"}, {"A": ["APFA", "FAAP", ""]}, [1]),
    ("ends_with", {"value": "AP"}, {"A": ["APFA", "FAAP", ""]}, [2]),
    ("prefix_equal_to", {"value": "B", "prefix": 2}, {"A": ["AEx", "LBx"], "B": ["AE", "AE"]}, [1]),
    ("prefix_not_equal_to", {"value": "AE", "prefix": 2}, {"A": ["AEx", "LBx"]}, [2]),
    ("suffix_equal_to", {"value": "AE", "suffix": 2}, {"A": ["xAE", "LBx"]}, [1]),
    ("suffix_not_equal_to", {"value": "AE", "suffix": 2}, {"A": ["xAE", "LBx"]}, [2]),
    ("prefix_is_contained_by", {"value": ["AE", "LB"], "prefix": 2}, {"A": ["AEx", "VSx"]}, [1]),
    ("prefix_is_not_contained_by", {"value": ["AE", "LB"], "prefix": 2}, {"A": ["AEx", "VSx"]}, [2]),
    ("suffix_is_contained_by", {"value": ["AE"], "suffix": 2}, {"A": ["xAE", "VSx"]}, [1]),
    ("suffix_is_not_contained_by", {"value": ["AE"], "suffix": 2}, {"A": ["xAE", "VSx"]}, [2]),
    (
        "equals_string_part",
        {"value": "B", "regex": ".{4}(..).*"},
        {"A": ["AE", "AE"], "B": ["SUPPAE", "SUPPLB"]},
        [1],
    ),
    (
        "does_not_equal_string_part",
        {"value": "B", "regex": ".{4}(..).*"},
        {"A": ["AE", "AE"], "B": ["SUPPAE", "SUPPLB"]},
        [2],
    ),
    ("longer_than", {"value": 2}, {"A": ["ab", "abc", ""]}, [2]),
    ("longer_than_or_equal_to", {"value": 2}, {"A": ["ab", "abc", "a"]}, [1, 2]),
    ("shorter_than", {"value": 3}, {"A": ["ab", "abc", "a"]}, [1, 3]),
    ("shorter_than_or_equal_to", {"value": "B"}, {"A": ["ab", "abc"], "B": ["xx", "x"]}, [1]),
    ("has_equal_length", {"value": "B"}, {"A": ["ab", "abc"], "B": ["xx", "x"]}, [1]),
    ("has_not_equal_length", {"value": "B"}, {"A": ["ab", "abc"], "B": ["xx", "x"]}, [2]),
    ("split_parts_have_equal_length", {}, {"A": ["ab/cd", "a/cd", "x", ""]}, [1, 3, 4]),
    ("split_parts_have_unequal_length", {"separator": "-"}, {"A": ["ab-cd", "a-cd"]}, [2]),
    ("is_title_case", {}, {"A": ["Date of Birth", "date Of birth"]}, [1]),
    ("is_not_title_case", {}, {"A": ["Date of Birth", "date Of birth"]}, [2]),
    (
        "inconsistent_enumerated_columns",
        {},
        {"A": ["x", "", "x"], "A1": ["x", "x", ""], "A2": ["", "", "x"]},
        [2, 3],
    ),
    ("contains", {"value": "b"}, {"A": ["abc", "xyz", ""]}, [1]),
    ("does_not_contain", {"value": "b"}, {"A": ["abc", "xyz"]}, [2]),
    ("contains_case_insensitive", {"value": "B"}, {"A": ["abc", "xyz"]}, [1]),
    ("does_not_contain_case_insensitive", {"value": "B"}, {"A": ["abc", "xyz"]}, [2]),
    ("is_contained_by", {"value": ["x", "y"]}, TERMS, [1, 4]),
    ("is_not_contained_by", {"value": ["x", "y"]}, TERMS, [2, 3]),
    ("is_not_contained_by", {"value": [1, 2]}, {"A": [1.0, 3.0]}, [2]),
    ("is_contained_by_case_insensitive", {"value": ["X"]}, TERMS, [1, 2]),
    ("is_not_contained_by_case_insensitive", {"value": ["X"]}, TERMS, [3, 4]),
    ("contains_all", {"value": ["x", "y"]}, TERMS, [1, 2, 3, 4]),
    ("not_contains_all", {"value": ["x", "z"]}, TERMS, [1, 2, 3, 4]),
    ("shares_at_least_one_element_with", {"value": "B"}, TERMS, [1]),
    ("shares_exactly_one_element_with", {"value": "B"}, TERMS, [1]),
    ("shares_no_elements_with", {"value": "x"}, {"A": ["x", "y"]}, [2]),
    ("is_unique_set", {"value": ["B"]}, {"A": ["1", "1", "1"], "B": ["1", "1", "2"]}, [3]),
    ("is_not_unique_set", {"value": ["B", "NOTHERE"]}, {"A": ["1", "1", "1"], "B": ["1", "1", "2"]}, [1, 2]),
    (
        "is_not_unique_set",
        {"value": "B", "regex": r"^\d{4}"},
        {"A": ["x", "x"], "B": ["2005-01", "2005-02"]},
        [1, 2],
    ),
    ("is_unique_relationship", {"value": "B"}, {"A": ["1", "1", "2"], "B": ["x", "y", "z"]}, [3]),
    ("is_not_unique_relationship", {"value": "B"}, {"A": ["1", "1", "2"], "B": ["x", "y", "z"]}, [1, 2]),
    (
        "is_not_unique_relationship",
        {"value": "B"},
        {"A": ["1", "1", "", "3"], "B": ["x", "", "z", "w"]},
        [1, 2],
    ),
    (
        "present_on_multiple_rows_within",
        {"within": "B"},
        {"A": ["x", "x", "x"], "B": ["1", "1", "2"]},
        [1, 2],
    ),
    (
        "not_present_on_multiple_rows_within",
        {"within": "B"},
        {"A": ["x", "x", "x"], "B": ["1", "1", "2"]},
        [3],
    ),
    (
        "is_inconsistent_across_dataset",
        {"value": "B"},
        {"A": ["x", "x", "y", "p", "q"], "B": ["1", "1", "1", "2", "2"]},
        [3, 4, 5],
    ),
    ("has_different_values", {}, {"A": ["x", "y"]}, [1, 2]),
    ("has_same_values", {}, {"A": ["x", "x"]}, [1, 2]),
    ("date_equal_to", {"value": "2005-10-12"}, {"A": DATES}, [1]),
    ("date_equal_to", {"value": "2005-10-12", "date_component": "auto"}, {"A": DATES}, [1, 2, 4]),
    ("date_equal_to", {"value": "2005", "date_component": "year"}, {"A": ["2005-10", "2006"]}, [1]),
    ("date_not_equal_to", {"value": "B"}, {"A": ["2005", "2006"], "B": ["2005-01-01", ""]}, []),
    ("date_greater_than", {"value": "2005-10-12"}, {"A": DATES}, [4]),
    (
        "date_greater_than",
        {"value": "2005-10-12T12:00Z"},
        {"A": ["2005-10-12T13:00+02:00", "2005-10-12T13:00Z"]},
        [2],
    ),
    ("date_greater_than_or_equal_to", {"value": "2005-10-12"}, {"A": DATES}, [1, 4]),
    ("date_less_than", {"value": "2005-10-12"}, {"A": DATES}, [2]),
    ("date_less_than_or_equal_to", {"value": "2005-10-12"}, {"A": DATES}, [1, 2]),
    ("is_complete_date", {}, {"A": DATES}, [1, 4]),
    ("is_incomplete_date", {}, {"A": DATES}, [2, 3, 5, 6]),
    ("invalid_date", {}, {"A": [*DATES, "2005---12", "2005-10-12/2005-10-14"]}, [3, 5, 6]),
    (
        "invalid_duration",
        {"negative": False},
        {"A": ["PT5M", "-PT5M", "P1Y2M", "5M", "P1.5D", "P1.5DT1H"]},
        [2, 4, 6],
    ),
    ("invalid_duration", {"negative": True}, {"A": ["-PT5M", "P"]}, [2]),
    (
        "empty_within_except_last_row",
        {"value": "B", "ordering": "C"},
        {"A": ["", "x", ""], "B": ["1", "1", "1"], "C": [1, 2, 3]},
        [1],
    ),
    (
        "non_empty_within_except_last_row",
        {"value": "B", "ordering": "C"},
        {"A": ["", "x", ""], "B": ["1", "1", "1"], "C": [1, 2, 3]},
        [2],
    ),
    (
        "has_next_corresponding_record",
        {"value": "C", "within": "B", "ordering": "D"},
        {"A": ["2", "9", "4"], "B": ["1", "1", "1"], "C": ["1", "2", "3"], "D": [1, 2, 3]},
        [1, 3],
    ),
    (
        "does_not_have_next_corresponding_record",
        {"value": "C", "within": "B", "ordering": "D"},
        {"A": ["2", "9", "4"], "B": ["1", "1", "1"], "C": ["1", "2", "3"], "D": [1, 2, 3]},
        [2],
    ),
    ("is_ordered_set", {"value": "B"}, {"A": [1, 2, 1], "B": ["1", "1", "2"]}, [1, 2, 3]),
    ("is_not_ordered_set", {"value": "B"}, {"A": [2, 1, 1], "B": ["1", "1", "2"]}, [1, 2, 3]),
    ("is_ordered_by", {"order": "asc"}, {"A": [1, 3, 2]}, [1]),
    ("is_not_ordered_by", {"order": "dsc"}, {"A": [3, 1, 2]}, [2, 3]),
    (
        "target_is_sorted_by",
        {"value": [{"name": "B", "sort_order": "asc"}], "within": "C"},
        {"A": [1, 2, 1], "B": ["2005-01", "2005-02", "2005-03"], "C": ["1", "1", "2"]},
        [1, 2, 3],
    ),
    (
        "target_is_not_sorted_by",
        {"value": [{"name": "B", "sort_order": "asc"}], "within": "C"},
        {"A": [2, 1, 3, 1], "B": ["2005-01-01", "2005-02-01", "2005-03-01", ""], "C": ["1", "1", "1", "2"]},
        [1, 2, 4],
    ),
    (
        "target_is_not_sorted_by",
        {"value": [{"name": "B"}], "within": "C", "regex": r".*?(\d+)$"},
        {"A": ["M2", "M10"], "B": ["2005-01-01", "2005-02-01"], "C": ["1", "1"]},
        [],
    ),
]


@pytest.mark.parametrize(("operator", "parts", "columns", "expected"), CASES)
def test_an_operator_is_true_where_it_should_be(
    operator: str, parts: dict[str, Any], columns: dict[str, list[Any]], expected: list[int]
):
    assert broken({"all": [{"name": "A", "operator": operator, **parts}]}, columns) == expected


# These need lists, mappings or no dataset at all and are shown with the operations that make them.
_ELSEWHERE = {
    "is_ordered_subset_of",
    "is_not_ordered_subset_of",
    "value_has_multiple_references",
    "value_does_not_have_multiple_references",
    "conformant_value_data_type",
    "non_conformant_value_data_type",
    "conformant_value_length",
    "non_conformant_value_length",
}


def test_every_operator_of_the_vocabulary_is_shown():
    assert set(OPERATORS) - {operator for operator, *_ in CASES} == _ELSEWHERE


def test_an_operator_answers_for_no_records_at_all():
    for operator, parts, columns, _ in CASES:
        empty = {name: [] for name in columns}
        assert broken({"all": [{"name": "A", "operator": operator, **parts}]}, empty) == []
