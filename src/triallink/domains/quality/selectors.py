"""Profiles and people for those who may see them."""

from django.db.models import Prefetch

from triallink.domains.quality.models import Credential, Professional, SiteProfile, SupplierProfile
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
