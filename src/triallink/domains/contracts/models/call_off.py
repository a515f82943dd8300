"""Framework contracts between two organizations, and the hours called off under them: one call-off per booking."""

from django.db import models
from django.db.models import F, Q

from triallink.domains.accounts.models import Organization
from triallink.domains.capacity.models import Booking
from triallink.foundation.guards import keeps_history
from triallink.kernel.refusals import N_

CALL_OFF_STATES = {
    "in_force": N_("In force"),
    "replaced": N_("Replaced"),
    "cancelled": N_("Cancelled"),
}


class Framework(models.Model):
    """The contract under which one organization calls off hours of another; opened by their first booking."""

    reference = models.CharField(max_length=20, unique=True)
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="frameworks_bought")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="frameworks_sold")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["buyer", "seller"], name="one_framework_per_pair"),
            models.CheckConstraint(name="framework_of_two", condition=~Q(buyer=F("seller"))),
        ]

    def __str__(self) -> str:
        return self.reference


@keeps_history()
class CallOff(models.Model):
    """Hours called off under a framework: the terms both sides confirmed, frozen as they were.

    Hours that still stand are read from the booking's days: illness and substitutes change them.
    """

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="call_offs")
    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="call_off")
    number = models.IntegerField()  # within its framework
    state = models.CharField(max_length=10, default="in_force")
    hours_per_week = models.IntegerField()
    start_on = models.DateField()
    end_on = models.DateField()
    minutes = models.IntegerField()
    price_minor = models.BigIntegerField()  # per hour
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    notice_days = models.IntegerField()
    fee_percent = models.IntegerField()
    called_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=8, blank=True)  # buyer | seller | system
    ended_reason = models.TextField(blank=True)
    fee_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["framework", "number"], name="call_off_number_once"),
            models.CheckConstraint(name="call_off_state_known", condition=Q(state__in=list(CALL_OFF_STATES))),
            models.CheckConstraint(
                name="call_off_end_has_instant",
                condition=Q(state="in_force", ended_at=None) | Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="call_off_fee_only_if_cancelled", condition=Q(state="cancelled") | Q(fee_minor=0)
            ),
        ]

    @property
    def reference(self) -> str:
        """Its framework's reference and its number."""
        return f"{self.framework.reference}-{self.number:03d}"

    def __str__(self) -> str:
        return self.reference
