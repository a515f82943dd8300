"""Hours: what somebody worked in a week, for which study, task and contract line."""

from django.db import models
from django.db.models import Q

from triallink.domains.accounts.models import Organization, Person
from triallink.domains.contracts.models import ContractLine
from triallink.domains.delivery.models.plan import PlanItem
from triallink.domains.studies.models import Study
from triallink.foundation.guards import keeps_history
from triallink.kernel.refusals import N_

TIMESHEET_STATES = {
    "draft": N_("Draft"),
    "submitted": N_("Waiting for approval"),
    "approved": N_("Approved"),
    "returned": N_("Returned"),
}


@keeps_history()
class Timesheet(models.Model):
    """One person's week for one organization. `week_on` is its Monday."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="timesheets")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="timesheets")
    week_on = models.DateField()
    state = models.CharField(max_length=10, default="draft")
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    returned_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "organization", "week_on"], name="timesheet_once"),
            models.CheckConstraint(
                name="timesheet_state_known", condition=Q(state__in=list(TIMESHEET_STATES))
            ),
            models.CheckConstraint(name="timesheet_begins_on_monday", condition=Q(week_on__iso_week_day=1)),
        ]
        indexes = [models.Index(fields=["organization", "state", "week_on"], name="timesheet_waiting")]


@keeps_history()
class TimesheetEntry(models.Model):
    """Hours of one day on one thing: a study, and within it a task or a contract line."""

    timesheet = models.ForeignKey(Timesheet, on_delete=models.CASCADE, related_name="entries")
    on = models.DateField()
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="hours")
    contract_line = models.ForeignKey(
        ContractLine, null=True, on_delete=models.PROTECT, related_name="hours_worked"
    )
    plan_item = models.ForeignKey(PlanItem, null=True, on_delete=models.PROTECT, related_name="hours_worked")
    hours = models.DecimalField(max_digits=4, decimal_places=2)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["timesheet", "on", "study", "contract_line", "plan_item"],
                name="timesheet_entry_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="timesheet_entry_hours", condition=Q(hours__gt=0, hours__lte=24)),
        ]
        indexes = [models.Index(fields=["contract_line", "on"], name="hours_by_contract_line")]
