"""The price index beside the lines of a request: the newest figure that may be told, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from triallink.domains.marketplace.models import AwardLine, Listing, RequestLine
from triallink.domains.marketplace.selectors.prices import FEWEST_SUPPLIERS, Quarter
from triallink.engines.pricing import NATION, Cell, Observation, price_cells

KEPT_S = 600  # the index moves by quarters
Observed = Mapping[int, list[Observation]]


def index_prices(lines: Sequence[RequestLine], currency: str) -> dict[int, int]:
    """Return line id -> median price per unit in minor units, for the lines whose index may be told.

    What was paid comes before what is listed, the line's province before the nation, this quarter before the last.
    """
    return _chosen(lines, _told_of({line.service_id for line in lines}, currency, _span()))


def kept_index_prices(lines: Sequence[RequestLine], currency: str) -> dict[int, int]:
    """Return the same as index_prices, as it was at most KEPT_S ago.

    Working it out reads every award and listing of the quarter: half a second in a national market.
    """
    span = _span()
    keys = {f"index-prices:{currency}:{span[1].name}:{line.service_id}": line.service_id for line in lines}
    told: dict[str, list[dict[str, int]]] = cache.get_many(keys)
    missing = {service for key, service in keys.items() if key not in told}
    if missing:
        computed = _told_of(missing, currency, span)
        fresh = {key: computed[service] for key, service in keys.items() if service in missing}
        cache.set_many(fresh, KEPT_S)
        told |= fresh
    return _chosen(lines, {service: told[key] for key, service in keys.items()})


def _span() -> list[Quarter]:
    now = Quarter.of(timezone.localdate())
    return [now.before, now]


def _chosen(lines: Sequence[RequestLine], told: Mapping[int, list[dict[str, int]]]) -> dict[int, int]:
    found = {}
    for line in lines:
        for known in told[line.service_id]:
            price = known.get(line.province) or known.get(NATION)
            if price is not None:
                found[line.pk] = price
                break
    return found


def _told_of(services: set[int], currency: str, span: list[Quarter]) -> dict[int, list[dict[str, int]]]:
    """Return service -> what may be told of awards and of listings, region -> price."""
    sources = (_awarded(services, currency, span), _listed(services, currency, span))
    return {service: [_told(source.get(service, ())) for source in sources] for service in services}


def _told(observations: Iterable[Observation]) -> dict[str, int]:
    """Return region -> the newest median that may be told."""
    newest: dict[str, Cell] = {}
    for cell in price_cells(observations, FEWEST_SUPPLIERS):
        if cell.is_told and (cell.region not in newest or newest[cell.region].period < cell.period):
            newest[cell.region] = cell
    return {region: round(cell.median) for region, cell in newest.items() if cell.median is not None}


def _awarded(services: set[int], currency: str, span: list[Quarter]) -> Observed:
    rows = AwardLine.objects.filter(
        line__service_id__in=services,
        award__request__currency=currency,
        award__annulled_at=None,
        award__awarded_at__gte=span[0].start,
        unit_price_minor__gt=0,
    ).values_list(
        "line__service_id", "bid__organization_id", "line__province", "unit_price_minor", "award__awarded_at"
    )
    found = defaultdict(list)
    for service, supplier, province, price, at in rows:
        quarter = span[1] if at >= span[1].start else span[0]
        found[service].append(Observation(str(supplier), province or NATION, quarter.name, price))
    return found


def _listed(services: set[int], currency: str, span: list[Quarter]) -> Observed:
    rows = (
        Listing.objects.filter(service_id__in=services, currency=currency)
        .filter(Q(ended_at=None) | Q(ended_at__gte=span[1].start))
        .values_list("service_id", "organization_id", "organization__province", "provinces", "price_minor")
    )
    found = defaultdict(list)
    for service, supplier, home, provinces, price in rows:
        for province in provinces or [home or NATION]:
            found[service].append(Observation(str(supplier), province, span[1].name, price))
    return found
