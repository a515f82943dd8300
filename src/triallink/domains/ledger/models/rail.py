"""Payments through a bank: orders, what the bank calls back, its statement, and what did not match."""

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.ledger.models.book import Posting
from triallink.foundation.guards import append_only, keeps_history, undeletable
from triallink.kernel.refusals import N_

DIRECTIONS = {"in": N_("Top-up"), "out": N_("Payout")}
ORDER_STATES = {
    "requested": N_("Asked for"),
    "sent": N_("At the bank"),
    "settled": N_("Done"),
    "failed": N_("Failed"),
    "returned": N_("Came back"),
}
# Every step an order may take; nobody else decides.
ORDER_STEPS = {
    ("requested", "sent"),
    ("sent", "settled"),
    ("sent", "failed"),
    ("settled", "returned"),
}
VERDICTS = {
    "applied": N_("Applied"),
    "duplicate": N_("Heard before"),
    "contradiction": N_("Contradicts what was booked"),
    "unknown": N_("Names no payment of ours"),
}
FINDING_KINDS = {
    "missing_at_bank": N_("Booked, but not on the bank's statement"),
    "missing_in_book": N_("On the bank's statement, but not booked"),
    "duplicate_at_bank": N_("The bank's statement names it more than once"),
    "amount_differs": N_("The amounts differ"),
}
RESOLUTIONS = {
    "adjust": N_("Book the difference for the organization"),
    "suspense": N_("Book the difference as to be clarified"),
    "reverse": N_("Reverse our posting"),
    "bank_error": N_("The bank will correct its statement"),
    "agreed": N_("Bank and book agree by now"),
}


@keeps_history()
class PaymentOrder(models.Model):
    """A top-up an organization announced, or a payout it asked for.

    reference  what both sides call it; the bank executes one reference once.
    settled_minor  what really arrived, which for a top-up the payer decides.
    """

    reference = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=160, unique=True)
    direction = models.CharField(max_length=3)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payment_orders")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    bank_account = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, default="requested")
    failure = models.CharField(max_length=200, blank=True)
    settled_minor = models.BigIntegerField(null=True)
    requested_by_label = models.CharField(max_length=160)
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_state_known", condition=models.Q(state__in=list(ORDER_STATES))
            ),
            models.CheckConstraint(
                name="order_direction_known", condition=models.Q(direction__in=list(DIRECTIONS))
            ),
            models.CheckConstraint(name="order_moves_money", condition=models.Q(amount_minor__gt=0)),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="order_by_organization"),
            models.Index(fields=["state"], name="order_by_state"),
        ]
        triggers = [undeletable("payment_order_undeletable")]

    def __str__(self) -> str:
        return self.reference


class RailCallback(models.Model):
    """One message of the bank as it came, and what was made of it."""

    event_id = models.CharField(max_length=80)
    reference = models.CharField(max_length=40)
    outcome = models.CharField(max_length=12)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    received_at = models.DateTimeField()
    verdict = models.CharField(max_length=14)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event_id"],
                condition=models.Q(verdict="applied"),
                name="one_application_per_bank_event",
            ),
            models.CheckConstraint(
                name="callback_verdict_known", condition=models.Q(verdict__in=list(VERDICTS))
            ),
        ]
        indexes = [models.Index(fields=["event_id"], name="callback_by_event")]
        triggers = [append_only("rail_callback_append_only")]


class StatementLine(models.Model):
    """One line of the bank's statement. Positive came in."""

    rail = models.CharField(max_length=20)
    day = models.DateField()
    number = models.IntegerField()
    reference = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    text = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rail", "day", "number"], name="one_line_per_statement_number")
        ]
        indexes = [models.Index(fields=["reference"], name="statement_line_by_reference")]
        triggers = [append_only("statement_line_append_only")]


@keeps_history()
class Finding(models.Model):
    """A reference for which the bank and the book do not say the same."""

    reference = models.CharField(max_length=160)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=20)
    order = models.ForeignKey(PaymentOrder, null=True, on_delete=models.PROTECT, related_name="findings")
    book_minor = models.BigIntegerField()
    bank_minor = models.BigIntegerField()
    found_at = models.DateTimeField()
    resolution = models.CharField(max_length=12, blank=True)
    why = models.TextField(blank=True)
    posting = models.ForeignKey(Posting, null=True, on_delete=models.PROTECT, related_name="findings")
    resolved_by_label = models.CharField(max_length=160, blank=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "currency"],
                condition=models.Q(resolved_at__isnull=True),
                name="one_open_finding_per_reference",
            ),
            models.CheckConstraint(
                name="finding_kind_known", condition=models.Q(kind__in=list(FINDING_KINDS))
            ),
        ]
        triggers = [undeletable("finding_undeletable")]

    @property
    def difference_minor(self) -> int:
        """Return what the bank has more than the book."""
        return self.bank_minor - self.book_minor


class SandboxOrder(models.Model):
    """What the sandbox bank has been told; everything else about it follows from the seed."""

    reference = models.CharField(max_length=40, unique=True)
    direction = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    accepted_at = models.DateTimeField()
    told = models.SmallIntegerField(default=0)  # how many of its messages the bank has sent
    refused = models.SmallIntegerField(default=0)  # how often the bank was "not reachable" before it accepted
    is_finished = models.BooleanField(default=False)  # nothing more will be told

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(is_finished=False), name="sandbox_order_unfinished"
            ),
            models.Index(fields=["accepted_at"], name="sandbox_order_by_instant"),
        ]
