"""What every money page shares: who asks, its tabs, and forms for amounts."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triallink.domains.ledger.access import MONEY_ROLES, sees_money
from triallink.kernel.actor import Actor
from triallink.kernel.money import MINOR_DIGITS, Money

Tab = tuple[str, str, bool, int | None]
LARGEST = Decimal(10) ** 12


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def tabs(request: HttpRequest, current: str) -> list[Tab]:
    """Return the tabs of the money pages the reader may open."""
    actor = actor_of(request)
    shown = [("escrow-list", _("Escrow"))]
    if sees_money(actor):
        shown = [
            ("overview", _("Overview")),
            ("escrow-list", _("Escrow")),
            ("order-list", _("Top-ups and payouts")),
            ("invoice-list", _("Invoices")),
        ]
    if actor.is_operator and actor.has(*MONEY_ROLES, "inspector"):
        shown += [("reconciliation", _("Reconciliation")), ("book", _("The book"))]
    return [(label, reverse(f"money:{name}"), name == current, None) for name, label in shown]


def new_key() -> str:
    """Return a key for a form: sending the form twice acts once."""
    return uuid.uuid4().hex


class AmountForm(forms.Form):
    """An amount, and the key that makes sending it twice act once."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=Decimal("0.01"),
        max_value=LARGEST,
        decimal_places=2,
        widget=forms.NumberInput({"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=[(code, code) for code in MINOR_DIGITS], initial="CNY"
    )
    key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=80)

    @property
    def money(self) -> Money:
        """Return the amount typed."""
        return Money.of(self.cleaned_data["amount"], self.cleaned_data["currency"])

    def key_for(self, actor: Actor) -> str:
        """Return the key within the actor's organization."""
        return f"web:{actor.organization_id}:{self.cleaned_data['key']}"


def initial_of(**values: Any) -> dict[str, Any]:
    """Return initial values with a fresh key."""
    return {"key": new_key(), **values}
