"""Tell people what waits for them, and register the facts delivery proves."""

from collections.abc import Iterable

from triallink.domains.accounts.models import Membership
from triallink.domains.contracts.models import Contract
from triallink.domains.contracts.services import collect_by_facts
from triallink.domains.delivery.events import (
    CommentWritten,
    EnrollmentReported,
    OverrunForeseen,
    RecordEscalated,
    RecordMoved,
    TimesheetApproved,
    TimesheetReturned,
    TimesheetSubmitted,
    VisitReportReturned,
    VisitReportSigned,
    VisitReportSubmitted,
    WorkAssigned,
)
from triallink.domains.delivery.facts import provide
from triallink.domains.delivery.models import (
    MonitoringVisit,
    PlanItem,
    RecordComment,
    StudyRecord,
    Timesheet,
    TimesheetEntry,
)
from triallink.domains.studies.models import StudyParty
from triallink.foundation.notices import notify
from triallink.foundation.outbox import hears
from triallink.kernel.refusals import N_

provide()


@hears(WorkAssigned)
def tell_who_is_to_do_it(event: WorkAssigned) -> None:
    """Tell the person a task was given to."""
    if event.person_id is None:
        return
    item = PlanItem.objects.select_related("plan__study").get(pk=event.item_id)
    notify(
        [event.person_id],
        kind="work_assigned",
        template=N_("You were given the task “%(task)s” in %(study)s."),
        url=f"/pmcp/items/{item.pk}/",
        task=item.name,
        study=item.plan.study.code,
    )


@hears(VisitReportSubmitted)
def ask_for_review(event: VisitReportSubmitted) -> None:
    """Ask those who sign visit reports."""
    _of_visit(
        event.visit_id, N_("The report of a visit to site %(site)s of %(study)s waits for your review.")
    )


@hears(VisitReportReturned, VisitReportSigned)
def tell_the_author(event: VisitReportReturned | VisitReportSigned) -> None:
    """Tell the author what became of the report."""
    visit = MonitoringVisit.objects.select_related("study", "site").get(pk=event.visit_id)
    template = (
        N_("Your report of the visit to site %(site)s of %(study)s was signed.")
        if isinstance(event, VisitReportSigned)
        else N_("Your report of the visit to site %(site)s of %(study)s was returned.")
    )
    if visit.submitted_by_id:
        _tell_of_visit([visit.submitted_by_id], visit, template)


@hears(VisitReportSigned, EnrollmentReported)
def pay_by_the_fact(event: VisitReportSigned | EnrollmentReported) -> None:
    """Let the contracts of the study that pay by facts pay this one."""
    collect_by_facts(study_id=event.study_id)


@hears(RecordMoved)
def pay_by_the_training(event: RecordMoved) -> None:
    """Let contracts pay for a training that was signed."""
    if event.kind == "training":
        collect_by_facts(study_id=event.study_id)


@hears(TimesheetApproved)
def pay_by_the_hour(event: TimesheetApproved) -> None:
    """Let the contracts whose hours were approved pay them."""
    studies = TimesheetEntry.objects.filter(timesheet_id=event.timesheet_id).exclude(contract_line=None)
    for study_id in sorted(set(studies.values_list("study_id", flat=True))):
        collect_by_facts(study_id=study_id)


@hears(CommentWritten)
def tell_the_mentioned(event: CommentWritten) -> None:
    """Tell people named in a comment."""
    comment = RecordComment.objects.select_related("record__study", "by").get(pk=event.comment_id)
    notify(
        comment.mentions,
        kind="mentioned",
        template=N_("%(person)s mentioned you in %(reference)s of %(study)s."),
        url=f"/pmcp/records/{comment.record_id}/",
        person=str(comment.by),
        reference=comment.record.reference,
        study=comment.record.study.code,
    )


@hears(RecordEscalated)
def tell_the_leads(event: RecordEscalated) -> None:
    """Tell the sponsor's leads and quality of a record that stayed open."""
    found = StudyRecord.objects.select_related("study").get(pk=event.record_id)
    people = _with_roles([found.study.sponsor_id], "project_lead", "quality")
    notify(
        {*people, *filter(None, [found.owner_id])},
        kind="record_escalated",
        template=N_("%(reference)s of %(study)s is overdue: %(title)s"),
        url=f"/pmcp/records/{found.pk}/",
        reference=found.reference,
        study=found.study.code,
        title=found.title,
    )


@hears(TimesheetSubmitted)
def ask_for_approval(event: TimesheetSubmitted) -> None:
    """Ask those who approve hours."""
    people = set(_with_roles([event.organization_id], "resource_manager")) - {event.person_id}
    notify(
        people,
        kind="timesheet_submitted",
        template=N_("The hours of the week of %(week)s wait for your approval."),
        url=f"/pmcp/hours/sheets/{event.timesheet_id}/",
        week=event.week_on,
    )


@hears(TimesheetReturned)
def tell_of_returned_hours(event: TimesheetReturned) -> None:
    """Tell the person whose hours were returned."""
    sheet = Timesheet.objects.get(pk=event.timesheet_id)
    notify(
        [event.person_id],
        kind="timesheet_returned",
        template=N_("Your hours of the week of %(week)s were returned: %(why)s"),
        url=f"/pmcp/hours/?week={sheet.week_on}",
        week=str(sheet.week_on),
        why=sheet.returned_reason,
    )


@hears(OverrunForeseen)
def warn_of_overrun(event: OverrunForeseen) -> None:
    """Warn both sides of a contract before its hours are used up."""
    contract = Contract.objects.get(pk=event.contract_id)
    parties = contract.parties.values_list("organization_id", flat=True)
    notify(
        _with_roles(parties, "project_lead", "business_lead", "resource_manager"),
        kind="hours_overrun",
        template=N_("%(percent)s %% of the hours of a line of contract %(reference)s are used."),
        url=f"/contracts/{contract.pk}/",
        percent=event.used_share_percent,
        reference=contract.reference,
    )


def _of_visit(visit_id: int, template: str) -> None:
    visit = MonitoringVisit.objects.select_related("study", "site").get(pk=visit_id)
    parties = StudyParty.objects.filter(study=visit.study, ended_at=None)
    organizations = [visit.study.sponsor_id, *parties.values_list("organization_id", flat=True)]
    people = set(_with_roles(organizations, "project_lead", "quality")) - {visit.submitted_by_id or 0}
    _tell_of_visit(people, visit, template)


def _tell_of_visit(people: Iterable[int], visit: MonitoringVisit, template: str) -> None:
    notify(
        people,
        kind="visit_report",
        template=template,
        url=f"/pmcp/visits/{visit.pk}/",
        site=visit.site.number,
        study=visit.study.code,
    )


def _with_roles(organization_ids: Iterable[int], *roles: str) -> list[int]:
    members = Membership.objects.filter(
        organization_id__in=list(organization_ids), ended_at=None, roles__overlap=list(roles)
    )
    return list(members.values_list("person_id", flat=True))
