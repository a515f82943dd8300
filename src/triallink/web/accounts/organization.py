"""The organization one acts for: what it says of itself, and what was done for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from triallink.domains.accounts import selectors, services
from triallink.domains.accounts.models import ORGANIZATION_KINDS, Organization
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import event_words
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_, Refusal
from triallink.web.accounts.entry import actor_of, beside, status_of
from triallink.web.accounts.history_words import object_words, source_words
from triallink.web.answers import answer, render_page
from triallink.web.jinja import babel_locale
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export

HISTORY = ListSpec(
    name="history",
    columns=(
        Column("at", N_("When"), sort=("at", "id")),
        Column("actor_label", N_("Who"), sort=("actor_label", "id")),
        Column("action", N_("What was done"), sort=("action", "id")),
        Column("object", N_("Concerns"), value=object_words),
        Column("why", N_("Why")),
        Column("source", N_("Source"), value=source_words),
    ),
    search=("actor_label", "why", "action"),
    facets=(
        Facet(
            "action",
            N_("What was done"),
            "action",
            names=lambda values: {value: gettext(event_words(value)) for value in values},
        ),
        Facet("who", N_("Who"), "actor_label"),
    ),
    default_sort="-at",
    page_size=50,
)


def countries() -> Iterator[tuple[str, str]]:
    """Return every country by its name in the reader's language."""
    names = babel_locale().territories
    yield from sorted(
        ((code, name) for code, name in names.items() if len(code) == 2 and code not in _NO_COUNTRIES),
        key=lambda pair: pair[1],
    )


# Two-letter codes of Babel that name no country.
_NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


class OrganizationForm(forms.Form):
    """What an organization says of itself."""

    name_en = forms.CharField(label=_("Name in English"), max_length=160, required=False)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=160, required=False)
    registration_number = forms.CharField(label=_("Registration number"), max_length=60, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=countries)
    province = forms.CharField(label=_("Province or state"), max_length=80, required=False)
    city = forms.CharField(label=_("City in English"), max_length=80, required=False)
    city_zh = forms.CharField(label=_("City in Chinese"), max_length=80, required=False)
    website = forms.URLField(label=_("Web site"), required=False, assume_scheme="https")
    founded_year = forms.IntegerField(label=_("Founded in"), min_value=1600, max_value=2100, required=False)
    headcount = forms.IntegerField(label=_("Staff"), min_value=0, max_value=10_000_000, required=False)
    about_en = forms.CharField(
        label=_("About, in English"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    about_zh = forms.CharField(
        label=_("About, in Chinese"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@dataclass(frozen=True)
class Tabs:
    """Which of the organization's pages there are for the reader."""

    title: str
    kind: str
    members: int
    is_administrator: bool
    may_see_history: bool


@dataclass(frozen=True)
class OrganizationPage:
    """What the organization says of itself."""

    tabs: Tabs
    organization: Organization


@dataclass(frozen=True)
class EditPage:
    """The same, to change."""

    form: OrganizationForm


@dataclass(frozen=True)
class HistoryPage:
    """What was done for the organization, by whom and why."""

    tabs: Tabs
    listing: Listing

    def concerns(self, line: AuditLine) -> str:
        """Return what a line is about."""
        return object_words(line)

    def came_from(self, line: AuditLine) -> str:
        """Return the way a line came in."""
        return source_words(line)


def tabs_of(organization: Organization, actor: Actor) -> Tabs:
    """Return the head that the organization's pages share."""
    return Tabs(
        title=organization.name_in(babel_locale().language),
        kind=ORGANIZATION_KINDS[organization.kind],
        members=selectors.members_of(to=actor).count(),
        is_administrator=actor.has("administrator"),
        may_see_history=actor.has("administrator", "quality", "inspector"),
    )


def organization(request: HttpRequest) -> HttpResponse:
    """Show what the organization says of itself."""
    actor = actor_of(request)
    if actor.organization_id is None:
        return HttpResponseRedirect(reverse("accounts:organization-new"))
    found = selectors.organization_of(actor)
    return render_page(request, "accounts/organization.html", OrganizationPage(tabs_of(found, actor), found))


def edit(request: HttpRequest) -> HttpResponse:
    """Change what the organization says of itself."""
    actor = actor_of(request)
    actor.require("administrator")
    found = selectors.organization_of(actor)
    initial = {name: getattr(found, name) for name in OrganizationForm.base_fields}
    form = OrganizationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_organization(by=actor, **form.cleaned_data)
            messages.success(request, gettext("The organization's profile is saved."))
            return HttpResponseRedirect(reverse("accounts:organization"))
        except Refusal as refusal:
            beside(form, refusal)
    return render_page(request, "accounts/organization_edit.html", EditPage(form), status=status_of(form))


def history(request: HttpRequest) -> HttpResponse:
    """Show what was done for the organization."""
    actor = actor_of(request)
    lines = selectors.history_of_organization(to=actor)
    if wants_export(request):
        return export(request, HISTORY, lines)
    page = HistoryPage(tabs_of(selectors.organization_of(actor), actor), HISTORY.read(request, lines))
    return answer(request, "accounts/history.html", "list", page)
