"""The cockpit: the health of all studies one sees, what comes next, and their status reports."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.days import Day
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.delivery import services
from triallink.domains.delivery.access import status_report_for
from triallink.domains.delivery.models import ReportSubscription, StatusReport
from triallink.domains.delivery.selectors import cockpit as selectors
from triallink.domains.studies.access import study_for
from triallink.foundation.files import read_file
from triallink.kernel.clock import system_clock

router = Router()
MOST_STUDIES = 500


class MilestoneHealthOut(Schema):
    """A milestone of a study as the cockpit weighs it: good, warn, bad, or calm while it lies far ahead."""

    item_id: int
    code: str
    name: dict[str, str]
    tone: str
    late_days: int
    agreed_on: Day | None
    forecast_on: Day | None
    is_done: bool


class SignalsOut(Schema):
    """What quality looks at."""

    open_issues: int
    major_deviations: int
    overdue_capa: int
    late_reports: int
    overdue_actions: int


class StudyHealthOut(Schema):
    """One study; money in minor units, of the contracts the caller sees."""

    study_id: int
    code: str
    tone: str
    has_plan: bool
    late_days: int
    milestones: list[MilestoneHealthOut]
    sites: int
    sites_open: int
    planned_subjects: int
    enrolled: int
    work_share: float
    currency: str
    contracted_minor: int
    earned_minor: int
    planned_minor: int
    signals: SignalsOut

    @staticmethod
    def resolve_study_id(health: selectors.StudyHealth) -> int:
        """Return the study's id."""
        return health.study.pk

    @staticmethod
    def resolve_code(health: selectors.StudyHealth) -> str:
        """Return the study's code."""
        return health.study.code


class ComingOut(Schema):
    """Something that is due soon: a milestone or task (item), a visit, or an action."""

    on: Day
    study_code: str
    name: dict[str, str]
    place: str
    kind: str
    object_id: int


class StatusReportIn(Schema):
    """Of which study, in which language."""

    study_id: int = Field(ge=1, lt=2**63)
    language: str = Field("en", pattern="^(en|zh)$")


class StatusReportOut(Schema):
    """A status report as it was on a day."""

    id: int
    study_id: int
    on: Day
    language: str
    created_at: dt.datetime


class StatusReportPage(Schema):
    """Some reports and where to go on."""

    items: list[StatusReportOut]
    next_cursor: str


class SubscriptionIn(Schema):
    """On which day of the week the report comes (1 Monday to 7 Sunday); null for no longer."""

    study_id: int = Field(ge=1, lt=2**63)
    weekday: int | None = Field(None, ge=1, le=7)


class SubscriptionOut(Schema):
    """On which day of the week one's report of a study comes, null for never."""

    weekday: int | None


@router.get("/", auth=scope("delivery:read"), response=list[StudyHealthOut])
def list_health(request: HttpRequest) -> list[selectors.StudyHealth]:
    """Return the health of the newest studies one sees, 500 at most."""
    found = selectors.health_of_studies(to=actor_of(request), today=system_clock.now().date())
    return selectors.with_names(found[:MOST_STUDIES])


@router.get("/studies/{study_id}", auth=scope("delivery:read"), response=StudyHealthOut)
def get_health(request: HttpRequest, study_id: int = Path(ge=1, lt=2**63)) -> selectors.StudyHealth:
    """Return the health of one study."""
    return selectors.one_study(study_id, to=actor_of(request), today=system_clock.now().date())


@router.get("/coming", auth=scope("delivery:read"), response=list[ComingOut])
def list_coming(request: HttpRequest, days: int = Query(30, ge=1, le=365)) -> list[selectors.Coming]:
    """Return the milestones, visits and actions of the next days, earliest first, 40 at most."""
    return selectors.coming_up(to=actor_of(request), today=system_clock.now().date(), days=days)


@router.get("/reports", auth=scope("delivery:read"), response=StatusReportPage)
def list_reports(
    request: HttpRequest, paging: Query[Paging], study_id: int = Query(ge=1, lt=2**63)
) -> dict[str, Any]:
    """Return the status reports made for one's organization."""
    actor = actor_of(request)
    reports = study_for(study_id, to=actor).status_reports.filter(organization_id=actor.organization_id)
    return page_of(reports, paging, lambda row: row)


@router.post("/reports", auth=scope("delivery:write"), response={201: StatusReportOut})
def make_report(request: HttpRequest, given: StatusReportIn) -> Status[StatusReport]:
    """Write a study's status report now."""
    return Status(201, services.make_status_report(by=actor_of(request), **given.dict()))


@router.get(
    "/reports/{report_id}/document",
    auth=scope("delivery:read"),
    openapi_extra={"responses": {200: {"content": {"application/pdf": {"schema": {"type": "string"}}}}}},
)
def get_report(request: HttpRequest, report_id: int = Path(ge=1, lt=2**63)) -> HttpResponse:
    """Return a status report as PDF."""
    report = status_report_for(report_id, to=actor_of(request))
    return HttpResponse(read_file(report.file), content_type="application/pdf")


@router.post("/subscription", auth=scope("delivery:write"), response=SubscriptionOut)
def subscribe(request: HttpRequest, given: SubscriptionIn) -> dict[str, int | None]:
    """Get a study's report every week, or no longer."""
    found: ReportSubscription | None = services.subscribe_report(by=actor_of(request), **given.dict())
    return {"weekday": found.weekday if found else None}
