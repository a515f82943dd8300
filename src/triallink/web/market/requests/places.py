"""Lines of a request on a map and in words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from triallink.domains.marketplace.directory.places import Place, places_of
from triallink.domains.marketplace.models import RequestLine
from triallink.foundation.sentences import bilingual, reads_chinese


def place_words(line: RequestLine) -> str:
    """Return where a line is done: its site's number and the city, or the province."""
    city = (line.city_zh if reads_chinese() and line.city_zh else line.city) or (
        _(line.province) if line.province else ""
    )
    return " ".join(filter(None, (line.site.number if line.site else "", city)))


def line_title(line: RequestLine) -> str:
    """Return what a line is called in a list: its number, service and place."""
    place = place_words(line)
    return f"{line.position}. {bilingual(line.service.name)}" + (f" · {place}" if place else "")


def line_points(lines: Iterable[RequestLine], group_of: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return a point per place and group with how many lines it has; lines without a place are left out.

    group_of  line -> who does it.
    """
    rows = list(lines)
    cities = {line.city for line in rows if line.city and (line.site is None or line.site.latitude is None)}
    places = {city: Place.of(code) for city, code in places_of(cities).items()} if cities else {}
    counted: dict[tuple[str, str, float, float], int] = defaultdict(int)
    for line in rows:
        site, place = line.site, places.get(line.city)
        if site is not None and site.latitude is not None and site.longitude is not None:
            latitude, longitude = site.latitude, site.longitude
        elif place is not None and place.latitude is not None and place.longitude is not None:
            latitude, longitude = place.latitude, place.longitude
        else:
            continue
        counted[place_words(line), group_of.get(line.pk, ""), latitude, longitude] += 1
    return [
        {"name": name, "lat": latitude, "lon": longitude, "value": count, "group": group}
        for (name, group, latitude, longitude), count in counted.items()
    ]
