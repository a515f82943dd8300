"""An auction as each role sees it: own rank for a bidder, pseudonyms for the buyer and the operator."""

import datetime as dt
from dataclasses import dataclass, replace

from triallink.domains.marketplace.access.requests import is_buyer, request_for
from triallink.domains.marketplace.models import Auction, AuctionBid, AuctionSeat, SeatHolder
from triallink.domains.marketplace.models.auctions import ROUNDS
from triallink.domains.marketplace.services.auctions import REFUSALS
from triallink.domains.marketplace.services.closing import instant_for
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound


@dataclass(frozen=True)
class RoundWindow:
    """When a round runs, and where it stands."""

    number: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: str  # waiting | running | over


@dataclass(frozen=True)
class Standing:
    """A seat's place: the lower price first, of equal prices the one called earlier."""

    rank: int  # 0 before the first round
    pseudonym: str
    amount_minor: int
    opening_minor: int
    is_own: bool
    calls: int


@dataclass(frozen=True)
class Call:
    """One call as shown in a list."""

    sequence: int
    pseudonym: str
    round_number: int | None
    amount_minor: int
    at: dt.datetime
    is_accepted: bool
    refusal: str


@dataclass(frozen=True)
class AuctionView:
    """Everything the viewer may know of an auction now."""

    auction: Auction
    role: str  # bidder | buyer | observer
    now: dt.datetime
    state: str  # waiting | running | pause | over
    round_number: int | None
    changes_at: dt.datetime | None
    rounds: tuple[RoundWindow, ...]
    bidder_count: int
    own: Standing | None
    best_minor: int | None
    standings: tuple[Standing, ...]
    calls: tuple[Call, ...]


def auction_view(request_id: int, *, to: Actor, clock: Clock = system_clock) -> AuctionView:
    """Return the auction of a request as the viewer may see it.

    A bidder sees its own calls and rank, and the best price if that was announced; the buyer and the operator
    see all prices under pseudonyms. Before the first round nobody but its holder sees a seat.

    Refuses: NotFound.
    """
    request = request_for(to, request_id, clock=clock)
    auction = Auction.objects.filter(request=request).first()
    if auction is None or request.published_at is None:
        raise NotFound
    now = instant_for(request, clock)
    with reading_as(to.organization_id):
        holder = SeatHolder.objects.filter(auction=auction, organization_id=to.own_organization_id).first()
        role = "buyer" if is_buyer(to, request) else "observer" if to.is_operator else "bidder"
        if role == "bidder" and holder is None:
            raise NotFound
        seats = list(
            AuctionSeat.objects.filter(auction=auction, is_withdrawn=False).order_by("opened_at", "id")
        )
        calls = list(AuctionBid.objects.filter(auction=auction).order_by("sequence"))
    own_seat = holder.seat_id if holder else None
    has_begun = now >= auction.starts_at
    standings = standings_of(seats, calls, own_seat) if has_begun or role == "bidder" else []
    own = next((s for s in standings if s.is_own), None)
    if own is not None and not has_begun:
        own = replace(own, rank=0)
    state, number, changes_at = _phase(auction, now)
    sees_all = role != "bidder"
    shows_best = sees_all or (has_begun and auction.reveals == "rank_and_best")
    names = {seat.pk: seat.pseudonym for seat in seats}
    return AuctionView(
        auction=auction,
        role=role,
        now=now,
        state=state,
        round_number=number,
        changes_at=changes_at,
        rounds=tuple(_windows(auction, now)),
        bidder_count=auction.last_seat if not has_begun else len(seats),
        own=own,
        best_minor=standings[0].amount_minor if standings and shows_best else None,
        standings=tuple(standings) if sees_all else (),
        calls=tuple(
            Call(
                call.sequence,
                names.get(call.seat_id, ""),
                call.round_number,
                call.amount_minor,
                call.at,
                call.is_accepted,
                REFUSALS.get(call.refusal_code, ""),
            )
            for call in reversed(calls)
            if (sees_all and call.is_accepted) or call.seat_id == own_seat
        ),
    )


def standings_of(
    seats: list[AuctionSeat], calls: list[AuctionBid], own_seat: int | None = None
) -> list[Standing]:
    """Return the seats from first to last: lower price first, of equal prices the one that stood earlier."""
    current = {seat.pk: (seat.opening_minor, 0) for seat in seats}
    counts = dict.fromkeys(current, 0)
    for call in calls:
        if call.is_accepted and call.seat_id in current:
            current[call.seat_id] = (call.amount_minor, call.sequence)
            counts[call.seat_id] += 1
    ordered = sorted(seats, key=lambda seat: (*current[seat.pk], seat.opened_at, seat.pk))
    return [
        Standing(
            rank,
            seat.pseudonym,
            current[seat.pk][0],
            seat.opening_minor,
            seat.pk == own_seat,
            counts[seat.pk],
        )
        for rank, seat in enumerate(ordered, start=1)
    ]


def final_totals(auction: Auction) -> dict[int, int]:
    """Return bid id -> the last accepted price of its seat. Call it inside `reading_as` the buyer, once opened."""
    holders = {
        holder.seat_id: holder.bid_id
        for holder in SeatHolder.objects.filter(auction=auction, seat__is_withdrawn=False)
    }
    lasts = (
        AuctionBid.objects.filter(auction=auction, is_accepted=True, seat_id__in=holders)
        .order_by("seat_id", "-sequence")
        .distinct("seat_id")
        .values_list("seat_id", "amount_minor")
    )
    return {holders[seat_id]: amount for seat_id, amount in lasts}


def _windows(auction: Auction, now: dt.datetime) -> list[RoundWindow]:
    windows = []
    for number in range(1, ROUNDS + 1):
        start, end = auction.window(number)
        state = "waiting" if now < start else "running" if now < end else "over"
        windows.append(RoundWindow(number, start, end, state))
    return windows


def _phase(auction: Auction, now: dt.datetime) -> tuple[str, int | None, dt.datetime | None]:
    if now < auction.starts_at:
        return "waiting", None, auction.starts_at
    for window in _windows(auction, now):
        if now < window.starts_at:
            return "pause", None, window.starts_at
        if now < window.ends_at:
            return "running", window.number, window.ends_at
    return "over", None, None
