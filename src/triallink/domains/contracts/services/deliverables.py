"""Handing in the work of a milestone: files, versions, and the word that it is reached."""

from django.db import transaction
from django.utils.translation import gettext

from triallink.domains.contracts.access import milestone_to_deliver
from triallink.domains.contracts.errors import (
    DeliverableMissing,
    FileEmpty,
    MilestoneWrongState,
    NameMissing,
    WrongState,
)
from triallink.domains.contracts.events import DeliverableUploaded, MilestoneSubmitted
from triallink.domains.contracts.evidence import Requirement
from triallink.domains.contracts.facts import DELIVERABLE_ACCEPTED
from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    MILESTONE_STATES,
    MILESTONE_TRANSITIONS,
    Contract,
    Deliverable,
    DeliverableVersion,
    Milestone,
    MilestoneSubmission,
)
from triallink.foundation.files import store_file
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.workdays import add_working_days

MAX_FILE_MB = 50
OPEN_TO_WORK = ("planned", "due", "returned")


def move_milestone(milestone: Milestone, target: str) -> None:
    """Set the milestone's state; refuse MilestoneWrongState if the table of transitions has no such step."""
    if (milestone.state, target) not in MILESTONE_TRANSITIONS:
        raise MilestoneWrongState(state=gettext(MILESTONE_STATES[milestone.state]))
    milestone.state = target


def must_be_in_force(contract: Contract) -> None:
    """Refuse WrongState unless work goes on under the contract."""
    if contract.state != "signed":
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))


@transaction.atomic
def upload_deliverable(
    *,
    milestone_id: int,
    name: str,
    content: bytes,
    file_name: str,
    media_type: str,
    note: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> DeliverableVersion:
    """Hand in a file at a milestone; the same name again makes its next version.

    Refuses: NotFound, NotAllowed, WrongState, MilestoneWrongState, NameMissing, FileEmpty.
    Emits: DeliverableUploaded.
    """
    milestone = milestone_to_deliver(milestone_id, by=by)
    must_be_in_force(milestone.contract)
    if milestone.state not in OPEN_TO_WORK:
        raise MilestoneWrongState(state=gettext(MILESTONE_STATES[milestone.state]))
    if not name.strip():
        raise NameMissing(field="name")
    if not content:
        raise FileEmpty(field="file")
    deliverable, _ = Deliverable.objects.get_or_create(
        milestone=milestone, name=name.strip()[:160], defaults={"created_at": clock.now()}
    )
    stored = store_file(
        content,
        name=file_name,
        media_type=media_type,
        by=by,
        study_id=milestone.contract.study_id,
        clock=clock,
    )
    version = DeliverableVersion.objects.create(
        deliverable=deliverable,
        number=deliverable.versions.count() + 1,
        file=stored,
        note=note.strip(),
        uploaded_at=clock.now(),
        uploaded_by_id=by.person_id,
    )
    record(
        DeliverableUploaded(
            contract_id=milestone.contract_id,
            milestone_id=milestone.pk,
            deliverable_id=deliverable.pk,
            number=version.number,
        ),
        by=by,
        about=("contract", milestone.contract_id),
        study_id=milestone.contract.study_id,
        organization_id=milestone.contract.buyer_id,
        change={deliverable.name: [version.number - 1 or None, version.number], "sha256": stored.sha256},
        clock=clock,
    )
    return version


@transaction.atomic
def submit_milestone(
    *, milestone_id: int, note: str = "", by: Actor, clock: Clock = system_clock
) -> MilestoneSubmission:
    """Say that a milestone is reached; the buyer's working days to accept or return it begin.

    Refuses: NotFound, NotAllowed, WrongState, MilestoneWrongState, DeliverableMissing.
    Emits: MilestoneSubmitted.
    """
    milestone = milestone_to_deliver(milestone_id, by=by)
    contract = milestone.contract
    must_be_in_force(contract)
    before = milestone.state
    move_milestone(milestone, "submitted")
    needed, found = _deliverables_needed(milestone), milestone.deliverables.count()
    if found < needed:
        raise DeliverableMissing(found=found, needed=needed)
    milestone.submission_count += 1
    milestone.submitted_at = clock.now()
    milestone.acceptance_due_on = add_working_days(
        clock.now().date(), contract.acceptance_days, contract.buyer.country
    )
    milestone.save(update_fields=["state", "submission_count", "submitted_at", "acceptance_due_on"])
    submission = MilestoneSubmission.objects.create(
        milestone=milestone,
        number=milestone.submission_count,
        at=clock.now(),
        by_id=by.person_id,
        note=note.strip(),
    )
    record(
        MilestoneSubmitted(
            contract_id=contract.pk, milestone_id=milestone.pk, number=milestone.submission_count
        ),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        why=note.strip(),
        change={milestone.code: [before, "submitted"]},
        clock=clock,
    )
    return submission


def _deliverables_needed(milestone: Milestone) -> int:
    """Return how many deliverables of its own the milestone requires."""
    asked = [Requirement.of(data) for data in milestone.requires]
    own = [one for one in asked if one.kind == DELIVERABLE_ACCEPTED.kind]
    return max(
        (one.at_least for one in own if one.parameters.get("milestone", milestone.code) == milestone.code),
        default=0,
    )
