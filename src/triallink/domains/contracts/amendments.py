"""What a change order does to a contract, step by step, and how each step reads in both languages.

A step is plain data:

    {"op": "terms", "end_on": "2027-06-30", "acceptance_days": 10, "payment_days": 30}   any of the three
    {"op": "quantity", "line": 1, "quantity": "140", "unit_price_minor": 310000}
    {"op": "due", "milestone_id": 7, "due_on": "2027-01-31"}
    {"op": "add", "line": 1, "name": {"en": …, "zh": …}, "amount_minor": 500000, "due_on": "2027-03-01"}
    {"op": "remove", "milestone_id": 8}
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from triallink.domains.contracts.errors import BelowWhatIsReached, ChangeUnknown
from triallink.domains.contracts.models import OPEN_MILESTONES, Contract, ContractLine, Milestone
from triallink.kernel.money import Money

Sentence = dict[str, str]
Change = Mapping[str, Any]
CHANGEABLE = ("planned", "due", "returned")
TERM_RANGES = {"acceptance_days": (1, 60), "payment_days": (0, 180)}
MOST_MILESTONES = 60


def apply(contract: Contract, changes: Sequence[Change]) -> list[Sentence]:
    """Change the contract's rows and return what was done, in both languages. The caller owns the transaction.

    Refuses: ChangeUnknown, BelowWhatIsReached.
    """
    if not changes:
        raise ChangeUnknown(field="changes", what="–")
    said = []
    for change in changes:
        step = STEPS.get(change.get("op", ""))
        if step is None:
            raise ChangeUnknown(field="changes", what=str(change.get("op", "")))
        try:
            said += step(contract, change)
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise ChangeUnknown(field="changes", what=f"{change.get('op')}: {error}") from error
    contract.total_minor = sum(line.amount_minor for line in contract.lines.all()) + _beside(contract)
    contract.save()
    return said


def _beside(contract: Contract) -> int:
    """Return the part of the total that no line carries; it stays as it was signed."""
    signed = contract.content
    return int(signed["total_minor"]) - sum(line["amount_minor"] for line in signed["lines"])


def _terms(contract: Contract, change: Change) -> list[Sentence]:
    said = []
    if change.get("end_on"):
        before, contract.end_on = contract.end_on, dt.date.fromisoformat(change["end_on"])
        was = before.isoformat() if before else "–"
        said.append({"en": f"End: {was} → {contract.end_on}", "zh": f"结束日期：{was} → {contract.end_on}"})
    words = {
        "acceptance_days": ("Working days to accept", "验收工作日"),
        "payment_days": ("Days to pay", "付款天数"),
    }
    for name, (low, high) in TERM_RANGES.items():
        if change.get(name) is None:
            continue
        before_days, days = getattr(contract, name), int(change[name])
        if not low <= days <= high:
            raise ValueError(f"{name} from {low} to {high}")
        setattr(contract, name, days)
        en, zh = words[name]
        said.append({"en": f"{en}: {before_days} → {days}", "zh": f"{zh}:{before_days} → {days}"})
    if not said:
        raise ValueError("terms")
    return said


def _quantity(contract: Contract, change: Change) -> list[Sentence]:
    line = _line(contract, change)
    quantity, price = Decimal(str(change["quantity"])), int(change["unit_price_minor"])
    if quantity <= 0 or price < 0:
        raise ValueError(f"{quantity} × {price}")
    before = (line.quantity, line.unit_price_minor, line.amount_minor)
    line.quantity, line.unit_price_minor = quantity, price
    _worth(line, Money(price, contract.currency).times(quantity).minor)
    _move_cap(contract, line, before[2])
    name_en, name_zh = _names(line.service.name)
    was = f"{before[0].normalize():f} × {_money(contract, before[1])} = {_money(contract, before[2])}"
    now = f"{quantity.normalize():f} × {_money(contract, price)} = {_money(contract, line.amount_minor)}"
    return [{"en": f"{name_en}: {was} → {now}", "zh": f"{name_zh}:{was} → {now}"}]


def _due(contract: Contract, change: Change) -> list[Sentence]:
    milestone = _milestone(contract, change)
    before, milestone.due_on = milestone.due_on, dt.date.fromisoformat(change["due_on"])
    milestone.save(update_fields=["due_on"])
    name_en, name_zh = _names(milestone.name)
    was = before.isoformat() if before else "–"
    return [
        {
            "en": f"{name_en}: due {was} → {milestone.due_on}",
            "zh": f"{name_zh}:应完成日期 {was} → {milestone.due_on}",
        }
    ]


def _add(contract: Contract, change: Change) -> list[Sentence]:
    line = _line(contract, change)
    amount = int(change["amount_minor"])
    name = {key: str(change["name"].get(key, "")).strip()[:160] for key in ("en", "zh")}
    count = line.milestones.count()
    if amount <= 0 or not any(name.values()) or count >= MOST_MILESTONES:
        raise ValueError(f"{name} {amount}")
    before, line.amount_minor = line.amount_minor, line.amount_minor + amount
    line.save(update_fields=["amount_minor"])
    Milestone.objects.create(
        contract=contract,
        line=line,
        position=count + 1,
        code=f"A{count + 1}",
        name=name,
        share_percent=max(1, min(100, round(100 * amount / line.amount_minor))),
        amount_minor=amount,
        due_on=dt.date.fromisoformat(change["due_on"]) if change.get("due_on") else None,
    )
    _move_cap(contract, line, before)
    name_en, name_zh = _names(name)
    worth = _money(contract, amount)
    return [{"en": f"New milestone {name_en}: {worth}", "zh": f"新增里程碑 {name_zh}:{worth}"}]


def _remove(contract: Contract, change: Change) -> list[Sentence]:
    milestone = _milestone(contract, change)
    line = milestone.line
    milestone.is_removed = True
    milestone.state = "cancelled"
    milestone.save(update_fields=["is_removed", "state"])
    before, line.amount_minor = line.amount_minor, line.amount_minor - milestone.amount_minor
    line.save(update_fields=["amount_minor"])
    _move_cap(contract, line, before)
    name_en, name_zh = _names(milestone.name)
    worth = _money(contract, milestone.amount_minor)
    return [{"en": f"Without milestone {name_en}: −{worth}", "zh": f"取消里程碑 {name_zh}:−{worth}"}]


STEPS: dict[str, Callable[[Contract, Change], list[Sentence]]] = {
    "terms": _terms,
    "quantity": _quantity,
    "due": _due,
    "add": _add,
    "remove": _remove,
}


def _worth(line: ContractLine, amount_minor: int) -> None:
    """Make a line worth an amount: what is reached or handed in stays, the rest shares what is left."""
    rows = list(line.milestones.filter(is_removed=False).order_by("position"))
    open_rows = [row for row in rows if row.state in CHANGEABLE]
    left = amount_minor - sum(row.amount_minor for row in rows if row not in open_rows)
    if left < 0 or (left and not open_rows):
        raise BelowWhatIsReached(field="changes")
    if open_rows:
        parts = Money(left, line.contract.currency).shares([row.share_percent for row in open_rows])
        for row, part in zip(open_rows, parts, strict=True):
            row.amount_minor = part.minor
        Milestone.objects.bulk_update(open_rows, ["amount_minor"])
    line.amount_minor = amount_minor
    line.save(update_fields=["quantity", "unit_price_minor", "amount_minor"])


def _move_cap(contract: Contract, line: ContractLine, before_minor: int) -> None:
    """Let the cap of a line paid by units follow the line's worth."""
    for rule in contract.payment_rules.get("rules", []):
        if rule.get("line") == line.position and rule.get("cap_minor") == before_minor:
            rule["cap_minor"] = line.amount_minor


def _line(contract: Contract, change: Change) -> ContractLine:
    found = contract.lines.select_related("service", "contract").filter(position=int(change["line"])).first()
    if found is None:
        raise ValueError(f"line {change['line']}")
    return found


def _milestone(contract: Contract, change: Change) -> Milestone:
    found = (
        contract.milestones.select_related("line")
        .filter(pk=int(change["milestone_id"]), is_removed=False)
        .first()
    )
    if found is None or found.state not in OPEN_MILESTONES or found.state not in CHANGEABLE:
        raise ValueError(f"milestone {change['milestone_id']}")
    return found


def _names(pair: Mapping[str, str]) -> tuple[str, str]:
    return (pair.get("en") or pair.get("zh", ""), pair.get("zh") or pair.get("en", ""))


def _money(contract: Contract, minor: int) -> str:
    return f"{contract.currency} {Money(minor, contract.currency).amount:,}"
