"""Where things are: one place per city, so that a city is one point on the map and one choice in the list."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

# Every city's mean coordinates over the organizations and professionals that state theirs.
PLACES = """
    SELECT city, max(city_zh), avg(latitude), avg(longitude) FROM (
        SELECT city, city_zh, latitude, longitude FROM accounts_organization
        UNION ALL SELECT city, city_zh, latitude, longitude FROM quality_professional
    ) AS rows WHERE city <> '' AND (%s OR city = ANY(%s)) GROUP BY city
"""


@dataclass(frozen=True)
class Place:
    """A city, its names and where it lies."""

    city: str
    city_zh: str
    latitude: float | None
    longitude: float | None

    @property
    def code(self) -> str:
        """Return the place as one code that can be counted and read back."""
        lat, lon = (
            ("", "")
            if self.latitude is None or self.longitude is None
            else (f"{self.latitude:.2f}", f"{self.longitude:.2f}")
        )
        return "|".join([self.city, self.city_zh, lat, lon])

    @staticmethod
    def of(code: str) -> "Place":
        """Return the place that a code stands for."""
        city, city_zh, lat, lon = code.split("|")
        return Place(city, city_zh, float(lat) if lat else None, float(lon) if lon else None)

    def named(self, in_chinese: bool) -> str:
        """Return the city's name for a reader."""
        return (self.city_zh or self.city) if in_chinese else self.city


def places_of(cities: Iterable[str] | None = None) -> dict[str, str]:
    """Return city -> place code, of all cities or of some."""
    wanted = sorted(set(cities)) if cities is not None else []
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [cities is None, wanted])
        return {
            row[0]: Place(row[0].replace("|", " "), row[1].replace("|", " "), row[2], row[3]).code
            for row in cursor.fetchall()
        }


def city_in_chinese(own: str, city: str, places: dict[str, str]) -> str:
    """Return a city's Chinese name: the row's own, or the one others in the same city give it."""
    return own or (Place.of(places[city]).city_zh if city in places else "")
