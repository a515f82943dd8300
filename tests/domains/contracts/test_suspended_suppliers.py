"""When the operator stops a supplier, the buyers of its live contracts are warned, and they alone."""

import pytest
from tests.conftest import Member
from tests.domains.contracts.conftest import Deal

from triallink.domains.quality.services.suspensions import lift_suspension, suspend_supplier
from triallink.foundation.models import Notice
from triallink.foundation.outbox import dispatch_waiting

pytestmark = pytest.mark.django_db
KIND = "supplier_suspended"


def stop_and_lift(supplier: Member, hua: Member) -> None:
    suspend_supplier(organization_id=supplier.organization.pk, reason="Data were altered.", by=hua.actor)
    lift_suspension(organization_id=supplier.organization.pk, reason="Audited again.", by=hua.actor)
    while dispatch_waiting():
        pass


def test_the_buyer_of_a_live_contract_is_told_of_the_stop_and_of_its_end(
    deal: Deal, hua: Member, eve: Member
):
    contract, market = deal.in_force(), deal.market
    stop_and_lift(market.gao, hua)  # the partner of the coalition, not its lead
    told = Notice.objects.filter(kind=KIND)
    assert set(told.values_list("person_id", flat=True)) == {market.ada.person.pk}
    assert {notice.url for notice in told} == {f"/contracts/{contract.pk}/"}
    stopped, lifted = told.order_by("id").values_list("template", flat=True)
    assert "has suspended a supplier" in stopped
    assert "is lifted" in lifted
    assert not Notice.objects.filter(kind=KIND, person_id=eve.person.pk).exists()


def test_an_ended_contract_and_another_suppliers_warn_nobody(deal: Deal, hua: Member):
    contract = deal.in_force()
    stop_and_lift(deal.market.ben, hua)
    contract.state, contract.ended_at = "completed", deal.market.clock.now()
    contract.save()
    stop_and_lift(deal.market.fei, hua)
    assert not Notice.objects.filter(kind=KIND).exists()
