"""A person's own account: profile, tokens, signatures, export, farewell."""

import datetime as dt

import pytest
from tests.conftest import PASSWORD, Member

from triallink.domains.accounts import services
from triallink.domains.accounts.access import actor_for, actor_for_token
from triallink.domains.accounts.errors import (
    LanguageUnknown,
    LastAdministrator,
    ScopeUnknown,
    TimeZoneUnknown,
)
from triallink.domains.accounts.models import Membership, Person
from triallink.foundation.signatures import NotReauthenticated, content_hash, sign, signatures_of
from triallink.kernel.clock import FixedClock
from triallink.kernel.refusals import NotFound


def test_a_profile_takes_known_languages_and_zones_only(ada: Member):
    services.update_profile(name="Ada L.", language="zh-hans", time_zone="Europe/London", by=ada.actor)
    assert Person.objects.get(pk=ada.person.pk).language == "zh-hans"
    with pytest.raises(LanguageUnknown):
        services.update_profile(name="Ada", language="tlh", time_zone="UTC", by=ada.actor)
    with pytest.raises(TimeZoneUnknown):
        services.update_profile(name="Ada", language="en", time_zone="Mars/Base", by=ada.actor)


def test_a_token_acts_for_its_organization_until_it_is_revoked(ada: Member, eve: Member):
    token, secret = services.create_token(name="script", scopes=["me:read"], by=ada.actor)
    found = actor_for_token(secret, source="test")
    assert found is not None
    assert (found[0].organization_id, found[1]) == (ada.organization.pk, {"me:read"})
    with pytest.raises(NotFound):
        services.revoke_token(token_id=token.pk, by=eve.actor)
    services.revoke_token(token_id=token.pk, by=ada.actor)
    assert actor_for_token(secret, source="test") is None


def test_a_token_dies_with_time_and_with_the_membership(ada: Member, dora: Member):
    _, secret = services.create_token(name="old", scopes=["me:read"], valid_days=1, by=dora.actor)
    late = FixedClock(dt.datetime.now(dt.UTC) + dt.timedelta(days=2))
    assert actor_for_token(secret, source="test", clock=late) is None
    services.end_membership(membership_id=Membership.objects.get(person=dora.person).pk, by=ada.actor)
    assert actor_for_token(secret, source="test") is None


def test_a_token_with_an_unknown_scope_is_refused(ada: Member):
    with pytest.raises(ScopeUnknown):
        services.create_token(name="x", scopes=["everything"], by=ada.actor)


def test_signing_takes_the_password_again(ada: Member):
    wanted = {"about": ("paper", 1), "content_sha256": content_hash({"a": 1}), "meaning": "approval"}
    with pytest.raises(NotReauthenticated):
        sign(**wanted, secret="wrong", by=ada.actor)
    sign(**wanted, secret=PASSWORD, by=ada.actor)
    (signature,) = signatures_of("paper", 1)
    assert (signature.signer_name, signature.method) == ("Ada", "password")


def test_an_export_holds_what_was_done_and_nothing_of_others(ada: Member, eve: Member):
    services.create_token(name="mine", scopes=["me:read"], by=ada.actor)
    services.create_token(name="hers", scopes=["me:read"], by=eve.actor)
    data = services.export_own_data(by=ada.actor)
    assert [token["name"] for token in data["api_tokens"]] == ["mine"]
    assert [action["action"] for action in data["actions"]] == ["TokenCreated"]


def test_a_closed_account_signs_nothing_and_leaves_no_open_door(ada: Member, dora: Member):
    _, secret = services.create_token(name="mine", scopes=["me:read"], by=dora.actor)
    with pytest.raises(NotReauthenticated):
        services.deactivate_person(secret="wrong", by=dora.actor)
    services.deactivate_person(secret=PASSWORD, by=dora.actor)
    assert actor_for_token(secret, source="test") is None
    assert actor_for(dora.person).organization_id is None
    assert services.reauthenticate(dora.person.pk, PASSWORD) is None
    with pytest.raises(LastAdministrator):
        end_alone(ada)


def end_alone(ada: Member) -> None:
    Person.objects.create_user("new@example.org", name="New")
    Membership.objects.create(
        person=Person.objects.get(email="new@example.org"), organization=ada.organization, roles=["member"]
    )
    services.deactivate_person(secret=PASSWORD, by=ada.actor)
