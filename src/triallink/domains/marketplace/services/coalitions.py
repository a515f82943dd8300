"""A partner's word: it takes the part of a bid that the lead wrote for it, or says why not."""

from django.db import transaction

from triallink.domains.marketplace.access.bids import bid_for
from triallink.domains.marketplace.access.requests import BIDDER_ROLES
from triallink.domains.marketplace.errors import bids as no
from triallink.domains.marketplace.errors.requests import ReasonMissing
from triallink.domains.marketplace.events.bids import CoalitionConfirmed, CoalitionDeclined
from triallink.domains.marketplace.models import Bid, CoalitionMember
from triallink.foundation.record import record
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

LONGEST_REASON = 2000
ANSWER = ["confirmed_at", "confirmed_by_id", "declined_at", "decline_reason"]


@transaction.atomic
def confirm_coalition(*, bid_id: int, by: Actor, clock: Clock = system_clock) -> CoalitionMember:
    """Confirm the actor's part in a draft bid; a later change of the draft takes the confirmation back.

    Refuses: NotFound, NotABidder, BidNotDraft, InSeveralBids.
    Emits: CoalitionConfirmed.
    """
    bid_for(by, bid_id)
    with reading_as(by.organization_id):
        bid, member = _part(bid_id, by)
        if Bid.objects.filter(
            request_id=bid.request_id, organization_id=by.own_organization_id, state="submitted"
        ).exists():
            raise no.InSeveralBids
        member.confirmed_at, member.confirmed_by_id = clock.now(), by.person_id
        member.declined_at, member.decline_reason = None, ""
        member.save(update_fields=ANSWER)
        record(
            CoalitionConfirmed(
                bid_id=bid.pk, request_id=bid.request_id, organization_id=by.own_organization_id
            ),
            by=by,
            about=("bid", bid.pk),
            clock=clock,
        )
    return member


@transaction.atomic
def decline_coalition(*, bid_id: int, reason: str, by: Actor, clock: Clock = system_clock) -> CoalitionMember:
    """Decline the actor's part in a draft bid, or take its confirmation back; the lead reads why.

    Refuses: NotFound, NotABidder, BidNotDraft, ReasonMissing.
    Emits: CoalitionDeclined.
    """
    bid_for(by, bid_id)
    with reading_as(by.organization_id):
        bid, member = _part(bid_id, by)
        if not reason.strip():
            raise ReasonMissing(field="why")
        member.confirmed_at = member.confirmed_by_id = None
        member.declined_at, member.decline_reason = clock.now(), reason.strip()[:LONGEST_REASON]
        member.save(update_fields=ANSWER)
        record(
            CoalitionDeclined(
                bid_id=bid.pk, request_id=bid.request_id, organization_id=by.own_organization_id
            ),
            by=by,
            about=("bid", bid.pk),
            why=member.decline_reason,
            clock=clock,
        )
    return member


def _part(bid_id: int, by: Actor) -> tuple[Bid, CoalitionMember]:
    """Return a draft and the actor's part in it; call it inside `reading_as` the actor.

    The lock on the envelope keeps the lead from changing the draft under the partner's hand.

    Refuses: NotFound, NotABidder, BidNotDraft.
    """
    if not by.has(*BIDDER_ROLES):
        raise no.NotABidder
    bid = Bid.objects.select_for_update().get(pk=bid_id)
    if bid.state != "draft":
        raise no.BidNotDraft
    member = CoalitionMember.objects.filter(
        bid=bid, organization_id=by.own_organization_id, is_lead=False
    ).first()
    if member is None:
        raise NotFound
    return bid, member
