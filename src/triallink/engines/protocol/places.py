"""Sites out of the location texts of a registry's table."""

import re

from .model import Country, Site

# Country names that hold a comma; the rest of a location text is divided by commas too.
_COUNTRIES_WITH_COMMA = (
    "Korea, Republic of", "Korea, Democratic People's Republic of", "Iran, Islamic Republic of", "Moldova, Republic of",
    "Macedonia, The Former Yugoslav Republic of", "Congo, The Democratic Republic of the", "Tanzania, United Republic of",
    "Palestinian Territories, Occupied", "Micronesia, Federated States of", "Virgin Islands (U.S.)",
)  # fmt: skip
# Countries whose registry entries usually name a state or province (share above a third in
# 141,830 named locations); elsewhere a third part belongs to the facility's name.
_COUNTRIES_WITH_STATES = frozenset(
    {
        "United States", "Canada", "Australia", "United Kingdom", "China", "Brazil", "Malaysia", "Chile", "Mexico",
        "Argentina", "India",
    }
)  # fmt: skip
_POSTCODE = re.compile(
    r"^(?=.{2,12}$)(?:[A-Z]{1,3}[- ]?)?[A-Z0-9]*\d[A-Z0-9]*(?:[- ][A-Z0-9]{1,5})?$", re.IGNORECASE
)


def site_of(location: str) -> Site | None:
    """Return the site of a text like "Clinic, City, State, Postcode, Country", or None if it is empty."""
    rest = location.strip()
    country = next((name for name in _COUNTRIES_WITH_COMMA if rest.endswith(name)), "")
    if country:
        rest = rest[: -len(country)].rstrip(", ")
    parts = [part.strip() for part in rest.split(",") if part.strip()]
    if not country and parts:
        country = parts.pop()
    while len(parts) > 1 and _POSTCODE.match(parts[-1]):
        parts.pop()
    if not parts:
        return Site(name="", country=country) if country else None
    state = ""
    has_state = country in _COUNTRIES_WITH_STATES and len(parts) >= (2 if country == "United States" else 3)
    if has_state or (len(parts) >= 3 and parts[-1] == parts[-2]):
        state = parts.pop()
    city = parts.pop() if len(parts) > 1 or has_state else ""
    return Site(name=", ".join(parts), city=city, state=state, country=country)


def countries_of(sites: tuple[Site, ...]) -> tuple[Country, ...]:
    """Return the countries of sites, in order of appearance."""
    return tuple(Country(name) for name in dict.fromkeys(site.country for site in sites if site.country))
