"""Closing and reopening of months."""

from django.db import models

from triallink.foundation.guards import append_only
from triallink.foundation.models import Signature
from triallink.kernel.refusals import N_

PERIOD_ACTIONS = {"closed": N_("Closed"), "reopened": N_("Reopened")}


class PeriodAct(models.Model):
    """One closing or reopening of a month; the latest decides whether the month takes postings.

    period         the month, "2026-11".
    content_hash   of the trial balance at the end of the month, as it stood.
    """

    period = models.CharField(max_length=7)
    action = models.CharField(max_length=10)
    at = models.DateTimeField()
    by_person_id = models.BigIntegerField(null=True)
    by_label = models.CharField(max_length=160)
    why = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="period_action_known", condition=models.Q(action__in=list(PERIOD_ACTIONS))
            ),
            models.CheckConstraint(
                name="period_reopening_signed",
                condition=~models.Q(action="reopened") | models.Q(signature__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["period", "-id"], name="period_act_latest")]
        triggers = [append_only("period_act_append_only")]
