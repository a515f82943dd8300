"""The statement of an account, and one posting with its entries."""

import datetime as dt
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triallink.domains.contracts.selectors import payment_names
from triallink.domains.ledger.access import account_for, posting_for
from triallink.domains.ledger.models import ACCOUNT_KINDS, POSTING_KINDS, Account, Entry, Posting
from triallink.domains.ledger.selectors import Statement, StatementRow, statement
from triallink.kernel.refusals import N_
from triallink.web.answers import render_page
from triallink.web.ledger.frame import Tab, actor_of, tabs
from triallink.web.listing import Column, ListSpec, export, wants_export
from triallink.web.wording import word

EXPORT = ListSpec(
    name="statement",
    columns=(
        Column("day", N_("Date"), value=lambda row: row.posting.booked_on),
        Column("kind", N_("Kind"), value=lambda row: word(POSTING_KINDS, row.posting.kind)),
        Column("reason", N_("Reason"), value=lambda row: row.posting.reason),
        Column("for", N_("For"), value=lambda row: row.name),
        Column("key", N_("Key"), value=lambda row: row.posting.key),
        Column("amount", N_("Amount"), value=lambda row: row.amount),
        Column("balance", N_("Balance"), value=lambda row: row.balance),
    ),
    default_sort="day",
)


class PeriodForm(forms.Form):
    """From when to when."""

    since = forms.DateField(label=gettext_lazy("First day shown"), widget=forms.DateInput())
    until = forms.DateField(label=gettext_lazy("Last day shown"), widget=forms.DateInput())


@dataclass(frozen=True)
class NamedRow(StatementRow):
    """One movement, and the milestone or fact it was made for."""

    name: str


@dataclass(frozen=True)
class StatementPage:
    """One account from one day to another."""

    tabs: list[Tab]
    title: str
    owner: str
    statement: Statement
    part: str
    rows: list[NamedRow]
    kinds: dict[str, str]
    form: PeriodForm
    query: str


def account_statement(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show or export the statement of an account."""
    account = account_for(account_id, to=actor_of(request))
    today = timezone.localdate()
    since, until = (today - dt.timedelta(days=90)).replace(day=1), today
    form = PeriodForm(
        request.GET if "since" in request.GET else None, initial={"since": since, "until": until}
    )
    if form.is_bound and form.is_valid():
        since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    found = statement(account, since, until)
    rows = named(found.rows)
    if wants_export(request):
        return export(request, EXPORT, rows)
    page = StatementPage(
        tabs=tabs(request, "overview"),
        title=word(ACCOUNT_KINDS, account.kind),
        owner=owner_of(account),
        statement=found,
        part=payment_names([account.part]).get(account.part, account.part),
        rows=rows[::-1],
        kinds=POSTING_KINDS,
        form=form,
        query=f"since={since.isoformat()}&until={until.isoformat()}",
    )
    return render_page(request, "ledger/statement.html", page)


def named(rows: list[StatementRow]) -> list[NamedRow]:
    """Return the rows of a statement, each with what it was made for."""
    names = payment_names(row.posting.key for row in rows)
    return [NamedRow(row.posting, row.amount, row.balance, names.get(row.posting.key, "")) for row in rows]


@dataclass(frozen=True)
class PostingPage:
    """One posting with the entries the reader may see."""

    tabs: list[Tab]
    posting: Posting
    kind: str
    entries: list[Entry]
    hidden: int
    names: dict[str, str]
    name: str
    account_kinds: dict[str, str]


def posting_detail(request: HttpRequest, posting_id: int) -> HttpResponse:
    """Show one posting."""
    posting, entries = posting_for(posting_id, to=actor_of(request))
    names = payment_names([posting.key, *(entry.account.part for entry in entries)])
    page = PostingPage(
        tabs=tabs(request, "overview"),
        posting=posting,
        kind=word(POSTING_KINDS, posting.kind),
        entries=entries,
        hidden=posting.entry_count - len(entries),
        names=names,
        name=names.get(posting.key, ""),
        account_kinds=ACCOUNT_KINDS,
    )
    return render_page(request, "ledger/posting.html", page)


def owner_of(account: Account) -> str:
    """Return whose account it is, in words."""
    return str(account.organization) if account.organization else _("The platform")
