"""Who may follow the live topics of hours."""

from triallink.domains.capacity.access import run_for
from triallink.foundation.live import topics_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import Refusal


def _own(actor: Actor, key: str) -> bool:
    return actor.organization_id is not None and key == str(actor.organization_id)


def _may_follow_run(actor: Actor, key: str) -> bool:
    try:
        return key.isdigit() and len(key) < 16 and run_for(int(key), to=actor) is not None
    except Refusal:
        return False


topics_of("hours", lambda actor, key: key == "book" and actor.organization_id is not None)
topics_of("bookings", _own)
topics_of("calendar", _own)
topics_of("clearing", _may_follow_run)
