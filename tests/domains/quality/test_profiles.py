"""What suppliers and sites declare, allowed and refused side by side."""

import pytest

from triallink.domains.quality.errors import CodeUnknown, NumberOutOfRange, ProfileNotForThisKind
from triallink.domains.quality.selectors import own_site_profile, own_supplier_profile
from triallink.domains.quality.services.profiles import update_site_profile, update_supplier_profile
from triallink.foundation.models import AuditLine, OutboxLine
from triallink.kernel.refusals import NotAllowed

SCOPE = {
    "therapeutic_areas": ["oncology", "oncology", "rare"],
    "phases": ["2", "3"],
    "provinces": ["Shanghai", " ", "Jiangsu"],
    "languages": ["zh"],
    "is_listed": True,
}
SITE = {
    "grade": "3A",
    "therapeutic_areas": ["oncology"],
    "phases": ["1"],
    "has_phase1_unit": True,
    "is_listed": True,
}


def test_supplier_declares_its_scope_once_and_again(fei):
    update_supplier_profile(**SCOPE, by=fei.actor)
    profile = update_supplier_profile(**{**SCOPE, "phases": ["1"]}, by=fei.actor)
    assert own_supplier_profile(to=fei.actor) == profile
    assert profile.therapeutic_areas == ["oncology", "rare"]
    assert profile.provinces == ["Shanghai", "Jiangsu"]
    line = AuditLine.objects.filter(action="SupplierProfileUpdated").last()
    assert line.change == {"phases": [["2", "3"], ["1"]]}
    assert OutboxLine.objects.filter(name="SupplierProfileUpdated").count() == 2


def test_sponsor_and_site_have_no_supplier_profile_and_a_supplier_no_site_profile(ada, chen, fei):
    with pytest.raises(NotAllowed):
        update_supplier_profile(**SCOPE, by=ada.actor)
    with pytest.raises(NotAllowed):
        update_supplier_profile(**SCOPE, by=chen.actor)
    with pytest.raises(ProfileNotForThisKind):
        update_site_profile(**SITE, by=fei.actor)


def test_unknown_codes_and_impossible_numbers_are_refused_beside_their_field(fei, chen):
    with pytest.raises(CodeUnknown) as refusal:
        update_supplier_profile(**{**SCOPE, "therapeutic_areas": ["astrology"]}, by=fei.actor)
    assert refusal.value.field == "therapeutic_areas"
    with pytest.raises(NumberOutOfRange) as refusal:
        update_site_profile(**SITE, beds=0, by=chen.actor)
    assert refusal.value.field == "beds"
    assert own_supplier_profile(to=fei.actor) is None


def test_site_declares_what_it_can_do(chen):
    profile = update_site_profile(**SITE, ethics_meeting_days=21, by=chen.actor)
    assert own_site_profile(to=chen.actor) == profile
    assert profile.ethics_meeting_days == 21
