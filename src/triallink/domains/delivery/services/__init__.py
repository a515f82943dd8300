"""What people do in delivery."""

from triallink.domains.delivery.services.generation import adopt_forecast, generate_plan, set_baseline
from triallink.domains.delivery.services.progress import (
    change_item,
    plan_subject,
    report_work,
    tick_checklist,
)

__all__ = [
    "adopt_forecast",
    "change_item",
    "generate_plan",
    "plan_subject",
    "report_work",
    "set_baseline",
    "tick_checklist",
]
