"""Monitoring visits: when, by whom, what was asked and found, and who signed the report."""

from django.db import models
from django.db.models import Q

from triallink.domains.accounts.models import Person
from triallink.domains.delivery.models.plan import PlanItem
from triallink.domains.studies.models import Study, StudySite
from triallink.foundation.guards import keeps_history
from triallink.foundation.models import StoredFile
from triallink.kernel.refusals import N_

VISIT_KINDS = {
    "qualification": N_("Qualification visit"),
    "initiation": N_("Initiation visit"),
    "interim": N_("Interim monitoring visit"),
    "closeout": N_("Close-out visit"),
}
# The milestone of the plan that each kind of visit serves; interim visits serve none of their own.
MILESTONE_OF = {"qualification": "S_SQV", "initiation": "S_SIV", "closeout": "S_COV"}
VISIT_MODES = {"onsite": N_("On site"), "remote": N_("Remote")}
VISIT_STATES = {
    "planned": N_("Planned"),
    "confirmed": N_("Confirmed with the site"),
    "conducted": N_("Report to write"),
    "submitted": N_("Report in review"),
    "returned": N_("Report returned"),
    "signed": N_("Report signed"),
    "cancelled": N_("Cancelled"),
}


@keeps_history()
class MonitoringVisit(models.Model):
    """One visit of a monitor to a site.

    question_set, question_set_version  the set the report answers; frozen when the visit is scheduled.
    answers   {question code: {"value", "comment"}}.   agenda  [{"en", "zh"}].
    """

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="monitoring_visits")
    site = models.ForeignKey(StudySite, on_delete=models.PROTECT, related_name="monitoring_visits")
    plan_item = models.ForeignKey(PlanItem, null=True, on_delete=models.SET_NULL, related_name="visits")
    kind = models.CharField(max_length=16)
    mode = models.CharField(max_length=8, default="onsite")
    number = models.IntegerField()
    state = models.CharField(max_length=12, default="planned")
    monitor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    planned_on = models.DateField()
    began_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    rule = models.CharField(max_length=40, blank=True)
    agenda = models.JSONField(default=list)
    attendees = models.TextField(blank=True)
    question_set = models.CharField(max_length=40)
    question_set_version = models.IntegerField()
    answers = models.JSONField(default=dict)
    summary = models.TextField(blank=True)
    report_due_on = models.DateField(null=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    returned_reason = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64, blank=True)
    report_file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    letter_file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    ended_reason = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "kind", "number"], name="visit_number_once"),
            models.CheckConstraint(name="visit_kind_known", condition=Q(kind__in=list(VISIT_KINDS))),
            models.CheckConstraint(name="visit_mode_known", condition=Q(mode__in=list(VISIT_MODES))),
            models.CheckConstraint(name="visit_state_known", condition=Q(state__in=list(VISIT_STATES))),
            models.CheckConstraint(
                name="visit_signed_has_content", condition=~Q(state="signed") | ~Q(content_hash="")
            ),
        ]
        indexes = [
            models.Index(fields=["study", "planned_on"], name="visit_by_study"),
            models.Index(fields=["monitor", "planned_on"], name="visit_by_monitor"),
        ]

    @property
    def days_to_report(self) -> int | None:
        """Return the days from the end of the visit to the submitted report, None before."""
        if self.ended_on is None or self.submitted_at is None:
            return None
        return (self.submitted_at.date() - self.ended_on).days
