"""The facts delivery proves: a visit report was signed, hours approved, subjects enrolled, people trained."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from triallink.domains.contracts.evidence import Fact, FactKind, Parameter, Scope, register
from triallink.domains.delivery.models import (
    VISIT_KINDS,
    EnrollmentCount,
    MonitoringVisit,
    StudyRecord,
    TimesheetEntry,
)
from triallink.domains.delivery.models.visits import VISIT_MODES
from triallink.kernel.refusals import N_


def signed_reports(scope: Scope, parameters: Mapping[str, Any]) -> Iterator[Fact]:
    """Return the signed visit reports of the scope's study, of its site if it names one."""
    if scope.study_id is None:
        return
    visits = MonitoringVisit.objects.filter(study_id=scope.study_id, state="signed")
    if scope.site_id is not None:
        visits = visits.filter(site_id=scope.site_id)
    if kind := parameters.get("visit_kind"):
        visits = visits.filter(kind=kind)
    if mode := parameters.get("mode"):
        visits = visits.filter(mode=mode)
    for visit in visits.select_related("site", "signed_by"):
        assert visit.signed_at is not None
        number = visit.site.number
        yield Fact(
            key=f"visit:{visit.pk}",
            title={
                "en": f"{VISIT_KINDS[visit.kind]} {visit.number} at site {number}: report signed",
                "zh": f"中心 {number} {ZH_KINDS[visit.kind]}第{visit.number}次：报告已签署",
            },
            url=f"/pmcp/visits/{visit.pk}/",
            at=visit.signed_at,
            by=str(visit.signed_by or ""),
            content_hash=visit.content_hash,
        )


def approved_hours(scope: Scope, parameters: Mapping[str, Any]) -> Iterator[Fact]:
    """Return the approved weeks with hours on the scope's contract line, or on its contract; one per week and line."""
    entries = TimesheetEntry.objects.filter(
        timesheet__state="approved", contract_line__contract_id=scope.contract_id
    )
    if scope.line_id is not None:
        entries = entries.filter(contract_line_id=scope.line_id)
    weeks: dict[tuple[int, int | None], Fact] = {}
    for entry in entries.select_related("timesheet__person", "timesheet__decided_by"):
        sheet = entry.timesheet
        assert sheet.decided_at is not None
        key = (sheet.pk, entry.contract_line_id)
        before = weeks[key].quantity if key in weeks else Decimal(0)
        weeks[key] = Fact(
            key=f"timesheet:{sheet.pk}:{entry.contract_line_id}",
            title={
                "en": f"{sheet.person}: {before + entry.hours} h in the week of {sheet.week_on}, approved",
                "zh": f"{sheet.person}：{sheet.week_on} 当周 {before + entry.hours} 小时，已批准",
            },
            url=f"/pmcp/hours/sheets/{sheet.pk}/",
            at=sheet.decided_at,
            by=str(sheet.decided_by or ""),
            quantity=before + entry.hours,
        )
    yield from weeks.values()


def enrolled_subjects(scope: Scope, parameters: Mapping[str, Any]) -> Iterator[Fact]:
    """Return one fact per enrolled subject of the scope's study or site, dated by the count that first held it."""
    if scope.study_id is None:
        return
    counts = EnrollmentCount.objects.filter(site__study_id=scope.study_id).select_related("site")
    if scope.site_id is not None:
        counts = counts.filter(site_id=scope.site_id)
    reached: dict[int, int] = {}
    for count in counts.order_by("site_id", "on"):
        number = count.site.number
        for nth in range(reached.get(count.site_id, 0) + 1, count.enrolled + 1):
            yield Fact(
                key=f"enrolled:{count.site_id}:{nth}",
                title={
                    "en": f"Subject {nth} of site {number} enrolled by {count.on}",
                    "zh": f"中心 {number} 第{nth}例受试者于 {count.on} 前入组",
                },
                url=f"/studies/{scope.study_id}/pmcp/enrollment/",
                at=count.reported_at,
            )
        reached[count.site_id] = max(reached.get(count.site_id, 0), count.enrolled)


def completed_trainings(scope: Scope, parameters: Mapping[str, Any]) -> Iterator[Fact]:
    """Return the signed entries of the training log of the scope's study or site."""
    if scope.study_id is None:
        return
    rows = StudyRecord.objects.filter(study_id=scope.study_id, kind="training", state="signed")
    if scope.site_id is not None:
        rows = rows.filter(site_id=scope.site_id)
    if course := parameters.get("course"):
        rows = rows.filter(values__course=course)
    for row in rows.select_related("owner"):
        assert row.closed_at is not None
        yield Fact(
            key=f"training:{row.pk}",
            title={"en": f"Training: {row.title}", "zh": f"培训：{row.title}"},
            url=f"/pmcp/records/{row.pk}/",
            at=row.closed_at,
            by=str(row.owner or ""),
        )


ZH_KINDS = {
    "qualification": "资格访视",
    "initiation": "启动访视",
    "interim": "期中监查访视",
    "closeout": "关闭访视",
}
KINDS = (
    FactKind(
        "visit_report_signed",
        N_("Visit report signed"),
        signed_reports,
        (
            Parameter("visit_kind", N_("Kind of visit"), choices=VISIT_KINDS),
            Parameter("mode", N_("Way of the visit"), choices=VISIT_MODES),
        ),
        unit="visit",
    ),
    FactKind("timesheet_approved", N_("Timesheet approved"), approved_hours, unit="hour"),
    FactKind("enrollment_count", N_("Subject enrolled"), enrolled_subjects, unit="subject"),
    FactKind(
        "training_complete",
        N_("Training complete"),
        completed_trainings,
        (Parameter("course", N_("Course")),),
    ),
)


def provide() -> None:
    """Register the facts; called when the application starts."""
    for kind in KINDS:
        register(kind)
