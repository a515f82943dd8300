"""The payment rules that the guide shows are rules the engine takes."""

import json
import re
from pathlib import Path

from triallink.engines.payment import Scenario, plan_of, simulate

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide" / "money.md"


def test_the_rules_in_the_guide_pay_what_they_say():
    data = json.loads(re.findall(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0])
    rules = [{name: value for name, value in rule.items() if name != "line"} for rule in data["rules"]]
    # What stands for the contract's milestones is replaced when the contract is known (payment_plan).
    rules = [{**rule, "base": ["start"]} if rule["kind"] == "quality" else rule for rule in rules]
    plan = plan_of({**data, "currency": "CNY", "rules": rules})
    assert [rule.kind for rule in plan.rules] == ["fixed", "unit", "target", "quality"]
    visits = plan.rules[1].fact
    scenario = Scenario(
        begin_on=plan.rules[2].by.replace(month=1, day=1), months=3, amounts={visits: 25, "enrollment_count": 50},
        single={"contract_signed": 1},
    )  # fmt: skip
    # Twenty visits at 4,000 and five at 3,600; all fifty subjects by the day.
    assert simulate(plan, scenario).total_minor == 5_000_000 + 20 * 400_000 + 5 * 360_000 + 3_000_000
