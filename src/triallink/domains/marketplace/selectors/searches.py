"""The searches a person keeps."""

from triallink.domains.marketplace.models import SavedSearch
from triallink.kernel.actor import Actor


def saved_searches(*, to: Actor) -> list[SavedSearch]:
    """Return the person's own saved searches, newest first, without the matches already known."""
    return list(
        SavedSearch.objects.filter(person_id=to.own_person_id)
        .defer("known_keys")
        .order_by("-created_at", "-pk")
    )
