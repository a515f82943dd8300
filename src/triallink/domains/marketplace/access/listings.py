"""Who may look at the directory, and one listing or saved search for its owner."""

from triallink.domains.marketplace.models import Listing, SavedSearch
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotAllowed, NotFound


def refuse_stranger(viewer: Actor) -> None:
    """Refuse NotAllowed unless somebody is signed in: every member may look at the market, nobody else."""
    if viewer.person_id is None:
        raise NotAllowed


def own_listing(listing_id: int, *, to: Actor) -> Listing:
    """Return a listing of the actor's own organization; NotFound otherwise."""
    found = (
        Listing.objects.filter(pk=listing_id, organization_id=to.own_organization_id)
        .select_related("service")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def own_saved_search(search_id: int, *, to: Actor) -> SavedSearch:
    """Return a search the person saved; NotFound otherwise."""
    found = SavedSearch.objects.filter(pk=search_id, person_id=to.own_person_id).first()
    if found is None:
        raise NotFound
    return found
