"""People and the organizations they act for."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from triallink.foundation.guards import keeps_history, undeletable
from triallink.kernel.refusals import N_

LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]

ORGANIZATION_KINDS = {
    "sponsor": N_("Sponsor"),
    "cro": N_("CRO"),
    "smo": N_("SMO"),
    "site": N_("Hospital / site"),
    "freelancer": N_("Freelancer"),
    "operator": N_("Platform operator"),
}

ROLES = {
    "administrator": N_("Administrator"),
    "project_lead": N_("Project lead"),
    "evaluator": N_("Evaluator"),
    "business_lead": N_("Business lead"),
    "resource_manager": N_("Resource manager"),
    "signatory": N_("Signatory"),
    "finance": N_("Finance"),
    "quality": N_("Quality"),
    "inspector": N_("Inspector (read only)"),
    "member": N_("Member"),
}


class PersonManager(BaseUserManager["Person"]):
    """Creates people; an e-mail address is kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """Create a person who can sign in."""
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Find a person by e-mail address, whatever its case."""
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody who signs in. The same person may belong to several organizations."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=10, choices=LANGUAGES, default="en")
    time_zone = models.CharField(max_length=60, default="Asia/Shanghai")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)
    deactivated_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = PersonManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_email")]
        triggers = [undeletable("person_undeletable")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return the name as it is printed beside a signature."""
        return self.name


@keeps_history()
class Organization(models.Model):
    """A sponsor, CRO, SMO, hospital, freelancer (an organization of one) or the platform operator."""

    kind = models.CharField(max_length=12)
    name_en = models.CharField(max_length=160)
    name_zh = models.CharField(max_length=160, blank=True)
    country = models.CharField(max_length=2, default="CN")
    province = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    city_zh = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    about_en = models.TextField(blank=True)
    about_zh = models.TextField(blank=True)
    website = models.URLField(blank=True)
    founded_year = models.IntegerField(null=True)
    headcount = models.IntegerField(null=True)
    registration_number = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="organization_kind_known", condition=models.Q(kind__in=list(ORGANIZATION_KINDS))
            )
        ]
        indexes = [models.Index(fields=["kind", "city"], name="organization_by_kind_city")]

    def __str__(self) -> str:
        return self.name_en

    def name_in(self, language: str) -> str:
        """Return the name in a language, or in the other one if it has none."""
        return (self.name_zh or self.name_en) if language.startswith("zh") else (self.name_en or self.name_zh)


@keeps_history()
class Membership(models.Model):
    """One person's place in one organization, with roles."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=24), default=list)
    title = models.CharField(max_length=120, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organization"],
                condition=models.Q(ended_at__isnull=True),
                name="one_live_membership_per_person_and_organization",
            ),
            models.CheckConstraint(
                name="membership_roles_known", condition=models.Q(roles__contained_by=list(ROLES))
            ),
        ]


class Invitation(models.Model):
    """An offer to join an organization, sent to an e-mail address; the token is kept only as a hash."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    roles = ArrayField(models.CharField(max_length=24), default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A personal token for the API, acting for one organization with some scopes; kept only as a hash."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="api_tokens")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class WrongAnswers(models.Model):
    """How often somebody failed to prove who they are when signing; written apart from what they tried to sign."""

    # No foreign key: the row is written by another connection, which does not see a person made just now.
    person_id = models.BigIntegerField(primary_key=True)
    count = models.IntegerField()
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)
