"""A partner's word: it takes the part of a bid that the lead wrote for it."""

from django.db import transaction

from triallink.domains.marketplace.access.bids import bid_for
from triallink.domains.marketplace.access.requests import BIDDER_ROLES
from triallink.domains.marketplace.errors import bids as no
from triallink.domains.marketplace.events.bids import CoalitionConfirmed
from triallink.domains.marketplace.models import Bid, CoalitionMember
from triallink.foundation.record import record
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound


@transaction.atomic
def confirm_coalition(*, bid_id: int, by: Actor, clock: Clock = system_clock) -> CoalitionMember:
    """Confirm the actor's part in a draft bid; a later change of the draft takes the confirmation back.

    Refuses: NotFound, NotABidder, BidNotDraft, InSeveralBids.
    Emits: CoalitionConfirmed.
    """
    bid = bid_for(by, bid_id)
    if not by.has(*BIDDER_ROLES):
        raise no.NotABidder
    with reading_as(by.organization_id):
        # The lock on the envelope keeps the lead from changing the draft under the partner's hand.
        bid = Bid.objects.select_for_update().get(pk=bid.pk)
        if bid.state != "draft":
            raise no.BidNotDraft
        if Bid.objects.filter(
            request_id=bid.request_id, organization_id=by.own_organization_id, state="submitted"
        ).exists():
            raise no.InSeveralBids
        member = CoalitionMember.objects.filter(
            bid=bid, organization_id=by.own_organization_id, is_lead=False
        ).first()
        if member is None:
            raise NotFound
        member.confirmed_at, member.confirmed_by_id = clock.now(), by.person_id
        member.save(update_fields=["confirmed_at", "confirmed_by_id"])
        record(
            CoalitionConfirmed(
                bid_id=bid.pk, request_id=bid.request_id, organization_id=by.own_organization_id
            ),
            by=by,
            about=("bid", bid.pk),
            clock=clock,
        )
    return member
