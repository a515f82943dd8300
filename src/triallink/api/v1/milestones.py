"""Milestones: what is handed in and how it is answered."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, File, Path, Query, Router, Schema, Status
from ninja.files import UploadedFile

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.days import Day
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.contracts import services
from triallink.domains.contracts.access import contract_for, milestone_for
from triallink.domains.contracts.models import DeliverableVersion, Milestone
from triallink.foundation.files import read_limited

router = Router()
Id = Path(ge=1, lt=2**63)


class PayableMilestoneOut(Schema):
    """A milestone."""

    id: int
    contract_id: int
    line_id: int
    code: str
    name: dict[str, str]
    state: str
    amount_minor: int
    due_on: Day | None
    acceptance_due_on: Day | None
    accepted_at: dt.datetime | None
    submission_count: int
    requires: list[dict[str, Any]]


class PayableMilestonePage(Schema):
    """Some milestones and where to go on."""

    items: list[PayableMilestoneOut]
    next_cursor: str


class DeliverableVersionOut(Schema):
    """One version of a file that was handed in, with its checksum."""

    deliverable_id: int
    name: str
    number: int
    file_name: str
    size_bytes: int
    sha256: str
    note: str
    uploaded_at: dt.datetime

    @staticmethod
    def resolve_name(version: DeliverableVersion) -> str:
        """Return what the deliverable is called."""
        return version.deliverable.name

    @staticmethod
    def resolve_file_name(version: DeliverableVersion) -> str:
        """Return what the file was called."""
        return version.file.name

    @staticmethod
    def resolve_size_bytes(version: DeliverableVersion) -> int:
        """Return how large the file is."""
        return version.file.size_bytes

    @staticmethod
    def resolve_sha256(version: DeliverableVersion) -> str:
        """Return the file's checksum."""
        return version.file.sha256


class DeliverableVersionPage(Schema):
    """Some versions and where to go on."""

    items: list[DeliverableVersionOut]
    next_cursor: str


class SubmitIn(Schema):
    """A word with a submission."""

    note: str = Field("", max_length=2000)


class AcceptIn(Schema):
    """The signature under an acceptance."""

    secret: str = Field(min_length=1, max_length=200)
    override_reason: str = Field("", max_length=2000)


class ReturnIn(Schema):
    """Why a milestone comes back."""

    reasons: str = Field(min_length=1, max_length=4000)


@router.get("/", auth=scope("contracts:read"), response=PayableMilestonePage)
def list_milestones(
    request: HttpRequest, paging: Query[Paging], contract_id: int = Query(ge=1, lt=2**63)
) -> dict[str, Any]:
    """Return the milestones of a contract."""
    contract = contract_for(contract_id, to=actor_of(request))
    return page_of(contract.milestones.filter(is_removed=False), paging, lambda row: row)


@router.get("/{milestone_id}", auth=scope("contracts:read"), response=PayableMilestoneOut)
def get_milestone(request: HttpRequest, milestone_id: int = Id) -> Milestone:
    """Return one milestone."""
    return milestone_for(milestone_id, to=actor_of(request))


@router.get("/{milestone_id}/deliverables", auth=scope("contracts:read"), response=DeliverableVersionPage)
def list_deliverables(request: HttpRequest, paging: Query[Paging], milestone_id: int = Id) -> dict[str, Any]:
    """Return every version of every file handed in at a milestone."""
    milestone = milestone_for(milestone_id, to=actor_of(request))
    versions = DeliverableVersion.objects.filter(deliverable__milestone=milestone)
    return page_of(versions.select_related("deliverable", "file"), paging, lambda row: row)


@router.post(
    "/{milestone_id}/deliverables", auth=scope("contracts:write"), response={201: DeliverableVersionOut}
)
def upload_deliverable(
    request: HttpRequest,
    file: File[UploadedFile],
    milestone_id: int = Id,
    name: str = Query(min_length=1, max_length=160),
    note: str = Query("", max_length=2000),
) -> Status[DeliverableVersion]:
    """Hand in a file at a milestone; the same name again makes its next version."""
    version = services.upload_deliverable(
        milestone_id=milestone_id,
        name=name,
        content=read_limited(file, services.MAX_FILE_MB),
        file_name=file.name or name,
        media_type=file.content_type or "application/octet-stream",
        note=note,
        by=actor_of(request),
    )
    return Status(201, version)


@router.post("/{milestone_id}/submit", auth=scope("contracts:write"), response={201: PayableMilestoneOut})
def submit_milestone(request: HttpRequest, given: SubmitIn, milestone_id: int = Id) -> Status[Milestone]:
    """Say that a milestone is reached."""
    services.submit_milestone(milestone_id=milestone_id, note=given.note, by=actor_of(request))
    return Status(201, milestone_for(milestone_id, to=actor_of(request)))


@router.post("/{milestone_id}/accept", auth=scope("contracts:write"), response=PayableMilestoneOut)
def accept_milestone(request: HttpRequest, given: AcceptIn, milestone_id: int = Id) -> Milestone:
    """Accept a submitted milestone with a signature; what it makes payable is paid at once."""
    return services.accept_milestone(milestone_id=milestone_id, by=actor_of(request), **given.dict())


@router.post("/{milestone_id}/return", auth=scope("contracts:write"), response=PayableMilestoneOut)
def return_milestone(request: HttpRequest, given: ReturnIn, milestone_id: int = Id) -> Milestone:
    """Return a submitted milestone with reasons."""
    return services.return_milestone(milestone_id=milestone_id, reasons=given.reasons, by=actor_of(request))
