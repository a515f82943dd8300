"""Small studies and rules for the tests of the conformance engine."""

from typing import Any

import polars as pl

from triallink.engines.conformance import Rule, RuleOutcome, Study, Table, Variable, parse_rule, run_rule


def table(name: str, columns: dict[str, list[Any]], *, label: str = "") -> Table:
    """Return a dataset; a column of numbers is Num, any other Char."""
    frame = pl.DataFrame(columns, strict=False)
    variables = tuple(
        Variable(each, label=f"Label of {each}", data_type="Num" if kind.is_numeric() else "Char")
        for each, kind in frame.schema.items()
    )
    return Table(name, label or f"Label of {name}", variables, frame, location=f"{name.lower()}.xpt")


def rule(
    check: Any,
    *,
    sensitivity: str = "Record",
    rule_type: str = "Record Data",
    output: list[str] | None = None,
    **parts: Any,
) -> Rule:
    """Return a rule of a check and other parts of a document, such as Scope and Operations."""
    document = {
        "Core": {"Id": "OWN-1"},
        "Sensitivity": sensitivity,
        "Rule Type": rule_type,
        "Check": check,
        "Outcome": {"Message": "--SEQ is wrong", "Output Variables": output},
        **{name.replace("_", " "): value for name, value in parts.items()},
    }
    return parse_rule(document)


def outcome(check: Any, *tables: Table, **parts: Any) -> RuleOutcome:
    """Return what becomes of a rule on a study of these datasets."""
    return run_rule(rule(check, **parts), Study(tables))


def broken(check: Any, columns: dict[str, list[Any]], **parts: Any) -> list[int | None]:
    """Return the records of AE that break a check."""
    return [finding.record for finding in outcome(check, table("AE", columns), **parts).findings]
