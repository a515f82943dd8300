"""What a viewer may read of visits, records, actions, hours and enrollment."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from triallink.domains.accounts.models import Membership, Person
from triallink.domains.delivery.models import (
    ActionItem,
    EnrollmentCount,
    MonitoringVisit,
    PlanItem,
    StudyRecord,
    Timesheet,
    TimesheetEntry,
)
from triallink.domains.delivery.services.timesheets import APPROVERS
from triallink.domains.studies.access import study_for, visible_studies
from triallink.domains.studies.models import Study, StudySite
from triallink.engines.planning import enrollment_band
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound

DAYS_PER_MONTH = 30.4375


def visits(study_id: int, *, to: Actor) -> QuerySet[MonitoringVisit]:
    """Return a study's monitoring visits. Refuses: NotFound."""
    study = study_for(study_id, to=to)
    return study.monitoring_visits.select_related("site", "monitor").order_by("-planned_on", "pk")


def records(study_id: int, *, to: Actor, kind: str = "") -> QuerySet[StudyRecord]:
    """Return a study's records of a kind, or of all. Refuses: NotFound."""
    rows = study_for(study_id, to=to).records.select_related("site", "owner")
    return (rows.filter(kind=kind) if kind else rows).order_by("-created_at", "-pk")


def record_counts(study_id: int, *, to: Actor) -> dict[str, tuple[int, int]]:
    """Return open and all records of a study by kind. Refuses: NotFound."""
    rows = study_for(study_id, to=to).records.order_by().values("kind")
    found = rows.annotate(open=Count("pk", filter=Q(closed_at=None)), all=Count("pk"))
    return {row["kind"]: (row["open"], row["all"]) for row in found}


def my_actions(*, to: Actor) -> QuerySet[ActionItem]:
    """Return the person's open actions, the most urgent first."""
    rows = ActionItem.objects.filter(
        owner_id=to.own_person_id, closed_at=None, study__in=visible_studies(to=to)
    )
    return rows.select_related("study", "visit", "record").order_by("due_on", "pk")


def my_visits(*, to: Actor, since: dt.date) -> QuerySet[MonitoringVisit]:
    """Return the person's own visits that lie ahead or whose report is still theirs to write."""
    rows = MonitoringVisit.objects.filter(monitor_id=to.own_person_id, study__in=visible_studies(to=to))
    still = Q(state__in=["conducted", "returned"]) | Q(
        state__in=["planned", "confirmed"], planned_on__gte=since
    )
    return rows.filter(still).select_related("study", "site").order_by("planned_on", "pk")


def my_records(*, to: Actor) -> QuerySet[StudyRecord]:
    """Return the open records the person owns."""
    rows = StudyRecord.objects.filter(
        owner_id=to.own_person_id, closed_at=None, study__in=visible_studies(to=to)
    )
    return rows.select_related("study", "site").order_by("due_on", "pk")


def timesheet_of(*, to: Actor, week_on: dt.date) -> Timesheet | None:
    """Return the person's own timesheet of a week, None if nothing is written."""
    return Timesheet.objects.filter(
        person_id=to.own_person_id, organization_id=to.own_organization_id, week_on=week_on
    ).first()


def timesheet_for(timesheet_id: int, *, to: Actor) -> Timesheet:
    """Return a timesheet: one's own, a colleague's to an approver, an approved one to the sponsor it was worked for.

    Refuses: NotFound.
    """
    sheet = Timesheet.objects.select_related("person", "organization", "decided_by").filter(pk=timesheet_id)
    found = sheet.first()
    if found is not None:
        is_own = found.person_id == to.person_id
        is_approver = found.organization_id == to.organization_id and to.has(*APPROVERS, "finance")
        if (is_own or is_approver) and found.organization_id == to.organization_id:
            return found
        worked_for = found.entries.filter(study__sponsor_id=to.organization_id)
        if to.organization_id and found.state == "approved" and worked_for.exists():
            return found
    raise NotFound


def entries_of(sheet: Timesheet, *, to: Actor) -> list[TimesheetEntry]:
    """Return a timesheet's hours; somebody of another organization sees those of their own studies only."""
    rows = sheet.entries.select_related(
        "study", "contract_line__service", "contract_line__contract", "plan_item__site"
    )
    if sheet.organization_id != to.organization_id:
        rows = rows.filter(study__sponsor_id=to.own_organization_id)
    return list(rows.order_by("on", "pk"))


def timesheets(*, to: Actor) -> QuerySet[Timesheet]:
    """Return the timesheets of the actor's organization for an approver, else the person's own."""
    rows = Timesheet.objects.filter(organization_id=to.own_organization_id)
    if not to.has(*APPROVERS, "finance"):
        rows = rows.filter(person_id=to.own_person_id)
    return (
        rows.select_related("person")
        .annotate(total=Sum("entries__hours"))
        .order_by("-week_on", "person__name")
    )


@dataclass(frozen=True)
class PersonLoad:
    """One person's planned hours per week."""

    person: Person
    hours: list[float]


def workload(*, to: Actor, first: dt.date, weeks: int) -> list[PersonLoad]:
    """Return the planned hours of open tasks per colleague and week, spread evenly over each task's forecast days."""
    members = Membership.objects.filter(organization_id=to.own_organization_id, ended_at=None)
    people = Person.objects.filter(pk__in=members.values("person_id"), is_active=True).order_by("name")
    last = first + dt.timedelta(weeks=weeks)
    rows = PlanItem.objects.filter(
        assignee__in=people,
        kind="task",
        actual_finish_on=None,
        forecast_finish_on__gte=first,
        forecast_start_on__lt=last,
        plan__study__in=visible_studies(to=to),
    ).values_list("assignee_id", "hours", "forecast_start_on", "forecast_finish_on")
    load: dict[int, list[float]] = defaultdict(lambda: [0.0] * weeks)
    for person_id, hours, start, finish in rows:
        if person_id is None or start is None or finish is None:
            continue
        days = (finish - start).days + 1
        for week in range(weeks):
            monday = first + dt.timedelta(weeks=week)
            overlap = (min(finish, monday + dt.timedelta(days=6)) - max(start, monday)).days + 1
            if overlap > 0:
                load[person_id][week] += float(hours) * overlap / days
    return [PersonLoad(person, load[person.pk]) for person in people]


@dataclass(frozen=True)
class SiteEnrollment:
    """One site's enrollment: the plan and the newest count."""

    site: StudySite
    planned: int
    screened: int = 0
    failed: int = 0
    enrolled: int = 0
    completed: int = 0
    counted_on: dt.date | None = None
    opened_on: dt.date | None = None

    @property
    def number(self) -> str:
        """Return the site's number."""
        return self.site.number

    @property
    def share(self) -> float:
        """Return the share of the plan that is enrolled."""
        return min(self.enrolled / self.planned, 1.0) if self.planned else 0.0


@dataclass(frozen=True)
class Enrollment:
    """A study's enrollment: sites, the curve so far, and the forecast with its band.

    curve      (day, enrolled in all sites by then).
    forecast   (day, mean, low, high) from the last count on.
    reached_on the day the mean reaches the plan, None beyond the forecast.
    """

    sites: list[SiteEnrollment]
    planned: int
    curve: list[tuple[dt.date, int]] = field(default_factory=list)
    plan_curve: list[tuple[dt.date, float]] = field(default_factory=list)
    forecast: list[tuple[dt.date, float, float, float]] = field(default_factory=list)
    reached_on: dt.date | None = None

    def total(self, name: str) -> int:
        """Return the sum of a number over the sites."""
        return sum(getattr(row, name) for row in self.sites)


def enrollment(study_id: int, *, to: Actor, today: dt.date) -> Enrollment:
    """Return a study's enrollment per site with the forecast of all. Refuses: NotFound."""
    study = study_for(study_id, to=to)
    sites = list(study.sites.order_by("number"))
    counts: dict[int, list[EnrollmentCount]] = defaultdict(list)
    for count in EnrollmentCount.objects.filter(site__study=study).order_by("on"):
        counts[count.site_id].append(count)
    opened = dict(
        PlanItem.objects.filter(plan__study=study, code="S_SIV", kind="milestone").values_list(
            "site_id", "actual_finish_on"
        )
    )
    coming = dict(
        PlanItem.objects.filter(plan__study=study, code="S_SIV", kind="milestone").values_list(
            "site_id", "forecast_finish_on"
        )
    )
    rows = [_site(site, counts[site.pk], opened.get(site.pk)) for site in sites]
    planned = study.planned_subjects or sum(row.planned for row in rows)
    curve = _curve(counts)
    found = Enrollment(rows, planned, curve, _plan_curve(study, rows, planned))
    if not rows or not planned:
        return found
    forecast = _forecast(study, rows, coming, today, planned)
    reached = next((day for day, mean, _, _ in forecast if mean >= planned), None)
    return Enrollment(rows, planned, curve, found.plan_curve, forecast, reached)


def _site(site: StudySite, counts: list[EnrollmentCount], opened_on: dt.date | None) -> SiteEnrollment:
    if not counts:
        return SiteEnrollment(site, site.planned_subjects, opened_on=opened_on)
    last = counts[-1]
    return SiteEnrollment(
        site, site.planned_subjects, last.screened, last.failed, last.enrolled, last.completed, last.on,
        opened_on or counts[0].on,
    )  # fmt: skip


def _curve(counts: dict[int, list[EnrollmentCount]]) -> list[tuple[dt.date, int]]:
    days = sorted({count.on for rows in counts.values() for count in rows})
    curve = []
    latest: dict[int, int] = {}
    by_day: dict[dt.date, list[EnrollmentCount]] = defaultdict(list)
    for rows in counts.values():
        for count in rows:
            by_day[count.on].append(count)
    for day in days:
        latest |= {count.site_id: count.enrolled for count in by_day[day]}
        curve.append((day, sum(latest.values())))
    return curve


def _plan_curve(study: Study, rows: Sequence[SiteEnrollment], planned: int) -> list[tuple[dt.date, float]]:
    first = min((row.opened_on for row in rows if row.opened_on), default=study.start_on)
    if first is None or not study.enrollment_months:
        return []
    return [
        (first, 0.0),
        (first + dt.timedelta(days=round(study.enrollment_months * DAYS_PER_MONTH)), planned),
    ]


def _forecast(
    study: Study, rows: list[SiteEnrollment], coming: Mapping[int, dt.date | None], today: dt.date, planned: int
) -> list[tuple[dt.date, float, float, float]]:  # fmt: skip
    days = (study.enrollment_months or 12) * DAYS_PER_MONTH
    per_site = planned / len(rows)
    horizons = list(range(0, 366, 15))
    band = enrollment_band(
        [row.enrolled for row in rows],
        [max((today - row.opened_on).days, 0) if row.opened_on else 0 for row in rows],
        [max(row.planned or per_site, 0.5) / days for row in rows],
        horizons,
        opens_in=[_wait(row, coming.get(row.site.pk), today) for row in rows],
    )
    return [
        (today + dt.timedelta(days=horizon), round(float(mean), 1), float(low), float(high))
        for horizon, mean, low, high in zip(horizons, band.mean, band.low, band.high, strict=True)
    ]


def _wait(row: SiteEnrollment, coming: dt.date | None, today: dt.date) -> int:
    if row.opened_on:
        return 0
    return max((coming - today).days, 0) if coming else 90


def hours_of_study(study_id: int) -> Decimal:
    """Return the approved hours of a study."""
    rows = TimesheetEntry.objects.filter(study_id=study_id, timesheet__state="approved")
    return rows.aggregate(sum=Sum("hours"))["sum"] or Decimal(0)
