"""What a supplier or a site says of itself: its services and its profile."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.marketplace.access.listings import own_listing
from triallink.domains.marketplace.models import Listing
from triallink.domains.marketplace.selectors.listings import own_listings
from triallink.domains.marketplace.services.listings import (
    change_listing_price,
    publish_listing,
    withdraw_listing,
)
from triallink.domains.quality.selectors import own_site_profile, own_supplier_profile
from triallink.domains.quality.services.profiles import update_site_profile, update_supplier_profile
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money
from triallink.web.answers import render_page
from triallink.web.market.forms import ListingForm, PriceForm, SiteProfileForm, SupplierProfileForm, done
from triallink.web.market.naming import WORDS, Words, service_name

MANAGES = ("business_lead", "resource_manager")


@dataclass(frozen=True)
class ListingsPage:
    """The services an organization offers."""

    listings: list[Listing]
    may_change: bool
    has_profile: bool
    words: Words = WORDS


@dataclass(frozen=True)
class FormPage:
    """One form under its title."""

    title: str
    sentence: str
    trail: list[tuple[str, str]]
    form: forms.Form
    submit: str
    cancel: str
    more_label: str = ""  # a further page of the same thing
    more_url: str = ""


def listing_list(request: HttpRequest) -> HttpResponse:
    """Show what the organization offers."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = ListingsPage(
        listings=own_listings(to=actor),
        may_change=actor.has(*MANAGES),
        has_profile=own_supplier_profile(to=actor) is not None,
    )
    return render_page(request, "market/own_listings.html", page)


def listing_new(request: HttpRequest) -> HttpResponse:
    """Offer a service."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = ListingForm(request.POST or None)
    if form.is_valid() and done(form, lambda: publish_listing(**form.terms(), by=actor)):
        messages.success(request, _("The service is listed; the directory shows it in a moment."))
        return HttpResponseRedirect(reverse("market:own-listings"))
    page = FormPage(
        title=_("Offer a service"),
        sentence=_("Everybody on the market sees the list price. Offers to a request may differ from it."),
        trail=[(_("My services"), reverse("market:own-listings"))],
        form=form,
        submit=_("List the service"),
        cancel=reverse("market:own-listings"),
    )
    return render_page(request, "market/form.html", page)


def listing_price(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Change the list price of a service."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    listing = own_listing(listing_id, to=actor)
    form = PriceForm(
        request.POST or None, initial={"price": Money(listing.price_minor, listing.currency).amount}
    )
    if form.is_valid() and done(
        form,
        lambda: change_listing_price(
            listing_id=listing_id,
            price_minor=Money.of(form.cleaned_data["price"], listing.currency).minor,
            by=actor,
        ),
    ):
        messages.success(request, _("The new price is listed."))
        return HttpResponseRedirect(reverse("market:own-listings"))
    page = FormPage(
        title=service_name(listing.service.code),
        sentence=_("The old price stays in the history of prices."),
        trail=[(_("My services"), reverse("market:own-listings"))],
        form=form,
        submit=_("Change the price"),
        cancel=reverse("market:own-listings"),
    )
    return render_page(request, "market/form.html", page)


@require_POST
def listing_withdraw(request: HttpRequest, listing_id: int) -> HttpResponse:
    """No longer offer a service."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    withdraw_listing(listing_id=listing_id, by=actor)
    messages.success(request, _("The service is no longer listed."))
    return HttpResponseRedirect(reverse("market:own-listings"))


def profile(request: HttpRequest) -> HttpResponse:
    """Declare the profile of the organization: a supplier's or a site's."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.organization_kind == "site":
        known = own_site_profile(to=actor)
        form: forms.Form = SiteProfileForm(request.POST or None, initial=_values(known, SiteProfileForm))
        saved = form.is_valid() and done(form, lambda: update_site_profile(**form.cleaned_data, by=actor))
    else:
        declared = own_supplier_profile(to=actor)
        form = SupplierProfileForm(request.POST or None, initial=_values(declared, SupplierProfileForm))
        saved = form.is_valid() and done(form, lambda: update_supplier_profile(**form.cleaned_data, by=actor))
    if saved:
        messages.success(request, _("The profile is saved; the directory shows it in a moment."))
        return HttpResponseRedirect(reverse("market:own-profile"))
    page = FormPage(
        title=_("My profile"),
        sentence=_("This is how your organization is found in the directory."),
        trail=[],
        form=form,
        submit=_("Save the profile"),
        cancel="",
        more_label=_("Departments"),
        more_url=reverse("market:own-departments") if actor.organization_kind == "site" else "",
    )
    return render_page(request, "market/form.html", page)


def _values(row: object | None, form: type[forms.Form]) -> dict[str, object]:
    """Return what a row already says, for the fields of a form."""
    return {name: getattr(row, name) for name in form.base_fields} if row else {}
