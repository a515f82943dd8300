"""Quality: applications for qualification, who is qualified, suspensions, and the process library."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.quality import selectors
from triallink.domains.quality.access import application_for, template_for
from triallink.domains.quality.models import QualificationApplication, SupplierSuspension
from triallink.domains.quality.services import applications as service
from triallink.domains.quality.services.decisions import decide_application
from triallink.domains.quality.services.suspensions import lift_suspension, suspend_supplier
from triallink.kernel.refusals import NotFound

router = Router()
Id = Path(ge=1, lt=2**63)


class ScopeBlock(Schema):
    """Services in areas and regions; no area or region means all of them."""

    services: list[str] = Field(max_length=20)
    areas: list[str] = Field(default_factory=list, max_length=40)
    regions: list[str] = Field(default_factory=list, max_length=60)


class ApplicationOut(Schema):
    """An application for qualification."""

    id: int
    reference: str
    organization_id: int
    questionnaire: str
    questionnaire_version: int
    scope: list[ScopeBlock]
    state: str
    submitted_at: dt.datetime | None
    returned_reason: str
    decided_at: dt.datetime | None
    decision_reason: str


class ApplicationPage(Schema):
    """Some applications and where to go on."""

    items: list[ApplicationOut]
    next_cursor: str


class BeginIn(Schema):
    """Which questionnaire to answer: cro, smo, lab or site."""

    questionnaire: str = Field(max_length=12)


class ApplicationAnswersIn(Schema):
    """Scope and answers as far as they go; what is missing stays as it was."""

    scope: list[ScopeBlock] | None = Field(None, max_length=10)
    answers: dict[str, dict[str, str]] | None = None


class DecideIn(Schema):
    """The decision on an application in review."""

    is_approved: bool
    reason: str = Field("", max_length=4000)
    scope: list[ScopeBlock] | None = Field(None, max_length=10)
    months: int | None = Field(None, ge=1, le=36)
    conditions: str = Field("", max_length=4000)


class QualityReasonIn(Schema):
    """Why."""

    reason: str = Field(min_length=1, max_length=4000)


class QualificationOut(Schema):
    """For what a supplier is qualified, until when."""

    id: int
    organization_id: int
    scope: list[ScopeBlock]
    state: str
    valid_from_on: dt.date
    expires_on: dt.date
    requalify_on: dt.date


class QualificationPage(Schema):
    """Some qualifications and where to go on."""

    items: list[QualificationOut]
    next_cursor: str


class SuspensionOut(Schema):
    """A stop, and when it was lifted."""

    id: int
    organization_id: int
    reason: str
    began_at: dt.datetime
    lifted_at: dt.datetime | None


class TemplateOut(Schema):
    """A template of the process library with the version in force."""

    id: int
    kind: str
    code: str
    stage: str
    services: list[str]
    phases: list[str]
    title: dict[str, str]
    cites: str
    number: int


class TemplatePage(Schema):
    """Some templates and where to go on."""

    items: list[TemplateOut]
    next_cursor: str


class TemplateFull(TemplateOut):
    """A template with its content."""

    content: dict[str, Any]


@router.get("/applications", auth=scope("quality:read"), response=ApplicationPage)
def list_applications(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the own applications; to the operator, all that were submitted."""
    return page_of(selectors.applications(to=actor_of(request)), paging, lambda row: row)


@router.get("/applications/{application_id}", auth=scope("quality:read"), response=ApplicationOut)
def read_application(request: HttpRequest, application_id: int = Id) -> QualificationApplication:
    """Return one application."""
    return application_for(application_id, to=actor_of(request))


@router.post("/applications", auth=scope("quality:write"), response={201: ApplicationOut})
def begin_application(request: HttpRequest, given: BeginIn) -> Status[QualificationApplication]:
    """Begin an application."""
    return Status(201, service.begin_application(questionnaire=given.questionnaire, by=actor_of(request)))


@router.put("/applications/{application_id}", auth=scope("quality:write"), response=ApplicationOut)
def answer_application(
    request: HttpRequest, given: ApplicationAnswersIn, application_id: int = Id
) -> QualificationApplication:
    """Save scope and answers."""
    return service.answer_application(
        application_id=application_id,
        scope=None if given.scope is None else [block.dict() for block in given.scope],
        answers=given.answers,
        by=actor_of(request),
    )


@router.post("/applications/{application_id}/submit", auth=scope("quality:write"), response=ApplicationOut)
def submit_application(request: HttpRequest, application_id: int = Id) -> QualificationApplication:
    """Hand an application in."""
    return service.submit_application(application_id=application_id, by=actor_of(request))


@router.post("/applications/{application_id}/take-up", auth=scope("quality:write"), response=ApplicationOut)
def take_up_application(request: HttpRequest, application_id: int = Id) -> QualificationApplication:
    """Begin the operator's review."""
    return service.take_up_application(application_id=application_id, by=actor_of(request))


@router.post("/applications/{application_id}/return", auth=scope("quality:write"), response=ApplicationOut)
def return_application(
    request: HttpRequest, given: QualityReasonIn, application_id: int = Id
) -> QualificationApplication:
    """Ask the supplier to complete its application."""
    return service.return_application(
        application_id=application_id, reason=given.reason, by=actor_of(request)
    )


@router.post("/applications/{application_id}/decide", auth=scope("quality:write"), response=ApplicationOut)
def decide(request: HttpRequest, given: DecideIn, application_id: int = Id) -> QualificationApplication:
    """Approve or reject an application in review."""
    return decide_application(
        application_id=application_id,
        is_approved=given.is_approved,
        reason=given.reason,
        scope=None if given.scope is None else [block.dict() for block in given.scope],
        months=given.months,
        conditions=given.conditions,
        by=actor_of(request),
    )


@router.get("/qualifications", auth=scope("quality:read"), response=QualificationPage)
def list_qualifications(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the own qualifications; to the operator, all."""
    return page_of(selectors.qualifications(to=actor_of(request)), paging, lambda row: row)


@router.post(
    "/organizations/{organization_id}/suspend", auth=scope("quality:write"), response={201: SuspensionOut}
)
def suspend(
    request: HttpRequest, given: QualityReasonIn, organization_id: int = Id
) -> Status[SupplierSuspension]:
    """Stop a supplier at once; for the operator."""
    return Status(
        201,
        suspend_supplier(organization_id=organization_id, reason=given.reason, by=actor_of(request)),
    )


@router.post("/organizations/{organization_id}/lift", auth=scope("quality:write"), response=SuspensionOut)
def lift(request: HttpRequest, given: QualityReasonIn, organization_id: int = Id) -> SupplierSuspension:
    """Let a suspended supplier sell again; for the operator."""
    return lift_suspension(organization_id=organization_id, reason=given.reason, by=actor_of(request))


@router.get("/templates", auth=scope("quality:read"), response=TemplatePage)
def list_templates(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the templates of the process library that are in force."""
    rows = selectors.templates(to=actor_of(request), on=timezone.localdate())
    return page_of(rows, paging, lambda row: row)


@router.get("/templates/{template_id}", auth=scope("quality:read"), response=TemplateFull)
def read_template(request: HttpRequest, template_id: int = Id) -> dict[str, Any]:
    """Return one template with the content in force."""
    template = template_for(template_id, to=actor_of(request))
    version = selectors.version_in_force(template.pk, timezone.localdate())
    if version is None:
        raise NotFound
    return {
        "id": template.pk,
        "kind": template.kind,
        "code": template.code,
        "stage": template.stage,
        "services": template.services,
        "phases": template.phases,
        "title": version.title,
        "cites": version.cites,
        "number": version.number,
        "content": version.content,
    }
