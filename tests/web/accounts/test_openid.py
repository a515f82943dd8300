"""Signing in through an OpenID Connect provider: a real one, honest and lying."""

import re
from collections.abc import Iterator

import httpx
import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from tests.conftest import PASSWORD
from tests.openid import CLIENT, OTHER_KEY, SECRET, Provider, running_provider
from tests.web.accounts.conftest import give_phone

from triallink.domains.accounts.models import Person
from triallink.foundation.models import AuditLine

DOOR = "/sign-in/openid/oidc/"
KAI = {"sub": "kai-1", "email": "kai@example.org", "email_verified": True, "name": "Kai Lin"}


@pytest.fixture
def provider(settings, db: None) -> Iterator[Provider]:
    """An honest provider that signs Kai in, and a platform set up to use it."""
    with running_provider(dict(KAI)) as running:
        app = {
            "provider_id": "oidc",
            "name": "Hospital",
            "client_id": CLIENT,
            "secret": SECRET,
            "settings": {"server_url": running.issuer},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield running


def sign_in(client: Client, path: str = DOOR) -> HttpResponse:
    """Follow a browser from the sign-in page to the provider and back."""
    there = client.get(path)
    assert there.status_code == 302
    back = httpx.get(there.headers["Location"]).headers["Location"]
    return client.get(back.removeprefix("http://testserver"))


def signed_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_the_sign_in_page_leads_to_the_provider(client: Client, provider: Provider):
    page = client.get("/sign-in/?next=/studies/").content.decode()
    [path] = re.findall(rf'href="({DOOR}[^"]*)"', page)
    assert "Sign in with Hospital" in page
    answer = sign_in(client, path.replace("&amp;", "&"))
    assert answer.headers["Location"] == "/studies/"


def test_a_new_person_with_a_verified_address_is_in_at_once_and_written_down(
    client: Client, provider: Provider
):
    assert sign_in(client).headers["Location"] == "/start/"
    person = Person.objects.get(email=KAI["email"])
    assert (signed_in(client), person.name) == (str(person.pk), "Kai Lin")
    assert not person.has_usable_password()
    assert EmailAddress.objects.get(user=person).verified
    assert AuditLine.objects.filter(action="PersonSignedUp", object_id=person.pk).count() == 1
    client.logout()
    sign_in(client)
    assert (signed_in(client), Person.objects.filter(email=KAI["email"]).count()) == (str(person.pk), 1)


@pytest.mark.parametrize("word", [False, "false", None, 0, "yes"])
def test_an_address_the_provider_has_not_verified_must_be_confirmed_first(
    client: Client, provider: Provider, word: object
):
    provider.person["email_verified"] = word
    assert sign_in(client).headers["Location"] == "/sign-up/confirm/"
    assert signed_in(client) is None
    assert not EmailAddress.objects.get(email=KAI["email"]).verified
    assert "is your code" in mail.outbox[-1].subject


def test_an_account_of_the_same_verified_address_is_linked_and_told(
    client: Client, provider: Provider, ivy: Person
):
    provider.person |= {"email": ivy.email, "sub": "ivy-at-work"}
    sign_in(client)
    assert signed_in(client) == str(ivy.pk)
    assert SocialAccount.objects.get(user=ivy).uid == "ivy-at-work"
    assert "OpenID was connected" in mail.outbox[-1].body
    ivy.refresh_from_db()
    assert ivy.check_password(PASSWORD)


def test_an_account_is_not_linked_to_whoever_claims_its_address(
    client: Client, provider: Provider, ivy: Person
):
    provider.person |= {"email": ivy.email, "sub": "a claim", "email_verified": False}
    sign_in(client)
    assert signed_in(client) is None
    assert not SocialAccount.objects.filter(user=ivy).exists()


def test_a_password_set_before_the_address_was_proven_does_not_outlive_linking(
    client: Client, provider: Provider
):
    squatter = Person.objects.create_user(KAI["email"], PASSWORD, name="Not Kai")
    EmailAddress.objects.create(user=squatter, email=KAI["email"], verified=False, primary=True)
    sign_in(client)
    squatter.refresh_from_db()
    assert not squatter.has_usable_password()


def test_a_linked_person_is_still_asked_for_the_second_step(client: Client, provider: Provider, ivy: Person):
    provider.person |= {"email": ivy.email}
    give_phone(ivy)
    assert sign_in(client).headers["Location"].startswith("/sign-in/code/")
    assert signed_in(client) is None


def test_a_closed_account_stays_closed(client: Client, provider: Provider, ivy: Person):
    provider.person |= {"email": ivy.email}
    sign_in(client)
    client.logout()
    Person.objects.filter(pk=ivy.pk).update(is_active=False)
    sign_in(client)
    assert signed_in(client) is None


def refused(client: Client) -> None:
    answer = sign_in(client)
    assert answer.status_code == 401
    assert signed_in(client) is None
    assert not SocialAccount.objects.exists()
    assert not Person.objects.filter(email=KAI["email"]).exists()


FORGERIES = {
    "another key": lambda claims: jwt.encode(claims, OTHER_KEY, "RS256", {"kid": "one"}),
    "an unknown key": lambda claims: jwt.encode(claims, OTHER_KEY, "RS256", {"kid": "two"}),
    "no signature": lambda claims: jwt.encode(claims, None, "none", {"kid": "one"}),
    "the client's secret": lambda claims: jwt.encode(claims, SECRET.ljust(32), "HS256", {"kid": "one"}),
    "no token": lambda _: "",
    "no token at all": lambda _: "not.a.token",
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_token_is_refused(client: Client, provider: Provider, kind: str):
    provider.signer = FORGERIES[kind]
    refused(client)


LIES = {
    "another sign-in's nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another application": {"aud": "somebody-else"},
    "another application among several": {"aud": [CLIENT, "other"], "azp": "other"},
    "several applications and none named": {"aud": [CLIENT, "other"]},
    "another issuer": {"iss": "https://other.example"},
    "expired": {"exp": 1_000_000_000, "iat": 999_999_000},
    "nobody": {"sub": None},
}


@pytest.mark.parametrize("kind", LIES)
def test_a_token_that_was_not_made_for_this_sign_in_is_refused(client: Client, provider: Provider, kind: str):
    changed = LIES[kind]
    provider.token = lambda claims: {k: v for k, v in {**claims, **changed}.items() if v is not None}
    refused(client)


def test_a_provider_that_tells_of_somebody_else_is_refused(client: Client, provider: Provider):
    provider.userinfo = lambda person: {**person, "sub": "somebody-else"}
    refused(client)


def test_a_code_brought_by_another_browser_opens_nothing(client: Client, provider: Provider):
    back = httpx.get(client.get(DOOR).headers["Location"]).headers["Location"]
    other = Client()
    assert other.get(back.removeprefix("http://testserver")).status_code == 401
    assert signed_in(other) is None


@pytest.mark.parametrize("configuration", [{"issuer": "https://other.example"}, {"token_endpoint": None}])
def test_a_provider_set_up_wrongly_is_said_and_not_crashed_on(
    client: Client, provider: Provider, configuration: dict
):
    provider.configuration = configuration
    assert client.get(DOOR).status_code == 401


def test_a_provider_that_is_away_is_said_and_not_crashed_on(client: Client, provider: Provider, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    assert client.get(DOOR).status_code == 401


def test_the_address_adds_nothing_to_what_is_asked(client: Client, provider: Provider):
    asked = client.get(f"{DOOR}?auth_params=nonce%3Dmine%26client_id%3Devil&scope=admin&process=connect")
    assert "nonce=mine" not in asked.headers["Location"]
    assert "admin" not in asked.headers["Location"]
    assert client.get("/sign-in/openid/other/").status_code == 404
