"""A supplier's application to be qualified: scope, answers, evidence, and what became of it."""

from django.db import models

from triallink.domains.accounts.models import Organization, Person
from triallink.foundation.guards import keeps_history, undeletable
from triallink.foundation.models import StoredFile
from triallink.kernel.refusals import N_

APPLICATION_STATES = {
    "draft": N_("Draft"),
    "submitted": N_("Submitted"),
    "in_review": N_("In review"),
    "returned": N_("Returned"),
    "approved": N_("Approved"),
    "rejected": N_("Rejected"),
    "withdrawn": N_("Withdrawn"),
}
APPLICATION_TRANSITIONS = {
    ("draft", "submitted"),
    ("returned", "submitted"),
    ("submitted", "in_review"),
    ("submitted", "returned"),
    ("in_review", "returned"),
    ("in_review", "approved"),
    ("in_review", "rejected"),
    ("draft", "withdrawn"),
    ("returned", "withdrawn"),
    ("submitted", "withdrawn"),
    ("in_review", "withdrawn"),
}
EDITABLE_APPLICATIONS = ("draft", "returned")
OPEN_APPLICATIONS = ("draft", "submitted", "in_review", "returned")
# Kinds of organizations that sell.
SUSPENDABLE = ("cro", "smo", "site", "freelancer")
QUALIFICATION_STATES = {
    "valid": N_("Valid"),
    "expired": N_("Expired"),
    "replaced": N_("Replaced"),
}


@keeps_history()
class QualificationApplication(models.Model):
    """What a supplier asks to be qualified for, with its answers to one version of a questionnaire."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="qualification_applications"
    )
    questionnaire = models.CharField(max_length=12)
    questionnaire_version = models.IntegerField()
    # Blocks {"services": [...], "areas": [...], "regions": [...]}; no area or region means all of them.
    scope = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default="draft")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    reviewer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    returned_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    decision_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="application_state_known", condition=models.Q(state__in=list(APPLICATION_STATES))
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(state__in=OPEN_APPLICATIONS),
                name="one_open_application_per_organization",
            ),
            models.CheckConstraint(
                name="application_decided_has_instant",
                condition=~models.Q(state__in=["approved", "rejected"]) | models.Q(decided_at__isnull=False),
            ),
        ]
        triggers = [undeletable("application_undeletable")]

    @property
    def reference(self) -> str:
        """Return what people call it."""
        return f"QA-{self.created_at.year}-{self.pk:04d}"


class ApplicationEvidence(models.Model):
    """A document behind an answer, with its expiry."""

    application = models.ForeignKey(
        QualificationApplication, on_delete=models.PROTECT, related_name="evidence"
    )
    question = models.CharField(max_length=24, blank=True)
    title = models.CharField(max_length=160)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="evidence_dates_in_order",
                condition=models.Q(issued_on__isnull=True)
                | models.Q(expires_on__isnull=True)
                | models.Q(expires_on__gte=models.F("issued_on")),
            )
        ]


@keeps_history()
class Qualification(models.Model):
    """The platform's word that a supplier may sell within a scope until a day."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="qualifications")
    application = models.OneToOneField(
        QualificationApplication, on_delete=models.PROTECT, related_name="qualification"
    )
    scope = models.JSONField(default=list)
    conditions = models.TextField(blank=True)
    state = models.CharField(max_length=12, default="valid")
    valid_from_on = models.DateField()
    expires_on = models.DateField()
    # The day the next look is planned for, before the qualification runs out.
    requalify_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="qualification_state_known", condition=models.Q(state__in=list(QUALIFICATION_STATES))
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(state="valid"),
                name="one_valid_qualification_per_organization",
            ),
            models.CheckConstraint(
                name="qualification_dates_in_order",
                condition=models.Q(
                    expires_on__gt=models.F("valid_from_on"), requalify_on__lte=models.F("expires_on")
                ),
            ),
        ]
        triggers = [undeletable("qualification_undeletable")]


class QualificationReminder(models.Model):
    """A reminder that was sent, so that it is sent once."""

    qualification = models.ForeignKey(Qualification, on_delete=models.CASCADE, related_name="reminders")
    days = models.IntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["qualification", "days"], name="qualification_reminded_once")
        ]


@keeps_history()
class SupplierSuspension(models.Model):
    """A stop: as long as it lasts, nobody finds, matches or invites the supplier."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="suspensions")
    reason = models.TextField()
    began_at = models.DateTimeField()
    began_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(lifted_at__isnull=True),
                name="one_live_suspension_per_organization",
            )
        ]
        triggers = [undeletable("suspension_undeletable")]
