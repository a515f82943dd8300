"""The service catalogue: what can be bought, in which unit. Its content is data (catalogue.json)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.kernel.vocabulary import UNITS


class ServiceType(models.Model):
    """One kind of service, as the catalogue file describes it."""

    code = models.CharField(max_length=32, unique=True)
    name = models.JSONField()  # {"en": …, "zh": …}
    description = models.JSONField()
    category = models.CharField(max_length=24)
    unit = models.CharField(max_length=12)
    roles = ArrayField(models.CharField(max_length=8), default=list)
    required_credentials = ArrayField(models.CharField(max_length=16), default=list)
    # [{"code", "name": {"en","zh"}, "share_percent", "evidence": {"en","zh"}, "due": …}]
    default_milestones = models.JSONField(default=list)
    position = models.IntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(name="service_unit_known", condition=models.Q(unit__in=list(UNITS)))
        ]

    def __str__(self) -> str:
        return self.code


class Listing(models.Model):
    """A supplier's offer of one service at a list price, in some provinces ([] is everywhere)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="listings")
    service = models.ForeignKey(ServiceType, on_delete=models.PROTECT, related_name="listings")
    provinces = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    lead_time_days = models.IntegerField(default=14)
    capacity_per_month = models.IntegerField(null=True)
    note_en = models.TextField(blank=True)
    note_zh = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    published_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "service"],
                condition=models.Q(is_active=True),
                name="one_live_listing_per_service",
            ),
            models.CheckConstraint(name="listing_price_positive", condition=models.Q(price_minor__gt=0)),
        ]
        indexes = [models.Index(fields=["service", "price_minor"], name="listing_by_service_price")]
