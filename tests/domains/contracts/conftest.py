"""An award whose standstill has ended: Ada bought from a coalition that Fei leads with Gao."""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
from tests.conftest import PASSWORD
from tests.domains.marketplace.market_scene import Market

from triallink.domains.contracts.models import Contract, Milestone
from triallink.domains.contracts.services import (
    accept_milestone,
    draft_contract,
    fund_contract,
    offer_contract,
    sign_contract,
    submit_milestone,
)
from triallink.domains.ledger.services import receive_funds
from triallink.domains.marketplace.models import Award, Bid
from triallink.domains.marketplace.services.awards import AwardChoice, award_request
from triallink.domains.marketplace.services.closing import end_standstill
from triallink.domains.marketplace.services.evaluations import declare_conflict, reach_consensus
from triallink.kernel.actor import SYSTEM
from triallink.kernel.money import Money


@dataclass
class Deal:
    """The market with its award, and the contract's usual steps."""

    market: Market
    award: Award
    bid: Bid

    def standstill_ends(self) -> None:
        """Let the standstill pass without an objection."""
        self.market.clock.move(dt.timedelta(days=11))
        end_standstill(award_id=self.award.pk, clock=self.market.clock)

    def draft(self) -> Contract:
        """Return Ada's draft."""
        return draft_contract(
            award_id=self.award.pk, bid_id=self.bid.pk, by=self.market.ada.actor, clock=self.market.clock
        )

    def offered(self) -> Contract:
        """Return a contract that waits for signatures."""
        self.standstill_ends()
        contract = self.draft()
        return offer_contract(contract_id=contract.pk, by=self.market.ada.actor, clock=self.market.clock)

    def in_force(self, contract: Contract | None = None) -> Contract:
        """Return a contract that everybody has signed."""
        contract = contract or self.offered()
        for who in (self.market.ada, self.market.fei, self.market.gao):
            sign_contract(contract_id=contract.pk, secret=PASSWORD, by=who.actor, clock=self.market.clock)
        contract.refresh_from_db()
        return contract

    def fund(self, contract: Contract, amount_minor: int) -> None:
        """Let Ada's money arrive and put it into the contract's escrow."""
        amount, key = Money(amount_minor, contract.currency), str(uuid.uuid4())
        receive_funds(
            organization_id=contract.buyer_id, amount=amount, key=key, by=SYSTEM, clock=self.market.clock
        )
        fund_contract(
            contract_id=contract.pk,
            amount_minor=amount_minor,
            key=key,
            by=self.market.ada.actor,
            clock=self.market.clock,
        )

    def reach(self, milestone: Milestone) -> Milestone:
        """Let Fei hand a milestone in and Ada accept it."""
        market = self.market
        submit_milestone(milestone_id=milestone.pk, by=market.fei.actor, clock=market.clock)
        return accept_milestone(
            milestone_id=milestone.pk, secret=PASSWORD, by=market.ada.actor, clock=market.clock
        )

    def first_milestone(self, contract: Contract) -> Milestone:
        """Return the first milestone of the first line."""
        return contract.milestones.select_related("contract").order_by("line__position", "position")[0]


@pytest.fixture
def market(ada, ben, fei, gao, settings) -> Market:
    """Ada buys; Ben, Fei and Gao sell."""
    settings.DEMO = True
    return Market(ada, ben, fei, gao)


@pytest.fixture
def deal(market: Market) -> Deal:
    """The award, still in its standstill."""
    request = market.published(visibility="invited", invite=(market.ben, market.fei, market.gao))
    winner = market.coalition(request, market.fei, market.gao, 80_01)
    loser = market.bid(request, market.ben, 100_00)
    market.close(request)
    declare_conflict(request_id=request.pk, has_conflict=False, by=market.ada.actor, clock=market.clock)
    reach_consensus(request_id=request.pk, by=market.ada.actor, clock=market.clock)
    award = award_request(
        request_id=request.pk,
        choices=[AwardChoice(line.pk, winner.pk) for line in market.lines_of(request)],
        reason="Best offer",
        letters={loser.pk: "Higher price"},
        by=market.ada.actor,
        clock=market.clock,
    )
    return Deal(market, award, winner)
