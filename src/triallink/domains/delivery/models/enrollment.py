"""Enrollment as each site reports it: running totals by day."""

from django.db import models
from django.db.models import F, Q

from triallink.domains.studies.models import StudySite
from triallink.foundation.guards import keeps_history


@keeps_history()
class EnrollmentCount(models.Model):
    """What a site had reached at the end of a day; each number is a total since its opening."""

    site = models.ForeignKey(StudySite, on_delete=models.PROTECT, related_name="enrollment_counts")
    on = models.DateField()
    screened = models.IntegerField()
    failed = models.IntegerField()
    enrolled = models.IntegerField()
    completed = models.IntegerField()
    note = models.CharField(max_length=200, blank=True)
    reported_at = models.DateTimeField()
    reported_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "on"], name="enrollment_count_once_per_day"),
            models.CheckConstraint(
                name="enrollment_count_adds_up",
                condition=Q(
                    screened__gte=F("failed") + F("enrolled"),
                    failed__gte=0,
                    enrolled__gte=F("completed"),
                    completed__gte=0,
                ),
            ),
        ]
