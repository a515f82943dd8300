"""A bidder's seat in the auction: taken with the sealed bid, under a pseudonym, its total as the opening price."""

from django.db import connection

from triallink.domains.marketplace.models import Auction, AuctionSeat, Bid, SeatHolder


def take_seat(bid: Bid) -> AuctionSeat:
    """Give the bid its seat, or move the bidder's seat to the new version. Call it inside `reading_as` the bidder."""
    assert bid.submitted_at is not None
    auction = Auction.objects.select_for_update().get(request_id=bid.request_id)
    holder = SeatHolder.objects.filter(auction=auction, organization_id=bid.organization_id).first()
    if holder is not None:
        holder.bid = bid
        holder.save(update_fields=["bid"])
        seat = holder.seat
        seat.opening_minor, seat.opened_at, seat.is_withdrawn = bid.seal.total_minor, bid.submitted_at, False
        seat.save(update_fields=["opening_minor", "opened_at", "is_withdrawn"])
        return seat
    auction.last_seat += 1
    auction.save(update_fields=["last_seat"])
    # The policies show a seat to its holder only, so the holder's row comes first; the key is checked at commit.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('marketplace_auctionseat', 'id'))")
        seat_id = cursor.fetchone()[0]
    SeatHolder.objects.create(seat_id=seat_id, auction=auction, organization_id=bid.organization_id, bid=bid)
    return AuctionSeat.objects.create(
        pk=seat_id,
        auction=auction,
        pseudonym=pseudonym(auction.last_seat),
        opening_minor=bid.seal.total_minor,
        opened_at=bid.submitted_at,
    )


def give_up_seat(bid: Bid) -> None:
    """Leave the bidder's seat empty. Call it inside `reading_as` the bidder."""
    Auction.objects.select_for_update().get(request_id=bid.request_id)
    holder = SeatHolder.objects.filter(bid=bid).select_related("seat").first()
    if holder is not None:
        holder.seat.is_withdrawn = True
        holder.seat.save(update_fields=["is_withdrawn"])


def pseudonym(number: int) -> str:
    """Return the letter of a seat: 1 is A, 26 is Z, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
