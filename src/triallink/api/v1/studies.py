"""Studies, their protocols and the demand proposed from them."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, File, Path, Query, Router, Schema, Status
from ninja.files import UploadedFile

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.studies import selectors, services
from triallink.domains.studies.models import DemandProposal, Study, StudySite
from triallink.foundation.files import read_limited
from triallink.kernel.refusals import NotFound

router = Router()
StudyId = Path(ge=1, lt=2**63)


class StudyOut(Schema):
    """A study."""

    id: int
    code: str
    title_en: str
    title_zh: str
    phase: str
    therapeutic_area: str
    state: str
    registry_number: str
    planned_subjects: int | None
    planned_sites: int | None
    start_on: dt.date | None
    sponsor_id: int


class StudyPage(Schema):
    """Some studies and where to go on."""

    items: list[StudyOut]
    next_cursor: str


class StudyIn(Schema):
    """A study to create."""

    code: str = Field(min_length=1, max_length=40)
    title_en: str = Field("", max_length=2000)
    title_zh: str = Field("", max_length=2000)
    phase: str = "na"
    therapeutic_area: str = "other"
    planned_subjects: int | None = Field(None, ge=1, le=1_000_000)
    planned_sites: int | None = Field(None, ge=1, le=10_000)
    enrollment_months: int | None = Field(None, ge=1, le=600)
    follow_up_months: int | None = Field(None, ge=0, le=600)


class StudySiteOut(Schema):
    """A site of a study."""

    id: int
    number: str
    name_en: str
    name_zh: str
    country: str
    city: str
    planned_subjects: int
    organization_id: int | None


class StudySitePage(Schema):
    """Some sites and where to go on."""

    items: list[StudySiteOut]
    next_cursor: str


class ProposalIn(Schema):
    """Assumptions to compute demand with; those left out keep their present values."""

    assumptions: dict[str, float] | None = None
    note: str = Field("", max_length=2000)


class ProposalOut(Schema):
    """Service lines with their arithmetic."""

    id: int
    number: int
    assumption_set: int
    protocol_version: int | None
    lines: list[dict[str, Any]]


@router.get("/", auth=scope("studies:read"), response=StudyPage)
def list_studies(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the studies the caller may see."""
    return page_of(selectors.studies(to=actor_of(request)), paging, lambda study: study)


@router.post("/", auth=scope("studies:write"), response={201: StudyOut})
def create_study(request: HttpRequest, study: StudyIn) -> Status[Study]:
    """Create a study."""
    return Status(201, services.create_study(by=actor_of(request), **study.dict()))


@router.post("/import", auth=scope("studies:write"), response={201: StudyOut})
def import_study(
    request: HttpRequest, file: File[UploadedFile], code: str = Query("", max_length=40)
) -> Status[Study]:
    """Create a study from a USDM 4.0 JSON file or a ClinicalTrials.gov record."""
    content = read_limited(file, services.protocols.MAX_FILE_MB)
    study = services.import_study(
        content=content, file_name=file.name or "protocol.json", code=code, by=actor_of(request)
    )
    return Status(201, study)


@router.get("/{study_id}", auth=scope("studies:read"), response=StudyOut)
def get_study(request: HttpRequest, study_id: int = StudyId) -> Study:
    """Return one study."""
    return selectors.study_for(study_id, to=actor_of(request))


@router.get("/{study_id}/sites", auth=scope("studies:read"), response=StudySitePage)
def list_sites(request: HttpRequest, paging: Query[Paging], study_id: int = StudyId) -> dict[str, Any]:
    """Return the sites of a study."""

    def show(site: StudySite) -> StudySite:
        return site

    return page_of(selectors.sites(study_id, to=actor_of(request)), paging, show)


@router.get("/{study_id}/protocol", auth=scope("studies:read"), response=dict[str, Any])
def get_protocol(
    request: HttpRequest, study_id: int = StudyId, number: int | None = Query(None, ge=1, lt=2**31)
) -> dict[str, Any]:
    """Return a version of the protocol, the latest by default."""
    row = selectors.version(study_id, number, to=actor_of(request))
    if row is None:
        raise NotFound
    content: dict[str, Any] = row.content
    return content


@router.post("/{study_id}/demand-proposals", auth=scope("studies:write"), response={201: ProposalOut})
def propose_demand(request: HttpRequest, proposal: ProposalIn, study_id: int = StudyId) -> Status[Any]:
    """Compute the service lines of a study."""
    row = services.propose_demand(
        study_id=study_id, values=proposal.assumptions, note=proposal.note, by=actor_of(request)
    )
    return Status(201, _shown(row))


@router.get("/{study_id}/demand-proposals/latest", auth=scope("studies:read"), response=ProposalOut)
def latest_proposal(request: HttpRequest, study_id: int = StudyId) -> dict[str, Any]:
    """Return the latest proposal of a study."""
    row = selectors.proposal(study_id, to=actor_of(request))
    if row is None:
        raise NotFound
    return _shown(row)


def _shown(row: DemandProposal) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "assumption_set": row.assumption_set.number,
        "protocol_version": row.protocol_version.number if row.protocol_version else None,
        "lines": row.lines,
    }
