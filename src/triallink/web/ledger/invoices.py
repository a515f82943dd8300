"""Invoices and credit notes: the list, one of them, its document, and crediting it."""

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triallink.domains.ledger import selectors, services
from triallink.domains.ledger.access import sees_money
from triallink.domains.ledger.models import INVOICE_KINDS, Invoice
from triallink.domains.ledger.services.invoices import INVOICE_ROLES
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import bilingual
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, NotAllowed, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.ledger.frame import AmountForm, Tab, actor_of, initial_of, tabs
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.studies.entry import beside, status_of
from triallink.web.wording import word

KIND_TONES = {"invoice": "info", "credit_note": "warn"}
INVOICES = ListSpec(
    name="invoices",
    columns=(
        Column("number", N_("Number"), sort=("number", "id")),
        Column("kind", N_("Kind"), sort=("kind",), value=lambda row: word(INVOICE_KINDS, row.kind)),
        Column("issuer", N_("Issuer"), sort=("issuer__name_en",), value=lambda row: str(row.issuer)),
        Column("customer", N_("Customer"), sort=("customer__name_en",), value=lambda row: str(row.customer)),
        Column("issued_on", N_("Issued"), sort=("issued_on", "id")),
        Column("net", N_("Net"), value=lambda row: Money(row.net_minor, row.currency), is_number=True),
        Column("tax", N_("Tax"), value=lambda row: Money(row.tax_minor, row.currency), is_number=True),
        Column(
            "total", N_("Total"), sort=("total_minor",), value=lambda row: Money(row.total_minor, row.currency),
            is_number=True,
        ),
    ),
    search=("number", "issuer__name_en", "issuer__name_zh", "customer__name_en", "customer__name_zh"),
    facets=(
        Facet("kind", N_("Kind"), "kind", names=INVOICE_KINDS),
        Facet("issuer", N_("Issuer"), "issuer__name_en"),
        Facet("currency", N_("Currency"), "currency"),
    ),
    default_sort="-issued_on",
)  # fmt: skip


class CreditForm(AmountForm):
    """How much is credited, and why."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))
    field_order = ("amount", "currency", "reason", "key")


@dataclass(frozen=True)
class InvoiceListPage:
    """The invoices an organization issued or received."""

    tabs: list[Tab]
    listing: Listing
    kinds: dict[str, str]
    tones: dict[str, str]


def invoice_list(request: HttpRequest) -> HttpResponse:
    """Show the invoices."""
    actor = actor_of(request)
    if not sees_money(actor):
        raise NotAllowed
    rows = selectors.invoices(to=actor)
    if wants_export(request):
        return export(request, INVOICES, rows)
    page = InvoiceListPage(
        tabs(request, "invoice-list"), INVOICES.read(request, rows), INVOICE_KINDS, KIND_TONES
    )
    return answer(request, "ledger/invoices.html", "list", page)


@dataclass(frozen=True)
class InvoicePage:
    """One invoice or credit note."""

    tabs: list[Tab]
    invoice: Invoice
    kind: str
    tone: str
    text: str
    tax_name: str
    tax_percent: Decimal
    credit_notes: list[Invoice]
    timeline: list[AuditLine]
    form: CreditForm | None


def invoice_detail(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """Show one invoice."""
    return _show(request, selectors.invoice_for(invoice_id, to=actor_of(request)), None)


def credit(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """Issue a credit note against an invoice of one's own."""
    actor = actor_of(request)
    invoice = selectors.invoice_for(invoice_id, to=actor)
    form = _credit_form(request, invoice)
    if request.method == "POST" and form.is_valid():
        try:
            note = services.issue_credit_note(
                invoice_id=invoice.pk,
                amount=form.money,
                reason=form.cleaned_data["reason"],
                key=form.key_for(actor),
                by=actor,
            )
            messages.success(request, _("The credit note is issued."))
            return HttpResponseRedirect(reverse("money:invoice", args=[note.pk]))
        except Refusal as refusal:
            beside(form, refusal)
    return _show(request, invoice, form, status=status_of(form))


def document(request: HttpRequest, invoice_id: int, language: str) -> HttpResponse:
    """Send an invoice as PDF/A."""
    file, content = services.invoice_document(invoice_id=invoice_id, language=language, by=actor_of(request))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{file.name}"'
    return response


def _credit_form(request: HttpRequest, invoice: Invoice) -> CreditForm:
    form = CreditForm(request.POST or None, initial=initial_of(currency=invoice.currency))
    form.fields["currency"].choices = [(invoice.currency, invoice.currency)]  # type: ignore[attr-defined]
    return form


def _show(request: HttpRequest, invoice: Invoice, form: CreditForm | None, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    may_credit = (
        invoice.kind == "invoice" and invoice.issuer_id == actor.organization_id and actor.has(*INVOICE_ROLES)
    )
    page = InvoicePage(
        tabs=tabs(request, "invoice-list"),
        invoice=invoice,
        kind=word(INVOICE_KINDS, invoice.kind),
        tone=KIND_TONES[invoice.kind],
        text=bilingual(invoice.content["text"]),
        tax_name=bilingual(invoice.content["tax_name"]) or _("Tax"),
        tax_percent=invoice.tax_percent.normalize(),
        credit_notes=list(invoice.credit_notes.order_by("id")),
        timeline=timeline("invoice", invoice.pk) if invoice.issuer_id == actor.organization_id else [],
        form=(form or _credit_form(request, invoice)) if may_credit else None,
    )
    return render_page(request, "ledger/invoice.html", page, status=status)
