"""How a contract pauses and ends, and what the sides then say of each other."""

import datetime as dt

import pytest
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal

from triallink.domains.accounts.models import Membership
from triallink.domains.contracts import errors as no
from triallink.domains.contracts import services
from triallink.domains.contracts.models import LineRecord, Payable, Rating
from triallink.domains.contracts.selectors import reputation_of
from triallink.domains.contracts.services.ratings import reveal_due_ratings
from triallink.domains.ledger.selectors import available_funds, escrow_of
from triallink.domains.quality.models import SupplierProfile
from triallink.foundation.models import SearchChange
from triallink.foundation.outbox import dispatch_waiting
from triallink.kernel.refusals import NotAllowed, NotFound

DAY = dt.timedelta(days=1)


def rate(deal: Deal, contract, who: Member, ratee: Member, stars: int = 5) -> Rating:
    return services.rate_contract(
        contract_id=contract.pk,
        ratee_id=ratee.organization.pk,
        stars=stars,
        text="Reliable",
        by=who.actor,
        clock=deal.market.clock,
    )


def complete(deal: Deal, contract):
    return services.complete_contract(
        contract_id=contract.pk, by=deal.market.ada.actor, clock=deal.market.clock
    )


def completed(deal: Deal):
    """A contract with retention, every milestone of it accepted, paid and ended."""
    deal.standstill_ends()
    contract, market = deal.draft(), deal.market
    services.set_payment_rules(contract_id=contract.pk, rules={"retention_percent": 5}, by=market.ada.actor)
    services.offer_contract(contract_id=contract.pk, by=market.ada.actor, clock=market.clock)
    contract = deal.in_force(contract)
    with pytest.raises(no.MilestonesOpen):
        complete(deal, contract)
    for milestone in contract.milestones.all():
        deal.reach(milestone)
    with pytest.raises(no.FundsMissing):
        complete(deal, contract)
    deal.fund(contract, contract.total_minor + 5_000)
    return contract


def test_completion_pays_retention_returns_the_rest_and_keeps_the_record(deal: Deal):
    market = deal.market
    SupplierProfile.objects.get_or_create(organization=market.fei.organization)
    contract = completed(deal)
    state = escrow_of(("contract", contract.pk))
    kept = sum(row.retained_minor for row in Payable.objects.all())
    assert state.retained.minor == kept > 0
    with pytest.raises(NotAllowed):
        services.complete_contract(contract_id=contract.pk, by=market.fei.actor)
    complete(deal, contract)
    state = escrow_of(("contract", contract.pk))
    assert (state.balance.minor, state.released.minor) == (0, contract.total_minor)
    assert available_funds(contract.buyer_id, contract.currency).minor == 5_000
    records = LineRecord.objects.filter(organization=market.fei.organization)
    assert [row.first_time for row in records] == [row.milestones for row in records]

    with pytest.raises(NotFound):
        rate(deal, contract, market.fei, market.gao)
    sealed = rate(deal, contract, market.ada, market.fei, 4)
    assert sealed.revealed_at is None
    profile = SupplierProfile.objects.get(organization=market.fei.organization)
    assert (profile.completed_contracts, profile.rating_count) == (1, 0)
    with pytest.raises(no.AlreadyRated):
        rate(deal, contract, market.ada, market.fei, 5)
    rate(deal, contract, market.fei, market.ada, 5)
    profile.refresh_from_db()
    assert (profile.rating_count, profile.rating_sum) == (1, 4)
    key = f"supplier:{market.fei.organization.pk}"
    assert SearchChange.objects.filter(collection="directory", key=key).exists()

    rate(deal, contract, market.gao, market.ada, 3)
    market.clock.move(15 * DAY)
    assert Rating.objects.filter(revealed_at=None).count() == 1
    assert reveal_due_ratings(clock=market.clock) == 1
    assert reveal_due_ratings(clock=market.clock) == 0
    with pytest.raises(no.RatingNotDue):
        rate(deal, contract, market.ada, market.gao)
    while dispatch_waiting(clock=market.clock):
        pass


def test_nobody_rates_itself_through_a_second_organization(deal: Deal, ada: Member):
    contract = deal.in_force()
    contract.state, contract.ended_at = "completed", deal.market.clock.now()
    contract.save()
    Membership.objects.create(
        person=ada.person, organization=deal.market.fei.organization, roles=["member"],
        ended_at=deal.market.clock.now(),
    )  # fmt: skip
    for rater, ratee in ((ada, deal.market.fei), (deal.market.fei, ada)):
        with pytest.raises(no.RatingOwnSide):
            rate(deal, contract, rater, ratee)
    for organization in (ada.organization, deal.market.gao.organization):
        organization.registration_number = "91310000MA1"
        organization.save()
    with pytest.raises(no.RatingOwnSide):
        rate(deal, contract, ada, deal.market.gao)


def test_work_for_oneself_under_a_second_name_earns_no_reputation(deal: Deal, ada: Member):
    contract, market = completed(deal), deal.market
    Membership.objects.create(person=ada.person, organization=market.fei.organization, roles=["member"])
    complete(deal, contract)
    assert not LineRecord.objects.filter(organization=market.fei.organization).exists()
    assert LineRecord.objects.filter(organization=market.gao.organization).exists()
    assert reputation_of(market.fei.organization).overall.lines == 0


def test_a_suspension_stops_work_and_the_days_to_answer(deal: Deal):
    contract, market = deal.in_force(), deal.market
    milestone = deal.first_milestone(contract)
    services.submit_milestone(milestone_id=milestone.pk, by=market.fei.actor, clock=market.clock)
    milestone.refresh_from_db()
    due = milestone.acceptance_due_on
    with pytest.raises(no.ReasonMissing):
        services.suspend_contract(contract_id=contract.pk, why="", by=market.ada.actor, clock=market.clock)
    services.suspend_contract(
        contract_id=contract.pk, why="Safety review", by=market.ada.actor, clock=market.clock
    )
    with pytest.raises(no.WrongState):
        services.accept_milestone(milestone_id=milestone.pk, secret=PASSWORD, by=market.ada.actor)
    market.clock.move(14 * DAY)
    services.resume_contract(contract_id=contract.pk, by=market.ada.actor, clock=market.clock)
    milestone.refresh_from_db()
    # Two weeks later, less 6 April: Qingming falls into the suspension and is nobody's working day.
    assert (due, milestone.acceptance_due_on) == (dt.date(2026, 4, 7), dt.date(2026, 4, 20))
    with pytest.raises(no.WrongState):
        services.resume_contract(contract_id=contract.pk, by=market.ada.actor, clock=market.clock)


def test_an_early_end_pays_the_work_in_progress_both_sides_signed_for(deal: Deal):
    contract, market = deal.in_force(), deal.market
    deal.fund(contract, contract.total_minor)
    first, second, *_ = contract.milestones.order_by("id")
    deal.reach(first)

    def propose(percent: int):
        return services.propose_termination(
            contract_id=contract.pk, reason="Study stopped", percents={second.pk: percent}, secret=PASSWORD,
            by=market.ada.actor, clock=market.clock,
        )  # fmt: skip

    with pytest.raises(no.ValuationInvalid):
        propose(101)
    declined = propose(10)
    with pytest.raises(no.TerminationWrongState):
        propose(20)
    services.answer_termination(termination_id=declined.pk, why="More was done", by=market.fei.actor)
    proposal = propose(40)
    with pytest.raises(NotAllowed):
        services.agree_termination(termination_id=proposal.pk, secret=PASSWORD, by=market.ada.actor)
    services.agree_termination(
        termination_id=proposal.pk, secret=PASSWORD, by=market.fei.actor, clock=market.clock
    )
    contract.refresh_from_db()
    assert contract.state == "terminated"
    work = second.amount_minor * 40 // 100
    assert Payable.objects.get(rule="work").amount_minor == work == proposal.work_minor
    state = escrow_of(("contract", contract.pk))
    assert (state.balance.minor, state.released.minor) == (0, first.amount_minor + work)
    assert set(contract.milestones.values_list("state", flat=True)) == {"paid", "cancelled"}
    # A line that was not completed says nothing of a supplier, neither good nor bad.
    cut_short = contract.milestones.filter(state="cancelled").values("line")
    assert cut_short.exists()
    assert not LineRecord.objects.filter(line__in=cut_short).exists()
    with pytest.raises(no.WrongState):
        services.submit_milestone(milestone_id=second.pk, by=market.fei.actor)


def test_a_dispute_is_mediated_and_its_settlement_paid_once(deal: Deal, hua: Member, eve: Member):
    contract, market = deal.in_force(), deal.market
    deal.fund(contract, contract.total_minor)
    milestone = deal.first_milestone(contract)
    with pytest.raises(NotFound):
        services.open_dispute(contract_id=contract.pk, subject="S", text="T", by=hua.actor)
    with pytest.raises(no.AmountTooHigh):
        services.open_dispute(
            contract_id=contract.pk, subject="S", text="T", claim_minor=10**12, by=market.fei.actor
        )
    dispute = services.open_dispute(
        contract_id=contract.pk, subject="Visit not paid", text="It took place", claim_minor=9_000,
        milestone_id=milestone.pk, by=market.fei.actor, clock=market.clock,
    )  # fmt: skip
    services.add_statement(
        dispute_id=dispute.pk, text="See the log", content=b"log", file_name="log.txt", by=market.ada.actor
    )
    with pytest.raises(NotFound):
        services.add_statement(dispute_id=dispute.pk, text="Me too", by=eve.actor)
    with pytest.raises(NotAllowed):
        services.take_up_dispute(dispute_id=dispute.pk, by=market.ada.actor)
    services.take_up_dispute(dispute_id=dispute.pk, by=hua.actor)
    proposal = services.propose_termination(
        contract_id=contract.pk, reason="R", percents={}, secret=PASSWORD, by=market.ada.actor,
        clock=market.clock,
    )  # fmt: skip
    with pytest.raises(no.DisputeStillOpen):
        services.agree_termination(
            termination_id=proposal.pk, secret=PASSWORD, by=market.fei.actor, clock=market.clock
        )

    def settlement(amount: int):
        return services.propose_settlement(
            dispute_id=dispute.pk, amount_minor=amount, text="Half each", by=hua.actor, clock=market.clock
        )

    old, new = settlement(1_000), settlement(4_500)
    with pytest.raises(no.DisputeWrongState):
        services.agree_settlement(proposal_id=old.pk, secret=PASSWORD, by=market.ada.actor)
    with pytest.raises(NotAllowed):
        services.agree_settlement(proposal_id=new.pk, secret=PASSWORD, by=market.gao.actor)
    services.agree_settlement(proposal_id=new.pk, secret=PASSWORD, by=market.ada.actor, clock=market.clock)
    with pytest.raises(no.AlreadySigned):
        services.agree_settlement(proposal_id=new.pk, secret=PASSWORD, by=market.ada.actor)
    services.agree_settlement(proposal_id=new.pk, secret=PASSWORD, by=market.fei.actor, clock=market.clock)
    dispute.refresh_from_db()
    milestone.refresh_from_db()
    assert (dispute.state, dispute.settled_minor, milestone.state) == ("settled", 4_500, "cancelled")
    assert escrow_of(("contract", contract.pk)).released.minor == 4_500
    with pytest.raises(no.DisputeWrongState):
        services.end_dispute(dispute_id=dispute.pk, why="Again", by=market.fei.actor)
