"""A request: what a buyer asks for, from draft to contract, and who is let in."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models.catalogue import ServiceType
from triallink.domains.studies.models import Study, StudySite
from triallink.foundation.guards import append_only, keeps_history
from triallink.foundation.models import StoredFile
from triallink.kernel.money import MINOR_DIGITS
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import UNITS

PROCEDURES = {
    "direct": N_("Direct purchase"),
    "sealed": N_("Sealed bids"),
    "auction": N_("Reverse auction"),
}
VISIBILITIES = {"open": N_("Open to every supplier"), "invited": N_("Invited suppliers only")}
REQUEST_STATES = {
    "draft": N_("Draft"),
    "published": N_("Published"),
    "closed": N_("Closed"),
    "evaluated": N_("Evaluated"),
    "awarded": N_("Awarded"),
    "contracted": N_("Contracted"),
    "failed": N_("Failed"),
    "cancelled": N_("Cancelled"),
}
CRITERIA = {
    "price": N_("Price"),
    "quality": N_("Quality"),
    "experience": N_("Track record"),
    "coverage": N_("Coverage"),
    "speed": N_("Speed"),
}


@dataclass(frozen=True)
class Transition:
    """One step a request may take."""

    source: str
    target: str
    verb: str


# The whole life of a request. The trigger request_guard in the migrations holds the same pairs; a test compares.
TRANSITIONS = (
    Transition("draft", "published", "publish"),
    Transition("draft", "cancelled", "cancel"),
    Transition("published", "closed", "close"),
    Transition("published", "cancelled", "cancel"),
    Transition("closed", "evaluated", "evaluate"),
    Transition("closed", "failed", "fail"),
    Transition("closed", "cancelled", "cancel"),
    Transition("evaluated", "awarded", "award"),
    Transition("evaluated", "failed", "fail"),
    Transition("evaluated", "cancelled", "cancel"),
    Transition("awarded", "evaluated", "annul"),
    Transition("awarded", "contracted", "contract"),
    Transition("awarded", "failed", "fail"),
)
# In these states the sealed bids lie open (the deadline has passed as well, or they could not be reached).
OPENED_STATES = ("closed", "evaluated", "awarded", "contracted", "failed")


class ReferenceCounter(models.Model):
    """The last number given out under a prefix such as REQ-2026."""

    prefix = models.CharField(max_length=20, unique=True)
    last = models.IntegerField(default=0)


@keeps_history()
class Request(models.Model):
    """A call for offers by one organization. Its terms are frozen when it is published."""

    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="requests")
    study = models.ForeignKey(Study, null=True, on_delete=models.PROTECT, related_name="requests")
    reference = models.CharField(max_length=20, unique=True)
    title = models.JSONField()  # {"en": …, "zh": …}
    requirements = models.TextField(blank=True)
    payment_terms = models.TextField(blank=True)
    nda_text = models.TextField(blank=True)
    procedure = models.CharField(max_length=8, default="sealed")
    visibility = models.CharField(max_length=8, default="open")
    state = models.CharField(max_length=12, default="draft")
    currency = models.CharField(max_length=3, default="CNY")
    weights = models.JSONField()  # criterion -> whole percent, adding up to 100
    max_suppliers = models.IntegerField(default=1)
    is_partial_award_allowed = models.BooleanField(default=False)
    question_deadline_at = models.DateTimeField(null=True)
    # Bids are accepted before bids_due_at; they are opened at closes_at. The two are the same instant,
    # except in an auction, which runs between them.
    bids_due_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    standstill_days = models.IntegerField(default=10)
    start_on = models.DateField(null=True)
    end_on = models.DateField(null=True)
    # A demo request replays a story with a clock of its own; set when the row is made, never later.
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="request_state_known", condition=models.Q(state__in=list(REQUEST_STATES))
            ),
            models.CheckConstraint(
                name="request_procedure_known", condition=models.Q(procedure__in=list(PROCEDURES))
            ),
            models.CheckConstraint(
                name="request_visibility_known", condition=models.Q(visibility__in=list(VISIBILITIES))
            ),
            models.CheckConstraint(
                name="request_currency_known", condition=models.Q(currency__in=list(MINOR_DIGITS))
            ),
            models.CheckConstraint(
                name="request_standstill_in_range", condition=models.Q(standstill_days__range=(0, 60))
            ),
            models.CheckConstraint(
                name="request_suppliers_positive", condition=models.Q(max_suppliers__gte=1)
            ),
            models.CheckConstraint(
                name="request_published_has_deadline",
                condition=models.Q(state__in=["draft", "cancelled"])
                | models.Q(
                    closes_at__isnull=False, bids_due_at__isnull=False, bids_due_at__lte=models.F("closes_at")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="request_by_buyer"),
            models.Index(
                fields=["closes_at"], name="request_waiting_to_close", condition=models.Q(state="published")
            ),
            models.Index(fields=["state", "visibility", "-published_at"], name="request_open"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_opened(self) -> bool:
        """Return whether the bids lie open to the buyer."""
        return self.state in OPENED_STATES

    @property
    def standstill(self) -> dt.timedelta:
        """Return how long losers may object after an award."""
        return dt.timedelta(days=self.standstill_days)


class RequestLine(models.Model):
    """One piece of the work asked for; frozen by trigger once the request is published."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="lines")
    position = models.IntegerField()
    service = models.ForeignKey(ServiceType, on_delete=models.PROTECT, related_name="+")
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit = models.CharField(max_length=12)
    province = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    city_zh = models.CharField(max_length=80, blank=True)
    site = models.ForeignKey(StudySite, null=True, on_delete=models.PROTECT, related_name="+")
    start_on = models.DateField(null=True)
    end_on = models.DateField(null=True)
    hours = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    ceiling_minor = models.BigIntegerField(null=True)  # announced highest price per unit
    required_credentials = ArrayField(models.CharField(max_length=16), default=list, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="request_line_position_once"),
            models.CheckConstraint(name="request_line_quantity_positive", condition=models.Q(quantity__gt=0)),
            models.CheckConstraint(name="request_line_unit_known", condition=models.Q(unit__in=list(UNITS))),
            models.CheckConstraint(
                name="request_line_ceiling_positive",
                condition=models.Q(ceiling_minor__isnull=True) | models.Q(ceiling_minor__gt=0),
            ),
        ]


class RequestInvitation(models.Model):
    """A supplier the buyer asked to bid."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="invitations")
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="request_invitations"
    )
    fit_score = models.FloatField(null=True)
    invited_at = models.DateTimeField()
    invited_by_id = models.BigIntegerField(null=True)
    declined_at = models.DateTimeField(null=True)
    decline_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "organization"], name="invited_once_per_request")
        ]


class NdaAcceptance(models.Model):
    """A supplier's promise to keep the request's details to itself, bound to the text's hash."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="nda_acceptances")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    person_id = models.BigIntegerField()
    person_name = models.CharField(max_length=120)
    text_sha256 = models.CharField(max_length=64)
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "organization"], name="nda_accepted_once_per_request")
        ]
        triggers = [append_only("nda_acceptance_append_only")]


class RequestFile(models.Model):
    """A document the buyer gives to the bidders."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    added_at = models.DateTimeField()
