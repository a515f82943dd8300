"""A suspended supplier is found, matched, invited and booked by nobody, at once."""

import pytest
from tests.conftest import Member

from triallink.domains.marketplace.directory.documents import directory_documents
from triallink.domains.marketplace.directory.schema import key_of
from triallink.domains.marketplace.selectors.profiles import supplier_view
from triallink.domains.quality.access import require_not_suspended
from triallink.domains.quality.errors import AlreadySuspended, NotSuspended, SupplierStopped, WordsMissing
from triallink.domains.quality.models import Professional, SupplierProfile
from triallink.domains.quality.selectors import able_to_work, suspended_among, suspension_of
from triallink.domains.quality.services.profiles import update_supplier_profile
from triallink.domains.quality.services.suspensions import lift_suspension, suspend_supplier
from triallink.kernel.clock import system_clock
from triallink.kernel.refusals import NotAllowed, NotFound

SCOPE = {"therapeutic_areas": ["oncology"], "phases": [], "provinces": [], "languages": [], "is_listed": True}


def test_only_the_operator_suspends_a_supplier_with_a_reason_and_once(hua: Member, ben: Member, ada: Member):
    where = ben.organization.pk
    with pytest.raises(NotAllowed):
        suspend_supplier(organization_id=where, reason="x", by=ada.actor)
    with pytest.raises(WordsMissing):
        suspend_supplier(organization_id=where, reason=" ", by=hua.actor)
    with pytest.raises(NotFound):
        suspend_supplier(organization_id=ada.organization.pk, reason="A buyer", by=hua.actor)
    suspend_supplier(organization_id=where, reason="Data were altered.", by=hua.actor)
    with pytest.raises(AlreadySuspended):
        suspend_supplier(organization_id=where, reason="Again", by=hua.actor)
    assert suspended_among([where, ada.organization.pk]) == {where}
    with pytest.raises(NotAllowed):
        lift_suspension(organization_id=where, reason="x", by=ben.actor)
    lift_suspension(organization_id=where, reason="Audited again.", by=hua.actor)
    assert suspension_of(where) is None
    with pytest.raises(NotSuspended):
        lift_suspension(organization_id=where, reason="Again", by=hua.actor)


def test_a_suspended_supplier_leaves_the_directory_and_comes_back(hua: Member, ben: Member, ada: Member):
    where = ben.organization.pk
    update_supplier_profile(by=ben.actor, **SCOPE)
    key = key_of("supplier", where)
    assert [one.key for one in directory_documents([key])] == [key]
    assert supplier_view(where, to=ada.actor)
    suspend_supplier(organization_id=where, reason="Stopped.", by=hua.actor)
    assert list(directory_documents([key])) == []
    with pytest.raises(NotFound):
        supplier_view(where, to=ada.actor)
    assert supplier_view(where, to=ben.actor)
    with pytest.raises(SupplierStopped):
        require_not_suspended(where)
    lift_suspension(organization_id=where, reason="Fine.", by=hua.actor)
    assert [one.key for one in directory_documents([key])] == [key]
    require_not_suspended(where)


def test_a_profile_written_during_a_suspension_is_suspended_too(hua: Member, ben: Member):
    suspend_supplier(organization_id=ben.organization.pk, reason="Stopped.", by=hua.actor)
    update_supplier_profile(by=ben.actor, **SCOPE)
    assert SupplierProfile.objects.get(organization=ben.organization).is_suspended


def test_nobody_of_a_suspended_supplier_may_be_given_work(hua: Member, ben: Member):
    one = Professional.objects.create(organization=ben.organization, name="Mei", role="CRA", level="senior")
    today = system_clock.now().date()
    assert list(able_to_work(Professional.objects.all(), today)) == [one]
    suspend_supplier(organization_id=ben.organization.pk, reason="Stopped.", by=hua.actor)
    assert list(able_to_work(Professional.objects.all(), today)) == []
