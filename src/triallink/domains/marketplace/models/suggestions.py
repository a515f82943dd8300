"""A coalition the buyer suggests to suppliers: who leads, and who would do which line."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models.requests import Request
from triallink.foundation.guards import append_only


class SuggestedCoalition(models.Model):
    """Suppliers that together do every line; the lead may begin its bid from it. It binds nobody."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="suggested_coalitions")
    lead = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    member_ids = ArrayField(models.BigIntegerField())
    coverage = models.JSONField()  # [[line id, organization id], …]
    suggested_at = models.DateTimeField()
    suggested_by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [GinIndex(fields=["member_ids"], name="suggestion_by_member")]
        triggers = [append_only("suggested_coalition_append_only")]
