"""A dispute about a contract: statements, evidence, mediation by the operator, a settlement both sides sign."""

from django.db import models

from triallink.domains.accounts.models import Organization, Person
from triallink.domains.contracts.models.contract import Contract
from triallink.domains.contracts.models.milestone import Milestone
from triallink.foundation.guards import append_only, keeps_history
from triallink.foundation.models import Signature, StoredFile
from triallink.kernel.refusals import N_

DISPUTE_STATES = {
    "open": N_("Open"),
    "in_mediation": N_("In mediation"),
    "settled": N_("Settled"),
    "withdrawn": N_("Withdrawn"),
    "unresolved": N_("Not resolved"),
}
DISPUTE_TRANSITIONS = {
    ("open", "in_mediation"),
    ("open", "withdrawn"),
    ("in_mediation", "settled"),
    ("in_mediation", "withdrawn"),
    ("in_mediation", "unresolved"),
}


@keeps_history()
class Dispute(models.Model):
    """What one side holds against the other."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="disputes")
    number = models.IntegerField()
    milestone = models.ForeignKey(Milestone, null=True, on_delete=models.PROTECT, related_name="disputes")
    state = models.CharField(max_length=12, default="open")
    subject = models.CharField(max_length=200)
    claim_minor = models.BigIntegerField(default=0)
    opener = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    mediator = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    settled_minor = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="dispute_number_once"),
            models.CheckConstraint(
                name="dispute_state_known", condition=models.Q(state__in=list(DISPUTE_STATES))
            ),
            models.CheckConstraint(
                name="dispute_settled_has_amount",
                condition=~models.Q(state="settled") | models.Q(settled_minor__isnull=False),
            ),
        ]


class DisputeStatement(models.Model):
    """What somebody says or shows in a dispute."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="statements")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        triggers = [append_only("dispute_statement_append_only")]


class SettlementProposal(models.Model):
    """What the mediator proposes: so much to the supplier, and the disputed milestone is done with."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="proposals")
    number = models.IntegerField()
    amount_minor = models.BigIntegerField()
    text = models.TextField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "number"], name="settlement_number_once"),
            models.CheckConstraint(name="settlement_not_negative", condition=models.Q(amount_minor__gte=0)),
        ]
        triggers = [append_only("settlement_proposal_append_only")]


class SettlementAgreement(models.Model):
    """One side's signature under a proposal."""

    proposal = models.ForeignKey(SettlementProposal, on_delete=models.PROTECT, related_name="agreements")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "organization"], name="settlement_agreed_once")
        ]
        triggers = [append_only("settlement_agreement_append_only")]
