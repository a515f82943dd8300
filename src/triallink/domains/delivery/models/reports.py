"""Status reports sent by the calendar, and the personal calendar feed."""

from django.db import models

from triallink.domains.accounts.models import Person
from triallink.domains.studies.models import Study
from triallink.foundation.guards import append_only
from triallink.foundation.models import StoredFile


class ReportSubscription(models.Model):
    """Somebody who gets a study's status report on one day of the week (1 Monday to 7 Sunday)."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="report_subscriptions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    organization_id = models.BigIntegerField()
    weekday = models.IntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "person"], name="report_subscription_once"),
            models.CheckConstraint(name="report_weekday_known", condition=models.Q(weekday__range=(1, 7))),
        ]


class StatusReport(models.Model):
    """A status report as it was on a day, in one language."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="status_reports")
    on = models.DateField()
    language = models.CharField(max_length=2)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    figures = models.JSONField()
    created_at = models.DateTimeField()
    # For whose eyes it was made: figures of money differ by organization.
    organization_id = models.BigIntegerField(null=True)

    class Meta:
        triggers = [append_only("status_report_append_only")]
        indexes = [models.Index(fields=["study", "-on"], name="status_report_by_study")]


class CalendarFeed(models.Model):
    """The secret address under which a calendar program reads somebody's dates; kept only as a hash."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    organization_id = models.BigIntegerField()
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
