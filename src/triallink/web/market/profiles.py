"""Profile pages of suppliers, professionals and sites."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from triallink.domains.marketplace.selectors.profiles import (
    SiteView,
    SupplierView,
    TalentView,
    site_view,
    supplier_view,
    talent_view,
)
from triallink.kernel.actor import Actor
from triallink.web.answers import render_page
from triallink.web.market.naming import WORDS, Words, name_of_organization, name_of_professional, named


@dataclass(frozen=True)
class SupplierPage:
    """A supplier's profile."""

    supplier: SupplierView
    name: str
    about: str
    place: str
    words: Words = WORDS


@dataclass(frozen=True)
class TalentPage:
    """A professional's profile."""

    talent: TalentView
    name: str
    about: str
    place: str
    employer: str
    rating: float | None
    words: Words = WORDS


@dataclass(frozen=True)
class SitePage:
    """A site's profile."""

    site: SiteView
    name: str
    about: str
    place: str
    words: Words = WORDS


def supplier_detail(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Show a supplier: what it offers, who works for it, what it has completed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = supplier_view(organization_id, to=actor)
    page = SupplierPage(
        supplier=found,
        name=name_of_organization(found.organization),
        about=named(found.organization.about_en, found.organization.about_zh),
        place=_place(found.organization.city, found.organization.city_zh, found.organization.province),
    )
    return render_page(request, "market/supplier.html", page)


def talent_detail(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Show a professional: by name if that is agreed, by code otherwise."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = talent_view(professional_id, to=actor)
    person = found.professional
    is_freelancer = person.organization.kind == "freelancer"
    page = TalentPage(
        talent=found,
        name=name_of_professional(person) if found.is_named else found.code,
        about=named(person.about_en, person.about_zh) if found.is_named else "",
        place=_place(person.city, person.city_zh, person.province),
        employer="" if is_freelancer else name_of_organization(person.organization),
        rating=person.rating_sum / person.rating_count if person.rating_count else None,
    )
    return render_page(request, "market/talent.html", page)


def site_detail(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Show a hospital as a trial site."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = site_view(organization_id, to=actor)
    page = SitePage(
        site=found,
        name=name_of_organization(found.organization),
        about=named(found.organization.about_en, found.organization.about_zh),
        place=_place(found.organization.city, found.organization.city_zh, found.organization.province),
    )
    return render_page(request, "market/site.html", page)


def _place(city: str, city_zh: str, province: str) -> str:
    return WORDS.city_of({"city": city, "city_zh": city_zh, "province": province})
