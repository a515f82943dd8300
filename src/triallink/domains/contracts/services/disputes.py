"""Disputes: one side opens, both show what they have, the operator mediates, a signed settlement is paid."""

from django.db import transaction
from django.utils.translation import gettext

from triallink.domains.contracts.access import (
    BUYER_ROLES,
    dispute_for,
    locked_contract,
    may_mediate,
    milestone_for,
)
from triallink.domains.contracts.errors import (
    AlreadySigned,
    AmountTooHigh,
    DisputeWrongState,
    NameMissing,
    ReasonMissing,
    WrongState,
)
from triallink.domains.contracts.events import (
    DisputeEnded,
    DisputeOpened,
    DisputeSettled,
    DisputeStatementAdded,
    DisputeTakenUp,
    SettlementAgreed,
    SettlementProposed,
)
from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    DISPUTE_STATES,
    DISPUTE_TRANSITIONS,
    OPEN_MILESTONES,
    Contract,
    Dispute,
    DisputeStatement,
    SettlementAgreement,
    SettlementProposal,
)
from triallink.domains.contracts.services.payments import add_payable, pay_payables
from triallink.foundation.files import store_file
from triallink.foundation.record import record
from triallink.foundation.signatures import content_hash, sign
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, NotAllowed, NotFound

DISPUTABLE = ("signed", "suspended", "expired")
PARTY_ROLES = (*BUYER_ROLES, "business_lead", "signatory")
SIDES = 2


@transaction.atomic
def open_dispute(
    *,
    contract_id: int,
    subject: str,
    text: str,
    claim_minor: int = 0,
    milestone_id: int | None = None,
    by: Actor,
    clock: Clock = system_clock,
) -> Dispute:
    """Open a dispute about a contract or one of its milestones, and say why.

    Refuses: NotFound, NotAllowed, WrongState, NameMissing, ReasonMissing, AmountTooHigh.
    Emits: DisputeOpened.
    """
    by.require(*PARTY_ROLES)
    contract = locked_contract(contract_id, to=by)
    _must_be_party(contract, by)
    if contract.state not in DISPUTABLE:
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    if not subject.strip():
        raise NameMissing(field="subject")
    if not text.strip():
        raise ReasonMissing(field="text")
    _check_amount(contract, claim_minor, "claim_minor")
    milestone = milestone_for(milestone_id, to=by) if milestone_id else None
    if milestone is not None and milestone.contract_id != contract.pk:
        raise NotFound
    dispute = Dispute.objects.create(
        contract=contract,
        number=contract.disputes.count() + 1,
        milestone=milestone,
        subject=subject.strip()[:200],
        claim_minor=claim_minor,
        opener_id=by.own_organization_id,
        opened_by_id=by.person_id,
        opened_at=clock.now(),
    )
    _say(dispute, text, None, by, clock)
    record(
        DisputeOpened(contract_id=contract.pk, dispute_id=dispute.pk, organization_id=by.own_organization_id),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        why=dispute.subject,
        change={"dispute": [None, dispute.number]},
        clock=clock,
    )
    return dispute


@transaction.atomic
def add_statement(
    *,
    dispute_id: int,
    text: str,
    content: bytes = b"",
    file_name: str = "",
    media_type: str = "application/octet-stream",
    by: Actor,
    clock: Clock = system_clock,
) -> DisputeStatement:
    """Say or show something in a dispute; nothing said can be taken back.

    Refuses: NotFound, NotAllowed, DisputeWrongState, ReasonMissing.
    Emits: DisputeStatementAdded.
    """
    dispute = _locked(dispute_id, by)
    if not may_mediate(to=by):
        by.require(*PARTY_ROLES)
    if dispute.state not in ("open", "in_mediation"):
        raise DisputeWrongState(state=gettext(DISPUTE_STATES[dispute.state]))
    if not text.strip():
        raise ReasonMissing(field="text")
    stored = None
    if content:
        stored = store_file(
            content,
            name=file_name,
            media_type=media_type,
            by=by,
            study_id=dispute.contract.study_id,
            clock=clock,
        )
    said = _say(dispute, text, stored.pk if stored else None, by, clock)
    record(
        DisputeStatementAdded(
            contract_id=dispute.contract_id, dispute_id=dispute.pk, organization_id=by.own_organization_id
        ),
        by=by,
        about=("contract", dispute.contract_id),
        study_id=dispute.contract.study_id,
        organization_id=dispute.contract.buyer_id,
        change={f"dispute {dispute.number}": [None, stored.sha256 if stored else "statement"]},
        clock=clock,
    )
    return said


@transaction.atomic
def take_up_dispute(*, dispute_id: int, by: Actor, clock: Clock = system_clock) -> Dispute:
    """Mediate a dispute for the operator.

    Refuses: NotFound, NotAllowed, DisputeWrongState.
    Emits: DisputeTakenUp.
    """
    dispute = _mediated(dispute_id, by, "in_mediation")
    dispute.mediator_id = by.own_person_id
    dispute.save(update_fields=["state", "mediator"])
    record(
        DisputeTakenUp(contract_id=dispute.contract_id, dispute_id=dispute.pk),
        by=by,
        about=("contract", dispute.contract_id),
        study_id=dispute.contract.study_id,
        organization_id=dispute.contract.buyer_id,
        change={f"dispute {dispute.number}": ["open", "in_mediation"]},
        clock=clock,
    )
    return dispute


@transaction.atomic
def propose_settlement(
    *, dispute_id: int, amount_minor: int, text: str, by: Actor, clock: Clock = system_clock
) -> SettlementProposal:
    """Propose what the supplier gets; a disputed milestone is then done with. A new proposal replaces the last.

    Refuses: NotFound, NotAllowed, DisputeWrongState, ReasonMissing, AmountTooHigh.
    Emits: SettlementProposed.
    """
    dispute = _locked(dispute_id, by)
    if not may_mediate(to=by):
        raise NotAllowed
    if dispute.state != "in_mediation":
        raise DisputeWrongState(state=gettext(DISPUTE_STATES[dispute.state]))
    if not text.strip():
        raise ReasonMissing(field="text")
    _check_amount(dispute.contract, amount_minor, "amount_minor")
    proposal = SettlementProposal.objects.create(
        dispute=dispute,
        number=dispute.proposals.count() + 1,
        amount_minor=amount_minor,
        text=text.strip(),
        by_id=by.person_id,
        at=clock.now(),
    )
    record(
        SettlementProposed(contract_id=dispute.contract_id, dispute_id=dispute.pk, number=proposal.number),
        by=by,
        about=("contract", dispute.contract_id),
        study_id=dispute.contract.study_id,
        organization_id=dispute.contract.buyer_id,
        change={f"settlement {proposal.number}": [None, amount_minor]},
        clock=clock,
    )
    return proposal


@transaction.atomic
def agree_settlement(
    *, proposal_id: int, secret: str, by: Actor, clock: Clock = system_clock
) -> SettlementAgreement:
    """Sign the newest proposal for one side; with both signatures it is owed and paid like any other amount.

    Refuses: NotFound, NotAllowed (not a signatory), WrongState, DisputeWrongState, AlreadySigned, NotReauthenticated.
    Emits: SettlementAgreed, and DisputeSettled with the second signature.
    """
    by.require("signatory")
    proposal = SettlementProposal.objects.filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFound
    dispute = _locked(proposal.dispute_id, by)
    _must_be_party(dispute.contract, by)
    if dispute.contract.state not in DISPUTABLE:
        raise WrongState(state=gettext(CONTRACT_STATES[dispute.contract.state]))
    newest = dispute.proposals.order_by("-number")[0]
    if dispute.state != "in_mediation" or newest.pk != proposal.pk:
        raise DisputeWrongState(state=gettext(DISPUTE_STATES[dispute.state]))
    organization_id = _signing_side(dispute.contract, by)
    if proposal.agreements.filter(organization_id=organization_id).exists():
        raise AlreadySigned(organization=by.label)
    signature = sign(
        about=("dispute", dispute.pk),
        content_sha256=content_hash(
            {
                "contract": dispute.contract.reference,
                "dispute": dispute.number,
                "proposal": proposal.number,
                "amount_minor": proposal.amount_minor,
                "text": proposal.text,
            }
        ),
        meaning="settlement",
        secret=secret,
        by=by,
        clock=clock,
    )
    agreement = SettlementAgreement.objects.create(
        proposal=proposal, organization_id=organization_id, signature=signature
    )
    record(
        SettlementAgreed(
            contract_id=dispute.contract_id, dispute_id=dispute.pk, organization_id=organization_id
        ),
        by=by,
        about=("contract", dispute.contract_id),
        study_id=dispute.contract.study_id,
        organization_id=dispute.contract.buyer_id,
        change={f"settlement {proposal.number} signed": [None, by.label]},
        clock=clock,
    )
    if proposal.agreements.count() == SIDES:
        _settle(dispute, proposal, by, clock)
    return agreement


@transaction.atomic
def end_dispute(*, dispute_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Dispute:
    """Withdraw an own dispute, or, as the mediator, state that it could not be resolved here.

    Refuses: NotFound, NotAllowed, DisputeWrongState, ReasonMissing.
    Emits: DisputeEnded.
    """
    dispute = _locked(dispute_id, by)
    if dispute.opener_id == by.organization_id:
        by.require(*PARTY_ROLES)
        target = "withdrawn"
    elif may_mediate(to=by):
        target = "unresolved"
    else:
        raise NotAllowed
    before = dispute.state
    _move(dispute, target)
    if not why.strip():
        raise ReasonMissing(field="why")
    dispute.ended_at, dispute.ended_reason = clock.now(), why.strip()
    dispute.save(update_fields=["state", "ended_at", "ended_reason"])
    record(
        DisputeEnded(contract_id=dispute.contract_id, dispute_id=dispute.pk, state=target),
        by=by,
        about=("contract", dispute.contract_id),
        study_id=dispute.contract.study_id,
        organization_id=dispute.contract.buyer_id,
        why=why.strip(),
        change={f"dispute {dispute.number}": [before, target]},
        clock=clock,
    )
    return dispute


def _settle(dispute: Dispute, proposal: SettlementProposal, by: Actor, clock: Clock) -> None:
    contract = dispute.contract
    _move(dispute, "settled")
    dispute.settled_minor, dispute.ended_at = proposal.amount_minor, clock.now()
    dispute.ended_reason = proposal.text
    dispute.save(update_fields=["state", "settled_minor", "ended_at", "ended_reason"])
    milestone = dispute.milestone
    if milestone is not None and milestone.state in OPEN_MILESTONES:
        # The settlement stands in its place: it can neither be submitted nor paid once more.
        milestone.state, milestone.acceptance_due_on = "cancelled", None
        milestone.save(update_fields=["state", "acceptance_due_on"])
    if proposal.amount_minor:
        add_payable(
            contract=contract,
            rule="settlement",
            fact_key=f"dispute:{dispute.pk}",
            amount_minor=proposal.amount_minor,
            template=N_("Settlement of a dispute, signed by both sides: %(amount)s."),
            title={"en": dispute.subject, "zh": dispute.subject},
            milestone=milestone,
            clock=clock,
        )
        pay_payables(contract_id=contract.pk, clock=clock)
    record(
        DisputeSettled(contract_id=contract.pk, dispute_id=dispute.pk, amount_minor=proposal.amount_minor),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        why=proposal.text,
        change={f"dispute {dispute.number}": ["in_mediation", "settled"]},
        clock=clock,
    )


def _locked(dispute_id: int, by: Actor) -> Dispute:
    locked_contract(dispute_for(dispute_id, to=by).contract_id, to=by)
    return dispute_for(dispute_id, to=by)


def _mediated(dispute_id: int, by: Actor, target: str) -> Dispute:
    dispute = _locked(dispute_id, by)
    if not may_mediate(to=by):
        raise NotAllowed
    _move(dispute, target)
    return dispute


def _move(dispute: Dispute, target: str) -> None:
    if (dispute.state, target) not in DISPUTE_TRANSITIONS:
        raise DisputeWrongState(state=gettext(DISPUTE_STATES[dispute.state]))
    dispute.state = target


def _say(dispute: Dispute, text: str, file_id: int | None, by: Actor, clock: Clock) -> DisputeStatement:
    return DisputeStatement.objects.create(
        dispute=dispute,
        organization_id=by.own_organization_id,
        by_id=by.person_id,
        at=clock.now(),
        text=text.strip(),
        file_id=file_id,
    )


def _must_be_party(contract: Contract, by: Actor) -> None:
    if not contract.parties.filter(organization_id=by.own_organization_id).exists():
        raise NotFound


def _signing_side(contract: Contract, by: Actor) -> int:
    """Return the organization one signs for: the buyer, or the supplier that speaks for its coalition."""
    if by.own_organization_id not in (contract.buyer_id, contract.supplier_id):
        raise NotAllowed
    return by.own_organization_id


def _check_amount(contract: Contract, amount_minor: int, field: str) -> None:
    if not 0 <= amount_minor <= contract.total_minor:
        limit = Money(contract.total_minor, contract.currency).amount
        raise AmountTooHigh(field=field, limit=f"{contract.currency} {limit:,}")
