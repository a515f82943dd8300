"""How a contract pauses and ends: suspension, completion, early termination with what the work is worth, expiry."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext

from triallink.domains.contracts.access import (
    contract_to_change,
    locked_contract,
    termination_for,
)
from triallink.domains.contracts.errors import (
    DisputeStillOpen,
    FundsMissing,
    MilestonesOpen,
    ReasonMissing,
    TerminationWrongState,
    ValuationInvalid,
    WrongState,
)
from triallink.domains.contracts.events import (
    ContractCompleted,
    ContractExpired,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    TerminationAnswered,
    TerminationProposed,
)
from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    OPEN_MILESTONES,
    TERMINATION_STATES,
    Contract,
    Milestone,
    Suspension,
    Termination,
)
from triallink.domains.contracts.payment_plan import lines_by_rule
from triallink.domains.contracts.services.payments import (
    about,
    add_payable,
    collect_payables,
    pay_payables,
    pay_retention,
)
from triallink.domains.contracts.services.records import keep_line_records
from triallink.domains.contracts.services.signing import move
from triallink.domains.ledger.models import Escrow
from triallink.domains.ledger.selectors import escrow_of
from triallink.domains.ledger.services import refund
from triallink.foundation.record import record
from triallink.foundation.signatures import content_hash, sign
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, NotAllowed, NotFound
from triallink.kernel.workdays import add_working_days, is_working_day

ENDABLE = ("signed", "suspended", "expired")


@transaction.atomic
def suspend_contract(*, contract_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Contract:
    """Put the work on hold; days to answer stand still.

    Refuses: NotFound, NotAllowed, WrongState, ReasonMissing.
    Emits: ContractSuspended.
    """
    contract = contract_to_change(contract_id, by=by)
    move(contract, "suspended")
    if not why.strip():
        raise ReasonMissing(field="why")
    contract.save(update_fields=["state"])
    Suspension.objects.create(
        contract=contract, reason=why.strip(), begun_at=clock.now(), begun_by_id=by.person_id
    )
    record(
        ContractSuspended(contract_id=contract.pk, organization_id=by.own_organization_id),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        why=why.strip(),
        change={"state": ["signed", "suspended"]},
        clock=clock,
    )
    return contract


@transaction.atomic
def resume_contract(*, contract_id: int, why: str = "", by: Actor, clock: Clock = system_clock) -> Contract:
    """Let the work go on; the days to answer of what was handed in continue where they stopped.

    Refuses: NotFound, NotAllowed, WrongState.
    Emits: ContractResumed.
    """
    contract = contract_to_change(contract_id, by=by)
    if contract.state != "suspended":
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    move(contract, "signed")
    contract.save(update_fields=["state"])
    pause = contract.suspensions.get(ended_at=None)
    pause.ended_at, pause.end_reason = clock.now(), why.strip()
    pause.save(update_fields=["ended_at", "end_reason"])
    country = contract.buyer.country
    lost = _working_days(pause.begun_at.date(), clock.now().date(), country)
    for milestone in contract.milestones.filter(state="submitted", acceptance_due_on__isnull=False):
        assert milestone.acceptance_due_on is not None
        milestone.acceptance_due_on = add_working_days(milestone.acceptance_due_on, lost, country)
        milestone.save(update_fields=["acceptance_due_on"])
    collect_payables(contract_id=contract.pk, clock=clock)
    pay_payables(contract_id=contract.pk, clock=clock)
    record(
        ContractResumed(contract_id=contract.pk, organization_id=by.own_organization_id),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        why=why.strip(),
        change={"state": ["suspended", "signed"]},
        clock=clock,
    )
    return contract


@transaction.atomic
def complete_contract(*, contract_id: int, by: Actor, clock: Clock = system_clock) -> Contract:
    """End a contract whose milestones are reached: decide bonuses, pay what was kept back, return the rest.

    Refuses: NotFound, NotAllowed, WrongState, MilestonesOpen, DisputeStillOpen, FundsMissing.
    Emits: ContractCompleted.
    """
    contract = contract_to_change(contract_id, by=by)
    before = contract.state
    move(contract, "completed")
    by_units = set(lines_by_rule(contract).values())
    is_open = contract.milestones.filter(state__in=OPEN_MILESTONES, is_removed=False)
    count = is_open.exclude(line__position__in=by_units).count()
    if count:
        raise MilestonesOpen(count=count)
    _settle(contract, "completed", clock)
    record(
        ContractCompleted(
            contract_id=contract.pk, buyer_id=contract.buyer_id, supplier_id=contract.supplier_id
        ),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        change={"state": [before, "completed"]},
        clock=clock,
    )
    return contract


@transaction.atomic
def propose_termination(
    *,
    contract_id: int,
    reason: str,
    percents: Mapping[int, int],
    secret: str,
    by: Actor,
    clock: Clock = system_clock,
) -> Termination:
    """Propose to end the contract early, signed, with how much of each open milestone is done.

    percents  by milestone id; a milestone not named is worth nothing.
    Refuses: NotFound, NotAllowed (not a signatory), WrongState, ReasonMissing, TerminationWrongState,
    ValuationInvalid, NotReauthenticated.
    Emits: TerminationProposed.
    """
    by.require("signatory")
    contract = locked_contract(contract_id, to=by)
    _must_be_party(contract, by)
    if contract.state not in ENDABLE:
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if contract.terminations.filter(state="proposed").exists():
        raise TerminationWrongState(state=gettext(TERMINATION_STATES["proposed"]))
    open_rows = {row.pk: row for row in contract.milestones.filter(state__in=OPEN_MILESTONES)}
    if not set(percents) <= set(open_rows) or any(not 0 <= p <= 100 for p in percents.values()):
        raise ValuationInvalid(field="percents")
    valuation = [
        {
            "milestone_id": pk,
            "code": row.code,
            "name": row.name,
            "percent": percents.get(pk, 0),
            # Rounded down: a share of work in progress never exceeds the milestone.
            "amount_minor": row.amount_minor * percents.get(pk, 0) // 100,
        }
        for pk, row in open_rows.items()
    ]
    content = {"contract": contract.reference, "reason": reason.strip(), "valuation": valuation}
    signature = sign(
        about=("contract", contract.pk),
        content_sha256=content_hash(content),
        meaning="termination",
        secret=secret,
        by=by,
        clock=clock,
    )
    proposal = Termination.objects.create(
        contract=contract,
        reason=reason.strip(),
        valuation=valuation,
        work_minor=sum(int(str(row["amount_minor"])) for row in valuation),
        proposed_at=clock.now(),
        proposed_by_id=by.person_id,
        proposer_id=by.own_organization_id,
        proposal_signature=signature,
    )
    record(
        TerminationProposed(
            contract_id=contract.pk, termination_id=proposal.pk, organization_id=by.own_organization_id
        ),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        why=reason.strip(),
        change={"work in progress": [None, proposal.work_minor]},
        clock=clock,
    )
    return proposal


@transaction.atomic
def agree_termination(
    *, termination_id: int, secret: str, by: Actor, clock: Clock = system_clock
) -> Contract:
    """Agree, signed, to what the other side proposed: the work in progress is paid, the rest returned.

    Refuses: NotFound, NotAllowed (not a signatory, or the proposer), WrongState, TerminationWrongState,
    DisputeStillOpen, FundsMissing, NotReauthenticated.
    Emits: ContractTerminated.
    """
    by.require("signatory")
    proposal = _open_termination(termination_id, by)
    contract = proposal.contract
    if _side(contract, proposal.proposer_id) == _side(contract, by.own_organization_id):
        raise NotAllowed
    proposal.agreement_signature = sign(
        about=("contract", contract.pk),
        content_sha256=proposal.proposal_signature.content_hash,
        meaning="termination",
        secret=secret,
        by=by,
        clock=clock,
    )
    proposal.state, proposal.ended_at = "agreed", clock.now()
    proposal.save(update_fields=["state", "ended_at", "agreement_signature"])
    before = contract.state
    move(contract, "terminated")
    rows = {row.pk: row for row in contract.milestones.filter(state__in=OPEN_MILESTONES)}
    for worth in proposal.valuation:
        # A milestone that was accepted meanwhile is paid as such, not as work in progress.
        row = rows.get(worth["milestone_id"])
        if row is not None and worth["amount_minor"]:
            add_payable(
                contract=contract,
                rule="work",
                fact_key=f"milestone:{row.pk}",
                amount_minor=worth["amount_minor"],
                template=N_("Work in progress, as both sides valued it: %(amount)s."),
                title=row.name,
                milestone=row,
                clock=clock,
            )
    Milestone.objects.filter(pk__in=rows).update(state="cancelled", acceptance_due_on=None)
    _settle(contract, "terminated", clock)
    record(
        ContractTerminated(
            contract_id=contract.pk,
            termination_id=proposal.pk,
            buyer_id=contract.buyer_id,
            supplier_id=contract.supplier_id,
        ),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        why=proposal.reason,
        change={"state": [before, "terminated"], "work in progress": [None, proposal.work_minor]},
        clock=clock,
    )
    return contract


@transaction.atomic
def answer_termination(
    *, termination_id: int, why: str = "", by: Actor, clock: Clock = system_clock
) -> Termination:
    """Decline what the other side proposed, with a reason, or take the own proposal back.

    Refuses: NotFound, NotAllowed (not a signatory), WrongState, TerminationWrongState, ReasonMissing.
    Emits: TerminationAnswered.
    """
    by.require("signatory")
    proposal = _open_termination(termination_id, by)
    is_own = proposal.proposer_id == by.own_organization_id
    if not is_own and not why.strip():
        raise ReasonMissing(field="why")
    proposal.state = "withdrawn" if is_own else "declined"
    proposal.ended_at, proposal.ended_reason = clock.now(), why.strip()
    proposal.save(update_fields=["state", "ended_at", "ended_reason"])
    record(
        TerminationAnswered(
            contract_id=proposal.contract_id, termination_id=proposal.pk, state=proposal.state
        ),
        by=by,
        about=("contract", proposal.contract_id),
        study_id=proposal.contract.study_id,
        organization_id=proposal.contract.buyer_id,
        why=why.strip(),
        change={"termination": ["proposed", proposal.state]},
        clock=clock,
    )
    return proposal


@transaction.atomic
def expire_contract(*, contract_id: int, by: Actor = SYSTEM, clock: Clock = system_clock) -> bool:
    """Mark a contract whose last day has passed as expired; a change order with a later end renews it.

    Refuses: nothing; a contract that moved meanwhile stays as it is.
    Emits: ContractExpired.
    """
    contract = (
        Contract.objects.select_for_update()
        .filter(pk=contract_id, state="signed", end_on__lt=clock.now().date())
        .first()
    )
    if contract is None:
        return False
    move(contract, "expired")
    contract.save(update_fields=["state"])
    record(
        ContractExpired(contract_id=contract.pk),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        change={"state": ["signed", "expired"]},
        clock=clock,
    )
    return True


def expire_contracts(clock: Clock = system_clock) -> int:
    """Expire every contract whose last day has passed; return how many."""
    over = Contract.objects.filter(state="signed", end_on__lt=clock.now().date())
    return sum(expire_contract(contract_id=pk, clock=clock) for pk in list(over.values_list("pk", flat=True)))


def _settle(contract: Contract, state: str, clock: Clock) -> None:
    """Pay everything that is owed, free what was kept back, return the rest, and keep the suppliers' records."""
    if contract.disputes.filter(state__in=["open", "in_mediation"]).exists():
        raise DisputeStillOpen
    contract.state, contract.ended_at = state, clock.now()
    contract.save(update_fields=["state", "ended_at"])
    collect_payables(contract_id=contract.pk, is_closing=state == "completed", clock=clock)
    pay_payables(contract_id=contract.pk, clock=clock)
    unpaid = contract.payables.filter(amount_minor__gt=0, payment__isnull=True)
    lacking = sum(row.amount_minor for row in unpaid)
    if lacking:
        raise FundsMissing(amount=f"{contract.currency} {Money(lacking, contract.currency).amount:,}")
    pay_retention(contract=contract, clock=clock)
    if Escrow.objects.filter(about_kind="contract", about_id=contract.pk).exists():
        free = escrow_of(about(contract)).free
        if free.minor:
            refund(
                about=about(contract),
                amount=free,
                key=f"contract:{contract.pk}:{state}",
                reason=contract.reference,
                by=SYSTEM,
                clock=clock,
            )
    keep_line_records(contract=contract, clock=clock)


def _open_termination(termination_id: int, by: Actor) -> Termination:
    locked_contract(termination_for(termination_id, to=by).contract_id, to=by)
    proposal = termination_for(termination_id, to=by)
    _must_be_party(proposal.contract, by)
    if proposal.contract.state not in ENDABLE:
        raise WrongState(state=gettext(CONTRACT_STATES[proposal.contract.state]))
    if proposal.state != "proposed":
        raise TerminationWrongState(state=gettext(TERMINATION_STATES[proposal.state]))
    return proposal


def _must_be_party(contract: Contract, by: Actor) -> None:
    if not contract.parties.filter(organization_id=by.own_organization_id).exists():
        raise NotFound


def _side(contract: Contract, organization_id: int) -> str:
    return "buyer" if organization_id == contract.buyer_id else "supplier"


def _working_days(since: dt.date, until: dt.date, country: str) -> int:
    days = (since + dt.timedelta(days=n) for n in range(1, (until - since).days + 1))
    return sum(is_working_day(day, country) for day in days)
