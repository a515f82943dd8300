"""The service catalogue."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from triallink.domains.marketplace.models import ServiceType
from triallink.domains.marketplace.selectors.catalogue import service_type, service_types
from triallink.kernel.actor import Actor
from triallink.kernel.vocabulary import SERVICE_CATEGORIES
from triallink.web.answers import render_page
from triallink.web.market.naming import WORDS, Words


@dataclass(frozen=True)
class CataloguePage:
    """The services by category."""

    sections: list[tuple[str, list[ServiceType]]]
    words: Words = WORDS


@dataclass(frozen=True)
class ServicePage:
    """One service with its milestones."""

    service: ServiceType
    category: str
    words: Words = WORDS


def catalogue_list(request: HttpRequest) -> HttpResponse:
    """Show what can be bought."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    services = service_types(to=actor)
    sections = [
        (label, [service for service in services if service.category == code])
        for code, label in SERVICE_CATEGORIES.items()
    ]
    return render_page(request, "market/catalogue.html", CataloguePage([s for s in sections if s[1]]))


def service_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show one service: unit, roles, credentials and the milestones it is paid by."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    service = service_type(code, to=actor)
    page = ServicePage(service, SERVICE_CATEGORIES[service.category])
    return render_page(request, "market/service.html", page)
