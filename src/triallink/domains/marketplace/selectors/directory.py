"""The directory for whoever is signed in: search, and the rows behind a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from triallink.domains.marketplace.access.listings import refuse_stranger
from triallink.domains.marketplace.directory.facets import CODES, LEASTS
from triallink.domains.marketplace.directory.places import Place
from triallink.domains.marketplace.directory.schema import DIRECTORY, KINDS
from triallink.domains.marketplace.directory.searching import DirectorySearch, hourly_steps
from triallink.domains.quality.models import Professional
from triallink.foundation import search as index
from triallink.kernel.actor import Actor
from triallink.kernel.money import MINOR_DIGITS

EXPORT_ROWS = 10_000
FEWEST_PRICES = 8
QUARTILES = """
    SELECT count(*), percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY price_minor)
    FROM marketplace_listing AS listing JOIN marketplace_servicetype AS service ON service.id = listing.service_id
    WHERE listing.is_active AND listing.currency = 'CNY' AND service.code = %s
"""


@dataclass(frozen=True)
class DirectoryResult:
    """One page of the directory.

    rows    what a list shows of each match.
    counts  facet -> code -> number of matches.
    leasts  facet -> least number -> number of matches.
    prices  price span, as an address asks for it -> number of matches.
    places  cities of the matches with their numbers, most first.
    """

    rows: list[Mapping[str, Any]]
    total: int
    is_partial: bool
    counts: Mapping[str, Mapping[str, int]]
    leasts: Mapping[str, Mapping[str, int]]
    prices: Mapping[str, int]
    places: list[tuple[Place, int]]


def search_directory(search: DirectorySearch, *, viewer: Actor) -> DirectoryResult:
    """Return one page of matches with the numbers of every facet; any member may look.

    Refuses: NotAllowed (nobody is signed in), SearchAway.
    """
    found = index.find(DIRECTORY, search.query(_price_steps(search, viewer)))
    places = _places(found.counts["place"])
    counts = {facet.name: found.counts[facet.counted_field] for facet in CODES[search.kind]}
    counts["city"] = {place.city: number for place, number in places}
    return DirectoryResult(
        rows=_rows(found.hits, viewer),
        total=found.total,
        is_partial=found.is_partial,
        counts=counts,
        leasts={facet.name: found.bands[facet.name] for facet in LEASTS[search.kind]},
        prices=found.bands.get(search.price_number or "", {}),
        places=places,
    )


def all_matches(
    search: DirectorySearch, *, viewer: Actor, limit: int = EXPORT_ROWS
) -> list[Mapping[str, Any]]:
    """Return every match of a search, in its order, up to a limit.

    Refuses: NotAllowed (nobody is signed in), SearchAway.
    """
    refuse_stranger(viewer)
    return _rows(index.find(DIRECTORY, search.plain_query(limit)).hits, viewer)


def _price_steps(search: DirectorySearch, viewer: Actor) -> tuple[float, ...]:
    """Return the limits between price bands: fixed for hours, the quartiles of list prices for a service."""
    refuse_stranger(viewer)
    if search.kind == "talent":
        return hourly_steps()
    if not search.service:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(QUARTILES, [search.service])
        count, quartiles = cursor.fetchone()
    if count < FEWEST_PRICES:
        return ()
    return tuple(float(_round(minor / 10 ** MINOR_DIGITS["CNY"])) for minor in quartiles)


def _round(price: float) -> float:
    """Return a price to two significant digits: a limit people can say."""
    return float(f"{price:.2g}")


def _places(counts: Mapping[str, int]) -> list[tuple[Place, int]]:
    """Return the counted places, one per city: a rebuild in between may have moved a city's mean a little."""
    found: dict[str, tuple[Place, int]] = {}
    for code, number in counts.items():
        place = Place.of(code)
        first, before = found.get(place.city, (place, 0))
        found[place.city] = (first, before + number)
    return sorted(found.values(), key=lambda pair: (-pair[1], pair[0].city))


def _rows(hits: tuple[index.Hit, ...], viewer: Actor) -> list[Mapping[str, Any]]:
    """Return what is shown of each hit; one's own staff appear by name."""
    own = [
        hit.shown["id"]
        for hit in hits
        if hit.shown["kind"] == "talent" and hit.shown["employer_id"] == viewer.organization_id
    ]
    names: dict[int, dict[str, str]] = {}
    if own:
        for pk, name, name_zh in Professional.objects.filter(pk__in=own).values_list("pk", "name", "name_zh"):
            names[pk] = {"name_en": name, "name_zh": name_zh}
    return [
        {**hit.shown, **names[hit.shown["id"]]}
        if hit.shown["kind"] == "talent" and hit.shown["id"] in names
        else hit.shown
        for hit in hits
    ]


def count_directory(*, viewer: Actor) -> Mapping[str, int]:
    """Return how many suppliers, professionals and sites can be found; nothing while the index is away.

    Refuses: NotAllowed (nobody is signed in).
    """
    refuse_stranger(viewer)
    try:
        kinds = index.find(DIRECTORY, index.Query(counts=("kind",), limit=1)).counts["kind"]
    except index.SearchAway:
        return {}
    return {kind: kinds.get(kind, 0) for kind in KINDS}
