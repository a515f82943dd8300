"""From accepted milestones and facts to money: each fact is paid once, through the escrow, to the cent."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.domains.contracts.conftest import Deal

from triallink.domains.contracts import errors as no
from triallink.domains.contracts import services
from triallink.domains.contracts.evidence import Fact, FactKind, register
from triallink.domains.contracts.models import Milestone, Payable, Payment
from triallink.domains.ledger.errors import InsufficientFunds
from triallink.domains.ledger.selectors import available_funds, escrow_of
from triallink.kernel.refusals import NotAllowed, NotFound

SHEETS: list[Fact] = []


def sheet(number: int, hours: str = "1") -> Fact:
    at = dt.datetime(2026, 3, 20, tzinfo=dt.UTC) + dt.timedelta(days=number)
    return Fact(key=f"sheet:{number}", title={"en": "Week"}, at=at, quantity=Decimal(hours))


@pytest.fixture
def sheets():
    """A tool that proves approved timesheets."""
    register(FactKind("test_sheet", "Timesheet", approved_sheets, unit="hour"))
    SHEETS.clear()
    return SHEETS


def approved_sheets(scope, parameters):
    return SHEETS


def test_an_accepted_milestone_is_paid_once_in_the_coalitions_shares(deal: Deal):
    contract = deal.in_force()
    milestone = deal.first_milestone(contract)
    deal.fund(contract, contract.total_minor)
    assert escrow_of(("contract", contract.pk)).free.minor == contract.total_minor
    accepted = deal.reach(milestone)
    assert accepted.state == "paid"
    payment = Payment.objects.get()
    assert payment.paid_minor == milestone.amount_minor
    shares = {share["organization_id"]: share["paid_minor"] for share in payment.shares}
    assert sum(shares.values()) == milestone.amount_minor
    assert set(shares) == {deal.market.fei.organization.pk, deal.market.gao.organization.pk}
    for organization_id in shares:
        assert 0 < available_funds(organization_id, contract.currency).minor <= shares[organization_id]
    assert services.collect_payables(contract_id=contract.pk, clock=deal.market.clock) == []
    assert services.pay_payables(contract_id=contract.pk, clock=deal.market.clock) == 0
    assert escrow_of(("contract", contract.pk)).free.minor == contract.total_minor - milestone.amount_minor


def test_a_payable_waits_for_money_and_is_paid_when_it_comes(deal: Deal):
    contract = deal.in_force()
    milestone = deal.reach(deal.first_milestone(contract))
    assert milestone.state == "payable"
    with pytest.raises(InsufficientFunds):
        services.fund_contract(contract_id=contract.pk, amount_minor=100, key="k", by=deal.market.ada.actor)
    with pytest.raises(NotFound):
        services.fund_contract(contract_id=contract.pk, amount_minor=100, key="k", by=deal.market.fei.actor)
    deal.fund(contract, milestone.amount_minor)
    milestone.refresh_from_db()
    assert milestone.state == "paid"


def test_the_database_refuses_a_second_payable_for_a_fact_and_any_change(deal: Deal):
    contract = deal.in_force()
    deal.reach(deal.first_milestone(contract))
    payable = Payable.objects.get()
    payable.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        payable.save(force_insert=True)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Payable.objects.update(amount_minor=1)


def test_a_line_is_paid_by_the_hour_up_to_its_cap_with_retention(deal: Deal, sheets):
    deal.standstill_ends()
    contract, market = deal.draft(), deal.market
    rule = {
        "kind": "unit", "code": "H", "fact": "test_sheet", "line": 1, "price_minor": 10_000,
        "cap_minor": 25_000,
    }  # fmt: skip
    rules = {"rules": [rule], "retention_percent": 10}
    for wrong in (
        {"rules": [{**rule, "line": 9}]},
        {"rules": [{**rule, "price_minor": -1}]},
        {"rules": [{**rule, "surprise": 1}]},
        {"rules": [rule, rule]},
    ):
        with pytest.raises(no.PaymentRulesInvalid):
            services.set_payment_rules(contract_id=contract.pk, rules=wrong, by=market.ada.actor)
    with pytest.raises(no.FactKindUnknown):
        services.set_payment_rules(
            contract_id=contract.pk, rules={"rules": [{**rule, "fact": "weather"}]}, by=market.ada.actor
        )
    services.set_payment_rules(contract_id=contract.pk, rules=rules, by=market.ada.actor)
    services.offer_contract(contract_id=contract.pk, by=market.ada.actor, clock=market.clock)
    contract = deal.in_force(contract)
    deal.fund(contract, contract.total_minor)
    sheets += [sheet(1, "1.5"), sheet(2, "0.5")]
    services.collect_by_facts(clock=market.clock)
    services.collect_by_facts(clock=market.clock)
    assert [row.amount_minor for row in Payable.objects.order_by("id")] == [15_000, 5_000]
    assert escrow_of(("contract", contract.pk)).retained.minor == 2_000
    sheets.append(sheet(0, "2"))  # approved later for an earlier week
    services.collect_by_facts(clock=market.clock)
    assert Payable.objects.get(fact_key="sheet:0").amount_minor == 5_000
    del sheets[1]
    services.collect_by_facts(clock=market.clock)
    # Half an hour was withdrawn; the later sheet now has room under the cap.
    assert sum(row.amount_minor for row in Payable.objects.all()) == 25_000
    assert Payable.objects.get(fact_key="sheet:2~1").amount_minor == -5_000
    for milestone in contract.milestones.filter(line__position=1):
        assert deal.reach(milestone).state == "accepted"


def test_only_the_buyer_of_a_draft_sets_rules(deal: Deal, dora):
    deal.standstill_ends()
    contract = deal.draft()
    with pytest.raises(NotAllowed):
        services.set_payment_rules(contract_id=contract.pk, rules={}, by=dora.actor)
    services.offer_contract(contract_id=contract.pk, by=deal.market.ada.actor, clock=deal.market.clock)
    with pytest.raises(no.WrongState):
        services.set_payment_rules(contract_id=contract.pk, rules={}, by=deal.market.ada.actor)
    assert Milestone.objects.exists()
