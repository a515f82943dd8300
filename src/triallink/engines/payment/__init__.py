"""What a contract pays: rules as data, an interpreter that explains every amount, and scenarios before signing."""

from triallink.engines.payment.rules import (
    FixedRule,
    Plan,
    QualityRule,
    Rule,
    Step,
    TargetRule,
    Tier,
    UnitRule,
    highest,
    plan_as_data,
    plan_of,
)
from triallink.engines.payment.scenario import Point, Scenario, Simulation, simulate
from triallink.engines.payment.settlement import Occurrence, Paid, Part, Settlement, settle

__all__ = [
    "FixedRule",
    "Occurrence",
    "Paid",
    "Part",
    "Plan",
    "Point",
    "QualityRule",
    "Rule",
    "Scenario",
    "Settlement",
    "Simulation",
    "Step",
    "TargetRule",
    "Tier",
    "UnitRule",
    "highest",
    "plan_as_data",
    "plan_of",
    "settle",
    "simulate",
]
