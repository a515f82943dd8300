"""The collections that can be searched: what they are made of, and who brings their indexes up to date."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from triallink.foundation.models import SearchChange
from triallink.foundation.search.port import Damaged, Document, Found, Query, Schema, SearchIndex
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_, Refusal

log = logging.getLogger(__name__)
ALL = "*"  # the change that asks for the whole collection
FLUSH_ROWS = 5_000


class SearchAway(Refusal):
    """The index is being built; asked again in a moment, it answers."""

    code = "search_away"
    status = 503
    message = N_("The search index is being prepared. Please try again in a minute.")


@dataclass(frozen=True)
class Collection:
    """What a domain says about its documents.

    documents(None) gives all of them, documents(keys) those of the keys that still exist.
    """

    name: str
    schema: Schema
    documents: Callable[[list[str] | None], Iterator[Document]]


_collections: dict[str, Collection] = {}


def collect(name: str, schema: Schema, documents: Callable[[list[str] | None], Iterator[Document]]) -> None:
    """Register a collection; called once, by the domain that owns its documents."""
    _collections[name] = Collection(name, schema, documents)


def names() -> list[str]:
    """Return the names of all collections."""
    return sorted(_collections)


def find(name: str, query: Query) -> Found:
    """Answer a query; ask the worker for a rebuild if the index cannot be read.

    Refuses: SearchAway.
    """
    try:
        return _index(name).find(query)
    except Damaged as error:
        log.warning("search index is away: %s", error)
        if not SearchChange.objects.filter(collection=name, key=ALL).exists():
            touch(name, [ALL])
        raise SearchAway from error


def touch(name: str, keys: Iterable[str], clock: Clock = system_clock) -> None:
    """Ask for documents to be read again once this transaction commits."""
    SearchChange.objects.bulk_create(
        SearchChange(collection=name, key=key, at=clock.now()) for key in sorted(set(keys))
    )


def rebuild(name: str) -> int:
    """Build a collection's index anew and return how many documents it holds."""
    collection, index = _collections[name], _index(name)
    with index.writing():
        waiting = list(SearchChange.objects.filter(collection=name).values_list("pk", flat=True))
        count = index.rebuild(collection.documents(None))
        SearchChange.objects.filter(pk__in=waiting).delete()
    return count


def ensure() -> list[str]:
    """Build the indexes that are missing or damaged and return their names; the worker does it when it starts."""
    built = []
    for name in names():
        try:
            _index(name).find(Query(limit=1))
        except Damaged:
            rebuild(name)
            built.append(name)
    return built


def flush() -> int:
    """Bring the indexes up to date with what was touched and return how many documents were read again.

    The changes are deleted after the index was written: a crash in between only does the work twice.
    """
    return sum(_flush(name) for name in names() if SearchChange.objects.filter(collection=name).exists())


def _flush(name: str) -> int:
    collection, index = _collections[name], _index(name)
    with index.writing():
        waiting = list(SearchChange.objects.filter(collection=name).order_by("pk")[:FLUSH_ROWS])
        keys = [change.key for change in waiting]
        if ALL in keys:
            count = index.rebuild(collection.documents(None))
        else:
            fresh = list(collection.documents(keys))
            try:
                index.put(fresh, gone=set(keys) - {document.key for document in fresh})
                count = len(keys)
            except Damaged:
                count = index.rebuild(collection.documents(None))
        with transaction.atomic():
            SearchChange.objects.filter(pk__in=[change.pk for change in waiting]).delete()
    return count


@cache
def _index(name: str) -> SearchIndex:
    implementation = import_string(settings.SEARCH_INDEX)
    index: SearchIndex = implementation(name, _collections[name].schema, settings.SEARCH_DIR)
    return index
