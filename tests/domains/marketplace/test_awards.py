"""Awarding, letters, standstill, objections, and the way to the contract."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.domains.marketplace.market_scene import DAY

from triallink.domains.marketplace.errors import evaluations as no
from triallink.domains.marketplace.errors.bids import NotABidder
from triallink.domains.marketplace.errors.requests import ReasonMissing, StepNotPossible
from triallink.domains.marketplace.models import AwardLine
from triallink.domains.marketplace.selectors.awards import award_for_contract, award_of
from triallink.domains.marketplace.services.awards import (
    AwardChoice,
    award_request,
    contract_award,
    decide_objection,
    file_objection,
)
from triallink.domains.marketplace.services.bid_content import BidContent, BundleOffer, LineOffer
from triallink.domains.marketplace.services.bids import save_bid, submit_bid
from triallink.domains.marketplace.services.closing import end_due_standstills
from triallink.domains.marketplace.services.evaluations import declare_conflict, reach_consensus
from triallink.foundation.models import OutboxLine
from triallink.kernel.refusals import NotAllowed, NotFound


def evaluated(market, request):
    market.close(request)
    declare_conflict(request_id=request.pk, has_conflict=False, by=market.ada.actor, clock=market.clock)
    return reach_consensus(request_id=request.pk, by=market.ada.actor, clock=market.clock)


@pytest.fixture
def scene(market):
    request = market.published()
    bids = {"ben": market.bid(request, market.ben, 100_00), "fei": market.bid(request, market.fei, 80_00)}
    return evaluated(market, request), bids


def award(market, request, *, winner, losers=(), by=None, **more):
    values = {
        "choices": [AwardChoice(line.pk, winner.pk) for line in market.lines_of(request)],
        "reason": "Best total",
        "letters": {bid.pk: "Higher price" for bid in losers},
        **more,
    }
    return award_request(request_id=request.pk, by=(by or market.ada).actor, clock=market.clock, **values)


def test_an_award_tells_winner_losers_and_starts_the_standstill(market, scene):
    request, bids = scene
    made = award(market, request, winner=bids["fei"], losers=[bids["ben"]])
    assert made.total_minor == 1_600_00
    assert made.standstill_ends_at - made.awarded_at == dt.timedelta(days=10)
    request.refresh_from_db()
    assert request.state == "awarded"
    assert award_of(request, to=market.ben.actor).own_letter.reason == "Higher price"
    assert award_of(request, to=market.gao.actor).own_letter is None
    assert award_of(request, to=market.gao.actor).letters == ()
    with pytest.raises(StepNotPossible):
        award(market, request, winner=bids["ben"], losers=[bids["fei"]])


def test_unsound_awards_are_refused(market, scene, dora):
    request, bids = scene
    first, second = market.lines_of(request)
    ben, fei = bids["ben"], bids["fei"]
    good = {"winner": fei, "losers": [ben]}
    for change, refusal in (
        ({"reason": " "}, ReasonMissing),
        ({"letters": {}}, no.LetterMissing),
        ({"choices": []}, no.AwardLineUnknown),
        ({"choices": [AwardChoice(first.pk, fei.pk)] * 2}, no.AwardLineUnknown),
        ({"choices": [AwardChoice(first.pk, 10**9)]}, no.AwardLineUnknown),
        ({"choices": [AwardChoice(first.pk, fei.pk)]}, no.AwardIncomplete),
        (
            {"choices": [AwardChoice(first.pk, fei.pk), AwardChoice(second.pk, ben.pk)], "letters": {}},
            no.AwardIncomplete,
        ),
        ({"by": dora}, NotAllowed),
        ({"by": market.ben}, NotFound),
    ):
        with pytest.raises(refusal):
            award(market, request, **{**good, **change})
    assert award(market, request, **good)


def test_lines_are_awarded_separately_up_to_the_number_of_suppliers(market):
    request = market.published(is_partial_award_allowed=True, max_suppliers=1)
    lines = market.lines_of(request)
    bids = []
    for who, line in zip((market.ben, market.fei), lines, strict=True):
        content = BidContent(lines=(LineOffer(line.pk, 100_00, Decimal(5)),))
        draft = save_bid(request_id=request.pk, content=content, by=who.actor, clock=market.clock)
        bids.append(submit_bid(bid_id=draft.pk, by=who.actor, clock=market.clock))
    evaluated(market, request)
    both = [AwardChoice(line.pk, bid.pk) for line, bid in zip(lines, bids, strict=True)]
    with pytest.raises(no.TooManySuppliers):
        award(market, request, winner=bids[0], choices=both)
    with pytest.raises(no.AwardLineUnknown):
        award(market, request, winner=bids[0], choices=[AwardChoice(lines[1].pk, bids[0].pk)])
    one = award(market, request, winner=bids[0], losers=[bids[1]], choices=both[:1])
    assert one.total_minor == 5 * 100_00


def test_a_bundle_counts_only_when_it_is_awarded_whole(market):
    request = market.published(is_partial_award_allowed=True, max_suppliers=2)
    lines = market.lines_of(request)
    bundle = BundleOffer("Both", 1_500_01, tuple(line.pk for line in lines))
    ben = market.bid(request, market.ben, 100_00, bundles=(bundle,))
    fei = market.bid(request, market.fei, 90_00)
    evaluated(market, request)
    whole = award(market, request, winner=ben, losers=[fei])
    assert whole.total_minor == 1_500_01
    assert set(AwardLine.objects.values_list("bundle_name", flat=True)) == {"Both"}
    assert sum(AwardLine.objects.values_list("amount_minor", flat=True)) == 1_500_01


def test_losers_object_once_during_the_standstill(market, scene, hua):
    request, bids = scene
    made = award(market, request, winner=bids["fei"], losers=[bids["ben"]])

    def object_(who, grounds="The price was misread"):
        return file_objection(award_id=made.pk, grounds=grounds, by=who.actor, clock=market.clock)

    with pytest.raises(ReasonMissing):
        object_(market.ben, " ")
    for who in (market.fei, market.gao):
        with pytest.raises(no.ObjectionNotYours):
            object_(who)
    with pytest.raises(NotABidder):
        object_(market.ada)
    objection = object_(market.ben)
    with pytest.raises(no.ObjectionNotYours):
        object_(market.ben)
    market.clock.move(11 * DAY)
    assert end_due_standstills(clock=market.clock) == 0
    with pytest.raises(no.StandstillRunning):
        contract_award(award_id=made.pk, by=market.ada.actor, clock=market.clock)
    with pytest.raises(NotAllowed):
        decide_objection(
            objection_id=objection.pk,
            decision="dismissed",
            reason="No",
            by=market.ben.actor,
            clock=market.clock,
        )
    decide_objection(
        objection_id=objection.pk, decision="dismissed", reason="It was not", by=hua.actor, clock=market.clock
    )
    made.refresh_from_db()
    assert made.standstill_ended_at is not None
    with pytest.raises(no.ObjectionDecided):
        decide_objection(
            objection_id=objection.pk, decision="upheld", reason="x", by=hua.actor, clock=market.clock
        )
    assert contract_award(award_id=made.pk, by=market.ada.actor, clock=market.clock).state == "contracted"


def test_an_upheld_objection_takes_the_award_back_and_another_can_be_made(market, scene):
    request, bids = scene
    made = award(market, request, winner=bids["fei"], losers=[bids["ben"]])
    objection = file_objection(award_id=made.pk, grounds="Conflict", by=market.ben.actor, clock=market.clock)
    decide_objection(
        objection_id=objection.pk, decision="upheld", reason="True", by=market.ada.actor, clock=market.clock
    )
    request.refresh_from_db()
    assert request.state == "evaluated"
    assert award_of(request, to=market.ada.actor) is None
    second = award(market, request, winner=bids["ben"], losers=[bids["fei"]])
    assert second.pk != made.pk


def test_objections_end_with_the_standstill_which_ends_once(market, scene):
    request, bids = scene
    made = award(market, request, winner=bids["fei"], losers=[bids["ben"]])
    assert end_due_standstills(clock=market.clock) == 0
    market.clock.move(10 * DAY)
    with pytest.raises(no.StandstillOver):
        file_objection(award_id=made.pk, grounds="Late", by=market.ben.actor, clock=market.clock)
    assert end_due_standstills(clock=market.clock) == 1
    assert end_due_standstills(clock=market.clock) == 0
    assert OutboxLine.objects.filter(name="StandstillEnded").count() == 1


def test_a_contract_gets_everything_it_needs_and_a_loser_nothing(market):
    request = market.published(payment_terms="30 days", standstill_days=0)
    coalition = market.coalition(request, market.ben, market.fei, 100_00)
    loser = market.bid(request, market.gao, 120_00)
    evaluated(market, request)
    made = award(market, request, winner=coalition, losers=[loser])
    given = award_for_contract(made.pk, to=market.ada.actor, clock=market.clock)
    [part] = given.parts
    assert (given.payment_terms, given.buyer, part.supplier) == (
        "30 days",
        market.ada.organization,
        market.ben.organization,
    )
    assert part.total.minor == sum(line.amount.minor for line in part.lines) == 18 * 100_00
    assert {share.organization for share in part.shares} == {market.ben.organization, market.fei.organization}
    for winner in (market.ben, market.fei):
        assert award_for_contract(made.pk, to=winner.actor, clock=market.clock).parts == given.parts
    with pytest.raises(NotFound):
        award_for_contract(made.pk, to=market.gao.actor, clock=market.clock)
    assert end_due_standstills(clock=market.clock) == 1


def test_an_expired_bid_is_not_awarded(market):
    request = market.published()
    bid = market.bid(request, market.ben, 100_00, valid_until_on=request.closes_at.date() + DAY)
    evaluated(market, request)
    market.clock.move(5 * DAY)
    with pytest.raises(no.BidExpired):
        award(market, request, winner=bid)
