"""Conformance: open rules, given as data, run over the datasets of a study.

Document → `parse_rule` → `Rule`; datasets and what else is known → `Study`; `run_rules` → an outcome per rule and
dataset: passed, findings, or not run and why.
"""

from triallink.engines.conformance.agreement import Agreement, Trial, agreement
from triallink.engines.conformance.case import Expected, expected_of_text, study_of_texts
from triallink.engines.conformance.library import library_of_documents
from triallink.engines.conformance.operations import LICENSED, OPERATIONS
from triallink.engines.conformance.operators import OPERATORS
from triallink.engines.conformance.packages import terminology_of_texts
from triallink.engines.conformance.rowsets import ROW_SETS
from triallink.engines.conformance.rules import Rule, RuleMalformed, parse_rule
from triallink.engines.conformance.run import (
    UNSUPPORTED,
    DatasetOutcome,
    Finding,
    Reason,
    RuleOutcome,
    run_on,
    run_rule,
    run_rules,
    unsupported,
)
from triallink.engines.conformance.study import (
    Codelist,
    Define,
    Library,
    Study,
    Table,
    Terminology,
    ValueLevel,
    Variable,
)

__all__ = [
    "LICENSED",
    "OPERATIONS",
    "OPERATORS",
    "ROW_SETS",
    "UNSUPPORTED",
    "Agreement",
    "Codelist",
    "DatasetOutcome",
    "Define",
    "Expected",
    "Finding",
    "Library",
    "Reason",
    "Rule",
    "RuleMalformed",
    "RuleOutcome",
    "Study",
    "Table",
    "Terminology",
    "Trial",
    "ValueLevel",
    "Variable",
    "agreement",
    "expected_of_text",
    "library_of_documents",
    "parse_rule",
    "run_on",
    "run_rule",
    "run_rules",
    "study_of_texts",
    "terminology_of_texts",
    "unsupported",
]
