"""Who may see one bid."""

from triallink.domains.marketplace.access.requests import may_read_bids
from triallink.domains.marketplace.models import Bid, CoalitionMember
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound


def bid_for(viewer: Actor, bid_id: int) -> Bid:
    """Return the envelope of a bid the viewer may look into: its own, its coalition's, or an opened one.

    Refuses: NotFound.
    """
    found = (
        Bid.objects.filter(pk=bid_id)
        .select_related("request", "request__buyer", "request__study", "organization")
        .first()
    )
    if found is None or viewer.organization_id is None:
        raise NotFound
    if found.organization_id == viewer.organization_id or is_partner(viewer, found):
        return found
    if found.state == "submitted" and may_read_bids(viewer, found.request):
        return found
    raise NotFound


def own_bid_for(viewer: Actor, bid_id: int) -> Bid:
    """Return a bid of the viewer's own organization.

    Refuses: NotFound.
    """
    found = Bid.objects.filter(pk=bid_id, organization_id=viewer.own_organization_id).first()
    if found is None or viewer.organization_id is None:
        raise NotFound
    return found


def is_partner(viewer: Actor, bid: Bid) -> bool:
    """Return whether the viewer's organization is in the bid's coalition."""
    with reading_as(viewer.organization_id):
        return CoalitionMember.objects.filter(bid=bid, organization_id=viewer.own_organization_id).exists()
