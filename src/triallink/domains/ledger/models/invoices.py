"""Invoices and credit notes, numbered without a gap per issuer."""

from django.db import models

from triallink.domains.accounts.models import Organization
from triallink.domains.ledger.models.book import Posting
from triallink.foundation.guards import append_only
from triallink.foundation.models import StoredFile
from triallink.kernel.refusals import N_

INVOICE_KINDS = {"invoice": N_("Invoice"), "credit_note": N_("Credit note")}


class InvoiceSeries(models.Model):
    """The last number an issuer used; whoever issues the next one locks this row until the commit."""

    issuer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoice_series")
    kind = models.CharField(max_length=12)
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "kind"], name="one_series_per_issuer_and_kind")
        ]


class Invoice(models.Model):
    """An invoice or credit note; its content is frozen when it is issued.

    key     issued once per key: f"release:{posting}".
    lines   [{"text": {"en", "zh"}, "quantity", "amount_minor"}], before tax.
    """

    issuer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoices_issued")
    customer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoices_received")
    kind = models.CharField(max_length=12, default="invoice")
    sequence = models.BigIntegerField()
    number = models.CharField(max_length=40)
    key = models.CharField(max_length=160, unique=True)
    about_kind = models.CharField(max_length=40, blank=True, default="")
    about_id = models.BigIntegerField(default=0)
    posting = models.ForeignKey(Posting, null=True, on_delete=models.PROTECT, related_name="invoices")
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="credit_notes")
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    tax_percent = models.DecimalField(max_digits=6, decimal_places=3)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "kind", "sequence"], name="invoice_number_once"),
            models.UniqueConstraint(fields=["issuer", "number"], name="invoice_name_once"),
            models.CheckConstraint(
                name="invoice_adds_up",
                condition=models.Q(
                    total_minor=models.F("net_minor") + models.F("tax_minor"), total_minor__gt=0
                ),
            ),
            models.CheckConstraint(
                name="credit_note_names_its_invoice",
                condition=models.Q(kind="invoice", corrects__isnull=True)
                | models.Q(kind="credit_note", corrects__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["issuer", "-id"], name="invoice_by_issuer"),
            models.Index(fields=["customer", "-id"], name="invoice_by_customer"),
        ]
        triggers = [append_only("invoice_append_only")]

    def __str__(self) -> str:
        return self.number


class InvoiceDocument(models.Model):
    """A rendition of an invoice as PDF/A."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents")
    language = models.CharField(max_length=2)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "language"], name="one_invoice_document_per_language")
        ]
        triggers = [append_only("invoice_document_append_only")]
