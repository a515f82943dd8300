"""Calling a price in a reverse auction: every call is answered once, one after the other."""

from django.db import transaction

from triallink.domains.marketplace.access.requests import may_bid, request_for
from triallink.domains.marketplace.errors.auctions import NoSeat
from triallink.domains.marketplace.errors.bids import NotABidder
from triallink.domains.marketplace.events.bids import AuctionBidPlaced
from triallink.domains.marketplace.models import Auction, AuctionBid, AuctionSeat, SeatHolder
from triallink.domains.marketplace.services.closing import instant_for
from triallink.foundation.live import publish
from triallink.foundation.record import record
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_, NotFound

# Why a call is not accepted; kept with the call and shown to its bidder.
REFUSALS = {
    "no_round": N_("No round was running."),
    "not_lower": N_("The price does not undercut your last one by at least the smallest step."),
}


@transaction.atomic
def place_auction_bid(
    *, request_id: int, amount_minor: int, client_key: str, by: Actor, clock: Clock = system_clock
) -> AuctionBid:
    """Call a price for the whole request and return the call with its answer, accepted or not.

    client_key  the caller's own name for this attempt: the same key again returns the first answer.

    A call that is not accepted is kept like the others, so nothing here is refused for its price or its time.

    Refuses: NotFound, NotABidder, NoSeat.
    Emits: AuctionBidPlaced.
    """
    request = request_for(by, request_id, clock=clock)
    if not may_bid(by, request):
        raise NotABidder
    with reading_as(by.organization_id):
        auction = Auction.objects.select_for_update().filter(request=request).first()
        if auction is None:
            raise NotFound
        holder = (
            SeatHolder.objects.filter(auction=auction, organization_id=by.own_organization_id)
            .select_related("seat")
            .first()
        )
        if holder is None or holder.seat.is_withdrawn:
            raise NoSeat
        known = AuctionBid.objects.filter(seat=holder.seat, client_key=client_key).first()
        if known is not None:
            return known
        # The instant is taken under the lock: whoever waited is judged by when its turn came.
        now = instant_for(request, clock)
        number = auction.round_at(now) if request.state == "published" else None
        code = _refusal(auction, holder.seat, amount_minor, number)
        auction.last_sequence += 1
        auction.save(update_fields=["last_sequence"])
        bid = AuctionBid.objects.create(
            auction=auction,
            seat=holder.seat,
            sequence=auction.last_sequence,
            round_number=number,
            amount_minor=amount_minor,
            at=now,
            is_accepted=not code,
            refusal_code=code,
            client_key=client_key,
        )
        publish(f"auction:{request.pk}", "bid")
        record(
            AuctionBidPlaced(auction_id=auction.pk, sequence=bid.sequence),
            by=by,
            about=("auction_bid", bid.pk),
            change={"sequence": bid.sequence, "accepted": bid.is_accepted},
            clock=clock,
        )
    return bid


def _refusal(auction: Auction, seat: AuctionSeat, amount_minor: int, number: int | None) -> str:
    if number is None:
        return "no_round"
    last = AuctionBid.objects.filter(seat=seat, is_accepted=True).order_by("-sequence").first()
    current = last.amount_minor if last else seat.opening_minor
    return "" if 0 < amount_minor <= current - auction.step_minor else "not_lower"
