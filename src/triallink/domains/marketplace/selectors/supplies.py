"""What suppliers offer, service by service, as supplies of the matching engine."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from triallink.domains.marketplace.models import Listing
from triallink.engines.matching import Supply

# For every supplier: per kind of credential the last day anybody's lasts (null: for ever), and its free hours.
CREDENTIALS = """
    SELECT p.organization_id, c.kind, bool_or(c.expires_on IS NULL), max(c.expires_on)
    FROM quality_credential AS c JOIN quality_professional AS p ON p.id = c.professional_id
    WHERE p.is_active AND p.organization_id = ANY(%s) GROUP BY 1, 2
"""
HOURS = """
    SELECT organization_id, sum(free_hours_per_week) FROM quality_professional
    WHERE is_active AND organization_id = ANY(%s) GROUP BY 1
"""


@dataclass(frozen=True)
class Offer:
    """One listing with what its supplier is; no province is everywhere."""

    service: str
    category: str
    provinces: list[str]
    supply: Supply
    name_en: str
    name_zh: str

    def is_made_in(self, province: str) -> bool:
        """Return whether the listing holds in a province; "" is no province in particular."""
        return not province or not self.provinces or province in self.provinces


def offers_of(
    *, services: Sequence[str] | None = None, supplier: int | None = None, without: int | None = None
) -> dict[int, list[Offer]]:
    """Return supplier -> its live offers, of some services or of one supplier; unlisted and suspended suppliers are left out.

    without  a supplier to leave out: the buyer does not sell to itself.
    """
    listings = Listing.objects.filter(
        is_active=True,
        organization__is_active=True,
        organization__supplier_profile__is_listed=True,
        organization__supplier_profile__is_suspended=False,
    )
    if services is not None:
        listings = listings.filter(service__code__in=services)
    if supplier is not None:
        listings = listings.filter(organization_id=supplier)
    if without is not None:
        listings = listings.exclude(organization_id=without)
    rows = list(
        listings.select_related("service", "organization__supplier_profile").order_by(
            "organization_id", "service__position"
        )
    )
    suppliers = sorted({row.organization_id for row in rows})
    credentials, hours = _credentials(suppliers), _hours(suppliers)
    found: dict[int, list[Offer]] = defaultdict(list)
    for row in rows:
        owner = row.organization_id
        found[owner].append(_offer(row, credentials.get(owner, {}), hours.get(owner)))
    return dict(found)


def _offer(row: Listing, credentials: dict[str, dt.date | None], hours: int | None) -> Offer:
    organization, profile = row.organization, row.organization.supplier_profile
    supply = Supply(
        id=str(organization.pk),
        kind=organization.kind,
        services=frozenset([row.service.code]),
        # A declared area counts like one finished trial until contracts are counted by area.
        therapeutic_areas=dict.fromkeys(profile.therapeutic_areas, 1),
        phases=frozenset(profile.phases),
        city=organization.city,
        latitude=organization.latitude,
        longitude=organization.longitude,
        languages=frozenset(profile.languages),
        credentials=credentials,
        free_hours_per_week=float(hours) if hours is not None else None,
        price_minor=row.price_minor,
        currency=row.currency,
        rating_mean=profile.rating_mean or 0.0,
        rating_count=profile.rating_count,
        completed_contracts=profile.completed_contracts,
    )
    return Offer(
        row.service.code,
        row.service.category,
        row.provinces,
        supply,
        organization.name_en,
        organization.name_zh,
    )


def _credentials(suppliers: list[int]) -> dict[int, dict[str, dt.date | None]]:
    found: dict[int, dict[str, dt.date | None]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(CREDENTIALS, [suppliers])
        for owner, kind, is_endless, last in cursor.fetchall():
            found[owner][kind] = None if is_endless else last
    return found


def _hours(suppliers: list[int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(HOURS, [suppliers])
        return dict(cursor.fetchall())
