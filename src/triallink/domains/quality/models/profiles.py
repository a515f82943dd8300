"""Profiles of those who sell and of the people who do the work."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from triallink.domains.accounts.models import Organization, Person
from triallink.foundation.guards import keeps_history
from triallink.foundation.models import StoredFile
from triallink.kernel.vocabulary import CREDENTIAL_KINDS, LEVELS, PROFESSIONAL_ROLES


def codes(length: int = 24) -> "ArrayField[list[str], list[str]]":
    """Return a field that holds codes of a closed list."""
    return ArrayField(models.CharField(max_length=length), default=list, blank=True)


class SupplierProfile(models.Model):
    """What a CRO, SMO or freelancer declares about its scope; shown in the directory."""

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="supplier_profile"
    )
    therapeutic_areas = codes()
    phases = codes()
    provinces = codes(80)
    languages = codes()
    is_listed = models.BooleanField(default=True)
    # Both follow the qualification and the suspension of the organization; nobody types them.
    is_qualified = models.BooleanField(default=False)
    is_suspended = models.BooleanField(default=False)
    # Counted from completed contracts only; nobody types these (issue: reputation).
    completed_contracts = models.IntegerField(default=0)
    rating_sum = models.IntegerField(default=0)
    rating_count = models.IntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [GinIndex(fields=["therapeutic_areas"], name="supplier_by_area")]

    @property
    def rating_mean(self) -> float | None:
        """Return the mean rating (1–5) of completed contracts, or None without any."""
        return self.rating_sum / self.rating_count if self.rating_count else None


class SiteProfile(models.Model):
    """What a hospital declares as a trial site."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="site_profile")
    grade = models.CharField(max_length=12, blank=True)  # Chinese hospital grade: "3A" is 三级甲等
    beds = models.IntegerField(null=True)
    departments = models.JSONField(default=list)  # [{"en": …, "zh": …, "area": code, "investigators": n}]
    therapeutic_areas = codes()
    phases = codes()
    has_phase1_unit = models.BooleanField(default=False)
    gcp_registration = models.CharField(max_length=60, blank=True)
    ethics_meeting_days = models.IntegerField(null=True)
    contract_median_days = models.IntegerField(null=True)
    ongoing_studies = models.IntegerField(default=0)
    completed_studies = models.IntegerField(default=0)
    is_listed = models.BooleanField(default=True)
    is_suspended = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [GinIndex(fields=["therapeutic_areas"], name="site_by_area")]


class Professional(models.Model):
    """Somebody who does the work: staff of an SMO or CRO, or a freelancer. May or may not sign in."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="professionals")
    person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="professional_records"
    )
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=8)
    level = models.CharField(max_length=8)
    therapeutic_areas = codes()
    phases = codes()
    languages = codes()
    years_experience = models.IntegerField(default=0)
    studies_completed = models.IntegerField(default=0)
    city = models.CharField(max_length=80, blank=True)
    city_zh = models.CharField(max_length=80, blank=True)
    province = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    travel_km = models.IntegerField(default=50)
    hourly_price_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="CNY")
    free_hours_per_week = models.IntegerField(default=0)
    available_from_on = models.DateField(null=True)
    about_en = models.TextField(blank=True)
    about_zh = models.TextField(blank=True)
    rating_sum = models.IntegerField(default=0)
    rating_count = models.IntegerField(default=0)
    is_listed = models.BooleanField(default=True)
    # Staff are shown to other organizations by code unless they agreed to be named; freelancers are always named.
    is_named = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="professional_role_known", condition=models.Q(role__in=list(PROFESSIONAL_ROLES))
            ),
            models.CheckConstraint(
                name="professional_level_known", condition=models.Q(level__in=list(LEVELS))
            ),
            models.CheckConstraint(
                name="professional_hours_in_week", condition=models.Q(free_hours_per_week__range=(0, 60))
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "role"], name="professional_by_employer"),
            models.Index(fields=["role", "city"], name="professional_by_role_city"),
        ]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """Return the name in a language, or the other one if it has none."""
        return (self.name_zh or self.name) if language.startswith("zh") else self.name


@keeps_history()
class Credential(models.Model):
    """A certificate, licence or degree of a professional, with its expiry and whether it was verified."""

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=160, blank=True)
    issued_by = models.CharField(max_length=160, blank=True)
    number = models.CharField(max_length=80, blank=True)
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    verified_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    refused_at = models.DateTimeField(null=True)
    refused_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="credential_kind_known", condition=models.Q(kind__in=list(CREDENTIAL_KINDS))
            ),
            models.CheckConstraint(
                name="credential_verified_or_refused",
                condition=models.Q(verified_at__isnull=True) | models.Q(refused_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["expires_on"], name="credential_by_expiry")]

    @property
    def verification(self) -> str:
        """Return how far the operator's look has come: waiting, verified or refused."""
        if self.verified_at is not None:
            return "verified"
        return "refused" if self.refused_at is not None else "waiting"
