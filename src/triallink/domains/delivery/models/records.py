"""Records of a study (issues, deviations, risks, CAPA, decisions, minutes, logs): one table, kinds as data."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from triallink.domains.accounts.models import Person
from triallink.domains.delivery.models.visits import MonitoringVisit
from triallink.domains.studies.models import Study, StudySite
from triallink.foundation.guards import append_only, keeps_history


@keeps_history()
class StudyRecord(models.Model):
    """One record. What it may hold, which states it has and who may move it stands in the kind's data.

    kind    a code of domains/delivery/record_kinds.
    number  counts per study and kind.
    values  {field code: value} as the kind's fields say.
    grade   the value of the kind's grading field, for sorting and escalation; "" if it has none.
    """

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="records")
    site = models.ForeignKey(StudySite, null=True, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=20)
    kind_version = models.IntegerField()
    number = models.IntegerField()
    title = models.CharField(max_length=200)
    values = models.JSONField(default=dict)
    state = models.CharField(max_length=16)
    grade = models.CharField(max_length=16, blank=True)
    owner = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(null=True)
    visit = models.ForeignKey(MonitoringVisit, null=True, on_delete=models.PROTECT, related_name="records")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followers")
    organization_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "kind", "number"], name="study_record_number_once")
        ]
        indexes = [
            models.Index(fields=["study", "kind", "state"], name="study_record_by_state"),
            models.Index(fields=["due_on"], name="study_record_open_due", condition=models.Q(closed_at=None)),
        ]

    @property
    def reference(self) -> str:
        """Return the number people quote: "CAPA-3"."""
        return f"{self.kind.upper()}-{self.number}"


class RecordComment(models.Model):
    """A word on a record; people named with @ are told."""

    record = models.ForeignKey(StudyRecord, on_delete=models.PROTECT, related_name="comments")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()
    mentions = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        triggers = [append_only("record_comment_append_only")]


@keeps_history()
class ActionItem(models.Model):
    """Something somebody is to do by a day, from a visit, a meeting or any record."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="action_items")
    site = models.ForeignKey(StudySite, null=True, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(
        MonitoringVisit, null=True, on_delete=models.PROTECT, related_name="action_items"
    )
    record = models.ForeignKey(StudyRecord, null=True, on_delete=models.PROTECT, related_name="action_items")
    text = models.CharField(max_length=400)
    owner = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    closing_note = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["owner", "due_on"], name="action_by_owner", condition=models.Q(closed_at=None)
            ),
            models.Index(fields=["study", "due_on"], name="action_by_study"),
        ]
