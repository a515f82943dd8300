"""The award, the letters to those who did not win, and their objections."""

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models.bids import Bid
from triallink.domains.marketplace.models.requests import Request, RequestLine
from triallink.foundation.guards import append_only, keeps_history
from triallink.kernel.refusals import N_

OBJECTION_DECISIONS = {"": N_("Undecided"), "upheld": N_("Upheld"), "dismissed": N_("Dismissed")}


@keeps_history()
class Award(models.Model):
    """The decision on a request. At most one is in force."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="awards")
    reason = models.TextField()
    total_minor = models.BigIntegerField()
    awarded_at = models.DateTimeField()
    awarded_by_id = models.BigIntegerField(null=True)
    standstill_ends_at = models.DateTimeField()
    standstill_ended_at = models.DateTimeField(null=True)
    annulled_at = models.DateTimeField(null=True)
    annulled_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=models.Q(annulled_at__isnull=True), name="one_award_in_force"
            )
        ]
        indexes = [
            models.Index(
                fields=["standstill_ends_at"],
                name="award_in_standstill",
                condition=models.Q(standstill_ended_at__isnull=True, annulled_at__isnull=True),
            )
        ]


class AwardLine(models.Model):
    """One line of the request given to one bid at its price."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="+")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="award_lines")
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit_price_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    bundle_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["award", "line"], name="line_awarded_once")]
        triggers = [append_only("award_line_append_only")]


class LossLetter(models.Model):
    """Why a bidder did not win, as it was told."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="letters")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="letters")
    reason = models.TextField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["award", "bid"], name="one_letter_per_bid")]
        triggers = [append_only("loss_letter_append_only")]


class Objection(models.Model):
    """A bidder's objection to an award during the standstill, and how it was decided."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="objections")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    grounds = models.TextField()
    filed_at = models.DateTimeField()
    filed_by_id = models.BigIntegerField(null=True)
    decision = models.CharField(max_length=10, blank=True)
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["award", "organization"], name="one_objection_per_bidder"),
            models.CheckConstraint(
                name="objection_decision_known", condition=models.Q(decision__in=list(OBJECTION_DECISIONS))
            ),
        ]
