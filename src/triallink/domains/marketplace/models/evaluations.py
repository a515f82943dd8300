"""Evaluators, what each of them thinks, and what they agree on."""

from django.db import models

from triallink.domains.accounts.models import Person
from triallink.domains.marketplace.models.bids import Bid
from triallink.domains.marketplace.models.requests import CRITERIA, Request
from triallink.foundation.guards import append_only


class Evaluator(models.Model):
    """A person appointed to judge the bids; sees nothing before declaring whether there is a conflict."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="evaluators")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    appointed_at = models.DateTimeField()
    declared_at = models.DateTimeField(null=True)
    has_conflict = models.BooleanField(null=True)
    declaration = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "person"], name="evaluator_once_per_request"),
            models.CheckConstraint(
                name="evaluator_declares_in_full",
                condition=models.Q(declared_at__isnull=True, has_conflict__isnull=True)
                | models.Q(declared_at__isnull=False, has_conflict__isnull=False),
            ),
        ]


class BidScore(models.Model):
    """One evaluator's score of one bid under one criterion, 0 to 100."""

    evaluator = models.ForeignKey(Evaluator, on_delete=models.PROTECT, related_name="scores")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="scores")
    criterion = models.CharField(max_length=12)
    score = models.DecimalField(max_digits=5, decimal_places=2)
    note = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["evaluator", "bid", "criterion"], name="score_once_per_evaluator"
            ),
            models.CheckConstraint(name="score_in_range", condition=models.Q(score__range=(0, 100))),
            models.CheckConstraint(
                name="score_criterion_known", condition=models.Q(criterion__in=list(CRITERIA))
            ),
        ]


class ConsensusScore(models.Model):
    """The score the evaluators agreed on, which counts."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="consensus")
    criterion = models.CharField(max_length=12)
    score = models.DecimalField(max_digits=5, decimal_places=2)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "criterion"], name="consensus_once_per_criterion"),
            models.CheckConstraint(name="consensus_in_range", condition=models.Q(score__range=(0, 100))),
            models.CheckConstraint(
                name="consensus_criterion_known", condition=models.Q(criterion__in=list(CRITERIA))
            ),
        ]


class EvaluationNote(models.Model):
    """A remark on a bid, kept as it was written."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="notes")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        triggers = [append_only("evaluation_note_append_only")]
