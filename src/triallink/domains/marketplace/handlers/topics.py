"""Who may follow a request's or an auction's live topic: whoever may see it."""

from triallink.domains.marketplace.access.requests import request_for
from triallink.domains.marketplace.selectors.auctions import auction_view
from triallink.foundation.live import topics_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import Refusal


def _may_follow_auction(actor: Actor, key: str) -> bool:
    try:
        return key.isdigit() and auction_view(int(key), to=actor) is not None
    except Refusal:
        return False


def _may_follow_request(actor: Actor, key: str) -> bool:
    try:
        return key.isdigit() and request_for(actor, int(key)) is not None
    except Refusal:
        return False


topics_of("auction", _may_follow_auction)
topics_of("request", _may_follow_request)
