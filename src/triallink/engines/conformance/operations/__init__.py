"""The vocabulary of operations: every operation of the open rules schema by its name, and those that cannot run."""

from collections.abc import Mapping

import polars as pl

from triallink.engines.conformance.operations import structure as s
from triallink.engines.conformance.operations import terminology as t
from triallink.engines.conformance.operations import values as v
from triallink.engines.conformance.operations.work import InputMissing, Performer, Work

OPERATIONS: Mapping[str, Performer] = {
    "distinct": v.distinct,
    "record_count": v.record_count,
    "max": v.extreme(pl.Expr.max),
    "min": v.extreme(pl.Expr.min),
    "mean": v.extreme(pl.Expr.mean),
    "max_date": v.date_extreme(latest=True),
    "min_date": v.date_extreme(latest=False),
    "dy": v.day,
    "map": v.lookup,
    "minus": v.minus,
    "split_by": v.split_by,
    "variable_value_count": v.value_count,
    "study_domains": s.study_domains,
    "dataset_names": s.dataset_names,
    "domain_is_custom": s.domain_is_custom,
    "related_domain_is_custom": s.related_domain_is_custom,
    "domain_label": s.domain_label,
    "standard_domains": s.standard_domains,
    "get_library_class_domains": s.class_domains,
    "extract_metadata": s.extract_metadata,
    "variable_exists": s.variable_exists,
    "variable_is_null": s.variable_is_null,
    "variable_count": s.variable_count,
    "get_column_order_from_dataset": s.dataset_columns,
    "expected_variables": s.by_core("Exp"),
    "required_variables": s.by_core("Req"),
    "required_expected_variables": s.by_core("Req", "Exp"),
    "permissible_variables": s.by_core("Perm"),
    "variable_names": s.all_variable_names,
    "get_column_order_from_library": s.guide_columns,
    "get_model_column_order": s.model_columns,
    "get_model_filtered_variables": s.model_columns,
    "get_parent_model_column_order": s.parent_model_columns,
    "get_dataset_filtered_variables": s.dataset_columns_like,
    "label_referenced_variable_metadata": s.referenced_by("label"),
    "name_referenced_variable_metadata": s.referenced_by("name"),
    "define_variable_metadata": s.define_attribute,
    "valid_codelist_dates": t.package_dates,
    "codelist_terms": t.terms,
    "codelist_extensible": t.extensible,
    "get_codelist_attributes": t.attributes,
    "define_extensible_codelists": t.extensible_terms,
}

# Operations that look a term up in a dictionary its owner licenses; the project neither has nor ships one.
LICENSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "valid_meddra_code_references",
            "valid_meddra_code_term_pairs",
            "valid_meddra_term_references",
        ),
        "MedDRA",
    ),
    **dict.fromkeys(("valid_whodrug_references", "whodrug_code_hierarchy"), "WHODrug"),
    **dict.fromkeys(
        (
            "valid_define_external_dictionary_version",
            "valid_external_dictionary_value",
            "valid_external_dictionary_code",
            "valid_external_dictionary_code_term_pair",
        ),
        "an external dictionary",
    ),
}

__all__ = ["LICENSED", "OPERATIONS", "InputMissing", "Performer", "Work"]
