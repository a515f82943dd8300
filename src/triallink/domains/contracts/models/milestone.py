"""A payable milestone: what it asks for as proof, what was handed in, who accepted it and how."""

from django.db import models

from triallink.domains.accounts.models import Person
from triallink.domains.contracts.models.contract import Contract, ContractLine
from triallink.foundation.guards import append_only, keeps_history
from triallink.foundation.models import Signature, StoredFile
from triallink.kernel.refusals import N_

MILESTONE_STATES = {
    "planned": N_("Planned"),
    "due": N_("Due"),
    "submitted": N_("Waiting for acceptance"),
    "returned": N_("Returned"),
    "accepted": N_("Accepted"),
    "deemed_accepted": N_("Deemed accepted"),
    "payable": N_("To be paid"),
    "paid": N_("Paid"),
    "cancelled": N_("Cancelled"),
}
# Every step a milestone may take; services ask this table, nobody else decides.
MILESTONE_TRANSITIONS = {
    ("planned", "due"),
    ("planned", "submitted"),
    ("due", "submitted"),
    ("returned", "submitted"),
    ("submitted", "returned"),
    ("submitted", "accepted"),
    ("submitted", "deemed_accepted"),
    ("accepted", "payable"),
    ("deemed_accepted", "payable"),
    ("payable", "paid"),
    ("planned", "cancelled"),
    ("due", "cancelled"),
    ("submitted", "cancelled"),
    ("returned", "cancelled"),
}
OPEN_MILESTONES = ("planned", "due", "submitted", "returned")
REACHED_MILESTONES = ("accepted", "deemed_accepted", "payable", "paid")


@keeps_history()
class Milestone(models.Model):
    """A payable step of one line. The amounts of a line's milestones add up to the line.

    requires  the facts without which it cannot be accepted: [{"kind", "parameters", "at_least"}], see evidence.py.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="milestones")
    line = models.ForeignKey(ContractLine, on_delete=models.PROTECT, related_name="milestones")
    position = models.IntegerField()
    code = models.CharField(max_length=40)
    name = models.JSONField()
    evidence = models.JSONField(default=dict)
    requires = models.JSONField(default=list)
    share_percent = models.IntegerField()
    amount_minor = models.BigIntegerField()
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=16, default="planned")
    is_removed = models.BooleanField(default=False)  # taken out by a change order
    reviewer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    submission_count = models.IntegerField(default=0)
    acceptance_due_on = models.DateField(null=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["line__position", "position"]
        constraints = [
            models.UniqueConstraint(fields=["line", "position"], name="milestone_position_once"),
            models.CheckConstraint(
                name="milestone_share_in_range", condition=models.Q(share_percent__range=(1, 100))
            ),
            models.CheckConstraint(
                name="milestone_state_known", condition=models.Q(state__in=list(MILESTONE_STATES))
            ),
            models.CheckConstraint(
                name="milestone_reached_has_instant",
                condition=~models.Q(state__in=REACHED_MILESTONES) | models.Q(accepted_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["acceptance_due_on"], name="milestone_awaiting", condition=models.Q(state="submitted")
            ),
            models.Index(fields=["due_on"], name="milestone_planned", condition=models.Q(state="planned")),
        ]

    @property
    def is_reached(self) -> bool:
        """Return whether it was accepted, by the buyer or by the passing of time."""
        return self.state in REACHED_MILESTONES

    @property
    def is_first_time_right(self) -> bool | None:
        """Return whether the first submission was accepted; None while it is open."""
        return self.submission_count == 1 if self.is_reached else None


class Deliverable(models.Model):
    """Something to hand in at a milestone; each upload makes its next version."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="deliverables")
    name = models.CharField(max_length=160)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["milestone", "name"], name="deliverable_name_once_per_milestone")
        ]


class DeliverableVersion(models.Model):
    """One upload of a deliverable; the file is named by its checksum."""

    deliverable = models.ForeignKey(Deliverable, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["deliverable", "number"], name="deliverable_version_once")
        ]
        triggers = [append_only("deliverable_version_append_only")]


class MilestoneSubmission(models.Model):
    """One time the supplier said that a milestone is reached."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="submissions")
    number = models.IntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["milestone", "number"], name="submission_number_once")]
        triggers = [append_only("milestone_submission_append_only")]


class MilestoneVerdict(models.Model):
    """What became of a submission: returned with reasons, accepted and signed, or deemed accepted."""

    submission = models.OneToOneField(MilestoneSubmission, on_delete=models.PROTECT, related_name="verdict")
    outcome = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    reasons = models.TextField(blank=True)
    signature = models.OneToOneField(Signature, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="verdict_known",
                condition=models.Q(outcome__in=["returned", "accepted", "deemed_accepted"]),
            ),
            models.CheckConstraint(
                name="returned_with_reasons", condition=~models.Q(outcome="returned") | ~models.Q(reasons="")
            ),
            models.CheckConstraint(
                name="accepted_is_signed",
                condition=~models.Q(outcome="accepted") | models.Q(signature__isnull=False),
            ),
        ]
        triggers = [append_only("milestone_verdict_append_only")]


class DeliverableAcceptance(models.Model):
    """The version of a deliverable that was accepted, under the verdict that accepted its milestone."""

    version = models.OneToOneField(DeliverableVersion, on_delete=models.PROTECT, related_name="acceptance")
    verdict = models.ForeignKey(MilestoneVerdict, on_delete=models.PROTECT, related_name="deliverables")

    class Meta:
        triggers = [append_only("deliverable_acceptance_append_only")]


class MilestoneFact(models.Model):
    """A fact that stood behind a milestone when it was accepted, as the tool stated it then."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    title = models.JSONField()
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["kind", "at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["milestone", "kind", "key"], name="milestone_fact_once")
        ]
        triggers = [append_only("milestone_fact_append_only")]


class EvidenceOverride(models.Model):
    """A signed decision to accept a milestone without the facts it requires; it is shown for ever."""

    milestone = models.OneToOneField(Milestone, on_delete=models.PROTECT, related_name="override")
    missing = models.JSONField()  # [{"kind", "parameters", "at_least", "found"}]
    reason = models.TextField()
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(name="override_has_reason", condition=~models.Q(reason=""))]
        triggers = [append_only("evidence_override_append_only")]
