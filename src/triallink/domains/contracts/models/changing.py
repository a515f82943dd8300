"""How a contract moves after it was signed: versions, change orders, suspensions, terminations."""

from django.db import models

from triallink.domains.accounts.models import Organization, Person
from triallink.domains.contracts.models.contract import Contract
from triallink.foundation.guards import append_only, keeps_history
from triallink.foundation.models import Signature
from triallink.kernel.refusals import N_

CHANGE_ORDER_STATES = {
    "proposed": N_("Waiting for signatures"),
    "in_force": N_("In force"),
    "declined": N_("Declined"),
    "withdrawn": N_("Withdrawn"),
}
TERMINATION_STATES = {
    "proposed": N_("Waiting for the other side"),
    "agreed": N_("Agreed"),
    "declined": N_("Declined"),
    "withdrawn": N_("Withdrawn"),
}


@keeps_history()
class ChangeOrder(models.Model):
    """A change of scope, price or dates; in force once every party has signed the content it leads to.

    changes  what it does, step by step (see services.changes).
    content  the whole contract as it would then stand: what is signed and printed.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="change_orders")
    number = models.IntegerField()
    state = models.CharField(max_length=12, default="proposed")
    reason = models.TextField()
    changes = models.JSONField()
    before_minor = models.BigIntegerField()
    after_minor = models.BigIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="change_order_number_once"),
            models.UniqueConstraint(
                fields=["contract"],
                condition=models.Q(state="proposed"),
                name="one_open_change_order_per_contract",
            ),
            models.CheckConstraint(
                name="change_order_state_known", condition=models.Q(state__in=list(CHANGE_ORDER_STATES))
            ),
            models.CheckConstraint(name="change_order_has_reason", condition=~models.Q(reason="")),
        ]

    @property
    def delta_minor(self) -> int:
        """Return what the contract costs more (or less, if negative) with it."""
        return self.after_minor - self.before_minor


class ContractVersion(models.Model):
    """A content every party signed: 1 is the contract, each change order in force adds one."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    change_order = models.OneToOneField(
        ChangeOrder, null=True, on_delete=models.PROTECT, related_name="version"
    )
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    total_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="contract_version_once")]
        triggers = [append_only("contract_version_append_only")]


@keeps_history()
class Suspension(models.Model):
    """A time in which nothing is handed in, accepted or deemed accepted."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="suspensions")
    reason = models.TextField()
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-begun_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"],
                condition=models.Q(ended_at__isnull=True),
                name="one_open_suspension_per_contract",
            )
        ]


@keeps_history()
class Termination(models.Model):
    """A proposal to end the contract early, with what the work in progress is worth.

    valuation  per open milestone: [{"milestone_id", "code", "percent", "amount_minor"}].
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="terminations")
    state = models.CharField(max_length=12, default="proposed")
    reason = models.TextField()
    valuation = models.JSONField()
    work_minor = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    proposal_signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    agreement_signature = models.OneToOneField(
        Signature, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"],
                condition=models.Q(state="proposed"),
                name="one_open_termination_per_contract",
            ),
            models.CheckConstraint(
                name="termination_state_known", condition=models.Q(state__in=list(TERMINATION_STATES))
            ),
            models.CheckConstraint(
                name="termination_agreed_is_signed",
                condition=~models.Q(state="agreed") | models.Q(agreement_signature__isnull=False),
            ),
        ]
