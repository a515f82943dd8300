"""What a contract owes, and what was paid of it: rows that are never changed; a correction is a new row."""

from django.db import models

from triallink.domains.contracts.models.contract import Contract
from triallink.domains.contracts.models.milestone import Milestone
from triallink.foundation.guards import append_only


class Payable(models.Model):
    """An amount owed because of one fact under one rule; negative where something is taken back.

    rule, fact_key   why: unique per contract, so that a fact is paid once whoever tells of it and how often.
    template, params the reason in words (see engines.payment).
    retained_minor   the part of the amount that is kept back until the contract closes.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payables")
    milestone = models.ForeignKey(Milestone, null=True, on_delete=models.PROTECT, related_name="payables")
    rule = models.CharField(max_length=60)
    fact_key = models.CharField(max_length=160)
    amount_minor = models.BigIntegerField()
    retained_minor = models.BigIntegerField(default=0)
    template = models.TextField()
    params = models.JSONField(default=dict)
    title = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "rule", "fact_key"], name="payable_once_per_fact")
        ]
        triggers = [append_only("payable_append_only")]


class Payment(models.Model):
    """What left the escrow for one payable.

    paid_minor    to the suppliers, before the platform's fee and tax.
    offset_minor  settled against something taken back, so that it did not have to move.
    shares        who got what: [{"organization_id", "paid_minor", "retained_minor", "posting_id"}].
    """

    payable = models.OneToOneField(Payable, on_delete=models.PROTECT, related_name="payment")
    paid_minor = models.BigIntegerField()
    offset_minor = models.BigIntegerField(default=0)
    shares = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        triggers = [append_only("payment_append_only")]


class RetentionPayment(models.Model):
    """What was kept back of one payable and became free when the contract closed; at most once."""

    payable = models.OneToOneField(Payable, on_delete=models.PROTECT, related_name="retention_payment")
    released_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    shares = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        triggers = [append_only("retention_payment_append_only")]
