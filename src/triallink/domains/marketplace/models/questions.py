"""Questions of bidders, answered to all of them."""

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models.requests import Request


class Question(models.Model):
    """A question about a request. Every bidder reads it with its answer; nobody but the asker reads who asked."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="questions")
    number = models.IntegerField()
    asked_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="question_number_once")]
