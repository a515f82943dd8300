"""What the two sides of an ended contract say of each other, and what a supplier's completed lines add up to."""

from django.db import models

from triallink.domains.accounts.models import Organization, Person
from triallink.domains.contracts.models.contract import Contract, ContractLine
from triallink.domains.marketplace.models import ServiceType
from triallink.foundation.guards import keeps_history


@keeps_history()
class Rating(models.Model):
    """One side's word on the other, sealed until both have spoken or the days to do so are over."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="ratings")
    rater = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ratings_given")
    ratee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ratings_received")
    stars = models.IntegerField()
    text = models.TextField(blank=True)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    revealed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "rater", "ratee"], name="rating_once_per_pair"),
            models.CheckConstraint(name="rating_in_range", condition=models.Q(stars__range=(1, 5))),
            models.CheckConstraint(name="nobody_rates_itself", condition=~models.Q(rater=models.F("ratee"))),
        ]
        indexes = [
            models.Index(
                fields=["contract"], name="rating_sealed", condition=models.Q(revealed_at__isnull=True)
            ),
            models.Index(fields=["ratee", "-at"], name="rating_by_ratee"),
        ]


class LineRecord(models.Model):
    """What a completed contract line says of the supplier who did it; written once, when the contract ends.

    milestones      reached; of these: on_time by their day, first_time at the first submission.
    findings        returns and findings of the tools, over all its milestones.
    hours_planned   where the line is sold by the hour, with hours_used from approved timesheets; else none.
    """

    line = models.ForeignKey(ContractLine, on_delete=models.PROTECT, related_name="records")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="line_records")
    service = models.ForeignKey(ServiceType, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField()
    milestones = models.IntegerField()
    dated = models.IntegerField()
    on_time = models.IntegerField()
    first_time = models.IntegerField()
    findings = models.IntegerField()
    hours_planned = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    hours_used = models.DecimalField(max_digits=12, decimal_places=2, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "organization"], name="line_record_once"),
            models.CheckConstraint(
                name="line_record_adds_up",
                condition=models.Q(on_time__lte=models.F("dated"), dated__lte=models.F("milestones"))
                & models.Q(first_time__lte=models.F("milestones"), on_time__gte=0, first_time__gte=0),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "service"], name="line_record_by_supplier"),
            models.Index(fields=["service"], name="line_record_by_service"),
        ]
