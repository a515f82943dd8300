"""Escrows: the list, and one with its parts and movements; the payer puts money in here."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from triallink.domains.contracts.selectors import payment_names
from triallink.domains.ledger import selectors, services
from triallink.domains.ledger.access import escrow_for
from triallink.domains.ledger.models import POSTING_KINDS, Escrow
from triallink.domains.ledger.selectors import EscrowMove, EscrowState
from triallink.domains.ledger.services.orders import ORDER_ROLES
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import bilingual
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.ledger.frame import AmountForm, Tab, actor_of, initial_of, tabs
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.navigation import address_of
from triallink.web.studies.entry import beside, status_of

ESCROWS = ListSpec(
    name="escrows",
    columns=(
        Column("reference", N_("Contract"), sort=("reference",), value=lambda row: str(row.escrow)),
        Column("title", N_("Title"), value=lambda row: bilingual(row.escrow.title)),
        Column("payer", N_("Payer"), sort=("payer__name_en",), value=lambda row: str(row.escrow.payer)),
        Column(
            "agreed",
            N_("Agreed amount"),
            sort=("agreed_minor",),
            value=lambda row: row.agreed,
            is_number=True,
        ),
        Column("funded", N_("Funded"), is_number=True),
        Column("balance", N_("In escrow"), is_number=True),
        Column("released", N_("Released"), is_number=True),
    ),
    search=("reference", "title", "payer__name_en", "payer__name_zh"),
    facets=(Facet("currency", N_("Currency"), "currency"),),
    default_sort="-reference",
)


@dataclass(frozen=True)
class EscrowListPage:
    """The escrows the viewer pays into or is paid from."""

    tabs: list[Tab]
    listing: Listing


def escrow_list(request: HttpRequest) -> HttpResponse:
    """Show the escrows."""
    rows = selectors.escrows(to=actor_of(request))
    if wants_export(request):
        return export(request, ESCROWS, rows, shape=selectors.escrow_states)
    listing = ESCROWS.read(request, rows, shape=selectors.escrow_states)
    return answer(
        request, "ledger/escrows.html", "list", EscrowListPage(tabs(request, "escrow-list"), listing)
    )


@dataclass(frozen=True)
class EscrowPage:
    """One escrow: where its money is, and how it got there."""

    tabs: list[Tab]
    state: EscrowState
    title: str
    source: str
    moves: list[EscrowMove]
    names: dict[str, str]
    kinds: dict[str, str]
    timeline: list[AuditLine]
    available: Money | None
    form: AmountForm | None


def escrow_detail(request: HttpRequest, escrow_id: int) -> HttpResponse:
    """Show one escrow, and put money into it."""
    actor = actor_of(request)
    escrow = escrow_for(escrow_id, to=actor)
    may_fund = escrow.payer_id == actor.organization_id and actor.has(*ORDER_ROLES)
    form = _form(request, escrow) if may_fund else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            services.fund_escrow(
                about=escrow.about,
                payer_id=escrow.payer_id,
                amount=form.money,
                key=form.key_for(actor),
                by=actor,
            )
            messages.success(request, _("The money is in escrow."))
            return HttpResponseRedirect(reverse("money:escrow", args=[escrow.pk]))
        except Refusal as refusal:
            beside(form, refusal)
    state = selectors.escrow_states([escrow])[0]
    moves = selectors.escrow_moves(escrow)
    page = EscrowPage(
        tabs=tabs(request, "escrow-list"),
        state=state,
        title=bilingual(escrow.title) or str(escrow),
        source=address_of(f"{escrow.about_kind}s:detail", **{f"{escrow.about_kind}_id": escrow.about_id})
        or "",
        moves=moves,
        names=payment_names([*state.parts, *(move.part or move.posting.key for move in moves)]),
        kinds=POSTING_KINDS,
        timeline=timeline("escrow", escrow.pk),
        available=selectors.available_funds(escrow.payer_id, escrow.currency) if may_fund else None,
        form=form,
    )
    return render_page(request, "ledger/escrow.html", page, status=status_of(form) if form else 200)


def _form(request: HttpRequest, escrow: Escrow) -> AmountForm:
    form = AmountForm(request.POST or None, initial=initial_of(currency=escrow.currency))
    form.fields["currency"].choices = [(escrow.currency, escrow.currency)]  # type: ignore[attr-defined]
    return form
