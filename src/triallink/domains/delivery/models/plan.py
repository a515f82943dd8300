"""A study's plan: milestones and tasks, their links, and four pairs of dates that are never mixed."""

from django.db import models
from django.db.models import F, Q

from triallink.domains.accounts.models import Person
from triallink.domains.contracts.models import Milestone
from triallink.domains.quality.models import TemplateVersion
from triallink.domains.studies.models import ProtocolVersion, Study, StudySite
from triallink.kernel.refusals import N_

LEVELS = {"study": N_("Study"), "country": N_("Country"), "site": N_("Site"), "subject": N_("Subject")}
LINK_KINDS = {
    "FS": N_("begins after its end"),
    "SS": N_("begins after its beginning"),
    "FF": N_("ends after its end"),
    "SF": N_("ends after its beginning"),
}
ITEM_KINDS = {"milestone": N_("Milestone"), "task": N_("Task")}


class StudyPlan(models.Model):
    """The plan of one study, generated from a template and the study's protocol.

    status_on  the day the forecast was made as of; work not begun is forecast no earlier.
    """

    study = models.OneToOneField(Study, on_delete=models.PROTECT, related_name="plan")
    template = models.CharField(max_length=40)
    template_version = models.IntegerField()
    protocol_version = models.ForeignKey(
        ProtocolVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    begins_on = models.DateField()
    status_on = models.DateField()
    baseline_number = models.IntegerField(default=0)
    baseline_at = models.DateTimeField(null=True)
    baseline_reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="plan_status_after_begin", condition=Q(status_on__gte=F("begins_on")))
        ]


class PlanItem(models.Model):
    """A milestone, or a task on the way to one (`parent`).

    key           once per plan: "study:CSR:draft", "site:12:SIV", "site:12:subject:001:V3".
    baseline_*    what was agreed and frozen.  plan_*  what is agreed now.
    forecast_*    what the actuals make of it, recomputed on each.  actual_*  what happened.
    checklist     [{"en", "zh", "done_by", "done_at"}]; the last two once it is ticked.
    library_version, sop_version   what of the process library it was laid out from, and the SOP behind it.
    """

    plan = models.ForeignKey(StudyPlan, on_delete=models.PROTECT, related_name="items")
    key = models.CharField(max_length=120)
    level = models.CharField(max_length=8)
    kind = models.CharField(max_length=10)
    code = models.CharField(max_length=40)
    name = models.JSONField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="tasks")
    country = models.CharField(max_length=2, blank=True)
    site = models.ForeignKey(StudySite, null=True, on_delete=models.PROTECT, related_name="plan_items")
    subject_number = models.CharField(max_length=40, blank=True)
    position = models.IntegerField()
    role = models.CharField(max_length=8, blank=True)
    assignee = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    duration_days = models.IntegerField(default=0)
    hours = models.DecimalField(max_digits=7, decimal_places=1, default=0)
    calendar = models.CharField(max_length=2, default="CN")
    not_before_on = models.DateField(null=True)
    checklist = models.JSONField(default=list)
    cites = models.CharField(max_length=160, blank=True)
    library_version = models.ForeignKey(
        TemplateVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    sop_version = models.ForeignKey(TemplateVersion, null=True, on_delete=models.PROTECT, related_name="+")
    contract_milestone = models.ForeignKey(
        Milestone, null=True, on_delete=models.PROTECT, related_name="plan_items"
    )
    baseline_start_on = models.DateField(null=True)
    baseline_finish_on = models.DateField(null=True)
    plan_start_on = models.DateField(null=True)
    plan_finish_on = models.DateField(null=True)
    forecast_start_on = models.DateField(null=True)
    forecast_finish_on = models.DateField(null=True)
    actual_start_on = models.DateField(null=True)
    actual_finish_on = models.DateField(null=True)
    total_float_days = models.IntegerField(default=0)
    is_critical = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "key"], name="plan_item_key_once"),
            models.CheckConstraint(name="plan_item_level_known", condition=Q(level__in=list(LEVELS))),
            models.CheckConstraint(name="plan_item_kind_known", condition=Q(kind__in=list(ITEM_KINDS))),
            models.CheckConstraint(name="plan_item_duration", condition=Q(duration_days__gte=0)),
            models.CheckConstraint(
                name="plan_item_finished_after_begun",
                condition=Q(actual_finish_on=None)
                | Q(actual_start_on__isnull=False, actual_finish_on__gte=F("actual_start_on")),
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "kind", "position"], name="plan_item_by_plan"),
            models.Index(
                fields=["assignee", "forecast_finish_on"],
                name="plan_item_open_by_person",
                condition=Q(actual_finish_on=None),
            ),
        ]

    @property
    def is_finished(self) -> bool:
        """Return whether it is done."""
        return self.actual_finish_on is not None

    @property
    def late_days(self) -> int:
        """Return the calendar days between the forecast (or actual) finish and the plan's, positive if late."""
        finish = self.actual_finish_on or self.forecast_finish_on
        agreed = self.baseline_finish_on or self.plan_finish_on
        return (finish - agreed).days if finish and agreed else 0

    @property
    def state(self) -> str:
        """Return "done", "begun", or "open"."""
        if self.actual_finish_on:
            return "done"
        return "begun" if self.actual_start_on else "open"


class PlanLink(models.Model):
    """One dependency of the plan; lag in worked days of the successor's calendar."""

    plan = models.ForeignKey(StudyPlan, on_delete=models.PROTECT, related_name="links")
    predecessor = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="links_out")
    successor = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="links_in")
    kind = models.CharField(max_length=2, default="FS")
    lag_days = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor", "kind"], name="plan_link_once"),
            models.CheckConstraint(name="plan_link_not_itself", condition=~Q(predecessor=F("successor"))),
            models.CheckConstraint(name="plan_link_kind_known", condition=Q(kind__in=list(LINK_KINDS))),
        ]
