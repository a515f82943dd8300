"""What happens in delivery."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PlanGenerated(Event):
    """A study has a plan."""

    study_id: int
    plan_id: int
    items: int


@dataclass(frozen=True, kw_only=True)
class BaselineSet(Event):
    """A plan's dates were frozen to compare with."""

    study_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class PlanChanged(Event):
    """Durations, links, dates or people of a plan changed."""

    study_id: int
    plan_id: int


@dataclass(frozen=True, kw_only=True)
class WorkReported(Event):
    """A task or milestone began or was finished."""

    study_id: int
    item_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class MilestoneReached(Event):
    """A milestone of a plan was reached."""

    study_id: int
    item_id: int
    code: str
    site_id: int | None
    reached_on: str


@dataclass(frozen=True, kw_only=True)
class ChecklistTicked(Event):
    """A point of a checklist was done, or undone."""

    study_id: int
    item_id: int


@dataclass(frozen=True, kw_only=True)
class WorkAssigned(Event):
    """Somebody is to do a task."""

    study_id: int
    item_id: int
    person_id: int | None


@dataclass(frozen=True, kw_only=True)
class VisitScheduled(Event):
    """A monitoring visit is planned."""

    study_id: int
    visit_id: int


@dataclass(frozen=True, kw_only=True)
class VisitMoved(Event):
    """A monitoring visit was confirmed, conducted, moved or cancelled."""

    study_id: int
    visit_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class VisitReportSaved(Event):
    """Answers of a visit report were written."""

    study_id: int
    visit_id: int


@dataclass(frozen=True, kw_only=True)
class VisitReportSubmitted(Event):
    """A visit report waits for review."""

    study_id: int
    visit_id: int


@dataclass(frozen=True, kw_only=True)
class VisitReportReturned(Event):
    """A visit report was returned with reasons."""

    study_id: int
    visit_id: int


@dataclass(frozen=True, kw_only=True)
class VisitReportSigned(Event):
    """A visit report was signed; the follow-up letter is written."""

    study_id: int
    visit_id: int
    site_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class RecordOpened(Event):
    """A record was opened."""

    study_id: int
    record_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class RecordChanged(Event):
    """What a record says changed."""

    study_id: int
    record_id: int


@dataclass(frozen=True, kw_only=True)
class RecordMoved(Event):
    """A record took a step."""

    study_id: int
    record_id: int
    kind: str
    state: str


@dataclass(frozen=True, kw_only=True)
class RecordEscalated(Event):
    """A record stayed open too long."""

    study_id: int
    record_id: int


@dataclass(frozen=True, kw_only=True)
class CommentWritten(Event):
    """Somebody said something on a record."""

    study_id: int
    record_id: int
    comment_id: int


@dataclass(frozen=True, kw_only=True)
class ActionAdded(Event):
    """Somebody is to do something by a day."""

    study_id: int
    action_id: int


@dataclass(frozen=True, kw_only=True)
class ActionDone(Event):
    """An action was closed."""

    study_id: int
    action_id: int


@dataclass(frozen=True, kw_only=True)
class HoursWritten(Event):
    """Hours of a week were written down."""

    timesheet_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class TimesheetSubmitted(Event):
    """A week's hours wait for approval."""

    timesheet_id: int
    organization_id: int
    person_id: int
    week_on: str


@dataclass(frozen=True, kw_only=True)
class TimesheetApproved(Event):
    """A week's hours are approved. Lines: [contract line id or None, study id, hours as text]."""

    timesheet_id: int
    organization_id: int
    person_id: int
    week_on: str
    lines: list[list[object]]


@dataclass(frozen=True, kw_only=True)
class TimesheetReturned(Event):
    """A week's hours were returned with a reason."""

    timesheet_id: int
    organization_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class OverrunForeseen(Event):
    """At its present pace a contract line will use up its hours, or nearly has."""

    contract_line_id: int
    contract_id: int
    used_share_percent: int


@dataclass(frozen=True, kw_only=True)
class MilestoneTied(Event):
    """A milestone of the plan was tied to the payable milestone of a contract, or untied from it."""

    study_id: int
    item_id: int
    contract_milestone_id: int | None


@dataclass(frozen=True, kw_only=True)
class EnrollmentReported(Event):
    """A site told how many subjects it has."""

    study_id: int
    site_id: int
    enrolled: int
    counted_on: str


@dataclass(frozen=True, kw_only=True)
class SubjectPlanned(Event):
    """A subject's visits were laid out from the protocol."""

    study_id: int
    site_id: int
    visits: int


@dataclass(frozen=True, kw_only=True)
class StatusReportMade(Event):
    """A study's status report was written."""

    study_id: int
    report_id: int


@dataclass(frozen=True, kw_only=True)
class ReportSubscribed(Event):
    """Somebody gets a study's status report every week, or no longer."""

    study_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class CalendarFeedMade(Event):
    """Somebody has a new secret calendar address; the one before is dead."""

    person_id: int
