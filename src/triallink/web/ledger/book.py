"""The book, for the operator: the trial balance of a month, closing it and reopening it."""

import datetime as dt
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.ledger import selectors, services
from triallink.domains.ledger.models import ACCOUNT_KINDS, PERIOD_ACTIONS, PeriodAct
from triallink.domains.ledger.selectors import TrialLine, trial_balance
from triallink.domains.ledger.services.periods import last_day
from triallink.foundation.sentences import sentence_of
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, NotAllowed, NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.ledger.frame import Tab, actor_of, tabs
from triallink.web.listing import Column, ListSpec, export, wants_export
from triallink.web.wording import word

MONTHS = 14
EXPORT = ListSpec(
    name="trial-balance",
    columns=(
        Column("kind", N_("Account"), value=lambda row: word(ACCOUNT_KINDS, row.kind)),
        Column("currency", N_("Currency")),
        Column("debit", N_("Debits")),
        Column("credit", N_("Credits")),
        Column("balance", N_("Balance")),
    ),
    default_sort="kind",
)


class ReopenForm(forms.Form):
    """Why a month is reopened, signed."""

    why = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    secret = forms.CharField(
        label=gettext_lazy("Password or one-time code"),
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


@dataclass(frozen=True)
class Month:
    """A month of the book and whether it takes postings."""

    period: str
    act: PeriodAct | None
    is_over: bool
    is_shown: bool

    @property
    def is_closed(self) -> bool:
        """Return whether the month takes no postings."""
        return self.act is not None and self.act.action == "closed"


@dataclass(frozen=True)
class BookPage:
    """The trial balance up to the end of a month, and the months."""

    tabs: list[Tab]
    shown: Month
    until: dt.date
    lines: list[TrialLine]
    totals: list[tuple[Money, Money]]
    kinds: dict[str, str]
    actions: dict[str, str]
    months: list[Month]
    may_close: bool
    form: ReopenForm


def book(request: HttpRequest) -> HttpResponse:
    """Show the trial balance."""
    return _show(request, ReopenForm(), request.GET.get("period", ""))


@require_POST
def close(request: HttpRequest, period: str) -> HttpResponse:
    """Close a month."""
    try:
        services.close_period(period=period, by=actor_of(request))
        messages.success(request, _("The month is closed."))
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        messages.error(request, sentence_of(refusal))
    return HttpResponseRedirect(f"{reverse('money:book')}?period={period}")


@require_POST
def reopen(request: HttpRequest, period: str) -> HttpResponse:
    """Reopen a closed month, signed."""
    form = ReopenForm(request.POST)
    if form.is_valid():
        try:
            services.reopen_period(period=period, by=actor_of(request), **form.cleaned_data)
            messages.success(request, _("The month is open again."))
            return HttpResponseRedirect(f"{reverse('money:book')}?period={period}")
        except Refusal as refusal:
            form.add_error("secret", sentence_of(refusal))
    return _show(request, form, period, status=422)


def _show(request: HttpRequest, form: ReopenForm, period: str, status: int = 200) -> HttpResponse:
    actor, today = actor_of(request), timezone.now().date()
    acts = selectors.period_acts(to=actor)
    wanted = period or f"{today:%Y-%m}"
    until = last_day(wanted)
    months = [_month(one, acts, today, wanted) for one in _periods(today)]
    shown = next((month for month in months if month.period == wanted), _month(wanted, acts, today, wanted))
    lines = trial_balance(until=until)
    if wants_export(request):
        return export(request, EXPORT, lines)
    currencies = sorted({line.currency for line in lines})
    page = BookPage(
        tabs=tabs(request, "book"),
        shown=shown,
        until=min(until, today),
        lines=lines,
        totals=[
            (_total([line.debit for line in lines if line.currency == one], one),
             _total([line.credit for line in lines if line.currency == one], one))
            for one in currencies
        ],
        kinds=ACCOUNT_KINDS,
        actions=PERIOD_ACTIONS,
        months=months,
        may_close=actor.has("finance", "administrator"),
        form=form,
    )  # fmt: skip
    return render_page(request, "ledger/book.html", page, status=status)


def _month(period: str, acts: dict[str, PeriodAct], today: dt.date, shown: str) -> Month:
    return Month(period, acts.get(period), last_day(period) < today, period == shown)


def _periods(today: dt.date) -> list[str]:
    """Return this month and those before it, newest first."""
    found, day = [], today.replace(day=1)
    for _number in range(MONTHS):
        found.append(f"{day:%Y-%m}")
        day = (day - dt.timedelta(days=1)).replace(day=1)
    return found


def _total(amounts: list[Money], currency: str) -> Money:
    return Money(sum(amount.minor for amount in amounts), currency)
