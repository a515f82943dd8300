"""What proves a professional's standing: experience, referees, the knowledge test, the certificate, reminders."""

from django.db import models

from triallink.domains.accounts.models import Person
from triallink.domains.quality.models.profiles import Credential, Professional
from triallink.foundation.guards import keeps_history, undeletable
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import LEVELS

TEST_STATES = {
    "running": N_("Running"),
    "passed": N_("Passed"),
    "failed": N_("Not passed"),
    "lapsed": N_("Time ran out"),
}
TESTED_ROLES = ("CRA", "CRC")
REFEREE_STATES = {
    "named": N_("Named"),
    "answered": N_("Has answered"),
    "confirmed": N_("Confirmed"),
    "refused": N_("Did not confirm"),
}
CERTIFICATE_STATES = {"valid": N_("Valid"), "expired": N_("Expired"), "replaced": N_("Replaced")}


@keeps_history()
class Experience(models.Model):
    """Work done: months and studies in one role, area and phase; it counts once it is verified."""

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="experience")
    role = models.CharField(max_length=8)
    therapeutic_area = models.CharField(max_length=24)
    phase = models.CharField(max_length=8)
    months = models.IntegerField()
    studies = models.IntegerField()
    employer = models.CharField(max_length=160, blank=True)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    refused_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="experience_in_range",
                condition=models.Q(months__range=(1, 600), studies__range=(0, 300)),
            )
        ]


@keeps_history()
class Referee(models.Model):
    """Somebody who can confirm a professional's work; asked by letter, read and judged by the operator.

    letters, asked_at  how many letters were sent, and when the last one; only its link is good.
    said_*             what the referee answered through the link.
    answer             what the operator writes when confirming or refusing.
    """

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="referees")
    name = models.CharField(max_length=120)
    employer = models.CharField(max_length=160)
    email = models.EmailField()
    relation = models.CharField(max_length=160)
    state = models.CharField(max_length=10, default="named")
    letters = models.IntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    said_is_confirmed = models.BooleanField(null=True)
    said = models.TextField(blank=True)
    said_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="referee_state_known", condition=models.Q(state__in=list(REFEREE_STATES))
            ),
            models.CheckConstraint(
                name="referee_answered_has_words",
                condition=~models.Q(state="answered")
                | models.Q(said_at__isnull=False, said_is_confirmed__isnull=False),
            ),
        ]


@keeps_history()
class KnowledgeTest(models.Model):
    """One attempt: the seed proves the draw, the server's clock the time."""

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="tests")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8)
    bank_version = models.IntegerField()
    seed = models.BigIntegerField()
    drawn = models.JSONField()  # [[code, [order of its options]], …]
    answers = models.JSONField(default=dict)  # code -> option as it stands in the bank
    state = models.CharField(max_length=8, default="running")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    right_count = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="test_state_known", condition=models.Q(state__in=list(TEST_STATES))),
            models.UniqueConstraint(
                fields=["professional"],
                condition=models.Q(state="running"),
                name="one_running_test_per_professional",
            ),
            models.CheckConstraint(
                name="test_ended_has_score",
                condition=models.Q(state="running")
                | models.Q(ended_at__isnull=False, right_count__isnull=False),
            ),
        ]
        triggers = [undeletable("knowledge_test_undeletable")]

    @property
    def share(self) -> float:
        """Return the share of right answers of an ended test."""
        return (self.right_count or 0) / len(self.drawn)


@keeps_history()
class Certificate(models.Model):
    """The platform's word on a professional's level in a role until a day."""

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="certificates")
    role = models.CharField(max_length=8)
    level = models.CharField(max_length=8)
    state = models.CharField(max_length=8, default="valid")
    test = models.ForeignKey(KnowledgeTest, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    expires_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="certificate_level_known", condition=models.Q(level__in=list(LEVELS))
            ),
            models.CheckConstraint(
                name="certificate_state_known", condition=models.Q(state__in=list(CERTIFICATE_STATES))
            ),
            models.UniqueConstraint(
                fields=["professional", "role"],
                condition=models.Q(state="valid"),
                name="one_valid_certificate_per_role",
            ),
        ]

    @property
    def number(self) -> str:
        """Return what stands on it."""
        return f"TL-{self.role}-{self.granted_at.year}-{self.pk:05d}"


class CredentialReminder(models.Model):
    """A reminder that was sent; days is 60, 30, 7, or 0 for "it has expired"."""

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="reminders")
    days = models.IntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credential", "days"], name="credential_reminded_once")
        ]
