"""Accounts of the book and what stands on them."""

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.foundation.guards import append_only
from triallink.kernel.refusals import N_

ACCOUNT_KINDS = {
    "client": N_("Available funds"),
    "escrow": N_("Escrow, not yet held"),
    "held": N_("Held for a milestone"),
    "retained": N_("Retained until the end"),
    "payout": N_("On the way to the bank"),
    "bank": N_("Bank"),
    "fee": N_("Platform fees earned"),
    "tax": N_("Tax to be paid on"),
    "suspense": N_("To be clarified"),
}
# Money somebody else entrusted to the platform: the database refuses a balance below zero.
GUARDED_KINDS = ["client", "escrow", "held", "retained", "payout"]
# What the platform owns rather than owes: shown with the sign turned, as bookkeepers do.
DEBIT_KINDS = frozenset({"bank"})


class Account(models.Model):
    """One account in one currency. Without an organization it is the platform's own.

    about_kind, about_id, part  what escrowed money is for: ("contract", 7), part "milestone:12".
    """

    kind = models.CharField(max_length=12)
    is_guarded = models.BooleanField()
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="ledger_accounts"
    )
    about_kind = models.CharField(max_length=40, blank=True, default="")
    about_id = models.BigIntegerField(default=0)
    part = models.CharField(max_length=60, blank=True, default="")
    currency = models.CharField(max_length=3)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "organization", "about_kind", "about_id", "part", "currency"],
                nulls_distinct=False,
                name="one_account_per_purpose",
            ),
            models.CheckConstraint(
                name="account_kind_known", condition=models.Q(kind__in=list(ACCOUNT_KINDS))
            ),
            models.CheckConstraint(
                name="account_guarded_by_kind",
                condition=models.Q(is_guarded=True, kind__in=GUARDED_KINDS)
                | (models.Q(is_guarded=False) & ~models.Q(kind__in=GUARDED_KINDS)),
            ),
        ]
        indexes = [
            models.Index(fields=["about_kind", "about_id"], name="account_by_reference"),
            models.Index(fields=["organization", "kind"], name="account_by_organization"),
        ]
        triggers = [append_only("account_append_only")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


class AccountBalance(models.Model):
    """What stands on an account; written by the database when an entry is written, by nobody else.

    A guarded account has one row (shard 0) whose balance cannot go below zero. The platform's own accounts, which
    nearly every posting touches, are spread over shards so that postings do not wait for one another.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="balances")
    shard = models.SmallIntegerField()
    is_guarded = models.BooleanField()
    balance_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "shard"], name="one_balance_per_shard"),
            models.CheckConstraint(
                name="guarded_balance_not_negative",
                condition=models.Q(is_guarded=False) | models.Q(shard=0, balance_minor__gte=0),
            ),
        ]
