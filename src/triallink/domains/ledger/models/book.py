"""The book: postings and their entries, append-only."""

from django.db import models

from triallink.domains.accounts.models import Organization, Person
from triallink.domains.ledger.models.accounts import Account
from triallink.foundation.guards import append_only
from triallink.kernel.refusals import N_

POSTING_KINDS = {
    "received": N_("Money received"),
    "funded": N_("Escrow funded"),
    "held": N_("Held for a milestone"),
    "freed": N_("Hold given up"),
    "released": N_("Released to the supplier"),
    "retained": N_("Retained"),
    "refunded": N_("Refunded to the payer"),
    "payout_requested": N_("Payout requested"),
    "payout_settled": N_("Payout arrived"),
    "payout_failed": N_("Payout came back"),
    "journal": N_("Journal entry"),
    "reversal": N_("Reversal"),
    "correction": N_("Correction after reconciliation"),
}


class Posting(models.Model):
    """One movement of money: entries that add up to zero in every currency, written together, never changed.

    key           chosen by the caller; the same key is booked once.
    entry_count   how many entries there are; the database refuses more and fewer.
    content_hash  of kind, reference and entries: tells a repeated call from a different one with the same key.
    """

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=20)
    reason = models.CharField(max_length=400, blank=True)
    about_kind = models.CharField(max_length=40, blank=True, default="")
    about_id = models.BigIntegerField(default=0)
    booked_on = models.DateField()
    at = models.DateTimeField()
    by_person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    by_label = models.CharField(max_length=160)
    by_organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="+")
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    entry_count = models.SmallIntegerField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="posting_kind_known", condition=models.Q(kind__in=list(POSTING_KINDS))
            ),
            models.CheckConstraint(name="posting_has_two_entries", condition=models.Q(entry_count__gte=2)),
        ]
        indexes = [
            models.Index(fields=["about_kind", "about_id"], name="posting_by_reference"),
            models.Index(fields=["booked_on", "id"], name="posting_by_day"),
        ]
        triggers = [append_only("posting_append_only")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


class Entry(models.Model):
    """One leg of a posting: positive credits the account, negative debits it."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="entries")
    position = models.SmallIntegerField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["posting", "position"], name="one_entry_per_position"),
            models.CheckConstraint(name="entry_moves_money", condition=~models.Q(amount_minor=0)),
            models.CheckConstraint(name="entry_position_counts", condition=models.Q(position__gte=1)),
        ]
        indexes = [models.Index(fields=["account", "posting"], name="entry_by_account")]
        triggers = [append_only("entry_append_only")]
