"""The process library: SOPs, checklists and milestone templates in versions with effective dates."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from triallink.domains.accounts.models import Organization, Person
from triallink.foundation.guards import keeps_history, undeletable
from triallink.kernel.refusals import N_

TEMPLATE_KINDS = {
    "sop": N_("SOP"),
    "checklist": N_("Checklist"),
    "milestone": N_("Milestone template"),
}
TEMPLATE_STAGES = {
    "feasibility": N_("Feasibility"),
    "startup": N_("Start-up"),
    "conduct": N_("Conduct"),
    "closeout": N_("Close-out"),
    "oversight": N_("Oversight"),
}
VERSION_STATES = {
    "draft": N_("Draft"),
    "approved": N_("Approved"),
    "retired": N_("Retired"),
}


class ProcessTemplate(models.Model):
    """One entry of the library; of the platform, or an organization's own."""

    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="process_templates"
    )
    kind = models.CharField(max_length=12)
    code = models.CharField(max_length=24)
    stage = models.CharField(max_length=12)
    services = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    phases = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="template_kind_known", condition=models.Q(kind__in=list(TEMPLATE_KINDS))
            ),
            models.CheckConstraint(
                name="template_stage_known", condition=models.Q(stage__in=list(TEMPLATE_STAGES))
            ),
            models.UniqueConstraint(
                fields=["organization", "kind", "code"],
                name="template_code_once",
                nulls_distinct=False,
            ),
        ]


@keeps_history()
class TemplateVersion(models.Model):
    """One version of a template; from its day on, the approved one with the highest number is in force."""

    template = models.ForeignKey(ProcessTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    state = models.CharField(max_length=10, default="draft")
    title = models.JSONField()
    cites = models.CharField(max_length=160)
    content = models.JSONField()
    change_note = models.TextField(blank=True)
    effective_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_once"),
            models.UniqueConstraint(
                fields=["template"], condition=models.Q(state="draft"), name="one_draft_per_template"
            ),
            models.CheckConstraint(
                name="template_version_state_known", condition=models.Q(state__in=list(VERSION_STATES))
            ),
            models.CheckConstraint(
                name="template_approved_has_day",
                condition=~models.Q(state="approved") | models.Q(effective_on__isnull=False),
            ),
        ]
        triggers = [undeletable("template_version_undeletable")]
