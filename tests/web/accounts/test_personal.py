"""Profile, tokens, a copy of one's data, closing the account; roles of members."""

import json
import re

from django.test import Client
from tests.conftest import PASSWORD, Member

from triallink.domains.accounts.access import actor_for, actor_for_token
from triallink.domains.accounts.models import ApiToken, Membership, Person


def test_a_profile_is_changed(client: Client, ada: Member):
    client.force_login(ada.person)
    profile = {"name": "Ada L.", "language": "zh-hans", "time_zone": "Europe/London"}
    client.post("/account/", profile)
    person = Person.objects.get(pk=ada.person.pk)
    assert (person.name, person.language, person.time_zone) == tuple(profile.values())
    assert client.post("/account/", {**profile, "time_zone": "Mars/Base"}).status_code == 422


def test_a_token_shows_its_secret_once_and_ends_by_its_owner(client: Client, ada: Member, eve: Member):
    client.force_login(ada.person)
    asked = {"name": "script", "scopes": ["me:read"], "valid_days": "30"}
    page = client.post("/account/tokens/", asked).content.decode()
    secret = re.search(r"<code>(tl_[\w-]+)</code>", page)
    assert secret
    assert actor_for_token(secret.group(1), source="test") is not None
    assert secret.group(1) not in client.get("/account/tokens/").content.decode()
    path = f"/account/tokens/{ApiToken.objects.get().pk}/revoke/"
    stranger = Client()
    stranger.force_login(eve.person)
    assert stranger.post(path).status_code == 404
    client.post(path)
    assert actor_for_token(secret.group(1), source="test") is None


def test_ones_own_data_come_as_a_file(client: Client, ada: Member):
    client.force_login(ada.person)
    answer = client.post("/account/export/")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(answer.content)["person"]["email"] == ada.person.email


def test_closing_takes_the_password_and_shuts_the_door(client: Client, dora: Member, ada: Member):
    client.force_login(dora.person)
    wrong = client.post("/account/close/", {"secret": "nope", "understood": "on"})
    assert 'id="id_secret_error"' in wrong.content.decode()
    assert client.post("/account/close/", {"secret": PASSWORD}).status_code == 422
    client.post("/account/close/", {"secret": PASSWORD, "understood": "on"})
    assert "_auth_user_id" not in client.session
    client.post("/sign-in/", {"login": dora.person.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_an_administrator_gives_roles_and_cannot_be_the_last_to_lose_them(
    client: Client, ada: Member, dora: Member
):
    client.force_login(ada.person)
    hers = Membership.objects.get(person=dora.person)
    client.post(f"/organization/members/{hers.pk}/", {"roles": ["finance"]})
    assert actor_for(dora.person).roles == {"finance"}
    own = Membership.objects.get(person=ada.person)
    answer = client.post(f"/organization/members/{own.pk}/", {"roles": ["member"]})
    assert "at least one administrator" in answer.content.decode()
    client.post(f"/organization/members/{hers.pk}/end/", {"why": "Left the company"})
    assert actor_for(dora.person).organization_id is None


def test_switching_acts_for_another_organization(client: Client, ada: Member, ben: Member):
    Membership.objects.create(person=ada.person, organization=ben.organization, roles=["member"])
    client.force_login(ada.person)
    client.post("/organization-switch/", {"organization_id": ben.organization.pk})
    assert "Harbor CRO" in client.get("/organization/").content.decode()
    assert client.get("/organization/edit/").status_code == 403
