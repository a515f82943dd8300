"""A contract, its parties, lines, documents and signatures."""

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import Award, Bid, RequestLine, ServiceType
from triallink.domains.studies.models import Study
from triallink.foundation.guards import append_only, keeps_history
from triallink.foundation.models import Signature, StoredFile
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import UNITS

CONTRACT_STATES = {
    "draft": N_("Draft"),
    "offered": N_("Waiting for signatures"),
    "signed": N_("In force"),
    "suspended": N_("Suspended"),
    "expired": N_("Expired"),
    "completed": N_("Completed"),
    "terminated": N_("Terminated"),
    "declined": N_("Declined"),
    "withdrawn": N_("Withdrawn"),
}
# Every step a contract may take; services ask this table, nobody else decides.
TRANSITIONS = {
    ("draft", "offered"),
    ("draft", "withdrawn"),
    ("offered", "draft"),
    ("offered", "signed"),
    ("offered", "declined"),
    ("offered", "withdrawn"),
    ("signed", "suspended"),
    ("suspended", "signed"),
    ("signed", "expired"),
    ("expired", "signed"),
    ("signed", "completed"),
    ("expired", "completed"),
    ("signed", "terminated"),
    ("suspended", "terminated"),
    ("expired", "terminated"),
}
# The states in which something was agreed: content, hash and signatures stand.
CONCLUDED = ("signed", "suspended", "expired", "completed", "terminated")
PARTY_ROLES = {"buyer": N_("Buyer"), "lead": N_("Supplier"), "partner": N_("Coalition partner")}


@keeps_history()
class Contract(models.Model):
    """What a buyer and the winner of an award agree on. Its content is frozen when it is offered."""

    reference = models.CharField(max_length=20, unique=True)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="contracts")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="contracts")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="contracts_bought")
    supplier = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="contracts_sold")
    study = models.ForeignKey(Study, null=True, on_delete=models.PROTECT, related_name="contracts")
    title = models.JSONField()
    state = models.CharField(max_length=12, default="draft")
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    acceptance_days = models.IntegerField(default=10)
    payment_days = models.IntegerField(default=30)
    special_terms = models.TextField(blank=True)
    payment_rules = models.JSONField(default=dict)  # see payment_plan.py; empty pays the milestones only
    start_on = models.DateField(null=True)
    end_on = models.DateField(null=True)
    content = models.JSONField(default=dict)  # what is signed; empty while a draft
    content_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    offered_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)  # 1 as first signed; each change order in force makes the next
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["award", "bid"],
                condition=~models.Q(state__in=["declined", "withdrawn"]),
                name="one_live_contract_per_awarded_bid",
            ),
            models.CheckConstraint(
                name="contract_state_known", condition=models.Q(state__in=list(CONTRACT_STATES))
            ),
            models.CheckConstraint(
                name="contract_signed_has_content",
                condition=models.Q(state="draft") | models.Q(state="withdrawn") | ~models.Q(content_hash=""),
            ),
            models.CheckConstraint(
                name="contract_days_in_range",
                condition=models.Q(acceptance_days__range=(1, 60), payment_days__range=(0, 180)),
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="contract_by_buyer"),
            models.Index(fields=["supplier", "-id"], name="contract_by_supplier"),
        ]

    def __str__(self) -> str:
        return self.reference


class ContractParty(models.Model):
    """An organization that signs."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="parties")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8)
    position = models.IntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "organization"], name="contract_party_once"),
            models.CheckConstraint(name="party_role_known", condition=models.Q(role__in=list(PARTY_ROLES))),
        ]


class ContractLine(models.Model):
    """One piece of the work at its price. Coalition shares: [{"organization_id", "percent"}]."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="lines")
    position = models.IntegerField()
    request_line = models.ForeignKey(RequestLine, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(ServiceType, on_delete=models.PROTECT, related_name="+")
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit = models.CharField(max_length=12)
    unit_price_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    place = models.CharField(max_length=160, blank=True)
    place_zh = models.CharField(max_length=160, blank=True, default="")
    start_on = models.DateField(null=True)
    end_on = models.DateField(null=True)
    shares = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "position"], name="contract_line_position_once"),
            models.CheckConstraint(name="contract_line_unit_known", condition=models.Q(unit__in=list(UNITS))),
        ]


class ContractSignature(models.Model):
    """The signature of one party: the e-signature record and the place it seals in the documents."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="signatures")
    party = models.ForeignKey(ContractParty, on_delete=models.PROTECT, related_name="signatures")
    content_hash = models.CharField(max_length=64)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            # A party signs one content once; a contract that was taken back and offered anew is signed anew.
            models.UniqueConstraint(fields=["party", "content_hash"], name="party_signs_once"),
        ]
        triggers = [append_only("contract_signature_append_only")]


class ContractDocument(models.Model):
    """A rendition of the signed content in one language; each seal makes the next version."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="documents")
    language = models.CharField(max_length=2)
    version = models.IntegerField()
    content_hash = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "language", "content_hash", "version"], name="contract_document_once"
            )
        ]
        triggers = [append_only("contract_document_append_only")]
