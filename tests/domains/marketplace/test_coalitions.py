"""A coalition's partner says yes or no; the lead hears it, and nobody is handed in against its will."""

import pytest
from tests.domains.marketplace.test_market_notices import told

from triallink.domains.marketplace.errors import bids as no
from triallink.domains.marketplace.errors.requests import ReasonMissing
from triallink.domains.marketplace.selectors.bids import bid_view, coalition_asks, declined_asks
from triallink.domains.marketplace.services.bid_content import ShareOffer
from triallink.domains.marketplace.services.bids import submit_bid
from triallink.domains.marketplace.services.coalitions import confirm_coalition, decline_coalition
from triallink.foundation.models import Notice
from triallink.kernel.refusals import NotFound
from triallink.web.market.next_actions import coalitions_to_answer


@pytest.fixture
def shared(market):
    """A draft of Ben's in which Fei does 30 percent."""
    request = market.published()
    return market.drafted(request, market.ben, 100_00, shares=shares(market, request))


def shares(market, request):
    parts = ((market.ben, 70), (market.fei, 30))
    return tuple(
        ShareOffer(line.pk, member.organization.pk, part)
        for line in market.lines_of(request)
        for member, part in parts
    )


def decline(market, bid, who, reason="No CRC is free in spring"):
    return decline_coalition(bid_id=bid.pk, reason=reason, by=who.actor, clock=market.clock)


def test_a_partner_is_asked_on_its_pages_and_in_its_inbox(market, shared):
    assert [ask.bid for ask in coalition_asks(to=market.fei.actor)] == [shared]
    assert coalition_asks(to=market.gao.actor) == coalition_asks(to=market.ben.actor) == []
    assert "coalition" in told(market.fei)
    assert "coalition" not in told(market.gao)
    (action,) = coalitions_to_answer(market.fei.actor)
    assert action.url == f"/market/requests/bids/{shared.pk}/"
    assert market.ben.organization.name_en in action.title


def test_whoever_is_asked_already_is_not_asked_twice(market, shared):
    request = shared.request
    market.drafted(request, market.ben, 90_00, shares=shares(market, request))
    told(market.fei)
    assert Notice.objects.filter(person_id=market.fei.person.pk, kind="coalition").count() == 1
    confirm_coalition(bid_id=shared.pk, by=market.fei.actor, clock=market.clock)
    market.drafted(request, market.ben, 80_00, shares=shares(market, request))
    told(market.fei)
    assert Notice.objects.filter(person_id=market.fei.person.pk, kind="coalition").count() == 2


def test_a_refusal_needs_a_reason_reaches_the_lead_and_stops_the_bid(market, shared):
    with pytest.raises(ReasonMissing):
        decline(market, shared, market.fei, reason="  ")
    for outsider in (market.gao, market.ben):
        with pytest.raises(NotFound):
            decline(market, shared, outsider)
    decline(market, shared, market.fei)
    assert coalition_asks(to=market.fei.actor) == []
    assert [ask.member.decline_reason for ask in declined_asks(to=market.ben.actor)] == [
        "No CRC is free in spring"
    ]
    assert "coalition" in told(market.ben)
    assert [action.icon for action in coalitions_to_answer(market.ben.actor)] == ["users"]
    with pytest.raises(no.PartnerDeclined):
        submit_bid(bid_id=shared.pk, by=market.ben.actor, clock=market.clock)


def test_a_partner_may_change_its_mind_until_the_bid_is_in(market, shared):
    confirm_coalition(bid_id=shared.pk, by=market.fei.actor, clock=market.clock)
    decline(market, shared, market.fei)
    confirm_coalition(bid_id=shared.pk, by=market.fei.actor, clock=market.clock)
    partner = bid_view(shared.pk, to=market.ben.actor).members[1]
    assert (partner.declined_at, partner.decline_reason) == (None, "")
    submit_bid(bid_id=shared.pk, by=market.ben.actor, clock=market.clock)
    with pytest.raises(no.BidNotDraft):
        decline(market, shared, market.fei)


def test_a_changed_draft_asks_the_partner_who_declined_again(market, shared):
    decline(market, shared, market.fei)
    market.drafted(shared.request, market.ben, 120_00, shares=shares(market, shared.request))
    assert [ask.bid for ask in coalition_asks(to=market.fei.actor)] == [shared]
    assert declined_asks(to=market.ben.actor) == []
