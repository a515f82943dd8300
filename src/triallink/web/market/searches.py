"""Saved searches."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.marketplace.models import SavedSearch
from triallink.domains.marketplace.selectors.searches import saved_searches
from triallink.domains.marketplace.services.searches import delete_search, open_search, save_search
from triallink.kernel.actor import Actor
from triallink.web.answers import render_page
from triallink.web.market.compare import LISTS
from triallink.web.market.directory import TITLES


@dataclass(frozen=True)
class SearchListPage:
    """The searches the person keeps."""

    searches: list[SavedSearch]
    titles: dict[str, tuple[str, str]]


def search_list(request: HttpRequest) -> HttpResponse:
    """Show the person's saved searches."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return render_page(request, "market/searches.html", SearchListPage(saved_searches(to=actor), TITLES))


@require_POST
def search_save(request: HttpRequest) -> HttpResponse:
    """Keep a search and go on with it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    saved = save_search(
        kind=request.POST.get("kind", ""),
        parameters=request.POST.get("parameters", ""),
        name=request.POST.get("name", ""),
        is_alerting=request.POST.get("is_alerting") == "1",
        by=actor,
    )
    messages.success(request, _("The search “%(name)s” is saved.") % {"name": saved.name})
    return HttpResponseRedirect(_address(saved))


def search_open(request: HttpRequest, search_id: int) -> HttpResponse:
    """Go to the list a saved search stands for."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return HttpResponseRedirect(_address(open_search(search_id=search_id, by=actor)))


@require_POST
def search_delete(request: HttpRequest, search_id: int) -> HttpResponse:
    """No longer keep a search."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    delete_search(search_id=search_id, by=actor)
    messages.success(request, _("The search is deleted."))
    return HttpResponseRedirect(reverse("market:search-list"))


def _address(saved: SavedSearch) -> str:
    path = reverse(LISTS[saved.kind])
    return f"{path}?{saved.parameters}" if saved.parameters else path
