"""Answering a submission: accepted and signed, returned with reasons, or deemed accepted when the days have passed."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from triallink.domains.accounts.models import Membership
from triallink.domains.contracts.access import contract_to_change, milestone_for, milestone_to_review
from triallink.domains.contracts.errors import (
    EvidenceMissing,
    NothingToOverride,
    ReasonMissing,
    ReviewerUnknown,
)
from triallink.domains.contracts.events import (
    MilestoneAccepted,
    MilestoneFellDue,
    MilestoneReturned,
    ReviewerAssigned,
)
from triallink.domains.contracts.evidence import RequirementState, requirement_states
from triallink.domains.contracts.models import (
    Contract,
    DeliverableAcceptance,
    EvidenceOverride,
    Milestone,
    MilestoneFact,
    MilestoneSubmission,
    MilestoneVerdict,
)
from triallink.domains.contracts.services.deliverables import move_milestone, must_be_in_force
from triallink.domains.contracts.services.payments import collect_payables, pay_payables
from triallink.foundation.record import record
from triallink.foundation.signatures import content_hash, sign
from triallink.kernel.actor import SYSTEM, Actor
from triallink.kernel.clock import Clock, system_clock


@transaction.atomic
def accept_milestone(
    *, milestone_id: int, secret: str, override_reason: str = "", by: Actor, clock: Clock = system_clock
) -> Milestone:
    """Accept a submitted milestone with everything handed in, under one signature bound to it.

    override_reason  why it is accepted although required facts are missing; it is signed and shown for ever.
    Refuses: NotFound, NotAllowed, WrongState, MilestoneWrongState, EvidenceMissing, NothingToOverride,
    NotReauthenticated.
    Emits: MilestoneAccepted.
    """
    milestone = milestone_to_review(milestone_id, by=by)
    must_be_in_force(milestone.contract)
    move_milestone(milestone, "accepted")
    submission = milestone.submissions.get(number=milestone.submission_count)
    signature = sign(
        about=("milestone", milestone.pk),
        content_sha256=content_hash(accepted_content(milestone, submission)),
        meaning="acceptance",
        secret=secret,
        by=by,
        clock=clock,
    )
    verdict = MilestoneVerdict.objects.create(
        submission=submission, outcome="accepted", at=clock.now(), by_id=by.person_id, signature=signature
    )
    _accept_deliverables(milestone, verdict)
    # Only now: the deliverables accepted a line above are facts the milestone may itself require.
    states = requirement_states(milestone)
    missing = [_missing(state) for state in states if not state.is_met]
    reason = override_reason.strip()
    if missing and not reason:
        raise EvidenceMissing(field="override_reason", missing=_names(states))
    if reason and not missing:
        raise NothingToOverride(field="override_reason")
    if missing:
        why = sign(
            about=("milestone", milestone.pk),
            content_sha256=content_hash({"milestone": milestone.pk, "missing": missing, "reason": reason}),
            meaning="override",
            secret=secret,
            by=by,
            clock=clock,
        )
        EvidenceOverride.objects.create(milestone=milestone, missing=missing, reason=reason, signature=why)
    _conclude(milestone, states, is_deemed=False, clock=clock)
    record(
        MilestoneAccepted(
            contract_id=milestone.contract_id,
            milestone_id=milestone.pk,
            is_deemed=False,
            is_overridden=bool(missing),
        ),
        by=by,
        about=("contract", milestone.contract_id),
        study_id=milestone.contract.study_id,
        why=reason,
        change={milestone.code: ["submitted", "accepted"]},
        clock=clock,
    )
    return milestone


@transaction.atomic
def return_milestone(*, milestone_id: int, reasons: str, by: Actor, clock: Clock = system_clock) -> Milestone:
    """Give a submitted milestone back with reasons.

    Refuses: NotFound, NotAllowed, WrongState, MilestoneWrongState, ReasonMissing.
    Emits: MilestoneReturned.
    """
    milestone = milestone_to_review(milestone_id, by=by)
    must_be_in_force(milestone.contract)
    move_milestone(milestone, "returned")
    if not reasons.strip():
        raise ReasonMissing(field="reasons")
    milestone.acceptance_due_on = None
    milestone.save(update_fields=["state", "acceptance_due_on"])
    submission = milestone.submissions.get(number=milestone.submission_count)
    MilestoneVerdict.objects.create(
        submission=submission,
        outcome="returned",
        at=clock.now(),
        by_id=by.person_id,
        reasons=reasons.strip(),
    )
    record(
        MilestoneReturned(
            contract_id=milestone.contract_id, milestone_id=milestone.pk, number=submission.number
        ),
        by=by,
        about=("contract", milestone.contract_id),
        study_id=milestone.contract.study_id,
        why=reasons.strip(),
        change={milestone.code: ["submitted", "returned"]},
        clock=clock,
    )
    return milestone


@transaction.atomic
def assign_reviewer(
    *, milestone_id: int, person_id: int, by: Actor, clock: Clock = system_clock
) -> Milestone:
    """Say who of the buyer's people looks at what is handed in.

    Refuses: NotFound, NotAllowed, ReviewerUnknown.
    Emits: ReviewerAssigned.
    """
    contract = contract_to_change(milestone_for(milestone_id, to=by).contract_id, by=by)
    milestone = milestone_for(milestone_id, to=by)
    members = Membership.objects.filter(organization_id=contract.buyer_id, ended_at=None)
    if not members.filter(person_id=person_id).exists():
        raise ReviewerUnknown(field="person_id")
    before, milestone.reviewer_id = milestone.reviewer_id, person_id
    milestone.save(update_fields=["reviewer"])
    record(
        ReviewerAssigned(contract_id=contract.pk, milestone_id=milestone.pk, person_id=person_id),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        change={f"reviewer of {milestone.code}": [before, person_id]},
        clock=clock,
    )
    return milestone


@transaction.atomic
def deem_accepted(*, milestone_id: int, by: Actor = SYSTEM, clock: Clock = system_clock) -> bool:
    """Accept a milestone whose days to answer have passed, if its required facts are there; say whether it was.

    Refuses: nothing; a milestone that was answered meanwhile, or lacks a fact, stays as it is.
    Emits: MilestoneAccepted.
    """
    milestone = _awaiting(milestone_id, clock.now().date())
    if milestone is None:
        return False
    submission = milestone.submissions.get(number=milestone.submission_count)
    point = transaction.savepoint()
    verdict = MilestoneVerdict.objects.create(
        submission=submission, outcome="deemed_accepted", at=clock.now()
    )
    _accept_deliverables(milestone, verdict)
    states = requirement_states(milestone)
    if not all(state.is_met for state in states):
        transaction.savepoint_rollback(point)
        return False
    transaction.savepoint_commit(point)
    move_milestone(milestone, "deemed_accepted")
    _conclude(milestone, states, is_deemed=True, clock=clock)
    record(
        MilestoneAccepted(
            contract_id=milestone.contract_id, milestone_id=milestone.pk, is_deemed=True, is_overridden=False
        ),
        by=by,
        about=("contract", milestone.contract_id),
        study_id=milestone.contract.study_id,
        organization_id=milestone.contract.buyer_id,
        change={milestone.code: ["submitted", "deemed_accepted"]},
        clock=clock,
    )
    return True


@transaction.atomic
def fall_due(*, milestone_id: int, by: Actor = SYSTEM, clock: Clock = system_clock) -> bool:
    """Mark a planned milestone whose day has come as due; say whether it was.

    Refuses: nothing; a milestone that moved meanwhile stays as it is.
    Emits: MilestoneFellDue.
    """
    milestone = (
        Milestone.objects.select_for_update(of=("self",))
        .filter(pk=milestone_id, state="planned", due_on__lte=clock.now().date(), contract__state="signed")
        .select_related("contract")
        .first()
    )
    if milestone is None:
        return False
    move_milestone(milestone, "due")
    milestone.save(update_fields=["state"])
    record(
        MilestoneFellDue(contract_id=milestone.contract_id, milestone_id=milestone.pk),
        by=by,
        about=("contract", milestone.contract_id),
        study_id=milestone.contract.study_id,
        organization_id=milestone.contract.buyer_id,
        change={milestone.code: ["planned", "due"]},
        clock=clock,
    )
    return True


def watch_milestones(clock: Clock = system_clock) -> tuple[int, int]:
    """Mark what is due and deem accepted what was not answered in time; return how many of each."""
    today = clock.now().date()
    live = Milestone.objects.filter(contract__state="signed", is_removed=False)
    due = live.filter(state="planned", due_on__lte=today).values_list("pk", flat=True)
    silent = live.filter(state="submitted", acceptance_due_on__lt=today).values_list("pk", flat=True)
    return (
        sum(fall_due(milestone_id=pk, clock=clock) for pk in list(due)),
        sum(deem_accepted(milestone_id=pk, clock=clock) for pk in list(silent)),
    )


def accepted_content(milestone: Milestone, submission: MilestoneSubmission) -> dict[str, Any]:
    """Return what the signature of an acceptance is bound to: the milestone, the submission, every file's checksum."""
    return {
        "contract": milestone.contract.reference,
        "milestone": milestone.pk,
        "code": milestone.code,
        "amount_minor": milestone.amount_minor,
        "submission": submission.number,
        "deliverables": [
            [version.deliverable.name, version.number, version.file.sha256]
            for version in latest_versions(milestone)
        ],
    }


def latest_versions(milestone: Milestone) -> list[Any]:
    """Return the newest version of each deliverable, in order."""
    rows = milestone.deliverables.prefetch_related("versions__file", "versions__deliverable")
    return [deliverable.versions.all()[0] for deliverable in rows]


def _awaiting(milestone_id: int, today: dt.date) -> Milestone | None:
    found = Milestone.objects.filter(pk=milestone_id, acceptance_due_on__lt=today, state="submitted")
    for contract_id in found.values_list("contract_id", flat=True):
        Contract.objects.select_for_update().get(pk=contract_id)
    return (
        found.filter(contract__state="signed").select_related("contract__buyer", "line__request_line").first()
    )


def _accept_deliverables(milestone: Milestone, verdict: MilestoneVerdict) -> None:
    DeliverableAcceptance.objects.bulk_create(
        DeliverableAcceptance(version=version, verdict=verdict) for version in latest_versions(milestone)
    )


def _conclude(milestone: Milestone, states: list[RequirementState], *, is_deemed: bool, clock: Clock) -> None:
    """Keep the facts the milestone stood on and when it was reached, and pay what that makes payable."""
    milestone.state = "deemed_accepted" if is_deemed else "accepted"
    milestone.accepted_at = clock.now()
    milestone.acceptance_due_on = None
    milestone.save(update_fields=["state", "accepted_at", "acceptance_due_on"])
    MilestoneFact.objects.bulk_create(
        [
            MilestoneFact(
                milestone=milestone,
                kind=state.requirement.kind,
                key=fact.key,
                title=fact.title,
                url=fact.url,
                at=fact.at,
                by=fact.by,
                content_hash=fact.content_hash,
            )
            for state in states
            for fact in state.facts
        ],
        ignore_conflicts=True,  # two requirements may rest on the same fact
    )
    collect_payables(contract_id=milestone.contract_id, clock=clock)
    pay_payables(contract_id=milestone.contract_id, clock=clock)
    milestone.refresh_from_db(fields=["state"])


def _missing(state: RequirementState) -> dict[str, Any]:
    return {**state.requirement.as_data(), "found": len(state.facts)}


def _names(states: list[RequirementState]) -> str:
    return "; ".join(
        f"{gettext(state.name)} {len(state.facts)}/{state.requirement.at_least}"
        for state in states
        if not state.is_met
    )
