"""The tables of delivery, by noun."""

from triallink.domains.delivery.models.enrollment import EnrollmentCount
from triallink.domains.delivery.models.plan import LEVELS, PlanItem, PlanLink, StudyPlan
from triallink.domains.delivery.models.records import ActionItem, RecordComment, StudyRecord
from triallink.domains.delivery.models.reports import CalendarFeed, ReportSubscription, StatusReport
from triallink.domains.delivery.models.timesheets import TIMESHEET_STATES, Timesheet, TimesheetEntry
from triallink.domains.delivery.models.visits import VISIT_KINDS, VISIT_MODES, VISIT_STATES, MonitoringVisit

__all__ = [
    "LEVELS",
    "TIMESHEET_STATES",
    "VISIT_KINDS",
    "VISIT_MODES",
    "VISIT_STATES",
    "ActionItem",
    "CalendarFeed",
    "EnrollmentCount",
    "MonitoringVisit",
    "PlanItem",
    "PlanLink",
    "RecordComment",
    "ReportSubscription",
    "StatusReport",
    "StudyPlan",
    "StudyRecord",
    "Timesheet",
    "TimesheetEntry",
]
