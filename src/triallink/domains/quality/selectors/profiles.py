"""Profiles and people for those who may see them."""

from django.db.models import Prefetch

from triallink.domains.quality.models import Credential, Professional, SiteProfile, SupplierProfile
from triallink.foundation.own_data import Held
from triallink.kernel.actor import Actor


def own_supplier_profile(*, to: Actor) -> SupplierProfile | None:
    """Return the supplier profile of the actor's organization, or None if it has declared nothing yet."""
    return SupplierProfile.objects.filter(organization_id=to.own_organization_id).first()


def own_site_profile(*, to: Actor) -> SiteProfile | None:
    """Return the site profile of the actor's organization, or None if it has declared nothing yet."""
    return SiteProfile.objects.filter(organization_id=to.own_organization_id).first()


def own_professionals(*, to: Actor) -> list[Professional]:
    """Return the active professionals of the actor's organization with their credentials, by role and name."""
    credentials = Prefetch("credentials", Credential.objects.order_by("expires_on", "pk"))
    return list(
        Professional.objects.filter(organization_id=to.own_organization_id, is_active=True)
        .prefetch_related(credentials)
        .order_by("role", "name", "pk")
    )


def credentials_of(professional_id: int, *, to: Actor) -> list[Credential]:
    """Return all credentials of a professional of the actor's organization, the expired ones too."""
    return list(
        Credential.objects.filter(
            professional_id=professional_id, professional__organization_id=to.own_organization_id
        ).order_by("kind", "expires_on", "pk")
    )


# What the copy of one's own data tells: the professional records kept of somebody, by employers or by themselves.
HELD = {
    "professional_records": Held(
        lambda person_id: Professional.objects.filter(person_id=person_id),
        (
            "organization__name_en", "organization__name_zh", "name", "name_zh", "role", "level",
            "therapeutic_areas", "phases", "languages", "years_experience", "studies_completed",
            "city", "city_zh", "province", "latitude", "longitude", "travel_km",
            "hourly_price_minor", "currency", "free_hours_per_week", "available_from_on",
            "about_en", "about_zh", "rating_sum", "rating_count", "is_listed", "is_named", "is_active",
        ),
    ),
    "credentials": Held(
        lambda person_id: Credential.objects.filter(professional__person_id=person_id),
        ("kind", "title", "issued_by", "number", "issued_on", "expires_on", "verified_at"),
    ),
}  # fmt: skip
