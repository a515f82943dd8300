"""From facts to money: payables, each once per fact, and their way out of the escrow."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from triallink.domains.contracts.access import contract_to_change, locked_contract
from triallink.domains.contracts.errors import PaymentRulesInvalid, WrongState
from triallink.domains.contracts.events import (
    ContractFunded,
    PayablesCreated,
    PayablesPaid,
    PaymentRulesChanged,
)
from triallink.domains.contracts.evidence import Fact, checked
from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    Contract,
    ContractLine,
    Milestone,
    Payable,
    Payment,
    RetentionPayment,
)
from triallink.domains.contracts.payment_plan import (
    ANY_MILESTONE,
    Agreed,
    agreed_on,
    lines_by_rule,
    occurrences_of,
    requirement_of,
)
from triallink.domains.contracts.services.deliverables import move_milestone
from triallink.domains.ledger import services as ledger
from triallink.domains.ledger.errors import InsufficientFunds
from triallink.domains.ledger.models import Escrow
from triallink.engines.payment import Paid, Part, settle
from triallink.engines.payment.rules import PLAN_FLOOR
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money

LIVE = ("signed", "suspended", "expired")


@transaction.atomic
def set_payment_rules(
    *, contract_id: int, rules: dict[str, Any], by: Actor, clock: Clock = system_clock
) -> Contract:
    """Say how a draft pays beside its milestones; {} pays the milestones only.

    rules  {"rules": [...], "cap_minor", "floor_minor", "retention_percent"}, see payment_plan.py.
    Refuses: NotFound, NotAllowed, WrongState, PaymentRulesInvalid, FactKindUnknown, FactParameterUnknown.
    Emits: PaymentRulesChanged.
    """
    contract = contract_to_change(contract_id, by=by)
    if contract.state != "draft":
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    before, contract.payment_rules = contract.payment_rules, rules
    try:
        agreed = agreed_on(contract)
        words = {rule.fact for rule in agreed.plan.rules if rule.code not in agreed.milestones}
        checked(requirement_of(word) for word in words - {ANY_MILESTONE})
        positions = set(lines_by_rule(contract).values())
    except (ValueError, TypeError, KeyError) as error:
        raise PaymentRulesInvalid(field="rules", why=str(error)) from error
    if not positions <= set(contract.lines.values_list("position", flat=True)):
        raise PaymentRulesInvalid(field="rules", why=f"lines {sorted(positions)}")
    contract.save(update_fields=["payment_rules"])
    record(
        PaymentRulesChanged(contract_id=contract.pk),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        change={"payment_rules": [before, rules]},
        clock=clock,
    )
    return contract


@transaction.atomic
def fund_contract(
    *, contract_id: int, amount_minor: int, key: str, by: Actor, clock: Clock = system_clock
) -> Contract:
    """Put the buyer's available funds into the contract's escrow; what waited for money is paid at once.

    key  of this wish: the same key again moves nothing.
    Refuses: NotFound, NotAllowed, WrongState, AmountNotPositive, InsufficientFunds, KeyReused, PeriodClosed.
    Emits: ContractFunded.
    """
    contract = locked_contract(contract_id, to=by)
    if contract.state not in LIVE:
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    ledger.fund_escrow(
        about=about(contract),
        payer_id=contract.buyer_id,
        amount=Money(amount_minor, contract.currency),
        key=f"contract:{contract.pk}:{key}",
        reason=contract.reference,
        by=by,
        clock=clock,
    )
    pay_payables(contract_id=contract.pk, clock=clock)
    record(
        ContractFunded(contract_id=contract.pk, amount_minor=amount_minor),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        change={"funded": [None, amount_minor]},
        clock=clock,
    )
    return contract


@transaction.atomic
def collect_payables(
    *, contract_id: int, is_closing: bool = False, by: Actor = SYSTEM, clock: Clock = system_clock
) -> list[Payable]:
    """Write down what the facts there are now make payable and is not written down yet.

    Whoever tells of a fact may call this as often as it likes: each fact is owed once (unique key), and what is
    not owed any more is taken back by a new row.
    Refuses: nothing; a contract that is not in force owes nothing new.
    Emits: PayablesCreated.
    """
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    if contract.state != "signed" and not is_closing:
        return []
    agreed = agreed_on(contract)
    occurrences, facts = occurrences_of(contract, agreed)
    codes = {rule.code for rule in agreed.plan.rules} | {PLAN_FLOOR}
    paid = [
        Paid(row.rule, row.fact_key, row.amount_minor)
        for row in contract.payables.filter(rule__in=codes).order_by("id")
    ]
    new = settle(agreed.plan, occurrences, as_of=clock.now().date(), is_closing=is_closing, paid=paid).new
    made = Payable.objects.bulk_create(_payable(contract, part, agreed, facts, clock) for part in new)
    for milestone in {row.milestone for row in made if row.milestone is not None}:
        _owe(milestone)
    if made:
        record(
            PayablesCreated(
                contract_id=contract.pk,
                count=len(made),
                amount_minor=sum(row.amount_minor for row in made),
            ),
            by=by,
            about=("contract", contract.pk),
            study_id=contract.study_id,
            organization_id=contract.buyer_id,
            change={"payable": [None, [row.fact_key for row in made[:20]]]},
            clock=clock,
        )
    return made


def collect_by_facts(*, study_id: int | None = None, clock: Clock = system_clock) -> int:
    """Collect and pay for every contract in force whose rules pay by facts, of one study or of all; return how many.

    A tool calls this with its study when a fact of it becomes true; a job does it for all every ten minutes.
    """
    live = Contract.objects.filter(state="signed").exclude(payment_rules={})
    if study_id is not None:
        live = live.filter(study_id=study_id)
    found = list(live.values_list("pk", flat=True))
    for contract_id in found:
        with transaction.atomic():
            collect_payables(contract_id=contract_id, clock=clock)
            pay_payables(contract_id=contract_id, clock=clock)
    return len(found)


@transaction.atomic
def add_payable(
    *,
    contract: Contract,
    rule: str,
    fact_key: str,
    amount_minor: int,
    template: str,
    title: dict[str, str],
    milestone: Milestone | None = None,
    clock: Clock,
) -> Payable:
    """Write down an amount the sides agreed on beside the rules: a settlement, work in progress. No event of its own."""
    shown = f"{contract.currency} {Money(amount_minor, contract.currency).amount:,}"
    return Payable.objects.create(
        contract=contract,
        milestone=milestone,
        rule=rule,
        fact_key=fact_key,
        amount_minor=amount_minor,
        template=template,
        params={"amount": shown},
        title=title,
        url=f"/contracts/{contract.pk}/",
        at=clock.now(),
    )


@transaction.atomic
def pay_payables(*, contract_id: int, by: Actor = SYSTEM, clock: Clock = system_clock) -> int:
    """Pay what is owed from the escrow, oldest first, as far as its money goes; return how many were paid.

    What was taken back is settled against the payments that follow it.
    Refuses: nothing; without money the rest waits.
    Emits: PayablesPaid.
    """
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    waiting = list(
        contract.payables.filter(payment__isnull=True)
        .select_related("milestone__line__service", "contract")
        .order_by("id")
    )
    if not waiting or not Escrow.objects.filter(about_kind="contract", about_id=contract.pk).exists():
        return 0
    lines = agreed_on(contract).lines
    taken_back = [row for row in waiting if row.amount_minor < 0]
    paid: list[Payable] = []
    for row in waiting:
        if row.amount_minor < 0:
            continue
        settled = _settled_against(row, taken_back)
        try:
            with transaction.atomic():
                _pay(row, -sum(_net(one) for one in settled), lines.get(row.rule), clock)
        except InsufficientFunds:
            break
        for one in settled:
            taken_back.remove(one)
            Payment.objects.create(payable=one, paid_minor=0, offset_minor=-_net(one), at=clock.now())
        paid += [row, *settled]
    _milestones_paid(paid)
    if paid:
        record(
            PayablesPaid(
                contract_id=contract.pk, count=len(paid), amount_minor=sum(_net(row) for row in paid)
            ),
            by=by,
            about=("contract", contract.pk),
            study_id=contract.study_id,
            organization_id=contract.buyer_id,
            change={"paid": [None, [row.fact_key for row in paid[:20]]]},
            clock=clock,
        )
    return len(paid)


@transaction.atomic
def pay_retention(*, contract: Contract, clock: Clock) -> int:
    """Pay what was kept back, less what is still to be taken back; return what the suppliers get. No event of its own."""
    unsettled = list(contract.payables.filter(amount_minor__lt=0, payment__isnull=True).order_by("id"))
    less = -sum(row.retained_minor for row in contract.payables.filter(retained_minor__lt=0))
    less += -sum(_net(row) for row in unsettled)
    kept = contract.payables.filter(
        retained_minor__gt=0, payment__isnull=False, retention_payment__isnull=True
    )
    released = 0
    for row in kept.select_related("payment").order_by("id"):
        back = min(less, row.retained_minor)
        less -= back
        released += row.retained_minor - back
        _pay_retained(contract, row, back, clock)
    if not less:
        for row in unsettled:
            Payment.objects.create(payable=row, paid_minor=0, offset_minor=-_net(row), at=clock.now())
    return released


def about(contract: Contract) -> tuple[str, int]:
    """Return how the ledger names a contract's escrow."""
    return ("contract", contract.pk)


def _payable(contract: Contract, part: Part, agreed: Agreed, facts: dict[str, Fact], clock: Clock) -> Payable:
    milestone = agreed.milestones.get(part.rule)
    fact = facts.get(part.key.partition("~")[0])
    return Payable(
        contract=contract,
        milestone=milestone,
        rule=part.rule,
        fact_key=part.key,
        amount_minor=part.amount_minor,
        retained_minor=part.retained_minor,
        template=part.template,
        params=part.params,
        title=milestone.name if milestone else fact.title if fact else {"en": part.rule, "zh": part.rule},
        url=fact.url if fact else f"/contracts/{contract.pk}/milestones/",
        at=clock.now(),
    )


def _net(row: Payable) -> int:
    return row.amount_minor - row.retained_minor


def _settled_against(row: Payable, taken_back: Iterable[Payable]) -> list[Payable]:
    """Return what can be settled whole against one payment, oldest first."""
    room, found = _net(row), []
    for one in taken_back:
        if -_net(one) > room:
            break
        room += _net(one)
        found.append(one)
    return found


def _pay(row: Payable, offset_minor: int, line: ContractLine | None, clock: Clock) -> None:
    contract, part = row.contract, f"payable:{row.pk}"
    paid = _net(row) - offset_minor
    names: dict[str, Any] = {"about": about(contract), "by": SYSTEM, "clock": clock}
    if row.retained_minor:
        # What is kept back must be found again by its payable, so it goes through a hold of its own.
        ledger.hold_from_escrow(
            part=part, amount=Money(paid + row.retained_minor, contract.currency), key=f"{part}:hold", **names
        )
    shares = []
    for organization_id, own, kept in _split(contract, line, paid, row.retained_minor):
        posting_id = None
        if own:
            posting_id = ledger.release(
                payee_id=organization_id,
                amount=Money(own, contract.currency),
                part=part if row.retained_minor else "",
                retained=Money(kept, contract.currency) if kept else None,
                service=line.service.code if line else "",
                key=f"{part}:{organization_id}",
                reason=contract.reference,
                **names,
            ).pk
        elif kept:
            posting_id = ledger.retain(
                part=part,
                amount=Money(kept, contract.currency),
                key=f"{part}:{organization_id}",
                reason=contract.reference,
                **names,
            ).pk
        shares.append(
            {
                "organization_id": organization_id,
                "paid_minor": own,
                "retained_minor": kept,
                "posting_id": posting_id,
            }
        )
    Payment.objects.create(
        payable=row, paid_minor=paid, offset_minor=offset_minor, shares=shares, at=clock.now()
    )


def _split(
    contract: Contract, line: ContractLine | None, paid: int, retained: int
) -> list[tuple[int, int, int]]:
    """Return what each supplier gets and leaves behind: a coalition by its shares of the line."""
    shares = line.shares if line is not None and line.shares else []
    if not shares:
        return [(contract.supplier_id, paid, retained)]
    weights = [share["percent"] for share in shares]
    own = Money(paid, contract.currency).shares(weights)
    kept = Money(retained, contract.currency).shares(weights)
    return [
        (share["organization_id"], mine.minor, rest.minor)
        for share, mine, rest in zip(shares, own, kept, strict=True)
    ]


def _pay_retained(contract: Contract, row: Payable, back: int, clock: Clock) -> None:
    part = f"payable:{row.pk}"
    names: dict[str, Any] = {"about": about(contract), "part": part, "by": SYSTEM, "clock": clock}
    if back:
        ledger.refund(
            amount=Money(back, contract.currency),
            key=f"{part}:back",
            reason=contract.reference,
            **names,
        )
    shares = []
    for share in row.payment.shares:
        less = min(back, share["retained_minor"])
        back -= less
        own = share["retained_minor"] - less
        posting_id = None
        if own:
            posting_id = ledger.release_retention(
                payee_id=share["organization_id"],
                amount=Money(own, contract.currency),
                key=f"{part}:{share['organization_id']}:retention",
                reason=contract.reference,
                **names,
            ).pk
        shares.append(
            {"organization_id": share["organization_id"], "paid_minor": own, "posting_id": posting_id}
        )
    released = sum(share["paid_minor"] for share in shares)
    RetentionPayment.objects.create(
        payable=row,
        released_minor=released,
        refunded_minor=row.retained_minor - released,
        shares=shares,
        at=clock.now(),
    )


def _owe(milestone: Milestone) -> None:
    milestone.refresh_from_db(fields=["state"])
    if milestone.state in ("accepted", "deemed_accepted"):
        move_milestone(milestone, "payable")
        milestone.save(update_fields=["state"])


def _milestones_paid(rows: Iterable[Payable]) -> None:
    for milestone in {row.milestone for row in rows if row.milestone is not None}:
        milestone.refresh_from_db(fields=["state"])
        is_open = milestone.payables.filter(payment__isnull=True).exists()
        if milestone.state == "payable" and not is_open:
            move_milestone(milestone, "paid")
            milestone.save(update_fields=["state"])
