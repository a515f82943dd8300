"""Invoices: one per payment, numbered without a gap, credited at most once over."""

import io

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader
from tests.domains.ledger.conftest import Purse, cny

from triallink.domains.ledger import selectors, services
from triallink.domains.ledger.errors import CreditTooHigh
from triallink.domains.ledger.models import Invoice
from triallink.foundation.outbox import dispatch_waiting
from triallink.kernel.refusals import NotAllowed, NotFound


def paid(purse: Purse) -> tuple[Invoice, Invoice]:
    """Pay Ben 1,000 and return his invoice and the platform's."""
    purse.held_escrow(1000)
    purse.release(1000)
    while dispatch_waiting(clock=purse.clock):
        pass
    return Invoice.objects.get(key__startswith="release:"), Invoice.objects.get(key__startswith="fee:")


def test_a_payment_issues_the_suppliers_invoice_and_the_platforms(purse: Purse):
    own, fee = paid(purse)
    assert (own.issuer, own.customer) == (purse.ben.organization, purse.ada.organization)
    assert (own.total_minor, own.net_minor, own.tax_minor) == (1000_00, 943_40, 56_60)
    assert (fee.issuer, fee.customer) == (purse.hua.organization, purse.ben.organization)
    assert (fee.net_minor, fee.tax_minor, fee.number) == (25_00, 1_50, "INV-000001")
    services.issue_for_release(posting_id=own.posting_id, by=purse.hua.actor)
    assert Invoice.objects.count() == 2


def test_the_document_is_pdf_a_in_both_languages_and_for_the_two_sides_only(purse: Purse, eve):
    own, _ = paid(purse)
    for language, word in (("en", "Invoice"), ("zh", "账单")):
        file, pdf = services.invoice_document(invoice_id=own.pk, language=language, by=purse.ada.actor)
        again, _ = services.invoice_document(invoice_id=own.pk, language=language, by=purse.ben.actor)
        assert again == file
        reader = PdfReader(io.BytesIO(pdf))
        assert word in reader.pages[0].extract_text()
        assert b"pdfaid" in pdf or "/Metadata" in reader.trailer["/Root"]
    with pytest.raises(NotFound):
        services.invoice_document(invoice_id=own.pk, language="en", by=eve.actor)
    assert not selectors.invoices(to=eve.actor).exists()


def test_credit_notes_never_exceed_their_invoice(purse: Purse):
    own, _ = paid(purse)
    note = services.issue_credit_note(
        invoice_id=own.pk, amount=cny(400), reason="Hours not worked", key="c1", by=purse.ben.actor
    )
    assert (note.number, note.corrects, note.net_minor + note.tax_minor) == ("CRN-000001", own, 400_00)
    with pytest.raises(CreditTooHigh):
        services.issue_credit_note(
            invoice_id=own.pk, amount=cny(601), reason="More", key="c2", by=purse.ben.actor
        )
    with pytest.raises(NotFound):
        services.issue_credit_note(
            invoice_id=own.pk, amount=cny(1), reason="Not mine", key="c3", by=purse.ada.actor
        )


def test_a_member_without_the_role_issues_nothing_and_the_database_refuses_a_gap(purse: Purse, dora):
    own, _ = paid(purse)
    with pytest.raises(NotAllowed):
        services.issue_invoice(
            customer_id=own.customer_id, text={"en": "x"}, amount=cny(1), key="d", by=dora.actor
        )
    own.pk, own.key, own.sequence, own.number = None, "by hand", 9, "INV-000009"
    with pytest.raises(IntegrityError, match="no predecessor"), transaction.atomic():
        own.save(force_insert=True)
