"""What the actor's own organization offers."""

from triallink.domains.marketplace.models import Listing
from triallink.kernel.actor import Actor


def own_listings(*, to: Actor) -> list[Listing]:
    """Return the live listings of the actor's organization in the catalogue's order."""
    return list(
        Listing.objects.filter(organization_id=to.own_organization_id, is_active=True)
        .select_related("service")
        .order_by("service__position")
    )
