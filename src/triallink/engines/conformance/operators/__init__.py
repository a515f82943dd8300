"""The vocabulary of conditions: every operator of the open rules schema by its name.

An operator gets the rows and the condition and returns a Boolean for every row; it raises VariableAbsent for a
variable the rows do not have.
"""

import operator as op
from collections.abc import Mapping

from triallink.engines.conformance.operators import comparison as c
from triallink.engines.conformance.operators import dates as d
from triallink.engines.conformance.operators import membership as m
from triallink.engines.conformance.operators import sequence as s
from triallink.engines.conformance.operators import text as t
from triallink.engines.conformance.operators import uniqueness as u
from triallink.engines.conformance.operators import value_level as v
from triallink.engines.conformance.operators.comparison import Operator

OPERATORS: Mapping[str, Operator] = {
    "equal_to": c.equality(equal=True),
    "not_equal_to": c.equality(equal=False),
    "equal_to_case_insensitive": c.equality(equal=True, folded=True),
    "not_equal_to_case_insensitive": c.equality(equal=False, folded=True),
    "greater_than": c.ordering(op.gt),
    "greater_than_or_equal_to": c.ordering(op.ge),
    "less_than": c.ordering(op.lt),
    "less_than_or_equal_to": c.ordering(op.le),
    "empty": c.empty,
    "non_empty": c.non_empty,
    "exists": c.exists,
    "not_exists": c.not_exists,
    "matches_regex": t.matches(),
    "not_matches_regex": t.matches(wanted=False),
    "prefix_matches_regex": t.matches(part="prefix"),
    "not_prefix_matches_regex": t.matches(part="prefix", wanted=False),
    "suffix_matches_regex": t.matches(part="suffix"),
    "not_suffix_matches_regex": t.matches(part="suffix", wanted=False),
    "starts_with": t.begins(at_end=False),
    "ends_with": t.begins(at_end=True),
    "prefix_equal_to": t.part_equal("prefix", wanted=True),
    "prefix_not_equal_to": t.part_equal("prefix", wanted=False),
    "suffix_equal_to": t.part_equal("suffix", wanted=True),
    "suffix_not_equal_to": t.part_equal("suffix", wanted=False),
    "prefix_is_contained_by": t.part_among("prefix", wanted=True),
    "prefix_is_not_contained_by": t.part_among("prefix", wanted=False),
    "suffix_is_contained_by": t.part_among("suffix", wanted=True),
    "suffix_is_not_contained_by": t.part_among("suffix", wanted=False),
    "equals_string_part": t.string_part(wanted=True),
    "does_not_equal_string_part": t.string_part(wanted=False),
    "longer_than": t.length(op.gt, missing=False),
    "longer_than_or_equal_to": t.length(op.ge, missing=False),
    "shorter_than": t.length(op.lt, missing=True),
    "shorter_than_or_equal_to": t.length(op.le, missing=True),
    "has_equal_length": t.length(op.eq, missing=False),
    "has_not_equal_length": t.length(op.ne, missing=True),
    "split_parts_have_equal_length": t.parts_of_equal_length(wanted=True),
    "split_parts_have_unequal_length": t.parts_of_equal_length(wanted=False),
    "is_title_case": t.title_case(wanted=True),
    "is_not_title_case": t.title_case(wanted=False),
    "inconsistent_enumerated_columns": t.inconsistent_enumeration,
    "contains": m.contains(wanted=True),
    "does_not_contain": m.contains(wanted=False),
    "contains_case_insensitive": m.contains(wanted=True, folded=True),
    "does_not_contain_case_insensitive": m.contains(wanted=False, folded=True),
    "is_contained_by": m.is_contained(wanted=True),
    "is_not_contained_by": m.is_contained(wanted=False),
    "is_contained_by_case_insensitive": m.is_contained(wanted=True, folded=True),
    "is_not_contained_by_case_insensitive": m.is_contained(wanted=False, folded=True),
    "contains_all": m.contains_all(wanted=True),
    "not_contains_all": m.contains_all(wanted=False),
    "shares_at_least_one_element_with": m.shares(lambda count: count > 0),
    "shares_exactly_one_element_with": m.shares(lambda count: count == 1),
    "shares_no_elements_with": m.shares(lambda count: count == 0),
    "is_ordered_subset_of": m.ordered_subset(wanted=True),
    "is_not_ordered_subset_of": m.ordered_subset(wanted=False),
    "is_unique_set": u.unique_set(wanted=True),
    "is_not_unique_set": u.unique_set(wanted=False),
    "is_unique_relationship": u.unique_relationship(wanted=True),
    "is_not_unique_relationship": u.unique_relationship(wanted=False),
    "present_on_multiple_rows_within": u.on_multiple_rows(wanted=True),
    "not_present_on_multiple_rows_within": u.on_multiple_rows(wanted=False),
    "is_inconsistent_across_dataset": u.inconsistent,
    "has_different_values": u.has_different_values(wanted=True),
    "has_same_values": u.has_different_values(wanted=False),
    "value_has_multiple_references": u.multiple_references(wanted=True),
    "value_does_not_have_multiple_references": u.multiple_references(wanted=False),
    "date_equal_to": d.compare_dates(op.eq),
    "date_not_equal_to": d.compare_dates(op.ne),
    "date_greater_than": d.compare_dates(op.gt),
    "date_greater_than_or_equal_to": d.compare_dates(op.ge),
    "date_less_than": d.compare_dates(op.lt),
    "date_less_than_or_equal_to": d.compare_dates(op.le),
    "is_complete_date": d.complete(wanted=True),
    "is_incomplete_date": d.complete(wanted=False),
    "invalid_date": d.invalid_date,
    "invalid_duration": d.invalid_duration,
    "empty_within_except_last_row": s.empty_except_last(wanted=True),
    "non_empty_within_except_last_row": s.empty_except_last(wanted=False),
    "has_next_corresponding_record": s.next_record(wanted=True),
    "does_not_have_next_corresponding_record": s.next_record(wanted=False),
    "is_ordered_set": s.ordered_set(wanted=True),
    "is_not_ordered_set": s.ordered_set(wanted=False),
    "is_ordered_by": s.ordered_by(wanted=True),
    "is_not_ordered_by": s.ordered_by(wanted=False),
    "target_is_sorted_by": s.sorted_by(wanted=True),
    "target_is_not_sorted_by": s.sorted_by(wanted=False),
    "conformant_value_data_type": v.conformant("data_type", wanted=True),
    "non_conformant_value_data_type": v.conformant("data_type", wanted=False),
    "conformant_value_length": v.conformant("length", wanted=True),
    "non_conformant_value_length": v.conformant("length", wanted=False),
}

__all__ = ["OPERATORS", "Operator"]
