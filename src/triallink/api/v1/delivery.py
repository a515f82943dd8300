"""Delivery: plan items, monitoring visits, enrollment counts and timesheets."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.days import Day
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.delivery import services
from triallink.domains.delivery.access import item_for, visit_for
from triallink.domains.delivery.models import EnrollmentCount, MonitoringVisit, PlanItem, Timesheet
from triallink.domains.delivery.selectors import plan as plans
from triallink.domains.delivery.selectors import work
from triallink.domains.delivery.services.timesheets import HoursLine
from triallink.domains.studies.access import study_for
from triallink.foundation.files import read_file
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotFound

router = Router()
Id = Path(ge=1, lt=2**63)
Ref = Field(ge=1, lt=2**63)
StudyId = Query(ge=1, lt=2**63)


class PlanItemOut(Schema):
    """A milestone or task of a study's plan with its four pairs of dates."""

    id: int
    key: str
    level: str
    kind: str
    code: str
    name: dict[str, str]
    parent_id: int | None
    site_id: int | None
    country: str
    assignee_id: int | None
    contract_milestone_id: int | None
    baseline_start_on: Day | None
    baseline_finish_on: Day | None
    plan_start_on: Day | None
    plan_finish_on: Day | None
    forecast_start_on: Day | None
    forecast_finish_on: Day | None
    actual_start_on: Day | None
    actual_finish_on: Day | None
    total_float_days: int
    is_critical: bool


class PlanItemPage(Schema):
    """Some items and where to go on."""

    items: list[PlanItemOut]
    next_cursor: str


class WorkReportIn(Schema):
    """When a task began and was finished; null takes it back."""

    actual_start_on: Day | None = None
    actual_finish_on: Day | None = None
    why: str = Field("", max_length=300)


class VisitIn(Schema):
    """A monitoring visit to plan."""

    study_id: int = Ref
    site_id: int = Ref
    kind: str = Field(max_length=16)
    mode: str = Field("onsite", max_length=8)
    planned_on: Day
    monitor_id: int | None = Field(None, ge=1, lt=2**63)


class ConductIn(Schema):
    """When a visit took place, and with whom."""

    began_on: Day
    ended_on: Day
    attendees: str = Field("", max_length=500)


class ConfirmIn(Schema):
    """The day, way and monitor agreed with the site."""

    planned_on: Day
    mode: str = Field("onsite", max_length=8)
    monitor_id: int | None = Field(None, ge=1, lt=2**63)


class VisitRulesIn(Schema):
    """Up to which day the rules shall plan visits."""

    study_id: int = Ref
    until: Day


class ReportAnswerIn(Schema):
    """One answer of a visit report."""

    value: str = Field("", max_length=4000)
    comment: str = Field("", max_length=4000)


class VisitReportIn(Schema):
    """A visit report; handed in for review with is_submitted."""

    answers: dict[str, ReportAnswerIn]
    summary: str = Field("", max_length=6000)
    is_submitted: bool = False


class ReviewSignatureIn(Schema):
    """The signer's password or one-time code."""

    secret: str = Field(min_length=1, max_length=200)


class ReturnReasonIn(Schema):
    """Why something comes back."""

    why: str = Field(min_length=1, max_length=2000)


class VisitOut(Schema):
    """A monitoring visit."""

    id: int
    study_id: int
    site_id: int
    kind: str
    mode: str
    number: int
    state: str
    planned_on: Day
    began_on: Day | None
    ended_on: Day | None
    report_due_on: Day | None
    submitted_at: dt.datetime | None
    signed_at: dt.datetime | None
    content_hash: str


class VisitPage(Schema):
    """Some visits and where to go on."""

    items: list[VisitOut]
    next_cursor: str


class CountIn(Schema):
    """What a site has reached by a day, as totals since its opening."""

    study_id: int = Ref
    site_id: int = Ref
    on: Day
    screened: int = Field(ge=0, lt=10**6)
    failed: int = Field(ge=0, lt=10**6)
    enrolled: int = Field(ge=0, lt=10**6)
    completed: int = Field(ge=0, lt=10**6)
    note: str = Field("", max_length=200)


class CountOut(Schema):
    """One count of one site."""

    id: int
    site_id: int
    on: Day
    screened: int
    failed: int
    enrolled: int
    completed: int


class CountPage(Schema):
    """Some counts and where to go on."""

    items: list[CountOut]
    next_cursor: str


class SiteEnrollmentOut(Schema):
    """What one site planned and has reached."""

    number: str
    planned: int
    screened: int
    failed: int
    enrolled: int
    completed: int
    counted_on: Day | None


class ForecastPointOut(Schema):
    """How many subjects are expected by a day, with the 80 % band."""

    on: Day
    mean: float
    low: float
    high: float


class EnrollmentForecastOut(Schema):
    """A study's enrollment per site, and the forecast of all with its band."""

    planned: int
    enrolled: int
    reached_on: Day | None
    sites: list[SiteEnrollmentOut]
    forecast: list[ForecastPointOut]


class HoursIn(Schema):
    """Hours worked on one thing on one day."""

    on: Day
    study_id: int = Ref
    hours: Decimal = Field(ge=0, le=24, decimal_places=2, max_digits=4)
    contract_line_id: int | None = Field(None, ge=1, lt=2**63)
    plan_item_id: int | None = Field(None, ge=1, lt=2**63)
    note: str = Field("", max_length=200)


class WeekIn(Schema):
    """One's own week, written anew; handed in for approval with is_submitted."""

    week_on: Day
    lines: list[HoursIn] = Field(max_length=200)
    is_submitted: bool = False


class TimesheetOut(Schema):
    """One person's week."""

    id: int
    person_id: int
    week_on: Day
    state: str
    returned_reason: str


class TimesheetPage(Schema):
    """Some timesheets and where to go on."""

    items: list[TimesheetOut]
    next_cursor: str


@router.get("/items", auth=scope("delivery:read"), response=PlanItemPage)
def list_items(
    request: HttpRequest, paging: Query[Paging], study_id: int = StudyId, kind: str = Query("", max_length=10)
) -> dict[str, Any]:
    """Return the items of a study's plan, or only its milestones or tasks."""
    rows = plans.items(study_id, to=actor_of(request))
    return page_of(rows.filter(kind=kind) if kind else rows, paging, lambda row: row)


@router.post("/items/{item_id}/report", auth=scope("delivery:write"), response=PlanItemOut)
def report_work(request: HttpRequest, given: WorkReportIn, item_id: int = Id) -> PlanItem:
    """Say when a task or milestone began and was finished; the forecast follows."""
    services.report_work(item_id=item_id, by=actor_of(request), **given.dict())
    return item_for(item_id, to=actor_of(request))


@router.get("/visits", auth=scope("delivery:read"), response=VisitPage)
def list_visits(request: HttpRequest, paging: Query[Paging], study_id: int = StudyId) -> dict[str, Any]:
    """Return the monitoring visits of a study."""
    return page_of(work.visits(study_id, to=actor_of(request)), paging, lambda row: row)


@router.post("/visits", auth=scope("delivery:write"), response={201: VisitOut})
def schedule_visit(request: HttpRequest, given: VisitIn) -> Status[MonitoringVisit]:
    """Plan a monitoring visit."""
    return Status(201, services.schedule_visit(by=actor_of(request), **given.dict()))


@router.post("/visits/by-rules", auth=scope("delivery:write"), response={201: list[VisitOut]})
def schedule_by_rules(request: HttpRequest, given: VisitRulesIn) -> Status[list[MonitoringVisit]]:
    """Plan every visit the rules ask for up to a day and that is not planned yet."""
    return Status(201, services.schedule_by_rules(by=actor_of(request), **given.dict()))


@router.get("/visits/{visit_id}", auth=scope("delivery:read"), response=VisitOut)
def read_visit(request: HttpRequest, visit_id: int = Id) -> MonitoringVisit:
    """Return one visit."""
    return visit_for(visit_id, to=actor_of(request))


@router.get(
    "/visits/{visit_id}/papers/{paper}",
    auth=scope("delivery:read"),
    openapi_extra={"responses": {200: {"content": {"application/pdf": {"schema": {"type": "string"}}}}}},
)
def get_paper(
    request: HttpRequest, visit_id: int = Id, paper: str = Path(pattern="^(report|letter)$")
) -> HttpResponse:
    """Return the signed report or the follow-up letter of a visit as PDF."""
    visit = visit_for(visit_id, to=actor_of(request))
    file = visit.report_file if paper == "report" else visit.letter_file
    if file is None:
        raise NotFound
    return HttpResponse(read_file(file), content_type="application/pdf")


@router.post("/visits/{visit_id}/confirm", auth=scope("delivery:write"), response=VisitOut)
def confirm_visit(request: HttpRequest, given: ConfirmIn, visit_id: int = Id) -> MonitoringVisit:
    """Agree the day, the way and the monitor of a visit with the site."""
    return services.confirm_visit(visit_id=visit_id, by=actor_of(request), **given.dict())


@router.post("/visits/{visit_id}/cancel", auth=scope("delivery:write"), response=VisitOut)
def cancel_visit(request: HttpRequest, given: ReturnReasonIn, visit_id: int = Id) -> MonitoringVisit:
    """Cancel a visit that has not taken place."""
    return services.cancel_visit(visit_id=visit_id, why=given.why, by=actor_of(request))


@router.post("/visits/{visit_id}/conduct", auth=scope("delivery:write"), response=VisitOut)
def conduct_visit(request: HttpRequest, given: ConductIn, visit_id: int = Id) -> MonitoringVisit:
    """Say that a visit took place."""
    return services.conduct_visit(visit_id=visit_id, by=actor_of(request), **given.dict())


@router.post("/visits/{visit_id}/report", auth=scope("delivery:write"), response=VisitOut)
def write_report(request: HttpRequest, given: VisitReportIn, visit_id: int = Id) -> MonitoringVisit:
    """Keep the answers of a report, and hand it in if asked."""
    by = actor_of(request)
    answers = {code: answer.dict() for code, answer in given.answers.items()}
    visit = services.save_report(visit_id=visit_id, answers=answers, summary=given.summary, by=by)
    return services.submit_report(visit_id=visit_id, by=by) if given.is_submitted else visit


@router.post("/visits/{visit_id}/return", auth=scope("delivery:write"), response=VisitOut)
def return_report(request: HttpRequest, given: ReturnReasonIn, visit_id: int = Id) -> MonitoringVisit:
    """Return a report to its author."""
    return services.return_report(visit_id=visit_id, why=given.why, by=actor_of(request))


@router.post("/visits/{visit_id}/sign", auth=scope("delivery:write"), response=VisitOut)
def sign_report(request: HttpRequest, given: ReviewSignatureIn, visit_id: int = Id) -> MonitoringVisit:
    """Sign a report; what it proves is finished and paid at once."""
    return services.sign_report(visit_id=visit_id, secret=given.secret, by=actor_of(request))


@router.get("/enrollment", auth=scope("delivery:read"), response=CountPage)
def list_counts(request: HttpRequest, paging: Query[Paging], study_id: int = StudyId) -> dict[str, Any]:
    """Return what the sites of a study have reported."""
    study_for(study_id, to=actor_of(request))
    return page_of(EnrollmentCount.objects.filter(site__study_id=study_id), paging, lambda row: row)


@router.get("/enrollment/forecast", auth=scope("delivery:read"), response=EnrollmentForecastOut)
def forecast_enrollment(request: HttpRequest, study_id: int = StudyId) -> dict[str, Any]:
    """Return a study's enrollment per site and its forecast with the band."""
    found = work.enrollment(study_id, to=actor_of(request), today=system_clock.now().date())
    return {
        "planned": found.planned,
        "enrolled": found.total("enrolled"),
        "reached_on": found.reached_on,
        "sites": found.sites,
        "forecast": [
            dict(zip(("on", "mean", "low", "high"), point, strict=True)) for point in found.forecast
        ],
    }


@router.post("/enrollment", auth=scope("delivery:write"), response={201: CountOut})
def report_enrollment(request: HttpRequest, given: CountIn) -> Status[EnrollmentCount]:
    """Say what a site has reached by a day; the same day again corrects it."""
    return Status(201, services.report_enrollment(by=actor_of(request), **given.dict()))


@router.get("/timesheets", auth=scope("delivery:read"), response=TimesheetPage)
def list_timesheets(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the timesheets of one's organization for who approves them, else one's own."""
    return page_of(work.timesheets(to=actor_of(request)), paging, lambda row: row)


@router.post("/timesheets", auth=scope("delivery:write"), response={201: TimesheetOut})
def write_week(request: HttpRequest, given: WeekIn) -> Status[Timesheet]:
    """Write one's own week anew, and hand it in if asked."""
    by = actor_of(request)
    lines = [HoursLine(**line.dict()) for line in given.lines]
    sheet = services.write_hours(week_on=given.week_on, lines=lines, by=by)
    return Status(
        201, services.submit_timesheet(timesheet_id=sheet.pk, by=by) if given.is_submitted else sheet
    )


@router.post("/timesheets/{timesheet_id}/approve", auth=scope("delivery:write"), response=TimesheetOut)
def approve_week(request: HttpRequest, timesheet_id: int = Id) -> Timesheet:
    """Approve a colleague's week; hours under a contract are paid at once where it says so."""
    return services.approve_timesheet(timesheet_id=timesheet_id, by=actor_of(request))


@router.post("/timesheets/{timesheet_id}/return", auth=scope("delivery:write"), response=TimesheetOut)
def return_week(request: HttpRequest, given: ReturnReasonIn, timesheet_id: int = Id) -> Timesheet:
    """Return a colleague's week with a reason."""
    return services.return_timesheet(timesheet_id=timesheet_id, why=given.why, by=actor_of(request))
