"""A batch clearing and what it may not propose again."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from triallink.domains.capacity.models.orders import Need, Offer
from triallink.foundation.guards import keeps_history
from triallink.kernel.refusals import N_

RUN_STATES = {
    "queued": N_("Waiting"),
    "running": N_("Running"),
    "proposed": N_("Proposed"),
    "closed": N_("Closed"),
    "cancelled": N_("Cancelled"),
    "failed": N_("Failed"),
}


class ClearingRun(models.Model):
    """One clearing of the open orders: what it read, what it proposed, how near to the best it is."""

    after = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="again")
    state = models.CharField(max_length=10, default="queued")
    job_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=8, blank=True)  # empty: every role
    respond_hours = models.IntegerField(default=24)
    needs_read = models.IntegerField(default=0)
    offers_read = models.IntegerField(default=0)
    edges = models.IntegerField(default=0)
    proposals = models.IntegerField(default=0)
    matched_minutes = models.BigIntegerField(default=0)
    wanted_minutes = models.BigIntegerField(default=0)
    gap = models.FloatField(null=True)
    shadow_prices = models.JSONField(default=list)  # [{"city", "role", "week_on", "price_minor"}]
    started_at = models.DateTimeField(null=True)
    proposed_at = models.DateTimeField(null=True)
    respond_by = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="run_state_known", condition=Q(state__in=list(RUN_STATES))),
            # Two clearings at once would propose the same hours and refuse each other's work.
            models.UniqueConstraint(
                models.Value(1), condition=Q(state__in=["queued", "running"]), name="one_clearing_at_a_time"
            ),
        ]


@keeps_history()
class ClearingSchedule(models.Model):
    """On which days and when, by the clock of mainland China, the worker clears a role or every role."""

    role = models.CharField(max_length=8, blank=True, unique=True)  # empty: every role
    weekdays = ArrayField(models.SmallIntegerField())  # 0 is Monday
    at = models.TimeField()
    respond_hours = models.IntegerField(default=24)
    is_active = models.BooleanField(default=True)
    last_on = models.DateField(null=True)  # the last day it was begun
    changed_at = models.DateTimeField()
    changed_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="schedule_weekdays_known", condition=Q(weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6])
            ),
            models.CheckConstraint(
                name="schedule_respond_in_range", condition=Q(respond_hours__range=(1, 168))
            ),
        ]


class RefusedPair(models.Model):
    """A need and an offer one side of which said no: a later clearing does not propose them again."""

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["need", "offer"], name="refused_pair_once")]
