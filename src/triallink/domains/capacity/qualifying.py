"""Who may do a piece of work at all: level, experience, credentials, distance."""

from triallink.domains.capacity.models import Need
from triallink.domains.quality.models import Professional
from triallink.engines.hours import distance_km

LEVEL_RANK = {"junior": 1, "senior": 2, "expert": 3}


def lacks_of(professional: Professional, need: Need, credentials: dict[str, bool] | None = None) -> list[str]:
    """Return the codes of what a professional lacks for a need; empty = qualified.

    credentials  kind -> valid to the last day; read from the database when not given.
    """
    found = []
    if professional.role != need.role:
        found.append("role")
    if LEVEL_RANK[professional.level] < LEVEL_RANK[need.level]:
        found.append("level")
    if need.therapeutic_area and need.therapeutic_area not in professional.therapeutic_areas:
        found.append("area")
    if need.required_credentials:
        held = credentials if credentials is not None else _credentials(professional, need)
        if not all(held.get(kind) for kind in need.required_credentials):
            found.append("credential")
    if _is_too_far(professional, need):
        found.append("distance")
    return found


def _credentials(professional: Professional, need: Need) -> dict[str, bool]:
    return {
        row.kind: True
        for row in professional.credentials.all()
        if row.expires_on is None or row.expires_on >= need.end_on
    }


def _is_too_far(professional: Professional, need: Need) -> bool:
    if professional.city and professional.city == need.city:
        return False
    if None in (professional.latitude, professional.longitude, need.latitude, need.longitude):
        return False
    km = distance_km(professional.latitude, professional.longitude, need.latitude, need.longitude)  # type: ignore[arg-type]
    return km > professional.travel_km
