"""Audits of suppliers, their findings, and the corrective and preventive actions."""

from django.db import models

from triallink.domains.accounts.models import Person
from triallink.domains.quality.models.applications import QualificationApplication
from triallink.engines.qualification import GRADES
from triallink.foundation.guards import keeps_history
from triallink.kernel.refusals import N_

AUDIT_MODES = {"remote": N_("Remote"), "on_site": N_("On site")}
AUDIT_STATES = {"planned": N_("Planned"), "reported": N_("Reported"), "cancelled": N_("Cancelled")}
FINDING_GRADES = {"critical": N_("Critical"), "major": N_("Major"), "minor": N_("Minor")}
FINDING_STATES = {"open": N_("Open"), "answered": N_("CAPA in hand"), "closed": N_("Closed")}
CAPA_STATES = {
    "proposed": N_("Proposed"),
    "accepted": N_("Accepted"),
    "returned": N_("Returned"),
    "done": N_("Carried out"),
    "effective": N_("Effective"),
    "ineffective": N_("Not effective"),
}
CAPA_TRANSITIONS = {
    ("proposed", "accepted"),
    ("proposed", "returned"),
    ("accepted", "done"),
    ("done", "effective"),
    ("done", "ineffective"),
}
# A finding has one CAPA in hand; after one that came back or failed the supplier writes the next.
LIVE_CAPA = ("proposed", "accepted", "done")


@keeps_history()
class SupplierAudit(models.Model):
    """A remote or on-site look at a supplier within its application."""

    application = models.ForeignKey(QualificationApplication, on_delete=models.PROTECT, related_name="audits")
    mode = models.CharField(max_length=8)
    state = models.CharField(max_length=12, default="planned")
    planned_on = models.DateField()
    focus = models.TextField(blank=True)
    auditor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    performed_on = models.DateField(null=True)
    summary = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="audit_mode_known", condition=models.Q(mode__in=list(AUDIT_MODES))),
            models.CheckConstraint(
                name="audit_state_known", condition=models.Q(state__in=list(AUDIT_STATES))
            ),
            models.CheckConstraint(
                name="audit_reported_has_day",
                condition=~models.Q(state="reported") | models.Q(performed_on__isnull=False),
            ),
        ]

    @property
    def reference(self) -> str:
        """Return what people call it."""
        return f"AUD-{self.planned_on.year}-{self.pk:04d}"


@keeps_history()
class AuditFinding(models.Model):
    """What an audit found, graded."""

    audit = models.ForeignKey(SupplierAudit, on_delete=models.PROTECT, related_name="findings")
    number = models.IntegerField()
    grade = models.CharField(max_length=8)
    text = models.TextField()
    clause = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=8, default="open")
    due_on = models.DateField()
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["audit", "number"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "number"], name="finding_number_once"),
            models.CheckConstraint(name="finding_grade_known", condition=models.Q(grade__in=GRADES)),
            models.CheckConstraint(
                name="finding_state_known", condition=models.Q(state__in=list(FINDING_STATES))
            ),
        ]


@keeps_history()
class SupplierCapa(models.Model):
    """Root cause, correction and prevention for one finding, and whether they worked."""

    finding = models.ForeignKey(AuditFinding, on_delete=models.PROTECT, related_name="capas")
    round = models.IntegerField()
    state = models.CharField(max_length=12, default="proposed")
    root_cause = models.TextField()
    correction = models.TextField()
    prevention = models.TextField()
    measure = models.TextField(blank=True)
    due_on = models.DateField()
    proposed_at = models.DateTimeField()
    answer_reason = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    done_note = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    check_note = models.TextField(blank=True)

    class Meta:
        ordering = ["finding", "round"]
        constraints = [
            models.UniqueConstraint(fields=["finding", "round"], name="capa_round_once"),
            models.UniqueConstraint(
                fields=["finding"], condition=models.Q(state__in=LIVE_CAPA), name="one_live_capa_per_finding"
            ),
            models.CheckConstraint(name="capa_state_known", condition=models.Q(state__in=list(CAPA_STATES))),
            models.CheckConstraint(
                name="capa_checked_by_somebody",
                condition=~models.Q(state__in=["effective", "ineffective"])
                | models.Q(checked_at__isnull=False),
            ),
        ]
