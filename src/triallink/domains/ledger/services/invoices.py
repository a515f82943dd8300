"""Issuing invoices and credit notes, numbered without a gap."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from triallink.domains.accounts.models import Organization
from triallink.domains.ledger.errors import AmountNotPositive, CreditTooHigh
from triallink.domains.ledger.events import InvoiceIssued
from triallink.domains.ledger.models import (
    Entry,
    Escrow,
    Invoice,
    InvoiceDocument,
    InvoiceSeries,
    Posting,
)
from triallink.domains.ledger.rates import TaxSplit, without_tax
from triallink.domains.ledger.rendering import LANGUAGES, render_invoice
from triallink.domains.ledger.selectors.lists import invoice_for
from triallink.domains.ledger.services.posting import NO_REFERENCE, About
from triallink.foundation.files import read_file, store_file
from triallink.foundation.models import StoredFile
from triallink.foundation.record import record
from triallink.foundation.signatures import content_hash
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotFound

PREFIXES = {"invoice": "INV", "credit_note": "CRN"}
INVOICE_ROLES = ("finance", "administrator")
FEE_TEXT = {"en": "Platform fee", "zh": "平台服务费"}
WORK_TEXT = {"en": "Clinical research services", "zh": "临床研究服务"}


@dataclass(frozen=True)
class Billing:
    """What an invoice says: for whom, for what, and how much in all, tax included."""

    issuer_id: int
    customer_id: int
    text: dict[str, str]
    split: TaxSplit
    about: About = NO_REFERENCE
    posting: Posting | None = None
    reference: str = ""


@transaction.atomic
def issue_invoice(
    *, customer_id: int, text: dict[str, str], amount: Money, service: str = "", key: str,
    about: About = NO_REFERENCE, by: Actor, clock: Clock = system_clock,
) -> Invoice:  # fmt: skip
    """Issue an invoice of the actor's organization; the amount includes the tax of its country.

    Refuses: NotAllowed, NotFound (no such customer), AmountNotPositive.
    Emits: InvoiceIssued.
    """
    by.require(*INVOICE_ROLES)
    if amount.minor <= 0:
        raise AmountNotPositive(field="amount")
    if not Organization.objects.filter(pk=customer_id, is_active=True).exists():
        raise NotFound
    split = _split(by.own_organization_id, amount, service, clock)
    billing = Billing(by.own_organization_id, customer_id, text, split, about)
    return _issue(billing, key, by, clock)


def issue_for_release(*, posting_id: int, by: Actor, clock: Clock = system_clock) -> list[Invoice]:
    """Issue what a payment out of an escrow calls for: payee to payer, and the platform's fee to the payee.

    Once per posting, however often it is called.
    """
    posting = Posting.objects.get(pk=posting_id)
    escrow = Escrow.objects.get(about_kind=posting.about_kind, about_id=posting.about_id)
    legs = {
        (entry.account.kind, entry.account.organization_id): entry.amount_minor
        for entry in Entry.objects.filter(posting=posting, amount_minor__gt=0).select_related("account")
    }
    payee_id = next(owner for kind, owner in legs if kind == "client" and owner is not None)
    fee, tax = legs.get(("fee", None), 0), legs.get(("tax", None), 0)
    gross = Money(legs["client", payee_id] + fee + tax, escrow.currency)
    text = escrow.title or WORK_TEXT
    made = [
        _issue(
            Billing(
                payee_id,
                escrow.payer_id,
                text,
                _split(payee_id, gross, "", clock),
                escrow.about,
                posting,
                escrow.reference,
            ),
            f"release:{posting_id}",
            by,
            clock,
        )
    ]
    operator = Organization.objects.filter(kind="operator", is_active=True).order_by("id").first()
    if fee and operator is not None:
        charged = Money(fee, escrow.currency)
        percent = without_tax(charged, country=operator.country, on=clock.now().date())
        split = TaxSplit(
            charged,
            Money(tax, escrow.currency),
            percent.percent if tax else percent.percent * 0,
            percent.name,
        )
        billing = Billing(operator.pk, payee_id, FEE_TEXT, split, escrow.about, posting, escrow.reference)
        made.append(_issue(billing, f"fee:{posting_id}", by, clock))
    return made


@transaction.atomic
def issue_credit_note(
    *, invoice_id: int, amount: Money, reason: str, key: str, by: Actor, clock: Clock = system_clock
) -> Invoice:
    """Credit an invoice of the actor's organization, wholly or in part, at the invoice's own tax rate.

    Refuses: NotAllowed, NotFound, AmountNotPositive, CreditTooHigh.
    Emits: InvoiceIssued.
    """
    by.require(*INVOICE_ROLES)
    invoice = (
        Invoice.objects.select_for_update()
        .filter(pk=invoice_id, issuer_id=by.own_organization_id, kind="invoice")
        .first()
    )
    if invoice is None:
        raise NotFound
    existing = Invoice.objects.filter(key=key).first()
    if existing is not None:
        return existing
    if amount.minor <= 0:
        raise AmountNotPositive(field="amount")
    credited = invoice.credit_notes.aggregate(minor=Sum("total_minor"))["minor"] or 0
    left = Money(invoice.total_minor - int(credited), invoice.currency)
    if amount.currency != invoice.currency or amount.minor > left.minor:
        raise CreditTooHigh(field="amount", open=f"{left.amount} {left.currency}")
    net = amount.times(1 / (1 + invoice.tax_percent / 100))
    split = TaxSplit(net, amount - net, invoice.tax_percent, invoice.content.get("tax_name", {}))
    billing = Billing(
        invoice.issuer_id,
        invoice.customer_id,
        {"en": reason, "zh": reason},
        split,
        (invoice.about_kind, invoice.about_id),
        None,
        invoice.content.get("reference", ""),
    )
    return _issue(billing, key, by, clock, corrects=invoice)


def invoice_document(
    *, invoice_id: int, language: str, by: Actor, clock: Clock = system_clock
) -> tuple[StoredFile, bytes]:
    """Return an invoice as PDF/A, typeset once and then kept.

    language  "en" or "zh".
    Refuses: NotFound.
    """
    invoice = invoice_for(invoice_id, to=by)
    if language not in LANGUAGES:
        raise NotFound
    kept = invoice.documents.select_related("file").filter(language=language).first()
    if kept is not None:
        return kept.file, read_file(kept.file)
    pdf = render_invoice(invoice.content, invoice.content_hash, language, at=invoice.issued_at)
    name = f"{invoice.number}-{language}.pdf"
    file = store_file(pdf, name=name, media_type="application/pdf", by=by, clock=clock)
    InvoiceDocument.objects.bulk_create(
        [InvoiceDocument(invoice=invoice, language=language, file=file)], ignore_conflicts=True
    )
    return file, pdf


def _split(issuer_id: int, amount: Money, service: str, clock: Clock) -> TaxSplit:
    country = Organization.objects.values_list("country", flat=True).get(pk=issuer_id)
    return without_tax(amount, country=country, service=service, on=clock.now().date())


@transaction.atomic
def _issue(billing: Billing, key: str, by: Actor, clock: Clock, corrects: Invoice | None = None) -> Invoice:
    """Take the next number and write the row; the number is free again if the transaction does not commit."""
    kind = "credit_note" if corrects else "invoice"
    InvoiceSeries.objects.get_or_create(issuer_id=billing.issuer_id, kind=kind)
    series = InvoiceSeries.objects.select_for_update().get(issuer_id=billing.issuer_id, kind=kind)
    existing = Invoice.objects.filter(key=key).first()
    if existing is not None:
        return existing
    series.last += 1
    series.save(update_fields=["last"])
    number = f"{PREFIXES[kind]}-{series.last:06d}"
    content = _content(billing, number, kind, clock.now().date(), corrects)
    split = billing.split
    invoice = Invoice.objects.create(
        issuer_id=billing.issuer_id,
        customer_id=billing.customer_id,
        kind=kind,
        sequence=series.last,
        number=number,
        key=key,
        about_kind=billing.about[0],
        about_id=billing.about[1],
        posting=billing.posting,
        corrects=corrects,
        issued_on=clock.now().date(),
        issued_at=clock.now(),
        currency=split.net.currency,
        net_minor=split.net.minor,
        tax_minor=split.tax.minor,
        total_minor=(split.net + split.tax).minor,
        tax_percent=split.percent,
        content=content,
        content_hash=content_hash(content),
    )
    record(
        InvoiceIssued(
            invoice_id=invoice.pk, issuer_id=invoice.issuer_id, customer_id=invoice.customer_id, kind=kind
        ),
        by=by,
        about=("invoice", invoice.pk),
        organization_id=invoice.issuer_id,
        change={"number": [None, number]},
        clock=clock,
    )
    return invoice


def _content(
    billing: Billing, number: str, kind: str, on: dt.date, corrects: Invoice | None
) -> dict[str, object]:
    """Return what is printed, as plain values, so that later changes of names do not change the invoice."""
    sides = Organization.objects.in_bulk([billing.issuer_id, billing.customer_id])
    split = billing.split
    return {
        "number": number,
        "kind": kind,
        "issued_on": on.isoformat(),
        "issuer": _side(sides[billing.issuer_id]),
        "customer": _side(sides[billing.customer_id]),
        "text": billing.text,
        "reference": billing.reference,
        "corrects": corrects.number if corrects else "",
        "currency": split.net.currency,
        "net_minor": split.net.minor,
        "tax_minor": split.tax.minor,
        "total_minor": (split.net + split.tax).minor,
        "tax_percent": str(split.percent),
        "tax_name": split.name,
        "is_paid": billing.posting is not None,
    }


def _side(organization: Organization) -> dict[str, str]:
    return {
        "name_en": organization.name_en,
        "name_zh": organization.name_zh,
        "registration_number": organization.registration_number,
        "city": organization.city,
        "city_zh": organization.city_zh,
        "country": organization.country,
    }
