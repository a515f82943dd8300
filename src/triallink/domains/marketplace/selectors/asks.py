"""What requests ask for, service by service, as needs of the matching engine."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from triallink.domains.marketplace.directory.places import Place, places_of
from triallink.domains.marketplace.models import Request, RequestLine
from triallink.engines.matching import Need


@dataclass(frozen=True)
class Ask:
    """One service of a request: the need, and the province if all its lines lie in one."""

    need: Need
    province: str


def asks_of(requests: Iterable[Request]) -> dict[int, dict[str, Ask]]:
    """Return request -> service -> what is asked, in the order of the lines. The caller has checked the viewer."""
    by_id = {request.pk: request for request in requests}
    lines: dict[int, dict[str, list[RequestLine]]] = {pk: defaultdict(list) for pk in by_id}
    rows = RequestLine.objects.filter(request_id__in=by_id).select_related("service", "site")
    for line in rows.order_by("request_id", "position"):
        lines[line.request_id][line.service.code].append(line)
    cities = {
        line.city for services in lines.values() for own in services.values() for line in own if line.city
    }
    places = {city: Place.of(code) for city, code in places_of(cities).items()} if cities else {}
    return {
        pk: {service: _ask(by_id[pk], service, own, places) for service, own in services.items()}
        for pk, services in lines.items()
    }


def line_asks(request: Request, lines: Iterable[RequestLine]) -> dict[int, Ask]:
    """Return line -> what it asks by itself, at its own place. The caller has checked the viewer."""
    rows = list(lines)
    cities = {line.city for line in rows if line.city}
    places = {city: Place.of(code) for city, code in places_of(cities).items()} if cities else {}
    return {line.pk: _ask(request, line.service.code, [line], places) for line in rows}


def _ask(request: Request, service: str, lines: list[RequestLine], places: dict[str, Place]) -> Ask:
    study = request.study
    city, latitude, longitude = _place(lines, places)
    start_on, end_on = _first(lines, request), _last(lines, request)
    credentials = dict.fromkeys(kind for line in lines for kind in line.required_credentials)
    ceilings = [line.ceiling_minor for line in lines]
    need = Need(
        service=service,
        therapeutic_areas=(study.therapeutic_area,) if study and study.therapeutic_area != "other" else (),
        phase=study.phase if study and study.phase != "na" else "",
        city=city,
        latitude=latitude,
        longitude=longitude,
        required_credentials=tuple(credentials or lines[0].service.required_credentials),
        hours_per_week=_hours_per_week(lines, start_on, end_on),
        start_on=start_on,
        end_on=end_on,
        # A limit is asked for only where every line announces one; the lowest binds.
        price_limit_minor=min(c for c in ceilings if c is not None) if None not in ceilings else None,
        currency=request.currency,
        parties=frozenset([str(request.buyer_id)]),
    )
    provinces = {line.province for line in lines}
    return Ask(need, provinces.pop() if len(provinces) == 1 else "")


def _place(lines: list[RequestLine], places: dict[str, Place]) -> tuple[str, float | None, float | None]:
    """Return the one place of the lines; work in several cities asks for no place."""
    cities = {line.city for line in lines}
    if len(cities) != 1 or "" in cities:
        return "", None, None
    city = cities.pop()
    sites = {line.site for line in lines}
    site = sites.pop() if len(sites) == 1 else None
    if site is not None and site.latitude is not None and site.longitude is not None:
        return city, site.latitude, site.longitude
    place = places.get(city)
    return (city, place.latitude, place.longitude) if place else (city, None, None)


def _first(lines: list[RequestLine], request: Request) -> dt.date | None:
    return min((line.start_on for line in lines if line.start_on), default=request.start_on)


def _last(lines: list[RequestLine], request: Request) -> dt.date | None:
    """Return the last day, unless it lies before the first: then no end is asked for."""
    start = _first(lines, request)
    end = max((line.end_on for line in lines if line.end_on), default=request.end_on)
    return None if start and end and end < start else end


def _hours_per_week(lines: list[RequestLine], start_on: dt.date | None, end_on: dt.date | None) -> float:
    hours = sum(float(line.hours or 0) for line in lines)
    if not hours or start_on is None or end_on is None:
        return 0.0
    return hours / max(1.0, ((end_on - start_on).days + 1) / 7)
