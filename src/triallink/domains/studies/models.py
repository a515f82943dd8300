"""A study, the versions of its protocol, its countries and sites, and the demand proposed from them."""

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.foundation.guards import append_only, keeps_history
from triallink.foundation.models import StoredFile
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import PHASES

STUDY_STATES = {
    "planned": N_("Planned"),
    "startup": N_("In start-up"),
    "recruiting": N_("Recruiting"),
    "follow_up": N_("In follow-up"),
    "closed": N_("Closed"),
    "stopped": N_("Stopped early"),
}


@keeps_history()
class Study(models.Model):
    """One clinical study, owned by its sponsor."""

    sponsor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="studies")
    code = models.CharField(max_length=40)
    title_en = models.TextField(blank=True)
    title_zh = models.TextField(blank=True)
    acronym = models.CharField(max_length=40, blank=True)
    registry_number = models.CharField(max_length=40, blank=True)
    phase = models.CharField(max_length=8, default="na")
    study_type = models.CharField(max_length=20, default="interventional")
    therapeutic_area = models.CharField(max_length=24, default="other")
    indication_en = models.CharField(max_length=300, blank=True)
    indication_zh = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=12, default="planned")
    planned_subjects = models.IntegerField(null=True)
    planned_sites = models.IntegerField(null=True)
    start_on = models.DateField(null=True)
    enrollment_months = models.IntegerField(null=True)
    follow_up_months = models.IntegerField(null=True)
    currency = models.CharField(max_length=3, default="CNY")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sponsor", "code"], name="study_code_once_per_sponsor"),
            models.CheckConstraint(name="study_phase_known", condition=models.Q(phase__in=list(PHASES))),
            models.CheckConstraint(
                name="study_state_known", condition=models.Q(state__in=list(STUDY_STATES))
            ),
        ]
        indexes = [models.Index(fields=["sponsor", "-created_at"], name="study_by_sponsor")]

    def __str__(self) -> str:
        return self.code

    def title_in(self, language: str) -> str:
        """Return the title in a language, or in the other one if it has none."""
        return (
            (self.title_zh or self.title_en)
            if language.startswith("zh")
            else (self.title_en or self.title_zh)
        )


class StudyParty(models.Model):
    """An organization other than the sponsor that may see the study, and why (a contract, an inspection)."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="parties")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=40)
    admitted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "organization", "reason"],
                condition=models.Q(ended_at__isnull=True),
                name="study_party_once_per_reason",
            )
        ]


class ProtocolVersion(models.Model):
    """One version of a study's protocol, immutable: the engine's Protocol as JSON with its content hash."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="protocol_versions")
    number = models.IntegerField()
    label = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=12)  # usdm | ctgov | form
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    findings = models.JSONField(default=list)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="protocol_version_once")]
        triggers = [append_only("protocol_version_append_only")]


class StudyCountry(models.Model):
    """A country the study means to run in."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="countries")
    country = models.CharField(max_length=2)
    planned_sites = models.IntegerField(default=0)
    planned_subjects = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "country"], name="study_country_once")]


@keeps_history()
class StudySite(models.Model):
    """A site of the study: a hospital of the directory, or so far only a name and a city."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sites")
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="study_sites"
    )
    number = models.CharField(max_length=20)
    name_en = models.CharField(max_length=200, blank=True)
    name_zh = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, default="CN")
    province = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    city_zh = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    investigator = models.CharField(max_length=120, blank=True)
    planned_subjects = models.IntegerField(default=0)
    state = models.CharField(max_length=12, default="planned")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="study_site_number_once")]


class AssumptionSet(models.Model):
    """One version of the assumptions demand is computed with; immutable."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="assumption_sets")
    number = models.IntegerField()
    values = models.JSONField()
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="assumption_set_once")]
        triggers = [append_only("assumption_set_append_only")]


class DemandProposal(models.Model):
    """Service lines computed from one protocol version and one set of assumptions, with their arithmetic."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="demand_proposals")
    protocol_version = models.ForeignKey(
        ProtocolVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    assumption_set = models.ForeignKey(AssumptionSet, on_delete=models.PROTECT, related_name="+")
    number = models.IntegerField()
    basis = models.JSONField()
    lines = models.JSONField()
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="demand_proposal_once")]
        triggers = [append_only("demand_proposal_append_only")]
