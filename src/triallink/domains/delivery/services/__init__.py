"""What people do in delivery."""

from triallink.domains.delivery.services.enrollment import report_enrollment
from triallink.domains.delivery.services.generation import adopt_forecast, generate_plan, set_baseline
from triallink.domains.delivery.services.links import add_link, remove_link, tie_milestone
from triallink.domains.delivery.services.progress import (
    change_item,
    finish_by_visit,
    import_actuals,
    plan_subject,
    report_work,
    tick_checklist,
)
from triallink.domains.delivery.services.records import (
    add_action,
    change_record,
    close_action,
    escalate_overdue,
    open_record,
    take_step,
    write_comment,
)
from triallink.domains.delivery.services.reports import (
    make_calendar_feed,
    make_status_report,
    subscribe_report,
)
from triallink.domains.delivery.services.timesheets import (
    approve_timesheet,
    return_timesheet,
    submit_timesheet,
    write_hours,
)
from triallink.domains.delivery.services.visits import (
    cancel_visit,
    conduct_visit,
    confirm_visit,
    return_report,
    save_report,
    schedule_by_rules,
    schedule_visit,
    sign_report,
    submit_report,
)

__all__ = [
    "add_action",
    "add_link",
    "adopt_forecast",
    "approve_timesheet",
    "cancel_visit",
    "change_item",
    "change_record",
    "close_action",
    "conduct_visit",
    "confirm_visit",
    "escalate_overdue",
    "finish_by_visit",
    "generate_plan",
    "import_actuals",
    "make_calendar_feed",
    "make_status_report",
    "open_record",
    "plan_subject",
    "remove_link",
    "report_enrollment",
    "report_work",
    "return_report",
    "return_timesheet",
    "save_report",
    "schedule_by_rules",
    "schedule_visit",
    "set_baseline",
    "sign_report",
    "submit_report",
    "submit_timesheet",
    "subscribe_report",
    "take_step",
    "tick_checklist",
    "tie_milestone",
    "write_comment",
    "write_hours",
]
