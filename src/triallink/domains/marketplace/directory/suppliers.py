"""Suppliers as documents: CROs, SMOs and freelancers with a listed profile."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Sum

from triallink.domains.accounts.models import ORGANIZATION_KINDS
from triallink.domains.marketplace.catalogue import catalogue
from triallink.domains.marketplace.directory.places import city_in_chinese, places_of
from triallink.domains.marketplace.directory.schema import both, both_of, key_of, price_field, shrunken_rating
from triallink.domains.marketplace.models import Listing
from triallink.domains.quality.models import Professional, SupplierProfile
from triallink.foundation.search import Document
from triallink.kernel.money import Money
from triallink.kernel.vocabulary import PHASES, PROFESSIONAL_ROLES, SPOKEN_LANGUAGES, THERAPEUTIC_AREAS

QUALIFIED_BONUS = 0.5


def supplier_documents(organization_ids: list[int] | None) -> Iterator[Document]:
    """Return the suppliers that are listed, all or some."""
    profiles = SupplierProfile.objects.filter(
        is_listed=True, is_suspended=False, organization__is_active=True
    )
    listings = Listing.objects.filter(is_active=True, service__is_active=True)
    staff = Professional.objects.filter(is_active=True)
    if organization_ids is not None:
        profiles = profiles.filter(organization_id__in=organization_ids)
        listings = listings.filter(organization_id__in=organization_ids)
        staff = staff.filter(organization_id__in=organization_ids)
    found = list(profiles.select_related("organization").order_by("pk"))
    places = places_of(None if organization_ids is None else [p.organization.city for p in found])
    offers: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    for row in listings.order_by("service__position").values_list(
        "organization_id", "service__code", "price_minor", "currency"
    ):
        offers[row[0]].append(row[1:])
    roles: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for owner, role, people, hours in (
        staff.values_list("organization_id", "role")
        .annotate(Count("pk"), Sum("free_hours_per_week"))
        .order_by()
    ):
        roles[owner][role] = (people, hours)
    for profile in found:
        owner = profile.organization_id
        yield _document(profile, offers.get(owner, []), roles.get(owner, {}), places)


def _document(
    profile: SupplierProfile,
    offers: list[tuple[str, int, str]],
    roles: dict[str, tuple[int, int]],
    places: dict[str, str],
) -> Document:
    organization = profile.organization
    city_zh = city_in_chinese(organization.city_zh, organization.city, places)
    services = [code for code, _, _ in offers]
    hours = sum(hours for _, hours in roles.values())
    names = [text for code in services for text in catalogue()[code].name.values()] if services else []
    numbers: dict[str, float | None] = {
        "standing": shrunken_rating(profile.rating_sum, profile.rating_count)
        + (QUALIFIED_BONUS if profile.is_qualified else 0),
        "rating": profile.rating_mean,
        "contracts": profile.completed_contracts,
        "hours": hours,
    }
    for code, minor, currency in offers:
        numbers[price_field(code)] = float(Money(minor, currency).amount)
    shown: dict[str, Any] = {
        "kind": "supplier",
        "id": organization.pk,
        "name_en": organization.name_en,
        "name_zh": organization.name_zh,
        "type": organization.kind,
        "city": organization.city,
        "city_zh": city_zh,
        "province": organization.province,
        "areas": profile.therapeutic_areas,
        "offers": offers,
        "roles": {role: people for role, (people, _) in sorted(roles.items())},
        "hours": hours,
        "rating": profile.rating_mean,
        "ratings": profile.rating_count,
        "contracts": profile.completed_contracts,
        "is_qualified": profile.is_qualified,
    }
    return Document(
        key=key_of("supplier", organization.pk),
        texts={
            "name": f"{organization.name_en} {organization.name_zh}",
            "work": ", ".join(
                [
                    *names,
                    both_of(THERAPEUTIC_AREAS, profile.therapeutic_areas),
                    both_of(PROFESSIONAL_ROLES, roles),
                    both(ORGANIZATION_KINDS[organization.kind]),
                    f"{organization.city} {city_zh} {both(organization.province)}",
                ]
            ),
            "about": ", ".join(
                [
                    organization.about_en,
                    organization.about_zh,
                    both_of(PHASES, profile.phases),
                    both_of(SPOKEN_LANGUAGES, profile.languages),
                ]
            ),
        },
        codes={
            "kind": ["supplier"],
            "organization_type": [organization.kind],
            "organization": [str(organization.pk)],
            "service": services,
            "role": list(roles),
            "province": list(dict.fromkeys([organization.province, *profile.provinces])),
            "city": [organization.city],
            "place": [places[organization.city]] if organization.city in places else [],
            "area": profile.therapeutic_areas,
            "phase": profile.phases,
            "language": profile.languages,
            "mark": ["qualified"] if profile.is_qualified else [],
        },
        numbers=numbers,
        shown=shown,
    )
