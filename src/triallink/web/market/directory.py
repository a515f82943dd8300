"""The lists of suppliers, talent and sites."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from triallink.domains.marketplace.directory.facets import SORTS
from triallink.domains.marketplace.directory.searching import DirectorySearch
from triallink.domains.marketplace.selectors.directory import (
    DirectoryResult,
    all_matches,
    search_directory,
)
from triallink.foundation.search import SearchAway
from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_
from triallink.web.answers import answer
from triallink.web.listing import Listing, export, wants_export
from triallink.web.market.basket import Basket, basket_of
from triallink.web.market.exports import SPECS
from triallink.web.market.facets import Addresses, chips_of, facet_views, points_of
from triallink.web.market.naming import WORDS, Words

TITLES = {
    "supplier": (
        N_("Suppliers"),
        N_("CROs, SMOs and freelancers with their services, list prices and people."),
    ),
    "talent": (N_("Talent"), N_("People for the work: by role, experience, credentials and free hours.")),
    "site": (N_("Sites"), N_("Hospitals with their departments, grades and start-up times.")),
}
PLACEHOLDERS = {
    "supplier": N_("Name, service, area or city"),
    "talent": N_("Role, area, credential or city"),
    "site": N_("Hospital, department, area or city"),
}
NOTHING = DirectoryResult([], 0, False, {}, {}, {}, [])


@dataclass(frozen=True)
class Sort:
    """One order of the list."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class DirectoryPage:
    """One page of one directory, as a list or as a map."""

    kind: str
    title: str
    sentence: str
    placeholder: str
    listing: Listing
    sorts: list[Sort]
    is_map: bool
    points: list[dict[str, object]]
    list_url: str
    map_url: str
    is_partial: bool
    away: str
    basket: Basket
    parameters: str
    service: str
    words: Words = WORDS


def supplier_list(request: HttpRequest) -> HttpResponse:
    """Show the suppliers."""
    return _directory(request, "supplier")


def talent_list(request: HttpRequest) -> HttpResponse:
    """Show the professionals."""
    return _directory(request, "talent")


def site_list(request: HttpRequest) -> HttpResponse:
    """Show the sites."""
    return _directory(request, "site")


def _directory(request: HttpRequest, kind: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = dict(request.GET.lists())
    search = DirectorySearch.of(kind, asked)
    if wants_export(request):
        return export(request, SPECS[kind], all_matches(search, viewer=actor))
    try:
        result, away = search_directory(search, viewer=actor), ""
    except SearchAway as refusal:
        result, away = NOTHING, sentence_of(refusal)
    page = _page(request, search, asked, result, away)
    return answer(request, "market/directory.html", "list", page)


def _page(
    request: HttpRequest,
    search: DirectorySearch,
    asked: dict[str, list[Any]],
    result: DirectoryResult,
    away: str,
) -> DirectoryPage:
    addresses = Addresses(request.path, asked)
    views = [] if away else facet_views(search, result, addresses)
    title, sentence = TITLES[search.kind]
    listing = Listing(
        spec_name=search.kind,
        path=request.path,
        query=request.GET,
        rows=result.rows,
        total=result.total,
        page=search.page,
        pages=max(1, -(-result.total // search.page_size)),
        first=(search.page - 1) * search.page_size + 1 if result.rows else 0,
        text=search.text,
        heads=[],
        facets=views,
        chips=chips_of(search, views, addresses),
        can_search=True,
    )
    is_map = request.GET.get("view") == "map"
    view, sort = addresses.without("view"), addresses.without("sort")
    return DirectoryPage(
        kind=search.kind,
        title=title,
        sentence=sentence,
        placeholder=PLACEHOLDERS[search.kind],
        listing=listing,
        sorts=[
            Sort(label, sort([key] if key else []), key == search.sort)
            for key, label in SORTS[search.kind].items()
            if key != "price" or search.price_number
        ],
        is_map=is_map,
        points=points_of(result, addresses) if is_map else [],
        list_url=view([]),
        map_url=view(["map"]),
        is_partial=result.is_partial,
        away=away,
        basket=basket_of(request, search.kind),
        parameters=addresses.without("view")([]).partition("?")[2],
        service=search.service,
    )
