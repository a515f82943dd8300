"""Bookings: hours of one professional, held, asked for, proposed or confirmed."""

from django.db import models
from django.db.models import F, Q

from triallink.domains.accounts.models import Organization
from triallink.domains.capacity.models.clearing import ClearingRun
from triallink.domains.capacity.models.orders import Need, Offer
from triallink.domains.quality.models import Professional
from triallink.domains.studies.models import Study
from triallink.foundation.guards import keeps_history
from triallink.kernel.refusals import N_

BOOKING_STATES = {
    "held": N_("Held"),
    "asked": N_("Waiting for the supplier"),
    "proposed": N_("Proposed by the clearing"),
    "confirmed": N_("Confirmed"),
    "declined": N_("Declined"),
    "lapsed": N_("Lapsed"),
    "cancelled": N_("Cancelled"),
    "fallen": N_("Fallen through"),
}
# States in which hours are taken; `held`, `asked` and `proposed` hold them, `confirmed` books them.
LIVE_STATES = ("held", "asked", "proposed", "confirmed")
HOLDING_STATES = ("held", "asked", "proposed")
ORIGINS = {"instant": N_("Instant booking"), "clearing": N_("Batch clearing"), "substitute": N_("Substitute")}


@keeps_history()
class Booking(models.Model):
    """Hours of one professional for one buyer at one place. Its terms are frozen when it is made."""

    reference = models.CharField(max_length=20, unique=True)
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="hours_bought")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="hours_sold")
    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="bookings")
    offer = models.ForeignKey(Offer, null=True, on_delete=models.PROTECT, related_name="bookings")
    need = models.ForeignKey(Need, null=True, on_delete=models.PROTECT, related_name="bookings")
    run = models.ForeignKey(ClearingRun, null=True, on_delete=models.PROTECT, related_name="bookings")
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    study = models.ForeignKey(Study, null=True, on_delete=models.PROTECT, related_name="hour_bookings")
    site = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="hours_here")
    origin = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    role = models.CharField(max_length=8)
    city = models.CharField(max_length=80)
    city_zh = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    hours_per_week = models.IntegerField()
    start_on = models.DateField()
    end_on = models.DateField()
    price_minor = models.BigIntegerField()  # per hour
    currency = models.CharField(max_length=3, default="CNY")
    notice_days = models.IntegerField()
    fee_percent = models.IntegerField()
    reasons = models.JSONField(default=list)  # why this match: [[template, params], …]
    held_until = models.DateTimeField(null=True)
    respond_by = models.DateTimeField(null=True)
    buyer_agreed_at = models.DateTimeField(null=True)
    seller_agreed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=8, blank=True)  # buyer | seller | system
    ended_reason = models.TextField(blank=True)
    fee_minor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="booking_state_known", condition=Q(state__in=list(BOOKING_STATES))),
            models.CheckConstraint(name="booking_origin_known", condition=Q(origin__in=list(ORIGINS))),
            models.CheckConstraint(name="booking_ends_after_start", condition=Q(end_on__gte=F("start_on"))),
            models.CheckConstraint(
                name="booking_price_positive", condition=Q(price_minor__gt=0, fee_minor__gte=0)
            ),
            models.CheckConstraint(
                name="booking_hold_ends", condition=~Q(state="held") | Q(held_until__isnull=False)
            ),
            models.CheckConstraint(
                name="booking_confirmed_by_both",
                condition=~Q(state="confirmed")
                | Q(
                    buyer_agreed_at__isnull=False, seller_agreed_at__isnull=False, confirmed_at__isnull=False
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="booking_by_buyer"),
            models.Index(fields=["seller", "-id"], name="booking_by_seller"),
            models.Index(fields=["professional", "start_on"], name="booking_by_professional"),
            models.Index(fields=["held_until"], name="booking_holds", condition=Q(state="held")),
            models.Index(
                fields=["respond_by"], name="booking_waits", condition=Q(state__in=["asked", "proposed"])
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class BookedDay(models.Model):
    """The minutes of a booking on one day; without a professional the day is uncovered."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="days")
    professional = models.ForeignKey(Professional, null=True, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    minutes = models.SmallIntegerField()
    is_held = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "day"], name="booked_day_once"),
            models.CheckConstraint(name="booked_day_positive", condition=Q(minutes__gt=0)),
        ]
        indexes = [models.Index(fields=["professional", "day"], name="booked_day_by_person")]
