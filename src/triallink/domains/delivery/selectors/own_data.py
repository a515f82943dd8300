"""What the copy of one's own data tells of the work done."""

from triallink.domains.delivery.models import CalendarFeed, ReportSubscription, Timesheet, TimesheetEntry
from triallink.foundation.own_data import Held

HELD = {
    "timesheets": Held(
        lambda person_id: Timesheet.objects.filter(person_id=person_id),
        ("organization__name_en", "week_on", "state", "submitted_at", "decided_at", "returned_reason"),
    ),
    "timesheet_entries": Held(
        lambda person_id: TimesheetEntry.objects.filter(timesheet__person_id=person_id),
        ("on", "study__code", "hours", "note"),
    ),
    "calendar_feeds": Held(
        lambda person_id: CalendarFeed.objects.filter(person_id=person_id),
        ("created_at", "revoked_at"),
    ),
    "report_subscriptions": Held(
        lambda person_id: ReportSubscription.objects.filter(person_id=person_id),
        ("study__code", "weekday", "created_at"),
    ),
}
