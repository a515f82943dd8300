"""Offers and needs of hours. What a side would settle for at worst lies in a table of its own, under seal."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from triallink.domains.accounts.models import Organization
from triallink.domains.quality.models import Professional
from triallink.domains.studies.models import Study
from triallink.foundation.guards import keeps_history
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import LEVELS, PROFESSIONAL_ROLES

ORDER_STATES = {
    "open": N_("On the book"),
    "withdrawn": N_("Withdrawn"),
    "filled": N_("Filled"),
    "past": N_("Past"),
}
CONFIRM_RULES = {
    "instant": N_("At once, without asking"),
    "ask": N_("We confirm every booking"),
}
URGENCIES = {"normal": N_("Planned"), "soon": N_("Soon"), "urgent": N_("Urgent")}


@keeps_history()
class Offer(models.Model):
    """Hours for sale: of one named professional, or of anybody of a role."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="hour_offers")
    professional = models.ForeignKey(
        Professional, null=True, on_delete=models.PROTECT, related_name="hour_offers"
    )
    role = models.CharField(max_length=8)
    level = models.CharField(max_length=8)
    hours_per_week = models.IntegerField()
    least_hours_per_week = models.IntegerField(default=1)
    start_on = models.DateField()
    end_on = models.DateField()
    cities = ArrayField(models.CharField(max_length=80), default=list)
    site_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    instant_price_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="CNY")
    conditions = models.TextField(blank=True)
    confirm_rule = models.CharField(max_length=8, default="instant")
    notice_days = models.IntegerField(default=7)
    fee_percent = models.IntegerField(default=50)
    state = models.CharField(max_length=10, default="open")
    why_unmatched = models.JSONField(default=list)  # of the last clearing: [[template, params], …]
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="offer_role_known", condition=Q(role__in=list(PROFESSIONAL_ROLES))),
            models.CheckConstraint(name="offer_level_known", condition=Q(level__in=list(LEVELS))),
            models.CheckConstraint(name="offer_state_known", condition=Q(state__in=list(ORDER_STATES))),
            models.CheckConstraint(
                name="offer_rule_known", condition=Q(confirm_rule__in=list(CONFIRM_RULES))
            ),
            models.CheckConstraint(name="offer_ends_after_start", condition=Q(end_on__gte=F("start_on"))),
            models.CheckConstraint(
                name="offer_terms_in_range",
                condition=Q(
                    hours_per_week__range=(1, 2000),
                    least_hours_per_week__range=(1, 60),
                    notice_days__range=(0, 60),
                    fee_percent__range=(0, 100),
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["role", "state", "start_on"], name="offer_by_role"),
            models.Index(fields=["organization", "-id"], name="offer_by_organization"),
            GinIndex(fields=["cities"], name="offer_by_city"),
        ]


class OfferWeek(models.Model):
    """One week of an offer: what is offered and what is taken, kept by trigger."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="weeks")
    week_on = models.DateField()
    offered_minutes = models.IntegerField()
    taken_minutes = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "week_on"], name="offer_week_once"),
            models.CheckConstraint(
                name="offer_week_not_oversold",
                condition=Q(taken_minutes__gte=0, taken_minutes__lte=F("offered_minutes")),
            ),
        ]
        indexes = [models.Index(fields=["week_on"], name="offer_week_by_week")]


@keeps_history()
class Need(models.Model):
    """Hours wanted at a site, in a window of weeks."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="hour_needs")
    study = models.ForeignKey(Study, null=True, on_delete=models.PROTECT, related_name="hour_needs")
    site = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="hour_needs_here"
    )
    role = models.CharField(max_length=8)
    level = models.CharField(max_length=8, default="junior")
    hours_per_week = models.IntegerField()
    block_hours = models.IntegerField(default=0)  # 0: one person; else several may share blocks of this size
    start_on = models.DateField()
    end_on = models.DateField()
    city = models.CharField(max_length=80)
    city_zh = models.CharField(max_length=80, blank=True)
    province = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    therapeutic_area = models.CharField(max_length=24, blank=True)
    required_credentials = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    urgency = models.CharField(max_length=8, default="normal")
    currency = models.CharField(max_length=3, default="CNY")
    about = models.TextField(blank=True)
    state = models.CharField(max_length=10, default="open")
    why_unmatched = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="need_role_known", condition=Q(role__in=list(PROFESSIONAL_ROLES))),
            models.CheckConstraint(name="need_level_known", condition=Q(level__in=list(LEVELS))),
            models.CheckConstraint(name="need_state_known", condition=Q(state__in=list(ORDER_STATES))),
            models.CheckConstraint(name="need_urgency_known", condition=Q(urgency__in=list(URGENCIES))),
            models.CheckConstraint(name="need_ends_after_start", condition=Q(end_on__gte=F("start_on"))),
            models.CheckConstraint(
                name="need_terms_in_range",
                condition=Q(hours_per_week__range=(1, 400), block_hours__range=(0, 40)),
            ),
        ]
        indexes = [
            models.Index(fields=["role", "city", "state"], name="need_by_role_city"),
            models.Index(fields=["organization", "-id"], name="need_by_organization"),
        ]


class NeedWeek(models.Model):
    """One week of a need: what is wanted and what is covered, kept by trigger."""

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="weeks")
    week_on = models.DateField()
    needed_minutes = models.IntegerField()
    covered_minutes = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["need", "week_on"], name="need_week_once"),
            models.CheckConstraint(
                name="need_week_not_overfilled",
                condition=Q(covered_minutes__gte=0, covered_minutes__lte=F("needed_minutes")),
            ),
        ]
        indexes = [models.Index(fields=["week_on"], name="need_week_by_week")]


class OrderLimit(models.Model):
    """The floor of an offer or the ceiling of a need, per hour. Row-level security shows it to its owner only."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    offer = models.OneToOneField(Offer, null=True, on_delete=models.PROTECT, related_name="limit")
    need = models.OneToOneField(Need, null=True, on_delete=models.PROTECT, related_name="limit")
    limit_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_limit_of_one_order",
                condition=Q(offer__isnull=True, need__isnull=False)
                | Q(offer__isnull=False, need__isnull=True),
            ),
            models.CheckConstraint(name="order_limit_positive", condition=Q(limit_minor__gt=0)),
        ]
