"""A contract as the payment engine sees it: its milestones and rules as a plan, its facts as occurrences.

`Contract.payment_rules` holds the engine's own data (`plan_as_data` without the currency); a rule may name a `line`,
which is then paid by that rule instead of by its milestones. The engine's word for a fact is the kind with its
parameters: "visit_report_signed" or 'visit_report_signed {"visit_kind": "interim"}'.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from triallink.domains.contracts.evidence import Fact, Requirement, facts_for, scope_of_contract
from triallink.domains.contracts.models import Contract, ContractLine, Milestone
from triallink.engines.payment import FixedRule, Occurrence, Plan, plan_as_data, plan_of

# The word for "any milestone accepted", for rules about quality.
ANY_MILESTONE = "milestones"


def word_of(kind: str, parameters: Mapping[str, Any]) -> str:
    """Return the engine's word for a kind of fact with its parameters."""
    return f"{kind} {json.dumps(dict(parameters), sort_keys=True)}" if parameters else kind


def requirement_of(word: str) -> Requirement:
    """Return the kind and parameters behind the engine's word."""
    kind, _, parameters = word.partition(" ")
    return Requirement(kind, json.loads(parameters) if parameters else {})


def milestone_word(milestone: Milestone) -> str:
    """Return the engine's word for one milestone being reached."""
    return f"milestone:{milestone.pk}"


def milestone_rule(milestone: Milestone) -> str:
    """Return the code of the rule that pays one milestone."""
    return f"M{milestone.pk}"


@dataclass(frozen=True)
class Agreed:
    """What was agreed on payment: the plan, and which rule and milestone belongs to which line."""

    plan: Plan
    milestones: dict[str, Milestone]  # by rule code
    lines: dict[str, ContractLine]  # by rule code


def lines_by_rule(contract: Contract) -> dict[str, int]:
    """Return the position of the line each rule pays instead of its milestones."""
    return {
        rule["code"]: rule["line"] for rule in contract.payment_rules.get("rules", []) if rule.get("line")
    }


def agreed_on(contract: Contract) -> Agreed:
    """Return the whole plan of a contract, its milestones among the rules; ValueError if the rules make no sense."""
    by_rule = lines_by_rule(contract)
    lines = {line.position: line for line in contract.lines.select_related("service", "request_line")}
    rows = contract.milestones.filter(is_removed=False).select_related("line__service")
    milestones = {milestone_rule(row): row for row in rows if row.line.position not in set(by_rule.values())}
    fixed = [
        FixedRule(code=code, fact=milestone_word(row), amount_minor=row.amount_minor)
        for code, row in milestones.items()
    ]
    stored = [
        # A share of "the milestones" is a share of what they pay, known only here.
        {**rule, "base": list(milestones)} if rule.get("base") == [ANY_MILESTONE] else dict(rule)
        for rule in contract.payment_rules.get("rules", [])
    ]
    for rule in stored:
        rule.pop("line", None)
    rest = {key: value for key, value in contract.payment_rules.items() if key != "rules"}
    own = plan_as_data(Plan(currency=contract.currency, rules=tuple(fixed)))
    plan = plan_of({**own, **rest, "rules": [*own["rules"], *stored]})
    of_rules = {code: lines[position] for code, position in by_rule.items() if position in lines}
    of_milestones = {code: row.line for code, row in milestones.items()}
    return Agreed(plan, milestones, {**of_milestones, **of_rules})


def occurrences_of(contract: Contract, agreed: Agreed) -> tuple[list[Occurrence], dict[str, Fact]]:
    """Return the facts of a contract as the engine takes them, and the tools' facts by key."""
    rows = list(_milestone_occurrences(contract))
    facts: dict[str, Fact] = {}
    words = {rule.fact for rule in agreed.plan.rules if rule.code not in agreed.milestones}
    for word in sorted(words - {ANY_MILESTONE}):
        asked = requirement_of(word)
        for fact in facts_for(asked.kind, scope_of_contract(contract), asked.parameters):
            facts[fact.key] = fact
            rows.append(Occurrence(fact.at.date(), fact.key, word, fact.quantity))
    return rows, facts


def _milestone_occurrences(contract: Contract) -> Iterator[Occurrence]:
    for row in contract.milestones.filter(is_removed=False, accepted_at__isnull=False):
        if row.is_reached:
            assert row.accepted_at is not None
            for word in (milestone_word(row), ANY_MILESTONE):
                yield Occurrence(
                    row.accepted_at.date(), milestone_word(row), word, is_first_time=row.is_first_time_right
                )
