"""Steps of a contract at work: money put aside, work handed in, returned and accepted; and a direct purchase."""

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from typing import Any

from triallink.demo.stage import Stage, Work
from triallink.demo.tales.judging import award, contract_of, judge
from triallink.demo.tales.open import PAYMENT
from triallink.domains.contracts import services
from triallink.domains.contracts.models import Contract, Milestone
from triallink.domains.ledger.selectors import available_funds
from triallink.domains.marketplace.services.invitations import invite_suppliers
from triallink.domains.marketplace.services.requests import close_early
from triallink.domains.marketplace.services.terms import RequestTerms

REPORT = "Demonstration file: report of the work done. 演示文件：工作报告。\n"
REASONS = "Two visit dates do not match the log; page 3 lacks the investigator's initials. 两处访视日期与日志不符，第3页缺研究者签字。"
Rules = Callable[[Contract], dict[str, Any]]


def quality(contract: Contract) -> dict[str, Any]:
    """Return rules with a bonus for work that is right at the first submission."""
    rule = {
        "kind": "quality", "code": "quality", "fact": "milestones", "base": ["milestones"],
        "good_percent": 90, "bonus_percent": 3,
    }  # fmt: skip
    return {"rules": [rule], "retention_percent": 5}


def by_the_hour(contract: Contract) -> dict[str, Any]:
    """Return rules that pay the first line by approved hours, never more than agreed."""
    line = contract.lines.get(position=1)
    rule = {
        "kind": "unit", "code": "hours", "fact": "timesheet_approved", "line": 1,
        "price_minor": line.unit_price_minor, "cap_minor": line.amount_minor,
    }  # fmt: skip
    return {"rules": [rule], "retention_percent": 5}


def buy_directly(
    stage: Stage,
    buyer: str,
    seller: str,
    title: dict[str, str],
    work: Work,
    *,
    begun: float,
    study: str,
    rules: Rules | None = None,
    ends: float | None = None,
) -> Generator[dt.datetime, None, Contract]:
    """Buy from one supplier without a contest, and let both sign; five days later the contract is in force."""
    yield stage.ago(begun)
    terms = RequestTerms(
        title=title,
        payment_terms=PAYMENT,
        procedure="direct",
        bids_due_at=stage.ago(begun - 10),
        standstill_days=0,
    )
    request = stage.draft(buyer, terms, (work,), study=study)
    invited = stage.who(seller).own_organization_id
    invite_suppliers(
        request_id=request.pk, organization_ids=[invited], by=stage.who(buyer), clock=stage.clock
    )
    stage.publish(request, buyer)
    yield stage.ago(begun - 2)
    stage.bid(request, seller, 1.0, staff=True)
    yield stage.ago(begun - 3)
    close_early(request_id=request.pk, by=stage.who(buyer), clock=stage.clock)
    request.refresh_from_db()
    judge(stage, request, buyer)
    made = award(stage, request, buyer, seller)
    yield stage.ago(begun - 4)
    contract = contract_of(stage, made, buyer)
    if rules is not None:
        services.set_payment_rules(
            contract_id=contract.pk, rules=rules(contract), by=stage.who(buyer), clock=stage.clock
        )
    if ends is not None:
        services.change_terms(
            contract_id=contract.pk, acceptance_days=contract.acceptance_days, payment_days=contract.payment_days,
            special_terms=contract.special_terms, start_on=stage.ago(begun).date(), end_on=stage.ago(ends).date(),
            by=stage.who(buyer), clock=stage.clock,
        )  # fmt: skip
    services.offer_contract(contract_id=contract.pk, by=stage.who(buyer), clock=stage.clock)
    yield stage.ago(begun - 5)
    sign(stage, contract, seller, "shen" if buyer == "lin" else buyer)
    return contract


def sign(stage: Stage, contract: Contract, *people: str) -> None:
    """Let people sign a contract, in order."""
    for person in people:
        services.sign_contract(
            contract_id=contract.pk, secret=stage.password, by=stage.who(person), clock=stage.clock
        )


def fund(stage: Stage, contract: Contract, buyer: str, percent: int = 100) -> None:
    """Put a share of the contract's worth into escrow, as far as the buyer's money at the platform goes."""
    contract.refresh_from_db()
    have = available_funds(contract.buyer_id, contract.currency).minor
    amount = min(contract.total_minor * percent // 100, have)
    assert amount > 0, f"{buyer} has no money for {contract} at {stage.clock.now()}"
    services.fund_contract(
        contract_id=contract.pk,
        amount_minor=amount,
        key=f"demo:{contract.reference}:{percent}",
        by=stage.who(buyer),
        clock=stage.clock,
    )


def milestones(contract: Contract, line: int | None = None) -> list[Milestone]:
    """Return the milestones of a contract, or of one of its lines, in order."""
    rows = contract.milestones.filter(is_removed=False).order_by("line__position", "position")
    return list(rows if line is None else rows.filter(line__position=line))


def hand_in(stage: Stage, milestone: Milestone, seller: str, note: str = "") -> None:
    """Upload a report and submit the milestone."""
    services.upload_deliverable(
        milestone_id=milestone.pk,
        name="Report 报告",
        content=f"{REPORT}{milestone.code} {stage.clock.now():%Y-%m-%d}\n".encode(),
        file_name=f"{milestone.contract.reference}-{milestone.code}.txt",
        media_type="text/plain",
        by=stage.who(seller),
        clock=stage.clock,
    )
    services.submit_milestone(milestone_id=milestone.pk, note=note, by=stage.who(seller), clock=stage.clock)


def accept(stage: Stage, milestone: Milestone, buyer: str) -> None:
    """Accept a submitted milestone; what it is worth is paid from the escrow."""
    services.accept_milestone(
        milestone_id=milestone.pk, secret=stage.password, by=stage.who(buyer), clock=stage.clock
    )


def give_back(stage: Stage, milestone: Milestone, buyer: str) -> None:
    """Return a submitted milestone."""
    services.return_milestone(
        milestone_id=milestone.pk, reasons=REASONS, by=stage.who(buyer), clock=stage.clock
    )


def change_order(
    stage: Stage,
    contract: Contract,
    by: str,
    changes: Sequence[dict[str, Any]],
    reason: str,
    signers: Sequence[str],
) -> None:
    """Propose a change and let people sign it; with the last party's signature it is in force."""
    order = services.propose_change_order(
        contract_id=contract.pk, changes=changes, reason=reason, by=stage.who(by), clock=stage.clock
    )
    for person in signers:
        services.sign_change_order(
            change_order_id=order.pk, secret=stage.password, by=stage.who(person), clock=stage.clock
        )


def rate(stage: Stage, contract: Contract, by: str, stars: int, text: str) -> None:
    """Rate the other side of an ended contract."""
    actor = stage.who(by)
    is_buyer = actor.own_organization_id == contract.buyer_id
    services.rate_contract(
        contract_id=contract.pk,
        ratee_id=contract.supplier_id if is_buyer else contract.buyer_id,
        stars=stars,
        text=text,
        by=actor,
        clock=stage.clock,
    )
