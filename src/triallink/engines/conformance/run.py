"""Rules run: each on each dataset of its scope, with one of three outcomes and never a pass for what did not run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from triallink.engines.conformance.joins import joined
from triallink.engines.conformance.operations import LICENSED, OPERATIONS, InputMissing, Work
from triallink.engines.conformance.operators import OPERATORS
from triallink.engines.conformance.rowsets import ROW_SETS
from triallink.engines.conformance.rules import (
    Check,
    Condition,
    Every,
    Not,
    Rule,
    RuleMalformed,
    Some,
    conditions,
)
from triallink.engines.conformance.scope import applies
from triallink.engines.conformance.study import Study, Table
from triallink.engines.conformance.view import ROW, SOURCE, Same, VariableAbsent, View, text_of

Status = Literal["passed", "findings", "not_run"]
Why = Literal[
    "licensed_dictionary",
    "operator_unknown",
    "operation_unknown",
    "rule_type_unknown",
    "malformed",
    "input_missing",
    "variable_absent",
    "out_of_scope",
]
# Reasons that lie in the rule or this engine, whatever the study; the others lie in what the study has.
UNSUPPORTED: frozenset[Why] = frozenset(
    {"licensed_dictionary", "operator_unknown", "operation_unknown", "rule_type_unknown", "malformed"}
)
NOT_IN_DATASET = "Not in dataset"
STUDY = "STUDY"
OF_THE_STUDY = frozenset({"Domain Presence Check"})


@dataclass(frozen=True)
class Reason:
    """Why a rule did not run: a code, and what it is about."""

    why: Why
    about: str = ""

    def __str__(self) -> str:
        return f"{self.why}: {self.about}" if self.about else self.why


@dataclass(frozen=True)
class Finding:
    """One place where a rule is broken.

    record     number of the record in the dataset, from 1; None if the finding is about the dataset.
    variables  (name, value) pairs the rule reports; a variable the dataset has not is said to be not in it.
    """

    dataset: str
    record: int | None
    variables: tuple[tuple[str, str], ...]
    message: str


@dataclass(frozen=True)
class DatasetOutcome:
    """What became of a rule on one dataset."""

    dataset: str
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True)
class RuleOutcome:
    """What became of a rule: findings if there is one, passed if it ran somewhere, else not run and why."""

    rule_id: str
    datasets: tuple[DatasetOutcome, ...]
    reason: Reason | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings of all datasets."""
        return tuple(finding for each in self.datasets for finding in each.findings)

    @property
    def status(self) -> Status:
        """Return what became of the rule as a whole."""
        if any(each.status == "findings" for each in self.datasets):
            return "findings"
        return "passed" if any(each.status == "passed" for each in self.datasets) else "not_run"


def unsupported(rule: Rule) -> Reason | None:
    """Return why a rule cannot run on any study, None if it can on one that has what it needs."""
    if rule.rule_type not in ROW_SETS:
        return Reason("rule_type_unknown", rule.rule_type)
    for operation in rule.operations:
        if operation.operator in LICENSED:
            return Reason("licensed_dictionary", LICENSED[operation.operator])
        if operation.operator not in OPERATIONS:
            return Reason("operation_unknown", operation.operator)
    for condition in conditions(rule.check):
        if condition.operator not in OPERATORS:
            return Reason("operator_unknown", condition.operator)
    return None if rule.check is not None else Reason("malformed", "Check")


def run_rule(rule: Rule, study: Study) -> RuleOutcome:
    """Return what became of a rule on the datasets of a study.

    Returns  an outcome per dataset in scope; a rule that ran nowhere says why and is never said to have passed.
    Source   CDISC open rules; checked by its published results (tests/engines/conformance).
    """
    reason = unsupported(rule)
    if reason is not None:
        return RuleOutcome(rule.id, (), reason)
    tables = [table for table in study.tables if applies(rule, table)]
    outcomes = tuple(run_on(rule, study, table) for table in tables)
    if rule.rule_type in OF_THE_STUDY and outcomes:
        outcomes = _of_the_study(outcomes)
    if not outcomes:
        return RuleOutcome(rule.id, (), Reason("out_of_scope"))
    if all(each.status == "not_run" for each in outcomes):
        return RuleOutcome(rule.id, outcomes, outcomes[0].reason)
    return RuleOutcome(rule.id, outcomes)


def _of_the_study(outcomes: tuple[DatasetOutcome, ...]) -> tuple[DatasetOutcome, ...]:
    """Return one outcome for a rule about which datasets there are: it is about the study, not about a dataset."""
    worst = min(outcomes, key=lambda each: ("findings", "passed", "not_run").index(each.status))
    findings = tuple(replace(each, dataset=STUDY, record=None) for each in worst.findings[:1])
    return (replace(worst, dataset=STUDY, findings=findings),)


def run_rules(rules: Iterable[Rule], study: Study) -> tuple[RuleOutcome, ...]:
    """Return what became of each rule, in order."""
    return tuple(run_rule(rule, study) for rule in rules)


def run_on(rule: Rule, study: Study, table: Table) -> DatasetOutcome:
    """Return what became of a rule on one dataset."""
    try:
        view = ROW_SETS[rule.rule_type](study, table)
        view = joined(study, table, rule, view)
        for operation in rule.operations:
            found = OPERATIONS[operation.operator](Work(study, table, view), operation)
            view = view.with_results(found if isinstance(found, Mapping) else {operation.id: found})
        if rule.check is None or not view.height:
            return DatasetOutcome(table.name, "passed")
        broken, absent = evaluate(rule.check, view)
    except InputMissing as missing:
        return DatasetOutcome(table.name, "not_run", reason=Reason("input_missing", missing.what))
    except VariableAbsent as needed:
        return DatasetOutcome(table.name, "not_run", reason=Reason("variable_absent", needed.name))
    except (
        RuleMalformed,
        pl.exceptions.PolarsError,
    ) as error:  # a text where the rule needs a number, and the like
        return DatasetOutcome(table.name, "not_run", reason=Reason("malformed", str(error)))
    findings = _findings(rule, view, broken.fill_null(value=False), table)
    if not findings and broken.null_count():
        return DatasetOutcome(table.name, "not_run", reason=Reason("variable_absent", ", ".join(absent)))
    return DatasetOutcome(table.name, "findings" if findings else "passed", findings)


def evaluate(check: Check, view: View) -> tuple[pl.Series, tuple[str, ...]]:
    """Return where a check is true, and the variables that would decide but are not there.

    A condition about an absent variable is neither true nor false; whether that matters is decided as in the logic
    of three values, so that "exists and is empty" may name a variable the dataset has not.

    Returns  shape (rows,), Boolean; missing where an absent variable decides.
    """
    absent: dict[str, None] = {}
    return _evaluate(check, view, absent), tuple(absent)


def _evaluate(check: Check, view: View, absent: dict[str, None]) -> pl.Series:
    match check:
        case Condition():
            try:
                return OPERATORS[check.operator](view, check)
            except VariableAbsent as missing:
                absent[missing.name] = None
                return pl.Series([None], dtype=pl.Boolean).new_from_index(0, view.height)
        case Not(part):
            return ~_evaluate(part, view, absent)
        case Every(parts):
            return _together(parts, view, absent, all_of=True)
        case Some(parts):
            return _together(parts, view, absent, all_of=False)


def _for_all_variables(part: Check, view: View) -> tuple[Check, ...]:
    """Return a condition that is meant for all variables as one for each of them."""
    if isinstance(part, Condition) and str(part.options.get("variables") or "").lower() == "all":
        return tuple(replace(part, name=name) for name in view.names)
    return (part,)


def _together(parts: tuple[Check, ...], view: View, absent: dict[str, None], *, all_of: bool) -> pl.Series:
    if not parts:
        raise RuleMalformed("a group of conditions is empty")
    whole = pl.Series([all_of], dtype=pl.Boolean).new_from_index(0, view.height)
    for each in (each for part in parts for each in _for_all_variables(part, view)):
        answer = _evaluate(each, view, absent)
        whole = whole & answer if all_of else whole | answer
        # What can no longer change the answer is not looked at.
        decided = whole.null_count() == 0 and (not whole.any() if all_of else whole.all())
        if decided:
            break
    return whole


def _findings(rule: Rule, view: View, broken: pl.Series, table: Table) -> tuple[Finding, ...]:
    places = broken.arg_true()
    if not places.len():
        return ()
    if rule.sensitivity == "Group":
        places = _first_of_groups(rule, view, places)
    names = _reported(rule, view)
    columns = {name: _column(view, name, places) for name in names}
    message = rule.message.replace("--", view.prefix)
    if rule.sensitivity == "Dataset":
        shown = tuple((name, column[0]) for name, column in columns.items())
        return (Finding(table.name, None, shown, message),)
    sources = view.frame[SOURCE].gather(places)
    rows = view.frame[ROW].gather(places)
    found: dict[Finding, None] = {}
    for place, (source, row) in enumerate(zip(sources, rows, strict=True)):
        shown = tuple((name, column[place]) for name, column in columns.items())
        found[Finding(str(source), int(row), shown, message)] = None
    return tuple(found)


def _first_of_groups(rule: Rule, view: View, places: pl.Series) -> pl.Series:
    """Return the first broken row of every group."""
    names = rule.grouping_variables or tuple(
        name for operation in rule.operations for name in operation.options.get("group") or ()
    )
    groups = view.columns_of(list(names))
    if not groups:
        return places.head(1)
    kept = view.frame.select(groups)[places].with_columns(places.alias("\0place"))
    return kept.unique(groups, keep="first", maintain_order=True)["\0place"]


def _reported(rule: Rule, view: View) -> list[str]:
    """Return the variables a finding shows: those the rule names, else those its conditions are about."""
    words = rule.output_variables or tuple(each.name for each in conditions(rule.check))
    names = dict.fromkeys(view.written_out(word) for word in words if word)
    # A reported list of variable names brings those variables with it.
    for name in tuple(names):
        found = view.results.get(name)
        if isinstance(found, Same) and found.is_list:
            names.update(dict.fromkeys(each for each in found.value if each in view.frame.columns))
    return sorted(names)


def _column(view: View, name: str, places: pl.Series) -> list[str]:
    found = view.find(name)
    if found is None:
        return [NOT_IN_DATASET] * places.len()
    if isinstance(found, Same):
        return [_shown(list(found.value) if found.is_list else found.value)] * places.len()
    return [_shown(value) for value in found.series.gather(places).to_list()]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return str([text_of(each) if isinstance(each, float) else each for each in value])
    return text_of(value)
