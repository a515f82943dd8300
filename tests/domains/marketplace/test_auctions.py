"""Three rounds, bidders under pseudonyms, every call answered once."""

import datetime as dt

import pytest

from triallink.domains.marketplace.errors.auctions import NoSeat
from triallink.domains.marketplace.errors.bids import NotABidder
from triallink.domains.marketplace.models import AuctionBid
from triallink.domains.marketplace.selectors.auctions import auction_view
from triallink.domains.marketplace.selectors.offers import offers_of
from triallink.domains.marketplace.services.auctions import place_auction_bid
from triallink.domains.marketplace.services.bids import withdraw_bid
from triallink.domains.marketplace.services.terms import AuctionTerms
from triallink.foundation.live import may_follow
from triallink.foundation.models import OutboxLine
from triallink.kernel.refusals import NotFound

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def auction(market):
    request = market.published(
        procedure="auction", auction=AuctionTerms(round_minutes=10, pause_minutes=2, step_minor=100)
    )
    market.bid(request, market.ben, 100_00)  # 2 lines × 10 units: 2,000.00
    market.bid(request, market.fei, 90_00)
    return request


def call(market, request, who, amount, key="k"):
    return place_auction_bid(
        request_id=request.pk, amount_minor=amount, client_key=key, by=who.actor, clock=market.clock
    )


def test_the_auction_runs_between_the_deadline_and_the_opening(auction):
    assert auction.closes_at - auction.bids_due_at == dt.timedelta(minutes=34)


def test_calls_are_accepted_in_a_round_and_undercut_by_the_step(market, auction):
    assert call(market, auction, market.ben, 1_700_00).refusal_code == "no_round"
    market.clock.at = auction.bids_due_at + MINUTE
    answers = [
        call(market, auction, market.ben, amount, key)
        for key, amount in (("a", 1_900_00), ("b", 1_900_00), ("c", 1_899_50), ("d", 0), ("e", 1_899_00))
    ]
    assert [bid.is_accepted for bid in answers] == [True, False, False, False, True]
    market.clock.at = auction.bids_due_at + 11 * MINUTE
    assert call(market, auction, market.ben, 1_000_00, "f").refusal_code == "no_round"
    market.clock.at = auction.bids_due_at + 12 * MINUTE
    assert call(market, auction, market.ben, 1_000_00, "g").round_number == 2
    assert list(AuctionBid.objects.order_by("id").values_list("sequence", flat=True)) == list(range(1, 9))


def test_the_same_attempt_sent_twice_is_counted_once(market, auction):
    market.clock.at = auction.bids_due_at + MINUTE
    first, again = call(market, auction, market.ben, 1_900_00), call(market, auction, market.ben, 1_800_00)
    assert first.pk == again.pk
    assert again.amount_minor == 1_900_00


def test_only_bidders_with_a_bid_have_a_seat(market, auction, eve, hua):
    market.clock.at = auction.bids_due_at + MINUTE
    with pytest.raises(NoSeat):
        call(market, auction, market.gao, 1_00)
    for outsider in (eve, hua, market.ada):
        with pytest.raises(NotABidder):
            call(market, auction, outsider, 1_00)


def test_each_role_sees_what_was_announced(market, auction, hua, eve):
    before = auction_view(auction.pk, to=market.ada.actor, clock=market.clock)
    assert (before.state, before.standings, before.best_minor) == ("waiting", (), None)
    assert auction_view(auction.pk, to=market.ben.actor, clock=market.clock).own.rank == 0
    market.clock.at = auction.bids_due_at + MINUTE
    call(market, auction, market.ben, 1_800_00)  # equal to Fei's, who stood there earlier
    ben, fei, ada, operator = (
        auction_view(auction.pk, to=who.actor, clock=market.clock)
        for who in (market.ben, market.fei, market.ada, hua)
    )
    assert (ben.role, ben.own.rank, ben.own.amount_minor, ben.best_minor) == (
        "bidder",
        2,
        1_800_00,
        1_800_00,
    )
    assert fei.own.rank == 1
    assert ben.standings == ()
    assert len(ben.calls) == 1
    assert fei.calls == ()
    for view, role in ((ada, "buyer"), (operator, "observer")):
        assert view.role == role
        assert [(s.pseudonym, s.amount_minor) for s in view.standings] == [("B", 1_800_00), ("A", 1_800_00)]
        assert not any(s.is_own for s in view.standings)
    for outsider in (market.gao, eve):
        with pytest.raises(NotFound):
            auction_view(auction.pk, to=outsider.actor, clock=market.clock)


def test_a_bidder_is_told_no_best_price_that_was_not_announced(market):
    request = market.published(procedure="auction", auction=AuctionTerms(reveals="rank"))
    market.bid(request, market.ben, 100_00)
    market.bid(request, market.fei, 90_00)
    market.clock.at = request.bids_due_at + MINUTE
    view = auction_view(request.pk, to=market.ben.actor, clock=market.clock)
    assert (view.own.rank, view.best_minor) == (2, None)


def test_a_withdrawn_bid_leaves_its_seat(market, auction):
    bid = auction.bids.get(organization=market.fei.organization)
    withdraw_bid(bid_id=bid.pk, by=market.fei.actor, clock=market.clock)
    market.clock.at = auction.bids_due_at + MINUTE
    with pytest.raises(NoSeat):
        call(market, auction, market.fei, 1_00)
    view = auction_view(auction.pk, to=market.ada.actor, clock=market.clock)
    assert [s.pseudonym for s in view.standings] == ["A"]


def test_a_new_version_of_the_bid_keeps_its_seat(market, auction):
    market.bid(auction, market.fei, 80_00)
    market.clock.at = auction.bids_due_at + MINUTE
    view = auction_view(auction.pk, to=market.ada.actor, clock=market.clock)
    assert [(s.pseudonym, s.amount_minor) for s in view.standings] == [("B", 1_600_00), ("A", 2_000_00)]


def test_the_last_price_becomes_the_offer_line_by_line(market, auction):
    market.clock.at = auction.bids_due_at + MINUTE
    call(market, auction, market.ben, 1_500_01)
    market.close(auction)
    best, other = offers_of(auction, reader_id=market.ada.organization.pk)
    assert best.organization == market.ben.organization
    assert sum(line.amount_minor for line in best.lines.values()) == best.total_minor == 1_500_01
    assert (best.opening_minor, other.total_minor) == (2_000_00, 1_800_00)


def test_events_carry_no_price_and_topics_follow_access(market, auction, eve):
    market.clock.at = auction.bids_due_at + MINUTE
    call(market, auction, market.ben, 17_171_71)
    assert "1717171" not in str(list(OutboxLine.objects.values_list("payload", flat=True)))
    assert may_follow(market.ada.actor, f"auction:{auction.pk}")
    assert not may_follow(eve.actor, f"auction:{auction.pk}")
    assert not may_follow(eve.actor, "auction:x")
