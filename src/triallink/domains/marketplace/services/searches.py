"""Searches that people keep, and the alerts that come of them."""

from urllib.parse import parse_qs

from django.db import transaction

from triallink.domains.accounts.access import actor_for
from triallink.domains.marketplace.access.listings import own_saved_search
from triallink.domains.marketplace.directory.schema import DIRECTORY, KINDS
from triallink.domains.marketplace.directory.searching import DirectorySearch
from triallink.domains.marketplace.errors.listings import SearchNameMissing, TooManySavedSearches
from triallink.domains.marketplace.events.searches import SearchDeleted, SearchSaved
from triallink.domains.marketplace.models import SavedSearch
from triallink.foundation import search as index
from triallink.foundation.notices import notify
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_, NotFound

MOST_SEARCHES = 50
# Alerts compare the best matches only: a search with more is too wide to be told of.
COMPARED_MATCHES = 2_000
MAX_PARAMETERS = 2_000


@transaction.atomic
def save_search(
    *,
    kind: str,
    parameters: str,
    name: str,
    is_alerting: bool = True,
    by: Actor,
    clock: Clock = system_clock,
) -> SavedSearch:
    """Keep a search of the directory; what matches today is already known and will not be told.

    parameters  the query part of the list's address.
    Refuses: NotAllowed (nobody is signed in), NotFound, SearchNameMissing, TooManySavedSearches, SearchAway.
    Emits: SearchSaved.
    """
    if kind not in KINDS or len(parameters) > MAX_PARAMETERS:
        raise NotFound
    if not name.strip():
        raise SearchNameMissing(field="name")
    if SavedSearch.objects.filter(person_id=by.own_person_id).count() >= MOST_SEARCHES:
        raise TooManySavedSearches(limit=MOST_SEARCHES)
    saved = SavedSearch.objects.create(
        person_id=by.own_person_id,
        name=name.strip()[:80],
        kind=kind,
        parameters=parameters,
        is_alerting=is_alerting,
        known_keys=_matches(kind, parameters),
        checked_at=clock.now(),
        created_at=clock.now(),
    )
    record(SearchSaved(search_id=saved.pk, kind=kind), by=by, about=("saved_search", saved.pk), clock=clock)
    return saved


@transaction.atomic
def delete_search(*, search_id: int, by: Actor, clock: Clock = system_clock) -> None:
    """No longer keep a search.

    Refuses: NotAllowed (nobody is signed in), NotFound.
    Emits: SearchDeleted.
    """
    saved = own_saved_search(search_id, to=by)
    saved.delete()
    record(SearchDeleted(search_id=search_id), by=by, about=("saved_search", search_id), clock=clock)


@transaction.atomic
def open_search(*, search_id: int, by: Actor) -> SavedSearch:
    """Return a saved search whose new matches are now seen.

    Refuses: NotAllowed (nobody is signed in), NotFound.
    Emits: nothing.
    """
    saved = own_saved_search(search_id, to=by)
    if saved.new_count:
        saved.new_count = 0
        saved.save(update_fields=["new_count"])
    return saved


def tell_new_matches(*, by: Actor, clock: Clock = system_clock) -> int:
    """Compare every alerting search with the directory, tell people of new matches and return how many searches had some.

    Each search is its own transaction: one that fails keeps the others' alerts.

    Refuses: SearchAway.
    Emits: nothing.
    """
    told = 0
    for search_id in SavedSearch.objects.filter(is_alerting=True).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            saved = (
                SavedSearch.objects.select_for_update(of=("self",)).select_related("person").get(pk=search_id)
            )
            told += _tell(saved, clock)
    return told


def _tell(saved: SavedSearch, clock: Clock) -> bool:
    if not saved.person.is_active or actor_for(saved.person).organization_id is None:
        return False
    matches = _matches(saved.kind, saved.parameters)
    new = len(set(matches) - set(saved.known_keys))
    saved.known_keys, saved.checked_at = matches, clock.now()
    saved.new_count += new
    saved.save(update_fields=["known_keys", "checked_at", "new_count"])
    if new:
        notify(
            [saved.person_id],
            kind="saved_search",
            template=N_("%(count)s new matches for your saved search “%(name)s”."),
            url=f"/market/searches/{saved.pk}/",
            count=new,
            name=saved.name,
            clock=clock,
        )
    return new > 0


def _matches(kind: str, parameters: str) -> list[str]:
    search = DirectorySearch.of(kind, parse_qs(parameters))
    return [hit.key for hit in index.find(DIRECTORY, search.plain_query(COMPARED_MATCHES)).hits]
