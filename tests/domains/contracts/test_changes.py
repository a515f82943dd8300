"""Change orders: proposed by one side, signed by all, and then the contract's next version."""

import datetime as dt

import pytest
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal

from triallink.domains.contracts import errors as no
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.models import ChangeOrder, ContractVersion
from triallink.domains.contracts.services.endings import expire_contracts
from triallink.domains.ledger.selectors import escrow_of
from triallink.foundation.audit import verify
from triallink.kernel.refusals import NotAllowed, NotFound


def propose(deal: Deal, contract, who: Member, *changes: dict, reason: str = "Two more sites") -> ChangeOrder:
    return services.propose_change_order(
        contract_id=contract.pk, changes=changes, reason=reason, by=who.actor, clock=deal.market.clock
    )


def sign(deal: Deal, order: ChangeOrder, who: Member) -> ChangeOrder:
    return services.sign_change_order(
        change_order_id=order.pk, secret=PASSWORD, by=who.actor, clock=deal.market.clock
    )


def test_a_change_is_in_force_with_the_last_signature(deal: Deal, eve: Member, dora: Member):
    contract, market = deal.in_force(), deal.market
    first = deal.reach(deal.first_milestone(contract))
    line = contract.lines.get(position=2)
    more = {"op": "quantity", "line": 2, "quantity": "14", "unit_price_minor": line.unit_price_minor}
    end = {"op": "terms", "end_on": "2027-12-31"}
    with pytest.raises(NotAllowed):
        propose(deal, contract, dora, more)
    with pytest.raises(NotFound):
        propose(deal, contract, eve, more)
    for wrong, refusal in (
        ({"op": "quantity", "line": 1, "quantity": "1", "unit_price_minor": 1}, no.BelowWhatIsReached),
        ({"op": "remove", "milestone_id": first.pk}, no.ChangeUnknown),
        ({"op": "dance"}, no.ChangeUnknown),
        ({"op": "terms", "acceptance_days": 900}, no.ChangeUnknown),
        ({"op": "quantity", "line": 1, "quantity": "x", "unit_price_minor": 1}, no.ChangeUnknown),
    ):
        with pytest.raises(refusal):
            propose(deal, contract, market.ada, wrong)
    order = propose(deal, contract, market.fei, more, end)
    assert order.delta_minor == 14 * line.unit_price_minor - line.amount_minor
    contract.refresh_from_db()
    assert (contract.version, contract.total_minor) == (1, order.before_minor)
    with pytest.raises(no.ChangeOrderOpen):
        propose(deal, contract, market.ada, end)
    sign(deal, order, market.fei)
    with pytest.raises(no.AlreadySigned):
        sign(deal, order, market.fei)
    sign(deal, order, market.gao)
    sign(deal, order, market.ada)
    contract.refresh_from_db()
    assert (contract.version, contract.total_minor) == (2, order.after_minor)
    assert contract.end_on == dt.date(2027, 12, 31)
    line.refresh_from_db()
    assert sum(m.amount_minor for m in line.milestones.all()) == line.amount_minor
    first.refresh_from_db()
    assert first.amount_minor == first.payables.get().amount_minor
    assert ContractVersion.objects.filter(contract=contract).count() == 2
    assert escrow_of(("contract", contract.pk)).escrow.agreed_minor == order.after_minor
    found = selectors.verification(contract.pk, to=market.gao.actor)
    assert found is not None
    assert found.is_good
    assert [seal.name for seal in found.seals["zh"]] == ["Fei", "Gao", "Ada"]
    with pytest.raises(no.ChangeOrderWrongState):
        sign(deal, order, market.ada)
    assert all(report.broken_at is None for report in verify())


def test_a_milestone_is_added_and_another_taken_out(deal: Deal):
    contract, market = deal.in_force(), deal.market
    gone = deal.first_milestone(contract)
    added = {"op": "add", "line": 1, "name": {"en": "Rescue", "zh": "补救访视"}, "amount_minor": 12_345}
    takes_all_out = [
        {"op": "remove", "milestone_id": row.pk} for row in contract.milestones.filter(line__position=1)
    ]
    worth = {"op": "quantity", "line": 1, "quantity": "3", "unit_price_minor": 100}
    with pytest.raises(no.BelowWhatIsReached):
        propose(deal, contract, market.ada, *takes_all_out, worth)
    order = propose(deal, contract, market.ada, added, {"op": "remove", "milestone_id": gone.pk})
    for who in (market.ada, market.fei, market.gao):
        sign(deal, order, who)
    contract.refresh_from_db()
    assert contract.total_minor == order.before_minor + 12_345 - gone.amount_minor
    assert [m.pk for m in selectors.lines(contract)[0].milestones.all()].count(gone.pk) == 0
    with pytest.raises(NotFound):
        services.submit_milestone(milestone_id=gone.pk, by=market.fei.actor)


def test_a_change_may_be_declined_or_taken_back(deal: Deal):
    contract, market = deal.in_force(), deal.market
    due = {"op": "due", "milestone_id": deal.first_milestone(contract).pk, "due_on": "2027-01-31"}
    order = propose(deal, contract, market.ada, due)
    with pytest.raises(NotFound):
        services.withdraw_change_order(change_order_id=order.pk, by=market.fei.actor)
    with pytest.raises(no.ReasonMissing):
        services.decline_change_order(change_order_id=order.pk, why=" ", by=market.fei.actor)
    services.decline_change_order(change_order_id=order.pk, why="Too early", by=market.fei.actor)
    again = propose(deal, contract, market.ada, due)
    services.withdraw_change_order(change_order_id=again.pk, by=market.ada.actor)
    assert list(ChangeOrder.objects.order_by("number").values_list("state", flat=True)) == [
        "declined",
        "withdrawn",
    ]


def test_an_expired_contract_is_renewed_by_a_later_end(deal: Deal):
    contract, market = deal.in_force(), deal.market
    contract.end_on = market.clock.now().date() - dt.timedelta(days=1)
    contract.content["end_on"] = contract.end_on.isoformat()
    contract.save()
    assert expire_contracts(clock=market.clock) == 1
    assert expire_contracts(clock=market.clock) == 0
    with pytest.raises(no.WrongState):
        services.submit_milestone(milestone_id=deal.first_milestone(contract).pk, by=market.fei.actor)
    order = propose(deal, contract, market.ada, {"op": "terms", "end_on": "2028-01-31"})
    for who in (market.ada, market.fei, market.gao):
        sign(deal, order, who)
    contract.refresh_from_db()
    assert contract.state == "signed"
