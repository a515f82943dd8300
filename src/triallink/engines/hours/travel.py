"""How far and how long from one place to another."""

import math

EARTH_KM = 6371.0088  # mean radius (IUGG)
# Door to door: minutes before one moves at all, and kilometres an hour once one moves.
CITY = (15.0, 24.0)  # up to 30 km: metro, bus, taxi
ROAD = (35.0, 60.0)  # up to 150 km
RAIL = (90.0, 190.0)  # beyond: to the station, high-speed train, from the station
# Roads and rails are longer than the line between two points.
DETOUR = 1.25


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance in kilometres.

    Raises    ValueError if a latitude lies outside -90 to 90.
    Source    haversine formula.
    """
    if not (-90 <= latitude <= 90 and -90 <= other_latitude <= 90):
        raise ValueError(f"latitudes lie in -90 to 90, got {latitude!r} and {other_latitude!r}")
    a, b = math.radians(latitude), math.radians(other_latitude)
    h = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(h)))


def travel_minutes(km: float) -> int:
    """Return the minutes from door to door over a distance as the crow flies.

    km        kilometres, >= 0.
    Returns   whole minutes, never falling with distance.
    Raises    ValueError if km is negative.
    Source    stated assumptions: city traffic to 30 km, road to 150 km, high-speed rail beyond.
    """
    if km < 0:
        raise ValueError(f"a distance is not negative, got {km!r}")
    way = km * DETOUR
    if km <= 30:
        return round(CITY[0] + way / CITY[1] * 60)
    floor = CITY[0] + 30 * DETOUR / CITY[1] * 60
    if km <= 150:
        return round(max(floor, ROAD[0] + way / ROAD[1] * 60))
    floor = max(floor, ROAD[0] + 150 * DETOUR / ROAD[1] * 60)
    return round(max(floor, RAIL[0] + way / RAIL[1] * 60))
