"""Whose money an escrow is, and for whom it is meant."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from triallink.domains.accounts.models import Organization


class Escrow(models.Model):
    """The payer's money for one piece of business, named by a reference the ledger does not look into.

    payee_ids  the organizations the money is meant for; they may see the escrow.
    reference  what people call the business: "C-2026-0012".
    """

    about_kind = models.CharField(max_length=40)
    about_id = models.BigIntegerField()
    payer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="escrows_paid")
    payee_ids = ArrayField(models.BigIntegerField(), default=list)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=40, blank=True)
    title = models.JSONField(default=dict)
    agreed_minor = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["about_kind", "about_id"], name="one_escrow_per_reference"),
        ]

    def __str__(self) -> str:
        return self.reference or f"{self.about_kind} {self.about_id}"

    @property
    def about(self) -> tuple[str, int]:
        """Return the reference pair."""
        return (self.about_kind, self.about_id)
