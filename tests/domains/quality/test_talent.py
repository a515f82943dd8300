"""Professionals and their credentials, allowed and refused side by side."""

import datetime as dt

import pytest

from triallink.domains.quality.errors import (
    CodeUnknown,
    CredentialDatesReversed,
    NameMissing,
    NumberOutOfRange,
)
from triallink.domains.quality.models import Credential
from triallink.domains.quality.selectors import own_professionals
from triallink.domains.quality.services.talent import (
    add_credential,
    add_professional,
    remove_credential,
    update_professional,
)
from triallink.kernel.refusals import NotAllowed, NotFound


@pytest.fixture
def nurse(fei):
    return add_professional(name="Lin Mei", role="CRC", level="senior", by=fei.actor)


def test_resource_manager_adds_changes_and_lets_go(fei, nurse):
    update_professional(professional_id=nurse.pk, free_hours_per_week=20, by=fei.actor)
    assert [p.free_hours_per_week for p in own_professionals(to=fei.actor)] == [20]
    update_professional(professional_id=nurse.pk, is_active=False, by=fei.actor)
    assert own_professionals(to=fei.actor) == []


def test_other_organizations_and_roles_are_refused(nurse, ben, ada):
    with pytest.raises(NotFound):
        update_professional(professional_id=nurse.pk, level="junior", by=ben.actor)
    with pytest.raises(NotFound):
        add_credential(professional_id=nurse.pk, kind="gcp", by=ben.actor)
    with pytest.raises(NotAllowed):
        add_professional(name="Ghost", role="CRA", by=ada.actor)


@pytest.mark.parametrize(
    ("details", "refusal", "field"),
    [
        ({"role": "CRC"}, NameMissing, "name"),
        ({"name": "Lin"}, CodeUnknown, "role"),
        ({"name": "Lin", "role": "CRC", "level": "king"}, CodeUnknown, "level"),
        ({"name": "Lin", "role": "CRC", "free_hours_per_week": 61}, NumberOutOfRange, "free_hours_per_week"),
        ({"name": "Lin", "role": "CRC", "hourly_price_minor": 0}, NumberOutOfRange, "hourly_price_minor"),
    ],
)
def test_impossible_details_are_refused_beside_their_field(fei, details, refusal, field):
    with pytest.raises(refusal) as raised:
        add_professional(**details, by=fei.actor)
    assert raised.value.field == field


def test_credential_is_added_with_its_expiry_and_taken_away_again(fei, nurse, ben):
    day = dt.date(2026, 1, 1)
    with pytest.raises(CredentialDatesReversed):
        add_credential(
            professional_id=nurse.pk, kind="gcp", issued_on=day, expires_on=dt.date(2025, 1, 1), by=fei.actor
        )
    credential = add_credential(professional_id=nurse.pk, kind="gcp", expires_on=day, by=fei.actor)
    with pytest.raises(NotFound):
        remove_credential(credential_id=credential.pk, by=ben.actor)
    remove_credential(credential_id=credential.pk, by=fei.actor)
    assert not Credential.objects.exists()
