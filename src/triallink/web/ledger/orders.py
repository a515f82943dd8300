"""Top-ups and payouts: the list, and asking for one."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triallink.domains.ledger import selectors, services
from triallink.domains.ledger.access import sees_money
from triallink.domains.ledger.models import DIRECTIONS, ORDER_STATES
from triallink.domains.ledger.selectors import Purse
from triallink.domains.ledger.services.orders import ORDER_ROLES
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, NotAllowed, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.ledger.frame import AmountForm, Tab, actor_of, initial_of, tabs
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.studies.entry import beside, status_of
from triallink.web.wording import word

ORDER_TONES = {"requested": "calm", "sent": "info", "settled": "good", "failed": "bad", "returned": "warn"}
ORDERS = ListSpec(
    name="orders",
    columns=(
        Column("reference", N_("Reference"), sort=("reference",)),
        Column("direction", N_("Kind"), sort=("direction",), value=lambda row: word(DIRECTIONS, row.direction)),
        Column("organization", N_("Organization"), sort=("organization__name_en",), value=lambda row: str(row.organization)),
        Column(
            "amount", N_("Amount"), sort=("amount_minor",), is_number=True,
            value=lambda row: Money(row.amount_minor, row.currency),
        ),
        Column("state", N_("State"), sort=("state",), value=lambda row: word(ORDER_STATES, row.state)),
        Column("requested", N_("Asked for"), sort=("requested_at", "id"), value=lambda row: row.requested_at),
    ),
    search=("reference", "organization__name_en", "organization__name_zh", "bank_account"),
    facets=(
        Facet("direction", N_("Kind"), "direction", names=DIRECTIONS),
        Facet("state", N_("State"), "state", names=ORDER_STATES),
        Facet("currency", N_("Currency"), "currency"),
    ),
    default_sort="-requested",
)  # fmt: skip


class PayoutForm(AmountForm):
    """How much, and where to."""

    bank_account = forms.CharField(
        label=gettext_lazy("Bank account"),
        max_length=80,
        help_text=gettext_lazy("Account holder, bank and number, as your bank writes them."),
    )
    field_order = ("amount", "currency", "bank_account", "key")


@dataclass(frozen=True)
class OrderListPage:
    """The top-ups and payouts of an organization."""

    tabs: list[Tab]
    listing: Listing
    directions: dict[str, str]
    states: dict[str, str]
    tones: dict[str, str]
    may_move: bool
    is_operator: bool


def order_list(request: HttpRequest) -> HttpResponse:
    """Show top-ups and payouts."""
    actor = actor_of(request)
    if not sees_money(actor):
        raise NotAllowed
    rows = selectors.orders(to=actor)
    if wants_export(request):
        return export(request, ORDERS, rows)
    page = OrderListPage(
        tabs=tabs(request, "order-list"),
        listing=ORDERS.read(request, rows),
        directions=DIRECTIONS,
        states=ORDER_STATES,
        tones=ORDER_TONES,
        may_move=actor.has(*ORDER_ROLES),
        is_operator=actor.is_operator,
    )
    return answer(request, "ledger/orders.html", "list", page)


@dataclass(frozen=True)
class OrderPage:
    """Asking for a top-up or a payout."""

    tabs: list[Tab]
    is_payout: bool
    form: AmountForm
    purses: list[Purse]


def top_up(request: HttpRequest) -> HttpResponse:
    """Announce a transfer to the platform."""
    actor = actor_of(request)
    actor.require(*ORDER_ROLES)
    form = AmountForm(request.POST or None, initial=initial_of())
    if request.method == "POST" and form.is_valid():
        try:
            order = services.request_top_up(amount=form.money, key=form.key_for(actor), by=actor)
            messages.success(
                request,
                _("Transfer the money with the reference %(reference)s.") % {"reference": order.reference},
            )
            return HttpResponseRedirect(reverse("money:order-list"))
        except Refusal as refusal:
            beside(form, refusal)
    return _asking(request, form, is_payout=False)


def payout(request: HttpRequest) -> HttpResponse:
    """Ask for available funds to be paid out."""
    actor = actor_of(request)
    actor.require(*ORDER_ROLES)
    form = PayoutForm(request.POST or None, initial=initial_of())
    if request.method == "POST" and form.is_valid():
        try:
            services.request_payout(
                amount=form.money,
                bank_account=form.cleaned_data["bank_account"],
                key=form.key_for(actor),
                by=actor,
            )
            messages.success(request, _("The payout is on its way."))
            return HttpResponseRedirect(reverse("money:order-list"))
        except Refusal as refusal:
            beside(form, refusal)
    return _asking(request, form, is_payout=True)


def _asking(request: HttpRequest, form: AmountForm, *, is_payout: bool) -> HttpResponse:
    page = OrderPage(tabs(request, "order-list"), is_payout, form, selectors.purses(to=actor_of(request)))
    return render_page(request, "ledger/order.html", page, status=status_of(form))
